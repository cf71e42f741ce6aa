//! The four decisions.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Key, Rows};
use crate::time::Time;

/// What a store outside the compaction, a run or the table in memory, has to do with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// The oldest stamp in it, of any key.
    pub oldest: Time,
    /// Whether it may hold this key. (It may be wrong when it says that it may, never when it says that it does not.)
    pub may_hold: bool,
}

/// What a compaction knows when it comes to a tombstone.
#[derive(Clone, Copy, Debug)]
pub struct Purge<'a> {
    /// Now, by the replica's clock.
    pub now: Time,
    /// How old a tombstone must be.
    pub gc_grace: Time,
    /// All runs that are not part of this compaction, and the table in memory unless it is empty.
    pub outside: &'a [Outside],
}

/// When a scan warns and when it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// More tombstones than this: warn. Nothing: never.
    pub warn: Option<usize>,
    /// More tombstones than this: abort. Nothing: never.
    pub fail: Option<usize>,
}

impl Default for Thresholds {
    /// Cassandra's: warn above 1,000, abort above 100,000.
    fn default() -> Self {
        Self { warn: Some(1_000), fail: Some(100_000) }
    }
}

/// What becomes of a scan that has met so many tombstones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It goes on.
    Fine,
    /// It goes on, and the log has a warning.
    Warn,
    /// It ends with an error.
    Abort,
}

/// The decisions, as functions on plain data.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Which of two cells of one key remains.
    pub merge: fn(&Cell, &Cell) -> Cell,
    /// Whether compaction may drop a tombstone, with all that lies under it in this compaction.
    pub may_drop: fn(&Cell, &Purge<'_>) -> bool,
    /// Of mine, what repair sends to a replica that has these.
    pub to_send: fn(&Rows, &Rows) -> Vec<(Key, Cell)>,
    /// What becomes of a scan that has met so many tombstones.
    pub verdict: fn(usize, &Thresholds) -> Verdict,
}

/// The rules as Cassandra has them.
pub const CASSANDRA: Rules = Rules { merge, may_drop, to_send, verdict };

impl Default for Rules {
    fn default() -> Self {
        CASSANDRA
    }
}

/// The later stamp wins. Of equal stamps a tombstone does, and of two values the larger one.
fn merge(a: &Cell, b: &Cell) -> Cell {
    let value = |cell: &Cell, other: &Cell| match (&cell.value, &other.value) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(mine), Some(theirs)) => mine.cmp(theirs),
    };
    match a.stamp.cmp(&b.stamp).then_with(|| value(a, b)) {
        Ordering::Less => b.clone(),
        Ordering::Equal | Ordering::Greater => a.clone(),
    }
}

fn may_drop(tombstone: &Cell, purge: &Purge<'_>) -> bool {
    let covers_something = |outside: &Outside| outside.may_hold && outside.oldest <= tombstone.stamp;
    purge.now.since(tombstone.stamp) > purge.gc_grace && !purge.outside.iter().any(covers_something)
}

fn to_send(mine: &Rows, theirs: &Rows) -> Vec<(Key, Cell)> {
    let lacks = |key: &Key, cell: &Cell| theirs.get(key).is_none_or(|held| merge(held, cell) != *held);
    let lacking = mine.iter().filter(|(key, cell)| lacks(key, cell));
    lacking.map(|(key, cell)| (key.clone(), cell.clone())).collect()
}

fn verdict(tombstones: usize, thresholds: &Thresholds) -> Verdict {
    let above = |threshold: Option<usize>| threshold.is_some_and(|most| tombstones > most);
    match (above(thresholds.fail), above(thresholds.warn)) {
        (true, _) => Verdict::Abort,
        (false, true) => Verdict::Warn,
        (false, false) => Verdict::Fine,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell() -> impl Strategy<Value = Cell> {
        let value = prop_oneof![Just(None), "[ab]{0,2}".prop_map(Some)];
        (0..4u64, value).prop_map(|(stamp, value)| Cell { stamp: Time::s(stamp), value })
    }

    proptest! {
        #[test]
        fn the_order_of_merging_does_not_matter(a in cell(), b in cell(), c in cell()) {
            prop_assert_eq!(merge(&a, &b), merge(&b, &a));
            prop_assert_eq!(merge(&merge(&a, &b), &c), merge(&a, &merge(&b, &c)));
            prop_assert_eq!(merge(&a, &a), a);
        }
    }

    #[test]
    fn at_equal_stamps_a_deletion_wins() {
        let (at, value) = (Time::s(5), Cell::live("milk", Time::s(5)));
        assert!(merge(&value, &Cell::tombstone(at)).is_tombstone());
        assert!(!merge(&value, &Cell::tombstone(Time::s(4))).is_tombstone());
        assert_eq!(merge(&value, &Cell::live("tea", at)), Cell::live("tea", at));
    }

    #[test]
    fn a_tombstone_goes_when_it_is_old_and_nothing_may_lie_under_it() {
        let tombstone = Cell::tombstone(Time::s(100));
        let may_drop = |now: u64, outside: &[(u64, bool)]| {
            let outside: Vec<Outside> = outside
                .iter()
                .map(|(oldest, may_hold)| Outside { oldest: Time::s(*oldest), may_hold: *may_hold })
                .collect();
            let purge = Purge { now: Time::s(now), gc_grace: Time::s(10), outside: &outside };
            super::may_drop(&tombstone, &purge)
        };
        assert_eq!([50, 100, 110, 111].map(|now| may_drop(now, &[])), [false, false, false, true]);
        assert!(!may_drop(200, &[(99, true)]) && !may_drop(200, &[(100, true)]));
        assert!(may_drop(200, &[(101, true)]) && may_drop(200, &[(99, false)]));
        assert!(!may_drop(200, &[(101, true), (1, false), (50, true)]));
    }

    #[test]
    fn thresholds_are_what_is_still_allowed() {
        let verdicts =
            |thresholds| [0, 1_000, 1_001, 100_000, 100_001].map(|count| verdict(count, &thresholds));
        use Verdict::{Abort, Fine, Warn};
        assert_eq!(verdicts(Thresholds::default()), [Fine, Fine, Warn, Warn, Abort]);
        assert_eq!(verdicts(Thresholds { warn: None, fail: None }), [Fine; 5]);
        assert_eq!(
            verdicts(Thresholds { warn: Some(100_000), fail: Some(0) }),
            [Fine, Abort, Abort, Abort, Abort]
        );
    }
}
