//! What many users' sessions were like.

use std::fmt;

use super::cluster::LeaderFollower;
use super::users::Came;
use crate::history::sessions::{Broken, Lineage, Violations, count_violations};
use crate::time::Time;
use crate::view::{Figure, Table, percentile};

/// One of the four session guarantees (Terry et al., PDIS 1994): see [`crate::history::sessions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// A read is not older than the session's own last write.
    ReadYourWrites,
    /// A read is not older than an earlier read of the session.
    MonotonicReads,
    /// A write comes after the session's earlier writes, wherever it is.
    MonotonicWrites,
    /// A write comes after what the session had read, wherever it is.
    WritesFollowReads,
}

impl Guarantee {
    /// All four.
    pub const ALL: [Guarantee; 4] =
        [Self::ReadYourWrites, Self::MonotonicReads, Self::MonotonicWrites, Self::WritesFollowReads];
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ReadYourWrites => "read your writes",
            Self::MonotonicReads => "monotonic reads",
            Self::MonotonicWrites => "monotonic writes",
            Self::WritesFollowReads => "writes follow reads",
        })
    }
}

/// What was measured of users' sessions.
///
/// A session is what one user did, on all devices; one that was told that what it saw is lost began anew there. A
/// violation of the first two guarantees is a read, one of the last two is a write, which happens only when a failover
/// loses what was acknowledged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionMeasures {
    /// Sessions.
    pub sessions: u32,
    /// How often each guarantee was broken.
    pub violations: Violations,
    /// Writes that were asked for.
    pub writes: u32,
    /// Of these, acknowledged.
    pub acknowledged: u32,
    /// Reads that were asked for.
    pub reads: u32,
    /// Of these, answered.
    pub answered: u32,
    /// Of the answered, by the leader.
    pub on_leader: u32,
    /// Of all reads, those that a server let wait for a position.
    pub waited: u32,
    /// Of all reads, those that were refused, because nobody was far enough or because of overload.
    pub refused: u32,
    /// Of all reads, those that were told that what the user saw is lost.
    pub told_lost: u32,
    /// Of all reads, those to which no answer came.
    pub unanswered: u32,
    /// Latencies of answered reads, ascending.
    pub read_latencies: Vec<Time>,
}

impl SessionMeasures {
    /// How often a guarantee was broken.
    pub fn broken(&self, guarantee: Guarantee) -> Broken {
        match guarantee {
            Guarantee::ReadYourWrites => self.violations.read_your_writes,
            Guarantee::MonotonicReads => self.violations.monotonic_reads,
            Guarantee::MonotonicWrites => self.violations.monotonic_writes,
            Guarantee::WritesFollowReads => self.violations.writes_follow_reads,
        }
    }

    /// Of 10,000 sessions, those that broke a guarantee at least once.
    pub fn per_10_000(&self, guarantee: Guarantee) -> f64 {
        10_000.0 * f64::from(self.broken(guarantee).sessions) / f64::from(self.sessions.max(1))
    }

    /// The share of answered reads that the leader answered.
    pub fn leader_share(&self) -> f64 {
        f64::from(self.on_leader) / f64::from(self.answered.max(1))
    }

    /// The latency below which a share of the answered reads lies.
    pub fn read_latency(&self, share: f64) -> Option<Time> {
        percentile(&self.read_latencies, share)
    }

    /// All figures in one table.
    pub fn figure(&self) -> Figure {
        let mut table = Table::new(["measure", "value"]).row(["sessions", &self.sessions.to_string()]);
        for guarantee in Guarantee::ALL {
            let Broken { sessions, operations } = self.broken(guarantee);
            table = table.row([
                format!("sessions that broke “{guarantee}”"),
                format!("{sessions}, in {operations} operations"),
            ]);
        }
        let ms = |share| self.read_latency(share).map_or("–".to_owned(), |time| time.to_string());
        table
            .row(["writes acknowledged", &format!("{} of {}", self.acknowledged, self.writes)])
            .row(["reads answered", &format!("{} of {}", self.answered, self.reads)])
            .row(["of them by the leader", &format!("{:.1} %", 100.0 * self.leader_share())])
            .row(["latency of a read, median / 99th percentile", &format!("{} / {}", ms(0.5), ms(0.99))])
            .row(["reads that waited for a position", &self.waited.to_string()])
            .row(["reads refused", &self.refused.to_string()])
            .row(["reads told that what the user saw is lost", &self.told_lost.to_string()])
            .row(["reads without an answer", &self.unanswered.to_string()])
            .figure()
    }
}

crate::shown_in_notebooks!(SessionMeasures);

impl LeaderFollower {
    /// Where the epochs begin in the log of whoever leads.
    pub fn lineage(&self) -> Lineage {
        Lineage(self.leader_id().map_or(Vec::new(), |leader| self.server_of(leader).lineage().to_vec()))
    }

    /// What the users' sessions were like so far.
    pub fn session_measures(&self) -> SessionMeasures {
        let mut measures = SessionMeasures::default();
        let Some(load) = &self.users else { return measures };
        measures.sessions = load.sessions();
        measures.violations = count_violations(&load.steps(), &self.lineage());
        for op in &load.ops {
            let write = matches!(op.came, Came::Wrote(_) | Came::NotWritten);
            *(if write { &mut measures.writes } else { &mut measures.reads }) += 1;
            measures.waited += u32::from(op.waited);
            match op.came {
                Came::Wrote(_) => measures.acknowledged += 1,
                Came::NotWritten => {}
                Came::Found { on_leader, .. } => {
                    measures.answered += 1;
                    measures.on_leader += u32::from(on_leader);
                    measures.read_latencies.push(op.took);
                }
                Came::Restarted => measures.told_lost += 1,
                Came::Refused => measures.refused += 1,
                Came::Unanswered => measures.unanswered += 1,
            }
        }
        measures.read_latencies.sort_unstable();
        measures
    }
}
