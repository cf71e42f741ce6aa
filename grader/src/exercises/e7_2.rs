//! E7.2 — A store with siblings: what is kept when two clients write one key and neither knew of the other.

use std::fmt::{self, Debug};

pub use replication_lab::causality::{Dot, VersionVector};

use crate::exercise::Answer;

mod scenarios;

/// How many values a key may have. (Riak: 100.)
pub const MOST_SIBLINGS: usize = 5;

/// What a store has of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its values, sorted; several are siblings. Two clients may have written the same text: then it is there twice.
    pub values: Vec<String>,
    /// To be passed with the next write: for each server, the highest number of its writes of this key that this store
    /// knows of, be it from its own writes, from a sync, or from a context.
    pub context: VersionVector,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = if self.values.is_empty() { "no value".to_owned() } else { self.values.join(" | ") };
        write!(f, "{values} {}", self.context)
    }
}

/// A write that was not taken: the key would have had more than [`MOST_SIBLINGS`] values. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySiblings;

/// What the learner writes: the store of one server, with *dotted* versions. Each write gets a dot of its own: the server,
/// and the number of the write. Numbers of a key begin at 1, and each is one above all of this server's that the store
/// knows of for the key, be it from a context. No dot is ever used twice.
pub trait SiblingStore: Clone + Debug {
    /// An empty store of the server with this name.
    fn new(server: &str) -> Self;

    /// Stores a value, and drops what it replaces: the values whose dots its context covers, and no others. Without a
    /// context the writer has seen nothing. Returns what is there then.
    ///
    /// A context may name servers that this store has never heard of, and numbers that it has not reached. It is taken at
    /// its word.
    ///
    /// # Errors
    /// When the key would have more than [`MOST_SIBLINGS`] values after it. Nothing has changed then.
    fn put(
        &mut self,
        key: &str,
        value: &str,
        context: Option<&VersionVector>,
    ) -> Result<Found, TooManySiblings>;

    /// What is there. Nothing if this store has never heard of the key; no *value*, but a context, if it was deleted.
    fn get(&self, key: &str) -> Option<Found>;

    /// Deletes the values whose dots the context covers, and no others. A deletion is a write: it gets a number. Returns
    /// what is there then.
    fn delete(&mut self, key: &str, context: &VersionVector) -> Found;

    /// Takes in all that another store has. A value that either of the two has replaced or deleted is gone; all others
    /// are there, each once. No number of siblings is too many here.
    fn sync_from(&mut self, peer: &Self);
}

/// Wraps a learner's store.
pub fn answer<S: SiblingStore + 'static>() -> Answer {
    Answer::new("E7.2", scenarios::drive::<S>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
