//! The scenarios of E3.3.

use std::collections::BTreeMap;

use replication_lab::replication_log::{Fixing, Method, Replica, Source};
use replication_lab::rng::{Rng, Stream};
use replication_lab::table_engine::{Database, EngineError, Event};
use replication_lab::time::Time;
use serde::Serialize;

use super::{Leader, Pin, Schema, Statement, Timestamp, Unsafe, Value};
use crate::exercise::{Recorder, Task};

pub(super) fn drive(pin: Pin, task: &Task, notes: &Recorder) {
    let statements: &[&str] = match task.scenario.as_str() {
        "now" => &[
            "UPDATE users SET name = 'Alice Smith', updated_at = NOW() WHERE id = 42",
            "INSERT INTO users (id, updated_at) VALUES (44, NOW()), (45, NOW())",
            "UPDATE users SET updated_at = NOW() WHERE name <> 'Bob'",
        ],
        "clock" => &[
            "INSERT INTO users (id, updated_at) VALUES (44, SYSDATE())",
            "UPDATE users SET updated_at = SYSDATE() WHERE id = 7",
        ],
        "drawn" => &[
            "INSERT INTO orders (id, user_id, points) VALUES (90, 42, RANDOM(1, 100)), (91, 43, RANDOM(1, 100))",
            "INSERT INTO coupons VALUES (4, UUID()), (5, UUID())",
            "INSERT INTO orders VALUES (NEXTVAL('orders'), 42, 5)",
        ],
        "inside" => &[
            "UPDATE users SET name = name || '!' WHERE updated_at < NOW() AND id > 0",
            "INSERT INTO orders (id, user_id, points) VALUES (92, 42, 10 * (RANDOM(1, 9) + 1))",
            "DELETE FROM users WHERE updated_at < NOW() AND id = 43",
        ],
        "for-each-row" => &[
            "UPDATE coupons SET code = UUID()",
            "UPDATE coupons SET id = id + RANDOM(1, 9) WHERE id > 1",
            "DELETE FROM orders WHERE points < RANDOM(1, 9)",
            "UPDATE coupons SET id = NEXTVAL('orders') WHERE id = 2",
        ],
        "ids" => &[
            "INSERT INTO orders (user_id, points) VALUES (42, 1), (43, 2)",
            "INSERT INTO orders VALUES (NULL, 7, 3)",
            "INSERT INTO orders (id, user_id) VALUES (77, 7)",
            "INSERT INTO users VALUES (46, 'Dave', NULL)",
        ],
        "limit" => &[
            "UPDATE users SET name = 'first' LIMIT 2",
            "DELETE FROM users LIMIT 1",
            "UPDATE users SET name = 'first' ORDER BY name LIMIT 2",
            "DELETE FROM orders ORDER BY points LIMIT 1",
            "UPDATE users SET name = 'first' ORDER BY id LIMIT 2",
            "UPDATE users SET name = 'all' ORDER BY name",
        ],
        "triggers" => &[
            "UPDATE orders SET points = 9 WHERE id = 1",
            "DELETE FROM orders WHERE id = 2",
            "INSERT INTO orders (id, user_id) VALUES (93, 7)",
        ],
        "as-it-is" => &[
            "UPDATE users SET name = 'Bobby' WHERE id = 43",
            "INSERT INTO users VALUES (46, 'NOW()', '2024-01-15 08:00:00')",
            "DELETE FROM users",
            "ALTER TABLE users ADD COLUMN age INT DEFAULT 18",
        ],
        other => panic!("E3.3 has no scenario {other:?}"),
    };
    let follower = shop().expect("the statements are fixed");
    let mut shop = follower.clone();
    // An INSERT that failed has used numbers up, on the leader alone.
    shop.execute("INSERT INTO orders (user_id) VALUES (7), ('nobody')").expect_err("that is no number");
    let follower = follower.copy_by_dump(15, 2);
    for sql in statements {
        let statement: Statement = sql.parse().expect("the statements are fixed");
        notes.step(*sql, outcome(pin, &statement, shop.clone(), follower.clone(), task.seed));
    }
}

fn shop() -> Result<Database, EngineError> {
    let mut db = Database::new(15, 1);
    for sql in [
        "CREATE TABLE users (id INT PRIMARY KEY, name TEXT, updated_at TIMESTAMP)",
        "CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT, points INT DEFAULT 0)",
        "CREATE TABLE coupons (id INT PRIMARY KEY, code UUID)",
        "CREATE TABLE visits (n SERIAL PRIMARY KEY, who INT, at TIMESTAMP)",
        "CREATE TABLE gone (id INT PRIMARY KEY, who INT)",
        "INSERT INTO users (id, name, updated_at) VALUES (42, 'Alice', '2024-01-15 08:00:00')",
        "INSERT INTO users (id, name, updated_at) VALUES (43, 'Bob', '2024-01-15 09:30:01')",
        "INSERT INTO users (id, name) VALUES (7, 'Bob')",
        "INSERT INTO orders (user_id) VALUES (42), (43), (42)",
        "INSERT INTO coupons (id) VALUES (1), (2), (3)",
    ] {
        db.execute(sql)?;
    }
    db.add_trigger("orders", Event::Update, "INSERT INTO visits (who, at) VALUES (NEW.user_id, NOW())")?;
    db.add_trigger("orders", Event::Delete, "INSERT INTO gone VALUES (NEW.id, NEW.user_id)")?;
    Ok(db)
}

/// What came of a statement.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// Refused, and why.
    Refused(String),
    /// It was carried out on the leader, and its text on a follower two seconds later.
    Done {
        /// The rows of its table on the leader.
        rows: Vec<String>,
        /// Whether the follower has the same ones.
        follower: &'static str,
    },
    /// The text that was returned can't be carried out.
    Fails(String),
}

fn outcome(pin: Pin, statement: &Statement, db: Database, follower: Database, seed: u64) -> Outcome {
    let mut moment = Moment::new(db.clone(), seed);
    let pinned = match pin(statement, &mut moment) {
        Ok(pinned) => pinned,
        Err(why) => return Outcome::Refused(refusal(&why)),
    };
    let done = || -> Result<(Database, Database), String> {
        let mut source =
            Source::new(db, Method::Statement(Fixing::Nothing)).map_err(|error| error.to_string())?;
        let mut replica = Replica::of(&source, follower);
        source.execute(&pinned.to_string()).map_err(|error| error.to_string())?;
        replica.db.set_clock(source.db.clock() + Time::s(2));
        replica.catch_up(&source).map_err(|error| error.to_string())?;
        Ok((source.db, replica.db))
    };
    match done() {
        Err(why) => Outcome::Fails(format!("{pinned}: {why}")),
        Ok((leader, follower)) => {
            let equal = leader.table_names().iter().all(|table| leader.rows(table) == follower.rows(table));
            let rows = leader.rows(statement.table()).unwrap_or_default();
            let text = |row: &Vec<Value>| row.iter().map(Value::plain).collect::<Vec<_>>().join(", ");
            let rows = rows.values().map(text).collect();
            Outcome::Done { rows, follower: if equal { "has the same rows" } else { "has other rows" } }
        }
    }
}

/// Which kind, and of what: not the sentence.
fn refusal(why: &Unsafe) -> String {
    match why {
        Unsafe::ForEachRow(function) => format!("for each row: {function}"),
        Unsafe::LimitWithoutOrder => "LIMIT without an order".to_owned(),
        Unsafe::AmbiguousOrder(column) => format!("ambiguous order: {column}"),
        Unsafe::Trigger(table, function) => format!("a trigger on {table}: {function}"),
    }
}

/// The leader at the moment of a statement.
struct Moment {
    db: Database,
    asked: u64,
    ids: BTreeMap<String, i64>,
    rng: Rng,
}

impl Moment {
    fn new(db: Database, seed: u64) -> Self {
        Self { db, asked: 0, ids: BTreeMap::new(), rng: Rng::new(seed, Stream::Workload) }
    }

    fn later(&mut self) -> Timestamp {
        self.asked += 1;
        self.db.clock() + Time::ms(self.asked)
    }
}

impl Leader for Moment {
    fn now(&mut self) -> Timestamp {
        self.later()
    }

    fn sysdate(&mut self) -> Timestamp {
        self.later()
    }

    fn random(&mut self, from: i64, to: i64) -> i64 {
        from + self.rng.below((to - from + 1) as u64) as i64
    }

    fn uuid(&mut self) -> Value {
        Value::Uuid(u128::from(self.rng.bits()) << 64 | u128::from(self.rng.bits()))
    }

    fn next_id(&mut self, table: &str) -> i64 {
        let last = self.ids.entry(table.to_owned()).or_insert_with(|| self.db.last_id(table));
        *last += 1;
        *last
    }

    fn schema(&self, table: &str) -> &Schema {
        self.db.table(table).expect("the statements are fixed").schema()
    }

    fn triggers(&self, statement: &Statement) -> Vec<&Statement> {
        self.db.triggers_of(statement)
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::{Observation, Step};
    use crate::judge::Violation;

    /// What holds for every statement.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        seen.steps.iter().filter_map(violation).collect()
    }

    fn violation(step: &Step) -> Option<Violation> {
        if let Some(why) = step.got.get("fails") {
            let why = why.as_str().unwrap_or_default();
            return Some(Violation::new(
                "the-text-can-be-carried-out",
                format!("your text for {} fails: {why}", step.what),
            ));
        }
        let follower = step.got.get("done")?.get("follower")?.as_str()?;
        (follower != "has the same rows").then(|| {
            Violation::new(
                "every-node-gets-the-same-rows",
                format!(
                    "{}: a follower that carries your text out two seconds later gets other rows than the leader",
                    step.what
                ),
            )
        })
    }
}
