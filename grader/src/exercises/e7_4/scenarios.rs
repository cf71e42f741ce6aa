//! The scenarios of E7.4.

use std::collections::BTreeMap;

use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;
use replication_lab::trace::{Entry, Event as Happened, NodeId, Trace};

use super::{Clock, Clocks, ConcurrentPairs, Event, HappensBefore, Impossible, ProcessLog};
use crate::exercise::{Recorder, Task};

pub(super) struct Functions {
    pub(super) happens_before: HappensBefore,
    pub(super) clocks: Clocks,
    pub(super) concurrent_pairs: ConcurrentPairs,
}

pub(super) fn drive(functions: &Functions, task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w7-6" => w7_6(functions, notes),
        "clocks" => clocks(functions, notes),
        "all-pairs" => all_pairs(functions, notes),
        "itself" => itself(functions, notes),
        "any-order" => any_order(functions, notes),
        "lost-and-twice" => lost_and_twice(functions, notes),
        "impossible" => impossible(functions, notes),
        "random" => random(functions, task.seed, notes),
        other => panic!("E7.4 has no scenario {other:?}"),
    }
}

/// Logs from processes with their events' names, and messages from one event to others. A message without a receiver is
/// lost; one without a sender was sent by somebody whose log is missing.
fn logs(processes: &[(&str, &[&str])], messages: &[(Option<&str>, &[&str])]) -> Vec<ProcessLog> {
    let event = |name: &&str| {
        let numbered = || messages.iter().zip(1..);
        let sends = numbered().filter(|((from, _), _)| *from == Some(*name)).map(|(_, number)| number);
        let receives = numbered().filter(|((_, to), _)| to.contains(name)).map(|(_, number)| number);
        Event { name: (*name).to_owned(), receives: receives.collect(), sends: sends.collect() }
    };
    let log = |(process, events): &(&str, &[&str])| ProcessLog {
        process: (*process).to_owned(),
        events: events.iter().map(event).collect(),
    };
    processes.iter().map(log).collect()
}

/// Thirteen events of three processes, and four messages.
fn three() -> Vec<ProcessLog> {
    logs(
        &[
            ("a", &["a1", "a2", "a3", "a4"]),
            ("b", &["b1", "b2", "b3", "b4", "b5"]),
            ("c", &["c1", "c2", "c3", "c4"]),
        ],
        &[(Some("a2"), &["b2"]), (Some("b2"), &["a3"]), (Some("c1"), &["b3"]), (Some("c3"), &["b5"])],
    )
}

/// The logs as a run that can be drawn: events in an order in which they can have happened, and then those of which that
/// can't be said.
fn drawn(logs: &[ProcessLog]) -> Trace {
    let mut trace =
        Trace { nodes: logs.iter().map(|log| log.process.clone()).collect(), entries: Vec::new() };
    let sender = |message: u32| {
        logs.iter().position(|log| log.events.iter().any(|event| event.sends.contains(&message)))
    };
    let receiver = |message: u32| {
        logs.iter().position(|log| log.events.iter().any(|event| event.receives.contains(&message)))
    };
    let mut next = vec![0; logs.len()];
    let mut sent: Vec<u32> = Vec::new();
    loop {
        let ready = (0..logs.len()).find(|place| {
            let event = logs[*place].events.get(next[*place]);
            let has_left = |message: &u32| sent.contains(message) || sender(*message).is_none();
            event.is_some_and(|event| event.receives.iter().all(has_left))
        });
        let Some(place) = ready else { return trace };
        let event = &logs[place].events[next[place]];
        next[place] += 1;
        let at = Time::ms(trace.entries.len() as u64);
        let node = |place: usize| NodeId(place as u16);
        for message in &event.receives {
            if let Some(from) = sender(*message) {
                let (from, to) = (node(from), node(place));
                trace
                    .entries
                    .push(Entry { at, event: Happened::Deliver { message: u64::from(*message), from, to } });
            }
        }
        trace
            .entries
            .push(Entry { at, event: Happened::Note { node: node(place), text: event.name.clone() } });
        for message in &event.sends {
            sent.push(*message);
            if let Some(to) = receiver(*message) {
                let (from, to, label) = (node(place), node(to), format!("m{message}").into());
                trace.entries.push(Entry {
                    at,
                    event: Happened::Send { message: u64::from(*message), from, to, label },
                });
            }
        }
    }
}

fn names(logs: &[ProcessLog]) -> Vec<&str> {
    logs.iter().flat_map(|log| &log.events).map(|event| event.name.as_str()).collect()
}

fn told<T>(answer: Result<T, Impossible>, tell: impl FnOnce(T) -> String) -> String {
    answer.map_or_else(|_| "such logs can't be".to_owned(), tell)
}

fn clock_text(clock: &Clock) -> String {
    let counts: Vec<String> = clock.iter().map(|(process, count)| format!("{process}:{count}")).collect();
    format!("{{{}}}", counts.join(" "))
}

impl Functions {
    fn asks(&self, notes: &Recorder, logs: &[ProcessLog], pairs: &[(&str, &str)]) {
        for (a, b) in pairs {
            let said = told((self.happens_before)(logs, a, b), |before| before.to_string());
            notes.step(format!("{a} happened before {b}"), said);
        }
    }

    /// All clocks, event by event.
    fn clocks(&self, notes: &Recorder, logs: &[ProcessLog]) {
        let clocks = match (self.clocks)(logs) {
            Ok(clocks) => clocks,
            Err(Impossible) => return notes.step("the clocks", "such logs can't be"),
        };
        for name in names(logs) {
            let clock = clocks.get(name).map_or("no clock".to_owned(), clock_text);
            notes.step(format!("the clock of {name}"), clock);
        }
        notes.step("clocks", clocks.len());
    }

    /// The concurrent pairs, as the learner lists them, by her paths, and by her clocks.
    fn pairs(&self, notes: &Recorder, logs: &[ProcessLog], which: &str) {
        let listed = (self.concurrent_pairs)(logs);
        let tell = |pairs: Vec<(String, String)>| {
            let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
            let mut order = Vec::new();
            for (a, b) in pairs {
                if !rows.contains_key(&a) {
                    order.push(a.clone());
                }
                rows.entry(a).or_default().push(b);
            }
            let row = |a: &String| format!("{a} ‖ {}", rows[a].join(" "));
            order.iter().map(row).collect::<Vec<_>>().join("; ")
        };
        let count = listed.as_ref().map_or(0, Vec::len);
        notes.step(format!("{which}concurrent pairs"), told(listed, tell));
        notes.step(format!("{which}how many"), count);
        let names = names(logs);
        let all = || (0..names.len()).flat_map(|a| (a + 1..names.len()).map(move |b| (a, b)));
        let before = |a: usize, b: usize| (self.happens_before)(logs, names[a], names[b]).unwrap_or(false);
        let by_paths = all().filter(|(a, b)| !before(*a, *b) && !before(*b, *a)).count();
        notes.step(format!("{which}how many, asking for paths"), by_paths);
        let clocks = (self.clocks)(logs).unwrap_or_default();
        let covers = |high: usize, low: usize| match (clocks.get(names[high]), clocks.get(names[low])) {
            (Some(high), Some(low)) => low.iter().all(|(slot, count)| high.get(slot).unwrap_or(&0) >= count),
            _ => false,
        };
        let by_clocks = all().filter(|(a, b)| !covers(*a, *b) && !covers(*b, *a)).count();
        notes.step(format!("{which}how many, comparing clocks"), by_clocks);
    }
}

fn w7_6(functions: &Functions, notes: &Recorder) {
    let logs = three();
    notes.keep_run(&drawn(&logs));
    let pairs = [
        ("a1", "a2"),
        ("a2", "b2"),
        ("a1", "b2"),
        ("b2", "a3"),
        ("a1", "a3"),
        ("b1", "a3"),
        ("c1", "b3"),
        ("c1", "b5"),
        ("c2", "b5"),
        ("a1", "b5"),
        ("b2", "a1"),
        ("a3", "b2"),
        ("b3", "c2"),
        ("c2", "b3"),
        ("a4", "b5"),
        ("b5", "a4"),
        ("c4", "b5"),
    ];
    functions.asks(notes, &logs, &pairs);
}

fn clocks(functions: &Functions, notes: &Recorder) {
    let logs = three();
    notes.keep_run(&drawn(&logs));
    functions.clocks(notes, &logs);
}

fn all_pairs(functions: &Functions, notes: &Recorder) {
    let logs = three();
    notes.keep_run(&drawn(&logs));
    functions.pairs(notes, &logs, "");
}

fn itself(functions: &Functions, notes: &Recorder) {
    let one = logs(&[("a", &["a1", "a2"])], &[]);
    functions.asks(notes, &one, &[("a1", "a1"), ("a1", "a2"), ("a2", "a1")]);
    functions.pairs(notes, &one, "one process: ");
    functions.pairs(notes, &logs(&[("a", &["a1"]), ("b", &["b1"])], &[]), "two strangers: ");
    functions.pairs(notes, &logs(&[("a", &[]), ("b", &[])], &[]), "nothing happened: ");
}

fn any_order(functions: &Functions, notes: &Recorder) {
    // Who receives stands before who sends, and a process that both receives and sends between them.
    let logs = logs(
        &[("z", &["z1", "z2"]), ("y", &["y1", "y2", "y3"]), ("x", &["x1", "x2"])],
        &[(Some("x1"), &["y2"]), (Some("y2"), &["z1"]), (Some("x2"), &["z2"])],
    );
    notes.keep_run(&drawn(&logs));
    functions.asks(notes, &logs, &[("x1", "z1"), ("z1", "x1"), ("y1", "z2"), ("x2", "y3")]);
    functions.clocks(notes, &logs);
    functions.pairs(notes, &logs, "");
}

fn lost_and_twice(functions: &Functions, notes: &Recorder) {
    let logs = logs(
        &[("a", &["a1", "a2"]), ("b", &["b1", "b2", "b3"]), ("c", &["c1", "c2"])],
        &[
            // It arrives at b2, and once more at c2.
            (Some("a2"), &["b2", "c2"]),
            // It never arrives.
            (Some("b1"), &[]),
            // Its sender kept no log.
            (None, &["c1"]),
        ],
    );
    notes.keep_run(&drawn(&logs));
    functions.asks(notes, &logs, &[("a1", "b2"), ("a1", "c2"), ("b1", "c1"), ("b2", "c2")]);
    functions.clocks(notes, &logs);
    functions.pairs(notes, &logs, "");
}

fn impossible(functions: &Functions, notes: &Recorder) {
    let back =
        logs(&[("a", &["a1", "a2"]), ("b", &["b1", "b2"])], &[(Some("a2"), &["b1"]), (Some("b2"), &["a1"])]);
    functions.asks(notes, &back, &[("a1", "b1"), ("b2", "a2")]);
    functions.clocks(notes, &back);
    notes.step(
        "the pairs",
        told((functions.concurrent_pairs)(&back), |pairs| format!("{} pairs", pairs.len())),
    );
    let itself = logs(&[("a", &["a1"])], &[(Some("a1"), &["a1"])]);
    notes.step(
        "an event that receives its own message",
        told((functions.concurrent_pairs)(&itself), |pairs| format!("{} pairs", pairs.len())),
    );
    let earlier = logs(&[("a", &["a1", "a2"])], &[(Some("a2"), &["a1"])]);
    notes.step(
        "a message to the own past",
        told((functions.concurrent_pairs)(&earlier), |pairs| format!("{} pairs", pairs.len())),
    );
}

/// Logs of a run that can have been: every message leaves before it arrives.
fn drawn_at_random(rng: &mut Rng) -> Vec<ProcessLog> {
    const NAMES: [&str; 4] = ["p", "q", "r", "s"];
    let log = |name: &str| ProcessLog { process: name.to_owned(), events: Vec::new() };
    let mut logs: Vec<ProcessLog> = NAMES.iter().map(|name| log(name)).collect();
    let mut flying: Vec<(u32, usize)> = Vec::new();
    for number in 1..=14 {
        let place = rng.below(4) as usize;
        let mut event =
            Event { name: format!("{}{}", NAMES[place], logs[place].events.len() + 1), ..Event::default() };
        let arrives = flying.iter().position(|(_, from)| *from != place);
        if let Some(one) = arrives.filter(|_| rng.chance(0.6)) {
            event.receives.push(flying[one].0);
            // Some arrive a second time.
            if !rng.chance(0.15) {
                flying.remove(one);
            }
        }
        if rng.chance(0.5) {
            event.sends.push(number);
            flying.push((number, place));
        }
        logs[place].events.push(event);
    }
    rng.shuffle(&mut logs);
    logs
}

fn random(functions: &Functions, seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    for run in 1..=4 {
        let logs = drawn_at_random(&mut rng);
        if run == 1 {
            notes.keep_run(&drawn(&logs));
        }
        functions.pairs(notes, &logs, &format!("run {run}: "));
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every right answer: three ways to count the concurrent pairs give one number.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let number =
            |what: &str| seen.steps.iter().find(|step| step.what == what).and_then(|step| step.got.as_u64());
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what.ends_with("how many")) {
            let listed = step.got.as_u64();
            let [paths, clocks] =
                ["asking for paths", "comparing clocks"].map(|way| number(&format!("{}, {way}", step.what)));
            if listed != paths || listed != clocks {
                let tell = |count: Option<u64>| count.map_or("nothing".to_owned(), |count| count.to_string());
                broken.push(Violation::new(
                    "paths-and-clocks-agree",
                    format!(
                        "concurrent pairs: {} are listed, {} by paths, {} by clocks",
                        tell(listed),
                        tell(paths),
                        tell(clocks)
                    ),
                ));
            }
        }
        broken
    }
}
