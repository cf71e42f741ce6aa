//! What a server may do while it handles something in one of its groups.

use super::message::{Envelope, GroupId, Message, Record, Timer, Told};
use super::node::Member;
use crate::rng::Rng;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{DiskFull, Effects};

/// [`Effects`], with everything that is sent, noted and told marked as the group's.
#[derive(Debug)]
pub(super) struct Context<'a, 'w> {
    group: GroupId,
    out: &'a mut Effects<'w, Member>,
}

impl<'a, 'w> Context<'a, 'w> {
    pub(super) fn new(group: GroupId, out: &'a mut Effects<'w, Member>) -> Self {
        Self { group, out }
    }

    pub(super) fn clock(&self) -> Time {
        self.out.clock()
    }

    pub(super) fn rng(&mut self) -> &mut Rng {
        self.out.rng()
    }

    pub(super) fn send(&mut self, to: NodeId, message: Message) {
        self.out.send(to, Envelope { group: self.group, message });
    }

    /// Sends an answer as soon as everything that has been written so far is on disk.
    pub(super) fn send_when_saved(&mut self, to: NodeId, message: Message) {
        if self.out.disk().synced() == self.out.disk().end() {
            self.send(to, message);
        } else {
            self.out.sync(Timer::Saved(to, Envelope { group: self.group, message }));
        }
    }

    pub(super) fn after_in_background(&mut self, span: Time, timer: Timer) {
        self.out.after_in_background(span, timer);
    }

    pub(super) fn append(&mut self, record: Record) -> Result<u64, DiskFull> {
        self.out.append(record)
    }

    pub(super) fn sync(&mut self, timer: Timer) {
        self.out.sync(timer);
    }

    pub(super) fn note(&mut self, text: impl FnOnce() -> String) {
        let group = self.group;
        self.out.note(|| format!("{}{}", group.prefix(), text()));
    }

    pub(super) fn output(&mut self, told: Told) {
        self.out.output((self.group, told));
    }
}
