//! A state that a search has found, and the way to it as a trace.

use smol_str::ToSmolStr;

use super::limits::Limits;
use super::state::{Searchable, State};
use super::step::Action;
use crate::time::Time;
use crate::trace::{Entry, Event, NodeId, Trace};
use crate::world::Node;

/// The time that a step takes in a trace.
const STEP: Time = Time::ms(1);

/// A state that was searched for, and the way to it.
#[derive(Clone, Debug)]
pub struct Found<N: Node> {
    /// What happened, from the very beginning.
    pub path: Vec<Action<N>>,
    /// The state that it led to.
    pub state: State<N>,
    pub(super) names: Vec<String>,
    // Where the path begins.
    pub(super) origin: State<N>,
}

impl<N: Searchable> Found<N> {
    /// The path as a trace, for a transcript or a diagram: one millisecond a step.
    pub fn trace(&self) -> Trace {
        // The path may come from searches with different limits: what they allowed is no matter here.
        let mut state = State { left: Limits::NONE, ..self.origin.clone() };
        let mut trace = Trace { nodes: self.names.clone(), entries: Vec::new() };
        let mut at = Time::ZERO;
        // What was under way from the start leaves first.
        let flights = state.flights.iter();
        let mut events: Vec<_> = flights
            .map(|flight| {
                let label = flight.message.to_smolstr();
                Event::Send { message: 0, from: flight.from, to: flight.to, label }
            })
            .collect();
        let mut numbers = Numbers::default();
        for action in std::iter::once(None).chain(self.path.iter().map(Some)) {
            let what = action.and_then(|action| state.move_of(action));
            debug_assert_eq!(what.is_some(), action.is_some(), "what was searched can be walked again");
            if let Some(what) = what {
                at += STEP;
                state = state.with(state.change(what, &mut events));
            }
            let label = match action {
                Some(Action::Deliver(_, _, message) | Action::Lose(_, _, message)) => message.to_string(),
                Some(Action::Duplicate(_, _, message)) => message.to_string(),
                _ => String::new(),
            };
            let again = matches!(action, Some(Action::Duplicate(..)));
            for mut event in events.drain(..) {
                numbers.number(&mut event, &label, again);
                trace.entries.push(Entry { at, event });
            }
        }
        trace
    }
}

/// Gives messages their numbers: a search knows only what they say.
#[derive(Default)]
struct Numbers {
    next: u64,
    under_way: Vec<(NodeId, NodeId, String, u64)>,
}

impl Numbers {
    fn number(&mut self, event: &mut Event, arriving: &str, again: bool) {
        match event {
            Event::Send { message, from, to, label } => {
                *message = self.next;
                self.next += 1;
                self.under_way.push((*from, *to, label.to_string(), *message));
            }
            Event::Deliver { message, from, to } | Event::Drop { message, from, to, .. } => {
                let same = |(a, b, label, _): &(NodeId, NodeId, String, u64)| {
                    a == from && b == to && label == arriving
                };
                if let Some(place) = self.under_way.iter().position(same) {
                    *message = self.under_way[place].3;
                    if !again {
                        self.under_way.remove(place);
                    }
                }
            }
            _ => {}
        }
    }
}
