//! The same statements through every method, and what came of it.

use std::collections::BTreeSet;
use std::fmt;

use super::method::{ApplyError, LogError, Method};
use super::stream::{Replica, Source};
use crate::table_engine::{CHANGE_LOG, Database, EngineError, Timestamp, Work};
use crate::time::Time;
use crate::view::{Chart, Table};

/// The follower of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Its major version.
    pub major: u16,
    /// How far its clock is ahead of the leader's when it applies a statement: the lag, and what its clock is wrong by.
    pub later: Time,
    /// Where its own random numbers come from.
    pub seed: u64,
}

/// A follower of version 15, two seconds later.
impl Default for Follower {
    fn default() -> Self {
        Self { major: 15, later: Time::s(2), seed: 2 }
    }
}

/// What a piece of work takes of a processor: assumed, so that methods can be compared, and of the order that one
/// measures on a warm database.
const EXAMINE: Time = Time::us(1);
const WRITE: Time = Time::us(10);
const INDEX: Time = Time::us(5);

/// The time that work takes, at 1 µs for a row that is looked at, 10 µs for one that is written, and 5 µs for an entry
/// of an index: assumed figures.
pub fn time_of(work: Work) -> Time {
    let us =
        work.examined * EXAMINE.as_us() + work.written * WRITE.as_us() + work.index_entries * INDEX.as_us();
    Time::us(us)
}

/// How a follower ended up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has the same rows.
    Equal,
    /// It has other rows: so many, in these tables.
    Differs {
        /// How many rows are other ones, or missing, or too many.
        rows: usize,
        /// Where.
        tables: Vec<String>,
    },
    /// A table has other columns there.
    OtherColumns(String),
    /// The leader refused to log a statement, and did not carry it out.
    Refused(LogError),
    /// The follower stopped at an entry that it could not apply.
    Stopped(ApplyError),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equal => f.write_str("equal"),
            Self::Differs { rows: 1, tables } => write!(f, "1 row differs in {}", tables.join(", ")),
            Self::Differs { rows, tables } => write!(f, "{rows} rows differ in {}", tables.join(", ")),
            Self::OtherColumns(table) => write!(f, "other columns in {table}"),
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Stopped(why) => write!(f, "stopped: {why}"),
        }
    }
}

/// What one method made of the statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The method.
    pub method: Method,
    /// Bytes in the log.
    pub bytes: u64,
    /// What the leader had to do.
    pub leader: Work,
    /// What the follower had to do.
    pub follower: Work,
    /// How the follower ended up.
    pub verdict: Verdict,
}

/// Carries the same statements out on a leader, once for each method, and ships them to a follower.
///
/// A follower of pages begins with a copy of the leader's pages if it is of the same major version; all others, and
/// followers of another version, begin with a dump.
///
/// # Errors
/// When a statement can't be carried out at all.
pub fn compare(
    leader: &Database,
    statements: &[&str],
    follower: Follower,
    methods: &[Method],
) -> Result<Vec<Outcome>, EngineError> {
    methods.iter().map(|method| outcome(leader, statements, follower, *method)).collect()
}

fn outcome(
    leader: &Database,
    statements: &[&str],
    follower: Follower,
    method: Method,
) -> Result<Outcome, EngineError> {
    let copy = match method == Method::Physical && follower.major == leader.layout().major {
        true => leader.copy_of_pages(follower.seed),
        false => leader.copy_by_dump(follower.major, follower.seed),
    };
    let mut source = Source::new(leader.clone(), method)?;
    let begin = source.end();
    let mut replica = Replica::of(&source, copy);
    replica.db.set_clock(leader.clock() + follower.later);
    let (mut work, mut refused) = (Work::default(), None);
    for sql in statements {
        match source.execute(sql) {
            Ok(commit) => work += commit.work,
            Err(LogError::Engine(error)) => return Err(error),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    let applied = replica.catch_up(&source);
    let verdict = match (refused, &applied) {
        (Some(why), _) => Verdict::Refused(why),
        (None, Err(why)) => Verdict::Stopped(why.clone()),
        (None, Ok(_)) => verdict(&source.db, &replica.db)?,
    };
    let bytes = source.end().checked_sub(begin).unwrap_or_default();
    Ok(Outcome { method, bytes, leader: work, follower: applied.unwrap_or_default(), verdict })
}

fn verdict(leader: &Database, follower: &Database) -> Result<Verdict, EngineError> {
    let (mut count, mut tables) = (0, Vec::new());
    for table in leader.table_names().into_iter().filter(|table| *table != CHANGE_LOG) {
        if leader.table(table)?.schema().columns.len() != follower.table(table)?.schema().columns.len() {
            return Ok(Verdict::OtherColumns(table.to_owned()));
        }
        let differing = differing_rows(leader, follower, table)?;
        if differing > 0 {
            count += differing;
            tables.push(table.to_owned());
        }
    }
    Ok(if count == 0 { Verdict::Equal } else { Verdict::Differs { rows: count, tables } })
}

/// How many keys of a table have another row, or none, on one of two nodes.
///
/// # Errors
/// When one of them has no such table.
pub fn differing_rows(a: &Database, b: &Database, table: &str) -> Result<usize, EngineError> {
    let (a, b) = (a.rows(table)?, b.rows(table)?);
    let keys: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    Ok(keys.into_iter().filter(|key| a.get(key) != b.get(key)).count())
}

/// Outcomes as a table.
pub fn outcomes(outcomes: &[Outcome]) -> Table {
    let header = [
        "method",
        "bytes shipped",
        "rows written by the leader",
        "leader's time",
        "follower's time",
        "follower",
    ];
    outcomes.iter().fold(Table::new(header), |table, outcome| {
        table.row([
            outcome.method.to_string(),
            outcome.bytes.to_string(),
            outcome.leader.written.to_string(),
            time_of(outcome.leader).to_string(),
            time_of(outcome.follower).to_string(),
            outcome.verdict.to_string(),
        ])
    })
}

/// A leader with a table `items (id, n, name, at)` of so many rows, and so many secondary indexes on `n`.
///
/// # Errors
/// Never: the statements are fixed.
pub fn items(rows: u32, indexes: u32) -> Result<Database, EngineError> {
    let mut db = Database::new(15, 1);
    db.execute("CREATE TABLE items (id INT PRIMARY KEY, n INT, name TEXT, at TIMESTAMP)")?;
    let row = |id: u32| {
        vec![i64::from(id).into(), 0.into(), format!("item {id}").as_str().into(), Timestamp::START.into()]
    };
    db.fill("items", (1..=rows).map(row))?;
    for _ in 0..indexes {
        db.execute("CREATE INDEX ON items (n)")?;
    }
    Ok(db)
}

/// Bytes shipped for one `UPDATE` of k rows, for each k, by method; both axes are decimal logarithms.
///
/// # Errors
/// Never: the statements are fixed.
pub fn batch_chart(sizes: &[u32], indexes: u32) -> Result<Chart, EngineError> {
    let most = sizes.iter().copied().max().unwrap_or(1);
    let db = items(most, indexes)?;
    let mut lines: Vec<(Method, Vec<(f64, f64)>)> = Method::FOUR.map(|method| (method, Vec::new())).into();
    for size in sizes {
        let sql = format!("UPDATE items SET n = n + 1 WHERE id <= {size}");
        for (line, outcome) in
            lines.iter_mut().zip(compare(&db, &[&sql], Follower::default(), &Method::FOUR)?)
        {
            line.1.push((libm::log10(f64::from(*size)), libm::log10(outcome.bytes as f64)));
        }
    }
    let chart = Chart::new("One UPDATE of k rows: bytes shipped", "log₁₀ of the rows", "log₁₀ of the bytes");
    Ok(lines.into_iter().fold(chart, |chart, (method, points)| chart.line(method.to_string(), points)))
}
