//! Every order of events in a small scope.
//!
//! The nodes are those of [`World`](crate::world::World); here their effects are carried out in every order that an
//! asynchronous network allows: any message that is on its way may arrive next, any timer that is set may fire next,
//! any sync that is asked for may be done next; and, as far as the [`Limits`] go, messages are lost or arrive twice,
//! machines die with every possible remainder of their unsynced writes, and come back. The search goes breadth first,
//! so that the first violation has the shortest path. A state that was reached before is not searched again.
//!
//! # Model
//! Time does not exist: latencies, bandwidth and time-outs say nothing about which comes first. A clock that a node
//! reads shows one microsecond more each time that this node reads a clock. A node's random draws are the same at
//! every step, so that a state is only what the nodes hold: what a protocol does under other draws (an election
//! time-out, say) is covered as far as the order of events covers it.
//!
//! # Limits
//! States are told apart by 64 bits of hash: among ten million states, two are confused with a probability of about
//! 3 in a million, and then one is not searched. Seen states stay in memory: about 40 bytes each.
//!
//! # Why not Stateright
//! Its `Model` would do the search. It brings a score of crates, a web server among them, into every kernel, and the
//! larger part would stay here all the same: how effects become states, what a disk may hold after a crash, and a
//! search that starts again from any state. Its tests of equal counts are ours: one below counts the states a
//! second time, slowly, by comparing them whole.

mod found;
mod limits;
mod rename;
mod run;
mod state;
mod step;

pub use found::Found;
pub use limits::{Limits, LimitsError};
pub use rename::Rename;
pub use run::{Explored, Outcome, Search};
pub use state::{Searchable, State};
pub use step::Action;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::time::Time;
    use crate::trace::NodeId;
    use crate::world::{Effects, Node};

    /// Counts what it hears, writes some of it down, and answers once.
    #[derive(Clone, Debug, Hash)]
    struct Counter {
        heard: u8,
        answered: bool,
    }

    impl Node for Counter {
        type Message = u8;
        type Timer = u8;
        type Record = u8;
        type Output = ();

        fn start(&mut self, effects: &mut Effects<'_, Self>) {
            self.heard = effects.disk().trusted().count() as u8;
            if effects.me() == NodeId(0) {
                effects.after(Time::ms(1), 1);
                effects.after(Time::ms(2), 1);
            }
        }

        fn message(&mut self, from: NodeId, message: u8, effects: &mut Effects<'_, Self>) {
            self.heard += message;
            if effects.append(message).is_ok() {
                effects.sync(0);
            }
            if !std::mem::replace(&mut self.answered, true) {
                effects.send(from, 2);
            }
        }

        fn timer(&mut self, timer: u8, effects: &mut Effects<'_, Self>) {
            if timer == 1 {
                effects.send(NodeId(1), 1);
            } else if effects.clock() > Time::ZERO {
                effects.truncate(1);
            }
        }

        fn crash(&mut self) {
            (self.heard, self.answered) = (0, false);
        }
    }

    fn nodes() -> Vec<(String, Counter)> {
        ["A", "B"].map(|name| (name.to_owned(), Counter { heard: 0, answered: false })).to_vec()
    }

    /// The same states, told apart by their whole text instead of a hash, depth first instead of breadth first.
    fn count_slowly(start: &State<Counter>) -> usize {
        let mut seen = BTreeSet::new();
        let mut open = vec![start.clone()];
        let mut moves = Vec::new();
        while let Some(state) = open.pop() {
            // The sum of hashes is what is put to the test.
            if !seen.insert(format!("{:?}", State { sum: 0, ..state.clone() })) {
                continue;
            }
            state.moves(&mut moves);
            open.extend(moves.iter().map(|what| state.with(state.change(*what, &mut ()))));
        }
        seen.len()
    }

    #[test]
    fn as_many_states_as_by_comparing_them_whole() {
        for (crashes, losses, duplicates, timers) in
            [(0, 0, 0, u32::MAX), (1, 0, 0, 1), (1, 1, 1, 2), (2, 0, 1, 2)]
        {
            let limits = Limits { crashes, losses, duplicates, timers, ..Limits::default() };
            let search = Search::new(nodes(), limits).unwrap();
            let explored = search.verify(|_| Ok(()));
            assert!(matches!(explored.outcome, Outcome::Exhausted));
            assert_eq!(explored.states, count_slowly(search.start()), "{limits:?}");
        }
    }
}
