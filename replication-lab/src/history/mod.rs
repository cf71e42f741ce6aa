//! What clients asked and what they were told, with start and end: the material of the checkers.

mod linearizability;
mod staleness;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;

pub use linearizability::linearizable;
pub use staleness::{lost_writes, stale_reads};

/// The operations of a run, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(pub Vec<Op>);

/// One operation of a client on one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Who.
    pub client: String,
    /// The key.
    pub key: String,
    /// What.
    pub action: Action,
    /// When the client asked.
    pub began: Time,
    /// When it was told; nothing if it never was, or was told that nobody knows.
    pub ended: Option<Time>,
}

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A write of this value. Values are unique in a history. Without an end, it may take effect at any later time,
    /// or never.
    Write(String),
    /// A read: the values that it returned, none if there was nothing, more than one for siblings. Without an end,
    /// it says nothing.
    Read(Vec<String>),
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, key, .. } = self;
        match (&self.action, self.ended) {
            (Action::Write(value), Some(_)) => write!(f, "{client} writes {key}={value}"),
            (Action::Write(value), None) => {
                write!(f, "{client} tries to write {key}={value}, outcome unknown")
            }
            (Action::Read(_), None) => write!(f, "{client} reads {key}, no answer"),
            (Action::Read(values), Some(_)) if values.is_empty() => {
                write!(f, "{client} reads {key}: nothing")
            }
            (Action::Read(values), Some(_)) => write!(f, "{client} reads {key}: {}", values.join(" | ")),
        }
    }
}

/// What a checker found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The property holds.
    Holds,
    /// It does not, and here is why.
    Violated(Witness),
    /// The checker can't tell, and here is why.
    Unknown(String),
}

/// The guilty operations, and one sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Places in the history.
    pub operations: Vec<usize>,
    /// What is wrong with them.
    pub why: String,
}

impl Verdict {
    /// Whether the property is known to hold.
    pub fn holds(&self) -> bool {
        *self == Verdict::Holds
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Holds => f.write_str("holds"),
            Verdict::Violated(witness) => write!(f, "violated: {}", witness.why),
            Verdict::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}

impl History {
    /// The keys in it, in order.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<_> = self.0.iter().map(|op| op.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for op in &self.0 {
            let ended = op.ended.map_or("…".to_owned(), |ended| ended.to_string());
            writeln!(f, "{:>12} to {ended:>12}  {op}", op.began)?;
        }
        Ok(())
    }
}
