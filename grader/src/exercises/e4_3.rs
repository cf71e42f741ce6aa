//! E4.3 — The session-guarantee checker: what one client may rely on while it talks to several copies.

use std::collections::BTreeMap;
use std::fmt;

pub use replication_lab::log::Position;
pub use replication_lab::time::Time;

pub use copies::Copies;

use crate::exercise::Answer;

mod copies;
mod scenarios;

/// Four guarantees for one session (Terry et al., *Session Guarantees for Weakly Consistent Replicated Data*, PDIS 1994,
/// section 3). A copy *holds* a write if it has applied it, or its log entry, at the moment in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guarantee {
    /// A read comes from a copy that holds every write that its session made before.
    ReadYourWrites,
    /// A read comes from a copy that holds every write on which an earlier read of its session depended.
    MonotonicReads,
    /// Every copy that holds a write holds, before it, every write that its session made earlier.
    MonotonicWrites,
    /// Every copy that holds a write holds, before it, every write on which an earlier read of its session depended.
    WritesFollowReads,
}

impl Guarantee {
    /// All four.
    pub const ALL: [Guarantee; 4] =
        [Self::ReadYourWrites, Self::MonotonicReads, Self::MonotonicWrites, Self::WritesFollowReads];
}

impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadYourWrites => "read your writes",
            Self::MonotonicReads => "monotonic reads",
            Self::MonotonicWrites => "monotonic writes",
            Self::WritesFollowReads => "writes follow reads",
        })
    }
}

/// A write, by its place: the log of its partition, and its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Which log: a place in [`Run::logs`].
    pub log: usize,
    /// The entry's epoch and number.
    pub at: Position,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of log {}", self.at, self.log)
    }
}

/// What a copy had applied: of each log that it keeps, the last entry. A log that it does not keep is not in here.
pub type Applied = BTreeMap<usize, Position>;

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The leader put this entry into its log, and acknowledged it.
    Write(Entry),
    /// A copy answered.
    Read {
        /// What that copy had applied when it looked.
        applied: Applied,
        /// The write on which the answer depends, the newest that made it what it is; nothing if nothing was there.
        saw: Option<Entry>,
    },
}

/// One operation of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// When the client asked.
    pub began: Time,
    /// When it had its answer.
    pub ended: Time,
    /// What it did.
    pub action: Action,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            Action::Write(entry) => write!(f, "write {entry}"),
            Action::Read { applied, saw } => {
                match saw {
                    Some(entry) => write!(f, "read {entry}")?,
                    None => f.write_str("read nothing")?,
                }
                let applied: Vec<String> =
                    applied.iter().map(|(log, at)| format!("log {log}: {at}")).collect();
                write!(f, " where [{}] was applied", applied.join(", "))
            }
        }
    }
}

/// What one user did, on all devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub client: String,
    /// What, in the order in which it began. One operation comes *before* another in the session if it had ended when
    /// that one began, be it in the same instant. Operations that overlap, on two devices, bind each other to nothing.
    pub ops: Vec<Op>,
}

/// Sessions, and the logs that they wrote to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// The logs, one a partition. Each is told by its failovers: for an epoch, the last entry that its leader had taken
    /// over. What the log held behind that entry is not in the new leader's log. The first epoch took nothing over, and
    /// is not in here.
    pub logs: Vec<BTreeMap<u64, Position>>,
    /// The sessions.
    pub sessions: Vec<Session>,
}

impl Run {
    /// A run over one log that has had one leader.
    pub fn of_one_log(sessions: Vec<Session>) -> Self {
        Self { logs: vec![BTreeMap::new()], sessions }
    }

    /// The copies that were seen in this run, wherever anybody read.
    pub fn copies(&self) -> Copies {
        Copies::of(self)
    }
}

/// An operation that breaks a guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Whose: a place in [`Run::sessions`].
    pub session: usize,
    /// Which operation: a place in [`Session::ops`]. For the first two guarantees a read, for the others a write.
    pub operation: usize,
    /// What it breaks.
    pub guarantee: Guarantee,
    /// The earlier operation of the same session that it contradicts; of several, the last one.
    pub against: usize,
}

/// What the learner writes: all violations of a run, in any order. An operation that breaks a guarantee is listed once
/// for this guarantee, however many earlier operations it contradicts.
pub type Checker = fn(&Run) -> Vec<Violation>;

/// Wraps a learner's checker.
pub fn answer(check: Checker) -> Answer {
    Answer::new("E4.3", move |task, notes| scenarios::drive(check, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
