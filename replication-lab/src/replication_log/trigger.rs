//! What a trigger wrote down, read and applied by a program outside.

use serde::{Deserialize, Serialize};

use super::method::ApplyError;
use crate::table_engine::{CHANGE_LOG, Database, EngineError, KeyedChange, Row, Schema, Type, Value, Work};

/// The program that reads the change log on the leader: it asks for the rows after the last one that it has read.
///
/// That is a trap: a row gets its number when its statement is carried out, and is seen when its transaction commits.
/// If a transaction commits after one with higher numbers was read, its rows are never asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Poller {
    /// The number of the last row that it has read.
    pub last: i64,
}

/// A row of the change log, as it is shipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Captured {
    seq: i64,
    tab: String,
    pk: String,
    old: Option<serde_json::Value>,
    new: Option<serde_json::Value>,
}

impl Poller {
    /// What is new in the change log, as JSON; nothing, if nothing is. Says how many rows it read.
    ///
    /// # Errors
    /// When nothing is captured on this node.
    pub fn poll(&mut self, db: &Database) -> Result<(usize, Vec<u8>), EngineError> {
        let rows = db.rows(CHANGE_LOG)?;
        let new: Vec<Captured> =
            rows.range(Value::Int(self.last + 1)..).filter_map(|(_, row)| captured(row)).collect();
        let Some(last) = new.last() else { return Ok((0, Vec::new())) };
        self.last = last.seq;
        Ok((new.len(), serde_json::to_vec(&new).unwrap_or_default()))
    }
}

fn captured(row: &Row) -> Option<Captured> {
    let json = |value: &Value| match value {
        Value::Text(text) => serde_json::from_str(text).ok(),
        _ => None,
    };
    match &row[..] {
        [Value::Int(seq), Value::Text(tab), Value::Text(pk), old, new, _] => {
            Some(Captured { seq: *seq, tab: tab.clone(), pk: pk.clone(), old: json(old), new: json(new) })
        }
        _ => None,
    }
}

/// Makes the changes that it read. A row that was shipped before is put there, or removed, again.
pub(super) fn apply(bytes: &[u8], db: &mut Database) -> Result<Work, ApplyError> {
    const WRONG: ApplyError = ApplyError::Corrupt("a row of the change log");
    let rows: Vec<Captured> = serde_json::from_slice(bytes).map_err(|_| WRONG)?;
    let changes = rows.into_iter().map(|row| {
        let schema = db.table(&row.tab)?.schema().clone();
        let old = row.old.as_ref().map(|old| key_in(&schema, old).ok_or(WRONG)).transpose()?;
        let values = row.new.as_ref().map(|new| values_in(&schema, new)).transpose()?;
        Ok(match (old, values) {
            (Some(key), Some(values)) => KeyedChange::Update { table: row.tab, key, values },
            (Some(key), None) => KeyedChange::Delete { table: row.tab, key },
            (None, Some(values)) => KeyedChange::Insert { table: row.tab, values },
            (None, None) => return Err(WRONG),
        })
    });
    let changes: Vec<KeyedChange> = changes.collect::<Result<_, ApplyError>>()?;
    Ok(db.replay_rows(&changes)?.work)
}

fn key_in(schema: &Schema, row: &serde_json::Value) -> Option<Value> {
    let column = &schema.columns[schema.key];
    value_in(column.kind, row.get(&column.name)?)
}

fn values_in(schema: &Schema, row: &serde_json::Value) -> Result<Vec<(String, Value)>, ApplyError> {
    const WRONG: ApplyError = ApplyError::Corrupt("a row of the change log");
    let columns = row.as_object().ok_or(WRONG)?;
    let value = |(name, value): (&String, &serde_json::Value)| {
        let kind = schema.columns[schema.column(name)?].kind;
        Ok((name.clone(), value_in(kind, value).ok_or(WRONG)?))
    };
    columns.iter().map(value).collect()
}

fn value_in(kind: Type, value: &serde_json::Value) -> Option<Value> {
    match value {
        serde_json::Value::Null => Some(Value::Null),
        serde_json::Value::Number(number) => Value::Int(number.as_i64()?).fit(kind),
        serde_json::Value::String(text) => Value::Text(text.clone()).fit(kind),
        _ => None,
    }
}
