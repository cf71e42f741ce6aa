//! The scenarios of E8.3.

use std::collections::BTreeMap;

use replication_lab::rng::{Rng, Stream};
use replication_lab::tombstones::{Replicas, Rules, Settings, Store, queue_pops_by, resurrection};

use super::{Cell, Key, Outside, Purge, Rows, Thresholds, Time, Tombstones};
use crate::exercise::{Recorder, Task};

/// The end of a step in which a deleted row is read, for the judge.
const DELETED: &str = "a deleted row reads";

pub(super) fn drive<T: Tombstones>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "merge" => merge::<T>(notes),
        "grace" => grace::<T>(notes),
        "older-run" => older_run::<T>(notes),
        "not-in-the-way" => not_in_the_way::<T>(notes),
        "repair" => repair::<T>(notes),
        "thresholds" => thresholds::<T>(notes),
        "queue" => queue::<T>(notes),
        "in-time" => story::<T>(&[3, 9, 11], notes),
        "too-late" => story::<T>(&[13], notes),
        "replicas" => replicas::<T>(task.seed, notes),
        other => panic!("E8.3 has no scenario {other:?}"),
    }
}

fn rules<T: Tombstones>() -> Rules {
    Rules { merge: T::merge, may_drop: T::may_drop, to_send: T::to_send, verdict: T::verdict }
}

/// A store with a grace of 10 s.
fn store<T: Tombstones>() -> Store {
    Store::new(Settings { gc_grace: Time::s(10), ..Settings::default() }).with_rules(rules::<T>())
}

fn row(number: u64) -> Key {
    Key::new("cart", number)
}

fn live(value: &str, second: u64) -> Cell {
    Cell::live(value, Time::s(second))
}

fn dead(second: u64) -> Cell {
    Cell::tombstone(Time::s(second))
}

/// What a reader gets of a row.
fn read(store: &Store, key: &Key) -> Option<String> {
    store.get(key).and_then(|cell| cell.value)
}

fn merge<T: Tombstones>(notes: &Recorder) {
    let pairs = [
        (live("milk", 1), live("eggs", 2)),
        (live("milk", 1), dead(2)),
        (dead(1), live("milk", 2)),
        (dead(1), dead(2)),
        (live("milk", 5), dead(5)),
        (live("eggs", 5), live("milk", 5)),
        (live("milk", 5), live("butter and bread", 5)),
        (live("", 5), dead(5)),
        (live("milk", 5), live("milk", 5)),
    ];
    for (a, b) in pairs {
        let there = T::merge(&a, &b).to_string();
        let back = T::merge(&b, &a).to_string();
        let got = if there == back { there } else { format!("{there}, and the other way round {back}") };
        notes.step(format!("{a} and {b}"), got);
    }
}

fn grace<T: Tombstones>(notes: &Recorder) {
    for (age, text) in [
        (Time::ZERO, "at once"),
        (Time::s(5), "after 5 s"),
        (Time::s(10), "after 10 s, which is the grace"),
        (Time::s(10) + Time::us(1), "1 µs later"),
        (Time::s(1_000), "after 1,000 s"),
    ] {
        let mut store = store::<T>();
        store.put(row(1), "milk", Time::s(1));
        store.flush();
        store.delete(row(1), Time::s(3));
        let done = store.compact_all(Time::s(3) + age);
        notes.step(format!("compaction {text}: tombstones dropped"), done.map(|done| done.dropped));
        notes.step(format!("compaction {text}: {DELETED}"), read(&store, &row(1)));
    }
    let none = Purge { now: Time::s(2), gc_grace: Time::s(10), outside: &[] };
    notes.step("a clock that is behind the tombstone: dropped", T::may_drop(&dead(50), &none));
}

/// Run 1 has the value, run 2 other rows around it, run 3 the deletion.
fn older_run<T: Tombstones>(notes: &Recorder) {
    for (stamp, text) in [(1, "an older value"), (3, "a value with the deletion's stamp")] {
        let mut store = store::<T>();
        store.put(row(5), "milk", Time::s(stamp));
        store.flush();
        store.put(row(2), "eggs", Time::s(8));
        store.put(row(7), "bread", Time::s(8));
        store.flush();
        store.delete(row(5), Time::s(3));
        store.flush();
        let done = store.compact_runs(&[2, 3], Time::s(100));
        let what = format!("{text} in run 1; runs 2 and 3 are compacted");
        notes.step(format!("{what}: tombstones dropped"), done.map(|done| done.dropped));
        notes.step(format!("{what}: {DELETED}"), read(&store, &row(5)));
        let done = store.compact_all(Time::s(100));
        notes.step(format!("{text}; then all runs: tombstones dropped"), done.map(|done| done.dropped));
        notes.step(format!("{text}; then all runs: {DELETED}"), read(&store, &row(5)));
    }
}

fn not_in_the_way<T: Tombstones>(notes: &Recorder) {
    let outside = |oldest, may_hold| Outside { oldest: Time::s(oldest), may_hold };
    let cases = [
        ("one newer run that may hold the key", vec![outside(4, true)]),
        ("one older run that does not hold the key", vec![outside(1, false)]),
        ("both of these", vec![outside(4, true), outside(1, false)]),
        (
            "these, and an older run that may hold it",
            vec![outside(4, true), outside(1, false), outside(2, true)],
        ),
        ("an older run that may hold it, and a newer one", vec![outside(2, true), outside(4, true)]),
        ("a run of the same stamp that may hold it", vec![outside(3, true)]),
    ];
    for (what, outside) in cases {
        let purge = Purge { now: Time::s(100), gc_grace: Time::s(10), outside: &outside };
        notes.step(format!("deleted at 3 s, outside are {what}: dropped"), T::may_drop(&dead(3), &purge));
    }
    let young = Purge { now: Time::s(8), gc_grace: Time::s(10), outside: &[outside(1, false)] };
    notes.step("deleted 5 s ago, nothing in the way: dropped", T::may_drop(&dead(3), &young));
}

/// Rows as a reader would write them.
fn told(cells: &[(Key, Cell)]) -> Vec<String> {
    cells.iter().map(|(key, cell)| format!("{key} {cell}")).collect()
}

fn repair<T: Tombstones>(notes: &Recorder) {
    let rows = |cells: &[(u64, Cell)]| -> Rows {
        cells.iter().map(|(number, cell)| (row(*number), cell.clone())).collect()
    };
    let cases = [
        (
            "a row that they lack",
            rows(&[(1, live("milk", 1)), (2, live("eggs", 1))]),
            rows(&[(2, live("eggs", 1))]),
        ),
        ("a newer value", rows(&[(1, live("eggs", 2))]), rows(&[(1, live("milk", 1))])),
        ("an older value", rows(&[(1, live("milk", 1))]), rows(&[(1, live("eggs", 2))])),
        ("a deletion of what they have", rows(&[(1, dead(2))]), rows(&[(1, live("milk", 1))])),
        ("a deletion of what they do not have", rows(&[(1, dead(2))]), rows(&[])),
        ("a value that they have deleted since", rows(&[(1, live("milk", 1))]), rows(&[(1, dead(2))])),
        (
            "a value that was written after their deletion",
            rows(&[(1, live("milk", 3))]),
            rows(&[(1, dead(2))]),
        ),
        ("a deletion of the same stamp", rows(&[(1, dead(2))]), rows(&[(1, live("milk", 2))])),
        ("a value of the same stamp as their deletion", rows(&[(1, live("milk", 2))]), rows(&[(1, dead(2))])),
        ("a larger value of the same stamp", rows(&[(1, live("milk", 2))]), rows(&[(1, live("eggs", 2))])),
        (
            "some of everything",
            rows(&[
                (1, dead(9)),
                (2, live("tea", 1)),
                (3, live("salt", 4)),
                (4, dead(3)),
                (5, live("rice", 2)),
            ]),
            rows(&[(1, live("milk", 1)), (2, live("tea", 1)), (3, dead(5)), (4, live("jam", 2))]),
        ),
    ];
    for (what, mine, theirs) in cases {
        notes.step(format!("mine is {what}: sent"), told(&T::to_send(&mine, &theirs)));
    }
}

fn thresholds<T: Tombstones>(notes: &Recorder) {
    let kinds = [
        ("the defaults", Thresholds::default()),
        ("never abort", Thresholds { warn: Some(1_000), fail: None }),
        ("never warn", Thresholds { warn: None, fail: Some(1_000) }),
        ("both off", Thresholds { warn: None, fail: None }),
        ("not even one tombstone", Thresholds { warn: Some(0), fail: Some(0) }),
    ];
    for (name, thresholds) in kinds {
        let verdicts: Vec<String> = [0, 1, 1_000, 1_001, 100_000, 100_001]
            .into_iter()
            .map(|count| format!("{count}: {:?}", T::verdict(count, &thresholds)))
            .collect();
        notes.step(name, verdicts);
    }
}

/// A queue whose elements are inserted, read and deleted, one a second.
fn queue<T: Tombstones>(notes: &Recorder) {
    let thresholds = Thresholds { warn: Some(50), fail: Some(200) };
    for (grace, text) in [(20, "20 s"), (864_000, "ten days")] {
        let settings = Settings { flush_at: 10, tier: 4, gc_grace: Time::s(grace), thresholds };
        let pops = queue_pops_by(600, settings, rules::<T>());
        let read: usize = pops.iter().map(|pop| pop.tombstones).sum();
        let last = pops.last().map(|pop| (pop.number, pop.aborted));
        notes.step(format!("a queue with a grace of {text}: tombstones passed in all pops"), read);
        notes.step(format!("a queue with a grace of {text}: the last pop, and whether it was aborted"), last);
    }
}

/// A deletion that C missed, and a repair on this day.
fn story<T: Tombstones>(days: &[u64], notes: &Recorder) {
    for day in days {
        let mut run = resurrection(Time::s(*day), rules::<T>());
        let value = run.read(&row(1));
        let text = match value.is_some() && *day <= 11 {
            true => format!("repair on day {day}, before the compaction: {DELETED}"),
            false => format!("repair on day {day}: the row reads"),
        };
        let left: usize = (0..3).filter_map(|place| run.store(place).map(Store::cells)).sum();
        if let Some(trace) = run.trace() {
            notes.keep_run(trace);
        }
        let wrong = value.is_some() != (*day > 11);
        notes.step(text, value);
        notes.step(format!("repair on day {day}: cells left on all replicas"), left);
        if wrong {
            return;
        }
    }
}

/// Writes, deletions and outages, with a repair twice within each grace.
fn replicas<T: Tombstones>(seed: u64, notes: &Recorder) {
    let settings = Settings { gc_grace: Time::s(10), ..Settings::default() };
    let mut replicas = Replicas::new(settings, rules::<T>());
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut truth: BTreeMap<Key, Option<String>> = BTreeMap::new();
    let mut wrong = 0;
    for second in 1..=120u64 {
        replicas.at(Time::s(second));
        let key = row(rng.below(6));
        let away = rng.below(4) as usize;
        replicas.set_up(away, false);
        match rng.chance(0.5) {
            true => {
                replicas.delete(&key);
                truth.insert(key, None);
            }
            false => {
                let value = second.to_string();
                replicas.put(&key, &value);
                truth.insert(key, Some(value));
            }
        }
        replicas.set_up(away, true);
        if second % 5 == 0 {
            replicas.repair();
        }
        if second % 7 == 0 {
            replicas.compact();
        }
        wrong += truth.iter().filter(|(key, value)| replicas.read(key) != **value).count();
    }
    notes.step("reads of all replicas that were wrong", wrong);
    notes.step("the last repair: cells sent", replicas.repair());
    notes.step("cells that a repair after it sends", replicas.repair());
    let same =
        (1..3).all(|place| replicas.store(place).map(Store::rows) == replicas.store(0).map(Store::rows));
    notes.step("all replicas hold the same", same);
    replicas.at(Time::s(1_000)).compact();
    let dead = (0..3).filter_map(|place| replicas.store(place)).flat_map(|store| store.rows().into_values());
    notes.step("tombstones that are left long after", dead.filter(Cell::is_tombstone).count());
}

#[cfg(feature = "judge")]
pub use rule::invariants;

#[cfg(feature = "judge")]
mod rule {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every store.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what.ends_with(DELETED) && !step.got.is_null()) {
            let why = format!("{} {}", step.what, step.got);
            broken.push(Violation::new("what-was-deleted-stays-deleted", why));
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::tombstones::CASSANDRA;

    use super::super::{Verdict, answer};
    use super::*;

    /// The lab's rules.
    struct OfTheLab;

    impl Tombstones for OfTheLab {
        fn merge(a: &Cell, b: &Cell) -> Cell {
            (CASSANDRA.merge)(a, b)
        }

        fn may_drop(tombstone: &Cell, purge: &Purge<'_>) -> bool {
            (CASSANDRA.may_drop)(tombstone, purge)
        }

        fn to_send(mine: &Rows, theirs: &Rows) -> Vec<(Key, Cell)> {
            (CASSANDRA.to_send)(mine, theirs)
        }

        fn verdict(tombstones: usize, thresholds: &Thresholds) -> Verdict {
            (CASSANDRA.verdict)(tombstones, thresholds)
        }
    }

    #[test]
    fn the_labs_rules_pass() {
        let report = crate::check(answer::<OfTheLab>());
        assert!(report.passed(), "{report}");
    }
}
