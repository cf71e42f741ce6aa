//! The four ways, side by side.

use proptest::prelude::*;

use super::logical::{Decoder, Message};
use super::*;
use crate::table_engine::{Database, EngineError, Event, Layout, Misfit};
use crate::time::Time;

const RENAME: &str = "UPDATE users SET name = 'Alice Smith', updated_at = NOW() WHERE id = 42";

fn users() -> Database {
    let mut db = Database::new(15, 1);
    db.execute("CREATE TABLE users (id INT PRIMARY KEY, name TEXT, email TEXT, updated_at TIMESTAMP)")
        .unwrap();
    db.execute("INSERT INTO users VALUES (42, 'Alice', 'alice@example.com', '2024-01-15 08:00:00')").unwrap();
    db
}

/// A leader, and a follower two seconds later; the follower has another seed.
fn pair(method: Method, db: &Database, follower: Database) -> (Source, Replica) {
    let source = Source::new(db.clone(), method).unwrap();
    let mut replica = Replica::of(&source, follower);
    replica.db.set_clock(db.clock() + Time::s(2));
    (source, replica)
}

#[test]
fn one_update_in_four_representations() {
    let mut db = users();
    db.set_clock("2024-01-15 09:30:01".parse().unwrap());
    for method in Method::ALL {
        let (mut source, mut replica) = pair(method, &db, db.copy_of_pages(2));
        source.execute(RENAME).unwrap();
        replica.catch_up(&source).unwrap();
        let equal = source.db.row_hash("users") == replica.db.row_hash("users");
        assert_eq!(equal, method != Method::Statement(Fixing::Nothing), "{method}");
    }
}

#[test]
fn pages_of_another_major_version_are_refused_and_rows_are_not() {
    let db = users();
    for method in Method::ALL {
        let (mut source, mut replica) = pair(method, &db, db.copy_by_dump(16, 2));
        let before = replica.clone();
        source.execute("UPDATE users SET name = 'Al' WHERE id = 42").unwrap();
        let done = replica.catch_up(&source);
        if method == Method::Physical {
            let (log, here) = (Layout { major: 15 }, Layout { major: 16 });
            assert_eq!(done, Err(ApplyError::Layout { log, here }));
            assert_eq!((replica.applied(), replica.db), (before.applied(), before.db));
        } else {
            done.unwrap();
            assert_eq!(source.db.row_hash("users"), replica.db.row_hash("users"));
        }
    }
}

#[test]
fn records_and_messages_read_like_those_of_postgresql() {
    let db = users();
    let physical = |sql: &[&str]| {
        let (mut source, _) = pair(Method::Physical, &db, db.clone());
        sql.iter().for_each(|sql| _ = source.execute(sql).unwrap());
        let entries = source.log().iter();
        let records = entries.flat_map(|entry| physical::records(entry.after, &entry.bytes).unwrap());
        records.map(|record| record.to_string()).collect::<Vec<_>>().join("\n")
    };
    let logical = |identity, sql: &[&str]| {
        let (mut source, _) = pair(Method::Logical(identity), &db, db.clone());
        sql.iter().for_each(|sql| _ = source.execute(sql).unwrap());
        let mut decoder = Decoder::default();
        let entries = source.log().iter();
        let messages: Vec<Message> =
            entries.flat_map(|entry| decoder.decode(&entry.bytes).unwrap()).collect();
        messages.iter().map(Message::to_string).collect::<Vec<_>>().join("\n")
    };
    let sql = [RENAME, "UPDATE users SET id = 7", "DELETE FROM users WHERE id = 7"];
    insta::assert_snapshot!(format!(
        "{}\n\nidentity default\n{}\n\nidentity full\n{}",
        physical(&sql),
        logical(Identity::Default, &sql),
        logical(Identity::Full, &sql)
    ));
}

#[test]
fn a_gap_is_an_error_and_what_comes_twice_is_applied_once() {
    let db = users();
    for method in Method::ALL {
        let (mut source, mut replica) = pair(method, &db, db.copy_of_pages(2));
        for name in ["a", "b", "c"] {
            source.execute(&format!("UPDATE users SET name = name || '{name}' WHERE id = 42")).unwrap();
        }
        let log = source.log().to_vec();
        replica.receive(&log[0]).unwrap();
        assert_eq!(replica.receive(&log[2]), Err(ApplyError::Gap { applied: log[0].end, after: log[1].end }));
        assert_eq!(replica.receive(&log[0]), Ok(Received::Duplicate));
        replica.catch_up(&source).unwrap();
        assert_eq!(source.db.row_hash("users"), replica.db.row_hash("users"), "{method}");
    }
}

#[test]
fn a_table_that_is_not_there_and_a_column_that_is_not_there_are_errors() {
    for method in [Method::Statement(Fixing::Nothing), Method::Logical(Identity::Default), Method::Trigger] {
        let (mut source, mut empty) = pair(method, &users(), Database::new(15, 2));
        source.execute(RENAME).unwrap();
        let error = empty.catch_up(&source).unwrap_err();
        let unknown = matches!(error, ApplyError::Misfit(Misfit::Engine(EngineError::UnknownTable { .. })));
        assert!(unknown, "{error}");
    }
    // A new column is in the log of statements and pages, and not in that of rows.
    for method in Method::ALL {
        let db = users();
        let (mut source, mut replica) = pair(method, &db, db.copy_of_pages(2));
        source.execute("ALTER TABLE users ADD COLUMN age INT DEFAULT 18").unwrap();
        source.execute("UPDATE users SET age = 30 WHERE id = 42").unwrap();
        let done = replica.catch_up(&source);
        match method {
            Method::Logical(_) | Method::Trigger => {
                let error = done.unwrap_err();
                assert!(error.to_string().contains("has no column age"), "{error}");
                // Whoever adds it there can go on.
                replica.db.execute("ALTER TABLE users ADD COLUMN age INT DEFAULT 18").unwrap();
                replica.catch_up(&source).unwrap();
            }
            Method::Statement(_) | Method::Physical => _ = done.unwrap(),
        }
        assert_eq!(source.db.row_hash("users"), replica.db.row_hash("users"), "{method}");
    }
}

#[test]
fn bytes_that_were_damaged_are_never_applied_as_something_else() {
    let db = users();
    for method in [Method::Physical, Method::Logical(Identity::Full)] {
        let (mut source, replica) = pair(method, &db, db.copy_of_pages(2));
        source.execute(RENAME).unwrap();
        let entry = source.log()[0].clone();
        for place in 0..entry.bytes.len() {
            let mut cut = entry.clone();
            cut.bytes.truncate(place);
            let mut cut_short = replica.clone();
            assert!(cut_short.receive(&cut).is_err() && cut_short.db == replica.db);
            let mut flipped = entry.clone();
            flipped.bytes[place] ^= 0x40;
            let mut damaged = replica.clone();
            let done = damaged.receive(&flipped);
            // Logical messages have no checksum: a letter may become another letter.
            if method == Method::Physical {
                assert!(done.is_err() && damaged.db == replica.db, "byte {place}");
            }
        }
    }
}

#[test]
fn pages_of_another_database_are_refused_although_its_rows_are_the_same() {
    let db = users();
    let (mut source, mut replica) = pair(Method::Physical, &db, db.copy_by_dump(15, 2));
    source.execute(RENAME).unwrap();
    assert_eq!(replica.catch_up(&source), Err(ApplyError::OtherSystem));
}

/// What becomes of the follower of each method.
fn verdicts(db: &Database, sql: &str) -> String {
    let outcomes = compare(db, &[sql], Follower::default(), &Method::ALL).unwrap();
    let lines = outcomes.iter().map(|outcome| format!("    {:23} {}", outcome.method, outcome.verdict));
    format!("{sql}\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn what_each_method_costs() {
    let table = |db: &Database, sql: &str| {
        let outcomes = compare(db, &[sql], Follower::default(), &Method::ALL).unwrap();
        format!("{sql}\n{}", super::outcomes(&outcomes).figure().as_text())
    };
    let mut checkpointed = items(1_000, 2).unwrap();
    checkpointed.checkpoint();
    insta::assert_snapshot!(
        [
            table(&items(1_000, 0).unwrap(), "UPDATE items SET n = n + 1 WHERE id = 7"),
            table(&items(1_000, 2).unwrap(), "UPDATE items SET n = n + 1 WHERE id = 7"),
            table(&checkpointed, "UPDATE items SET n = n + 1 WHERE id = 7"),
            table(&items(1_000, 0).unwrap(), "UPDATE items SET n = n + 1"),
            table(&items(1_000, 2).unwrap(), "UPDATE items SET n = n + 1"),
        ]
        .join("\n\n")
    );
}

#[test]
fn what_each_treacherous_statement_does_to_each_method() {
    let mut db = users();
    for sql in [
        "CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT, token UUID, points INT DEFAULT 0)",
        "CREATE TABLE visits (n SERIAL PRIMARY KEY, who INT, at TIMESTAMP)",
        "INSERT INTO users (id, name) VALUES (43, 'Bob'), (7, 'Carol')",
        "INSERT INTO orders (user_id) VALUES (42), (43), (7)",
    ] {
        db.execute(sql).unwrap();
    }
    db.add_trigger("orders", Event::Update, "INSERT INTO visits (who, at) VALUES (NEW.user_id, NOW())")
        .unwrap();
    insta::assert_snapshot!(
        [
            "INSERT INTO users VALUES (44, 'Dave', 'dave@example.com', '2024-01-15 09:00:00')",
            "UPDATE users SET name = 'Bobby' WHERE id = 43",
            RENAME,
            "INSERT INTO orders (user_id, points) VALUES (42, RANDOM(1, 1000))",
            "INSERT INTO orders (user_id, token) VALUES (42, UUID())",
            "UPDATE users SET email = 'x' LIMIT 2",
            "UPDATE users SET email = 'x' ORDER BY email LIMIT 2",
            "UPDATE users SET email = 'x' ORDER BY id LIMIT 2",
            "UPDATE orders SET user_id = 7 WHERE id = 1",
            "INSERT INTO users (id, updated_at) VALUES (45, SYSDATE())",
            "DELETE FROM orders WHERE id >= 2",
            "ALTER TABLE users ADD COLUMN age INT",
        ]
        .map(|sql| verdicts(&db, sql))
        .join("\n")
    );
    // A function that is called for each row can't be pinned.
    db.execute("CREATE TABLE cards (id INT PRIMARY KEY, token UUID)").unwrap();
    db.execute("INSERT INTO cards (id) VALUES (1), (2)").unwrap();
    insta::assert_snapshot!(verdicts(&db, "UPDATE cards SET token = UUID()"));
}

/// Two transactions: the first deletes a user's orders, the second adds one and commits first.
#[test]
fn statements_in_the_order_of_commits_may_see_what_they_did_not_see() {
    let mut db = Database::new(15, 1);
    db.execute("CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT)").unwrap();
    db.execute("INSERT INTO orders (user_id) VALUES (7), (7)").unwrap();
    for method in Method::ALL {
        let (mut source, mut replica) = pair(method, &db, db.copy_of_pages(2));
        let (mut first, mut second) = (source.db.begin(), source.db.begin());
        source.db.execute_in(&mut first, "DELETE FROM orders WHERE user_id = 7").unwrap();
        source.db.execute_in(&mut second, "INSERT INTO orders (user_id) VALUES (7)").unwrap();
        source.commit(second).unwrap();
        source.commit(first).unwrap();
        replica.catch_up(&source).unwrap();
        let rows = |db: &Database| db.rows("orders").unwrap().len();
        let replica_rows = if matches!(method, Method::Statement(_)) { 0 } else { 1 };
        // The trigger's reader has asked beyond the numbers of the transaction that committed last.
        let replica_rows = if method == Method::Trigger { 3 } else { replica_rows };
        assert_eq!((rows(&source.db), rows(&replica.db)), (1, replica_rows), "{method}");
    }
}

fn statement() -> impl Strategy<Value = String> {
    let id = 0..8_i64;
    prop_oneof![
        (id.clone(), "[a-c']{0,4}").prop_map(|(id, name)| {
            format!("INSERT INTO users VALUES ({id}, '{}', 'e', NOW())", name.replace('\'', "''"))
        }),
        id.clone().prop_map(|id| format!(
            "UPDATE users SET name = name || 'x', updated_at = NOW() WHERE id < {id}"
        )),
        (id.clone(), id.clone()).prop_map(|(a, b)| format!("UPDATE users SET id = {b} WHERE id = {a}")),
        id.clone().prop_map(|id| format!("DELETE FROM users WHERE id = {id}")),
        id.prop_map(|id| format!(
            "INSERT INTO orders (user_id, points, token) VALUES ({id}, RANDOM(1, 9), UUID())"
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn all_but_bare_statements_converge_whatever_is_done(
        statements in proptest::collection::vec((statement(), any::<bool>()), 1..40),
        twice in any::<bool>(),
    ) {
        let mut db = users();
        db.execute("CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT, points INT, token UUID)").unwrap();
        for method in Method::ALL {
            if method == Method::Statement(Fixing::Nothing) {
                continue;
            }
            let major = if method == Method::Physical { 15 } else { 16 };
            let copy = if major == 15 { db.copy_of_pages(2) } else { db.copy_by_dump(16, 2) };
            let (mut source, mut replica) = pair(method, &db, copy);
            for (sql, checkpoint) in &statements {
                source.db.set_clock(source.db.clock() + Time::ms(700));
                if *checkpoint {
                    source.db.checkpoint();
                }
                let _ = source.execute(sql);
            }
            for entry in source.log().to_vec() {
                replica.receive(&entry).unwrap();
                if twice {
                    prop_assert_eq!(replica.receive(&entry), Ok(Received::Duplicate));
                }
            }
            for table in ["users", "orders"] {
                prop_assert_eq!(source.db.rows(table), replica.db.rows(table), "{}", method);
            }
        }
    }
}
