//! Reading a partition.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Key};
use super::rules::Verdict;
use super::store::Store;

/// What a scan found, and what it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// The live rows, in their order.
    pub rows: Vec<(u64, String)>,
    /// Cells that were read, in all runs: a row that lies in three of them counts three times.
    pub cells: usize,
    /// Rows that turned out to be deleted.
    pub tombstones: usize,
    /// Whether the log has a warning.
    pub warned: bool,
}

/// A scan that was aborted, at the first tombstone above the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooManyTombstones {
    /// Cells that were read until then.
    pub cells: usize,
    /// Tombstones that were met until then.
    pub tombstones: usize,
}

impl fmt::Display for TooManyTombstones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aborted after {} tombstones: too many for one read", self.tombstones)
    }
}

impl std::error::Error for TooManyTombstones {}

impl Store {
    /// Reads a partition from its beginning until it has so many live rows.
    ///
    /// # Errors
    /// When it meets more tombstones than the threshold allows.
    pub fn scan(&self, partition: &str, limit: usize) -> Result<Scan, TooManyTombstones> {
        let first = Key::new(partition, 0);
        let here = |key: &Key| key.partition == partition;
        let runs = self.runs.iter().map(|run| {
            let start = run.cells.partition_point(|(key, _)| *key < first);
            let cells = run.cells[start..].iter().map(|(key, cell)| (key, cell));
            Box::new(cells.take_while(move |(key, _)| here(key))) as Box<dyn Iterator<Item = _>>
        });
        let memory = self.memory.range(first.clone()..).take_while(|(key, _)| here(key));
        let sources = runs.chain([Box::new(memory) as Box<dyn Iterator<Item = _>>]);
        let mut scan = Scan { rows: Vec::new(), cells: 0, tombstones: 0, warned: false };
        for (key, cell, read) in Merged::new(sources, self.rules.merge) {
            scan.cells += read;
            if let Some(value) = cell.value {
                scan.rows.push((key.row, value));
                if scan.rows.len() >= limit {
                    break;
                }
                continue;
            }
            scan.tombstones += 1;
            match (self.rules.verdict)(scan.tombstones, &self.settings.thresholds) {
                Verdict::Fine => {}
                Verdict::Warn => scan.warned = true,
                Verdict::Abort => {
                    return Err(TooManyTombstones { cells: scan.cells, tombstones: scan.tombstones });
                }
            }
        }
        Ok(scan)
    }
}

/// Cells of several sources in the order of their keys, merged, each with how many there were.
pub(super) struct Merged<'a, S: Iterator<Item = (&'a Key, &'a Cell)>> {
    sources: Vec<std::iter::Peekable<S>>,
    merge: fn(&Cell, &Cell) -> Cell,
}

impl<'a, S: Iterator<Item = (&'a Key, &'a Cell)>> Merged<'a, S> {
    pub(super) fn new(sources: impl IntoIterator<Item = S>, merge: fn(&Cell, &Cell) -> Cell) -> Self {
        Self { sources: sources.into_iter().map(Iterator::peekable).collect(), merge }
    }
}

impl<'a, S: Iterator<Item = (&'a Key, &'a Cell)>> Iterator for Merged<'a, S> {
    type Item = (&'a Key, Cell, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.sources.iter_mut().filter_map(|source| source.peek().map(|(key, _)| *key)).min()?;
        let mut found: Option<(Cell, usize)> = None;
        for source in &mut self.sources {
            if let Some((_, cell)) = source.next_if(|(there, _)| *there == key) {
                found = Some(match found {
                    Some((held, read)) => ((self.merge)(&held, cell), read + 1),
                    None => (cell.clone(), 1),
                });
            }
        }
        found.map(|(cell, read)| (key, cell, read))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Store, Thresholds};
    use super::*;
    use crate::time::Time;

    /// Rows of one partition, the first of them deleted.
    fn store(rows: u64, deleted: u64, thresholds: Thresholds) -> Store {
        let mut store = Store::new(Settings { thresholds, flush_at: 100_000, ..Settings::default() });
        for row in 0..rows {
            store.put(Key::new("p", row), "v", Time::s(1));
        }
        for row in 0..deleted {
            store.delete(Key::new("p", row), Time::s(2));
        }
        store
    }

    #[test]
    fn a_scan_reads_one_partition_up_to_its_limit() {
        let mut store = store(5, 2, Thresholds::default());
        store.put(Key::new("o", 9), "other", Time::s(1));
        store.put(Key::new("q", 0), "other", Time::s(1));
        store.flush();
        store.put(Key::new("p", 3), "w", Time::s(3));
        let scan = store.scan("p", 2).unwrap();
        assert_eq!(scan.rows, [(2, "v".to_owned()), (3, "w".to_owned())]);
        assert_eq!((scan.cells, scan.tombstones, scan.warned), (5, 2, false));
        assert_eq!(store.scan("p", 99).unwrap().rows.len(), 3);
        assert_eq!(store.scan("none", 9).unwrap().cells, 0);
    }

    #[test]
    fn it_warns_and_gives_up_at_the_thresholds() {
        let told = |deleted| {
            let scan = store(deleted + 1, deleted, Thresholds::default()).scan("p", 1);
            scan.map(|scan| (scan.tombstones, scan.warned))
        };
        assert_eq!([1_000, 1_001].map(told), [Ok((1_000, false)), Ok((1_001, true))]);
        assert_eq!(told(100_000), Ok((100_000, true)));
        let error = told(100_001).unwrap_err();
        assert_eq!(error.tombstones, 100_001);
        assert_eq!(error.to_string(), "aborted after 100001 tombstones: too many for one read");
    }

    #[test]
    fn a_million_deletions_in_one_partition() {
        let without = store(1_000_001, 1_000_000, Thresholds { warn: None, fail: None });
        let scan = without.scan("p", 1).unwrap();
        assert_eq!((scan.rows, scan.tombstones), (vec![(1_000_000, "v".to_owned())], 1_000_000));
        let with = store(1_000_001, 1_000_000, Thresholds::default());
        assert_eq!(with.scan("p", 1).unwrap_err().tombstones, 100_001);
    }
}
