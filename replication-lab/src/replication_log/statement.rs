//! Statements as text.

use std::fmt;
use std::fmt::Write;

use super::method::{ApplyError, Fixing};
use crate::table_engine::{Commit, Database, EngineError, Executed, Expr, Statement, Timestamp, Value, Work};

/// Why a statement may have another effect on a follower, although its functions are pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsafe {
    /// A function that is called for each row: no single value can stand in its place.
    ForEachRow(Expr),
    /// Which rows it takes depends on how they lie on the pages.
    LimitWithoutOrder,
    /// Rows that are equal in the column that orders them may be taken in any order.
    AmbiguousOrder(String),
    /// A trigger of this table calls this function.
    Trigger(String, Expr),
}

impl fmt::Display for Unsafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForEachRow(function) => write!(
                f,
                "{function} is called for each row, and each node would get other values: change one row at a time, or \
                 ship rows"
            ),
            Self::LimitWithoutOrder => f.write_str(
                "which rows LIMIT takes depends on how they lie on the pages of each node: add ORDER BY the primary key",
            ),
            Self::AmbiguousOrder(column) => write!(
                f,
                "rows with the same {column} may be taken in any order: order by the primary key instead"
            ),
            Self::Trigger(table, function) => write!(
                f,
                "a trigger on {table} calls {function} on each node for itself: ship rows, or let only the leader fire it"
            ),
        }
    }
}

impl std::error::Error for Unsafe {}

/// The statement with the values of this moment in the place of functions, and with the numbers that its table's
/// sequence gives: it has the same effect on every node that has the same rows.
///
/// # Errors
/// When no such text exists. Numbers that were taken from the sequence are gone.
pub fn pin(statement: &Statement, db: &mut Database) -> Result<Statement, super::LogError> {
    let table = db.table(statement.table()).map(|table| table.schema().clone());
    let mut pinned = statement.clone();
    match &mut pinned {
        Statement::Update { order_by, limit: Some(_), .. }
        | Statement::Delete { order_by, limit: Some(_), .. } => match order_by {
            None => return Err(Unsafe::LimitWithoutOrder.into()),
            Some(column) if table.clone()?.column(column)? != table.clone()?.key => {
                return Err(Unsafe::AmbiguousOrder(column.clone()).into());
            }
            Some(_) => {}
        },
        Statement::Insert { table: name, columns, rows } => {
            let schema = table.clone()?;
            if columns.is_empty() {
                *columns = schema.columns.iter().map(|column| column.name.clone()).collect();
            }
            if let Some(serial) = schema.serial() {
                let name_of_it = &schema.columns[serial].name;
                let place = columns.iter().position(|column| column == name_of_it);
                if place.is_none() {
                    columns.push(name_of_it.clone());
                }
                for row in rows.iter_mut() {
                    match place {
                        Some(place) if row.get(place) == Some(&Expr::Literal(Value::Null)) => {
                            row[place] = Expr::NextId(name.clone());
                        }
                        Some(_) => {}
                        None => row.push(Expr::NextId(name.clone())),
                    }
                }
            }
        }
        _ => {}
    }
    for trigger in db.triggers_of(&pinned) {
        let function =
            trigger.expressions().into_iter().flat_map(|expr| expr.parts()).find(|part| differs(part));
        if let Some(function) = function {
            return Err(Unsafe::Trigger(pinned.table().to_owned(), function.clone()).into());
        }
    }
    let once = matches!(pinned, Statement::Insert { .. });
    if !once {
        let parts = pinned.expressions().into_iter().flat_map(|expr| expr.parts().into_iter().cloned());
        if let Some(function) = parts.into_iter().find(draws) {
            return Err(Unsafe::ForEachRow(function).into());
        }
    }
    let mut failed = None;
    let pinned = pinned.map(&mut |expr| {
        expr.map(&mut |leaf| match differs(leaf) {
            false => leaf.clone(),
            true => match db.value_of(leaf) {
                Ok(value) => Expr::Literal(value),
                Err(error) => {
                    failed = failed.take().or(Some(error));
                    leaf.clone()
                }
            },
        })
    });
    failed.map_or(Ok(pinned), |error: EngineError| Err(error.into()))
}

/// Whether it has another value on another node, or at another time.
fn differs(expr: &Expr) -> bool {
    draws(expr) || matches!(expr, Expr::Now | Expr::SysDate)
}

/// Whether it has another value each time.
fn draws(expr: &Expr) -> bool {
    matches!(expr, Expr::Random(..) | Expr::Uuid | Expr::NextId(_))
}

/// A transaction as text.
pub(super) fn encode(commit: &Commit, fixing: Fixing) -> Vec<u8> {
    let mut text = String::from("BEGIN;\n");
    for executed in &commit.statements {
        if fixing == Fixing::Context {
            let _ = write!(text, "SET TIMESTAMP = {}, SEED = {}", executed.now.as_us(), executed.random_seed);
            match executed.first_id {
                Some(id) => _ = writeln!(text, ", INSERT_ID = {id};"),
                None => text.push_str(";\n"),
            }
        }
        let _ = writeln!(text, "{};", executed.statement);
    }
    text.push_str("COMMIT;\n");
    text.into_bytes()
}

/// Carries out what a text says.
pub(super) fn apply(bytes: &[u8], db: &mut Database) -> Result<Work, ApplyError> {
    const WRONG: ApplyError = ApplyError::Corrupt("a transaction as text");
    let text = std::str::from_utf8(bytes).map_err(|_| WRONG)?;
    let inside =
        text.strip_prefix("BEGIN;\n").and_then(|text| text.strip_suffix("COMMIT;\n")).ok_or(WRONG)?;
    // All or nothing.
    let mut changed = db.clone();
    let (mut work, mut known) = (Work::default(), None);
    for line in inside.split_inclusive(";\n") {
        let line = line.strip_suffix(";\n").ok_or(WRONG)?;
        if let Some(context) = line.strip_prefix("SET ") {
            known = Some(context_of(context).ok_or(WRONG)?);
            continue;
        }
        let statement: Statement = line.parse()?;
        let executed = known.take().map(|(now, random_seed, first_id)| Executed {
            statement: statement.clone(),
            now,
            random_seed,
            first_id,
        });
        work += changed.run_again(&statement, executed.as_ref())?.work;
    }
    *db = changed;
    Ok(work)
}

fn context_of(text: &str) -> Option<(Timestamp, u64, Option<i64>)> {
    let mut parts = text.split(", ");
    let now = parts.next()?.strip_prefix("TIMESTAMP = ")?.parse().ok()?;
    let seed = parts.next()?.strip_prefix("SEED = ")?.parse().ok()?;
    let first_id = match parts.next() {
        Some(part) => Some(part.strip_prefix("INSERT_ID = ")?.parse().ok()?),
        None => None,
    };
    Some((Timestamp::from_us(now), seed, first_id))
}
