//! One workload and one story of trouble, run on different systems, so that what is measured can be compared.
//!
//! # Model
//! Servers stand in regions, and so do clients. Every client does the same operations after the same pauses, one after
//! the other, whatever the system; trouble comes at the same time to the same place. What is measured is what the
//! clients saw, and what is left at the end.
//!
//! # Limits
//! One key at a time: no transactions. Work takes no processor. A client gives an operation up after two seconds.
//!
//! # Examples
//! ```
//! use replication_lab::comparison::{Story, System, Workload};
//! use replication_lab::quorum::Level;
//!
//! let cut = Workload { story: Story::Partition, ..Workload::default() };
//! let fast = cut.run(&System::Quorum { write: Level::One, read: Level::One })?;
//! let safe = cut.run(&System::Quorum { write: Level::Quorum, read: Level::Quorum })?;
//! assert!(fast.stale > safe.stale, "two quorums share a replica");
//! assert!(safe.without_writes > fast.without_writes, "who is cut off from the majority can't write");
//! # Ok::<(), replication_lab::comparison::ComparisonError>(())
//! ```

mod by_log;
mod by_quorum;
mod by_raft;
mod measure;
mod story;
mod workload;

use std::fmt;

pub use measure::Measured;
pub(crate) use measure::{latency, seconds};
pub use story::Story;
pub use workload::{Step, Workload};

use crate::quorum::Level;
use crate::raft::RaftError;
use crate::{leader_follower, leaderless, raft};

/// A system to run it on. Servers, clients, regions, seed and the clients' patience come from the workload.
#[derive(Clone, Debug)]
pub enum System {
    /// A leader, the first server, and followers of its log.
    Log(Box<leader_follower::Builder>),
    /// Equal replicas, last write wins by clocks that are off by up to 20 ms.
    Quorum {
        /// How many replicas a write waits for.
        write: Level,
        /// How many a read waits for.
        read: Level,
    },
    /// Servers that agree by majority.
    Raft {
        /// The cluster.
        builder: Box<raft::Builder>,
        /// Whether each client's keys are a range of their own, led by the nearest server.
        ranges: bool,
        /// Whether any server may answer a read, with what it knows.
        anywhere: bool,
    },
}

/// A run that can't be.
#[derive(Clone, Debug, PartialEq)]
pub enum ComparisonError {
    /// There are no servers, or no clients.
    Nobody,
    /// A cluster with a log can't be.
    Log(leader_follower::SetupError),
    /// A cluster of equal replicas can't be.
    Quorum(leaderless::SetupError),
    /// A cluster of Raft can't be.
    Raft(RaftError),
}

impl fmt::Display for ComparisonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("no servers or no clients: name a region for each"),
            Self::Log(error) => error.fmt(f),
            Self::Quorum(error) => error.fmt(f),
            Self::Raft(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ComparisonError {}

impl From<leader_follower::SetupError> for ComparisonError {
    fn from(error: leader_follower::SetupError) -> Self {
        Self::Log(error)
    }
}

impl From<leaderless::SetupError> for ComparisonError {
    fn from(error: leaderless::SetupError) -> Self {
        Self::Quorum(error)
    }
}

impl From<RaftError> for ComparisonError {
    fn from(error: RaftError) -> Self {
        Self::Raft(error)
    }
}
