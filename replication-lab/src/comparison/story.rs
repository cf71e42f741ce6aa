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
    /// All machines in its place die, and come back: its zone, or its region if there are several.
    RegionLoss,
    /// Its place is cut off from all others, with the clients there.
    Partition,
    /// It takes 200 ms for each message.
    SlowNode,
}

impl Story {
    /// All of them.
    pub const ALL: [Story; 5] =
        [Self::Calm, Self::KillLeader, Self::RegionLoss, Self::Partition, Self::SlowNode];

    /// The faults. `fallen` are the servers in the place that it strikes, the first of all servers first; `side` are they
    /// and the clients there, `others` all that stand elsewhere.
    pub(super) fn plan(
        self,
        fallen: &[NodeId],
        side: &[NodeId],
        others: &[NodeId],
        when: (Time, Time),
    ) -> Plan {
        let victim = fallen[0];
        let (from, until) = when;
        let each = |fault: fn(NodeId) -> Fault, at: Time| {
            fallen.iter().map(move |id| Planned { at, fault: fault(*id) })
        };
        let pair = |begins: Fault, ends: Fault| {
            Plan(vec![Planned { at: from, fault: begins }, Planned { at: until, fault: ends }])
        };
        match self {
            Self::Calm => Plan::none(),
            Self::KillLeader => pair(Fault::Crash(victim), Fault::Restart(victim)),
            Self::RegionLoss => Plan(each(Fault::Crash, from).chain(each(Fault::Restart, until)).collect()),
            Self::Partition => pair(Fault::Partition(side.to_vec(), others.to_vec()), Fault::Heal),
            Self::SlowNode => pair(Fault::Slow(victim, Time::ms(200)), Fault::Slow(victim, Time::ZERO)),
        }
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Calm => "nothing goes wrong",
            Self::KillLeader => "the leader's machine dies",
            Self::RegionLoss => "the leader's place is lost",
            Self::Partition => "the leader's place is cut off, with its clients",
            Self::SlowNode => "the leader is slow",
        })
    }
}
