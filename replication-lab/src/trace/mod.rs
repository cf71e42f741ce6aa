//! What happened in a run, event by event.
//!
//! A trace is plain data: it prints as a text transcript ([`Trace::transcript`]), goes to JSON and back
//! ([`Trace::to_json`], [`Trace::from_json`]), exports to ShiViz ([`Trace::to_shiviz`]), and hashes to one number
//! ([`Trace::hash`]). Equal runs have equal traces, to the byte.
//!
//! # Limits
//! A trace holds everything in memory, about 150 bytes an event; a run of millions is better left untraced. Texts are
//! for people: protocols are compared by what clients saw ([`crate::history`]), not by their notes.
//!
//! # Examples
//! ```
//! use replication_lab::leaderless::Leaderless;
//! use replication_lab::trace::Trace;
//!
//! let mut cluster = Leaderless::builder().seed(7).build()?;
//! cluster.write("c1", "x", "1")?;
//! let trace = cluster.trace().expect("it is on by default");
//! println!("{}", trace.transcript());
//! assert_eq!(Trace::from_json(&trace.to_json())?, *trace);
//! assert!(trace.to_shiviz().contains("c1 {\"c1\":1}"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod json;
#[cfg(test)]
pub(crate) mod samples;
mod shiviz;
mod transcript;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::time::Time;

pub use json::TraceError;
pub use shiviz::SHIVIZ_PARSER;

/// A node of a run: its place in [`Trace::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The node's place among the nodes of its world.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Everything that happened in a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// The nodes' names; a [`NodeId`] is a place in this list.
    pub nodes: Vec<String>,
    /// What happened, in the order in which it did.
    pub entries: Vec<Entry>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// What.
    pub event: Event,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Event {
    /// A message leaves a node.
    Send {
        /// Number of this message in its run; a duplicate has the number of its original.
        message: u64,
        /// Sender.
        from: NodeId,
        /// Receiver.
        to: NodeId,
        /// What it says, in a few words.
        label: SmolStr,
    },
    /// A message arrives.
    Deliver {
        /// The number it was sent with.
        message: u64,
        /// Sender.
        from: NodeId,
        /// Receiver.
        to: NodeId,
    },
    /// A message is lost.
    Drop {
        /// The number it was sent with.
        message: u64,
        /// Sender.
        from: NodeId,
        /// The receiver that never sees it.
        to: NodeId,
        /// Why.
        reason: DropReason,
    },
    /// A timer of a node fires.
    Timer {
        /// Whose.
        node: NodeId,
        /// What for.
        label: SmolStr,
    },
    /// A node stops and forgets what was in its memory.
    Crash {
        /// Which.
        node: NodeId,
        /// How far down the fault reaches.
        reach: CrashKind,
    },
    /// A crashed node is back with what was on its disk.
    Restart {
        /// Which.
        node: NodeId,
    },
    /// A process stops in the middle of its work, as in a long garbage collection: messages and timers wait.
    Pause {
        /// Whose.
        node: NodeId,
    },
    /// A paused process goes on, and does not know that time has passed.
    Resume {
        /// Whose.
        node: NodeId,
    },
    /// A disk has something to tell: a sync that is done, a write that it refuses, what a crash left on it.
    Disk {
        /// Whose.
        node: NodeId,
        /// What.
        text: String,
    },
    /// What is outside a node's program changes: its clock, its disk's speed, its load. The text says what.
    Condition {
        /// Whose.
        node: NodeId,
        /// What changes.
        text: String,
    },
    /// The links change: a partition, its end, or another fault of the network. The text says what.
    Network {
        /// What changes.
        text: String,
        /// The links that are cut from now on, as sender and receiver; all others are open.
        cut: Vec<(NodeId, NodeId)>,
    },
    /// Something that a node says about itself: a state that changed, an operation that began or ended.
    Note {
        /// Whose.
        node: NodeId,
        /// What.
        text: String,
    },
}

/// How far down a crash reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrashKind {
    /// The process dies and the machine lives: what was written stays, synced or not.
    Process,
    /// The machine dies: what was not synced may be lost or torn.
    Machine,
}

/// Why a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The link loses messages, and this one was drawn.
    Loss,
    /// The link is cut.
    Partition,
    /// The receiver is down.
    Down,
}

impl Event {
    /// The node at which it happens: a send at its sender, a delivery at its receiver. Nothing for what happens
    /// between nodes: lost messages and changes of links.
    pub fn happens_at(&self) -> Option<NodeId> {
        match self {
            Event::Send { from, .. } => Some(*from),
            Event::Deliver { to, .. } => Some(*to),
            Event::Drop { .. } | Event::Network { .. } => None,
            local => local.by_itself().map(|(node, _, _)| node),
        }
    }

    /// All nodes that it names.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Event::Send { from, to, .. } | Event::Deliver { from, to, .. } | Event::Drop { from, to, .. } => {
                vec![*from, *to]
            }
            Event::Network { cut, .. } => cut.iter().flat_map(|(from, to)| [*from, *to]).collect(),
            local => local.happens_at().into_iter().collect(),
        }
    }
}

impl Trace {
    /// The name of a node, `?` for one that the trace does not know.
    pub fn name(&self, node: NodeId) -> &str {
        self.nodes.get(node.index()).map_or("?", String::as_str)
    }

    /// The trace from a place on: what happened since, and what was sent before and arrived, or was lost, since.
    pub fn since(&self, place: usize) -> Trace {
        let entries = self.places_since(place).into_iter().map(|place| self.entries[place].clone());
        Trace { nodes: self.nodes.clone(), entries: entries.collect() }
    }

    /// The places of the entries that [`since`](Self::since) keeps, in order.
    pub(crate) fn places_since(&self, place: usize) -> Vec<usize> {
        let place = place.min(self.entries.len());
        let ends: BTreeSet<u64> = self.entries[place..]
            .iter()
            .filter_map(|entry| match entry.event {
                Event::Deliver { message, .. } | Event::Drop { message, .. } => Some(message),
                _ => None,
            })
            .collect();
        let is_under_way = |place: &usize| match &self.entries[*place].event {
            Event::Send { message, .. } => ends.contains(message),
            _ => false,
        };
        (0..place).filter(is_under_way).chain(place..self.entries.len()).collect()
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened, or nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_keeps_the_sends_of_what_arrives_later() {
        let (a, b) = (NodeId(0), NodeId(1));
        let send = |message| Event::Send { message, from: a, to: b, label: format!("m{message}").into() };
        let events = [
            send(1),
            send(2),
            Event::Deliver { message: 1, from: a, to: b },
            Event::Deliver { message: 2, from: a, to: b },
        ];
        let entries = events.into_iter().map(|event| Entry { at: Time::ZERO, event }).collect();
        let trace = Trace { nodes: vec!["A".into(), "B".into()], entries };
        assert_eq!(trace.since(3).transcript(), "    0.000 ms  A → B  m2\n    0.000 ms  A ⇥ B  m2\n");
    }
}
