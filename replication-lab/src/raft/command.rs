//! What a log holds: commands, and the entries that carry them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Term;
use crate::trace::NodeId;

/// An operation of a client, so that one that is asked for again is known: a client has one at a time, and numbers
/// them from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpId {
    /// Who asks.
    pub client: NodeId,
    /// Its number among that client's.
    pub number: u64,
}

/// What an entry does when it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Nothing: a new leader begins its term with it, because it may not count copies of earlier terms' entries.
    Begin,
    /// Writes a value.
    Put {
        /// Whose operation this is.
        id: OpId,
        /// The key.
        key: String,
        /// Its new value.
        value: String,
    },
    /// Writes a value on condition that another one is there.
    CompareAndSet {
        /// Whose operation this is.
        id: OpId,
        /// The key.
        key: String,
        /// What must be there; nothing if there must be nothing.
        expected: Option<String>,
        /// What is written in its place.
        new: String,
    },
    /// The voting members from here on. It holds from the moment it is in a log (dissertation, section 4.1).
    Members(BTreeSet<NodeId>),
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// The term of the leader that took it.
    pub term: Term,
    /// What it does.
    pub command: Command,
}

impl Command {
    /// Whose operation it is, if a client asked for it.
    pub fn id(&self) -> Option<OpId> {
        match self {
            Self::Put { id, .. } | Self::CompareAndSet { id, .. } => Some(*id),
            Self::Begin | Self::Members(_) => None,
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin => f.write_str("begin"),
            Self::Put { key, value, .. } => write!(f, "{key}={value}"),
            Self::CompareAndSet { key, expected, new, .. } => {
                write!(f, "{key}={new} if {}", expected.as_deref().unwrap_or("nothing"))
            }
            Self::Members(members) => {
                f.write_str("members")?;
                members.iter().try_for_each(|id| write!(f, " s{}", id.0 + 1))
            }
        }
    }
}
