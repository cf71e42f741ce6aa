//! The upstream side of replication: who follows, what is sent, and what log is kept for it.

use super::{Downstream, Out, Server};
use crate::leader_follower::entry::Entry;
use crate::leader_follower::message::{Confirmed, Message, Timer};
use crate::leader_follower::setup::Retention;
use crate::log::Position;
use crate::network::Latency;
use crate::time::Time;
use crate::trace::NodeId;

impl Server {
    /// Somebody wants everything after a position.
    pub(super) fn followed_by(&mut self, from: NodeId, after: Position, name: String, out: &mut Out<'_>) {
        if !self.copied {
            return;
        }
        if self.topology.settings.failover.epochs {
            let fork = self.journal.fork(after);
            if fork < after.lsn {
                self.downstreams.remove(&from);
                out.send(from, Message::Rewind(fork));
                return;
            }
        }
        if after.lsn + 1 < self.journal.first() {
            self.downstreams.remove(&from);
            out.send(from, Message::LogGone(self.journal.first()));
            return;
        }
        let confirmed = Confirmed { written: after.lsn, flushed: after.lsn, applied: 0 };
        let known = self.downstreams.get(&from).map(|known| (known.sent, known.due));
        let (heard, due) = (out.clock(), known.map_or(out.now(), |(_, due)| due));
        self.downstreams.insert(from, Downstream { name, sent: after.lsn, confirmed, heard, due });
        self.keep_for(from, after.lsn);
        match known {
            // It has missed something of what it was sent: it gets that again. The rest is sent when it is due.
            Some((sent, _)) => self.ship(from, sent, out),
            None if after.lsn == self.topology.settings.log_starts_after => {
                self.ship_the_beginning(from, out)
            }
            None => self.ship(from, self.confirmed.flushed, out),
        }
        self.release(out);
    }

    /// Keeps the log after this entry for a follower, if there are slots.
    pub(super) fn keep_for(&mut self, follower: NodeId, lsn: u64) {
        if self.topology.settings.slots {
            self.slots.insert(follower, lsn);
        }
    }

    pub(super) fn ship_to_all(&mut self, out: &mut Out<'_>) {
        let flushed = self.confirmed.flushed;
        let now = out.now();
        for to in self.downstreams.keys().copied().collect::<Vec<_>>() {
            let wait = self.wait_of(to, now, out);
            let Some(downstream) = self.downstreams.get_mut(&to) else { continue };
            downstream.due = downstream.due.max(now + wait);
            match downstream.due.since(now) {
                Time::ZERO => self.ship(to, flushed, out),
                span => out.after(span, Timer::Ship(to, flushed)),
            }
        }
    }

    /// A follower that has nothing yet asks for all: what was written before it asked waits no less than what is written
    /// after, as if it had asked in time. One that comes back catches up at once instead.
    fn ship_the_beginning(&mut self, to: NodeId, out: &mut Out<'_>) {
        let (now, flushed) = (out.now(), self.confirmed.flushed);
        let wait = self.wait_of(to, now, out);
        let due = |entry: &Entry| entry.written + wait;
        let first = self.journal.first();
        let late: Vec<(u64, Time)> = self
            .journal
            .range(first, flushed)
            .filter(|entry| due(entry) > now)
            .map(|entry| (entry.position.lsn, due(entry)))
            .collect();
        let at_once = late.first().map_or(flushed, |(lsn, _)| lsn - 1);
        self.ship(to, at_once, out);
        for (lsn, due) in late {
            out.after(due.since(now), Timer::Ship(to, lsn));
        }
    }

    /// How long a follower waits for what is to be sent to it now.
    fn wait_of(&mut self, to: NodeId, now: Time, out: &mut Out<'_>) -> Time {
        let settings = self.topology.server(to);
        let changed = self.waits.get(&to);
        let Some(jitter) = changed.or(settings.map(|server| &server.jitter)) else { return Time::ZERO };
        let jitter = match jitter {
            // Draws nothing, so that the stream of random numbers is what it was without.
            Latency::Constant(always) => *always,
            varies => {
                let second = now.as_us() / 1_000_000;
                let drawn = self.drawn.entry(to).or_insert((u64::MAX, Time::ZERO));
                if drawn.0 != second {
                    *drawn = (second, varies.draw(out.rng()));
                }
                drawn.1
            }
        };
        match (changed, settings) {
            (None, Some(settings)) => settings.wait(now, jitter),
            _ => jitter,
        }
    }

    /// From now on a follower waits so long for what it is sent.
    pub(in crate::leader_follower) fn set_wait(&mut self, follower: NodeId, wait: Latency) {
        self.waits.insert(follower, wait);
        self.drawn.remove(&follower);
    }

    /// Sends a follower what it has not been sent, up to an entry. Only what is flushed here: a follower must not
    /// have what its leader could still lose.
    pub(super) fn ship(&mut self, to: NodeId, lsn: u64, out: &mut Out<'_>) {
        let Some(downstream) = self.downstreams.get_mut(&to) else { return };
        let last = lsn.min(self.confirmed.flushed);
        if downstream.sent >= last {
            return;
        }
        let Some(after) = self.journal.position(downstream.sent) else {
            let first = self.journal.first();
            self.downstreams.remove(&to);
            out.send(to, Message::LogGone(first));
            return;
        };
        let entries: Vec<Entry> = self.journal.range(downstream.sent + 1, last).cloned().collect();
        downstream.sent = last;
        out.send(to, Message::Entries { epoch: self.epoch, after, entries });
    }

    /// A follower says how far it is.
    pub(super) fn confirmed_by(&mut self, from: NodeId, confirmed: Confirmed, out: &mut Out<'_>) {
        let now = out.clock();
        let Some(downstream) = self.downstreams.get_mut(&from) else {
            // It restarted, or the follower was silent for too long.
            return out.send(from, Message::Reset);
        };
        downstream.heard = now;
        let before = &mut downstream.confirmed;
        before.written = before.written.max(confirmed.written);
        before.flushed = before.flushed.max(confirmed.flushed);
        before.applied = before.applied.max(confirmed.applied);
        if let Some(slot) = self.slots.get_mut(&from) {
            *slot = (*slot).max(confirmed.flushed);
        }
        self.end_fall_back(out);
        self.release(out);
    }

    /// Signs of life to the followers, and the other way round; who is silent for too long counts as gone.
    pub(super) fn keep_in_touch(&mut self, out: &mut Out<'_>) {
        let (now, patience) = (out.clock(), self.topology.settings.standby_timeout);
        let before = self.downstreams.len();
        self.downstreams.retain(|_, downstream| now.since(downstream.heard) < patience);
        if self.downstreams.len() < before {
            out.note(|| format!("{} of {before} followers are gone", before - self.downstreams.len()));
            self.release(out);
        }
        for (to, downstream) in &self.downstreams {
            if let Some(after) = self.journal.position(downstream.sent) {
                out.send(*to, Message::Entries { epoch: self.epoch, after, entries: Vec::new() });
            }
        }
        self.confirm(out);
    }

    /// Forgets log that nobody needs any longer.
    pub(super) fn forget_log(&mut self, out: &mut Out<'_>) {
        let Retention::Last(kept) = self.topology.settings.retention else { return };
        let applied = self.confirmed.applied.min(self.confirmed.flushed);
        let mut first = (applied + 1).min(self.journal.end().lsn.saturating_sub(kept) + 1);
        if let Some(slot) = self.slots.values().min() {
            first = first.min(slot + 1);
        }
        if let Some(place) = self.journal.forget_before(first) {
            out.drop_before(place);
        }
    }

    /// The followers: the names by which they asked, the last entry that each was sent, and how far it is.
    pub(in crate::leader_follower) fn downstreams(&self) -> impl Iterator<Item = (&str, u64, Confirmed)> {
        self.downstreams.values().map(|to| (to.name.as_str(), to.sent, to.confirmed))
    }

    /// The log that a slot keeps although the retention alone would not, in bytes.
    pub fn held_for_slots(&self) -> u64 {
        let Retention::Last(kept) = self.topology.settings.retention else { return 0 };
        let needed = self.journal.end().lsn.saturating_sub(kept);
        self.journal.range(self.journal.first(), needed).map(|entry| entry.bytes).sum()
    }
}
