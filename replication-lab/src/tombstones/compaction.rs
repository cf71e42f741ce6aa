//! Compaction: runs become one run.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Key};
use super::rules::{Outside, Purge};
use super::scan::Merged;
use super::store::{Run, Store};
use crate::time::Time;

/// What a compaction did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// Numbers of the runs that went in.
    pub runs: Vec<u64>,
    /// Cells that went in.
    pub cells_in: usize,
    /// Cells that came out.
    pub cells_out: usize,
    /// Tombstones that were dropped.
    pub dropped: usize,
    /// Tombstones that had to stay.
    pub kept: usize,
}

impl Store {
    /// Compacts runs of like size as long as there are enough of them, the smallest first (size-tiered compaction).
    pub fn compact(&mut self, now: Time) -> Vec<Compaction> {
        let mut done = Vec::new();
        while let Some(tier) = self.fullest_tier() {
            let before = self.cells();
            done.extend(self.compact_runs(&tier, now));
            // A tier of one run that lost nothing would be chosen for ever.
            if tier.len() < 2 && self.cells() == before {
                break;
            }
        }
        done
    }

    /// Flushes, and compacts everything into one run (major compaction). As a habit it is discouraged with size
    /// tiers: the one large run finds no partners any more, and its tombstones stay.
    pub fn compact_all(&mut self, now: Time) -> Option<Compaction> {
        self.flush();
        let all: Vec<u64> = self.runs.iter().map(|run| run.number).collect();
        self.compact_runs(&all, now)
    }

    /// Compacts the runs with these numbers. Nothing happens if there are none.
    pub fn compact_runs(&mut self, numbers: &[u64], now: Time) -> Option<Compaction> {
        let (inside, outside): (Vec<Run>, Vec<Run>) =
            std::mem::take(&mut self.runs).into_iter().partition(|run| numbers.contains(&run.number));
        self.runs = outside;
        if inside.is_empty() {
            return None;
        }
        let mut done = Compaction {
            runs: inside.iter().map(|run| run.number).collect(),
            cells_in: inside.iter().map(|run| run.cells.len()).sum(),
            cells_out: 0,
            dropped: 0,
            kept: 0,
        };
        let mut cells = Vec::new();
        let mut around = Vec::new();
        let sources = inside.iter().map(|run| run.cells.iter().map(|(key, cell)| (key, cell)));
        for (key, cell, _) in Merged::new(sources, self.rules.merge) {
            if cell.is_tombstone() {
                self.outside(key, &mut around);
                let purge = Purge { now, gc_grace: self.settings.gc_grace, outside: &around };
                if (self.rules.may_drop)(&cell, &purge) {
                    done.dropped += 1;
                    continue;
                }
                done.kept += 1;
            }
            cells.push((key.clone(), cell));
        }
        done.cells_out = cells.len();
        self.add_run(cells);
        Some(done)
    }

    /// What the runs that are not compacted, and the table in memory, have to do with a key.
    fn outside(&self, key: &Key, into: &mut Vec<Outside>) {
        into.clear();
        into.extend(self.runs.iter().map(|run| Outside { oldest: run.oldest, may_hold: run.may_hold(key) }));
        let oldest = self.memory.values().map(|cell: &Cell| cell.stamp).min();
        into.extend(oldest.map(|oldest| Outside { oldest, may_hold: self.memory.contains_key(key) }));
    }

    /// Runs of like size, half to one and a half times their mean, if there are enough.
    fn fullest_tier(&self) -> Option<Vec<u64>> {
        let mut by_size: Vec<(usize, u64)> =
            self.runs.iter().map(|run| (run.cells.len(), run.number)).collect();
        by_size.sort_unstable();
        let mut tier: Vec<(usize, u64)> = Vec::new();
        for (size, number) in by_size {
            let sum: usize = tier.iter().map(|(size, _)| size).sum();
            // Twice the size against three times the mean; sizes rise.
            if !tier.is_empty() && 2 * size * tier.len() > 3 * sum {
                if tier.len() >= self.settings.tier {
                    break;
                }
                tier.clear();
            }
            tier.push((size, number));
        }
        (tier.len() >= self.settings.tier.max(1))
            .then(|| tier.into_iter().map(|(_, number)| number).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Store};
    use super::*;

    fn store() -> Store {
        Store::new(Settings { gc_grace: Time::s(10), ..Settings::default() })
    }

    fn milk() -> Key {
        Key::new("cart", 1)
    }

    /// One run with a value, three runs of other things, one run with the deletion.
    fn spread() -> Store {
        let mut store = store();
        store.put(milk(), "milk", Time::s(1));
        store.flush();
        for other in 0..3 {
            store.put(Key::new("cart", other * 2), "eggs", Time::s(2));
            store.flush();
        }
        store.delete(milk(), Time::s(3));
        store.flush();
        store
    }

    #[test]
    fn a_tombstone_stays_until_it_is_older_than_the_grace() {
        for (now, dropped) in [(12, 0), (13, 0), (14, 1)] {
            let mut store = spread();
            let done = store.compact_all(Time::s(now)).unwrap();
            assert_eq!((done.dropped, done.kept), (dropped, 1 - dropped), "at {now} s");
            assert_eq!(store.get(&milk()).and_then(|cell| cell.value), None);
        }
    }

    #[test]
    fn a_tombstone_stays_while_an_older_run_may_hold_what_it_deletes() {
        let mut store = spread();
        let done = store.compact_runs(&[2, 5], Time::s(1_000)).unwrap();
        assert_eq!((done.dropped, done.kept), (0, 1), "run 1 is outside");
        assert!(store.get(&milk()).unwrap().is_tombstone());
        // Runs 1 and 6 together: runs 3 and 4 have other rows only.
        let done = store.compact_runs(&[1, 6], Time::s(1_000)).unwrap();
        assert_eq!((done.cells_in, done.cells_out, done.dropped), (3, 1, 1));
        assert_eq!(store.get(&milk()), None);
    }

    #[test]
    fn by_age_alone_the_value_comes_back() {
        let by_age = |tombstone: &Cell, purge: &Purge<'_>| purge.now.since(tombstone.stamp) > purge.gc_grace;
        let mut store =
            spread().with_rules(super::super::Rules { may_drop: by_age, ..super::super::CASSANDRA });
        store.compact_runs(&[2, 5], Time::s(1_000));
        assert_eq!(store.get(&milk()), Some(Cell::live("milk", Time::s(1))));
    }

    #[test]
    fn four_runs_of_like_size_become_one() {
        let mut store = Store::new(Settings { flush_at: 10, ..Settings::default() });
        let mut sizes = Vec::new();
        for row in 0..170 {
            store.put(Key::new("p", row), "v", Time::s(row));
            store.compact(Time::s(row));
            if row % 10 == 9 {
                sizes.push(store.runs().iter().map(|run| run.cells.len()).collect::<Vec<_>>());
            }
        }
        assert_eq!(sizes[2], [10, 10, 10]);
        assert_eq!(sizes[3], [40]);
        assert_eq!(sizes[14], [40, 40, 40, 10, 10, 10]);
        assert_eq!(sizes[16], [160, 10]);
    }

    #[test]
    fn a_major_compaction_leaves_a_run_without_partners() {
        let mut store = Store::new(Settings { flush_at: 10, gc_grace: Time::s(10), ..Settings::default() });
        for row in 0..90 {
            store.put(Key::new("p", row), "v", Time::s(1));
        }
        store.delete(Key::new("p", 0), Time::s(2));
        store.compact_all(Time::s(5));
        for row in 90..130 {
            store.put(Key::new("p", row), "v", Time::s(50));
        }
        let done = store.compact(Time::s(100));
        assert_eq!(done.iter().map(|done| done.dropped).sum::<usize>(), 0);
        assert!(store.get(&Key::new("p", 0)).unwrap().is_tombstone(), "98 s old, of 10, and still there");
    }
}
