//! What can be seen of a world from outside.

use super::disk::Disk;
use super::node::Node;
use super::place::Input;
use super::run::{Pending, World};
use crate::time::Time;
use crate::trace::{NodeId, Trace};

/// Timers that are set, and syncs that are asked for, each with the place up to which it goes.
pub(crate) type Waiting<T> = (Vec<T>, Vec<(u64, T)>);

impl<N: Node> World<N> {
    /// All nodes, in the order in which they were given.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        (0..self.places.len() as u16).map(NodeId)
    }

    /// A node's state.
    pub fn node(&self, id: NodeId) -> &N {
        &self.places[id.index()].node
    }

    /// A node's disk.
    pub fn disk(&self, id: NodeId) -> &Disk<N::Record> {
        &self.places[id.index()].disk
    }

    /// The nodes' names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A node's name.
    pub fn name(&self, id: NodeId) -> &str {
        &self.names[id.index()]
    }

    /// Whether a node is up; a paused one is.
    pub fn is_up(&self, id: NodeId) -> bool {
        self.places[id.index()].up
    }

    /// Whether a node's process runs: it is up, and not paused.
    pub fn is_running(&self, id: NodeId) -> bool {
        self.places[id.index()].runs()
    }

    /// What a node's clock shows.
    pub fn clock(&self, id: NodeId) -> Time {
        self.places[id.index()].clock.reads(self.now)
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many messages have been sent.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// The trace, if one is kept.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// Whether nothing but housekeeping is left to happen.
    pub fn is_quiet(&self) -> bool {
        self.started && self.foreground == 0
    }

    /// What waits at a node: timers and syncs, those of its queue included.
    pub(crate) fn waiting_at(&self, id: NodeId) -> Waiting<N::Timer> {
        let place = &self.places[id.index()];
        let (mut timers, mut syncs) = (Vec::new(), Vec::new());
        for pending in self.queue.in_order() {
            match pending {
                Pending::Timer { node, life, timer, .. } if *node == id && *life == place.life => {
                    timers.push(timer.clone());
                }
                Pending::Synced { node, life, end, timer } if *node == id && *life == place.life => {
                    syncs.push((*end, timer.clone()));
                }
                _ => {}
            }
        }
        for input in &place.inbox {
            match input {
                Input::Timer(timer) | Input::Synced { timer, .. } => timers.push(timer.clone()),
                Input::Message { .. } => {}
            }
        }
        (timers, syncs)
    }

    /// The messages that are on their way, held on a link, or wait at a node: sender, receiver and message.
    pub(crate) fn under_way(&self) -> Vec<(NodeId, NodeId, N::Message)> {
        let queued = self.queue.in_order().into_iter().filter_map(|pending| match pending {
            Pending::Message { from, to, message, .. } => Some((*from, *to, message.clone())),
            _ => None,
        });
        let held = self.held.iter().map(|held| (held.from, held.to, held.message.clone()));
        let waiting = self.ids().flat_map(|to| {
            self.places[to.index()].inbox.iter().filter_map(move |input| match input {
                Input::Message { from, message, .. } => Some((*from, to, message.clone())),
                _ => None,
            })
        });
        queued.chain(held).chain(waiting).collect()
    }
}
