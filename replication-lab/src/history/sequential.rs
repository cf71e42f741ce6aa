//! Is every key of a history sequentially consistent? (Lamport, *How to Make a Multiprocessor Computer That
//! Correctly Executes Multiprocess Programs*, IEEE Transactions on Computers, 1979.)
//!
//! The operations must fit into one order in which each client's own operations keep theirs. Unlike
//! linearizability, that order may disagree with the clock:
//!
//! ```text
//! c1  ├─ writes x=1 ─┤
//! c2                    ├─ reads x: nothing ─┤   ├─ reads x: 1 ─┤     fine: the write is slow to arrive
//! c3                    ├─ reads x: 1 ─┤   ├─ reads x: nothing ─┤     not fine: c3 goes back
//! ```
//!
//! # Limits
//! Each key is checked for itself. Sequential consistency is *not* local: a history may hold on every key and
//! have no single order over all of them. Then this checker says that it holds, and it does, for every register.
//! The search is Wing & Gong's along the clients' own orders, with a memory, and has a budget as
//! [`linearizable`](super::linearizable) has. A client's operations that overlap keep the order in which they
//! began. One without an end binds only what it comes after.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, linearizable, sequential};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, action, began| {
//!     let ended = Some(Time::ms(began + 1));
//!     Op { client: client.into(), key: "x".into(), action, began: Time::ms(began), ended }
//! };
//! let mut history = History(vec![
//!     op("c1", Action::Write("1".into()), 0),
//!     op("c2", Action::Read(vec![]), 2),
//!     op("c2", Action::Read(vec!["1".into()]), 4),
//! ]);
//! assert!(!linearizable(&history, 1_000).holds() && sequential(&history, 1_000).holds());
//! history.0.push(op("c2", Action::Read(vec![]), 6));
//! assert_eq!(
//!     sequential(&history, 1_000).to_string(),
//!     "violated: “c2 reads x: nothing” fits nowhere after “c2 reads x: 1” in an order that keeps each client's own"
//! );
//! ```

use std::cell::Cell;

use super::linearizability::{
    Board, Guilty, Limits, Memory, Meter, Outcome, first_unexplained, from_nowhere, key_by_key,
};
use super::{History, Verdict};

/// Whether every key of the history, taken for itself, is sequentially consistent, starting with nothing. `budget`
/// is how many states may be looked at for each key; [`Verdict::Unknown`] when that is not enough, or when a read
/// returned siblings.
pub fn sequential(history: &History, budget: usize) -> Verdict {
    key_by_key(history, |ops| first_unexplained(ops, None, Limits::states(budget), search, in_own_order))
}

/// One client: its completed operations in their order, and how many of them have taken effect.
struct Queue {
    entries: Vec<u32>,
    next: usize,
}

/// An operation without an end, and the client's completed operations that come before it.
struct Loose {
    entry: u32,
    client: usize,
    after: usize,
}

struct Search<'b, 'a> {
    board: &'b mut Board<'a>,
    queues: Vec<Queue>,
    loose: Vec<Loose>,
    memory: Memory,
    left: usize,
}

struct Frame {
    state: u32,
    taken: usize,
    choices: Vec<u32>,
}

fn search(board: &mut Board<'_>, meter: &Meter<'_>, _: &Cell<usize>) -> Outcome {
    if !board.is_possible() {
        return Outcome::Impossible;
    }
    let clients = board.entries.iter().map(|entry| entry.client as usize + 1).max().unwrap_or(0);
    let mut queues: Vec<_> = (0..clients).map(|_| Queue { entries: Vec::new(), next: 0 }).collect();
    let mut loose = Vec::new();
    for (n, entry) in board.entries.iter().enumerate() {
        let client = entry.client as usize;
        let queue = &mut queues[client];
        match entry.ended {
            Some(_) => queue.entries.push(n as u32),
            None => loose.push(Loose { entry: n as u32, client, after: queue.entries.len() }),
        }
    }
    let left = queues.iter().map(|queue| queue.entries.len()).sum();
    Search { board, queues, loose, memory: Memory::default(), left }.run(meter)
}

impl Search<'_, '_> {
    fn run(&mut self, meter: &Meter<'_>) -> Outcome {
        self.take_observers();
        if self.left == 0 {
            return Outcome::Explained(self.board.places());
        }
        let mut stack = vec![self.frame()];
        while let Some(frame) = stack.last_mut() {
            let (state, taken, choice) = (frame.state, frame.taken, frame.choices.pop());
            self.take_back(taken, state);
            let Some(choice) = choice else {
                stack.pop();
                continue;
            };
            if !self.take(choice) {
                continue;
            }
            self.take_observers();
            if self.left == 0 {
                return Outcome::Explained(self.board.places());
            }
            if !self.is_new() {
                continue;
            }
            if !meter.counts_one_more() {
                return Outcome::GaveUp;
            }
            stack.push(self.frame());
        }
        Outcome::Impossible
    }

    fn take(&mut self, n: u32) -> bool {
        let entry = &self.board.entries[n as usize];
        if entry.ended.is_some() {
            self.queues[entry.client as usize].next += 1;
            self.left -= 1;
        }
        self.board.take(n as usize)
    }

    fn take_back(&mut self, len: usize, state: u32) {
        for n in &self.board.order[len..] {
            let entry = &self.board.entries[*n as usize];
            if entry.ended.is_some() {
                self.queues[entry.client as usize].next -= 1;
                self.left += 1;
            }
        }
        self.board.take_back(len, state);
    }

    /// Observers that fit take effect at once: they change nothing, and whoever waits behind them can come.
    fn take_observers(&mut self) {
        for client in 0..self.queues.len() {
            while let Some(n) = self.head(client)
                && self.board.entries[n as usize].effect.is_silent()
                && self.board.fits(n as usize)
            {
                self.take(n);
            }
        }
    }

    fn head(&self, client: usize) -> Option<u32> {
        let queue = &self.queues[client];
        queue.entries.get(queue.next).copied()
    }

    /// Who can take effect next, the last the best: those that began first.
    fn frame(&self) -> Frame {
        let heads = (0..self.queues.len()).filter_map(|client| self.head(client));
        let free = |loose: &&Loose| {
            !self.board.taken[loose.entry as usize] && self.queues[loose.client].next >= loose.after
        };
        let loose = self.loose.iter().filter(free).map(|loose| loose.entry);
        let can =
            |n: &u32| !self.board.entries[*n as usize].effect.is_silent() && self.board.fits(*n as usize);
        let mut choices: Vec<u32> = heads.chain(loose).filter(can).collect();
        choices.sort_by_key(|n| {
            let entry = &self.board.entries[*n as usize];
            std::cmp::Reverse((entry.ended.is_none(), entry.began, *n))
        });
        Frame { state: self.board.state, taken: self.board.order.len(), choices }
    }

    fn is_new(&mut self) -> bool {
        // Thirty-two bits a client: their number is the same for all configurations.
        let counts = self.queues.iter().flat_map(|queue| (0..32).map(|bit| queue.next >> bit & 1 == 1));
        let loose = self.loose.iter().map(|loose| self.board.taken[loose.entry as usize]);
        self.memory.insert(self.board.state, 0, counts.chain(loose))
    }
}

fn in_own_order(guilty: &Guilty<'_>) -> (Vec<usize>, String) {
    let (place, op) = guilty.op;
    if let Some(why) = from_nowhere(guilty) {
        return (vec![place], why);
    }
    let own = guilty.all.iter().rev().find(|(other, before)| *other < place && before.client == op.client);
    match own {
        Some((other, before)) => (
            vec![*other, place],
            format!("“{op}” fits nowhere after “{before}” in an order that keeps each client's own"),
        ),
        None => (vec![place], format!("“{op}” fits nowhere in an order that keeps each client's own")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Action, Op};
    use super::*;
    use crate::time::Time;

    /// An operation on x: its client, what it does, and whether it is answered.
    fn an_op() -> impl Strategy<Value = (usize, Action, bool)> {
        let value = || prop::sample::select(vec!["1", "2", "3"]).prop_map(str::to_owned);
        let action = prop_oneof![
            2 => value().prop_map(Action::Write),
            3 => prop::collection::vec(value(), 0..2).prop_map(Action::Read),
            1 => (value(), value(), any::<bool>()).prop_map(|(expected, new, swapped)| Action::CompareAndSet {
                expected: Some(expected),
                new,
                swapped
            }),
        ];
        (0..3usize, action, prop::bool::weighted(0.85))
    }

    fn history(ops: &[(usize, Action, bool)]) -> History {
        let op = |(place, (client, action, answered)): (usize, &(usize, Action, bool))| {
            let began = Time::ms(10 * place as u64);
            let ended = answered.then_some(began + Time::ms(5));
            Op { client: client.to_string(), key: "x".into(), action: action.clone(), began, ended }
        };
        History(ops.iter().enumerate().map(op).collect())
    }

    /// Every order that keeps each client's own, tried one by one.
    fn by_definition(ops: &[Op], left: &mut Vec<usize>, value: Option<&str>) -> bool {
        if left.iter().all(|place| ops[*place].ended.is_none()) {
            return true;
        }
        (0..left.len()).any(|i| {
            let place = left[i];
            let op = &ops[place];
            let waits =
                |other: usize| other < place && ops[other].client == op.client && ops[other].ended.is_some();
            if left.iter().any(|other| waits(*other)) {
                return false;
            }
            let answered = op.ended.is_some();
            let next = match &op.action {
                Action::Write(new) => Some(new.as_str()),
                Action::Read(values) if !answered || values.first().map(String::as_str) == value => value,
                Action::CompareAndSet { expected, new, swapped } => {
                    let equal = expected.as_deref() == value;
                    if answered && equal != *swapped {
                        return false;
                    }
                    if equal { Some(new.as_str()) } else { value }
                }
                _ => return false,
            };
            left.remove(i);
            let found = by_definition(ops, left, next);
            left.insert(i, place);
            found
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn agrees_with_the_definition(ops in prop::collection::vec(an_op(), 0..8)) {
            let history = history(&ops);
            let expected = by_definition(&history.0, &mut (0..ops.len()).collect(), None);
            let verdict = sequential(&history, 100_000);
            prop_assert_eq!(verdict.holds(), expected, "{}\n{}", verdict, history);
        }

        /// Real time only adds to what must be kept.
        #[test]
        fn what_is_linearizable_is_sequential(ops in prop::collection::vec(an_op(), 0..8)) {
            let history = history(&ops);
            prop_assert!(!super::super::linearizable(&history, 100_000).holds() || sequential(&history, 100_000).holds());
        }
    }

    #[test]
    fn a_read_may_come_before_the_write_that_it_saw() {
        let ops = [(1, Action::Read(vec!["1".into()]), true), (0, Action::Write("1".into()), true)];
        assert!(sequential(&history(&ops), 100).holds());
    }

    #[test]
    fn the_witness_names_what_the_client_did_before() {
        let write = |value: &str| Action::Write(value.into());
        let read = |value: &str| Action::Read(vec![value.into()]);
        let ops = [
            (0, write("1"), true),
            (1, write("2"), true),
            (2, read("1"), true),
            (2, read("2"), true),
            (3, read("2"), true),
            (3, read("1"), true),
        ];
        assert_eq!(
            sequential(&history(&ops), 100).to_string(),
            "violated: “3 reads x: 1” fits nowhere after “3 reads x: 2” in an order that keeps each client's own"
        );
        let nowhere = [(0, read("7"), true)];
        assert_eq!(
            sequential(&history(&nowhere), 100).to_string(),
            "violated: “0 reads x: 7”: nobody writes 7"
        );
    }
}
