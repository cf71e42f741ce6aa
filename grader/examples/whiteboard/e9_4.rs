//! E9.4 as it is often written on a whiteboard: append, send, apply what is newer.

use std::collections::BTreeMap;

use grader::exercises::e9_4::{
    Body, Change, Data, Deposed, Entry, Follower, Lag, Leader, Machine, Mark, Message, NodeId, NotInLog,
    Position, ReplicationLog, Settings, Snapshot, Status, Time, Tip,
};

#[derive(Debug)]
pub struct Wal(Mark, Vec<Entry>);

impl ReplicationLog for Wal {
    fn new(base: Mark, _keep: usize) -> Self {
        Self(base, Vec::new())
    }

    fn append(&mut self, epoch: u64, change: Change, written: Time) -> Entry {
        let entry = Entry::behind(self.end(), epoch, change, written);
        self.1.push(entry.clone());
        entry
    }

    fn end(&self) -> Mark {
        self.1.last().map_or(self.0, Entry::mark)
    }

    fn entries_since(&self, after: Position, most: usize) -> Result<Vec<Entry>, NotInLog> {
        Ok(self.1.iter().filter(|entry| entry.at() > after).take(most).cloned().collect())
    }
}

#[derive(Debug)]
pub struct Primary {
    epoch: u64,
    log: Wal,
    data: Data,
    followers: BTreeMap<NodeId, Position>,
}

impl Leader for Primary {
    fn start(
        epoch: u64,
        snapshot: Snapshot,
        _entries: &[Entry],
        followers: &[NodeId],
        settings: Settings,
        _now: Time,
        _machine: &mut dyn Machine,
    ) -> Self {
        let log = Wal::new(snapshot.mark, settings.keep);
        let followers = followers.iter().map(|node| (*node, Position::default())).collect();
        Self { epoch, log, data: snapshot.data, followers }
    }

    fn write(&mut self, change: Change, now: Time, machine: &mut dyn Machine) -> Result<Position, Deposed> {
        let entry = self.log.append(self.epoch, change, now);
        machine.append(&entry);
        apply(&mut self.data, entry.change());
        for node in self.followers.keys() {
            let tip = Tip { epoch: self.epoch, end: self.log.end(), now };
            machine.send(*node, Message { tip, body: Body::Entries(vec![entry.clone()]) });
        }
        Ok(entry.at())
    }

    fn read(&self, key: &str) -> Option<String> {
        self.data.get(key).cloned()
    }

    fn receive(&mut self, from: NodeId, status: Status, _now: Time, _machine: &mut dyn Machine) {
        self.followers.insert(from, status.applied);
    }

    fn tick(&mut self, _now: Time, _machine: &mut dyn Machine) {}

    fn replicated(&self, copies: usize) -> Position {
        let mut applied: Vec<Position> = self.followers.values().copied().collect();
        applied.sort();
        applied.iter().rev().nth(copies.max(1) - 1).copied().unwrap_or_default()
    }
}

#[derive(Debug)]
pub struct Standby {
    epoch: u64,
    applied: Snapshot,
    pending: Vec<Entry>,
    end: Mark,
}

impl Follower for Standby {
    fn start(epoch: u64, snapshot: Snapshot, _room: usize) -> Self {
        Self { epoch, end: snapshot.mark, applied: snapshot, pending: Vec::new() }
    }

    fn receive(&mut self, message: Message) -> Status {
        self.end = message.tip.end;
        if let Body::Entries(entries) = message.body {
            self.pending.extend(entries);
        }
        self.apply_pending(0)
    }

    fn apply_pending(&mut self, most: usize) -> Status {
        let count = most.min(self.pending.len());
        for entry in self.pending.drain(..count) {
            if entry.at() > self.applied.mark.at {
                apply(&mut self.applied.data, entry.change());
                self.applied.mark = entry.mark();
            }
        }
        Status { epoch: self.epoch, applied: self.applied.mark.at, wants: None }
    }

    fn read(&self, key: &str) -> Option<String> {
        self.applied.data.get(key).cloned()
    }

    fn lag_behind(&self, now: Time) -> Lag {
        let applied = self.applied.mark;
        let entries = self.end.at.lsn.saturating_sub(applied.at.lsn);
        Lag { entries, bytes: self.end.bytes.saturating_sub(applied.bytes), time: now.since(applied.written) }
    }

    fn snapshot(&self) -> Snapshot {
        self.applied.clone()
    }
}

fn apply(data: &mut Data, change: &Change) {
    match change {
        Change::Begin => {}
        Change::Put(key, value) => drop(data.insert(key.clone(), value.clone())),
        Change::Delete(key) => drop(data.remove(key)),
    }
}
