//! How fast the engine is, as ratios in one run.
//!
//! ```text
//! cargo bench -p replication-lab                            # tables, each followed by the same as JSON, one line
//! cargo bench -p replication-lab --bench engine -- --json   # the JSON line alone
//! ```
//! What is compared runs in turns, several times; the fastest turn of each counts, since everything else on the
//! machine can only make it slower. The exit code is 1 if a figure misses what it should reach.

mod common;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use common::{Figure, NODES, Reach, figure, relays};
use replication_lab::explore::{Chaos, Limits, Outcome, Scenario, Search, in_parallel};
use replication_lab::history::formats::Recorded;
use replication_lab::history::generate::{Generator, Kind};
use replication_lab::history::{self, Verdict};
use replication_lab::raft::{Raft, Trial, one_leader_per_term};
use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;

/// How often each thing is measured.
const TURNS: usize = 15;

/// The fastest of some turns.
fn fastest(turns: usize, mut run: impl FnMut() -> Duration) -> Duration {
    (0..turns).map(|_| run()).min().unwrap_or_default()
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let begin = Instant::now();
    let result = black_box(run());
    (begin.elapsed(), result)
}

fn events(tracing: bool, events: u64) -> Duration {
    let mut world = relays(tracing);
    timed(|| (0..events).for_each(|_| _ = world.step())).0
}

/// What the queue of such a run costs at the least: a heap of as many (time, number) pairs as tokens are under way,
/// from which one is popped and one pushed for every event, later by as much as a link would take.
fn bare_heap(events: u64) -> Duration {
    let mut rng = Rng::new(7, Stream::Network);
    let under_way = u64::from(NODES * (NODES - 1));
    let mut heap: BinaryHeap<_> = (0..under_way).map(|i| Reverse((500 + rng.below(1_501), i))).collect();
    let run = || {
        for i in 0..events {
            if let Some(Reverse((at, _))) = heap.pop() {
                heap.push(Reverse((at + 500 + rng.below(1_501), under_way + i)));
            }
        }
        heap.len()
    };
    timed(run).0
}

fn world_figures() -> Vec<Figure> {
    const LONG: u64 = 1_000_000;
    const SHORT: u64 = 50_000;
    let (mut bare, mut off, mut on, mut on_long) =
        (Duration::MAX, Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..TURNS {
        bare = bare.min(bare_heap(LONG));
        off = off.min(events(false, LONG));
        on = on.min(events(true, SHORT));
        on_long = on_long.min(events(true, LONG));
    }
    let per_event = |span: Duration, events: u64| span.as_secs_f64() * 1e9 / events as f64;
    let (bare, off) = (per_event(bare, LONG), per_event(off, LONG));
    let (on, on_long) = (per_event(on, SHORT), per_event(on_long, LONG));
    vec![
        figure("bare heap, pop and push", bare, "ns", None),
        figure("event, trace off", off, "ns", None),
        figure("event, trace on, run of 50,000", on, "ns", None),
        figure("event, trace on, run of 1,000,000", on_long, "ns", None),
        figure("events per second, trace off", 1e9 / off, "1/s", None),
        figure("rate with trace off / bare heap", bare / off, "", Some(Reach::AtLeast(0.5))),
        figure("rate with trace on / bare heap", bare / on, "", Some(Reach::AtLeast(1.0 / 6.0))),
        figure("the same in a run of 1,000,000", bare / on_long, "", Some(Reach::AtLeast(1.0 / 6.0))),
    ]
}

/// Two hundred seeds: five servers elect a leader, machines die and links are cut, a leader is found again.
fn failover() -> Figure {
    let trial = Trial { builder: Raft::builder().elections_only(true).servers(5), patience: Time::s(30) };
    let chaos = Chaos::new(5, Time::s(3)).expect("five nodes and three seconds");
    let seeds: Vec<u64> = (0..200).collect();
    let run = || {
        timed(|| {
            in_parallel(&seeds, |seed| trial.run(&chaos.case(&trial, *seed), false).map(|run| run.verdict))
        })
    };
    let span = fastest(5, || {
        let (span, verdicts) = run();
        assert!(
            verdicts.iter().all(|verdict| *verdict == Ok(Verdict::Holds)),
            "an election is not as it should be"
        );
        span
    });
    figure("sweep of 200 seeds of a failover", span.as_secs_f64(), "s", Some(Reach::AtMost(2.0)))
}

fn checkers() -> Vec<Figure> {
    let check = |name, generator: Generator, reach| {
        let Recorded { history, initially } = generator.generate();
        let check = || {
            let limits = history::Limits::states(10_000_000);
            history::linearizable_from(&history, initially.as_deref(), limits)
        };
        let span = fastest(TURNS, || {
            let (span, verdict) = timed(check);
            assert!(verdict.holds(), "{verdict}");
            span
        });
        figure(name, span.as_secs_f64() * 1e3, "ms", reach)
    };
    let texts = |clients, operations, keys| Generator {
        kind: Kind::Text,
        clients,
        operations,
        keys,
        ..Generator::default()
    };
    let registers =
        Generator { kind: Kind::CompareAndSet, clients: 50, operations: 2_000, ..Generator::default() };
    vec![
        check("texts, 10 clients, 400 operations", texts(10, 400, 10), Some(Reach::AtMost(3.0))),
        check("texts, 50 clients, 2,000 operations", texts(50, 2_000, 10), Some(Reach::AtMost(50.0))),
        check("texts, 50 clients, 2,000 operations, 1 key", texts(50, 2_000, 1), None),
        check("compare-and-set, 50 clients, 2,000 operations", registers, Some(Reach::AtMost(50.0))),
    ]
}

/// Elections of three servers in every order of events.
fn search() -> Vec<Figure> {
    let limits = Limits { timers: 2, crashes: 1, states: 600_000, ..Limits::default() };
    let servers = Raft::builder().elections_only(true).servers_alone().expect("three servers");
    let search = Search::new(servers, limits).expect("three servers and some limits");
    let mut states = 0;
    let span = fastest(5, || {
        let (span, explored) = timed(|| search.verify(one_leader_per_term));
        assert!(!matches!(explored.outcome, Outcome::Violated(..)), "{explored}");
        states = explored.states;
        span
    });
    let rate = states as f64 / span.as_secs_f64();
    vec![
        figure("states of three Raft servers", states as f64, "", None),
        figure("states searched per second", rate, "1/s", Some(Reach::AtLeast(300_000.0))),
    ]
}

fn main() {
    let mut figures = world_figures();
    figures.push(failover());
    figures.extend(checkers());
    figures.extend(search());
    common::report(&figures);
}
