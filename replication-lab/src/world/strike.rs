//! What faults do to a world.

use super::fault::{Fault, Planned};
use super::node::Node;
use super::place::Input;
use super::run::World;
use crate::network::Cause;
use crate::time::Time;
use crate::trace::{CrashKind, Event, NodeId};

impl<N: Node> World<N> {
    /// Lets one of the faults of this run strike now.
    pub(super) fn carry_out_fault(&mut self, cause: Cause) {
        let strike = &mut self.strikes[cause as usize];
        strike.struck = true;
        let Planned { fault, .. } = strike.planned.clone();
        if self.mends_something(&fault) {
            self.bites(cause);
        }
        match &fault {
            Fault::Crash(node) | Fault::CrashAfterSends(node, 0) => {
                self.crash(*node, CrashKind::Machine, cause);
            }
            Fault::Kill(node) => self.crash(*node, CrashKind::Process, cause),
            Fault::CrashAfterSends(node, sends) => {
                self.afflict(*node, |place| place.sends_left = Some((*sends, cause)));
            }
            Fault::Restart(node) => self.restart(*node, cause),
            Fault::Pause(node) => self.pause(*node, cause),
            Fault::Resume(node) => self.resume(*node, cause),
            Fault::Slow(node, span) => {
                let slow = (*span > Time::ZERO).then_some((*span, cause));
                self.afflict(*node, |place| place.afflictions.slow = slow);
                self.note_condition(*node, &fault);
            }
            Fault::Cut(..) | Fault::Partition(..) | Fault::Lossy(..) | Fault::Delay(..) | Fault::Heal => {
                self.change_links(&fault, cause)
            }
            Fault::Clock(node, _) | Fault::Jump(node, _) | Fault::Drift(node, _) => {
                self.change_clock(*node, &fault, cause);
            }
            Fault::SlowDisk(node, span) => {
                let slow = (*span > Time::ZERO).then_some((*span, cause));
                self.afflict(*node, |place| place.afflictions.slow_disk = slow);
                self.note_condition(*node, &fault);
            }
            Fault::FullDisk(node) | Fault::RoomyDisk(node) => {
                let full = matches!(fault, Fault::FullDisk(_));
                self.afflict(*node, |place| {
                    place.disk.set_full(full);
                    place.afflictions.full_disk = full.then_some(cause);
                });
                self.note_condition(*node, &fault);
            }
        }
    }

    /// Whether a fault ends what another one began. Restarts and the like say so themselves.
    fn mends_something(&self, fault: &Fault) -> bool {
        let afflicted = |node: &NodeId| &self.places[node.index()].afflictions;
        match fault {
            Fault::Slow(node, Time::ZERO) => afflicted(node).slow.is_some(),
            Fault::SlowDisk(node, Time::ZERO) => afflicted(node).slow_disk.is_some(),
            Fault::RoomyDisk(node) => afflicted(node).full_disk.is_some(),
            Fault::Delay(from, to, Time::ZERO) => self.network.is_faulty(*from, *to),
            Fault::Lossy(from, to, probability) => *probability == 0.0 && self.network.is_faulty(*from, *to),
            _ => false,
        }
    }

    fn afflict(&mut self, node: NodeId, change: impl FnOnce(&mut super::place::Place<N>)) {
        let place = &mut self.places[node.index()];
        change(place);
        place.look_closer();
    }

    fn note_condition(&mut self, node: NodeId, fault: &Fault) {
        self.note(|| Event::Condition { node, text: fault.condition() });
    }

    fn change_links(&mut self, fault: &Fault, cause: Cause) {
        match fault {
            Fault::Cut(from, to) => self.network.cut(*from, *to, cause),
            Fault::Partition(left, right) => {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
                    self.network.cut(a, b, cause);
                    self.network.cut(b, a, cause);
                }
            }
            Fault::Lossy(from, to, probability) => self.network.lose(*from, *to, *probability, cause),
            Fault::Delay(from, to, span) => self.network.delay(*from, *to, *span, cause),
            _ => {
                if self.network.heal() {
                    self.bites(cause);
                }
            }
        }
        let cut = self.network.cuts();
        let text = fault.describe(|id| self.name(id).to_owned());
        self.note(|| Event::Network { text, cut });
    }

    fn change_clock(&mut self, node: NodeId, fault: &Fault, cause: Cause) {
        let now = self.now;
        self.afflict(node, |place| {
            match fault {
                Fault::Jump(_, us) => place.clock.jump(now, *us),
                Fault::Drift(_, ppm) => place.clock.drift(now, *ppm),
                Fault::Clock(_, us) => place.clock.set(now, *us),
                _ => {}
            }
            place.afflictions.clock = Some(cause);
        });
        self.note_condition(node, fault);
    }

    fn crash(&mut self, id: NodeId, reach: CrashKind, cause: Cause) {
        let place = &mut self.places[id.index()];
        if !place.up {
            return;
        }
        place.up = false;
        place.life += 1;
        place.sends_left = None;
        place.working = false;
        place.afflictions.paused = None;
        place.synced_at = Time::ZERO;
        place.node.crash();
        let waiting = std::mem::take(&mut place.inbox);
        let left = match reach {
            CrashKind::Process => None,
            CrashKind::Machine => {
                let unsynced = place.disk.end() > place.disk.synced();
                let remainder = place.disk.draw_remainder(place.disk_settings.tearing, &mut place.disk_rng);
                place.disk.crash_to(remainder);
                (unsynced || remainder.undone).then_some(remainder)
            }
        };
        place.look_closer();
        self.bites(cause);
        self.note(|| Event::Crash { node: id, reach });
        if let Some(remainder) = left {
            self.note(|| Event::Disk { node: id, text: remainder.to_string() });
        }
        for input in waiting {
            if let Input::Message { number, from, .. } = input {
                self.drop_message(number, from, id);
            }
        }
    }

    fn restart(&mut self, id: NodeId, cause: Cause) {
        if self.places[id.index()].up {
            return;
        }
        self.afflict(id, |place| place.up = true);
        self.bites(cause);
        self.note(|| Event::Restart { node: id });
        self.act(id, |node, effects| node.start(effects));
    }

    fn pause(&mut self, id: NodeId, cause: Cause) {
        if !self.places[id.index()].runs() {
            return;
        }
        self.afflict(id, |place| place.afflictions.paused = Some(cause));
        self.note(|| Event::Pause { node: id });
    }

    fn resume(&mut self, id: NodeId, cause: Cause) {
        if self.places[id.index()].runs() || !self.places[id.index()].up {
            return;
        }
        self.afflict(id, |place| place.afflictions.paused = None);
        self.bites(cause);
        self.note(|| Event::Resume { node: id });
        if let Some((span, _)) = self.places[id.index()].afflictions.slow {
            return self.go_on_working(id, span);
        }
        let life = self.places[id.index()].life;
        while let Some(input) = self.places[id.index()].inbox.pop_front() {
            self.handle(id, input);
            if self.places[id.index()].life != life {
                return;
            }
        }
        self.places[id.index()].look_closer();
    }

    /// A message has left a node that may have to crash for it.
    pub(super) fn count_send(&mut self, from: NodeId) {
        let Some((left, cause)) = &mut self.places[from.index()].sends_left else { return };
        let cause = *cause;
        *left = left.saturating_sub(1);
        if *left == 0 {
            self.crash(from, CrashKind::Machine, cause);
        }
    }

    /// Whether a node can handle something at once.
    pub(super) fn is_free(&self, id: NodeId) -> bool {
        let place = &self.places[id.index()];
        place.runs() && place.afflictions.slow.is_none() && place.inbox.is_empty()
    }

    /// Keeps what a node can't handle now; drops it, if the node is down.
    pub(super) fn put_off(&mut self, id: NodeId, input: Input<N>) {
        let place = &mut self.places[id.index()];
        if !place.up {
            if let Input::Message { number, from, .. } = input {
                self.drop_message(number, from, id);
            }
            return;
        }
        place.inbox.push_back(input);
        let (paused, slow) = (place.afflictions.paused, place.afflictions.slow);
        if let Some(cause) = paused {
            return self.bites(cause);
        }
        if let Some((span, cause)) = slow {
            self.bites(cause);
            self.go_on_working(id, span);
        }
    }

    /// A busy node takes the next thing from its queue, if there is one and it is not at one already.
    fn go_on_working(&mut self, id: NodeId, span: Time) {
        let place = &mut self.places[id.index()];
        if !place.working && !place.inbox.is_empty() {
            place.working = true;
            self.work(id, span);
        }
    }

    /// A busy node has finished the first thing of its queue: what it does about it happens now.
    pub(super) fn worked(&mut self, id: NodeId) {
        let place = &mut self.places[id.index()];
        place.working = false;
        if place.afflictions.paused.is_some() {
            return;
        }
        let life = place.life;
        if let Some(input) = place.inbox.pop_front() {
            self.handle(id, input);
        }
        if self.places[id.index()].life == life {
            // When the load is over, what still waits is handled without delay.
            let span = self.places[id.index()].afflictions.slow.map_or(Time::ZERO, |(span, _)| span);
            self.go_on_working(id, span);
            self.places[id.index()].look_closer();
        }
    }
}
