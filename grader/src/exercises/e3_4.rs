//! E3.4 — A search index that is built from the log.

use std::collections::BTreeSet;
use std::fmt::{self, Debug};

pub use replication_lab::log::Lsn;
pub use replication_lab::table_engine::{KeyedChange, Value};

use crate::exercise::Answer;

mod scenarios;

/// The place of a change in the leader's log. Of two changes the one with the higher version was made later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Where its transaction ends.
    pub end: Lsn,
    /// Which change of its transaction it is, counted from 0.
    pub place: u32,
}

impl Version {
    /// A change of the transaction that ends there.
    pub const fn new(end: Lsn, place: u32) -> Self {
        Self { end, place }
    }

    /// What a copy shows that was made at this position: later than all that ends there or before, earlier than all
    /// that ends behind it.
    pub const fn of_copy(at: Lsn) -> Self {
        Self { end: at, place: u32::MAX }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            u32::MAX => write!(f, "copy at {}", self.end),
            place => write!(f, "{} #{place}", self.end),
        }
    }
}

/// The words of a text, in small letters.
pub fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The words in all texts of a row.
pub fn words_of(values: &[(String, Value)]) -> BTreeSet<String> {
    let texts = values.iter().filter_map(|(_, value)| match value {
        Value::Text(text) => Some(words(text)),
        _ => None,
    });
    texts.flatten().collect()
}

/// The primary key of a row: its column `id`.
pub fn key_of(values: &[(String, Value)]) -> Value {
    values.iter().find(|(name, _)| name == "id").map_or(Value::Null, |(_, value)| value.clone())
}

/// What the learner writes: which rows of the table `articles` have which words.
///
/// The index is not transactional: each call is durable by itself, and the log is confirmed now and then. So changes come
/// at least once, several workers bring them, and not always in order. What counts is the version: whatever comes when,
/// the index shows for each key the latest that has come.
pub trait SearchIndex: Debug + Sized {
    /// An empty index. A copy of the table is under way from now on.
    fn new() -> Self;

    /// A row of the copy, as an insert. The copy was made at this position, and arrives in pieces, while changes arrive
    /// too.
    fn copied(&mut self, at: Lsn, row: &KeyedChange);

    /// The copy is complete: no row of it comes any more.
    fn copy_complete(&mut self);

    /// A change. An insert and an update hold the whole new row; an update's `key` is the key *before* it. Who changes a
    /// key deletes one row and inserts another.
    fn apply(&mut self, version: Version, change: &KeyedChange);

    /// The keys of the rows that have this word, in small or capital letters, each once, in order.
    fn search(&self, word: &str) -> Vec<Value>;

    /// The log is confirmed up to here: no change of a transaction that ends here or before comes again. What was kept
    /// for such changes alone may go; but not while the copy is under way, for its rows are older.
    fn confirmed(&mut self, upto: Lsn);

    /// How many deleted rows it still remembers.
    fn tombstones(&self) -> usize;
}

/// Wraps a learner's index.
pub fn answer<I: SearchIndex + 'static>() -> Answer {
    Answer::new("E3.4", scenarios::drive::<I>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
