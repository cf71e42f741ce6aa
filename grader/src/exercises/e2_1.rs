//! E2.1 — The failover decision: whether to depose a silent leader, and who follows.

pub use super::position::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;

use serde::{Deserialize, Serialize};

use crate::exercise::Answer;

mod scenarios;

/// When to fail over, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a node may be silent. Silence of exactly this long is too long. Patroni's `ttl`: 30 s.
    pub detection_timeout: Time,
    /// How far behind a follower may be that is promoted, in the unit of the log's numbers. Exactly this far is still
    /// allowed. Patroni's `maximum_lag_on_failover`: 1 MiB.
    pub max_lag: u64,
}

/// What one observer knows of the leader. Both times are of the *observer's* own monotonic clock: they can be compared
/// with each other, and with no other clock's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// When it made its report.
    pub now: Time,
    /// When it last heard the leader.
    pub last_heartbeat: Time,
}

/// What the coordination store holds (etcd, Consul or ZooKeeper; Patroni calls it the DCS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dcs {
    /// The position that the leader published last; nothing if it never did. It may have written more since.
    pub published: Option<Position>,
    /// The highest epoch whose leader has been deposed; nothing if none has.
    pub failed_over: Option<u64>,
}

/// What is known of a follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Which.
    pub node: NodeId,
    /// How far the log reaches that it has *received*: it is on its disk.
    pub received: Position,
    /// How far it has *applied* that: what its readers see. It applies the rest before it accepts writes.
    pub applied: Position,
    /// When the controller last heard it, by the controller's own clock.
    pub last_heartbeat: Time,
}

/// All that the controller sees at the moment of its decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The epoch of the leader that is watched.
    pub epoch: u64,
    /// The controller's own monotonic clock.
    pub now: Time,
    /// The report of each observer; nothing of one that can't be reached.
    pub observers: Vec<Option<Sight>>,
    /// The coordination store; nothing if it can't be reached.
    pub dcs: Option<Dcs>,
    /// The followers, in any order.
    pub followers: Vec<Follower>,
}

/// What to do. The reasons not to fail over stand in the order in which they are looked for: the first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// No observer finds the leader silent.
    Wait,
    /// Some observers find it silent, but no majority of all observers.
    NoMajority {
        /// How many do.
        silent: usize,
        /// How many observers there are, with those that can't be reached.
        of: usize,
    },
    /// The coordination store can't be reached: nobody could record a failover, so nobody may start one.
    NoDcs,
    /// A failover from this epoch was recorded already.
    AlreadyDone,
    /// No follower may be promoted: wake somebody up.
    NoCandidate {
        /// The one who is nearest among those that live and can be compared; nothing if there is none. A person may
        /// decide to promote it and lose the difference.
        nearest: Option<Nearest>,
    },
    /// Promote this follower.
    Promote {
        /// Whom.
        node: NodeId,
        /// The epoch that it shall lead.
        epoch: u64,
        /// Its lag: so much is known to be lost. It can be more, if the leader wrote after it published.
        missing: u64,
    },
}

/// The follower that is least behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nearest {
    /// Which.
    pub node: NodeId,
    /// How far it is behind.
    pub lag: u64,
}

/// What the learner writes.
pub trait Controller {
    /// Whether an observer has heard nothing of the leader for the detection timeout, or longer.
    fn is_silent(policy: &Policy, sight: &Sight) -> bool;

    /// The furthest position that is known to have been written: the one that the leader published, or one that *any*
    /// follower has received. Epoch 0, number 0, if nothing is known.
    fn furthest(published: Option<Position>, followers: &[Follower]) -> Position;

    /// How far `received` is behind `furthest`. Nothing if it is of an earlier epoch: numbers of two epochs can't be
    /// subtracted.
    fn lag(furthest: Position, received: Position) -> Option<u64>;

    /// What to do.
    fn decide(policy: &Policy, view: &View) -> Decision;
}

/// Wraps a learner's controller.
pub fn answer<C: Controller + 'static>() -> Answer {
    Answer::new("E2.1", scenarios::drive::<C>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
