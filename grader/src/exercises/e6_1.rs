//! E6.1 — Quorum facts: what (N, W, R) alone determines.

pub use replication_lab::quorum::{QuorumError, QuorumFacts};

use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: the facts of (N, W, R), or why these numbers are no quorum.
pub type Quorum = fn(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError>;

/// Wraps a learner's function.
pub fn answer(quorum: Quorum) -> Answer {
    Answer::new("E6.1", move |task, notes| drive(quorum, task, notes))
}

fn drive(quorum: Quorum, task: &Task, notes: &Recorder) {
    let cases: Vec<(u32, u32, u32)> = match task.scenario.as_str() {
        "table" => vec![(3, 2, 2), (3, 3, 1), (3, 1, 3), (5, 3, 3), (3, 1, 1)],
        "misses" => vec![(3, 2, 1), (5, 2, 3), (5, 2, 4), (5, 1, 1), (7, 2, 3), (100, 30, 30)],
        "writers" => vec![(4, 2, 3), (4, 3, 2), (5, 2, 4), (6, 3, 4), (6, 4, 3), (7, 4, 4)],
        "no-quorum" => {
            vec![(3, 0, 2), (3, 2, 0), (3, 4, 1), (3, 1, 4), (0, 0, 0), (3, 4, 4), (1, 1, 1)]
        }
        other => panic!("E6.1 has no scenario {other:?}"),
    };
    for (n, w, r) in cases {
        notes.step(format!("quorum({n}, {w}, {r})"), quorum(n, w, r).map(rounded));
    }
}

/// Probabilities that differ by less than a rounding error are the same.
fn rounded(facts: QuorumFacts) -> QuorumFacts {
    QuorumFacts { stale_probability: (facts.stale_probability * 1e9).round() / 1e9, ..facts }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every quorum.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let Ok(Ok(facts)) = serde_json::from_value::<Result<QuorumFacts, QuorumError>>(step.got.clone())
            else {
                continue;
            };
            if facts.overlap != (facts.min_overlap > 0) {
                broken.push(Violation::new(
                    "overlap-is-at-least-one",
                    format!(
                        "{} says overlap = {} and min_overlap = {}: quorums overlap exactly when they share at least \
                         one replica",
                        step.what, facts.overlap, facts.min_overlap
                    ),
                ));
            }
            if facts.overlap && facts.stale_probability != 0.0 {
                broken.push(Violation::new(
                    "overlap-is-never-stale",
                    format!(
                        "{} says that quorums overlap and that a read misses the write with probability {}: if every \
                         read quorum shares a replica with the write, none misses it",
                        step.what, facts.stale_probability
                    ),
                ));
            }
        }
        broken
    }
}
