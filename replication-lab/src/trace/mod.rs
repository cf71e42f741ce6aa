//! What happened in a run, event by event.
//!
//! A trace is plain data: it prints as a text transcript ([`Trace::transcript`]), serialises as JSON, and hashes
//! to one number ([`Trace::hash`]). Equal runs have equal traces, to the byte.

mod transcript;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::time::Time;

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
        label: String,
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
        label: String,
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

impl Trace {
    /// The name of a node, `?` for one that the trace does not know.
    pub fn name(&self, node: NodeId) -> &str {
        self.nodes.get(node.index()).map_or("?", String::as_str)
    }

    /// One number for the whole trace: XXH3 (64 bit) over its JSON form.
    pub fn hash(&self) -> u64 {
        let json = serde_json::to_vec(self).expect("a trace is plain data");
        xxhash_rust::xxh3::xxh3_64(&json)
    }

    /// The trace as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a trace is plain data")
    }

    /// The trace from a place on: what happened since, and what was sent before and arrived, or was lost, since.
    pub fn since(&self, place: usize) -> Trace {
        let place = place.min(self.entries.len());
        let (before, after) = self.entries.split_at(place);
        let ends: BTreeSet<u64> = after
            .iter()
            .filter_map(|entry| match entry.event {
                Event::Deliver { message, .. } | Event::Drop { message, .. } => Some(message),
                _ => None,
            })
            .collect();
        let under_way = before.iter().filter(|entry| match &entry.event {
            Event::Send { message, .. } => ends.contains(message),
            _ => false,
        });
        Trace { nodes: self.nodes.clone(), entries: under_way.chain(after).cloned().collect() }
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
        let send = |message| Event::Send { message, from: a, to: b, label: format!("m{message}") };
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
