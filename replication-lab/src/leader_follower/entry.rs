//! What a log holds, and what it makes of a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::log::Position;
use crate::time::Time;
use crate::trace::NodeId;

/// An operation of a client: who, and its number there. A client that tries again with the same one says “this is
/// the operation that I asked for before”: an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpId {
    /// The client.
    pub client: NodeId,
    /// Its operation.
    pub number: u64,
}

/// A change of the table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Sets a key.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// Adds a row under an id that the leader has issued.
    Insert {
        /// The id.
        id: String,
        /// The row.
        row: String,
    },
    /// Removes every row: `DELETE` without the right `WHERE`.
    DeleteAll,
    /// Reserves ids up to this one for the leader: PostgreSQL writes its log 32 ids ahead.
    ReserveIds(u64),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Put { key, value } => write!(f, "{key}={value}"),
            Change::Insert { id, row } => write!(f, "row {id}={row}"),
            Change::DeleteAll => f.write_str("DELETE all"),
            Change::ReserveIds(up_to) => write!(f, "ids up to {up_to} reserved"),
        }
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub position: Position,
    /// What it changes.
    pub change: Change,
    /// For whom; nobody, for what the leader writes by itself.
    pub op: Option<OpId>,
    /// Its size in bytes.
    pub bytes: u64,
    /// When the leader wrote it, in true time: for measuring lag, never for deciding anything.
    pub written: Time,
}

/// What the entries so far have made: rows, and what a leader must know besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Table {
    /// The rows.
    pub rows: BTreeMap<String, String>,
    /// The operations that are in it, so that none is carried out twice.
    pub ops: BTreeSet<OpId>,
    /// The highest numeric id of a row that was ever inserted.
    pub highest_id: u64,
    /// Up to which id the log has reserved ids.
    pub reserved: u64,
}

impl Table {
    /// Applies an entry.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.change {
            Change::Put { key, value } => {
                self.rows.insert(key.clone(), value.clone());
            }
            Change::Insert { id, row } => {
                self.rows.insert(id.clone(), row.clone());
                self.highest_id = self.highest_id.max(id.parse().unwrap_or(0));
            }
            Change::DeleteAll => self.rows.clear(),
            Change::ReserveIds(up_to) => self.reserved = self.reserved.max(*up_to),
        }
        self.ops.extend(entry.op);
    }
}
