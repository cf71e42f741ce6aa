//! The scenarios of E3.2.

use replication_lab::rng::{Rng, Stream};
use replication_lab::table_engine::Database;
use replication_lab::time::Time;
use serde::Serialize;

use super::nodes::{Leader, Node, TABLE, empty, statement, text};
use super::{ApplyError, Change, LogEncoder, Replica, Statement, Timestamp, Value};
use crate::exercise::{Recorder, Task};

/// One of the four.
#[derive(Clone, Copy)]
struct Method {
    name: &'static str,
    encode: fn(&Change) -> Vec<u8>,
    apply: fn(&[u8], &mut dyn Replica) -> Result<(), ApplyError>,
}

const STATEMENT: &str = "statement";
const PHYSICAL: &str = "physical";

fn method<E: LogEncoder>(name: &'static str) -> Method {
    Method { name, encode: E::encode, apply: E::apply }
}

pub(super) fn drive<S: LogEncoder, P: LogEncoder, L: LogEncoder, T: LogEncoder>(
    task: &Task,
    notes: &Recorder,
) {
    let methods =
        [method::<S>(STATEMENT), method::<P>(PHYSICAL), method::<L>("logical"), method::<T>("trigger")];
    for method in methods {
        match task.scenario.as_str() {
            "w3-3" => one_by_one(method, notes, &[statement(RENAME, &[])], Node::new),
            "versions" => versions(method, notes),
            "keys" => one_by_one(method, notes, &keys(), Node::new),
            "texts" => one_by_one(method, notes, &texts(), Node::new),
            "transaction" => transaction(method, notes),
            "batch" => batch(method, notes),
            "sequence" => sequence(method, notes, task.seed),
            "cut" => cut(method, notes),
            "not-there" => not_there(method, notes),
            other => panic!("E3.2 has no scenario {other:?}"),
        }
    }
}

const RENAME: &str = "UPDATE users SET name = 'Alice Smith', updated_at = NOW() WHERE id = 42";
const INSERT: &str = "INSERT INTO users (id, name, email, updated_at) VALUES (?, ?, ?, NOW())";

fn at(text: &str) -> Timestamp {
    text.parse().expect("the moment is fixed")
}

/// Three users, on a node that shows 09:30:01.
fn users() -> Database {
    let mut db = empty(at("2024-01-15 09:30:01"));
    for values in [
        "(42, 'Alice', 'alice@example.com', '2024-01-15 08:00:00')",
        "(43, 'Bob', NULL, '2024-01-15 08:00:00')",
        "(7, NULL, 'carol@example.com', NULL)",
    ] {
        db.execute(&format!("INSERT INTO users VALUES {values}")).expect("the statement is fixed");
    }
    db
}

/// A copy of the leader's pages, two seconds behind.
fn follower(db: &Database) -> Database {
    let mut copy = db.copy_of_pages(2);
    copy.set_clock(db.clock() + Time::s(2));
    copy
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
enum Outcome {
    /// It was applied.
    Applied {
        /// How the follower compares with the leader.
        follower: &'static str,
        /// The follower's rows that it didn't have before.
        new_rows: Vec<String>,
    },
    /// It was refused.
    Refused {
        /// Whether for the layout, or for anything else.
        why: String,
        /// What the follower has now.
        follower: &'static str,
    },
}

const SAME: &str = "has the leader's rows";
const SAME_PAGES: &str = "has the leader's pages";
const UNCHANGED: &str = "has what it had before";

fn rows(db: &Database) -> Vec<String> {
    let text = |row: Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    db.rows(TABLE).unwrap_or_default().into_values().map(text).collect()
}

/// Applies an entry, and compares with a leader.
fn apply(method: Method, bytes: &[u8], node: &mut Node, leader: &Database) -> Outcome {
    let before = node.db.clone();
    let done = (method.apply)(bytes, node);
    node.roll_back();
    let pages = |db: &Database| db.table(TABLE).map(|table| table.pages().to_vec());
    match done {
        Ok(()) => {
            let same = leader.rows(TABLE) == node.db.rows(TABLE);
            let found = |(key, row): (&Value, &Vec<Value>)| {
                node.db.find(TABLE, key).is_ok_and(|found| found.as_ref() == Some(row))
            };
            let indexed = leader.rows(TABLE).is_ok_and(|rows| rows.iter().all(found));
            let follower = match (same, method.name == PHYSICAL) {
                (false, _) => "has other rows than the leader",
                (true, _) if !indexed => "has the leader's rows, and doesn't find them by their keys",
                (true, false) => SAME,
                (true, true) if pages(leader) == pages(&node.db) => SAME_PAGES,
                (true, true) => "has the leader's rows on other pages",
            };
            let had = rows(&before);
            let new_rows = rows(&node.db).into_iter().filter(|row| !had.contains(row)).collect();
            Outcome::Applied { follower, new_rows }
        }
        Err(why) => Outcome::Refused {
            why: match why {
                ApplyError::Layout { log, here } => format!("pages of version {log}, on version {here}"),
                ApplyError::Corrupt | ApplyError::Misfit(_) => "not for the layout".to_owned(),
            },
            follower: if node.db == before { UNCHANGED } else { "is changed all the same" },
        },
    }
}

/// Each statement as a transaction of its own, one after the other.
fn one_by_one(method: Method, notes: &Recorder, statements: &[Statement], copy: fn(Database) -> Node) {
    let db = users();
    let mut node = copy(follower(&db));
    let mut leader = Leader::new(db);
    for statement in statements {
        let change = leader.run(std::slice::from_ref(statement)).expect("the statements are fixed");
        let bytes = (method.encode)(&change);
        let outcome = apply(method, &bytes, &mut node, &leader.db);
        notes.step(format!("{}: {}", method.name, text(statement)), outcome);
    }
}

fn keys() -> Vec<Statement> {
    let text = |sql: &str| statement(sql, &[]);
    vec![
        text("UPDATE users SET id = 99 WHERE id = 42"),
        text("UPDATE users SET name = 'Alice Smith' WHERE id = 99"),
        text("UPDATE users SET id = id + 1000, updated_at = NOW() WHERE id > 7"),
        statement(INSERT, &[42.into(), "Dora".into(), Value::Null]),
        text("DELETE FROM users WHERE id = 1043"),
        text("DELETE FROM users"),
    ]
}

fn texts() -> Vec<Statement> {
    let insert = |id: i64, name: &str| statement(INSERT, &[id.into(), name.into(), Value::Null]);
    vec![
        insert(1, "Conan O'Brien"),
        insert(2, "Zoë Łukasz 山田 🦀"),
        insert(3, ""),
        insert(4, "NULL"),
        insert(5, "NOW()"),
        insert(6, "'; DELETE FROM users; --"),
        insert(8, "two\nlines, \"quotes\"\tand a \\ "),
        statement(
            "UPDATE users SET email = ? WHERE name = ?",
            &["o'brien@é.ie".into(), "Conan O'Brien".into()],
        ),
        statement("UPDATE users SET name = NULL, email = ? WHERE id = 2", &["".into()]),
        statement("INSERT INTO users VALUES (?, 'Eve', NULL, NULL)", &[(-1).into()]),
        statement(
            "INSERT INTO users VALUES (?, 'Finn', NULL, ?)",
            &[i64::MAX.into(), at("1970-01-01 00:00:00.000001").into()],
        ),
    ]
}

/// The same change for followers of the same version and of another one, set up from a dump then: the same rows, on pages
/// of their own.
fn versions(method: Method, notes: &Recorder) {
    for (from, to) in [(15, 15), (15, 16), (16, 15)] {
        let mut db = users();
        db.execute("UPDATE users SET name = 'Bobby' WHERE id = 43").expect("the statement is fixed");
        let db = if from == 15 { db } else { db.copy_by_dump(from, 1) };
        let mut copy = if from == to { db.copy_of_pages(2) } else { db.copy_by_dump(to, 2) };
        copy.set_clock(db.clock() + Time::s(2));
        let mut leader = Leader::new(db);
        let change = leader.run(&[statement(RENAME, &[])]).expect("the statement is fixed");
        let outcome = apply(method, &(method.encode)(&change), &mut Node::new(copy), &leader.db);
        notes.step(format!("{}: from version {from} to version {to}", method.name), outcome);
    }
}

fn together() -> Vec<Statement> {
    vec![
        statement(INSERT, &[50.into(), "Gül".into(), Value::Null]),
        statement("UPDATE users SET id = 51, name = 'Gül K.' WHERE id = 50", &[]),
        statement("UPDATE users SET email = 'g@example.com' WHERE id = 51", &[]),
        statement("UPDATE users SET id = 50 WHERE id = 42", &[]),
        statement("DELETE FROM users WHERE id = 43", &[]),
        statement(INSERT, &[43.into(), "Hal".into(), Value::Null]),
    ]
}

fn transaction(method: Method, notes: &Recorder) {
    let db = users();
    let mut node = Node::new(follower(&db));
    let mut leader = Leader::new(db);
    let statements = together();
    let what = statements.iter().map(text).collect::<Vec<_>>().join("; ");
    let change = leader.run(&statements).expect("the statements are fixed");
    let outcome = apply(method, &(method.encode)(&change), &mut node, &leader.db);
    notes.step(format!("{}: {what}", method.name), outcome);
    let nothing = [statement("DELETE FROM users WHERE id = 1000", &[])];
    let change = leader.run(&nothing).expect("the statement is fixed");
    let outcome = apply(method, &(method.encode)(&change), &mut node, &leader.db);
    notes.step(format!("{}: {}, which finds no row", method.name, text(&nothing[0])), outcome);
}

/// The same statement over few rows and over many.
fn batch(method: Method, notes: &Recorder) {
    let renewed = statement("UPDATE users SET updated_at = NOW() WHERE id >= 100", &[]);
    let mut sizes = Vec::new();
    for count in [1, 10, 600] {
        let mut db = users();
        let row = |id: i64| vec![id.into(), "somebody".into(), Value::Null, Value::Null];
        db.fill(TABLE, (100..100 + count).map(row)).expect("the keys are free");
        let mut node = Node::new(follower(&db));
        let mut leader = Leader::new(db);
        let change = leader.run(std::slice::from_ref(&renewed)).expect("the statement is fixed");
        let bytes = (method.encode)(&change);
        sizes.push(bytes.len());
        let seen = match apply(method, &bytes, &mut node, &leader.db) {
            Outcome::Applied { follower, .. } => follower.to_owned(),
            refused => format!("{refused:?}"),
        };
        notes.step(format!("{}: {}, rows: {count}", method.name, text(&renewed)), seen);
    }
    if method.name == STATEMENT {
        let same = sizes.iter().all(|size| *size == sizes[0]);
        let seen = if same { "equally long" } else { "longer for more rows" };
        notes.step("the statement's three entries are", seen);
    }
}

/// Drawn statements, one after the other, to a follower that has seen all the ones before.
fn sequence(method: Method, notes: &Recorder, seed: u64) {
    const STEPS: usize = 120;
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut db = users();
    let mut node = Node::new(follower(&db));
    db.set_clock(db.clock() + Time::us(250));
    let mut leader = Leader::new(db);
    for step in 1..=STEPS {
        let clock = leader.db.clock() + Time::us(1 + rng.below(900_000));
        leader.db.set_clock(clock);
        node.db.set_clock(clock + Time::s(2));
        node.roll_back();
        let statements: Vec<Statement> = (0..=rng.below(2)).map(|_| drawn(&mut rng)).collect();
        // What the leader itself refuses, a key that is taken, is in no log.
        let Ok(change) = leader.run(&statements) else { continue };
        let outcome = apply(method, &(method.encode)(&change), &mut node, &leader.db);
        let fine =
            matches!(&outcome, Outcome::Applied { follower, .. } if [SAME, SAME_PAGES].contains(follower));
        if !fine {
            let what = statements.iter().map(text).collect::<Vec<_>>().join("; ");
            notes.step(format!("{}: transaction {step}: {what}", method.name), outcome);
            return;
        }
    }
    let what = format!("{}: {STEPS} transactions", method.name);
    notes.step(what, format!("after each of them, the follower {}", same_of(method)));
}

fn same_of(method: Method) -> &'static str {
    if method.name == PHYSICAL { SAME_PAGES } else { SAME }
}

fn drawn(rng: &mut Rng) -> Statement {
    const NAMES: [&str; 6] = ["Ann", "O'Hara", "Łucja", "", "山田", "NOW()"];
    let name = match rng.below(7) as usize {
        6 => Value::Null,
        at => NAMES[at].into(),
    };
    let mut id = || Value::Int(rng.below(12) as i64 - 1);
    let (one, other) = (id(), id());
    match rng.below(8) {
        0..=2 => statement(INSERT, &[one, name.clone(), name]),
        3 => statement("UPDATE users SET name = ?, updated_at = NOW() WHERE id = ?", &[name, one]),
        4 => statement("UPDATE users SET email = ? WHERE id >= ?", &[name, one]),
        5 => statement("UPDATE users SET id = ?, updated_at = NULL WHERE id = ?", &[one, other]),
        6 => statement("UPDATE users SET updated_at = NOW() WHERE updated_at < NOW()", &[]),
        _ => statement("DELETE FROM users WHERE id = ?", &[one]),
    }
}

/// Every piece of an entry that lacks something at its end.
fn cut(method: Method, notes: &Recorder) {
    let changes: [(&str, Vec<Statement>); 4] = [
        ("an UPDATE", vec![statement(RENAME, &[])]),
        (
            "a DELETE of one row, which without its end is one of all rows",
            vec![statement("DELETE FROM users WHERE id = 42", &[])],
        ),
        ("an UPDATE of three rows", vec![statement("UPDATE users SET email = ?", &["é".into()])]),
        ("six statements", together()),
    ];
    for (what, statements) in changes {
        let db = users();
        let node = Node::new(follower(&db));
        let mut leader = Leader::new(db);
        let change = leader.run(&statements).expect("the statements are fixed");
        let bytes = (method.encode)(&change);
        let wrong = (0..bytes.len()).rev().find_map(|length| {
            let mut node = node.clone();
            match apply(method, &bytes[..length], &mut node, &leader.db) {
                Outcome::Refused { follower: UNCHANGED, .. } => None,
                Outcome::Refused { .. } => Some("is refused, and applied in part"),
                Outcome::Applied { .. } => Some("is applied"),
            }
        });
        let seen = match wrong {
            None => "every piece that lacks its end is refused, and changes nothing".to_owned(),
            Some(how) => format!("a piece that lacks its end {how}"),
        };
        notes.step(format!("{}: {what}", method.name), seen);
    }
}

/// A follower that has lost something before. (A statement finds fewer rows there, and nobody notices: it is left out.)
fn not_there(method: Method, notes: &Recorder) {
    if method.name == STATEMENT {
        return;
    }
    let update = |sql: &str| vec![statement(sql, &[])];
    let mut cases = vec![
        ("an UPDATE of a row that isn't there", update("UPDATE users SET name = 'Finn' WHERE id = 50")),
        ("a DELETE of a row that isn't there", update("DELETE FROM users WHERE id = 50")),
        ("an UPDATE of four rows, the last of which isn't there", update("UPDATE users SET email = 'x'")),
    ];
    if method.name == PHYSICAL {
        // A row can be added though another one is missing; a page has a gap then.
        let insert = vec![statement(INSERT, &[51.into(), "Gül".into(), Value::Null])];
        cases.push(("an INSERT on a page where the row before is missing", insert));
    }
    for (what, statements) in cases {
        let db = users();
        let mut node = Node::new(follower(&db));
        let mut leader = Leader::new(db);
        leader.run(&[statement(INSERT, &[50.into(), "Eve".into(), Value::Null])]).expect("the key is free");
        let change = leader.run(&statements).expect("the statements are fixed");
        let seen = match apply(method, &(method.encode)(&change), &mut node, &leader.db) {
            Outcome::Applied { .. } => "it is applied, and reports no error".to_owned(),
            Outcome::Refused { follower, .. } => format!("it is refused, and the follower {follower}"),
        };
        notes.step(format!("{}: {what}", method.name), seen);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::{Observation, Step};
    use crate::judge::Violation;

    /// What holds for every log.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        seen.steps.iter().filter_map(violation).collect()
    }

    fn violation(step: &Step) -> Option<Violation> {
        let what = &step.what;
        if let Some(refused) = step.got.get("refused") {
            let follower = refused.get("follower")?.as_str()?;
            return (follower != UNCHANGED).then(|| {
                let text = format!("{what}: your apply returns an error, and has committed something before");
                Violation::new("all-or-nothing", text)
            });
        }
        let follower = step.got.get("applied")?.get("follower")?.as_str()?;
        (![SAME, SAME_PAGES].contains(&follower)).then(|| {
            let text = format!("{what}: your apply reports success, and the follower {follower}");
            Violation::new("what-is-applied-is-equal", text)
        })
    }
}
