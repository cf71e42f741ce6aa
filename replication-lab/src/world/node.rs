//! What a node is, and what it can do.

use std::cell::Cell;
use std::fmt::{Debug, Display};

use super::clock::Clock;
use super::disk::{Disk, DiskFull};
use crate::rng::Rng;
use crate::time::Time;
use crate::trace::NodeId;

/// A deterministic state machine. Its inputs are the calls below and nothing else; its outputs are the [`Effect`]s.
pub trait Node {
    /// What nodes send one another. Its text names it in a transcript.
    type Message: Clone + Debug + Display;
    /// What a node can be woken for.
    type Timer: Clone + Debug + Display;
    /// What a node writes to its disk; `()` if it writes nothing.
    type Record: Clone + Debug;
    /// What a node tells the world outside, such as a finished operation.
    type Output: Clone + Debug;

    /// The world begins, or the node is back after a crash, with what is on its [`disk`](Effects::disk).
    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        let _ = effects;
    }

    /// A message arrives.
    fn message(&mut self, from: NodeId, message: Self::Message, effects: &mut Effects<'_, Self>);

    /// A timer fires, or a sync is done.
    fn timer(&mut self, timer: Self::Timer, effects: &mut Effects<'_, Self>);

    /// The node crashes: whatever was not on disk must be forgotten. Timers and messages on their way to it are
    /// gone anyway.
    fn crash(&mut self) {}

    /// Size of a message in bytes: what it takes of a link's bandwidth.
    fn message_bytes(message: &Self::Message) -> u64 {
        let _ = message;
        100
    }

    /// Size of a record in bytes: what it takes of a disk's capacity.
    fn record_bytes(record: &Self::Record) -> u64 {
        let _ = record;
        100
    }
}

/// Something that a node does.
#[derive(Clone, Debug)]
pub enum Effect<N: Node + ?Sized> {
    /// It sends a message.
    Send(NodeId, N::Message),
    /// It wants to be woken after a span; in the background, if nobody shall wait for it.
    After(Time, bool, N::Timer),
    /// It wants to be woken when everything up to this place is on its disk.
    Sync(u64, N::Timer),
    /// It notes something in the trace.
    Note(String),
    /// It tells the world outside.
    Output(N::Output),
}

/// What a node may look at and do while it handles an event.
#[derive(Debug)]
pub struct Effects<'a, N: Node + ?Sized> {
    pub(crate) me: NodeId,
    pub(crate) now: Time,
    pub(crate) clock: Clock,
    pub(crate) clock_read: Cell<bool>,
    pub(crate) append_refused: bool,
    pub(crate) tracing: bool,
    pub(crate) rng: &'a mut Rng,
    pub(crate) disk: &'a mut Disk<N::Record>,
    pub(crate) done: &'a mut Vec<Effect<N>>,
}

impl<N: Node + ?Sized> Effects<'_, N> {
    /// What a node may do in a search: its clock shows `now`.
    pub(crate) fn searched<'b>(
        me: NodeId,
        now: Time,
        tracing: bool,
        rng: &'b mut Rng,
        disk: &'b mut Disk<N::Record>,
        done: &'b mut Vec<Effect<N>>,
    ) -> Effects<'b, N> {
        let clock = Clock::default();
        Effects { me, now, clock, clock_read: false.into(), append_refused: false, tracing, rng, disk, done }
    }

    /// Whether it has looked at its clock.
    pub(crate) fn clock_was_read(&self) -> bool {
        self.clock_read.get()
    }

    /// This node.
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// What this node's clock shows: it may be wrong.
    pub fn clock(&self) -> Time {
        self.clock_read.set(true);
        self.clock.reads(self.now)
    }

    /// The true time. Only for reports to the outside: a protocol must use [`clock`](Self::clock).
    pub fn now(&self) -> Time {
        self.now
    }

    /// This node's own stream of random numbers.
    pub fn rng(&mut self) -> &mut Rng {
        self.rng
    }

    /// Sends a message.
    pub fn send(&mut self, to: NodeId, message: N::Message) {
        self.done.push(Effect::Send(to, message));
    }

    /// Wakes this node after a span by its own clock. There is no way to cancel: a node recognises a timer that it
    /// no longer needs.
    pub fn after(&mut self, span: Time, timer: N::Timer) {
        self.done.push(Effect::After(span, false, timer));
    }

    /// As [`after`](Self::after), for housekeeping that goes on for ever: a run that waits until all is quiet
    /// doesn't wait for it.
    pub fn after_in_background(&mut self, span: Time, timer: N::Timer) {
        self.done.push(Effect::After(span, true, timer));
    }

    /// This node's disk.
    pub fn disk(&self) -> &Disk<N::Record> {
        self.disk
    }

    /// Appends a record to the log on this node's disk and returns its place. It is not safe before a
    /// [`sync`](Self::sync) is done.
    ///
    /// # Errors
    /// When the disk is full: nothing is written.
    pub fn append(&mut self, record: N::Record) -> Result<u64, DiskFull> {
        let bytes = N::record_bytes(&record);
        let appended = self.disk.append(record, bytes);
        self.append_refused |= appended.is_err();
        appended
    }

    /// Cuts the log back to this place: see [`Disk::truncate`].
    pub fn truncate(&mut self, end: u64) {
        self.disk.truncate(end);
    }

    /// Drops the records before this place: see [`Disk::drop_before`].
    pub fn drop_before(&mut self, place: u64) {
        self.disk.drop_before(place);
    }

    /// Wakes this node with `timer` as soon as everything that has been appended, or cut off, so far is on the disk.
    pub fn sync(&mut self, timer: N::Timer) {
        self.done.push(Effect::Sync(self.disk.end(), timer));
    }

    /// Notes something in the trace. The text is only made if there is one.
    pub fn note(&mut self, text: impl FnOnce() -> String) {
        if self.tracing {
            self.done.push(Effect::Note(text()));
        }
    }

    /// Tells the world outside.
    pub fn output(&mut self, output: N::Output) {
        self.done.push(Effect::Output(output));
    }
}
