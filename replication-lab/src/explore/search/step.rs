//! What can happen next, and what it leads to.

use std::fmt;

use smol_str::ToSmolStr;

use super::state::{Cell, Change, Flight, Searchable, State};
use crate::rng::{Rng, Stream};
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

impl<N: Node> Action<N> {
    /// What tells it from every other action.
    fn signature(&self) -> String {
        match self {
            Self::Deliver(from, to, message) => format!("deliver {from:?} {to:?} {message:?}"),
            Self::Lose(from, to, message) => format!("lose {from:?} {to:?} {message:?}"),
            Self::Duplicate(from, to, message) => format!("duplicate {from:?} {to:?} {message:?}"),
            Self::Fire(node, timer) => format!("fire {node:?} {timer:?}"),
            Self::Sync(node) => format!("sync {node:?}"),
            Self::Crash(node, remainder) => format!("crash {node:?} {remainder:?}"),
            Self::Restart(node) => format!("restart {node:?}"),
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

/// Something that can happen next, by its place in a state: [`Action`] in as few bytes as a search needs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Deliver(usize),
    Lose(usize),
    Duplicate(usize),
    Fire(NodeId, usize),
    Sync(NodeId),
    Crash(NodeId, Remainder),
    Restart(NodeId),
}

impl<N: Searchable> State<N> {
    /// All that can happen next. Equal messages and timers count once.
    pub(super) fn moves(&self, moves: &mut Vec<Move>) {
        moves.clear();
        let mut last = None;
        for (place, flight) in self.flights.iter().enumerate() {
            if last == Some(flight.hash) {
                continue;
            }
            last = Some(flight.hash);
            moves.push(Move::Deliver(place));
            // To lose a message that nobody would receive changes nothing.
            if self.left.losses > 0 && self.is_up(flight.to) {
                moves.push(Move::Lose(place));
            }
            if self.left.duplicates > 0 && self.is_up(flight.to) {
                moves.push(Move::Duplicate(place));
            }
        }
        for (place, cell) in self.cells.iter().enumerate() {
            let id = NodeId(place as u16);
            if !cell.up {
                moves.push(Move::Restart(id));
                continue;
            }
            if self.left.timers > 0 {
                let first = |i: &usize| *i == 0 || cell.timers[*i] != cell.timers[i - 1];
                moves.extend((0..cell.timers.len()).filter(first).map(|i| Move::Fire(id, i)));
            }
            if !cell.syncs.is_empty() {
                moves.push(Move::Sync(id));
            }
            if self.left.crashes > 0 {
                moves.extend(cell.disk.remainders().map(|remainder| Move::Crash(id, remainder)));
            }
        }
    }

    /// A move in words that make sense without the state.
    pub(super) fn action(&self, what: Move) -> Action<N> {
        let flight = |place: usize| {
            let Flight { from, to, message, .. } = &*self.flights[place];
            (*from, *to, message.clone())
        };
        match what {
            Move::Deliver(place) => {
                let (from, to, message) = flight(place);
                Action::Deliver(from, to, message)
            }
            Move::Lose(place) => {
                let (from, to, message) = flight(place);
                Action::Lose(from, to, message)
            }
            Move::Duplicate(place) => {
                let (from, to, message) = flight(place);
                Action::Duplicate(from, to, message)
            }
            Move::Fire(id, timer) => Action::Fire(id, self.cells[id.index()].timers[timer].clone()),
            Move::Sync(id) => Action::Sync(id),
            Move::Crash(id, remainder) => Action::Crash(id, remainder),
            Move::Restart(id) => Action::Restart(id),
        }
    }

    /// The move that an action is in this state; nothing, if it can't happen. Two timers that read alike in a transcript
    /// may differ: one of them may have been replaced by the other.
    pub(super) fn move_of(&self, action: &Action<N>) -> Option<Move> {
        let wanted = action.signature();
        let mut moves = Vec::new();
        self.moves(&mut moves);
        moves.into_iter().find(|what| self.action(*what).signature() == wanted)
    }

    /// What a move changes.
    pub(super) fn change(&self, what: Move, log: &mut impl Log) -> Change<N> {
        let mut change = Change { cell: None, gone: None, new: Vec::new(), left: self.left };
        match what {
            Move::Deliver(place) => {
                change.gone = Some(place);
                self.deliver(place, &mut change, log);
            }
            Move::Duplicate(place) => {
                change.left.duplicates -= 1;
                self.deliver(place, &mut change, log);
            }
            Move::Lose(place) => {
                change.left.losses -= 1;
                change.gone = Some(place);
                let Flight { from, to, .. } = *self.flights[place];
                log.note(|| Event::Drop { message: 0, from, to, reason: DropReason::Loss });
            }
            Move::Fire(id, place) => {
                change.left.timers -= u32::from(self.left.timers != u32::MAX);
                let mut cell = self.cell(id);
                let timer = cell.timers.remove(place);
                log.note(|| Event::Timer { node: id, label: timer.to_smolstr() });
                handle(id, cell, Input::Timer(timer), &mut change, log);
            }
            Move::Sync(id) => {
                let mut cell = self.cell(id);
                let (end, timer) = cell.syncs.remove(0);
                log.note(|| Event::Disk { node: id, text: format!("synced up to {end}") });
                cell.disk.finish_sync(end);
                handle(id, cell, Input::Timer(timer), &mut change, log);
            }
            Move::Crash(id, remainder) => {
                change.left.crashes -= 1;
                log.note(|| Event::Crash { node: id, reach: CrashKind::Machine });
                if remainder != Remainder::NOTHING {
                    log.note(|| Event::Disk { node: id, text: remainder.to_string() });
                }
                let mut cell = self.cell(id);
                cell.node.crash();
                cell.up = false;
                cell.timers.clear();
                cell.syncs.clear();
                cell.disk.crash_to(remainder);
                change.cell = Some((id, cell.seal(id)));
            }
            Move::Restart(id) => {
                log.note(|| Event::Restart { node: id });
                let mut cell = self.cell(id);
                cell.up = true;
                handle(id, cell, Input::Start, &mut change, log);
            }
        }
        change
    }

    /// The state after a node has started.
    pub(super) fn started(&self, id: NodeId) -> Self {
        self.handled(id, Input::Start)
    }

    /// The state after a node was made to do something from outside.
    pub(super) fn acted(&self, id: NodeId, action: &dyn Fn(&mut N, &mut Effects<'_, N>)) -> Self {
        self.handled(id, Input::Act(action))
    }

    fn handled(&self, id: NodeId, input: Input<'_, N>) -> Self {
        let mut change = Change { cell: None, gone: None, new: Vec::new(), left: self.left };
        handle(id, self.cell(id), input, &mut change, &mut ());
        self.with(change)
    }

    fn cell(&self, id: NodeId) -> Cell<N> {
        Cell::clone(&self.cells[id.index()])
    }

    fn deliver(&self, place: usize, change: &mut Change<N>, log: &mut impl Log) {
        let Flight { from, to, message, .. } = &*self.flights[place];
        let (from, to) = (*from, *to);
        if !self.is_up(to) {
            return log.note(|| Event::Drop { message: 0, from, to, reason: DropReason::Down });
        }
        log.note(|| Event::Deliver { message: 0, from, to });
        handle(to, self.cell(to), Input::Message(from, message.clone()), change, log);
    }
}

/// Lets a node handle something, and takes down what that changes.
fn handle<N: Searchable>(
    id: NodeId,
    mut cell: Cell<N>,
    input: Input<'_, N>,
    change: &mut Change<N>,
    log: &mut impl Log,
) {
    let mut done = Vec::new();
    cell.handle(id, input, log.is_on(), &mut done);
    for effect in done {
        match effect {
            Effect::Send(to, message) => {
                log.note(|| Event::Send { message: 0, from: id, to, label: message.to_smolstr() });
                change.new.push(Flight::new(id, to, message));
            }
            Effect::After(_, _, timer) => cell.timers.push(timer),
            Effect::Sync(end, timer) => cell.syncs.push((end, timer)),
            Effect::Note(text) => log.note(|| Event::Note { node: id, text }),
            Effect::Output(_) => {}
        }
    }
    change.cell = Some((id, cell.seal(id)));
}

/// What a node is to handle.
enum Input<'a, N: Node> {
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
            Input::Start => self.node.start(&mut effects),
            Input::Act(action) => action(&mut self.node, &mut effects),
            Input::Message(from, message) => self.node.message(from, message, &mut effects),
            Input::Timer(timer) => self.node.timer(timer, &mut effects),
        }
        self.ticks += u32::from(effects.clock_was_read());
    }
}
