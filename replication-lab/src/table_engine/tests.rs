//! The engine as a whole.

use proptest::prelude::*;

use super::*;

pub(crate) const USERS: &str =
    "CREATE TABLE users (id INT PRIMARY KEY, name TEXT, email TEXT, updated_at TIMESTAMP)";

fn users() -> Database {
    let mut db = Database::new(15, 1);
    db.execute(USERS).unwrap();
    db.execute("INSERT INTO users VALUES (42, 'Alice', 'alice@example.com', '2024-01-15 08:00:00')").unwrap();
    db.execute("INSERT INTO users VALUES (43, 'Bob', 'bob@example.com', '2024-01-15 08:00:00')").unwrap();
    db
}

const RENAME: &str = "UPDATE users SET name = 'Alice Smith', updated_at = NOW() WHERE id = 42";

#[test]
fn an_update_of_columns_without_index_stays_on_its_page_and_touches_no_index() {
    let mut db = users();
    let commit = db.execute(RENAME).unwrap();
    assert!(matches!(
        commit.pages[0].change,
        PageChange::HotUpdate { file: 16_385, block: 0, old: 1, new: 3, .. }
    ));
    assert_eq!((commit.pages.len(), commit.work.index_entries), (1, 0));
    // With an index on the column, each index gets an entry, also that of the primary key.
    db.execute("CREATE INDEX ON users (name)").unwrap();
    let commit = db.execute("UPDATE users SET name = 'Al' WHERE id = 42").unwrap();
    assert!(matches!(commit.pages[0].change, PageChange::Update { .. }));
    assert_eq!((commit.pages.len(), commit.work.index_entries), (3, 2));
}

#[test]
fn the_first_change_of_a_page_after_a_checkpoint_brings_the_page_along() {
    let mut db = users();
    assert!(db.execute(RENAME).unwrap().pages[0].image.is_none(), "there was no checkpoint yet");
    db.checkpoint();
    let images = |commit: Commit| commit.pages.iter().filter(|record| record.image.is_some()).count();
    assert_eq!(images(db.execute("UPDATE users SET name = 'a' WHERE id = 42").unwrap()), 1);
    assert_eq!(images(db.execute("UPDATE users SET name = 'b' WHERE id = 42").unwrap()), 0);
}

#[test]
fn what_cannot_be_done_changes_nothing_and_says_what_would_be_right() {
    let mut db = users();
    let before = db.clone();
    let refused = [
        "INSERT INTO people VALUES (1)",
        "INSERT INTO users VALUES (1, 'x')",
        "INSERT INTO users (id, age) VALUES (1, 2)",
        "INSERT INTO users (name) VALUES ('nobody')",
        "INSERT INTO users (id) VALUES (1), (42)",
        "INSERT INTO users (id) VALUES (1), (1)",
        "UPDATE users SET id = 7",
        "UPDATE users SET name = 7",
        "UPDATE users SET updated_at = 'soon'",
        "DELETE FROM users WHERE name < 3",
        "UPDATE users SET name = NEW.name",
        "CREATE TABLE users (id INT)",
        "ALTER TABLE users ADD COLUMN name TEXT",
        "ALTER TABLE users ADD COLUMN age INT DEFAULT 'old'",
    ];
    let why = refused.map(|sql| format!("{sql}\n    {}", db.execute(sql).unwrap_err()));
    assert_eq!(db.rows("users"), before.rows("users"));
    insta::assert_snapshot!(why.join("\n"));
}

#[test]
fn a_transaction_sees_itself_and_what_is_committed_and_the_second_to_a_row_is_refused() {
    let mut db = users();
    let (mut first, mut second) = (db.begin(), db.begin());
    db.execute_in(&mut first, "UPDATE users SET name = 'A' WHERE id = 42").unwrap();
    db.execute_in(&mut first, "UPDATE users SET name = name || '!' WHERE id = 42").unwrap();
    db.execute_in(&mut second, "UPDATE users SET name = name || '?' WHERE id = 42").unwrap();
    assert_eq!(db.rows("users").unwrap()[&42.into()][1], "Alice".into(), "nothing is committed");
    assert_eq!(db.commit(first).unwrap().rows.len(), 2);
    assert_eq!(db.rows("users").unwrap()[&42.into()][1], "A!".into());
    assert_eq!(
        db.commit(second).unwrap_err().to_string(),
        "another transaction has changed row 42 of users since: begin the transaction again"
    );
}

#[test]
fn a_sequence_gives_no_number_twice_also_when_the_statement_failed() {
    let mut db = Database::new(15, 1);
    db.execute("CREATE TABLE orders (id SERIAL PRIMARY KEY, item TEXT)").unwrap();
    db.execute("INSERT INTO orders (item) VALUES ('a'), ('b')").unwrap();
    db.execute("INSERT INTO orders (item) VALUES ('c'), (7)").unwrap_err();
    let commit = db.execute("INSERT INTO orders (item) VALUES ('d')").unwrap();
    assert_eq!(commit.statements[0].first_id, Some(4));
    db.execute("INSERT INTO orders VALUES (10, 'e')").unwrap();
    assert_eq!(
        db.execute("INSERT INTO orders (item) VALUES ('f')").unwrap().statements[0].first_id,
        Some(11)
    );
}

#[test]
fn a_trigger_adds_its_rows_and_changes_are_captured_once() {
    let mut db = users();
    db.execute("CREATE TABLE visits (n SERIAL PRIMARY KEY, who INT, at TIMESTAMP)").unwrap();
    db.add_trigger("users", Event::Update, "INSERT INTO visits (who, at) VALUES (NEW.id, NOW())").unwrap();
    db.capture_changes("users").unwrap();
    let commit = db.execute(RENAME).unwrap();
    assert_eq!(commit.rows.iter().map(RowChange::table).collect::<Vec<_>>(), ["users", "visits", CHANGE_LOG]);
    insta::assert_snapshot!(db.view(CHANGE_LOG).unwrap().figure().as_text());
}

#[test]
fn a_dump_has_the_same_rows_on_other_pages() {
    let mut db = users();
    db.execute("INSERT INTO users (id, name) VALUES (7, 'Carol')").unwrap();
    let (dump, pages) = (db.copy_by_dump(16, 2), db.copy_of_pages(2));
    assert_eq!(dump.row_hash("users"), db.row_hash("users"));
    assert_ne!(dump.table("users").unwrap().pages(), db.table("users").unwrap().pages());
    assert_eq!(pages.table("users"), db.table("users"));
}

/// Statements on the tables `t` (with an index on `n`) and `log`, which a trigger fills.
fn statement() -> impl Strategy<Value = String> {
    let id = 0..12_i64;
    let text = prop_oneof!["[a-c]{0,8}", "[a-z]{900}"];
    prop_oneof![
        (id.clone(), 0..5_i64, text.clone())
            .prop_map(|(id, n, text)| format!("INSERT INTO t VALUES ({id}, {n}, '{text}', NOW(), UUID())")),
        (id.clone(), text.clone())
            .prop_map(|(id, text)| format!("UPDATE t SET text = '{text}' WHERE id = {id}")),
        (0..5_i64).prop_map(|n| format!("UPDATE t SET n = n + {n}, at = NOW() WHERE n < 3")),
        (id.clone(), id.clone()).prop_map(|(a, b)| format!("UPDATE t SET id = {b} WHERE id = {a}")),
        (0..5_i64, 1..3_u32).prop_map(|(n, most)| format!("DELETE FROM t WHERE n = {n} LIMIT {most}")),
        (1..50_i64, 1..3_u32).prop_map(|(n, most)| format!("UPDATE t SET n = RANDOM(0, {n}) LIMIT {most}")),
        Just("INSERT INTO log (what) VALUES ('direct')".to_owned()),
    ]
}

fn database() -> Database {
    let mut db = Database::new(15, 1);
    db.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, text TEXT, at TIMESTAMP, token UUID)").unwrap();
    db.execute("CREATE TABLE log (id SERIAL PRIMARY KEY, what TEXT)").unwrap();
    db.execute("CREATE INDEX ON t (n)").unwrap();
    db.add_trigger("t", Event::Delete, "INSERT INTO log (what) VALUES (NEW.text)").unwrap();
    db
}

fn keyed(db: &Database, change: &RowChange) -> KeyedChange {
    let table = change.table().to_owned();
    let schema = db.table(&table).unwrap().schema().clone();
    let values =
        |row: &Row| schema.columns.iter().map(|column| column.name.clone()).zip(row.clone()).collect();
    match change {
        RowChange::Insert { new, .. } => KeyedChange::Insert { table, values: values(new) },
        RowChange::Update { old, new, .. } => {
            KeyedChange::Update { table, key: schema.key_of(old).clone(), values: values(new) }
        }
        RowChange::Delete { old, .. } => KeyedChange::Delete { table, key: schema.key_of(old).clone() },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn pages_rows_and_statements_with_their_surroundings_all_make_the_same_copy(
        statements in proptest::collection::vec((statement(), any::<bool>()), 0..60),
    ) {
        let mut leader = database();
        let mut pages = leader.copy_of_pages(2);
        let mut rows = leader.copy_by_dump(16, 3);
        let mut again = leader.copy_of_pages(4);
        for (sql, checkpoint) in statements {
            leader.set_clock(leader.clock() + crate::time::Time::s(1));
            if checkpoint {
                leader.checkpoint();
            }
            let Ok(commit) = leader.execute(&sql) else { continue };
            pages.replay_pages(&commit.pages).unwrap();
            let changes: Vec<_> = commit.rows.iter().map(|change| keyed(&leader, change)).collect();
            rows.replay_rows(&changes).unwrap();
            for executed in &commit.statements {
                again.run_again(&executed.statement, Some(executed)).unwrap();
            }
        }
        for table in ["t", "log"] {
            prop_assert_eq!(leader.table(table), pages.table(table), "byte for byte");
            prop_assert_eq!(leader.rows(table), rows.rows(table));
            prop_assert_eq!(leader.rows(table), again.rows(table));
            prop_assert_eq!(leader.row_hash(table), rows.row_hash(table));
        }
    }
}
