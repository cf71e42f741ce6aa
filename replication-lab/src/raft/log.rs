//! A server's log.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Term;
use super::command::{Command, Entry};

/// A server's log. Places are counted from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Log(Vec<Entry>);

/// A place in a log and its entry's term: ordered as elections compare the ends of logs, by the term first and then
/// by the place.
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
    /// The entry's term, 0 if there is none.
    pub term: Term,
    /// Its place, from 1; 0 is before the first entry.
    pub index: u64,
}

impl From<Vec<Term>> for Log {
    /// A log of entries of these terms that do nothing.
    fn from(terms: Vec<Term>) -> Self {
        Self(terms.into_iter().map(|term| Entry { term, command: Command::Begin }).collect())
    }
}

impl Log {
    /// Its end.
    pub fn end(&self) -> Position {
        Position { term: self.0.last().map_or(0, |entry| entry.term), index: self.0.len() as u64 }
    }

    /// The entry at a place.
    pub fn entry(&self, index: u64) -> Option<&Entry> {
        self.0.get(usize::try_from(index.checked_sub(1)?).ok()?)
    }

    /// A place with its entry's term; nothing if the log ends before it.
    pub fn position(&self, index: u64) -> Option<Position> {
        match index {
            0 => Some(Position::default()),
            _ => self.entry(index).map(|entry| Position { term: entry.term, index }),
        }
    }

    /// The entries behind a place.
    pub fn behind(&self, index: u64) -> &[Entry] {
        self.0.get(usize::try_from(index).unwrap_or(usize::MAX)..).unwrap_or_default()
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// Whether no entry is from an earlier term than the one before it, and none from before the first.
    pub fn is_ordered(&self) -> bool {
        self.0.first().is_none_or(|first| first.term != 0) && self.0.is_sorted_by_key(|entry| entry.term)
    }

    /// Puts an entry at a place; whatever was there and behind it goes. The place is at most one behind the end.
    pub(super) fn put(&mut self, index: u64, entry: Entry) {
        debug_assert!(index >= 1 && index <= self.end().index + 1, "no gap");
        self.0.truncate(index as usize - 1);
        self.0.push(entry);
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.index, self.term)
    }
}
