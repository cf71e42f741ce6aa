//! Positions that survive a failover.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The place of an entry in a log that has had more than one leader: first the epoch (PostgreSQL: timeline; MongoDB
/// and Raft: term) in which the entry was written, then its number. Of two logs the one with the higher position
/// holds more of the newest history.
///
/// # Examples
/// ```
/// use replication_lab::log::Position;
/// // 5000 of the old leader is less than 4991 of the new one.
/// assert!(Position::new(1, 5_000) < Position::new(2, 4_991));
/// assert_eq!(Position::new(2, 4_991).to_string(), "4991@2");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The epoch in which the entry was written; the first is 1.
    pub epoch: u64,
    /// The entry's number. The first is 1; 0 stands before all.
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
        write!(f, "{}@{}", self.lsn, self.epoch)
    }
}
