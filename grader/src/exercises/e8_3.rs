//! E8.3 — Tombstone store: when a deletion may be forgotten, and what happens when it is forgotten too early.

pub use replication_lab::time::Time;
pub use replication_lab::tombstones::{Cell, Key, Outside, Purge, Rows, Thresholds, Verdict};

use crate::exercise::Answer;

mod scenarios;

/// What the learner writes: the four decisions of a store in which a deletion is a cell of its own. The lab has the
/// rest: runs, compaction, replicas.
pub trait Tombstones {
    /// Which of two cells of one key remains: the one with the later stamp. Of equal stamps a tombstone, and of two
    /// values the larger one. Replicas receive cells in any order, and must come to the same end.
    fn merge(a: &Cell, b: &Cell) -> Cell;

    /// Whether compaction may drop a tombstone. It has merged the cells of the runs that it compacts already. It may
    /// if
    ///
    /// - the tombstone is older than `purge.gc_grace` at `purge.now`, and not just as old;
    /// - and nothing that it still covers may lie outside: no [`Outside`] that may hold the key has a cell with a
    ///   stamp up to the tombstone's own.
    fn may_drop(tombstone: &Cell, purge: &Purge<'_>) -> bool;

    /// Which of its cells a replica sends to another one in repair, in the order of the keys: exactly those that
    /// would change something there, deletions too.
    fn to_send(mine: &Rows, theirs: &Rows) -> Vec<(Key, Cell)>;

    /// What becomes of a scan that has met so many tombstones: abort above `fail`, warn above `warn`; a threshold
    /// that is `None` is switched off.
    fn verdict(tombstones: usize, thresholds: &Thresholds) -> Verdict;
}

/// Wraps a learner's decisions.
pub fn answer<T: Tombstones + 'static>() -> Answer {
    Answer::new("E8.3", scenarios::drive::<T>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
