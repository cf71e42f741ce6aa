//! Links between nodes: latency, loss, duplication, partitions, and links that are operated by hand.
//!
//! Every ordered pair of nodes has a link of its own. A link does not keep order: a message with a shorter latency
//! overtakes an earlier one.

mod latency;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use latency::{Latency, LatencyError};

use crate::rng::Rng;
use crate::time::Time;
use crate::trace::{DropReason, NodeId};

/// How one link treats its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// How long a message takes.
    pub latency: Latency,
    /// Probability that a message is lost.
    pub loss: f64,
    /// Probability that a message arrives twice, the second time with a latency of its own.
    pub duplication: f64,
}

impl Default for Link {
    /// Half a millisecond to two milliseconds, nothing lost, nothing twice.
    fn default() -> Self {
        Self { latency: Latency::Uniform(Time::us(500), Time::ms(2)), loss: 0.0, duplication: 0.0 }
    }
}

impl Link {
    /// Whether messages can be sent over it.
    ///
    /// # Errors
    /// Says which parameter is impossible.
    pub fn validate(&self) -> Result<(), LatencyError> {
        for p in [self.loss, self.duplication] {
            if !(0.0..=1.0).contains(&p) {
                return Err(LatencyError::Probability(p));
            }
        }
        self.latency.validate()
    }
}

/// What the network does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives after this time, and perhaps once more after another.
    Arrives(Time, Option<Time>),
    /// It is lost.
    Lost(DropReason),
    /// It waits until somebody lets it go.
    Held,
}

/// All links of a world.
#[derive(Clone, Debug)]
pub struct Network {
    default: Link,
    links: BTreeMap<(NodeId, NodeId), Link>,
    cut: BTreeSet<(NodeId, NodeId)>,
    held: BTreeSet<(NodeId, NodeId)>,
    rng: Rng,
}

impl Network {
    /// A network in which every link is `default`.
    pub fn new(default: Link, rng: Rng) -> Self {
        Self { default, links: BTreeMap::new(), cut: BTreeSet::new(), held: BTreeSet::new(), rng }
    }

    /// Replaces one link, in one direction.
    pub fn set(&mut self, from: NodeId, to: NodeId, link: Link) {
        self.links.insert((from, to), link);
    }

    /// The link from one node to another.
    pub fn link(&self, from: NodeId, to: NodeId) -> &Link {
        if self.links.is_empty() {
            return &self.default;
        }
        self.links.get(&(from, to)).unwrap_or(&self.default)
    }

    /// Cuts a link in one direction: what is sent from now on is lost; what is under way arrives.
    pub fn cut(&mut self, from: NodeId, to: NodeId) {
        self.cut.insert((from, to));
    }

    /// Mends every cut.
    pub fn heal(&mut self) {
        self.cut.clear();
    }

    /// The links that are cut, as sender and receiver.
    pub fn cuts(&self) -> Vec<(NodeId, NodeId)> {
        self.cut.iter().copied().collect()
    }

    /// Makes a link wait for a hand: its messages stay until they are let go one by one.
    pub fn hold(&mut self, from: NodeId, to: NodeId) {
        self.held.insert((from, to));
    }

    /// Lets a link run by itself again. Messages that wait stay until they are let go.
    pub fn unhold(&mut self, from: NodeId, to: NodeId) {
        self.held.remove(&(from, to));
    }

    /// Decides what becomes of a message.
    pub fn fate(&mut self, from: NodeId, to: NodeId) -> Fate {
        if !self.cut.is_empty() && self.cut.contains(&(from, to)) {
            return Fate::Lost(DropReason::Partition);
        }
        if !self.held.is_empty() && self.held.contains(&(from, to)) {
            return Fate::Held;
        }
        let link = if self.links.is_empty() {
            &self.default
        } else {
            self.links.get(&(from, to)).unwrap_or(&self.default)
        };
        if link.loss > 0.0 && self.rng.chance(link.loss) {
            return Fate::Lost(DropReason::Loss);
        }
        let first = link.latency.draw(&mut self.rng);
        let twice = link.duplication > 0.0 && self.rng.chance(link.duplication);
        Fate::Arrives(first, twice.then(|| link.latency.draw(&mut self.rng)))
    }
}
