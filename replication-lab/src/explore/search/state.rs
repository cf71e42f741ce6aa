//! What a search knows of a cluster at one moment.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::quality::FixedState;

use super::limits::Limits;
use super::rename::Rename;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Disk, Node};

/// A node that can be searched: its states, messages, timers and records can be copied and told apart.
pub trait Searchable: Node<Message: Hash + Eq, Timer: Hash + Eq, Record: Hash + Eq> + Clone + Hash {}

impl<N: Node<Message: Hash + Eq, Timer: Hash + Eq, Record: Hash + Eq> + Clone + Hash> Searchable for N {}

/// A cluster at one moment of a search: its nodes with their disks and timers, the messages on their way, and what
/// is left of the [`Limits`].
#[derive(Clone, Debug)]
pub struct State<N: Node> {
    pub(super) cells: Vec<Arc<Cell<N>>>,
    // In the order of their hashes, so that equal sets are equal lists.
    pub(super) flights: Vec<Arc<Flight<N>>>,
    pub(super) left: Limits,
    // The sum of all hashes of cells and flights: a step changes it by what it changes.
    pub(super) sum: u64,
}

/// What a step changes: known before the next state is made, since most steps lead to a state that is known.
#[derive(Clone)]
pub(super) struct Change<N: Node> {
    pub(super) cell: Option<(NodeId, Cell<N>)>,
    pub(super) gone: Option<usize>,
    pub(super) new: Vec<Flight<N>>,
    pub(super) left: Limits,
}

/// One node, and all that is its own.
#[derive(Clone, Debug)]
pub(super) struct Cell<N: Node> {
    pub(super) node: N,
    pub(super) disk: Disk<N::Record>,
    pub(super) up: bool,
    // How often it has read its clock.
    pub(super) ticks: u32,
    pub(super) timers: Vec<N::Timer>,
    pub(super) syncs: Vec<(u64, N::Timer)>,
    pub(super) hash: u64,
}

/// A message on its way.
#[derive(Clone, Debug)]
pub(super) struct Flight<N: Node> {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) message: N::Message,
    pub(super) hash: u64,
}

/// The hash of a value: the same in every run, not in every release of the lab.
pub(super) fn hash_of(value: &impl Hash) -> u64 {
    FixedState::with_seed(0).hash_one(value)
}

impl<N: Searchable> Cell<N> {
    /// Brings timers into an order that does not tell when they were set, and hashes all.
    pub(super) fn seal(mut self, id: NodeId) -> Self {
        if self.timers.len() > 1 {
            self.timers.sort_by_cached_key(hash_of);
        }
        self.hash = hash_of(&(id, &self.node, &self.disk, self.up, self.ticks, &self.timers, &self.syncs));
        self
    }

    /// What its clock shows.
    pub(super) fn clock(&self) -> Time {
        Time::us(u64::from(self.ticks))
    }
}

impl<N: Searchable> Flight<N> {
    pub(super) fn new(from: NodeId, to: NodeId, message: N::Message) -> Self {
        let hash = hash_of(&(from, to, &message));
        Self { from, to, message, hash }
    }
}

impl<N: Searchable> State<N> {
    /// A node's state.
    pub fn node(&self, id: NodeId) -> &N {
        &self.cells[id.index()].node
    }

    /// All nodes, in order.
    pub fn nodes(&self) -> impl Iterator<Item = &N> {
        self.cells.iter().map(|cell| &cell.node)
    }

    /// Whether a node is up.
    pub fn is_up(&self, id: NodeId) -> bool {
        self.cells[id.index()].up
    }

    /// A node's disk.
    pub fn disk(&self, id: NodeId) -> &Disk<N::Record> {
        &self.cells[id.index()].disk
    }

    /// The messages on their way: sender, receiver and message.
    pub fn messages(&self) -> impl Iterator<Item = (NodeId, NodeId, &N::Message)> {
        self.flights.iter().map(|flight| (flight.from, flight.to, &flight.message))
    }

    /// One number for the whole state.
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.sum, &self.left)
    }

    /// The fingerprint of the state after a change.
    pub(super) fn fingerprint_after(&self, change: &Change<N>) -> u64 {
        fingerprint(self.sum_after(change), &change.left)
    }

    fn sum_after(&self, change: &Change<N>) -> u64 {
        let mut sum = self.sum;
        if let Some((id, cell)) = &change.cell {
            sum = sum.wrapping_sub(self.cells[id.index()].hash).wrapping_add(cell.hash);
        }
        if let Some(place) = change.gone {
            sum = sum.wrapping_sub(self.flights[place].hash);
        }
        change.new.iter().fold(sum, |sum, flight| sum.wrapping_add(flight.hash))
    }

    /// The state after a change.
    pub(super) fn with(&self, change: Change<N>) -> Self {
        self.with_known(change, |_| None)
    }

    /// The state after a change. A cell that is known, by its hash, is not kept a second time.
    pub(super) fn with_known(&self, change: Change<N>, known: impl Fn(u64) -> Option<Arc<Cell<N>>>) -> Self {
        let sum = self.sum_after(&change);
        let Change { cell, gone, new, left } = change;
        let mut cells = self.cells.clone();
        if let Some((id, cell)) = cell {
            cells[id.index()] = known(cell.hash).unwrap_or_else(|| Arc::new(cell));
        }
        let mut flights = Vec::with_capacity(self.flights.len() + new.len());
        flights.extend(
            self.flights.iter().enumerate().filter(|(i, _)| Some(*i) != gone).map(|(_, f)| f.clone()),
        );
        for flight in new {
            let place = flights.partition_point(|known: &Arc<Flight<N>>| known.hash <= flight.hash);
            flights.insert(place, Arc::new(flight));
        }
        Self { cells, flights, left, sum }
    }

    /// A state of these parts.
    pub(super) fn of(cells: Vec<Cell<N>>, mut flights: Vec<Flight<N>>, left: Limits) -> Self {
        flights.sort_by_key(|flight| flight.hash);
        let hashes = cells.iter().map(|cell| cell.hash).chain(flights.iter().map(|flight| flight.hash));
        let sum = hashes.fold(0u64, u64::wrapping_add);
        let cells = cells.into_iter().map(Arc::new).collect();
        Self { cells, flights: flights.into_iter().map(Arc::new).collect(), left, sum }
    }
}

fn fingerprint(sum: u64, left: &Limits) -> u64 {
    let Limits { timers, losses, duplicates, crashes, .. } = left;
    hash_of(&(sum, timers, losses, duplicates, crashes))
}

impl<N> State<N>
where
    N: Searchable + Rename,
    N::Message: Rename,
    N::Timer: Rename,
    N::Record: Rename,
{
    /// The state with its nodes in other places: node `i` becomes node `to[i]`.
    pub(super) fn permuted(&self, to: &[NodeId]) -> Self {
        let rename = |id: NodeId| to.get(id.index()).copied().unwrap_or(id);
        let mut cells: Vec<_> = self
            .cells
            .iter()
            .enumerate()
            .map(|(place, cell)| {
                let renamed = Cell {
                    node: cell.node.rename(&rename),
                    disk: cell.disk.map(|record| record.rename(&rename)),
                    up: cell.up,
                    ticks: cell.ticks,
                    timers: cell.timers.iter().map(|timer| timer.rename(&rename)).collect(),
                    syncs: cell.syncs.iter().map(|(end, timer)| (*end, timer.rename(&rename))).collect(),
                    hash: 0,
                };
                (to[place], renamed.seal(to[place]))
            })
            .collect();
        cells.sort_by_key(|(id, _)| *id);
        let flights = self.flights.iter().map(|flight| {
            Flight::new(rename(flight.from), rename(flight.to), flight.message.rename(&rename))
        });
        Self::of(cells.into_iter().map(|(_, cell)| cell).collect(), flights.collect(), self.left)
    }
}
