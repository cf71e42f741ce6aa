//! E2.4 — The audit after a failover: ids that were issued twice, and what hangs on them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exercise::Answer;

mod scenarios;

/// A row and the id that a leader's counter gave it. Two rows are the same row if their texts are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Issued {
    /// The id.
    pub id: u64,
    /// What the row says: no two rows say the same.
    pub row: String,
}

/// What one leader's log says of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The rows in the order in which they were committed, with those that came from an earlier leader. Ids are issued
    /// before rows are committed, so their order may differ.
    pub rows: Vec<Issued>,
    /// The id that this leader's counter would issue next. It can be far above the rows: transactions that were rolled
    /// back have used ids up, and PostgreSQL logs a sequence 32 values ahead, which a promoted standby skips.
    pub next: u64,
}

/// Which leader's side wrote an entry of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The old leader's.
    Old,
    /// The new leader's.
    New,
}

/// What another store keeps under an id: a cache, a search index, the routes to a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The row that the entry was made from.
    pub row: String,
    /// Who wrote it last.
    pub by: Side,
}

/// The other store: by the database's ids. A failover of the database does not touch it.
pub type Store = BTreeMap<u64, Entry>;

/// An id under which the database and the store hold two different rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mixed {
    /// The id.
    pub id: u64,
    /// The row that the database has there now.
    pub database: String,
    /// The row that the store's entry was made from.
    pub store: String,
}

/// What the learner writes. The database is what the new leader's history says. Every list is in the order of ids.
pub trait Audit {
    /// The ids that were given to two different rows, one by either leader. A row that was replicated has its id from
    /// one leader, though both histories show it.
    fn issued_twice(old: &History, new: &History) -> Vec<u64>;

    /// The old leader's rows that the new leader has under no id. They must be exported before the old log is cut back.
    fn missing(old: &History, new: &History) -> Vec<Issued>;

    /// The entries of the store that show another row than the database has under their id.
    fn mixed_up(new: &History, store: &Store) -> Vec<Mixed>;

    /// The ids of entries of the store under which the database has no row: mixed up as soon as that id is issued.
    fn orphans(new: &History, store: &Store) -> Vec<u64>;

    /// The lowest id from which on the new leader may issue: above every id that any history or the store has, and not
    /// below either leader's counter.
    fn safe_next(old: &History, new: &History, store: &Store) -> u64;
}

/// Wraps a learner's audit.
pub fn answer<A: Audit + 'static>() -> Answer {
    Answer::new("E2.4", scenarios::drive::<A>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
