//! A leader takes writes, and says when they are committed.

use super::{Out, Pending, Role, Server};
use crate::leader_follower::entry::{Change, Entry, OpId};
use crate::leader_follower::message::{Message, Reply, Request, Timer, Told};
use crate::leader_follower::rule::{Rule, Standby};
use crate::leader_follower::setup::{CommitLevel, Ids};
use crate::log::Position;

/// How far PostgreSQL's log runs ahead of a sequence: `SEQ_LOG_VALS`.
const IDS_AHEAD: u64 = 32;

impl Server {
    /// Takes a write into the log, if this server leads and may write.
    pub(super) fn accept(&mut self, op: OpId, request: &Request, out: &mut Out<'_>) {
        if self.role == Role::Leader && !self.has_lease(out) {
            self.step_down("its lease is over", out);
        }
        if let (Role::Follower(Some(_)), Request::Put(key, value)) = (self.role, request)
            && self.settings(out.me()).writable
        {
            let position = Position::new(self.epoch, self.confirmed.applied);
            self.table.rows.insert(key.clone(), value.clone());
            out.note(|| format!("takes {key}={value} as a follower"));
            out.output(Told::Accepted(position, op, None));
            out.send(op.client, Message::Reply(op, Reply::Written { position, id: None }));
            return;
        }
        if self.role != Role::Leader {
            let reply =
                if self.role == Role::Stopped { Reply::Refused("disk full") } else { Reply::NotLeader };
            out.send(op.client, Message::Reply(op, reply));
            return;
        }
        // An operation that is in the log already: the client asks again because no answer came.
        if self.table.ops.contains(&op) {
            let position = Position::new(self.epoch, self.confirmed.applied);
            out.send(op.client, Message::Reply(op, Reply::Written { position, id: None }));
            return;
        }
        if self.pending.values().any(|pending| pending.op == op) {
            return;
        }
        let (change, id) = match request {
            Request::Put(key, value) => (Change::Put { key: key.clone(), value: value.clone() }, None),
            Request::DeleteAll => (Change::DeleteAll, None),
            Request::Insert(row) => {
                let id = self.issue_id(out);
                (Change::Insert { id: id.clone(), row: row.clone() }, Some(id))
            }
            Request::Get(_) | Request::GetAt { .. } => return,
        };
        let position = self.append(change, Some(op), out);
        out.output(Told::Accepted(position, op, id.clone()));
        self.pending.insert(position.lsn, Pending { op, id });
        if self.topology.settings.level == CommitLevel::Off {
            self.release(out);
            if !self.writing_log {
                self.writing_log = true;
                out.after(self.topology.settings.wal_writer_delay, Timer::WriteLog);
            }
        } else {
            self.write_log(out);
            if let Some(span) = self.topology.settings.fall_back.filter(|_| !self.degraded) {
                out.after_in_background(span, Timer::FallBack(position.lsn));
            }
        }
    }

    fn append(&mut self, change: Change, op: Option<OpId>, out: &mut Out<'_>) -> Position {
        let position = Position::new(self.epoch, self.journal.end().lsn + 1);
        let bytes = self.topology.settings.row_bytes;
        self.journal.push(Entry { position, change, op, bytes, written: out.now() }, None);
        position
    }

    fn issue_id(&mut self, out: &mut Out<'_>) -> String {
        match self.topology.settings.ids {
            Ids::Counter => {
                self.next_id += 1;
                (self.next_id - 1).to_string()
            }
            Ids::LoggedSequence => {
                let id = self.next_id;
                if id > self.table.reserved {
                    let up_to = id + IDS_AHEAD;
                    self.append(Change::ReserveIds(up_to), None, out);
                    self.table.reserved = up_to;
                }
                self.next_id += 1;
                id.to_string()
            }
            Ids::Ranges => {
                let servers = self.topology.settings.servers.len() as u64;
                let mine = u64::from(out.me().0) % servers;
                while self.next_id % servers != mine {
                    self.next_id += 1;
                }
                self.next_id += 1;
                (self.next_id - 1).to_string()
            }
            Ids::Random => format!("{:016x}", out.rng().bits()),
        }
    }

    /// What the next id is for somebody who begins to lead with this table.
    pub(super) fn continue_ids(&mut self) {
        self.next_id = match self.topology.settings.ids {
            Ids::LoggedSequence => self.table.reserved + 1,
            _ => self.table.highest_id + 1,
        };
    }

    /// The next id that this server issues is above this one.
    pub(in crate::leader_follower) fn advance_ids(&mut self, above: u64) {
        self.next_id = self.next_id.max(above.saturating_add(1));
    }

    /// Writes what is only in memory to the disk's cache, and asks for it to be flushed.
    pub(super) fn write_log(&mut self, out: &mut Out<'_>) {
        for entry in self.journal.in_memory() {
            let lsn = entry.position.lsn;
            match out.append(entry) {
                Ok(place) => self.journal.written(lsn, place),
                Err(full) => {
                    self.role = Role::Stopped;
                    out.note(|| format!("stops: {full}"));
                    out.output(Told::StepsDown("its disk is full"));
                    return;
                }
            }
        }
        self.confirmed.written = self.journal.end().lsn;
        out.sync(Timer::Flushed(self.confirmed.written));
    }

    /// The log is on the disk up to this entry.
    pub(super) fn flushed(&mut self, lsn: u64, out: &mut Out<'_>) {
        // A log that has been cut back meanwhile has a lower end.
        self.confirmed.flushed = self.confirmed.flushed.max(lsn.min(self.journal.end().lsn));
        if self.role == Role::Leader {
            out.note(|| format!("WAL flushed up to {lsn}"));
            self.release(out);
        } else {
            self.apply_next(out);
            self.confirm(out);
        }
        self.ship_to_all(out);
    }

    /// The followers as the rule sees them.
    pub(in crate::leader_follower) fn standbys(&self) -> Vec<Standby> {
        let confirmed = |downstream: &super::Downstream| match self.topology.settings.level {
            CommitLevel::RemoteWrite => downstream.confirmed.written,
            CommitLevel::RemoteApply => downstream.confirmed.applied,
            _ => downstream.confirmed.flushed,
        };
        self.downstreams.values().map(|d| Standby { name: d.name.clone(), confirmed: confirmed(d) }).collect()
    }

    /// Tells the clients of all writes that are committed by now.
    pub(super) fn release(&mut self, out: &mut Out<'_>) {
        if self.role != Role::Leader {
            return;
        }
        let settings = &self.topology.settings;
        let local = match settings.level {
            CommitLevel::Off => self.journal.end().lsn,
            _ => self.confirmed.flushed,
        };
        let waits = settings.level > CommitLevel::Local && !self.degraded && settings.rule != Rule::Nobody;
        let released = if waits { settings.rule.released(&self.standbys()) } else { Ok(u64::MAX) };
        let blocked = released.as_ref().err().filter(|_| !self.pending.is_empty()).cloned();
        self.told_waiting(blocked, out);
        let committed = local.min(released.unwrap_or(0));
        while self.confirmed.applied < committed {
            let Some(entry) = self.journal.get(self.confirmed.applied + 1) else { break };
            self.table.apply(entry);
            self.confirmed.applied += 1;
        }
        self.answer_waiting(out);
        while self.pending.first_key_value().is_some_and(|(lsn, _)| *lsn <= committed) {
            let Some((lsn, Pending { op, id })) = self.pending.pop_first() else { break };
            let position = self.journal.position(lsn).unwrap_or(Position::new(self.epoch, lsn));
            out.send(op.client, Message::Reply(op, Reply::Written { position, id }));
        }
    }

    /// A commit has waited too long for followers: from now on the leader does without (MySQL), until a follower
    /// has caught up.
    pub(super) fn fall_back(&mut self, lsn: u64, out: &mut Out<'_>) {
        if self.role == Role::Leader && !self.degraded && self.pending.contains_key(&lsn) {
            self.degraded = true;
            out.note(|| "waited too long: asynchronous from now on".into());
            self.release(out);
        }
    }

    /// A follower has confirmed everything: commits wait for followers again.
    pub(super) fn end_fall_back(&mut self, out: &mut Out<'_>) {
        let end = self.confirmed.flushed;
        if self.degraded && self.topology.settings.rule.released(&self.standbys()).is_ok_and(|to| to >= end) {
            self.degraded = false;
            out.note(|| "a follower has caught up: synchronous again".into());
        }
    }
}
