//! What can happen next, and what it leads to.

use std::fmt;
use std::sync::Arc;

use super::state::{Cell, Flight, Searchable, State};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::{CrashKind, DropReason, Event, NodeId};
use crate::world::{Effect, Effects, Node, Remainder};

/// Something that can happen next.
#[derive(Clone, Debug)]
pub enum Action<N: Node> {
    /// A message arrives.
    Deliver(NodeId, NodeId, N::Message),
    /// A message is lost.
    Lose(NodeId, NodeId, N::Message),
    /// A message arrives, and will arrive once more.
    Duplicate(NodeId, NodeId, N::Message),
    /// A timer fires.
    Fire(NodeId, N::Timer),
    /// A sync is done.
    Sync(NodeId),
    /// A machine dies, and this is left of what its disk had not synced.
    Crash(NodeId, Remainder),
    /// A machine comes back.
    Restart(NodeId),
}

impl<N: Node> fmt::Display for Action<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deliver(from, to, message) => write!(f, "#{} ⇥ #{}  {message}", from.0, to.0),
            Self::Lose(from, to, message) => write!(f, "#{} ✗ #{}  {message}", from.0, to.0),
            Self::Duplicate(from, to, message) => {
                write!(f, "#{} ⇥ #{}  {message}  (again later)", from.0, to.0)
            }
            Self::Fire(node, timer) => write!(f, "#{} ⏰ {timer}", node.0),
            Self::Sync(node) => write!(f, "#{} ▤ synced", node.0),
            Self::Crash(node, Remainder::NOTHING) => write!(f, "#{} ✝ crashes", node.0),
            Self::Crash(node, remainder) => write!(f, "#{} ✝ crashes, {remainder}", node.0),
            Self::Restart(node) => write!(f, "#{} ↻ restarts", node.0),
        }
    }
}

/// Takes down what happens in a step; nothing, while the search runs.
pub(super) trait Log {
    fn note(&mut self, event: impl FnOnce() -> Event);
    fn is_on(&self) -> bool;
}

impl Log for () {
    fn note(&mut self, _: impl FnOnce() -> Event) {}
    fn is_on(&self) -> bool {
        false
    }
}

impl Log for Vec<Event> {
    fn note(&mut self, event: impl FnOnce() -> Event) {
        self.push(event());
    }
    fn is_on(&self) -> bool {
        true
    }
}

impl<N: Searchable> State<N> {
    /// All that can happen next. Equal messages and timers count once.
    pub(super) fn actions(&self) -> Vec<Action<N>> {
        let mut actions = Vec::new();
        let mut last = None;
        for flight in &self.flights {
            if last == Some(flight.hash) {
                continue;
            }
            last = Some(flight.hash);
            let Flight { from, to, message, .. } = &**flight;
            actions.push(Action::Deliver(*from, *to, message.clone()));
            // To lose a message that nobody would receive changes nothing.
            if self.left.losses > 0 && self.is_up(*to) {
                actions.push(Action::Lose(*from, *to, message.clone()));
            }
            if self.left.duplicates > 0 && self.is_up(*to) {
                actions.push(Action::Duplicate(*from, *to, message.clone()));
            }
        }
        for (place, cell) in self.cells.iter().enumerate() {
            let id = NodeId(place as u16);
            if !cell.up {
                actions.push(Action::Restart(id));
                continue;
            }
            if self.left.timers > 0 {
                let mut timers: Vec<_> = cell.timers.iter().collect();
                timers.dedup();
                actions.extend(timers.into_iter().map(|timer| Action::Fire(id, timer.clone())));
            }
            if !cell.syncs.is_empty() {
                actions.push(Action::Sync(id));
            }
            if self.left.crashes > 0 {
                actions.extend(cell.disk.remainders().map(|remainder| Action::Crash(id, remainder)));
            }
        }
        actions
    }

    /// The state after an action, which must be one of [`actions`](Self::actions).
    pub(super) fn after(&self, action: &Action<N>, log: &mut impl Log) -> Self {
        let mut next = self.clone();
        match action {
            Action::Deliver(from, to, message) => {
                next.take_flight(*from, *to, message);
                next.deliver(*from, *to, message, log);
            }
            Action::Duplicate(from, to, message) => {
                next.left.duplicates -= 1;
                next.deliver(*from, *to, message, log);
            }
            Action::Lose(from, to, message) => {
                next.left.losses -= 1;
                next.take_flight(*from, *to, message);
                log.note(|| Event::Drop { message: 0, from: *from, to: *to, reason: DropReason::Loss });
            }
            Action::Fire(id, timer) => {
                next.left.timers = next.left.timers.saturating_sub(u32::from(self.left.timers != u32::MAX));
                log.note(|| Event::Timer { node: *id, label: timer.to_string() });
                let fired = |cell: &mut Cell<N>| {
                    if let Some(place) = cell.timers.iter().position(|set| set == timer) {
                        cell.timers.swap_remove(place);
                    }
                };
                next.change(*id, log, fired, Input::Timer(timer.clone()));
            }
            Action::Sync(id) => next.sync(*id, log),
            Action::Crash(id, remainder) => {
                next.left.crashes -= 1;
                log.note(|| Event::Crash { node: *id, reach: CrashKind::Machine });
                let crashed = |cell: &mut Cell<N>| {
                    cell.node.crash();
                    cell.up = false;
                    cell.timers.clear();
                    cell.syncs.clear();
                    cell.disk.crash_to(*remainder);
                };
                next.change(*id, log, crashed, Input::Nothing);
            }
            Action::Restart(id) => {
                log.note(|| Event::Restart { node: *id });
                next.change(*id, log, |cell| cell.up = true, Input::Start);
            }
        }
        next
    }

    fn take_flight(&mut self, from: NodeId, to: NodeId, message: &N::Message) {
        let same =
            |flight: &Arc<Flight<N>>| flight.from == from && flight.to == to && flight.message == *message;
        if let Some(place) = self.flights.iter().position(same) {
            self.flights.remove(place);
        }
    }

    fn deliver(&mut self, from: NodeId, to: NodeId, message: &N::Message, log: &mut impl Log) {
        if !self.is_up(to) {
            return log.note(|| Event::Drop { message: 0, from, to, reason: DropReason::Down });
        }
        log.note(|| Event::Deliver { message: 0, from, to });
        self.change(to, log, |_| {}, Input::Message(from, message.clone()));
    }

    fn sync(&mut self, id: NodeId, log: &mut impl Log) {
        let Some((end, timer)) = self.cells[id.index()].syncs.first().cloned() else { return };
        log.note(|| Event::Disk { node: id, text: format!("synced up to {end}") });
        let synced = |cell: &mut Cell<N>| {
            cell.syncs.remove(0);
            cell.disk.finish_sync(end);
        };
        self.change(id, log, synced, Input::Timer(timer));
    }

    /// Lets a node act, from outside.
    pub(super) fn act(&mut self, id: NodeId, action: &dyn Fn(&mut N, &mut Effects<'_, N>)) {
        self.change(id, &mut (), |_| {}, Input::Act(action));
    }

    /// Changes one node, and lets it handle something.
    pub(super) fn change(
        &mut self,
        id: NodeId,
        log: &mut impl Log,
        change: impl FnOnce(&mut Cell<N>),
        input: Input<'_, N>,
    ) {
        let mut cell = Cell::clone(&self.cells[id.index()]);
        change(&mut cell);
        let mut done = Vec::new();
        cell.handle(id, input, log.is_on(), &mut done);
        for effect in done {
            match effect {
                Effect::Send(to, message) => {
                    log.note(|| Event::Send { message: 0, from: id, to, label: message.to_string() });
                    self.add_flight(Arc::new(Flight::new(id, to, message)));
                }
                Effect::After(_, _, timer) => cell.timers.push(timer),
                Effect::Sync(end, timer) => cell.syncs.push((end, timer)),
                Effect::Note(text) => log.note(|| Event::Note { node: id, text }),
                Effect::Output(_) => {}
            }
        }
        self.cells[id.index()] = Arc::new(cell.seal());
    }
}

/// What a node is to handle.
pub(super) enum Input<'a, N: Node> {
    Nothing,
    Start,
    Act(&'a dyn Fn(&mut N, &mut Effects<'_, N>)),
    Message(NodeId, N::Message),
    Timer(N::Timer),
}

impl<N: Searchable> Cell<N> {
    fn handle(&mut self, id: NodeId, input: Input<'_, N>, tracing: bool, done: &mut Vec<Effect<N>>) {
        let mut rng = Rng::new(0, Stream::Node(id.0));
        let clock = self.clock();
        let mut effects = Effects::searched(id, clock, tracing, &mut rng, &mut self.disk, done);
        match input {
            Input::Nothing => {}
            Input::Start => self.node.start(&mut effects),
            Input::Act(action) => action(&mut self.node, &mut effects),
            Input::Message(from, message) => self.node.message(from, message, &mut effects),
            Input::Timer(timer) => self.node.timer(timer, &mut effects),
        }
        self.ticks += u32::from(effects.clock_was_read());
    }
}

/// The time that a step takes in a trace.
pub(super) const STEP: Time = Time::ms(1);
