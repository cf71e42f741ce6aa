//! E2.3 — The epoch guard: storage that refuses a leader whose time is over.

use std::fmt::Debug;

pub use super::position::Position;
pub use replication_lab::trace::NodeId;

use crate::exercise::Answer;

mod harness;
mod scenarios;

/// A write that a leader asks the storage to keep, in the leader's own log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// Who asks.
    pub writer: NodeId,
    /// Its place: the epoch in which the writer believes to lead, and its log sequence number.
    pub at: Position,
}

/// What the storage writes to its disk. What is not there is gone when the storage restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// A leader has opened an epoch.
    Opened {
        /// The epoch.
        epoch: u64,
        /// Its leader.
        leader: NodeId,
    },
    /// A write that is kept.
    Written(Write),
}

/// The storage's disk.
pub trait Disk {
    /// Appends a record. Whoever asked gets the storage's answer only when the record is on the disk.
    fn append(&mut self, record: Record);
}

/// What became of a write that is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept.
    New,
    /// It was kept before: the leader asked twice because an answer was lost. It is not kept a second time.
    Before,
}

/// Why the storage refuses. Nothing is written then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The epoch is over: the storage has seen a higher one.
    Stale {
        /// The epoch of the one who asked.
        epoch: u64,
        /// The highest that the storage has seen.
        highest: u64,
    },
    /// The epoch belongs to another leader, who was the first to open it or to write in it.
    Taken {
        /// The epoch.
        epoch: u64,
        /// Whose it is.
        by: NodeId,
    },
}

/// What the learner writes: the guard of a storage server on which all leaders keep their logs.
pub trait Storage: Debug + Send + Sized {
    /// Starts with what is on the disk, in the order in which it was appended; nothing, the first time.
    fn start(records: &[Record]) -> Self;

    /// A leader announces its epoch, before its first write. From then on the storage has seen that epoch.
    ///
    /// # Errors
    /// When the epoch is over, or another leader's.
    fn open(&mut self, epoch: u64, leader: NodeId, disk: &mut dyn Disk) -> Result<(), Refused>;

    /// A leader asks to keep a write. An epoch that nobody has opened is seen, and taken, by its first write.
    ///
    /// # Errors
    /// When the write's epoch is over, or another leader's; also for a write that was kept before.
    fn write(&mut self, write: Write, disk: &mut dyn Disk) -> Result<Kept, Refused>;
}

/// Wraps a learner's storage.
pub fn answer<S: Storage + 'static>() -> Answer {
    Answer::new("E2.3", scenarios::drive::<S>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
