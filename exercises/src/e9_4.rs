//! E9.4 — The replication stream (42 points)
//!
//! The coding drill that shows what replication lag *is*. A leader keeps a log and sends every entry to its followers. A
//! follower applies them in order, later. You write all three parts: the log, the leader, the follower.
//!
//! Many first answers hide the lag by accident: they apply what waits whenever somebody reads. Then no read is ever stale,
//! and nothing was learnt. Here a follower shows **what is applied and nothing else**. The rest is what a real stream has
//! to cope with:
//!
//! - Entries come late, twice, in the wrong order, or not at all. A follower applies an entry only directly behind the
//!   one that the entry names as its predecessor (`Entry::after`). What comes too early waits; what never comes is asked
//!   for.
//! - Nothing grows without end: the log keeps its last entries, a message has a limit, and so has what waits at a follower.
//!   A follower that comes too late for the log gets a snapshot.
//! - A follower tells what it has *applied*. From that a leader knows which writes would survive it.
//! - Positions have an epoch. A deposed leader's messages change nothing, and its log may have gone another way: the same
//!   number is then another entry.
//!
//! What Rust settles: `write` takes `&mut self`, so appending, applying and sending are one step, and two writers can't get
//! them into two orders. Reading takes `&self`, so that nobody reads a log that is being changed. Simplified here: all
//! clocks agree, a snapshot fits in one message, and a follower that is promoted has no log of its own from before.
//!
//! Check it with `cargo course check E9.4`, or with
//! `cargo test -p exercises e9_4`. Stuck? `cargo course hint E9.4`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_4::{
    Body, Change, Data, Deposed, Entry, Follower, Lag, Leader, Machine, Mark, Message, NodeId, NotInLog,
    Position, ReplicationLog, Settings, Snapshot, Status, Time, Tip,
};

/// The log in the leader's memory.
#[derive(Clone, Debug)]
pub struct Wal {
    // Choose what to remember here.
}

impl ReplicationLog for Wal {
    fn new(base: Mark, keep: usize) -> Self {
        todo!("an empty log behind {base:?}, of {keep} entries at most")
    }

    fn append(&mut self, epoch: u64, change: Change, written: Time) -> Entry {
        todo!("append {change} in epoch {epoch} at {written}; does the oldest entry go?")
    }

    fn end(&self) -> Mark {
        todo!("where does the log end?")
    }

    fn entries_since(&self, after: Position, most: usize) -> Result<Vec<Entry>, NotInLog> {
        todo!("is {after} a position of this log? then the next {most} entries")
    }
}

/// The server that writes.
#[derive(Debug)]
pub struct Primary {
    // Choose what to remember here.
}

impl Leader for Primary {
    fn start(
        epoch: u64,
        snapshot: Snapshot,
        entries: &[Entry],
        followers: &[NodeId],
        settings: Settings,
        now: Time,
        machine: &mut dyn Machine,
    ) -> Self {
        let _ = (snapshot, entries, followers, settings, now, machine);
        todo!("bring log and data back; does epoch {epoch} begin?")
    }

    fn write(&mut self, change: Change, now: Time, machine: &mut dyn Machine) -> Result<Position, Deposed> {
        let _ = machine;
        todo!("{change} at {now}: log, disk, data, followers")
    }

    fn read(&self, key: &str) -> Option<String> {
        todo!("what is {key}?")
    }

    fn receive(&mut self, from: NodeId, status: Status, now: Time, machine: &mut dyn Machine) {
        let _ = (now, machine);
        todo!("{from:?} reports {status:?}: what do you learn, and what does it need?")
    }

    fn tick(&mut self, now: Time, machine: &mut dyn Machine) {
        let _ = machine;
        todo!("a heartbeat to everybody, at {now}")
    }

    fn replicated(&self, copies: usize) -> Position {
        todo!("how far are at least {copies} followers?")
    }
}

/// A server that follows.
#[derive(Debug)]
pub struct Standby {
    // Choose what to remember here.
}

impl Follower for Standby {
    fn start(epoch: u64, snapshot: Snapshot, room: usize) -> Self {
        todo!("start in epoch {epoch} from {snapshot:?}, with room for {room} entries")
    }

    fn receive(&mut self, message: Message) -> Status {
        todo!("is {message:?} of an epoch that counts? then what does it bring?")
    }

    fn apply_pending(&mut self, most: usize) -> Status {
        todo!("apply up to {most} entries that follow without a gap")
    }

    fn read(&self, key: &str) -> Option<String> {
        todo!("what is {key} here?")
    }

    fn lag_behind(&self, now: Time) -> Lag {
        todo!("entries, bytes and time, at {now}")
    }

    fn snapshot(&self) -> Snapshot {
        todo!("a copy of what is applied")
    }
}
