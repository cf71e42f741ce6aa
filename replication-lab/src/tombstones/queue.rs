//! A queue in a store of tombstones: the anti-pattern, measured.

use serde::{Deserialize, Serialize};

use super::cell::Key;
use super::rules::Rules;
use super::store::{Settings, Store};
use crate::time::Time;
use crate::view::{Chart, Figure, Table};

/// What one look at the head of the queue took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pop {
    /// Which one, counted from 1.
    pub number: u64,
    /// Cells that were read.
    pub cells: usize,
    /// Tombstones that were passed.
    pub tombstones: usize,
    /// Whether the scan was aborted: then nothing was popped.
    pub aborted: bool,
}

/// Keeps a queue in one partition: each second, an element is inserted at the end, and the first one is read and
/// deleted. So the queue is never longer than one. Ends after so many pops, or at the first scan that is aborted.
pub fn queue_pops(pops: u64, settings: Settings) -> Vec<Pop> {
    queue_pops_by(pops, settings, Rules::default())
}

/// As [`queue_pops`], by other rules.
pub fn queue_pops_by(pops: u64, settings: Settings, rules: Rules) -> Vec<Pop> {
    let mut store = Store::new(settings).with_rules(rules);
    let mut done = Vec::new();
    for number in 1..=pops {
        let now = Time::s(number);
        store.put(Key::new("queue", number), "job", now);
        match store.scan("queue", 1) {
            Ok(scan) => {
                let (cells, tombstones) = (scan.cells, scan.tombstones);
                done.push(Pop { number, cells, tombstones, aborted: false });
                if let Some((row, _)) = scan.rows.first() {
                    store.delete(Key::new("queue", *row), now);
                }
            }
            Err(error) => {
                let (cells, tombstones) = (error.cells, error.tombstones);
                done.push(Pop { number, cells, tombstones, aborted: true });
                break;
            }
        }
        store.compact(now);
    }
    done
}

/// Cells that each pop reads, a line for each run of the queue.
pub fn queue_chart(title: &str, runs: &[(&str, Vec<Pop>)]) -> Figure {
    let chart = Chart::new(title, "pop", "cells read");
    let line = |chart: Chart, (name, pops): &(&str, Vec<Pop>)| {
        chart.line(*name, pops.iter().map(|pop| (pop.number as f64, pop.cells as f64)))
    };
    runs.iter().fold(chart, line).figure()
}

/// How long a read takes: an assumption, so that cells become milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadCost {
    /// A read that meets nothing.
    pub base: Time,
    /// Each cell on top of that.
    pub cell: Time,
}

impl Default for ReadCost {
    /// 5 ms, and 30 µs for each cell: chosen so that a million tombstones take 30 s. The 30 µs stand for a loaded
    /// node, whose heap is full of what it merges; an idle one is far faster.
    fn default() -> Self {
        Self { base: Time::ms(5), cell: Time::us(30) }
    }
}

impl ReadCost {
    /// The time for so many cells.
    pub fn of(&self, cells: usize) -> Time {
        self.base + Time::us(self.cell.as_us().saturating_mul(cells as u64))
    }
}

/// A read of one live row behind so many tombstones: cells and time, without thresholds and with them.
pub fn read_cost_table(deletions: &[u64], settings: Settings, cost: ReadCost) -> Figure {
    let none = super::Thresholds { warn: None, fail: None };
    let header = ["deletions", "cells read", "time", "with thresholds", "cells read", "time"];
    let row = |table: Table, deletions: &u64| {
        let mut store = Store::new(Settings { thresholds: none, flush_at: 100_000, ..settings });
        for row in 0..*deletions {
            store.delete(Key::new("p", row), Time::s(1));
        }
        store.put(Key::new("p", *deletions), "v", Time::s(1));
        let all = store.scan("p", 1).map_or_else(|error| error.cells, |scan| scan.cells);
        store.settings.thresholds = settings.thresholds;
        let (word, cells) = match store.scan("p", 1) {
            Ok(scan) => (if scan.warned { "warned" } else { "fine" }, scan.cells),
            Err(error) => ("aborted", error.cells),
        };
        table.row([
            deletions.to_string(),
            all.to_string(),
            cost.of(all).to_string(),
            word.to_owned(),
            cells.to_string(),
            cost.of(cells).to_string(),
        ])
    };
    deletions.iter().fold(Table::new(header), row).figure()
}

/// What becomes of slow reads whose clients try again: a steady load, by Little's law. A client gives up after
/// `timeout` and tries again; the server does not notice, and works on.
///
/// Not in it: how the queue grows, and that the load of a node that died goes to its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retries {
    /// Reads that are asked for, a second.
    pub reads_per_s: u64,
    /// How long a client waits.
    pub timeout: Time,
    /// How often it tries again.
    pub retries: u64,
    /// Reads that the node does at once.
    pub workers: u64,
    /// Bytes that a read holds for each cell that it has met.
    pub cell_bytes: u64,
}

impl Default for Retries {
    /// 20 reads a second, 10 s, three retries, 32 workers, 100 bytes.
    fn default() -> Self {
        Self { reads_per_s: 20, timeout: Time::s(10), retries: 3, workers: 32, cell_bytes: 100 }
    }
}

impl Retries {
    /// How often a read is attempted that takes so long.
    pub fn attempts(&self, read: Time) -> u64 {
        if read > self.timeout { 1 + self.retries } else { 1 }
    }

    /// Workers that would be busy all the time: reads a second · attempts · seconds of each.
    pub fn busy(&self, read: Time) -> f64 {
        (self.reads_per_s * self.attempts(read)) as f64 * read.as_us() as f64 / 1e6
    }

    /// Bytes that the reads hold at once, if each has met so many cells and all workers that are needed, as far as
    /// there are, are busy.
    pub fn held(&self, read: Time, cells: usize) -> u64 {
        let busy = libm::ceil(self.busy(read)).min(self.workers as f64) as u64;
        busy.saturating_mul(cells as u64).saturating_mul(self.cell_bytes)
    }
}

/// Workers and memory for reads that meet so many cells.
pub fn retries_table(cells: &[usize], cost: ReadCost, retries: Retries) -> Figure {
    let header = ["cells", "a read", "attempts", "busy workers", "of", "held at once"];
    let row = |table: Table, cells: &usize| {
        let read = cost.of(*cells);
        table.row([
            cells.to_string(),
            read.to_string(),
            retries.attempts(read).to_string(),
            format!("{:.1}", retries.busy(read)),
            retries.workers.to_string(),
            format!("{:.1} MB", retries.held(read, *cells) as f64 / 1e6),
        ])
    };
    cells.iter().fold(Table::new(header), row).figure()
}

#[cfg(test)]
mod tests {
    use super::super::Thresholds;
    use super::*;

    fn cells(pops: &[Pop], number: usize) -> usize {
        pops[number - 1].cells
    }

    #[test]
    fn each_pop_reads_all_that_were_popped_before() {
        let pops = queue_pops(2_000, Settings::default());
        let read = [1, 100, 1_000, 2_000].map(|number| pops[number - 1].tombstones);
        assert_eq!(read, [0, 99, 999, 1_999], "to find one element");
        // All 2,000 together: 0 + 1 + … + 1,999 tombstones.
        assert_eq!(pops.iter().map(|pop| pop.tombstones).sum::<usize>(), 1_999_000);
        assert!(cells(&pops, 2_000) >= 2_000);
    }

    #[test]
    fn a_short_grace_helps_only_as_far_as_compaction_comes_by() {
        let short = Settings { gc_grace: Time::s(60), flush_at: 100, ..Settings::default() };
        let pops = queue_pops(2_000, short);
        let most = pops.iter().map(|pop| pop.tombstones).max().unwrap();
        assert!((100..2_000).contains(&most), "{most}");
        let long = Settings { flush_at: 100, ..Settings::default() };
        let runs = [("grace 60 s", pops), ("grace ten days", queue_pops(2_000, long))];
        insta::assert_snapshot!(queue_chart("A queue in Cassandra", &runs).as_text());
    }

    #[test]
    fn the_queue_stops_at_the_threshold() {
        let thresholds = Thresholds { warn: Some(100), fail: Some(1_000) };
        let pops = queue_pops(5_000, Settings { thresholds, ..Settings::default() });
        let last = pops.last().unwrap();
        assert_eq!((last.number, last.tombstones, last.aborted), (1_002, 1_001, true));
    }

    #[test]
    fn tombstones_cost_time() {
        let deletions = [0, 1_000, 1_001, 100_000, 100_001, 1_000_000];
        insta::assert_snapshot!(
            read_cost_table(&deletions, Settings::default(), ReadCost::default()).as_text()
        );
    }

    #[test]
    fn slow_reads_are_tried_again_and_fill_the_node() {
        let table =
            retries_table(&[0, 1_000, 100_001, 500_000, 1_000_000], ReadCost::default(), Retries::default());
        insta::assert_snapshot!(table.as_text());
    }
}
