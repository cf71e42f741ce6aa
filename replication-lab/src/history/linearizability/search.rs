//! The search for an order in which the operations of one key can have taken effect.
//!
//! Wing & Gong's search (*Testing and verifying concurrent objects*, 1993) with Lowe's two improvements (*Testing
//! for linearizability*, 2017): a memory of configurations that led nowhere, and *just-in-time* steps. It walks
//! along the beginnings and ends of the operations and acts only when an operation ends that has not taken effect:
//! then a few of the operations under way must take effect, that one last. Every explanation can be brought into
//! this form by letting each operation take effect as late as its own end, or that of an operation after it in the
//! order, allows. A configuration is the end that the walk has come to, the operations under way that have taken
//! effect, and the state; it is explored once.
//!
//! What is tried less than once, besides what the [board](super::board) refuses:
//!
//! - **Observers don't wait.** A read, or a failed compare-and-set, that fits takes effect at once. Any
//!   continuation in which it does so later stays one if it is moved to now: it fits now, it has begun, and it
//!   changes nothing for the others.
//! - **Twins take turns.** Of several operations under way that do the same, only the one that ends first is
//!   tried. A continuation that uses another one first stays one if the two change places: the other ends later.
//! - **Invisible writes hide.** When a write takes effect, every completed write under way whose value nobody is
//!   left to observe takes effect just before it: nothing comes between the two. Where the state is unobservable
//!   already, it takes effect at once. No continuation gains from having it later: from there to the next write
//!   nobody observes anything, so leaving it out changes nothing. A failed compare-and-set would gain, for it is
//!   content with a value that nobody observes: while one is left, nothing hides.
//!
//! The stack of the search lies on the heap: a history may be as long as memory allows.

use std::cell::Cell;

use super::board::{Board, Effect};
use super::limits::Meter;
use super::memory::Memory;
use super::states::State;

/// How a search ended.
pub(in super::super) enum Outcome {
    /// Operations in an order that explains everything: places in the history.
    Explained(Vec<usize>),
    /// There is no such order.
    Impossible,
    /// The limits were reached.
    GaveUp,
}

/// Begins and ends in the order of time. Where they fall together, operations begin before others end: they
/// overlap.
enum Event {
    Begin(u32),
    End(u32),
}

/// What a walk along the events meets: fixed before the search.
struct Timeline {
    events: Vec<Event>,
    // For every end, by its place among the events: who is under way, the first to end first.
    under_way: Vec<Vec<u32>>,
    // Who has no end, in the order of beginning; and how many of them have begun, by place among the events.
    endless: Vec<u32>,
    endless_begun: Vec<u32>,
}

struct Frame {
    // The end that can't be passed yet.
    at: usize,
    state: State,
    taken: usize,
    choices: Vec<u32>,
}

struct Search<'b, 'a> {
    board: &'b mut Board<'a>,
    timeline: Timeline,
    memory: Memory,
    // When a class of operations was last offered as a choice.
    offered: Vec<u32>,
    round: u32,
    furthest: usize,
}

/// Looks for an order, and tells how many ends the best attempt could pass.
pub(super) fn search(board: &mut Board<'_>, meter: &Meter<'_>, ends_passed: &Cell<usize>) -> Outcome {
    if !board.is_possible() {
        return Outcome::Impossible;
    }
    let timeline = Timeline::new(board);
    let classes = board.classes as usize;
    let mut search = Search {
        board,
        timeline,
        memory: Memory::default(),
        offered: vec![0; classes],
        round: 0,
        furthest: 0,
    };
    let outcome = search.run(meter);
    let passed = &search.timeline.events[..search.furthest];
    ends_passed.set(passed.iter().filter(|event| matches!(event, Event::End(_))).count());
    outcome
}

impl Timeline {
    fn new(board: &Board<'_>) -> Self {
        let entries = &board.entries;
        let numbers = || 0..entries.len() as u32;
        let begins = numbers().map(|n| ((entries[n as usize].began, 0, n), Event::Begin(n)));
        let ends = numbers().filter_map(|n| Some(((entries[n as usize].ended?, 1, n), Event::End(n))));
        let mut events: Vec<_> = begins.chain(ends).collect();
        events.sort_unstable_by_key(|(at, _)| *at);
        let events: Vec<Event> = events.into_iter().map(|(_, event)| event).collect();
        let end_of = |n: u32| entries[n as usize].ended.map(|ended| (ended, n));
        let (mut open, mut endless): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
        let (mut under_way, mut endless_begun) = (Vec::new(), Vec::new());
        for event in &events {
            match *event {
                Event::Begin(n) if end_of(n).is_none() => endless.push(n),
                Event::Begin(n) => {
                    let place = open.partition_point(|other| end_of(*other) < end_of(n));
                    open.insert(place, n);
                }
                Event::End(_) => {}
            }
            under_way.push(if matches!(event, Event::End(_)) { open.clone() } else { Vec::new() });
            endless_begun.push(endless.len() as u32);
            if let Event::End(n) = *event {
                open.retain(|other| *other != n);
            }
        }
        Self { events, under_way, endless, endless_begun }
    }

    fn endless_at(&self, at: usize) -> &[u32] {
        &self.endless[..self.endless_begun[at] as usize]
    }
}

impl Search<'_, '_> {
    fn run(&mut self, meter: &Meter<'_>) -> Outcome {
        let Some(at) = self.walk(0) else { return Outcome::Explained(self.board.places()) };
        self.is_new(at);
        let mut stack = vec![self.frame(at)];
        while let Some(frame) = stack.last_mut() {
            let (at, state, taken) = (frame.at, frame.state, frame.taken);
            let choice = frame.choices.pop();
            self.board.take_back(taken, state);
            let Some(choice) = choice else {
                stack.pop();
                continue;
            };
            if !self.take(choice as usize, at) {
                continue;
            }
            let Some(at) = self.walk(at) else { return Outcome::Explained(self.board.places()) };
            if !self.is_new(at) {
                continue;
            }
            if !meter.counts_one_more() {
                return Outcome::GaveUp;
            }
            stack.push(self.frame(at));
        }
        Outcome::Impossible
    }

    /// Walks on from an event to the next end of an operation that has not taken effect; nothing if there is none.
    fn walk(&mut self, from: usize) -> Option<usize> {
        for at in from..self.timeline.events.len() {
            match self.timeline.events[at] {
                Event::Begin(n) if self.fits_silently(n) => {
                    self.board.take(n as usize);
                }
                Event::End(n) if !self.board.taken[n as usize] => {
                    self.furthest = self.furthest.max(at);
                    return Some(at);
                }
                _ => {}
            }
        }
        self.furthest = self.timeline.events.len();
        None
    }

    /// Lets an operation take effect, before it the writes that can hide behind it, and after it the observers
    /// that fit. False if that leads nowhere.
    fn take(&mut self, choice: usize, at: usize) -> bool {
        let sets = matches!(self.board.entries[choice].effect, Effect::Set(_));
        let count = self.timeline.under_way[at].len();
        if sets {
            for place in 0..count {
                let n = self.timeline.under_way[at][place] as usize;
                let hides = n != choice && !self.board.taken[n] && self.board.can_hide(n);
                if hides && !self.board.take(n) {
                    return false;
                }
            }
        }
        if !self.board.take(choice) {
            return false;
        }
        for place in 0..count {
            let n = self.timeline.under_way[at][place];
            if self.fits_silently(n) {
                self.board.take(n as usize);
            }
        }
        true
    }

    /// Whether an operation can take effect now without changing anything.
    fn fits_silently(&self, n: u32) -> bool {
        let n = n as usize;
        let silent = self.board.entries[n].effect.is_silent();
        let hidden = || self.board.is_unseen() && self.board.can_hide(n);
        !self.board.taken[n] && if silent { self.board.fits(n) } else { hidden() }
    }

    /// Whether the configuration at this end is one that was not seen before.
    fn is_new(&mut self, at: usize) -> bool {
        let who = self.timeline.under_way[at].iter().chain(self.timeline.endless_at(at));
        let taken = &self.board.taken;
        self.memory.insert(self.board.state, at, who.map(|n| taken[*n as usize]))
    }

    /// What can be tried at an end, the last the best: the operation that ends, then those that end soonest.
    fn frame(&mut self, at: usize) -> Frame {
        self.round += 1;
        let mut choices = Vec::new();
        for n in self.timeline.under_way[at].iter().chain(self.timeline.endless_at(at)) {
            let entry = &self.board.entries[*n as usize];
            let offered = &mut self.offered[entry.class as usize];
            if self.board.taken[*n as usize] || entry.effect.is_silent() || *offered == self.round {
                continue;
            }
            *offered = self.round;
            if self.board.fits(*n as usize) {
                choices.push(*n);
            }
        }
        choices.reverse();
        Frame { at, state: self.board.state, taken: self.board.order.len(), choices }
    }
}
