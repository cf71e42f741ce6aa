//! How far a search may go.

use std::cell::Cell;

/// How far a search may go before it gives up with [`Verdict::Unknown`](crate::history::Verdict::Unknown).
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    states: usize,
    stop: Option<&'a dyn Fn() -> bool>,
}

/// How many states are looked at between two questions whether to stop.
const PATIENCE: usize = 512;

impl<'a> Limits<'a> {
    /// At most so many states for each key. The same history and the same number give the same verdict everywhere.
    pub const fn states(states: usize) -> Self {
        Self { states, stop: None }
    }

    /// And no further once `stop` says so: a program can look at its clock there, which this library does not. It
    /// is asked every few hundred states. The verdict then depends on the machine.
    #[must_use]
    pub const fn or_when(mut self, stop: &'a dyn Fn() -> bool) -> Self {
        self.stop = Some(stop);
        self
    }
}

/// Counts the states of one search against the limits.
pub(in super::super) struct Meter<'a> {
    limits: Limits<'a>,
    seen: Cell<usize>,
    stopped: Cell<bool>,
}

impl<'a> Meter<'a> {
    pub(in super::super) fn new(limits: Limits<'a>) -> Self {
        Self { limits, seen: Cell::new(0), stopped: Cell::new(false) }
    }

    /// Counts a state more; false if it is one too many.
    pub(in super::super) fn counts_one_more(&self) -> bool {
        self.seen.set(self.seen.get() + 1);
        if self.seen.get().is_multiple_of(PATIENCE) && self.limits.stop.is_some_and(|stop| stop()) {
            self.stopped.set(true);
        }
        !self.stopped.get() && self.seen.get() <= self.limits.states
    }

    /// Why the search gave up.
    pub(in super::super) fn reason(&self, key: &str) -> String {
        match self.stopped.get() {
            true => format!("stopped after {} states of {key}", self.seen.get()),
            false => format!("{} states of {key} were not enough", self.limits.states),
        }
    }
}
