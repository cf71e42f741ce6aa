//! The scenarios of E5.2.

use replication_lab::rng::{Rng, Stream};

use super::{Editor, Op};
use crate::exercise::{Recorder, Task};

/// The steps that say how many pairs part, for the judge.
const PART: &str = "pairs whose two sides part";

pub(super) fn drive<E: Editor>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w5-2" => {
            both_sides::<E>(notes, "HELLO", &[insert(1, 'X', 1)], &[delete(4)]);
            both_sides::<E>(notes, "HELLO", &[delete(4)], &[insert(1, 'X', 1)]);
        }
        "apply" => apply::<E>(notes),
        "two-inserts" => {
            let pairs = [(1, 3), (3, 1), (2, 2)].map(|(a, b)| (insert(a, 'X', 1), insert(b, 'Y', 2)));
            rewritten::<E>(notes, &pairs);
            rewritten::<E>(
                notes,
                &[(insert(2, 'X', 7), insert(2, 'X', 3)), (insert(0, 'Y', 3), insert(0, 'X', 7))],
            );
            both_sides::<E>(notes, "rust", &[insert(2, 'X', 1)], &[insert(2, 'Y', 2)]);
        }
        "insert-and-delete" => {
            let pairs: Vec<(Op, Op)> = [(1, 3), (2, 2), (3, 2), (3, 1)]
                .iter()
                .map(|(at, gone)| (insert(*at, 'X', 1), delete(*gone)))
                .collect();
            rewritten::<E>(notes, &pairs);
            both_sides::<E>(notes, "rust", &[insert(2, 'X', 1)], &[delete(2)]);
            both_sides::<E>(notes, "rust", &[insert(3, 'X', 1)], &[delete(2)]);
        }
        "two-deletes" => {
            rewritten::<E>(notes, &[(delete(1), delete(3)), (delete(3), delete(1)), (delete(2), delete(2))]);
            both_sides::<E>(notes, "rust", &[delete(2)], &[delete(2)]);
        }
        "tp1" => (0..=4).for_each(|length| tp1::<E>(notes, length)),
        "lists" => {
            both_sides::<E>(notes, "rust", &[insert(2, 'A', 1), insert(3, 'B', 1)], &[delete(2)]);
            both_sides::<E>(
                notes,
                "rust",
                &[delete(0), delete(0)],
                &[insert(1, 'X', 2), delete(0), insert(2, 'Y', 2)],
            );
            both_sides::<E>(notes, "rust", &[delete(1), insert(1, 'X', 1)], &[delete(1), insert(1, 'Y', 2)]);
            both_sides::<E>(notes, "rust", &[], &[insert(4, '!', 2)]);
        }
        "long-lists" => long_lists::<E>(task.seed, notes),
        other => panic!("E5.2 has no scenario {other:?}"),
    }
}

fn insert(at: usize, ch: char, site: u32) -> Op {
    Op::Insert { at, ch, site }
}

fn delete(at: usize) -> Op {
    Op::Delete { at }
}

/// A change with its site.
fn told(op: &Op) -> String {
    match op {
        Op::Insert { site, .. } => format!("{op} (site {site})"),
        Op::Delete { .. } => op.to_string(),
    }
}

fn list(ops: &[Op]) -> String {
    match ops {
        [] => "nothing".to_owned(),
        ops => ops.iter().map(told).collect::<Vec<_>>().join(", then "),
    }
}

/// Applies changes. The text where it ends, or why it stops.
fn applied<E: Editor>(text: &str, ops: &[Op]) -> String {
    let end = ops.iter().try_fold(text.to_owned(), |text, op| {
        E::apply(&text, *op).map_err(|beyond| format!("{}: {beyond} “{text}”", told(op)))
    });
    end.unwrap_or_else(|stopped| stopped)
}

fn rewritten<E: Editor>(notes: &Recorder, pairs: &[(Op, Op)]) {
    for (a, b) in pairs {
        for (op, against) in [(*a, *b), (*b, *a)] {
            let got = E::transform(op, against).as_ref().map_or_else(|| "nothing".to_owned(), told);
            notes.step(format!("{}, after {}", told(&op), told(&against)), got);
        }
    }
}

/// Two people change a text, each sees the own changes first.
fn both_sides<E: Editor>(notes: &Recorder, text: &str, ann: &[Op], bob: &[Op]) {
    let title = format!("{text}: ann does {}; bob does {}", list(ann), list(bob));
    let (ann_after, bob_after) = E::transform_lists(ann, bob);
    notes.step(format!("{title}: bob's changes reach ann as"), list(&bob_after));
    notes.step("ann has", applied::<E>(text, &[ann, &bob_after].concat()));
    notes.step("ann's changes reach bob as", list(&ann_after));
    notes.step("bob has", applied::<E>(text, &[bob, &ann_after].concat()));
}

fn apply<E: Editor>(notes: &Recorder) {
    let cases = [
        ("HELLO", insert(0, 'X', 1)),
        ("HELLO", insert(5, 'X', 1)),
        ("HELLO", insert(6, 'X', 1)),
        ("HELLO", delete(0)),
        ("HELLO", delete(4)),
        ("HELLO", delete(5)),
        ("", insert(0, 'X', 1)),
        ("", delete(0)),
        ("añb🦀c", insert(3, 'X', 1)),
        ("añb🦀c", delete(3)),
        ("añb🦀c", insert(5, '🦀', 1)),
        ("añb🦀c", delete(5)),
    ];
    for (text, op) in cases {
        notes.step(format!("“{text}”, {op}"), applied::<E>(text, &[op]));
    }
}

/// Every text of a length over two letters, and every pair of changes that two sites can make.
fn tp1<E: Editor>(notes: &Recorder, length: usize) {
    let changes = |site: u32| {
        let inserts = (0..=length).flat_map(move |at| ['a', 'X'].map(|ch| insert(at, ch, site)));
        inserts.chain((0..length).map(delete)).collect::<Vec<Op>>()
    };
    let (mut pairs, mut part, mut first) = (0, 0, None);
    for number in 0..1_u32 << length {
        let text: String = (0..length).map(|bit| if number >> bit & 1 == 0 { 'a' } else { 'b' }).collect();
        for a in changes(1) {
            for b in changes(2) {
                let side = |own: Op, other: Op| {
                    let ops: Vec<Op> = [Some(own), E::transform(other, own)].into_iter().flatten().collect();
                    applied::<E>(&text, &ops)
                };
                let (ann, bob) = (side(a, b), side(b, a));
                pairs += 1;
                if ann != bob {
                    part += 1;
                    first.get_or_insert_with(|| {
                        format!("{text}: {} and {} end as {ann} and {bob}", told(&a), told(&b))
                    });
                }
            }
        }
    }
    notes.step(format!("texts of {length} letters: {PART}, of {pairs}"), part);
    notes.step("the first", first);
}

fn long_lists<E: Editor>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut letters = ('A'..='Z').cycle();
    for _ in 0..6 {
        let text: String = "the quick añd 🦀 fox".chars().take(4 + rng.below(14) as usize).collect();
        let mut changes = |site: u32, count: u64| {
            let mut length = text.chars().count() as u64;
            let mut ops = Vec::new();
            for _ in 0..count {
                if length == 0 || rng.chance(0.6) {
                    let ch = letters.next().unwrap_or('A');
                    ops.push(insert(rng.below(length + 1) as usize, ch, site));
                    length += 1;
                } else {
                    ops.push(delete(rng.below(length) as usize));
                    length -= 1;
                }
            }
            ops
        };
        let (ann, bob) = (changes(1, 5), changes(2, 4));
        both_sides::<E>(notes, &text, &ann, &bob);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every transformation: both sides end alike.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        let mut ann = None;
        for step in &seen.steps {
            match step.what.as_str() {
                "ann has" => ann = step.got.as_str(),
                "bob has" if ann != step.got.as_str() => {
                    let bob = step.got.as_str().unwrap_or_default();
                    let why = format!("ann has “{}”, and bob has “{bob}”", ann.unwrap_or_default());
                    broken.push(Violation::new("both-sides-end-alike", why));
                }
                what if what.contains(PART) && step.got != 0 => {
                    broken.push(Violation::new("both-sides-end-alike", format!("{what}: {}", step.got)));
                }
                _ => {}
            }
        }
        broken
    }
}
