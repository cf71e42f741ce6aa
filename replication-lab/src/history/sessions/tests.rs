//! The guarantees against their definitions, with every order of writes and every set of seen writes.

use proptest::prelude::*;

use super::*;
use crate::history::{Action, History, Op, Verdict};
use crate::time::Time;

const KEYS: [&str; 2] = ["x", "y"];

/// An operation of a small scope: its client, its key, what it does, and how long it takes; a read returns the
/// write with this number, counted over both keys, or nothing.
#[derive(Clone, Copy, Debug)]
struct Small {
    client: usize,
    key: usize,
    read: Option<usize>,
    // Whether it still runs when the next one begins.
    long: bool,
}

fn history(ops: &[Small]) -> Option<History> {
    let writes: Vec<usize> = (0..ops.len()).filter(|place| ops[*place].read.is_none()).collect();
    let mut all = Vec::new();
    for (place, op) in ops.iter().enumerate() {
        let action = match op.read {
            None => Action::Write(place.to_string()),
            Some(0) => Action::Read(vec![]),
            Some(number) => {
                let write = *writes.get(number - 1)?;
                if ops[write].key != op.key {
                    return None;
                }
                Action::Read(vec![write.to_string()])
            }
        };
        let began = 10 * place as u64;
        let ended = began + if op.long { 15 } else { 5 };
        all.push(Op {
            client: format!("c{}", op.client),
            key: KEYS[op.key].into(),
            action,
            began: Time::ms(began),
            ended: Some(Time::ms(ended)),
        });
    }
    Some(History(all))
}

mod by_definition {
    //! Orders of writes and sets of seen writes, tried one by one. A set is a mask over the places of a history.

    use super::*;

    #[derive(Clone, Copy, PartialEq, Eq)]
    pub(super) enum Guarantee {
        ReadYourWrites,
        MonotonicReads,
        MonotonicWrites,
        WritesFollowReads,
    }

    fn orders(
        left: &mut Vec<usize>,
        order: &mut Vec<usize>,
        found: &mut dyn FnMut(&[usize]) -> bool,
    ) -> bool {
        if left.is_empty() {
            return found(order);
        }
        (0..left.len()).any(|i| {
            let place = left.remove(i);
            order.push(place);
            let good = orders(left, order, found);
            order.pop();
            left.insert(i, place);
            good
        })
    }

    pub(super) fn holds(history: &History, guarantee: Guarantee) -> bool {
        let ops = &history.0;
        let mut writes: Vec<usize> =
            (0..ops.len()).filter(|p| matches!(ops[*p].action, Action::Write(_))).collect();
        let reads: Vec<usize> =
            (0..ops.len()).filter(|p| matches!(ops[*p].action, Action::Read(_))).collect();
        let all: Vec<usize> = writes.clone();
        // One order of all writes: only the order on each key matters.
        orders(&mut writes, &mut Vec::new(), &mut |order| {
            let rank = |place: usize| order.iter().position(|other| *other == place);
            let in_time = all.iter().all(|a| {
                all.iter().all(|b| {
                    let older = ops[*a].key == ops[*b].key
                        && (ops[*a].ended < Some(ops[*b].began) || history.in_session(*a, *b));
                    !older || rank(*a) < rank(*b)
                })
            });
            in_time && sees(history, guarantee, &reads, &all, order, &mut Vec::new())
        })
    }

    /// Whether the reads from here on can be given sets of seen writes.
    fn sees(
        history: &History,
        guarantee: Guarantee,
        reads: &[usize],
        writes: &[usize],
        order: &[usize],
        given: &mut Vec<(usize, u32)>,
    ) -> bool {
        let Some(read) = reads.get(given.len()).copied() else {
            return guarantee != Guarantee::WritesFollowReads || follow(history, order, given);
        };
        (0..1u32 << writes.len()).any(|subset| {
            let mask = (0..writes.len()).filter(|i| subset >> i & 1 == 1).fold(0, |m, i| m | 1 << writes[i]);
            let fine =
                returns(history, read, mask, order) && allows(history, guarantee, read, mask, writes, given);
            if !fine {
                return false;
            }
            given.push((read, mask));
            let found = sees(history, guarantee, reads, writes, order, given);
            given.pop();
            found
        })
    }

    fn returns(history: &History, read: usize, mask: u32, order: &[usize]) -> bool {
        let Action::Read(values) = &history.0[read].action else { return false };
        let key = &history.0[read].key;
        let newest = order.iter().rev().find(|w| mask >> **w & 1 == 1 && history.0[**w].key == *key);
        values.first().cloned() == newest.map(|w| w.to_string())
    }

    fn allows(
        history: &History,
        guarantee: Guarantee,
        read: usize,
        mask: u32,
        writes: &[usize],
        given: &[(usize, u32)],
    ) -> bool {
        let has = |write: usize| mask >> write & 1 == 1;
        let monotonic =
            || given.iter().all(|(before, seen)| !history.in_session(*before, read) || mask & seen == *seen);
        match guarantee {
            Guarantee::ReadYourWrites => writes.iter().all(|w| !history.in_session(*w, read) || has(*w)),
            Guarantee::MonotonicReads => monotonic(),
            Guarantee::MonotonicWrites => {
                let closed = writes.iter().all(|later| {
                    !has(*later) || writes.iter().all(|w| !history.in_session(*w, *later) || has(*w))
                });
                monotonic() && closed
            }
            // The rest is for when all sets are given.
            Guarantee::WritesFollowReads => monotonic(),
        }
    }

    fn follow(history: &History, order: &[usize], given: &[(usize, u32)]) -> bool {
        let rank = |place: usize| order.iter().position(|other| *other == place);
        order.iter().all(|write| {
            // What this write's client had been told before: only what a read returned is known to be seen by it.
            let told =
                given.iter().filter(|(read, _)| history.in_session(*read, *write)).filter_map(|(read, _)| {
                    let Action::Read(values) = &history.0[*read].action else { return None };
                    values.first()?.parse::<usize>().ok()
                });
            let told: Vec<usize> = told.collect();
            told.iter().all(|w| {
                let ordered = history.0[*w].key != history.0[*write].key || rank(*w) < rank(*write);
                ordered && given.iter().all(|(_, seen)| seen >> *write & 1 == 0 || seen >> *w & 1 == 1)
            })
        })
    }
}

use by_definition::Guarantee;

fn check(ops: &[Small]) -> Option<[bool; 4]> {
    let history = history(ops)?;
    let verdicts = [
        (read_your_writes(&history), Guarantee::ReadYourWrites),
        (monotonic_reads(&history), Guarantee::MonotonicReads),
        (monotonic_writes(&history), Guarantee::MonotonicWrites),
        (writes_follow_reads(&history), Guarantee::WritesFollowReads),
    ];
    let future = verdicts.iter().any(|(v, _)| matches!(v, Verdict::Unknown(why) if why.contains("nobody")));
    if future {
        return None;
    }
    let backwards = !by_definition::holds(&history, Guarantee::MonotonicReads);
    for (verdict, guarantee) in &verdicts {
        match verdict {
            Verdict::Unknown(why) => assert!(
                backwards && matches!(guarantee, Guarantee::MonotonicWrites | Guarantee::WritesFollowReads),
                "{why}\n{history}"
            ),
            verdict => {
                assert_eq!(
                    verdict.holds(),
                    by_definition::holds(&history, *guarantee),
                    "{verdict}\n{history}"
                );
            }
        }
    }
    Some(verdicts.map(|(verdict, _)| verdict.holds()))
}

#[test]
fn agree_with_the_definitions_on_every_small_history() {
    // Four operations of two clients on two keys, every one of every length, every read of every write.
    let shapes: Vec<(usize, usize, Option<usize>)> = (0..2)
        .flat_map(|client| (0..2).map(move |key| (client, key)))
        .flat_map(|(client, key)| [None, Some(0), Some(1), Some(2)].map(|read| (client, key, read)))
        .collect();
    let (mut seen, mut count) = ([[0; 2]; 4], 0);
    for a in shapes.iter().filter(|(client, key, read)| *client == 0 && *key == 0 && read.is_none()) {
        for (b, c) in shapes.iter().flat_map(|b| shapes.iter().map(move |c| (b, c))) {
            for d in shapes.iter().filter(|(_, _, read)| read.is_some()) {
                for long in [0b0000, 0b0001, 0b0110] {
                    let ops: Vec<Small> = [a, b, c, d]
                        .iter()
                        .enumerate()
                        .map(|(i, (client, key, read))| Small {
                            client: *client,
                            key: *key,
                            read: *read,
                            long: long >> i & 1 == 1,
                        })
                        .collect();
                    let Some(held) = check(&ops) else { continue };
                    count += 1;
                    (0..4).for_each(|i| seen[i][usize::from(held[i])] += 1);
                }
            }
        }
    }
    assert!(count > 1_000 && seen.iter().all(|both| both.iter().all(|n| *n > 0)), "{count} {seen:?}");
}

fn small() -> impl Strategy<Value = Small> {
    let read = prop_oneof![3 => Just(None), 1 => Just(Some(0)), 4 => (1..4usize).prop_map(Some)];
    (0..3usize, 0..2usize, read, prop::bool::weighted(0.3)).prop_map(|(client, key, read, long)| Small {
        client,
        key,
        read,
        long,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 1_000_000, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn agree_with_the_definitions_on_drawn_histories(ops in prop::collection::vec(small(), 3..8)) {
        let few = ops.iter().filter(|op| op.read.is_none()).count() <= 3
            && ops.iter().filter(|op| op.read.is_some()).count() <= 4;
        prop_assume!(few && check(&ops).is_some());
    }
}

mod receipts {
    //! The predicates of the paper, read out loud: for every server and every time.

    use super::*;

    /// Server, time, and relevant writes; nothing for a write.
    type Read = Option<(usize, u64, Vec<usize>)>;

    fn receipts(arrivals: &[(usize, usize)], steps: &[(usize, Read)]) -> Receipts {
        let mut receipts = Receipts::default();
        for (at, (server, write)) in arrivals.iter().enumerate() {
            receipts.receive(&server.to_string(), Time::ms(at as u64), &write.to_string());
        }
        for client in 0..2 {
            let own = steps.iter().filter(|(who, _)| who % 2 == client).enumerate();
            let step = |(place, (_, read)): (usize, &(usize, Read))| match read {
                // Writes of the two clients have numbers of their own.
                None => Step::Write { id: (2 * place + client).to_string() },
                Some((server, at, relevant)) => Step::Read {
                    server: server.to_string(),
                    at: Time::ms(*at),
                    relevant: relevant.iter().map(usize::to_string).collect(),
                },
            };
            receipts.sessions.push(Session { client: client.to_string(), steps: own.map(step).collect() });
        }
        receipts
    }

    /// Whether every pair of steps of a session, one before the other, satisfies a predicate.
    fn every_pair(receipts: &Receipts, holds: impl Fn(&Step, &Step) -> bool) -> bool {
        receipts.sessions.iter().all(|session| {
            let steps = &session.steps;
            (0..steps.len()).all(|later| steps[..later].iter().all(|earlier| holds(earlier, &steps[later])))
        })
    }

    /// Wherever and whenever `later` is, `first` is too, ordered before it.
    fn is_ordered(receipts: &Receipts, first: &WriteId, later: &WriteId) -> bool {
        receipts.received.keys().all(|server| {
            (0..20).all(|at| {
                let db = receipts.db(server, Time::ms(at));
                let place = |id: &WriteId| db.iter().position(|other| other == id);
                place(later).is_none_or(|later| place(first).is_some_and(|first| first <= later))
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn agree_with_the_definitions(
            arrivals in prop::collection::vec((0..2usize, 0..6usize), 0..10),
            steps in prop::collection::vec(
                (0..2usize, prop::option::of((0..2usize, 0..12u64, prop::collection::vec(0..6usize, 0..2)))),
                0..6
            ),
        ) {
            let receipts = receipts(&arrivals, &steps);
            let has = |server: &str, at: Time, id: &WriteId| receipts.db(server, at).contains(&id.as_str());
            let read_your_writes = every_pair(&receipts, |earlier, later| match (earlier, later) {
                (Step::Write { id }, Step::Read { server, at, .. }) => has(server, *at, id),
                _ => true,
            });
            let monotonic_reads = every_pair(&receipts, |earlier, later| match (earlier, later) {
                (Step::Read { relevant, .. }, Step::Read { server, at, .. }) => {
                    relevant.iter().all(|id| has(server, *at, id))
                }
                _ => true,
            });
            let monotonic_writes = every_pair(&receipts, |earlier, later| match (earlier, later) {
                (Step::Write { id }, Step::Write { id: later }) => is_ordered(&receipts, id, later),
                _ => true,
            });
            let writes_follow_reads = every_pair(&receipts, |earlier, later| match (earlier, later) {
                (Step::Read { relevant, .. }, Step::Write { id }) => {
                    relevant.iter().all(|first| is_ordered(&receipts, first, id))
                }
                _ => true,
            });
            prop_assert_eq!(receipts.read_your_writes().holds(), read_your_writes);
            prop_assert_eq!(receipts.monotonic_reads().holds(), monotonic_reads);
            prop_assert_eq!(receipts.monotonic_writes().holds(), monotonic_writes);
            prop_assert_eq!(receipts.writes_follow_reads().holds(), writes_follow_reads);
        }
    }

    #[test]
    fn a_witness_says_what_arrived_too_early() {
        let mut receipts = Receipts::default();
        receipts.receive("A", Time::ms(1), "w1").receive("A", Time::ms(2), "w2");
        receipts.receive("B", Time::ms(3), "w2").receive("B", Time::ms(4), "w1").receive(
            "C",
            Time::ms(5),
            "w2",
        );
        let steps = ["w1", "w2"].map(|id| Step::Write { id: id.into() });
        receipts.sessions.push(Session { client: "c1".into(), steps: steps.to_vec() });
        assert_eq!(
            receipts.monotonic_writes().to_string(),
            "violated: c1 wrote w1 and then wrote w2, which reached B before it"
        );
        receipts.received.remove("B");
        assert_eq!(
            receipts.monotonic_writes().to_string(),
            "violated: c1 wrote w1 and then wrote w2, which reached C without it"
        );
    }
}
