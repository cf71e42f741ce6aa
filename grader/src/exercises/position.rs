//! Where a log has got to, once there has been more than one leader.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a replicated log: the epoch of the leader that wrote there, and its log sequence number.
///
/// The number alone is not enough. After a failover the new leader writes from where *it* was, so the same number names
/// two different writes, one of either leader. Positions are ordered by epoch first (Raft calls it the term, PostgreSQL
/// the timeline).
///
/// # Examples
/// ```
/// use grader::exercises::position::Position;
/// assert!(Position::new(2, 4_991) > Position::new(1, 5_000));
/// assert_eq!(Position::new(2, 4_991).to_string(), "4991 of epoch 2");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Epoch of the leader that wrote there.
    pub epoch: u64,
    /// Log sequence number. What it counts is the log's own business: writes, or bytes as in PostgreSQL.
    pub lsn: u64,
}

impl Position {
    /// A position.
    pub const fn new(epoch: u64, lsn: u64) -> Self {
        Self { epoch, lsn }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of epoch {}", self.lsn, self.epoch)
    }
}
