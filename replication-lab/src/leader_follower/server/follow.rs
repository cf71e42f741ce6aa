//! The downstream side of replication: entries arrive, are written, flushed and applied, in this order.

use super::{Out, Role, Server};
use crate::leader_follower::entry::Entry;
use crate::leader_follower::message::{Confirmed, Job, Message, Timer, Told};
use crate::leader_follower::setup::CommitLevel;
use crate::log::Position;
use crate::time::Time;
use crate::trace::NodeId;

impl Server {
    /// Follows this server from now on.
    pub(super) fn follow(&mut self, upstream: NodeId, out: &mut Out<'_>) {
        self.role = Role::Follower(Some(upstream));
        self.asked_at = Some(out.clock());
        let name = self.settings(out.me()).standby_name.clone();
        let name = name.unwrap_or_else(|| self.settings(out.me()).name.clone());
        // What is not flushed yet will be: it stands in the log already.
        out.send(upstream, Message::Follow(self.journal.end(), name));
    }

    /// Entries arrive, or a sign of life.
    pub(super) fn receive(
        &mut self,
        from: NodeId,
        epoch: u64,
        after: Position,
        entries: Vec<Entry>,
        out: &mut Out<'_>,
    ) {
        if self.role != Role::Follower(Some(from)) {
            return;
        }
        if self.topology.settings.failover.epochs {
            if epoch < self.epoch {
                out.note(|| format!("refuses log of epoch {epoch}"));
                return;
            }
            self.epoch = epoch;
        }
        let end = self.journal.end();
        let agrees = self.journal.position(after.lsn) == Some(after)
            || !self.topology.settings.failover.epochs
            || after.lsn < self.journal.first();
        if after.lsn > end.lsn || !agrees {
            // Something is missing, or differs. Asking once is enough until an answer can be there.
            if self
                .asked_at
                .is_none_or(|at| out.clock().since(at) >= self.topology.settings.failover.heartbeat)
            {
                self.follow(from, out);
            }
            return;
        }
        self.asked_at = None;
        let new = entries.into_iter().filter(|entry| entry.position.lsn > end.lsn);
        for entry in new {
            let lsn = entry.position.lsn;
            match out.append(entry.clone()) {
                Ok(place) => self.journal.push(entry, Some(place)),
                Err(full) => {
                    self.role = Role::Stopped;
                    out.note(|| format!("stops at {lsn}: {full}"));
                    return;
                }
            }
        }
        let written = self.journal.end().lsn;
        if written > self.confirmed.written {
            self.confirmed.written = written;
            if self.topology.settings.level == CommitLevel::RemoteWrite {
                self.confirm(out);
            }
            out.sync(Timer::Flushed(written));
        }
    }

    /// Applies what is flushed and not yet applied, one entry after the other.
    pub(super) fn apply_next(&mut self, out: &mut Out<'_>) {
        let before = self.confirmed.applied;
        while !self.applying && self.confirmed.applied < self.confirmed.flushed {
            self.applying = true;
            // Without cost, and with a free processor, it is done when this returns.
            self.work(self.topology.settings.costs.replay, Job::Apply, out);
        }
        let (first, last) = (before + 1, self.confirmed.applied);
        if first < last {
            out.note(|| format!("applied {first}–{last}"));
        } else if first == last {
            out.note(|| format!("applied {last}"));
        }
        self.answer_waiting(out);
        if let Role::Promoting(epoch) = self.role
            && self.confirmed.applied >= self.journal.end().lsn
        {
            out.after(self.topology.settings.failover.promotion_takes, Timer::Promoted(epoch));
        }
    }

    /// One entry has been applied.
    pub(super) fn applied_one(&mut self, out: &mut Out<'_>) {
        self.applying = false;
        // The log may have been cut back while this was under way.
        let next = self.confirmed.applied + 1;
        if next <= self.confirmed.flushed
            && let Some(entry) = self.journal.get(next)
        {
            self.table.apply(entry);
            self.confirmed.applied = next;
        }
        if self.topology.settings.costs.replay > Time::ZERO {
            out.note(|| format!("applied {next}"));
            self.apply_next(out);
            self.confirm(out);
        }
    }

    /// Tells the upstream how far this server is.
    pub(super) fn confirm(&mut self, out: &mut Out<'_>) {
        if let Role::Follower(Some(upstream)) = self.role {
            out.send(upstream, Message::Confirm(self.confirmed));
        }
    }

    /// The log that is missing here is gone there.
    pub(super) fn log_gone(&mut self, from: NodeId, first: u64, out: &mut Out<'_>) {
        if self.role == Role::Follower(Some(from)) {
            self.role = Role::Follower(None);
            let needed = self.journal.end().lsn + 1;
            out.note(|| {
                format!("can't follow: needs {needed}, the log begins at {first}; a new copy is needed")
            });
            out.output(Told::CannotFollow(first));
        }
    }

    /// This log has entries that the upstream's doesn't have: they are cut off.
    pub(super) fn rewind(&mut self, from: NodeId, to: u64, out: &mut Out<'_>) {
        if self.role != Role::Follower(Some(from)) {
            return;
        }
        let Some((cut, place)) = self.journal.cut_back(to) else {
            // The checkpoint itself holds what nobody else has: only a new copy helps.
            return self.copy_from(from, true, out);
        };
        if let Some(place) = place {
            out.truncate(place);
            out.sync(Timer::Flushed(to));
        }
        self.table = self.journal.table(to);
        self.confirmed = Confirmed { written: to, flushed: to, applied: to };
        out.note(|| format!("rewinds to {to}: discards {} entries", cut.len()));
        out.output(Told::Discarded(cut));
        self.answer_waiting(out);
        self.follow(from, out);
    }
}
