//! A read that carries a position: answered from a state that holds it, or with the reason why not.

use super::{Out, Role, Server};
use crate::leader_follower::entry::OpId;
use crate::leader_follower::message::{Message, Reply, Timer, Told};
use crate::log::Position;
use crate::time::Time;

/// A read that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    op: OpId,
    key: String,
    at_least: Position,
    older: Option<Position>,
}

/// What a server knows of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is applied here.
    Here,
    /// It may still come.
    Behind,
    /// This log went on without this one, from here.
    Lost(Position, Position),
    /// This server leads its epoch, and its log ends here.
    Ahead(Position),
}

impl Server {
    /// How far the log is applied here.
    pub fn applied(&self) -> Position {
        let applied = self.confirmed.applied;
        self.journal.position(applied).unwrap_or(Position::new(self.epoch, applied))
    }

    /// Where each epoch begins in its log: epoch and number of its first entry.
    pub fn lineage(&self) -> &[(u64, u64)] {
        self.journal.epochs()
    }

    fn standing(&self, wanted: Position) -> Standing {
        let end = self.journal.end();
        let leads = self.role == Role::Leader;
        if !self.topology.settings.failover.epochs {
            return match self.confirmed.applied >= wanted.lsn {
                true => Standing::Here,
                false if leads && wanted.lsn > end.lsn => Standing::Ahead(end),
                false => Standing::Behind,
            };
        }
        let shared = self.journal.fork(wanted);
        let newest = self.journal.epochs().last().map_or(self.epoch, |(epoch, _)| *epoch);
        match shared >= wanted.lsn {
            // An epoch that is not known here can't be in this log, however few entries it has.
            _ if wanted.epoch > newest => Standing::Behind,
            true if self.confirmed.applied >= wanted.lsn => Standing::Here,
            true => Standing::Behind,
            false if newest > wanted.epoch => {
                let kept = self.journal.position(shared).unwrap_or(Position::new(wanted.epoch, shared));
                Standing::Lost(wanted, kept)
            }
            false if leads => Standing::Ahead(end),
            false => Standing::Behind,
        }
    }

    fn standing_of_both(&self, at_least: Position, older: Option<Position>) -> Standing {
        match older.map_or(Standing::Here, |older| self.standing(older)) {
            Standing::Here => self.standing(at_least),
            other => other,
        }
    }

    pub(super) fn read(&self, op: OpId, key: &str, out: &mut Out<'_>) {
        let reply = match self.role {
            Role::Idle | Role::Copying(_) => Reply::Refused("no data here"),
            _ => Reply::Value { value: self.table.rows.get(key).cloned(), applied: self.applied() },
        };
        out.send(op.client, Message::Reply(op, reply));
    }

    /// Answers a read from a state that holds a position; lets it wait for that, but not for ever.
    pub(super) fn read_at_least(
        &mut self,
        op: OpId,
        key: String,
        (at_least, older): (Position, Option<Position>),
        wait: Time,
        out: &mut Out<'_>,
    ) {
        let reply = match self.standing_of_both(at_least, older) {
            _ if matches!(self.role, Role::Idle | Role::Copying(_)) => Reply::Refused("no data here"),
            Standing::Here => return self.read(op, &key, out),
            Standing::Lost(wanted, kept) => Reply::Lost { wanted, kept },
            Standing::Ahead(end) => Reply::Ahead(end),
            Standing::Behind if wait == Time::ZERO => Reply::NotYet(self.applied()),
            Standing::Behind => {
                out.note(|| format!("a read waits for {at_least}"));
                out.output(Told::ReadWaits(op));
                out.after(wait, Timer::StopWaiting(op));
                self.waiting.push(Waiting { op, key, at_least, older });
                return;
            }
        };
        out.send(op.client, Message::Reply(op, reply));
    }

    /// The log, or what is applied of it, has changed: answers those who waited for that.
    pub(super) fn answer_waiting(&mut self, out: &mut Out<'_>) {
        if self.waiting.is_empty() {
            return;
        }
        for waiting in std::mem::take(&mut self.waiting) {
            let reply = match self.standing_of_both(waiting.at_least, waiting.older) {
                Standing::Here => {
                    self.read(waiting.op, &waiting.key, out);
                    continue;
                }
                Standing::Behind => {
                    self.waiting.push(waiting);
                    continue;
                }
                Standing::Lost(wanted, kept) => Reply::Lost { wanted, kept },
                Standing::Ahead(end) => Reply::Ahead(end),
            };
            out.send(waiting.op.client, Message::Reply(waiting.op, reply));
        }
    }

    pub(super) fn stop_waiting(&mut self, op: OpId, out: &mut Out<'_>) {
        if let Some(place) = self.waiting.iter().position(|waiting| waiting.op == op) {
            self.waiting.remove(place);
            out.send(op.client, Message::Reply(op, Reply::NotYet(self.applied())));
        }
    }
}
