//! E2.3 — The epoch guard: storage that refuses a leader whose time is over.

// BEGIN SOLUTION
use std::collections::BTreeSet;

// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_3::{Disk, Kept, NodeId, Position, Record, Refused, Storage, Write};

/// The storage, with its guard.
#[derive(Debug)]
pub struct Guarded {
    // Choose what to remember here. All of it must come back from the disk.
    // BEGIN SOLUTION
    // The highest epoch that was seen, and whose it is; nobody's yet at first.
    highest: u64,
    leader: Option<NodeId>,
    kept: BTreeSet<Position>,
    // END SOLUTION
}

impl Storage for Guarded {
    fn start(records: &[Record]) -> Self {
        // BEGIN SOLUTION todo!("go through {records:?} and remember what they say")
        let mut storage = Self { highest: 0, leader: None, kept: BTreeSet::new() };
        for record in records {
            storage.remember(record);
        }
        storage
        // END SOLUTION
    }

    fn open(&mut self, epoch: u64, leader: NodeId, disk: &mut dyn Disk) -> Result<(), Refused> {
        // BEGIN SOLUTION let _ = disk;\ntodo!("check epoch {epoch} for {leader:?}; if it is new, put it on the disk and remember it")
        self.check(epoch, leader)?;
        if epoch > self.highest {
            let record = Record::Opened { epoch, leader };
            disk.append(record);
            self.remember(&record);
        }
        Ok(())
        // END SOLUTION
    }

    fn write(&mut self, write: Write, disk: &mut dyn Disk) -> Result<Kept, Refused> {
        // BEGIN SOLUTION let _ = disk;\ntodo!("check the epoch of {write:?}; keep it, unless it is kept already")
        self.check(write.at.epoch, write.writer)?;
        if self.kept.contains(&write.at) {
            return Ok(Kept::Before);
        }
        let record = Record::Written(write);
        disk.append(record);
        self.remember(&record);
        Ok(Kept::New)
        // END SOLUTION
    }
}

impl Guarded {
    /// Whether this node may do something in this epoch.
    pub fn check(&self, epoch: u64, node: NodeId) -> Result<(), Refused> {
        // BEGIN SOLUTION todo!("is epoch {epoch} over? is it another leader's than {node:?}'s?")
        if epoch < self.highest {
            return Err(Refused::Stale { epoch, highest: self.highest });
        }
        match self.leader {
            Some(leader) if epoch == self.highest && leader != node => {
                Err(Refused::Taken { epoch, by: leader })
            }
            _ => Ok(()),
        }
        // END SOLUTION
    }

    /// Remembers what a record says: one that was just written, or one that was found on the disk.
    pub fn remember(&mut self, record: &Record) {
        // BEGIN SOLUTION todo!("which epoch, which leader, which write does {record:?} speak of?")
        let (epoch, leader) = match record {
            Record::Opened { epoch, leader } => (*epoch, *leader),
            Record::Written(write) => (write.at.epoch, write.writer),
        };
        if epoch > self.highest {
            (self.highest, self.leader) = (epoch, Some(leader));
        }
        if let Record::Written(write) = record {
            self.kept.insert(write.at);
        }
        // END SOLUTION
    }
}
