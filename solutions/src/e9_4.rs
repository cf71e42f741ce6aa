//! E9.4 — A replication stream: a log, a leader that sends it, followers that apply it.

// BEGIN SOLUTION
use std::collections::{BTreeMap, VecDeque};

// END SOLUTION
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
    // BEGIN SOLUTION
    // The end of the last entry that is not kept any more.
    base: Mark,
    entries: VecDeque<Entry>,
    keep: usize,
    // END SOLUTION
}

impl ReplicationLog for Wal {
    fn new(base: Mark, keep: usize) -> Self {
        // BEGIN SOLUTION todo!("an empty log behind {base:?}, of {keep} entries at most")
        Self { base, entries: VecDeque::new(), keep }
        // END SOLUTION
    }

    fn append(&mut self, epoch: u64, change: Change, written: Time) -> Entry {
        // BEGIN SOLUTION todo!("append {change} in epoch {epoch} at {written}; does the oldest entry go?")
        let entry = Entry::behind(self.end(), epoch, change, written);
        self.entries.push_back(entry.clone());
        if self.entries.len() > self.keep
            && let Some(oldest) = self.entries.pop_front()
        {
            self.base = oldest.mark();
        }
        entry
        // END SOLUTION
    }

    fn end(&self) -> Mark {
        // BEGIN SOLUTION todo!("where does the log end?")
        self.entries.back().map_or(self.base, Entry::mark)
        // END SOLUTION
    }

    fn entries_since(&self, after: Position, most: usize) -> Result<Vec<Entry>, NotInLog> {
        // BEGIN SOLUTION todo!("is {after} a position of this log? then the next {most} entries")
        let skipped = after.lsn.checked_sub(self.base.at.lsn).ok_or(NotInLog)? as usize;
        let there = match skipped {
            0 => Some(self.base.at),
            _ => self.entries.get(skipped - 1).map(Entry::at),
        };
        if there != Some(after) {
            return Err(NotInLog);
        }
        Ok(self.entries.range(skipped..).take(most).cloned().collect())
        // END SOLUTION
    }
}

/// The server that writes.
#[derive(Debug)]
pub struct Primary {
    // Choose what to remember here.
    // BEGIN SOLUTION
    epoch: u64,
    log: Wal,
    data: Data,
    // What each follower has applied, as it told.
    followers: BTreeMap<NodeId, Position>,
    settings: Settings,
    deposed: Option<u64>,
    // END SOLUTION
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
        // BEGIN SOLUTION let _ = (snapshot, entries, followers, settings, now, machine);\ntodo!("bring log and data back; does epoch {epoch} begin?")
        let mut log = Wal::new(snapshot.mark, settings.keep);
        let mut data = snapshot.data;
        for entry in entries {
            log.append(entry.at().epoch, entry.change().clone(), entry.mark().written);
            apply(&mut data, entry.change());
        }
        let followers = followers.iter().map(|node| (*node, Position::default())).collect();
        let mut primary = Self { epoch, log, data, followers, settings, deposed: None };
        if primary.log.end().at.epoch < epoch {
            // It can't be deposed yet.
            let _ = primary.write(Change::Begin, now, machine);
        }
        primary
        // END SOLUTION
    }

    fn write(&mut self, change: Change, now: Time, machine: &mut dyn Machine) -> Result<Position, Deposed> {
        // BEGIN SOLUTION let _ = machine;\ntodo!("{change} at {now}: log, disk, data, followers")
        if let Some(by) = self.deposed {
            return Err(Deposed { by });
        }
        let entry = self.log.append(self.epoch, change, now);
        machine.append(&entry);
        apply(&mut self.data, entry.change());
        for node in self.followers.keys() {
            machine.send(*node, self.message(Body::Entries(vec![entry.clone()]), now));
        }
        Ok(entry.at())
        // END SOLUTION
    }

    fn read(&self, key: &str) -> Option<String> {
        // BEGIN SOLUTION todo!("what is {key}?")
        self.data.get(key).cloned()
        // END SOLUTION
    }

    fn receive(&mut self, from: NodeId, status: Status, now: Time, machine: &mut dyn Machine) {
        // BEGIN SOLUTION let _ = (now, machine);\ntodo!("{from:?} reports {status:?}: what do you learn, and what does it need?")
        if status.epoch > self.epoch {
            self.deposed = self.deposed.max(Some(status.epoch));
        }
        if self.deposed.is_some() {
            return;
        }
        let applied = self.followers.entry(from).or_default();
        if status.epoch < self.epoch {
            return;
        }
        *applied = status.applied;
        if let Some(after) = status.wants {
            let body = match self.log.entries_since(after, self.settings.batch) {
                Ok(entries) => Body::Entries(entries),
                Err(NotInLog) => Body::Snapshot(Snapshot { mark: self.log.end(), data: self.data.clone() }),
            };
            machine.send(from, self.message(body, now));
        }
        // END SOLUTION
    }

    fn tick(&mut self, now: Time, machine: &mut dyn Machine) {
        // BEGIN SOLUTION let _ = machine;\ntodo!("a heartbeat to everybody, at {now}")
        if self.deposed.is_some() {
            return;
        }
        for node in self.followers.keys() {
            machine.send(*node, self.message(Body::Heartbeat, now));
        }
        // END SOLUTION
    }

    fn replicated(&self, copies: usize) -> Position {
        // BEGIN SOLUTION todo!("how far are at least {copies} followers?")
        let mut applied: Vec<Position> = self.followers.values().copied().collect();
        applied.sort_by(|a, b| b.cmp(a));
        match copies {
            0 => self.log.end().at,
            _ => applied.get(copies - 1).copied().unwrap_or_default(),
        }
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Primary {
    fn message(&self, body: Body, now: Time) -> Message {
        Message { tip: Tip { epoch: self.epoch, end: self.log.end(), now }, body }
    }
}

fn apply(data: &mut Data, change: &Change) {
    match change {
        Change::Begin => {}
        Change::Put(key, value) => drop(data.insert(key.clone(), value.clone())),
        Change::Delete(key) => drop(data.remove(key)),
    }
}
// END SOLUTION

/// A server that follows.
#[derive(Debug)]
pub struct Standby {
    // Choose what to remember here.
    // BEGIN SOLUTION
    epoch: u64,
    applied: Snapshot,
    pending: BTreeMap<Position, Entry>,
    room: usize,
    // The furthest that the leader of this epoch told of itself.
    tip: Option<Tip>,
    // END SOLUTION
}

impl Follower for Standby {
    fn start(epoch: u64, snapshot: Snapshot, room: usize) -> Self {
        // BEGIN SOLUTION todo!("start in epoch {epoch} from {snapshot:?}, with room for {room} entries")
        Self { epoch, applied: snapshot, pending: BTreeMap::new(), room, tip: None }
        // END SOLUTION
    }

    fn receive(&mut self, message: Message) -> Status {
        // BEGIN SOLUTION todo!("is {message:?} of an epoch that counts? then what does it bring?")
        let Message { tip, body } = message;
        if tip.epoch < self.epoch {
            return self.status();
        }
        if tip.epoch > self.epoch {
            self.epoch = tip.epoch;
            self.pending.clear();
            self.tip = None;
        }
        let told = |tip: &Tip| (tip.now, tip.end.at);
        if self.tip.is_none_or(|known| told(&known) < told(&tip)) {
            self.tip = Some(tip);
        }
        match body {
            Body::Heartbeat => {}
            Body::Entries(entries) => entries.into_iter().for_each(|entry| self.keep(entry)),
            Body::Snapshot(snapshot) => {
                if snapshot.mark.at > self.applied.mark.at {
                    self.applied = snapshot;
                    self.pending = self.pending.split_off(&self.applied.mark.at);
                    self.pending.remove(&self.applied.mark.at);
                }
            }
        }
        self.status()
        // END SOLUTION
    }

    fn apply_pending(&mut self, most: usize) -> Status {
        // BEGIN SOLUTION todo!("apply up to {most} entries that follow without a gap")
        for _ in 0..most {
            let Some(next) = self.pending.first_entry() else { break };
            if next.get().after() != self.applied.mark.at {
                break;
            }
            let entry = next.remove();
            apply(&mut self.applied.data, entry.change());
            self.applied.mark = entry.mark();
        }
        self.status()
        // END SOLUTION
    }

    fn read(&self, key: &str) -> Option<String> {
        // BEGIN SOLUTION todo!("what is {key} here?")
        self.applied.data.get(key).cloned()
        // END SOLUTION
    }

    fn lag_behind(&self, now: Time) -> Lag {
        // BEGIN SOLUTION todo!("entries, bytes and time, at {now}")
        let applied = self.applied.mark;
        let end = self.tip.map_or(applied, |tip| tip.end);
        let level = self.tip.filter(|tip| tip.end.at <= applied.at).map_or(Time::ZERO, |tip| tip.now);
        Lag {
            entries: end.at.lsn.saturating_sub(applied.at.lsn),
            bytes: end.bytes.saturating_sub(applied.bytes),
            time: now.since(applied.written.max(level)),
        }
        // END SOLUTION
    }

    fn snapshot(&self) -> Snapshot {
        // BEGIN SOLUTION todo!("a copy of what is applied")
        self.applied.clone()
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Standby {
    /// Lets an entry wait. If there is no room, the furthest one has to go.
    fn keep(&mut self, entry: Entry) {
        if entry.at() > self.applied.mark.at {
            self.pending.insert(entry.at(), entry);
            if self.pending.len() > self.room {
                self.pending.pop_last();
            }
        }
    }

    fn status(&self) -> Status {
        // How far it would come, if it applied all that waits.
        let (mut reach, mut waiting) = (self.applied.mark.at, 0);
        for entry in self.pending.values() {
            if entry.after() != reach {
                break;
            }
            (reach, waiting) = (entry.at(), waiting + 1);
        }
        let goes_on = self.tip.is_some_and(|tip| tip.end.at > reach);
        let wants = (goes_on && waiting < self.room).then_some(reach);
        Status { epoch: self.epoch, applied: self.applied.mark.at, wants }
    }
}
// END SOLUTION
