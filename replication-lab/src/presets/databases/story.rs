//! What goes wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Fault, Plan, Planned};

/// What goes wrong, to whichever server leads at the start; where none leads, to the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Story {
    /// Nothing.
    Calm,
    /// Its machine dies, and comes back.
    #[default]
    KillLeader,
    /// It and the client beside it are cut off from all others.
    Partition,
    /// It takes 200 ms for each message.
    SlowNode,
}

impl Story {
    /// All of them.
    pub const ALL: [Story; 4] = [Self::Calm, Self::KillLeader, Self::Partition, Self::SlowNode];

    /// The faults, from `from` until `until`. The victim's side is the server, its client and whatever else stands in
    /// its place; `others` are all that don't.
    pub(super) fn plan(self, side: &[NodeId], others: &[NodeId], from: Time, until: Time) -> Plan {
        let victim = side[0];
        let (begins, ends) = match self {
            Self::Calm => return Plan::default(),
            Self::KillLeader => (Fault::Crash(victim), Fault::Restart(victim)),
            Self::Partition => (Fault::Partition(side.to_vec(), others.to_vec()), Fault::Heal),
            Self::SlowNode => (Fault::Slow(victim, Time::ms(200)), Fault::Slow(victim, Time::ZERO)),
        };
        Plan(vec![Planned { at: from, fault: begins }, Planned { at: until, fault: ends }])
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Calm => "nothing goes wrong",
            Self::KillLeader => "the leader's machine dies",
            Self::Partition => "the leader is cut off, with its client",
            Self::SlowNode => "the leader is slow",
        })
    }
}
