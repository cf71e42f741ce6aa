//! What became of the writes, by the sets of writes that each writer had seen.

use std::collections::{BTreeMap, BTreeSet};

use super::cart::{Cart, ITEMS, Merge, WriteId};
use super::node::Told;
use crate::siblings::Scheme;
use crate::time::Time;

/// What a run has come to. Which write could know of which is counted from what clients really read, never from
/// vectors.
#[derive(Clone, Debug, PartialEq)]
pub struct CartMeasures {
    /// How the servers remembered.
    pub scheme: Scheme,
    /// How clients merged.
    pub merge: Merge,
    /// Writes that were acknowledged.
    pub acknowledged: usize,
    /// Writes that were refused because there were too many siblings.
    pub refused: usize,
    /// Acknowledged writes that no later writer had seen, and that are on no server in the end.
    pub lost: Vec<WriteId>,
    /// How many siblings a read returned, on average.
    pub siblings_per_read: f64,
    /// How many of them had been replaced by another one of the same read: its writer had seen them.
    pub false_siblings_per_read: f64,
    /// The siblings of a server, over time: the mean of all servers.
    pub siblings: Vec<(Time, f64)>,
    /// The most siblings that a server had when it was looked at.
    pub most_siblings: usize,
    /// The most slots that a context had when it was looked at.
    pub width: usize,
    /// Whether the servers have different values in the end, though all links are open and they have synced.
    pub servers_differ: bool,
    /// Items in the cart in the end, though every addition of them was seen by somebody who removed them.
    pub resurrected: Vec<&'static str>,
    /// Items not in the cart in the end, though an addition was seen by nobody who removed them.
    pub missing: Vec<&'static str>,
}

/// What the simulation knows, and no node.
#[derive(Debug, Default)]
pub(super) struct Truth {
    writes: BTreeMap<WriteId, Write>,
    reads: Vec<Vec<WriteId>>,
    taken: BTreeSet<WriteId>,
    acknowledged: BTreeSet<WriteId>,
    pub(super) refused: usize,
}

#[derive(Debug)]
struct Write {
    /// All writes that the writer could know of: those that it read, and those that their writers could know of.
    past: BTreeSet<WriteId>,
    item: usize,
    adds: bool,
}

impl Truth {
    pub(super) fn hear(&mut self, told: Told) {
        match told {
            Told::Writes { write, read, item, adds } => {
                let pasts =
                    read.iter().filter_map(|known| self.writes.get(known)).flat_map(|known| &known.past);
                let past = read.iter().chain(pasts).copied().collect();
                self.writes.insert(write, Write { past, item, adds });
            }
            Told::Reads(read) => self.reads.push(read),
            Told::Took(write) => {
                self.taken.insert(write);
            }
            Told::Acknowledged(write) => {
                self.acknowledged.insert(write);
            }
            Told::Refused => self.refused += 1,
        }
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// The writes that servers took, with what they were.
    fn taken(&self) -> impl Iterator<Item = (&WriteId, &Write)> {
        self.writes.iter().filter(|(write, _)| self.taken.contains(write))
    }

    /// Acknowledged writes that nobody could know of, and that are not kept.
    pub(super) fn lost(&self, kept: &BTreeSet<WriteId>) -> Vec<WriteId> {
        let replaced: BTreeSet<WriteId> = self.taken().flat_map(|(_, write)| &write.past).copied().collect();
        let gone =
            self.acknowledged.iter().filter(|write| !kept.contains(write) && !replaced.contains(write));
        gone.copied().collect()
    }

    /// Siblings of a read, and those of them that another one had replaced: both on average.
    pub(super) fn siblings_per_read(&self) -> (f64, f64) {
        let reads = self.reads.len().max(1) as f64;
        let replaced_in = |read: &Vec<WriteId>| {
            let past = |write: &WriteId| self.writes.get(write).map(|write| &write.past);
            let is_replaced =
                |write: &&WriteId| read.iter().filter_map(past).any(|past| past.contains(write));
            read.iter().filter(is_replaced).count()
        };
        let all: usize = self.reads.iter().map(Vec::len).sum();
        let replaced: usize = self.reads.iter().map(replaced_in).sum();
        (all as f64 / reads, replaced as f64 / reads)
    }

    /// Items that are there and should not be, and items that are not there and should be.
    pub(super) fn items<'a>(
        &self,
        merge: Merge,
        siblings: impl IntoIterator<Item = &'a Cart>,
    ) -> (Vec<&'static str>, Vec<&'static str>) {
        let inside = Cart::merged(siblings).items(merge);
        let should_be = |item: usize| {
            let of_it = || self.taken().filter(move |(_, write)| write.item == item);
            let removed: BTreeSet<&WriteId> =
                of_it().filter(|(_, write)| !write.adds).flat_map(|(_, write)| &write.past).collect();
            of_it().any(|(number, write)| write.adds && !removed.contains(number))
        };
        let wrong = |there: bool| {
            let items =
                (0..ITEMS.len()).filter(|item| inside.contains(item) == there && should_be(*item) != there);
            items.map(|item| ITEMS[item]).collect()
        };
        (wrong(true), wrong(false))
    }
}
