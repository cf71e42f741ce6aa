//! What E9.2 and E4.4 share: servers that lag, and an application whose reads are routed.

use std::fmt;

use replication_lab::log::Position;
use replication_lab::time::Time;
use replication_lab::trace::NodeId;
use serde::{Deserialize, Serialize};

mod world;

pub(super) use world::{Routed, Run};

/// What is known of a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerState {
    /// Which one.
    pub node: NodeId,
    /// Whether it answers.
    pub up: bool,
    /// Up to where it has *received* the log. It can't show that yet.
    pub received: Position,
    /// Up to where it has *replayed* the log: what a read shows.
    pub replayed: Position,
}

/// What is known of the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderState {
    /// Which one.
    pub node: NodeId,
    /// Where its log ends: what a read shows.
    pub at: Position,
    /// How many reads it is serving just now.
    pub reads: u32,
}

/// What is known of the servers when a read is to be routed. What they show only grows: whoever had replayed a position
/// a moment ago has replayed it now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The leader; nothing while there is none.
    pub leader: Option<LeaderState>,
    /// The followers, those that are down included.
    pub followers: Vec<FollowerState>,
}

/// Where a read goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// To this follower.
    Follower(NodeId),
    /// To the leader.
    Leader(NodeId),
    /// Nowhere yet: ask again in a moment.
    Wait,
    /// Nowhere: the user is told to try later.
    Refused,
}

/// How long a read that is to wait waits before its router is asked again.
pub const MOMENT: Time = Time::ms(10);

/// The names of the servers and the application, by id.
pub(super) const NAMES: [&str; 6] = ["L", "F1", "F2", "F3", "F4", "app"];
pub(super) const L: NodeId = NodeId(0);
pub(super) const F1: NodeId = NodeId(1);
pub(super) const F2: NodeId = NodeId(2);
pub(super) const F3: NodeId = NodeId(3);
pub(super) const F4: NodeId = NodeId(4);
pub(super) const APP: NodeId = NodeId(5);

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Follower(node) => write!(f, "follower {}", name(*node)),
            Self::Leader(node) => write!(f, "leader {}", name(*node)),
            Self::Wait => f.write_str("wait"),
            Self::Refused => f.write_str("refused"),
        }
    }
}

/// A follower that is up, and has replayed what it received.
pub(super) fn at(node: NodeId, replayed: Position) -> FollowerState {
    FollowerState { node, up: true, received: replayed, replayed }
}

/// L leads, at this position, and serves no reads.
pub(super) fn led(at: Position, followers: &[FollowerState]) -> View {
    View { leader: Some(LeaderState { node: L, at, reads: 0 }), followers: followers.to_vec() }
}

/// Ends a line that breaks a guarantee, for the judge.
pub(super) const OLDER_THAN_WRITTEN: &str = " (older than what this user wrote)";
pub(super) const OLDER_THAN_SEEN: &str = " (older than what this user has seen)";

/// Which guarantees an observation breaks.
#[cfg(feature = "judge")]
pub(super) fn broken_guarantees(seen: &crate::exercise::Observation) -> Vec<crate::judge::Violation> {
    let mut broken = Vec::new();
    for step in &seen.steps {
        for line in step.got.as_array().into_iter().flatten().filter_map(|line| line.as_str()) {
            for (end, rule) in
                [(OLDER_THAN_WRITTEN, "read-your-writes"), (OLDER_THAN_SEEN, "monotonic-reads")]
            {
                if line.ends_with(end) {
                    let why = format!("{}: {line}", step.what);
                    broken.push(crate::judge::Violation::new(rule, why));
                }
            }
        }
    }
    broken
}
