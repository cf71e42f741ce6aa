//! A server's log, as far as elections look at it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Term;

/// A server's log: the term of each entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Log(Vec<Term>);

/// The end of a log: ordered as elections compare logs, by the last entry's term first and then by the length.
///
/// # Examples
/// ```
/// use replication_lab::raft::Log;
/// let (long, new) = (Log::from(vec![1, 1, 1]), Log::from(vec![1, 2]));
/// assert!(new.end() > long.end(), "a later term beats a longer log");
/// assert_eq!(new.end().to_string(), "2@2");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The last entry's term, 0 if there is none.
    pub term: Term,
    /// The last entry's place, from 1: the length of the log.
    pub index: u64,
}

impl From<Vec<Term>> for Log {
    fn from(terms: Vec<Term>) -> Self {
        Self(terms)
    }
}

impl Log {
    /// Its end.
    pub fn end(&self) -> Position {
        Position { term: self.0.last().copied().unwrap_or(0), index: self.0.len() as u64 }
    }

    /// Whether no entry is from an earlier term than the one before it, and none from before the first.
    pub fn is_ordered(&self) -> bool {
        self.0.first() != Some(&0) && self.0.is_sorted()
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}
