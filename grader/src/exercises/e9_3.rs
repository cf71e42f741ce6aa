//! E9.3 — The failover monitor: it pings the leader, and replaces it once.

use std::fmt::Debug;

pub use replication_lab::log::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;
use serde::{Deserialize, Serialize};

use crate::attack::asked;
use crate::exercise::Answer;

mod attack;
mod harness;
mod nodes;
mod scenarios;

/// When to fail over, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often the monitor ticks, and pings the leader once. Default 1 s.
    pub heartbeat: Time,
    /// The leader must have been silent for *longer* than this. Default 10 s.
    pub timeout: Time,
    /// And at least so many pings in a row must have failed: else a monitor that stood still itself would depose the
    /// leader for its own silence. Default 10.
    pub missed_beats: u32,
    /// How far behind a follower may be that is promoted, in bytes of the log; exactly so far is still allowed. Default
    /// 1 MiB, as Patroni's `maximum_lag_on_failover`. A thousand bytes would be two writes of 500: on a busy cluster no
    /// asynchronous follower is ever that near, and there would never be a candidate.
    pub max_lag: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { heartbeat: Time::s(1), timeout: Time::s(10), missed_beats: 10, max_lag: 1 << 20 }
    }
}

/// The cluster at the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The leader.
    pub leader: NodeId,
    /// The epoch that it leads.
    pub epoch: u64,
    /// The followers, in any order.
    pub followers: Vec<NodeId>,
    /// The *other* observers: the monitor is one too.
    pub observers: Vec<NodeId>,
}

/// Why an operation did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failed {
    /// No answer within [`PATIENCE`]: the other one is dead, or hangs, or a link is cut. What was asked may have been
    /// done.
    NoAnswer,
    /// The other one won't: its epoch is higher, or it would have to follow itself.
    Refused,
}

/// How long each operation waits for an answer. Whoever hangs costs this much and no more.
pub const PATIENCE: Time = Time::ms(200);

/// What wakes somebody up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alert {
    /// The leader is dead, and no follower may be promoted.
    NoCandidate,
    /// The leader is silent, and the fencing device does not confirm.
    NotFenced,
}

/// What a monitor can do. Each operation takes time, at most [`PATIENCE`].
pub trait Ops {
    /// Asks a node where its log ends. A leader thereby says what it has published.
    fn ping(&mut self, node: NodeId) -> Result<Position, Failed>;

    /// Asks another observer whether it has not heard a node for longer than the timeout either, by its own clock.
    fn finds_silent(&mut self, observer: NodeId, node: NodeId) -> Result<bool, Failed>;

    /// Has the fencing device refuse every write of an epoch below this one, from whomever it comes. The device stands
    /// between the leaders and their logs, and needs no answer of any of them. It may be asked twice.
    fn fence(&mut self, below: u64) -> Result<(), Failed>;

    /// Makes a node the leader of an epoch.
    fn promote(&mut self, node: NodeId, epoch: u64) -> Result<(), Failed>;

    /// Has a node follow the leader of an epoch. What its log has beyond that one's is cut off.
    fn repoint(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed>;

    /// Wakes somebody up.
    fn alert(&mut self, alert: Alert);
}

/// What the learner writes.
pub trait Monitor: Debug + Sized {
    /// A monitor that begins now. The leader counts as heard at this moment.
    fn new(settings: Settings, cluster: Cluster, now: Time) -> Self;

    /// One heartbeat. `now` is the monitor's monotonic clock when the tick begins: all that happens in a tick counts as
    /// happening then. A tick asks no node twice.
    ///
    /// - The leader answers: it was heard now. Followers that do not follow it yet are told again.
    /// - It does not, for longer than the timeout, nor to enough pings, and more than half of all observers, this one
    ///   among them, find it silent: then choose a candidate, fence everything below the next epoch, promote the
    ///   candidate into it, watch it from now on as the leader, and tell every other follower to follow it. The next
    ///   epoch is one above the highest that was ever offered to a node.
    /// - If there is no candidate, or no confirmation of the fence: alert, each alert once in an outage, and try again
    ///   in the next tick. An outage ends when the leader is heard, or replaced.
    /// - If the candidate does not confirm that it leads: try again in the next tick. It was offered its epoch all the
    ///   same.
    ///
    /// The candidate: of the followers that answer, and whose log is of the same epoch as the furthest position that is
    /// known, the one that is least behind that position, at most `max_lag`; the lower node id among equals. The
    /// furthest position is the leader's last answer to a ping, or what a follower has received, whichever is higher.
    fn tick(&mut self, now: Time, ops: &mut dyn Ops);
}

/// Wraps a learner's monitor.
pub fn answer<M: Monitor + 'static>() -> Answer {
    Answer::new("E9.3", |task, notes| match asked(task) {
        Some(asked) => attack::play::<M>(&asked, notes),
        None => scenarios::drive::<M>(task, notes),
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
