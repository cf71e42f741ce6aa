//! Heartbeats, leases, promotion, and following somebody else.

use super::{Out, Role, Server};
use crate::leader_follower::message::{Health, Job, Message, Told};
use crate::quorum::majority;
use crate::time::Time;
use crate::trace::NodeId;

impl Server {
    /// Tells the observers that this server is alive, when its processor gets round to it.
    pub(super) fn heartbeat(&mut self, out: &mut Out<'_>) {
        if self.topology.settings.failover.observers > 0 {
            self.work(Time::ZERO, Job::Heartbeat(out.now()), out);
        }
    }

    pub(super) fn tell_observers(&mut self, due: Time, out: &mut Out<'_>) {
        if !self.copied {
            return;
        }
        let upstream = match self.role {
            Role::Follower(upstream) => upstream,
            _ => None,
        };
        let health = Health {
            leads: self.role == Role::Leader,
            epoch: self.epoch,
            upstream,
            received: self.journal.end(),
            sent: out.clock(),
            waited: out.now().since(due),
        };
        for observer in self.topology.observers() {
            out.send(observer, Message::Heartbeat(health));
        }
    }

    /// An observer has heard a heartbeat: the lease runs from when it was sent.
    pub(super) fn heard_by(&mut self, observer: NodeId, epoch: u64, sent: Time) {
        if epoch == self.epoch {
            let heard = self.heard.entry(observer).or_default();
            *heard = (*heard).max(sent);
        }
    }

    /// Whether a leader may still write: always, without leases.
    pub(super) fn has_lease(&self, out: &Out<'_>) -> bool {
        let failover = &self.topology.settings.failover;
        let Some(lease) = failover.lease.filter(|_| failover.observers > 0) else { return true };
        let needed = majority(u32::from(failover.observers)) as usize;
        let mut heard: Vec<Time> = self.heard.values().copied().collect();
        heard.sort_unstable_by(|a, b| b.cmp(a));
        // At the very start nobody can have answered yet.
        let since = heard.get(needed - 1).copied().unwrap_or(Time::ZERO);
        out.clock().since(since) < lease
    }

    pub(super) fn take_the_lead(&mut self, out: &mut Out<'_>) {
        self.role = Role::Leader;
        self.led = true;
        self.downstreams.clear();
        self.pending.clear();
        self.blocked = None;
        self.continue_ids();
        let epoch = self.epoch;
        out.note(|| format!("leads epoch {epoch}"));
        out.output(Told::Leads(epoch));
    }

    pub(super) fn step_down(&mut self, why: &'static str, out: &mut Out<'_>) {
        if self.role == Role::Leader {
            out.note(|| format!("steps down: {why}"));
            out.output(Told::StepsDown(why));
            self.role = Role::Follower(None);
            self.pending.clear();
            self.told_waiting(None, out);
        }
    }

    /// An observer wants this server to lead an epoch. It does so when it has applied all that it has received.
    pub(in crate::leader_follower) fn promote(&mut self, epoch: u64, out: &mut Out<'_>) {
        if epoch <= self.epoch || !self.copied || self.role == Role::Stopped {
            return;
        }
        if matches!(self.role, Role::Promoting(other) if other >= epoch) {
            return;
        }
        self.role = Role::Promoting(epoch);
        out.note(|| format!("is to lead epoch {epoch}"));
        self.apply_next(out);
    }

    pub(super) fn promoted(&mut self, epoch: u64, out: &mut Out<'_>) {
        if self.role != Role::Promoting(epoch) {
            return;
        }
        self.epoch = epoch;
        let first = self.journal.end().lsn + 1;
        self.journal.begin_epoch(epoch, first);
        self.heard.clear();
        let now = out.clock();
        // Whoever promoted it counts as having heard it just now.
        self.heard.extend(self.topology.observers().map(|observer| (observer, now)));
        self.take_the_lead(out);
        self.answer_waiting(out);
        self.heartbeat(out);
    }

    /// Somebody else leads: follow it.
    pub(in crate::leader_follower) fn repoint(&mut self, leader: NodeId, epoch: u64, out: &mut Out<'_>) {
        let newer = epoch > self.epoch || self.role != Role::Leader;
        let known = self.role == Role::Follower(Some(leader)) && epoch == self.epoch;
        let busy = matches!(self.role, Role::Promoting(_) | Role::Copying(_) | Role::Idle | Role::Stopped);
        if leader == out.me() {
            // It came back, and nobody has replaced it.
            if epoch == self.epoch && self.role == Role::Follower(None) && self.led {
                self.take_the_lead(out);
            }
            return;
        }
        if epoch < self.epoch || !newer || known || busy {
            return;
        }
        self.step_down("another one leads", out);
        self.epoch = epoch;
        self.led = false;
        self.slots.clear();
        self.follow(leader, out);
    }
}
