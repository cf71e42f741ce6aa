//! E9.5 — A consistent-hash ring: virtual nodes, weights, zones, and what moves when nodes come and go.

use std::fmt::{self, Debug};

use serde::{Deserialize, Serialize};

use crate::attack::asked;
use crate::exercise::Answer;

mod attack;
mod scenarios;

/// Where a text is on the ring. All 64-bit numbers are positions, and after the largest comes 0.
pub type Hash = fn(&str) -> u64;

/// What a ring is built with.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Where texts are.
    pub hash: Hash,
    /// How many positions a node of weight 1 has.
    pub vnodes: u32,
    /// How many nodes hold a key.
    pub replicas: usize,
}

/// Why a node is not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// A node of this name is on the ring. To change its weight or its zone, remove it first.
    Twice,
    /// A node of weight 0 has no positions, and so no keys.
    NoWeight,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Twice => "a node of this name is on the ring: remove it first",
            Self::NoWeight => "a node of weight 0 would have no keys: give it a weight of at least 1",
        })
    }
}

/// A key that has to be copied, or can be deleted, somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The key.
    pub key: String,
    /// Nodes that hold it later and did not before, by name.
    pub gains: Vec<String>,
    /// Nodes that held it before and do not later, by name.
    pub loses: Vec<String>,
}

/// What the learner writes.
pub trait HashRing: Debug + Sized {
    /// A ring without nodes.
    fn new(settings: Settings) -> Self;

    /// Puts a node on the ring. It stands in a zone (a rack, or an availability zone) and has `weight` times as many
    /// positions as a node of weight 1. Its positions are the hashes of `node:0`, `node:1`, `node:2` and so on. These,
    /// and no other texts, are hashed.
    ///
    /// Two nodes may have the same position. Then both have it, and the smaller name comes first on the walk.
    ///
    /// # Errors
    /// When the node is there already, or its weight is 0. Then nothing changes.
    fn add_node(&mut self, node: &str, zone: &str, weight: u32) -> Result<(), Refused>;

    /// Takes a node off the ring for good, with all its positions. Says whether it was there.
    fn remove_node(&mut self, node: &str) -> bool;

    /// The nodes that hold a key. Walk clockwise from the hash of the key, beginning with a position exactly there; after
    /// the last position comes the first. Each node counts once, however many positions it has. The list ends with
    /// [`Settings::replicas`] nodes, or when the walk is once around; it is in the order of the walk. Only the key is
    /// hashed.
    ///
    /// Zones: take a node of a zone that is not in the list yet. Of the others, pass over all but the first few: as many as
    /// there are fewer zones on the ring than replicas wanted. So with three zones and three replicas, each zone gets one;
    /// with two zones and three replicas, the first node that repeats a zone is taken, and no other.
    fn replicas(&self, key: &str) -> Vec<String>;

    /// Which of these keys have another *set* of nodes on a later ring, in the order of `keys`. The same nodes in another
    /// order are no change.
    fn owners_diff(&self, later: &Self, keys: &[String]) -> Vec<Moved>;
}

/// Wraps a learner's ring.
pub fn answer<R: HashRing + 'static>() -> Answer {
    Answer::new("E9.5", |task, notes| match asked(task) {
        Some(asked) => attack::play::<R>(&asked, notes),
        None => scenarios::drive::<R>(task, notes),
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
