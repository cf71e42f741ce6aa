//! E2.4 — The audit after a failover (14 points)
//!
//! The old leader issued ids 1001 to 1005, and died before a follower had the rows. The new leader began at 1001 again. The
//! database itself is in order: each of its rows has one id. But a search index, a cache, the routes to customers' files
//! are keyed by these ids too, and nobody rolled *them* back. In September 2012 that way sixteen private repositories at
//! GitHub were reachable by the wrong people for seven minutes.
//!
//! You have the histories of both leaders and one such store. Find out
//!
//! - `issued_twice`: which ids were given to two different rows;
//! - `missing`: which rows the new leader has nowhere (export them before the old log is cut back);
//! - `mixed_up`: where the store shows another row than the database has under that id, *now*;
//! - `orphans`: which entries have no row: they will be mixed up as soon as their id is issued;
//! - `safe_next`: from which id on it is safe to issue.
//!
//! Both sides may have written into the store after the failover, and not always what was right: look at what an entry
//! holds, not at who wrote it. What differs between systems: MySQL's counter follows the rows, so ids come back. A promoted
//! PostgreSQL standby skips up to 32 values instead, because sequences are logged ahead: a gap, and no reuse. A gap is
//! harmless.
//!
//! Check it with `cargo course check E2.4`, or with
//! `cargo test -p exercises e2_4`. Stuck? `cargo course hint E2.4`.

use grader::exercises::e2_4::{Audit, History, Issued, Mixed, Store};

/// Looks, and changes nothing.
pub struct Auditor;

impl Audit for Auditor {
    fn issued_twice(old: &History, new: &History) -> Vec<u64> {
        todo!("which ids of {old:?} stand for another row in {new:?}?")
    }

    fn missing(old: &History, new: &History) -> Vec<Issued> {
        todo!("which rows of {old:?} are nowhere in {new:?}?")
    }

    fn mixed_up(new: &History, store: &Store) -> Vec<Mixed> {
        todo!("which entries of {store:?} show another row than {new:?} has there?")
    }

    fn orphans(new: &History, store: &Store) -> Vec<u64> {
        todo!("which ids of {store:?} does {new:?} not have?")
    }

    fn safe_next(old: &History, new: &History, store: &Store) -> u64 {
        todo!("what is above all ids of {old:?}, {new:?} and {store:?}, and not below a counter?")
    }
}
