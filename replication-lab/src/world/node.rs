//! What a node is, and what it can do.

use std::fmt::{Debug, Display};

use crate::rng::Rng;
use crate::time::Time;
use crate::trace::NodeId;

/// A deterministic state machine. Its inputs are the calls below and nothing else; its outputs are the effects.
pub trait Node {
    /// What nodes send one another. Its text names it in a transcript.
    type Message: Clone + Debug + Display;
    /// What a node can be woken for.
    type Timer: Clone + Debug + Display;
    /// What a node tells the world outside, such as a finished operation.
    type Output: Clone + Debug;

    /// The world begins, or the node is back after a crash.
    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        let _ = effects;
    }

    /// A message arrives.
    fn message(&mut self, from: NodeId, message: Self::Message, effects: &mut Effects<'_, Self>);

    /// A timer fires.
    fn timer(&mut self, timer: Self::Timer, effects: &mut Effects<'_, Self>);

    /// The node crashes: whatever was not on disk must be forgotten. Timers and messages on their way to it are
    /// gone anyway.
    fn crash(&mut self) {}
}

/// What a node may look at and do while it handles an event.
#[derive(Debug)]
pub struct Effects<'a, N: Node + ?Sized> {
    pub(super) me: NodeId,
    pub(super) clock: Time,
    pub(super) now: Time,
    pub(super) tracing: bool,
    pub(super) rng: &'a mut Rng,
    pub(super) sends: Vec<(NodeId, N::Message)>,
    pub(super) timers: Vec<(Time, bool, N::Timer)>,
    pub(super) notes: Vec<String>,
    pub(super) outputs: Vec<N::Output>,
}

impl<N: Node + ?Sized> Effects<'_, N> {
    /// This node.
    pub fn me(&self) -> NodeId {
        self.me
    }

    /// What this node's clock shows: it may be wrong.
    pub fn clock(&self) -> Time {
        self.clock
    }

    /// The true time. Only for what a real program would measure as a difference, and for reports to the outside:
    /// a protocol must use [`clock`](Self::clock).
    pub fn now(&self) -> Time {
        self.now
    }

    /// This node's own stream of random numbers.
    pub fn rng(&mut self) -> &mut Rng {
        self.rng
    }

    /// Sends a message.
    pub fn send(&mut self, to: NodeId, message: N::Message) {
        self.sends.push((to, message));
    }

    /// Wakes this node after a span. There is no way to cancel: a node recognises a timer that it no longer needs.
    pub fn after(&mut self, span: Time, timer: N::Timer) {
        self.timers.push((span, false, timer));
    }

    /// As [`after`](Self::after), for housekeeping that goes on for ever: a run that waits until all is quiet
    /// doesn't wait for it.
    pub fn after_in_background(&mut self, span: Time, timer: N::Timer) {
        self.timers.push((span, true, timer));
    }

    /// Notes something in the trace. The text is only made if there is one.
    pub fn note(&mut self, text: impl FnOnce() -> String) {
        if self.tracing {
            self.notes.push(text());
        }
    }

    /// Tells the world outside.
    pub fn output(&mut self, output: N::Output) {
        self.outputs.push(output);
    }
}
