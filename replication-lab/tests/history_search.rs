//! The search at the size of real runs: against an independent criterion, and within budgets.
//!
//! Budgets are counted in states, so that these tests say the same on every machine: a search that gets lost
//! fails.

use std::collections::BTreeMap;

use replication_lab::history::formats::Recorded;
use replication_lab::history::generate::{Flaw, Generator, Kind};
use replication_lab::history::{Action, History, Limits, Op, Verdict, linearizable_from};
use replication_lab::time::Time;

const FLAWS: [Option<Flaw>; 3] = [None, Some(Flaw::StaleRead), Some(Flaw::LostWrite)];

fn judge(recorded: &Recorded, states: usize) -> Verdict {
    linearizable_from(&recorded.history, recorded.initially.as_deref(), Limits::states(states))
}

/// For one register of unique values there is a criterion without any search (Gibbons & Korach, *Testing Shared
/// Memories*, SIAM Journal on Computing 1997, section 4): a write and its reads are a cluster; the time from the
/// first end in it to the last beginning is its zone, forward if the one comes before the other. No two forward
/// zones may overlap, and no other zone may lie within a forward one.
fn by_zones(history: &History) -> bool {
    // Nothing was written before all else. A write without an end that nobody read need not have happened.
    let start = Zone { written: Time::ZERO, first_end: Time::ZERO, last_begin: Time::ZERO };
    let mut zones = BTreeMap::from([(None, start)]);
    let is_read = |value: &str| {
        let reads =
            |op: &Op| op.ended.is_some() && matches!(&op.action, Action::Read(values) if values == &[value]);
        history.0.iter().any(reads)
    };
    for op in &history.0 {
        let Action::Write(value) = &op.action else { continue };
        if op.ended.is_some() || is_read(value) {
            let first_end = op.ended.unwrap_or(Time::NEVER);
            zones.insert(Some(value.as_str()), Zone { written: op.began, first_end, last_begin: op.began });
        }
    }
    for op in &history.0 {
        let (Action::Read(values), Some(ended)) = (&op.action, op.ended) else { continue };
        let Some(zone) = zones.get_mut(&values.first().map(String::as_str)) else { return false };
        if ended < zone.written {
            return false;
        }
        zone.first_end = zone.first_end.min(ended);
        zone.last_begin = zone.last_begin.max(op.began);
    }
    let zones: Vec<Zone> = zones.into_values().collect();
    let conflict = |forward: &Zone, other: &Zone| {
        forward.first_end < forward.last_begin
            && forward.first_end < other.last_begin
            && other.first_end < forward.last_begin
    };
    (0..zones.len()).all(|i| (0..zones.len()).all(|j| i == j || !conflict(&zones[i], &zones[j])))
}

/// A write and its reads.
struct Zone {
    written: Time,
    first_end: Time,
    last_begin: Time,
}

#[test]
fn registers_of_unique_values_agree_with_the_criterion_of_gibbons_and_korach() {
    let mut seen = [0, 0];
    for seed in 0..120 {
        let clients = [3, 8, 20][seed as usize % 3];
        let flaw = FLAWS[seed as usize / 3 % 3];
        let unfinished = [0.0, 0.1][seed as usize / 9 % 2];
        let kind = Kind::Register;
        let make = Generator {
            clients,
            operations: 300,
            keys: 1,
            kind,
            unfinished,
            flaw,
            seed,
            ..Generator::default()
        };
        let recorded = make.generate();
        let expected = by_zones(&recorded.history);
        let verdict = judge(&recorded, 100_000);
        assert_eq!(verdict.holds(), expected, "seed {seed}: {verdict}\n{}", recorded.history);
        assert!(!matches!(verdict, Verdict::Unknown(_)));
        seen[usize::from(expected)] += 1;
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn what_has_no_flaw_is_linearizable_at_any_size() {
    let sizes = [(10, 400, 10), (50, 2_000, 10), (50, 2_000, 1), (5, 20_000, 1)];
    for (clients, operations, keys) in sizes {
        for kind in [Kind::Register, Kind::Text] {
            for unfinished in [0.0, 0.05] {
                let make = Generator { clients, operations, keys, kind, unfinished, ..Generator::default() };
                // Long texts are slow to make, not to check.
                let make = Generator {
                    operations: if kind == Kind::Text { operations.min(4_000) } else { operations },
                    ..make
                };
                let verdict = judge(&make.generate(), 2 * operations as usize);
                assert!(verdict.holds(), "{make:?}: {verdict}");
            }
        }
    }
}

#[test]
fn a_flaw_is_found_in_the_crowd() {
    let mut found = 0;
    for seed in 0..20 {
        let flaw = FLAWS[1 + seed as usize % 2];
        let make = Generator { clients: 50, operations: 2_000, keys: 20, flaw, seed, ..Generator::default() };
        match judge(&make.generate(), 20_000) {
            Verdict::Violated(_) => found += 1,
            Verdict::Holds => {}
            Verdict::Unknown(why) => panic!("seed {seed}: {why}"),
        }
    }
    assert!(found >= 12, "{found} of 20");
}

#[test]
fn registers_as_jepsen_tests_them_need_few_states() {
    let mut seen = [0, 0];
    for seed in 0..102 {
        let flaw = FLAWS[seed as usize % 2];
        let operations = 73 + seed as u32 % 18;
        let unfinished = [0.0, 0.1, 0.3][seed as usize % 3];
        let kind = Kind::CompareAndSet;
        let values = Some(5);
        let make = Generator {
            clients: 5,
            operations,
            keys: 1,
            kind,
            values,
            unfinished,
            flaw,
            seed,
            ..Generator::default()
        };
        let verdict = judge(&make.generate(), 10_000);
        assert!(!matches!(verdict, Verdict::Unknown(_)), "seed {seed}: {verdict}");
        assert!(flaw.is_some() || verdict.holds(), "seed {seed}: {verdict}");
        seen[usize::from(verdict.holds())] += 1;
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn the_same_budget_gives_the_same_verdict() {
    let make = Generator {
        kind: Kind::CompareAndSet,
        values: Some(3),
        clients: 20,
        operations: 300,
        keys: 1,
        ..Generator::default()
    };
    let recorded = Generator { flaw: Some(Flaw::StaleRead), ..make }.generate();
    for budget in [1, 10, 100, 1_000] {
        assert_eq!(judge(&recorded, budget), judge(&recorded, budget));
    }
}
