//! What leaders tell one another: changes, each with its origin and with what its origin had seen.

use std::fmt;

use crate::causality::{Dot, VersionVector};
use crate::crdt::{Crdt, Stamp};
use crate::time::Time;

/// What is done to a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// It has this value from now on, whether it was there or not.
    Put(String),
    /// It is new. An error if it is there.
    Insert(String),
    /// It has this value from now on. An error if it isn't there.
    Update(String),
    /// It is gone from now on. An error if it isn't there.
    Delete,
    /// The state of a value that merges, after a change of it.
    Merge(Crdt),
}

impl Action {
    /// The value afterwards; nothing if it is gone, or merges.
    pub fn value(&self) -> Option<&str> {
        match self {
            Self::Put(value) | Self::Insert(value) | Self::Update(value) => Some(value),
            Self::Delete | Self::Merge(_) => None,
        }
    }
}

/// A committed change of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Who committed it, and its number among the commits there.
    pub id: Dot,
    /// Its position in the log of its origin. Positions of two leaders can't be compared.
    pub lsn: u64,
    /// The record.
    pub key: String,
    /// What was done to it.
    pub action: Action,
    /// The origin's clock, in microseconds, and the origin.
    pub stamp: Stamp,
    /// What the origin had applied when it committed this, of all leaders.
    pub seen: VersionVector,
    /// The changes of which a reader at the origin saw something just before: what this one replaces knowingly.
    pub replaces: Vec<Dot>,
    /// When that was, in true time. No leader knows it; only the judge of a run looks at it.
    pub committed: Time,
}

impl Change {
    /// Whether neither was known where the other one was committed.
    pub fn is_concurrent_with(&self, other: &Change) -> bool {
        !self.seen.covers(&other.id) && !other.seen.covers(&self.id)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match &self.action {
            Action::Put(value) => write!(f, "{key}={value}"),
            Action::Insert(value) => write!(f, "INSERT {key}={value}"),
            Action::Update(value) => write!(f, "UPDATE {key}={value}"),
            Action::Delete => write!(f, "DELETE {key}"),
            Action::Merge(state) => write!(f, "{key}: {state}"),
        }
    }
}

/// A message between leaders.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A change, and through whom it has come, its origin first.
    Change(Box<Change>, Vec<usize>),
    /// What the sender has received so far, of each leader.
    Received(VersionVector),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(change, visited) if visited.len() > 1 => {
                write!(f, "{change} (from {})", change.id.server)
            }
            Self::Change(change, _) => change.fmt(f),
            Self::Received(seen) => write!(f, "has {seen}"),
        }
    }
}

/// What a leader is woken for: to send again what nobody has confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Resend;

impl fmt::Display for Resend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("send again")
    }
}
