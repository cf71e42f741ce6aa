//! E8.3 — Tombstone store (18 points)
//!
//! A store in the manner of Cassandra's writes runs that never change. So a deletion can't take anything away: it adds a
//! cell, a *tombstone*, which covers all cells of its key with a stamp up to its own. Only compaction, which merges runs,
//! can drop it. When?
//!
//! - Too late, and every read wades through tombstones. A queue that is kept in such a store reads all that was ever popped
//!   to find its head.
//! - Too early, and the dead come back: from an older run that was not part of the compaction, or from a replica that was
//!   down when the deletion came, and that hands its old value on in the next repair.
//!
//! You write the four decisions. The lab has the rest: the table in memory, the runs, size-tiered compaction, three
//! replicas.
//!
//! - `merge(a, b)`: which cell of two remains. The later stamp; of equal stamps a tombstone; of two values the larger one.
//! - `may_drop(tombstone, purge)`: yes if it is *older* than `gc_grace`, and no `Outside` that may hold the key has a cell
//!   with a stamp up to the tombstone's. (Cassandra: ten days; the oldest stamp of each run is in its metadata.)
//! - `to_send(mine, theirs)`: what repair sends: exactly the cells that would change something there, in the order of their
//!   keys.
//! - `verdict(tombstones, thresholds)`: abort *above* `fail`, warn *above* `warn`, `None` is off. (Cassandra: 100,000 and
//!   1,000.)
//!
//! `Cell { stamp, value }` is a tombstone if its value is `None`. `later.since(earlier)` is the time between two stamps,
//! and zero if they are the other way round.
//!
//! One scenario shows what no rule prevents: repair comes after the grace, A and B have rightly forgotten the deletion, and
//! C brings the milk back. Your store will do that too. It is not a fault of the store, but of the schedule: repair must
//! finish *within* the grace.
//!
//! Check it with `cargo course check E8.3`, or with
//! `cargo test -p exercises e8_3`. Stuck? `cargo course hint E8.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_3::{Cell, Key, Outside, Purge, Rows, Thresholds, Tombstones, Verdict};

/// The four decisions.
pub struct Decisions;

impl Tombstones for Decisions {
    fn merge(a: &Cell, b: &Cell) -> Cell {
        todo!("which of {a} and {b} remains?")
    }

    fn may_drop(tombstone: &Cell, purge: &Purge<'_>) -> bool {
        todo!("may compaction drop {tombstone}? It knows {purge:?}")
    }

    fn to_send(mine: &Rows, theirs: &Rows) -> Vec<(Key, Cell)> {
        todo!("of {mine:?}, what does a replica lack that has {theirs:?}?")
    }

    fn verdict(tombstones: usize, thresholds: &Thresholds) -> Verdict {
        todo!("{tombstones} tombstones, of {thresholds:?}: what becomes of the scan?")
    }
}
