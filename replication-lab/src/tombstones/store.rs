//! The store of one replica.

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Key, Rows};
use super::rules::{Rules, Thresholds};
use crate::time::Time;

/// How a store behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Cells in the table in memory at which it is flushed into a run.
    pub flush_at: usize,
    /// Runs of like size that are compacted into one. Cassandra: 4.
    pub tier: usize,
    /// How old a tombstone must be before compaction may drop it. Cassandra: 864,000 s, ten days.
    pub gc_grace: Time,
    /// When a scan warns and when it gives up.
    pub thresholds: Thresholds,
}

impl Default for Settings {
    /// Cassandra's defaults; a flush at 1,000 cells.
    fn default() -> Self {
        Self { flush_at: 1_000, tier: 4, gc_grace: Time::s(864_000), thresholds: Thresholds::default() }
    }
}

/// A run: cells in the order of their keys, one for each. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number, in the order in which runs were written.
    pub number: u64,
    /// The cells.
    pub cells: Vec<(Key, Cell)>,
    /// The oldest stamp of them.
    pub oldest: Time,
}

impl Run {
    /// Whether a key lies between the first and the last one.
    pub fn may_hold(&self, key: &Key) -> bool {
        let ends = self.cells.first().zip(self.cells.last());
        ends.is_some_and(|((first, _), (last, _))| first <= key && key <= last)
    }
}

/// A store: a table in memory, and runs.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) settings: Settings,
    pub(super) rules: Rules,
    pub(super) memory: Rows,
    pub(super) runs: Vec<Run>,
    written: u64,
}

impl Store {
    /// An empty store.
    pub fn new(settings: Settings) -> Self {
        Self { settings, rules: Rules::default(), memory: Rows::new(), runs: Vec::new(), written: 0 }
    }

    /// The store with other rules.
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// Writes a value.
    pub fn put(&mut self, key: Key, value: &str, stamp: Time) {
        self.take_in(key, Cell::live(value, stamp));
    }

    /// Deletes: writes a tombstone.
    pub fn delete(&mut self, key: Key, stamp: Time) {
        self.take_in(key, Cell::tombstone(stamp));
    }

    /// Takes in a cell, from a client or from another replica. Flushes when the table in memory is full.
    pub fn take_in(&mut self, key: Key, cell: Cell) {
        let cell = match self.memory.get(&key) {
            Some(held) => (self.rules.merge)(held, &cell),
            None => cell,
        };
        self.memory.insert(key, cell);
        if self.memory.len() >= self.settings.flush_at {
            self.flush();
        }
    }

    /// Writes the table in memory into a run, if it holds anything.
    pub fn flush(&mut self) {
        let cells: Vec<(Key, Cell)> = std::mem::take(&mut self.memory).into_iter().collect();
        self.add_run(cells);
    }

    pub(super) fn add_run(&mut self, cells: Vec<(Key, Cell)>) {
        if let Some(oldest) = cells.iter().map(|(_, cell)| cell.stamp).min() {
            self.written += 1;
            self.runs.push(Run { number: self.written, cells, oldest });
        }
    }

    /// The runs, in the order in which they were written.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Cells in all runs and in memory.
    pub fn cells(&self) -> usize {
        self.memory.len() + self.runs.iter().map(|run| run.cells.len()).sum::<usize>()
    }

    /// What is held of a key, merged over all runs: a tombstone, if it was deleted.
    pub fn get(&self, key: &Key) -> Option<Cell> {
        let in_runs = self.runs.iter().filter_map(|run| {
            let place = run.cells.binary_search_by(|(there, _)| there.cmp(key)).ok()?;
            Some(&run.cells[place].1)
        });
        let all = in_runs.chain(self.memory.get(key)).cloned();
        all.reduce(|held, cell| (self.rules.merge)(&held, &cell))
    }

    /// All that is held, merged, tombstones included: what repair compares.
    pub fn rows(&self) -> Rows {
        let mut rows = Rows::new();
        let in_runs = self.runs.iter().flat_map(|run| run.cells.iter().map(|(key, cell)| (key, cell)));
        for (key, cell) in in_runs.chain(&self.memory) {
            let merged = match rows.get(key) {
                Some(held) => (self.rules.merge)(held, cell),
                None => cell.clone(),
            };
            rows.insert(key.clone(), merged);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Puts, deletions, flushes and compactions, over five rows.
    #[derive(Clone, Debug)]
    enum Step {
        Put(u64, u64),
        Delete(u64),
        Flush,
        Compact,
        CompactSome(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..5u64, 0..40u64).prop_map(|(row, value)| Step::Put(row, value)),
            4 => (0..5u64).prop_map(Step::Delete),
            3 => Just(Step::Flush),
            1 => Just(Step::Compact),
            2 => (1..5usize).prop_map(Step::CompactSome),
        ]
    }

    proptest! {
        /// One replica alone: whatever is compacted, and whenever, the readers see the same.
        #[test]
        fn compaction_changes_nothing_that_is_read(
            steps in proptest::collection::vec(step(), 0..60),
            grace in 0..30u64,
        ) {
            let settings = Settings { gc_grace: Time::s(grace), flush_at: 100, ..Settings::default() };
            let mut store = Store::new(settings);
            // Stamps rise: a late cell with a stamp below that of a tombstone that has gone would be seen again.
            let mut plain = Rows::new();
            for (clock, step) in steps.into_iter().enumerate() {
                let now = Time::s(clock as u64);
                let mut write = |store: &mut Store, row, cell: Cell| {
                    plain.insert(Key::new("p", row), cell.clone());
                    store.take_in(Key::new("p", row), cell);
                };
                match step {
                    Step::Put(row, value) => write(&mut store, row, Cell::live(&value.to_string(), now)),
                    Step::Delete(row) => write(&mut store, row, Cell::tombstone(now)),
                    Step::Flush => store.flush(),
                    Step::Compact => drop(store.compact_all(now)),
                    Step::CompactSome(from) => {
                        let numbers: Vec<u64> = store.runs().iter().map(|run| run.number).collect();
                        let some: Vec<u64> = numbers.into_iter().skip(from).step_by(2).collect();
                        store.compact_runs(&some, now);
                    }
                }
                for row in 0..5 {
                    let value = |cell: Option<Cell>| cell.and_then(|cell| cell.value);
                    let key = Key::new("p", row);
                    prop_assert_eq!(value(store.get(&key)), value(plain.get(&key).cloned()));
                }
            }
        }
    }

    #[test]
    fn the_table_in_memory_is_flushed_when_it_is_full() {
        let mut store = Store::new(Settings { flush_at: 3, ..Settings::default() });
        for row in 0..7 {
            store.put(Key::new("p", row), "v", Time::s(row));
        }
        let runs: Vec<_> = store.runs().iter().map(|run| (run.number, run.cells.len(), run.oldest)).collect();
        assert_eq!(runs, [(1, 3, Time::ZERO), (2, 3, Time::s(3))]);
        assert_eq!((store.cells(), store.rows().len()), (7, 7));
    }
}
