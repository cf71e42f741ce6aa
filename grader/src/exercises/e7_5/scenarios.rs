//! The scenarios of E7.5.

use replication_lab::rng::{Rng, Stream};

use super::{Audit, Auditor, Time, Write};
use crate::exercise::{Recorder, Task};

/// A write of a story: node, true time and stamp in milliseconds, whether it deletes, what it saw.
type Told<'a> = (&'a str, u64, u64, bool, &'a [u32]);

/// The writes of one key, numbered from 1.
fn story(key: &str, told: &[Told<'_>]) -> Vec<Write> {
    let write = |(id, (node, at, stamp, deletes, saw)): (u32, &Told<'_>)| Write {
        id,
        key: key.into(),
        node: (*node).into(),
        at: Time::ms(*at),
        stamp: Time::ms(*stamp),
        deletes: *deletes,
        saw: saw.to_vec(),
    };
    (1..).zip(told).map(write).collect()
}

pub(super) fn drive(audit: Auditor, task: &Task, notes: &Recorder) {
    let tell = |what: &str, told: &[Told<'_>]| notes.step(what, audit(&story("record", told)));
    match task.scenario.as_str() {
        "resurrected" => {
            let created = ("VA", 100_000, 100_000, false, [].as_slice());
            tell(
                "EU deletes 0.4 s later, its clock is 1 s slow",
                &[created, ("EU", 100_400, 99_400, true, &[1])],
            );
            tell("the same, with clocks that are right", &[created, ("EU", 100_400, 100_400, true, &[1])]);
            tell(
                "EU deletes 1 s later, its clock is 1 s slow",
                &[created, ("EU", 101_000, 100_000, true, &[1])],
            );
        }
        "address" => {
            tell(
                "VA: a move, EU: a spelling, 2 ms later",
                &[
                    ("VA", 1_705_312_000_001, 1_705_312_000_001, false, &[]),
                    ("EU", 1_705_312_000_003, 1_705_312_000_003, false, &[]),
                ],
            );
            tell(
                "the same, with VA's clock 5 ms fast",
                &[
                    ("VA", 1_705_312_000_001, 1_705_312_000_006, false, &[]),
                    ("EU", 1_705_312_000_003, 1_705_312_000_003, false, &[]),
                ],
            );
        }
        "overwritten" => {
            tell(
                "three writes, each of which saw the one before",
                &[("VA", 10, 10, false, &[]), ("EU", 200, 200, false, &[1]), ("VA", 400, 400, false, &[2])],
            );
            tell("one write", &[("VA", 10, 10, false, &[])]);
            notes.step("no writes", audit(&[]));
        }
        "beside" => {
            tell(
                "EU overwrites VA's write, TK wins and saw neither",
                &[("VA", 10, 10, false, &[]), ("EU", 200, 200, false, &[1]), ("TK", 210, 210, false, &[])],
            );
            tell(
                "EU overwrites VA's write, which wins all the same",
                &[("VA", 10, 900, false, &[]), ("EU", 200, 200, false, &[1]), ("TK", 210, 210, false, &[2])],
            );
        }
        "knew" => {
            tell(
                "VA's clock is 1 s fast; EU saw VA's write, TK saw EU's",
                &[
                    ("VA", 10, 1_010, false, &[]),
                    ("EU", 200, 200, false, &[1]),
                    ("TK", 400, 400, false, &[2]),
                ],
            );
            tell(
                "TK saw nothing",
                &[("VA", 10, 1_010, false, &[]), ("EU", 200, 200, false, &[1]), ("TK", 400, 400, false, &[])],
            );
        }
        "ties" => {
            tell("a value on VA, another on EU", &[("VA", 8, 10, false, &[]), ("EU", 10, 10, false, &[])]);
            tell("a value on VA, a deletion on EU", &[("VA", 12, 10, false, &[]), ("EU", 10, 10, true, &[])]);
            tell("two deletions", &[("VA", 10, 10, true, &[]), ("EU", 12, 10, true, &[])]);
            tell(
                "equal to a write that loses anyway",
                &[("VA", 10, 10, false, &[]), ("EU", 10, 10, false, &[]), ("TK", 11, 11, false, &[])],
            );
            tell(
                "overwritten with the same stamp",
                &[("VA", 10, 10, false, &[]), ("ZH", 90, 10, false, &[1]), ("EU", 10, 10, false, &[])],
            );
        }
        "keys" => {
            let mut writes = story("b", &[("VA", 10, 10, false, &[]), ("EU", 20, 20, false, &[])]);
            let mut others = story("a", &[("EU", 30, 5, false, &[]), ("VA", 40, 40, true, &[1])]);
            for write in &mut others {
                write.id += 10;
                write.saw.iter_mut().for_each(|saw| *saw += 10);
            }
            writes.extend(others);
            notes.step("two keys", audit(&writes));
            writes.reverse();
            notes.step("listed backward", audit(&writes));
        }
        "a-day" => {
            for (what, skew) in
                [("clocks that are right", 0), ("clocks up to 50 ms off", 50), ("500 ms off", 500)]
            {
                let writes = a_day(task.seed, skew);
                notes.step(format!("{} writes, {what}", writes.len()), Totals::of(&audit(&writes)));
            }
        }
        other => panic!("E7.5 has no scenario {other:?}"),
    }
}

/// What an audit adds up to.
#[derive(Default, serde::Serialize)]
struct Totals {
    kept: usize,
    overwritten: usize,
    lost: usize,
    lost_though_later: usize,
    lost_though_it_knew: usize,
    lost_by_tie: usize,
}

impl Totals {
    fn of(audits: &[Audit]) -> Self {
        let sum = |of: fn(&Audit) -> usize| audits.iter().map(of).sum();
        Self {
            kept: audits.len(),
            overwritten: sum(|audit| audit.overwritten.len()),
            lost: sum(|audit| audit.lost.len()),
            lost_though_later: sum(|audit| audit.lost_though_later.len()),
            lost_though_it_knew: sum(|audit| audit.lost_though_it_knew.len()),
            lost_by_tie: sum(|audit| audit.lost_by_tie.len()),
        }
    }
}

/// Three nodes, a write each 40 ms on average, four to each key, one after the other; every write reaches the others after 100 ms. Clocks are off by up to
/// `skew` ms either way, always by the same. Each writer sees the one write that its node shows.
fn a_day(seed: u64, skew: u64) -> Vec<Write> {
    const NODES: [&str; 3] = ["VA", "EU", "TK"];
    const DELAY: Time = Time::ms(100);
    let mut rng = Rng::new(seed, Stream::Workload);
    // Drawn first, and always, so that the writes are the same whatever the skew.
    let offsets = NODES.map(|_| rng.below(2_001));
    let mut writes: Vec<Write> = Vec::new();
    let mut at = Time::s(10);
    for id in 1..=400 {
        at += Time::ms(rng.below(81));
        let node = rng.below(3) as usize;
        let key = format!("k{}", (id - 1) / 4);
        let deletes = rng.below(10) == 0;
        let received =
            |write: &&Write| write.key == key && (write.node == NODES[node] || write.at + DELAY <= at);
        // The node shows one of them, by its own rule.
        let shown =
            writes.iter().filter(received).max_by_key(|write| (write.stamp, write.deletes, &write.node));
        let saw = shown.map(|write| write.id).into_iter().collect();
        // From −skew to +skew milliseconds.
        let stamp = at + Time::ms(skew * offsets[node] / 1_000) - Time::ms(skew);
        writes.push(Write { id, key, node: NODES[node].into(), at, stamp, deletes, saw });
    }
    writes
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use std::collections::BTreeMap;

    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every audit.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let audits: Vec<Audit> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
            for audit in &audits {
                let all = audit.overwritten.iter().chain(&audit.lost).chain([&audit.kept]);
                all.for_each(|id| *counts.entry(*id).or_default() += 1);
                let parts = [&audit.lost_though_later, &audit.lost_though_it_knew, &audit.lost_by_tie];
                if let Some(id) = parts.into_iter().flatten().find(|id| !audit.lost.contains(id)) {
                    broken.push(Violation::new(
                        "only-the-lost-are-lost",
                        format!(
                            "{}: write {id} is said to be lost for a reason, and is not among the lost",
                            step.what
                        ),
                    ));
                }
            }
            if let Some((id, times)) = counts.iter().find(|(_, times)| **times > 1) {
                broken.push(Violation::new(
                    "each-write-has-one-fate",
                    format!(
                        "{}: write {id} is named {times} times: it is kept, overwritten or lost",
                        step.what
                    ),
                ));
            }
        }
        broken
    }
}
