//! E7.1 — A version vector: before, after, equal, or concurrent.

use std::fmt::{Debug, Display};

pub use replication_lab::causality::Causality;

use replication_lab::rng::{Rng, Stream};

use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: one counter for each server. A server that is missing counts as 0, and a counter of 0 is as
/// good as none.
///
/// It prints as `{A:2 B:1}`: the servers in alphabetical order, one space between them, no counters of 0.
pub trait VersionVector: Clone + Debug + Display {
    /// A vector with these counters; each server is named once at most, some counters may be 0.
    fn of(counters: &[(&str, u64)]) -> Self;

    /// The server has taken one write more.
    fn increment(&mut self, server: &str);

    /// How this vector stands to the other: `Before`, if the other has seen all that this one has, and more.
    fn compare(&self, other: &Self) -> Causality;

    /// Whether this one has seen all that the other has, and more.
    fn dominates(&self, other: &Self) -> bool;

    /// Whether each has seen something that the other has not.
    fn concurrent_with(&self, other: &Self) -> bool;

    /// Sees all that the other has seen, and nothing else.
    fn merge(&mut self, other: &Self);
}

/// Wraps a learner's version vector.
pub fn answer<V: VersionVector + 'static>() -> Answer {
    Answer::new("E7.1", drive::<V>)
}

fn drive<V: VersionVector>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "demo" => demo::<V>(notes),
        "by-hand" => by_hand::<V>(notes),
        "equal" => equal::<V>(notes),
        "missing-slots" => missing_slots::<V>(notes),
        "counting" => counting::<V>(notes),
        "merging" => merging::<V>(notes),
        "laws" => laws::<V>(task.seed, notes),
        other => panic!("E7.1 has no scenario {other:?}"),
    }
}

/// Counters as they stand in a sentence, zeros included: what the vector is made of, not how it prints.
fn written(counters: &[(&str, u64)]) -> String {
    let counters = counters.iter().map(|(server, counter)| format!("{server}:{counter}"));
    format!("{{{}}}", counters.collect::<Vec<_>>().join(" "))
}

/// All that a vector says of its relation to another.
fn relation<V: VersionVector>(a: &V, b: &V) -> String {
    let mut said = vec![a.compare(b).to_string()];
    if a.dominates(b) {
        said.push("it dominates".into());
    }
    if a.concurrent_with(b) {
        said.push("they are concurrent".into());
    }
    said.join(", ")
}

fn look<V: VersionVector>(notes: &Recorder, a: &[(&str, u64)], b: &[(&str, u64)]) {
    notes.step(format!("{} against {}", written(a), written(b)), relation(&V::of(a), &V::of(b)));
}

/// The same pair both ways round.
fn both<V: VersionVector>(notes: &Recorder, a: &[(&str, u64)], b: &[(&str, u64)]) {
    look::<V>(notes, a, b);
    look::<V>(notes, b, a);
}

fn demo<V: VersionVector>(notes: &Recorder) {
    let (mut milk, mut eggs) = (V::of(&[]), V::of(&[]));
    milk.increment("A");
    eggs.increment("B");
    notes.step("milk, written at A", milk.to_string());
    notes.step("eggs, written at B", eggs.to_string());
    notes.step("milk against eggs", relation(&milk, &eggs));
    let mut merged = milk.clone();
    merged.merge(&eggs);
    notes.step("merged", merged.to_string());
    merged.increment("A");
    notes.step("written back at A", merged.to_string());
    notes.step("that against milk", relation(&merged, &milk));
    notes.step("that against eggs", relation(&merged, &eggs));
    notes.step("milk against that", relation(&milk, &merged));
}

fn by_hand<V: VersionVector>(notes: &Recorder) {
    both::<V>(notes, &[("A", 3), ("B", 2)], &[("A", 2), ("B", 4)]);
    both::<V>(notes, &[("X", 3), ("Y", 2), ("Z", 1)], &[("X", 2), ("Y", 2), ("Z", 1)]);
    both::<V>(notes, &[("X", 3), ("Y", 2)], &[("X", 2), ("Y", 4)]);
    both::<V>(notes, &[("A", 1), ("B", 9)], &[("A", 2), ("B", 9)]);
}

fn equal<V: VersionVector>(notes: &Recorder) {
    look::<V>(notes, &[("X", 5), ("Y", 3), ("Z", 2)], &[("X", 5), ("Y", 3), ("Z", 2)]);
    look::<V>(notes, &[("X", 5), ("Y", 3)], &[("Y", 3), ("X", 5)]);
    look::<V>(notes, &[], &[]);
}

fn missing_slots<V: VersionVector>(notes: &Recorder) {
    both::<V>(notes, &[("X", 1), ("Y", 1)], &[("X", 1), ("Y", 1), ("Z", 1)]);
    both::<V>(notes, &[("X", 1)], &[("Y", 1)]);
    both::<V>(notes, &[], &[("X", 1)]);
    both::<V>(notes, &[("X", 1), ("Y", 0)], &[("X", 1)]);
    both::<V>(notes, &[("X", 0)], &[]);
    both::<V>(notes, &[("X", 2), ("Y", 0)], &[("X", 1), ("Z", 0)]);
    let mut counted = V::of(&[("B", 0), ("A", 2)]);
    notes.step("{B:0 A:2} prints as", counted.to_string());
    counted.increment("B");
    notes.step("after a write at B", counted.to_string());
    notes.step("{} prints as", V::of(&[]).to_string());
}

fn counting<V: VersionVector>(notes: &Recorder) {
    let mut vector = V::of(&[("A", 1), ("B", 4)]);
    for server in ["A", "C", "B", "A"] {
        let before = vector.clone();
        vector.increment(server);
        notes.step(format!("{before} after a write at {server}"), vector.to_string());
        notes.step("against what it was", relation(&vector, &before));
    }
}

/// A vector before it is one.
type Counters = &'static [(&'static str, u64)];

fn merging<V: VersionVector>(notes: &Recorder) {
    let cases: [(Counters, Counters); 6] = [
        (&[("A", 3), ("B", 2)], &[("A", 2), ("B", 4)]),
        (&[("A", 1)], &[("B", 1)]),
        (&[("A", 2), ("B", 1)], &[("A", 1)]),
        (&[("A", 2)], &[("A", 2)]),
        (&[], &[("A", 3), ("B", 0)]),
        (&[("C", 1)], &[]),
    ];
    for (a, b) in cases {
        let (mut into, other) = (V::of(a), V::of(b));
        into.merge(&other);
        let name = format!("{} and {}", written(a), written(b));
        notes.step(format!("{name} become"), into.to_string());
        into.merge(&other);
        notes.step("merged once more", into.to_string());
        let mut back = other.clone();
        back.merge(&V::of(a));
        notes.step("the other way round", back.to_string());
        notes.step("the other one is still", other.to_string());
    }
}

/// Random vectors of up to four servers.
fn drawn<V: VersionVector>(rng: &mut Rng) -> V {
    let mut counters = Vec::new();
    for server in ["A", "B", "C", "D"] {
        if rng.chance(0.6) {
            counters.push((server, rng.below(3)));
        }
    }
    rng.shuffle(&mut counters);
    V::of(&counters)
}

fn laws<V: VersionVector>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    for _ in 0..12 {
        let (a, b) = (drawn::<V>(&mut rng), drawn::<V>(&mut rng));
        notes.step(format!("{a} against {b}"), relation(&a, &b));
    }
    let mut broken = [
        ("one way round before, the other way not after", 0),
        ("of three in a row, the first not before the last", 0),
    ]
    .map(|(law, count)| (law.to_owned(), count));
    let mut not_least = 0;
    for _ in 0..300 {
        let (a, b, c) = (drawn::<V>(&mut rng), drawn::<V>(&mut rng), drawn::<V>(&mut rng));
        let turned = match a.compare(&b) {
            Causality::Before => Causality::After,
            Causality::After => Causality::Before,
            same => same,
        };
        broken[0].1 += u32::from(b.compare(&a) != turned);
        let in_a_row = a.compare(&b) == Causality::Before && b.compare(&c) == Causality::Before;
        broken[1].1 += u32::from(in_a_row && a.compare(&c) != Causality::Before);
        let mut both = a.clone();
        both.merge(&b);
        let covers = |high: &V, low: &V| matches!(low.compare(high), Causality::Before | Causality::Equal);
        let least = !(covers(&c, &a) && covers(&c, &b)) || covers(&c, &both);
        not_least += u32::from(!(covers(&both, &a) && covers(&both, &b) && least));
    }
    for (law, count) in broken {
        notes.step(format!("of 300 random triples: {law}"), count);
    }
    notes.step("of 300 random triples: merged to something else than the least that covers both", not_least);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every version vector.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let said = step.got.as_str().unwrap_or_default();
            if said.contains("they are concurrent")
                && (said.starts_with("equal") || said.contains("dominates"))
            {
                broken.push(Violation::new(
                    "one-relation-a-pair",
                    format!(
                        "{}: {said}. A pair is before, after, equal or concurrent, and never two of them",
                        step.what
                    ),
                ));
            }
            if step.what.starts_with("of 300 random triples") && step.got.as_u64() != Some(0) {
                broken
                    .push(Violation::new("laws-of-a-partial-order", format!("{}: {}", step.what, step.got)));
            }
        }
        broken
    }
}
