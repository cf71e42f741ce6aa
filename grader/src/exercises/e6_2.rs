//! E6.2 — A small ring: which replicas hold a key, and what moves when a node leaves.

use crate::exercise::{Answer, Recorder, Task};

/// Number of positions on the ring: 0 to 99.
pub const POSITIONS: u32 = 100;

/// What the learner writes: nodes at positions on a ring of [`POSITIONS`] places.
pub trait SmallRing {
    /// A ring without nodes.
    fn empty() -> Self;

    /// Puts a node at a position from 0 to 99 that is free.
    fn add(&mut self, node: char, position: u32);

    /// Takes a node off the ring for good. One that is not there: nothing happens.
    fn remove(&mut self, node: char);

    /// The first `n` nodes clockwise from `hash` on, beginning with a node exactly there; all nodes, each once, if
    /// there are fewer.
    fn replicas(&self, hash: u32, n: usize) -> Vec<char>;

    /// The hashes from 0 to 99 whose *set* of `n` replicas differs between this ring and a later one, in ascending
    /// order. The same nodes in another order are the same set.
    fn changed(&self, later: &Self, n: usize) -> Vec<u32>
    where
        Self: Sized;
}

/// Wraps a learner's ring.
pub fn answer<R: SmallRing + 'static>() -> Answer {
    Answer::new("E6.2", drive::<R>)
}

fn five<R: SmallRing>() -> R {
    with(&[('A', 10), ('B', 30), ('C', 55), ('D', 75), ('E', 90)])
}

fn with<R: SmallRing>(nodes: &[(char, u32)]) -> R {
    let mut ring = R::empty();
    for (node, position) in nodes {
        ring.add(*node, *position);
    }
    ring
}

fn drive<R: SmallRing>(task: &Task, notes: &Recorder) {
    let look = |ring: &R, name: &str, hashes: &[u32], n: usize| {
        for hash in hashes {
            let list: String = ring.replicas(*hash, n).into_iter().collect();
            notes.step(format!("{name}.replicas({hash}, {n})"), list);
        }
    };
    match task.scenario.as_str() {
        "clockwise" => look(&five(), "ring", &[40, 11, 55, 56, 75, 30], 3),
        "wrap" => look(&five(), "ring", &[80, 90, 91, 95, 99, 0, 10], 3),
        "few-nodes" => {
            look(&with(&[('A', 10), ('B', 60)]), "two", &[0, 50, 61], 3);
            look(&R::empty(), "empty", &[0], 3);
            look(&five(), "ring", &[40], 1);
        }
        "any-order" => {
            look(&with(&[('X', 80), ('Y', 5), ('Z', 42)]), "unsorted", &[0, 6, 42, 43, 81], 2);
        }
        "removal" => {
            let (before, mut after): (R, R) = (five(), five());
            after.remove('C');
            look(&after, "without C", &[40, 80, 55], 3);
            let changed = before.changed(&after, 3);
            notes.step("how many hashes change", changed.len());
            notes.step("which", runs(&changed));
            notes.step("and back", runs(&after.changed(&before, 3)));
            notes.step("compared with itself", before.changed(&five(), 3).len());
            after.remove('C');
            after.remove('Q');
            look(&after, "after removing nobody", &[40], 3);
        }
        "order-is-no-change" => {
            let (before, after): (R, R) =
                (with(&[('A', 10), ('B', 50), ('C', 90)]), with(&[('A', 50), ('B', 10), ('C', 90)]));
            notes.step("three nodes that swap places, 3 replicas", before.changed(&after, 3).len());
            notes.step("the same, 1 replica", runs(&before.changed(&after, 1)));
        }
        other => panic!("E6.2 has no scenario {other:?}"),
    }
}

/// Ascending numbers as runs: `0–55, 91–99`.
fn runs(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let run = |(first, last): &(u32, u32)| {
        if first == last { first.to_string() } else { format!("{first}–{last}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every ring.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let lists = seen.steps.iter().filter(|step| step.what.contains("replicas("));
        lists
            .filter_map(|step| {
                let list = step.got.as_str()?;
                let twice = list.chars().find(|node| list.matches(*node).count() > 1)?;
                Some(Violation::new(
                    "a-node-counts-once",
                    format!("{} lists {twice} twice: two copies on one node are lost together", step.what),
                ))
            })
            .collect()
    }
}
