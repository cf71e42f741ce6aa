//! Attacks on the hash ring: nodes that come, go, come again, and come twice.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::counted;
use crate::exercises::e9_5::{Moved, Refused};

#[cfg(feature = "judge")]
mod draw;
#[cfg(feature = "judge")]
mod rules;

/// A ring, and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// How many positions a node of weight 1 has.
    pub vnodes: u32,
    /// How many nodes hold a key.
    pub replicas: usize,
    /// Whether the hash has 64 values only, so that nodes collide; else it is XXH3.
    pub crowded: bool,
    /// What happens.
    pub events: Vec<Event>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A node is added, in a zone, with a weight.
    Add(String, String, u32),
    /// A node is removed.
    Remove(String),
    /// Somebody counts the keys of each node.
    Count,
}

/// What was seen of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What came of it.
    pub answer: Answer,
    /// How many texts were hashed for it.
    pub hashed: usize,
    /// The owners of each key afterwards, in the order of [`keys`].
    pub owners: Vec<Vec<String>>,
    /// How many texts were hashed to find the owners of one key.
    pub looked: usize,
    /// What has moved between the ring two events before and the one now, as the ring says.
    pub moved: Vec<Moved>,
    /// The owners on a new ring, to which the present nodes were added in the order of their names, backwards.
    pub fresh: Vec<Vec<String>>,
}

/// What a ring answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To an addition.
    Added(Result<(), Refused>),
    /// To a removal: whether it was there.
    Removed(bool),
    /// For how many of [`COUNTED`] keys each node is the first.
    Counted(BTreeMap<String, usize>),
}

/// So many keys are counted.
pub const COUNTED: usize = 250;

/// The keys that are looked up after every event.
pub fn keys() -> Vec<String> {
    (0..12).map(|number| format!("key:{number}")).collect()
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(node, zone, weight) => {
                write!(f, "{node} is added, in zone {zone}, with weight {weight}")
            }
            Self::Remove(node) => write!(f, "{node} is removed"),
            Self::Count => f.write_str("somebody counts the keys of each node"),
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { vnodes, replicas, crowded, events } = self;
        let hash = if *crowded { "a hash of 64 values" } else { "XXH3" };
        let positions = counted(u64::from(*vnodes), "position", "positions");
        let replicas = counted(*replicas as u64, "replica", "replicas");
        write!(f, "1. An empty ring; {positions} for weight 1, {replicas}, {hash}")?;
        for (number, event) in events.iter().enumerate() {
            write!(f, "\n{}. {event}", number + 2)?;
        }
        Ok(())
    }
}
