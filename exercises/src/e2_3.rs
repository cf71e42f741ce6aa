//! E2.3 — The epoch guard (16 points)
//!
//! L led in epoch 1 and fell silent. At 32 s, F1 was promoted to lead in epoch 2. But L was not dead: its process stood
//! still, and at 40 s it wakes. It does not know that time has passed. Requests of clients wait for it, and it writes.
//!
//! The last place that can stop it is the storage. Write its guard. The rule is short: **what belongs to an epoch below the
//! highest that was ever seen is refused.** Four things make it hard:
//!
//! - A leader *opens* its epoch before its first write. That alone ends all epochs below.
//! - An epoch has one leader: the first who opens it, or writes in it. Whoever else comes with the same number is refused
//!   too. (Two controllers can give out the same number. The guard notices; it can't know which of the two is right.)
//! - The storage can crash. What it has promised must be on the disk before it answers.
//! - Answers get lost, so leaders ask twice. A write is kept once. A write of an epoch that is over is refused, *even if it
//!   was kept before*: “kept” would promise that the new leader has it.
//!
//! L, F1 and F2 keep their logs on one storage server here, each its own, and nobody reads another's. (Where the new leader
//! does read the old one's log, as in Aurora or BookKeeper, nothing is lost.) Real guards of this kind: SCSI reservations,
//! the epoch of a ZooKeeper or Raft leader, Kafka's leader epoch. Where the old leader writes to a disk of its own that
//! nobody guards, an epoch alone stops nothing: then it takes a lease, or fencing.
//!
//! Check it with `cargo course check E2.3`, or with
//! `cargo test -p exercises e2_3`. Stuck? `cargo course hint E2.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_3::{Disk, Kept, NodeId, Position, Record, Refused, Storage, Write};

/// The storage, with its guard.
#[derive(Debug)]
pub struct Guarded {
    // Choose what to remember here. All of it must come back from the disk.
}

impl Storage for Guarded {
    fn start(records: &[Record]) -> Self {
        todo!("go through {records:?} and remember what they say")
    }

    fn open(&mut self, epoch: u64, leader: NodeId, disk: &mut dyn Disk) -> Result<(), Refused> {
        let _ = disk;
        todo!("check epoch {epoch} for {leader:?}; if it is new, put it on the disk and remember it")
    }

    fn write(&mut self, write: Write, disk: &mut dyn Disk) -> Result<Kept, Refused> {
        let _ = disk;
        todo!("check the epoch of {write:?}; keep it, unless it is kept already")
    }
}

impl Guarded {
    /// Whether this node may do something in this epoch.
    pub fn check(&self, epoch: u64, node: NodeId) -> Result<(), Refused> {
        todo!("is epoch {epoch} over? is it another leader's than {node:?}'s?")
    }

    /// Remembers what a record says: one that was just written, or one that was found on the disk.
    pub fn remember(&mut self, record: &Record) {
        todo!("which epoch, which leader, which write does {record:?} speak of?")
    }
}
