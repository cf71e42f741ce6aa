//! Faults as values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;
use crate::trace::NodeId;

/// Something that goes wrong, or is mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A node crashes. Messages on their way to it are lost.
    Crash(NodeId),
    /// A node crashes by itself as soon as it has sent this many messages more.
    CrashAfterSends(NodeId, u32),
    /// A crashed node comes back with what was on its disk.
    Restart(NodeId),
    /// One link is cut, in one direction.
    Cut(NodeId, NodeId),
    /// Every link between the two groups is cut, in both directions.
    Partition(Vec<NodeId>, Vec<NodeId>),
    /// All cut links are open again.
    Heal,
    /// From now on, a node's clock is ahead of true time by this many microseconds (behind, if negative).
    Clock(NodeId, i64),
}

/// A fault and when it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub at: Time,
    /// What.
    pub fault: Fault,
}

/// A plan of faults, in any order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plan(pub Vec<Planned>);

impl Plan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// This plan and one fault more.
    pub fn and(mut self, at: Time, fault: Fault) -> Self {
        self.0.push(Planned { at, fault });
        self
    }
}

impl Fault {
    /// The nodes that it names.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Fault::Crash(node)
            | Fault::CrashAfterSends(node, _)
            | Fault::Restart(node)
            | Fault::Clock(node, _) => vec![*node],
            Fault::Cut(from, to) => vec![*from, *to],
            Fault::Partition(left, right) => left.iter().chain(right).copied().collect(),
            Fault::Heal => Vec::new(),
        }
    }

    /// The fault with the nodes' names.
    pub fn describe(&self, name: impl Fn(NodeId) -> String) -> String {
        let names = |nodes: &[NodeId]| nodes.iter().map(|n| name(*n)).collect::<Vec<_>>().join(" ");
        match self {
            Fault::Crash(node) => format!("{} crashes", name(*node)),
            Fault::CrashAfterSends(node, sends) => {
                format!("{} crashes after {sends} more sends", name(*node))
            }
            Fault::Restart(node) => format!("{} restarts", name(*node)),
            Fault::Cut(from, to) => format!("link {} → {} is cut", name(*from), name(*to)),
            Fault::Partition(left, right) => format!("partition: {} | {}", names(left), names(right)),
            Fault::Heal => "all links are open".into(),
            Fault::Clock(node, us) => {
                format!("clock of {} is off by {:+.3} ms", name(*node), *us as f64 / 1e3)
            }
        }
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}", self.at, self.fault.describe(|node| format!("#{}", node.0)))
    }
}
