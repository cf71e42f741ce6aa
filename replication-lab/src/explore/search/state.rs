//! What a search knows of a cluster at one moment.

use std::hash::{BuildHasher, Hash, Hasher};
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
    pub(super) fn seal(mut self) -> Self {
        if self.timers.len() > 1 {
            self.timers.sort_by_cached_key(hash_of);
        }
        self.hash = hash_of(&(&self.node, &self.disk, self.up, self.ticks, &self.timers, &self.syncs));
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
        let mut hasher = FixedState::with_seed(1).build_hasher();
        for cell in &self.cells {
            hasher.write_u64(cell.hash);
        }
        for flight in &self.flights {
            hasher.write_u64(flight.hash);
        }
        let Limits { timers, losses, duplicates, crashes, .. } = self.left;
        (timers, losses, duplicates, crashes).hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn add_flight(&mut self, flight: Arc<Flight<N>>) {
        let place = self.flights.partition_point(|known| known.hash <= flight.hash);
        self.flights.insert(place, flight);
    }
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
        let mut cells = self.cells.clone();
        for (place, cell) in self.cells.iter().enumerate() {
            let renamed = Cell {
                node: cell.node.rename(&rename),
                disk: cell.disk.map(|record| record.rename(&rename)),
                up: cell.up,
                ticks: cell.ticks,
                timers: cell.timers.iter().map(|timer| timer.rename(&rename)).collect(),
                syncs: cell.syncs.iter().map(|(end, timer)| (*end, timer.rename(&rename))).collect(),
                hash: 0,
            };
            cells[to[place].index()] = Arc::new(renamed.seal());
        }
        let mut flights: Vec<_> = self
            .flights
            .iter()
            .map(|flight| {
                let message = flight.message.rename(&rename);
                Arc::new(Flight::new(rename(flight.from), rename(flight.to), message))
            })
            .collect();
        flights.sort_by_key(|flight| flight.hash);
        Self { cells, flights, left: self.left }
    }
}
