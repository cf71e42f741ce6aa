//! Faults as values: what can go wrong, when it shall, as text, and whether it did.

mod plan;
mod report;
mod text;

use serde::{Deserialize, Serialize};

pub use plan::{Plan, PlanError, Planned};
pub use report::{FaultReport, Strike};
pub use text::PlanTextError;

use crate::time::Time;
use crate::trace::NodeId;

/// Something that goes wrong, or is mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A machine dies. Messages on their way to it are lost, and what its disk had not synced may be lost or torn.
    Crash(NodeId),
    /// A process dies and its machine lives: as a crash, but everything that was written stays.
    Kill(NodeId),
    /// A machine dies by itself as soon as it has sent this many messages more.
    CrashAfterSends(NodeId, u32),
    /// A crashed node comes back with what was on its disk.
    Restart(NodeId),
    /// A process stands still, as in a long garbage collection: messages and timers wait, and its clock goes on.
    Pause(NodeId),
    /// A paused process goes on, and does not know that time has passed.
    Resume(NodeId),
    /// A node is overloaded: everything it handles takes it this long, one thing after the other. Zero ends it.
    Slow(NodeId, Time),
    /// One link is cut, in one direction.
    Cut(NodeId, NodeId),
    /// Every link between the two groups is cut, in both directions.
    Partition(Vec<NodeId>, Vec<NodeId>),
    /// One link loses messages with this probability, on top of what it loses anyway. Zero ends it.
    Lossy(NodeId, NodeId, f64),
    /// Every message takes so much longer on one link. Zero ends it.
    Delay(NodeId, NodeId, Time),
    /// Every link is again as it was without faults.
    Heal,
    /// From now on, a node's clock is ahead of true time by this many microseconds (behind, if negative).
    Clock(NodeId, i64),
    /// A node's clock jumps by this many microseconds.
    Jump(NodeId, i64),
    /// From now on, a node's clock gains this many microseconds in every second (loses, if negative).
    Drift(NodeId, i64),
    /// Every sync of a node's disk takes so much longer. Zero ends it.
    SlowDisk(NodeId, Time),
    /// Nothing more fits on a node's disk.
    FullDisk(NodeId),
    /// There is again as much room on a node's disk as it has.
    RoomyDisk(NodeId),
}

impl Fault {
    /// The nodes that it names.
    pub fn nodes(&self) -> Vec<NodeId> {
        match self {
            Fault::Crash(node)
            | Fault::Kill(node)
            | Fault::CrashAfterSends(node, _)
            | Fault::Restart(node)
            | Fault::Pause(node)
            | Fault::Resume(node)
            | Fault::Slow(node, _)
            | Fault::Clock(node, _)
            | Fault::Jump(node, _)
            | Fault::Drift(node, _)
            | Fault::SlowDisk(node, _)
            | Fault::FullDisk(node)
            | Fault::RoomyDisk(node) => vec![*node],
            Fault::Cut(from, to) | Fault::Lossy(from, to, _) | Fault::Delay(from, to, _) => vec![*from, *to],
            Fault::Partition(left, right) => left.iter().chain(right).copied().collect(),
            Fault::Heal => Vec::new(),
        }
    }

    /// Whether it mends something rather than break it.
    pub fn mends(&self) -> bool {
        match self {
            Fault::Restart(_) | Fault::Resume(_) | Fault::Heal | Fault::RoomyDisk(_) => true,
            Fault::Slow(_, span) | Fault::SlowDisk(_, span) | Fault::Delay(_, _, span) => *span == Time::ZERO,
            Fault::Lossy(_, _, probability) => *probability == 0.0,
            Fault::Clock(_, us) | Fault::Jump(_, us) | Fault::Drift(_, us) => *us == 0,
            _ => false,
        }
    }

    /// The fault with the nodes' names, as [`Plan::parse`] reads it.
    pub fn describe(&self, name: impl Fn(NodeId) -> String) -> String {
        let names = |nodes: &[NodeId]| nodes.iter().map(|n| name(*n)).collect::<Vec<_>>().join(" ");
        match self {
            Fault::Crash(node) => format!("{} crashes", name(*node)),
            Fault::Kill(node) => format!("{} is killed", name(*node)),
            Fault::CrashAfterSends(node, sends) => {
                format!("{} crashes after {sends} more sends", name(*node))
            }
            Fault::Restart(node) => format!("{} restarts", name(*node)),
            Fault::Pause(node) => format!("{} pauses", name(*node)),
            Fault::Resume(node) => format!("{} goes on", name(*node)),
            Fault::Slow(node, span) => format!("{} takes {span} for each event", name(*node)),
            Fault::Cut(from, to) => format!("link {} → {} is cut", name(*from), name(*to)),
            Fault::Partition(left, right) => format!("partition: {} | {}", names(left), names(right)),
            Fault::Lossy(from, to, p) => {
                format!("link {} → {} loses {p} of its messages", name(*from), name(*to))
            }
            Fault::Delay(from, to, span) => format!("link {} → {} takes {span} more", name(*from), name(*to)),
            Fault::Heal => "all links are open".into(),
            Fault::Clock(node, us) => format!("clock of {} is off by {} ms", name(*node), signed_ms(*us)),
            Fault::Jump(node, us) => format!("clock of {} jumps by {} ms", name(*node), signed_ms(*us)),
            Fault::Drift(node, ppm) => format!("clock of {} drifts by {ppm:+} ppm", name(*node)),
            Fault::SlowDisk(node, span) => format!("disk of {} takes {span} more", name(*node)),
            Fault::FullDisk(node) => format!("disk of {} is full", name(*node)),
            Fault::RoomyDisk(node) => format!("disk of {} has room again", name(*node)),
        }
    }
}

impl Fault {
    /// What a node notices of it, for the trace: the words of [`describe`](Self::describe) without the name.
    pub(super) fn condition(&self) -> String {
        let text = self.describe(|_| String::new());
        text.replace("clock of ", "its clock").replace("disk of ", "its disk").trim().to_owned()
    }
}

/// Whole microseconds as milliseconds, without a detour through floating point.
fn signed_ms(us: i64) -> String {
    let sign = if us < 0 { '-' } else { '+' };
    let us = us.unsigned_abs();
    format!("{sign}{}.{:03}", us / 1_000, us % 1_000)
}
