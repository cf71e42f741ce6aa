//! E2.2 — The failover, carried out: in order, once, and to the end, though the controller itself may crash.

use std::collections::{BTreeMap, BTreeSet};

pub use super::position::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;

use serde::{Deserialize, Serialize};

use crate::exercise::Answer;

mod cluster;
mod scenarios;

/// What was decided: who follows whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The leader that is deposed. It may be dead, or only silent.
    pub old_leader: NodeId,
    /// The epoch that it led.
    pub old_epoch: u64,
    /// The follower that becomes the leader, of the next epoch.
    pub winner: NodeId,
    /// All followers that the old leader had, the winner among them.
    pub followers: Vec<NodeId>,
    /// How long one step waits for the winner to apply what it has received.
    pub replay_limit: Time,
    /// How often a node is tried that fails to follow the new leader. At least once.
    pub attempts: u32,
}

/// What has been done so far. It is saved after every step, where a crash of the controller does not reach it; what a
/// step changed in it is lost if the controller crashes before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// The old leader can't write any more: fenced and confirmed, or its lease has run out.
    pub shut_out: bool,
    /// The winner has applied all it received.
    pub replayed: bool,
    /// The winner leads; this is the last position that it has of the old epoch. Nothing before it leads.
    pub fork: Option<Position>,
    /// The nodes that follow the new leader. At the end the old leader may be one of them.
    pub following: BTreeSet<NodeId>,
    /// How often a node has failed to follow.
    pub failed: BTreeMap<NodeId, u32>,
    /// The endpoint shows the new leader to clients.
    pub published: bool,
    /// A write through the endpoint was read back.
    pub verified: bool,
}

/// Why an operation did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failed {
    /// No answer. It may have happened, or not.
    NoAnswer,
    /// The time that was given has passed, and it isn't done yet.
    NotYet,
    /// The node will not do that: the epoch is not a new one, or its log has gone another way.
    Refused,
}

/// What a controller can do to a cluster. All but the two questions, `lease_expired` and `received`, change something.
/// Each may be done again: the second time it finds that all is as wanted, and succeeds.
pub trait ClusterOps {
    /// Has the fencing device cut a node off: a power switch, or a hypervisor. The device is out of band: it needs no
    /// answer of the node's. When it says that this is done, the node can't write any more.
    fn fence(&mut self, node: NodeId) -> Result<(), Failed>;

    /// Whether a leader's lease has run out for certain, the error of its clock allowed for: it has stopped by itself
    /// then.
    fn lease_expired(&mut self, node: NodeId) -> bool;

    /// Waits, for at most `limit`, until a node has applied all it received.
    fn wait_replay(&mut self, node: NodeId, limit: Time) -> Result<(), Failed>;

    /// Makes a node the leader of an epoch. Returns the last position that it has of the epoch before.
    fn promote(&mut self, node: NodeId, epoch: u64) -> Result<Position, Failed>;

    /// How far the log of a node reaches.
    fn received(&mut self, node: NodeId) -> Result<Position, Failed>;

    /// Cuts a node's log back: what it has beyond `to` is gone. (PostgreSQL: `pg_rewind`.)
    fn rewind(&mut self, node: NodeId, to: Position) -> Result<(), Failed>;

    /// Has a follower follow the leader of an epoch.
    fn repoint(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed>;

    /// Shows clients where the leader is: DNS, a proxy, or service discovery.
    fn publish(&mut self, leader: NodeId, epoch: u64) -> Result<(), Failed>;

    /// Writes through the endpoint, as a client does, and reads that back.
    fn verify(&mut self, leader: NodeId, epoch: u64) -> Result<(), Failed>;

    /// Lets a fenced node in again, as a follower of the leader of an epoch.
    fn readmit(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed>;
}

/// Why it does not go on at present. The next call of `step` tries again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Nobody confirms that the old leader can't write.
    NotShutOut,
    /// The winner still applies what it received.
    NotReplayed,
    /// The winner did not confirm that it leads.
    NotPromoted,
    /// The endpoint still shows the old leader.
    NotPublished,
    /// A write through the endpoint did not come back.
    NotVerified,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// There is more to do.
    Going,
    /// It can't go on now.
    Stopped(Stop),
    /// All is done.
    Done {
        /// The nodes that do not follow the new leader after all attempts: the followers in the plan's order, then the
        /// old leader. Somebody must look after them.
        left_over: Vec<NodeId>,
    },
}

/// What the learner writes.
pub trait Failover {
    /// Does the first thing that the journal doesn't say is done, and writes into the journal what came of it. One step
    /// calls at most *one* operation that changes something: so a crash loses the record of one operation at most.
    fn step(plan: &Plan, journal: &mut Journal, ops: &mut dyn ClusterOps) -> Status;
}

/// Wraps a learner's failover.
pub fn answer<F: Failover + 'static>() -> Answer {
    Answer::new("E2.2", scenarios::drive::<F>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
