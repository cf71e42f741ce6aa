//! Attacks on the failover monitor: outages, cut links, machines that stand still.

use std::fmt;

use replication_lab::history::epochs::Accepted;
use serde::{Deserialize, Serialize};

use crate::exercises::e9_3::{Alert, Failed, NodeId, Position};

#[cfg(feature = "judge")]
mod draw;
#[cfg(feature = "judge")]
mod rules;

/// A cluster, and what happens to it. L leads epoch 1, the followers follow it, O1 and O2 observe, and M is the monitor,
/// which ticks once a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// The last tick, in seconds.
    pub seconds: u64,
    /// The monitor's [`max_lag`](crate::exercises::e9_3::Settings::max_lag), in bytes; all else is as by default.
    pub max_lag: u64,
    /// The followers, as the monitor has them listed.
    pub followers: Vec<Listed>,
    /// What happens.
    pub troubles: Vec<Trouble>,
}

/// A follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// F1, F2 or F3.
    pub node: NodeId,
    /// How many bytes it stays behind its leader.
    pub lag: u64,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// When, in milliseconds.
    pub from: u64,
    /// When it is over; never, if nothing.
    pub until: Option<u64>,
    /// What.
    pub what: What,
}

/// What can happen. On one node, of two outages that overlap the later one is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A machine crashes.
    Crash(NodeId),
    /// A process stands still.
    Pause(NodeId),
    /// Whoever leads then crashes.
    LeaderCrashes,
    /// Nothing gets through between these, in either direction.
    Cut(Vec<NodeId>, Vec<NodeId>),
    /// A follower catches up from an archive: from then on it is only so many bytes behind.
    CatchesUp(NodeId, u64),
    /// From the moment when this node is offered an epoch, nothing that it says reaches the monitor.
    MuteWhenPromoted(NodeId),
}

/// What was seen of one tick, or of the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// The monitor ticked.
    Tick {
        /// When, in seconds.
        second: u64,
        /// What it did, in order, and what came of it.
        did: Vec<Did>,
    },
    /// The writes that the device let through: of each run of writes by one leader, the first and the last.
    Accepted(Vec<Accepted>),
}

/// One operation of a monitor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// It asked a node for its position.
    Ping(NodeId, Result<Position, Failed>),
    /// It asked an observer whether a node is silent.
    FindsSilent(NodeId, NodeId, Result<bool, Failed>),
    /// It had everything below an epoch fenced.
    Fence(u64, Result<(), Failed>),
    /// It offered a node an epoch.
    Promote(NodeId, u64, Result<(), Failed>),
    /// It told a node to follow another one in an epoch.
    Repoint(NodeId, NodeId, u64, Result<(), Failed>),
    /// It woke somebody up.
    Alert(Alert),
}

/// The name of a node of this world.
pub(super) fn name(node: NodeId) -> &'static str {
    const NAMES: [&str; 8] = ["L", "F1", "F2", "F3", "M", "O1", "O2", "the device"];
    NAMES.get(node.index()).copied().unwrap_or("?")
}

fn seconds(ms: u64) -> String {
    match ms % 1_000 {
        0 => format!("{} s", ms / 1_000),
        _ => format!("{}.{} s", ms / 1_000, format!("{:03}", ms % 1_000).trim_end_matches('0')),
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |nodes: &[NodeId]| nodes.iter().map(|node| name(*node)).collect::<Vec<_>>().join(", ");
        let (from, until) = (seconds(self.from), self.until.map(seconds));
        let back = |how: &str| until.as_ref().map(|at| format!("; {how} at {at}")).unwrap_or_default();
        match &self.what {
            What::Crash(node) => write!(f, "at {from} {} crashes{}", name(*node), back("it is back")),
            What::Pause(node) => write!(f, "at {from} {} stands still{}", name(*node), back("it goes on")),
            What::LeaderCrashes => {
                write!(f, "at {from} whoever leads then crashes{}", back("that node is back"))
            }
            What::Cut(left, right) => {
                write!(f, "from {from} nothing gets through between {} and {}", names(left), names(right))?;
                until.map_or(Ok(()), |until| write!(f, ", until {until}"))
            }
            What::CatchesUp(node, lag) => {
                write!(f, "at {from} {} catches up: it is {lag} bytes behind from then on", name(*node))
            }
            What::MuteWhenPromoted(node) => {
                write!(f, "when {0} is promoted, {0} does so, but none of its answers reaches M", name(*node))
            }
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let followers = self.followers.iter();
        let followers: Vec<_> =
            followers.map(|listed| format!("{}, {} bytes behind", name(listed.node), listed.lag)).collect();
        writeln!(
            f,
            "1. L leads epoch 1. Its followers, as they are listed: {}. A candidate may be {} bytes behind.",
            followers.join("; "),
            self.max_lag
        )?;
        for (number, trouble) in self.troubles.iter().enumerate() {
            writeln!(f, "{}. {trouble}", number + 2)?;
        }
        write!(f, "{}. M ticks every second, up to {} s", self.troubles.len() + 2, self.seconds)
    }
}

impl fmt::Display for Did {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = |got: &Result<(), Failed>| match got {
            Ok(()) => "done",
            Err(Failed::NoAnswer) => "no answer",
            Err(Failed::Refused) => "refused",
        };
        match self {
            Self::Ping(node, Ok(at)) => write!(f, "{} is at {at}", name(*node)),
            Self::Ping(node, Err(_)) => write!(f, "{} does not answer", name(*node)),
            Self::FindsSilent(observer, node, got) => {
                let (observer, node) = (name(*observer), name(*node));
                match got {
                    Ok(true) => write!(f, "{observer} finds {node} silent"),
                    Ok(false) => write!(f, "{observer} hears {node}"),
                    Err(_) => write!(f, "{observer} does not answer"),
                }
            }
            Self::Fence(below, got) => write!(f, "fence everything below epoch {below}: {}", done(got)),
            Self::Promote(node, epoch, got) => {
                write!(f, "promote {} in epoch {epoch}: {}", name(*node), done(got))
            }
            Self::Repoint(node, leader, epoch, got) => {
                write!(f, "{} shall follow {} in epoch {epoch}: {}", name(*node), name(*leader), done(got))
            }
            Self::Alert(Alert::NoCandidate) => f.write_str("alert: no candidate"),
            Self::Alert(Alert::NotFenced) => f.write_str("alert: not fenced"),
        }
    }
}
