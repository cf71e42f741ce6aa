//! What a learner can do at the alarm.

use std::collections::BTreeSet;
use std::fmt;

use super::scene::{SPARE, accepting, former_leaders};
use crate::leader_follower::{CopyMethod, Costs, Ids, LeaderFollower, ReadFrom, SetupError};
use crate::time::Time;
use crate::world::Fault;

/// How many times as fast a follower applies the log with workers side by side.
const WORKERS: u64 = 4;
/// How long a server takes to restart.
pub(super) const RESTART_TAKES: Time = Time::s(3);
/// How long a read may wait for its position.
const WAIT: Time = Time::ms(300);
/// By how much a sequence is advanced beyond the highest id that anybody has seen.
const GAP: u64 = 1_000;

/// What a learner can do at the alarm: cures, and what is often done instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing.
    Wait,
    /// Followers apply the log with four workers, or on a disk four times as fast: MySQL's multi-threaded replicas;
    /// PostgreSQL has no parallel apply of its physical log. In the lab: an entry takes a quarter of the time.
    ParallelApply,
    /// The spare becomes a follower, by a snapshot, and takes its share of the reads.
    AddFollower,
    /// The leader is restarted, which takes three seconds.
    RestartLeader,
    /// Each user reads from one follower, as long as it answers.
    StickySessions,
    /// A user reads from the leader for this long after each write of hers.
    LeaderAfterWrite(Time),
    /// A read carries the position of the user's own last write: a follower that is behind lets it wait for at most
    /// 300 ms; then another one is asked, then the leader.
    ReadByPosition,
    /// The same with the highest position that the user has written *or seen*.
    HighestSeenToken,
    /// Former leaders are switched off for good; the present leader's sequence is set 1,000 above every id that was
    /// issued; clients are told where to write.
    FenceAndAdvanceSequence,
    /// Ids are drawn at random from now on.
    Uuids,
    /// The index of rows keeps several rows under one id, instead of refusing the second.
    DropUniqueConstraint,
    /// The server of the oldest epoch among those that accept writes is switched off, and clients are told where to
    /// write. If only one accepts writes, it is that one.
    StopOneNow,
    /// The network is mended, clients are told where to write, and the servers are left to agree by themselves.
    LetThemSync,
}

impl Action {
    /// All of them; reading from the leader for five seconds and for one.
    pub const ALL: [Action; 14] = [
        Self::Wait,
        Self::ParallelApply,
        Self::AddFollower,
        Self::RestartLeader,
        Self::StickySessions,
        Self::LeaderAfterWrite(Time::s(1)),
        Self::LeaderAfterWrite(Time::s(5)),
        Self::ReadByPosition,
        Self::HighestSeenToken,
        Self::FenceAndAdvanceSequence,
        Self::Uuids,
        Self::DropUniqueConstraint,
        Self::StopOneNow,
        Self::LetThemSync,
    ];
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Wait => "wait",
            Self::ParallelApply => "apply in parallel, faster disk",
            Self::AddFollower => "add a follower",
            Self::RestartLeader => "restart the leader",
            Self::StickySessions => "sticky sessions",
            Self::LeaderAfterWrite(window) => {
                return f.pad(&format!("leader for {} s after a write", window.as_ms() / 1_000.0));
            }
            Self::ReadByPosition => "read by position, wait a little",
            Self::HighestSeenToken => "highest-seen token",
            Self::FenceAndAdvanceSequence => "fence, advance the sequence",
            Self::Uuids => "UUIDs",
            Self::DropUniqueConstraint => "drop the unique constraint",
            Self::StopOneNow => "stop one now",
            Self::LetThemSync => "let them sync",
        })
    }
}

/// What an action leaves to be done later in the run.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    /// Faults that strike this long after the action.
    pub(super) later: Vec<(Time, Fault)>,
    /// Servers whose power is off: they don't come back.
    pub(super) off: BTreeSet<String>,
}

/// Takes an action on a cluster.
pub(super) fn take(action: Action, cluster: &mut LeaderFollower) -> Result<Pending, SetupError> {
    let mut pending = Pending::default();
    match action {
        Action::Wait => {}
        Action::ParallelApply => {
            let costs = cluster.settings().costs;
            cluster.set_costs(Costs { replay: Time::us(costs.replay.as_us() / WORKERS), ..costs })?;
        }
        Action::AddFollower => {
            if let Some(leader) = cluster.leader().map(str::to_owned) {
                cluster
                    .bootstrap(SPARE, &leader, CopyMethod::Snapshot { slot: false })?
                    .serve_reads(SPARE)?;
            }
        }
        Action::RestartLeader => {
            if let Some(leader) = cluster.leader().map(str::to_owned) {
                cluster.crash(&leader)?;
                pending.later.push((RESTART_TAKES, Fault::Restart(cluster.id(&leader)?)));
            }
        }
        Action::StickySessions => {
            cluster.set_read_from(ReadFrom::Sticky)?;
        }
        Action::LeaderAfterWrite(window) => {
            cluster.set_read_from(ReadFrom::LeaderAfterWrite(window))?;
        }
        Action::ReadByPosition => {
            cluster.set_read_from(ReadFrom::Position { wait: WAIT })?;
        }
        Action::HighestSeenToken => {
            cluster.set_read_from(ReadFrom::Token { wait: WAIT })?;
        }
        Action::FenceAndAdvanceSequence => {
            for server in former_leaders(cluster) {
                switch_off(cluster, server, &mut pending)?;
            }
            let highest = cluster.issued().iter().filter_map(|(_, _, id, _)| id.parse::<u64>().ok()).max();
            if let Some(leader) = cluster.leader().map(str::to_owned) {
                cluster.advance_ids(&leader, highest.unwrap_or(0).saturating_add(GAP))?;
            }
            cluster.tell_clients();
        }
        Action::Uuids => {
            cluster.set_ids(Ids::Random)?;
        }
        Action::DropUniqueConstraint => {
            cluster.set_unique(false);
        }
        Action::StopOneNow => {
            if let Some(oldest) = accepting(cluster, cluster.now()).into_iter().next() {
                switch_off(cluster, oldest, &mut pending)?;
                cluster.tell_clients();
            }
        }
        Action::LetThemSync => {
            cluster.strike(Fault::Heal)?.tell_clients();
        }
    }
    Ok(pending)
}

fn switch_off(cluster: &mut LeaderFollower, server: String, pending: &mut Pending) -> Result<(), SetupError> {
    if cluster.is_running(&server)? {
        cluster.crash(&server)?;
    }
    pending.off.insert(server);
    Ok(())
}
