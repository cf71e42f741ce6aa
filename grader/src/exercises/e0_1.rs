//! E0.1 — An availability calculator: copies that fail independently, majorities, and a common cause.

pub use replication_lab::availability::{AvailabilityError, SECONDS_PER_YEAR};

use super::number::noted;
use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes about `n` nodes that are down with probability `p` each: how likely something is.
pub type Chance = fn(p: f64, n: u32) -> Result<f64, AvailabilityError>;

/// The same where with probability `c` something takes all nodes down together.
pub type ChanceWithCause = fn(p: f64, n: u32, c: f64) -> Result<f64, AvailabilityError>;

/// Seconds a year that something is down which is down this share of the time.
pub type SecondsPerYear = fn(u: f64) -> Result<f64, AvailabilityError>;

/// Wraps a learner's four functions.
pub fn answer(
    all_down: Chance,
    majority_down: Chance,
    with_common_cause: ChanceWithCause,
    downtime: SecondsPerYear,
) -> Answer {
    let answers = Answers { all_down, majority_down, with_common_cause, downtime };
    Answer::new("E0.1", move |task, notes| drive(&answers, task, notes))
}

struct Answers {
    all_down: Chance,
    majority_down: Chance,
    with_common_cause: ChanceWithCause,
    downtime: SecondsPerYear,
}

fn drive(answers: &Answers, task: &Task, notes: &Recorder) {
    let all = |p: f64, n: u32| notes.step(format!("all_down({p:?}, {n})"), noted((answers.all_down)(p, n)));
    let majority = |p: f64, n: u32| {
        notes.step(format!("majority_down({p:?}, {n})"), noted((answers.majority_down)(p, n)))
    };
    let cause = |p: f64, n: u32, c: f64| {
        notes.step(
            format!("with_common_cause({p:?}, {n}, {c:?})"),
            noted((answers.with_common_cause)(p, n, c)),
        );
    };
    let year = |u: f64| notes.step(format!("downtime_secs_per_year({u:?})"), noted((answers.downtime)(u)));
    match task.scenario.as_str() {
        "independent" => {
            for (p, n) in [(0.001, 1), (0.001, 2), (0.001, 3), (0.01, 2), (0.2, 5)] {
                all(p, n);
            }
        }
        "a-year" => [0.001, 1e-6, 1e-9, 2.998e-6, 0.5, 1.0, 0.0].into_iter().for_each(year),
        "majority" => {
            for (p, n) in [(0.001, 1), (0.001, 3), (0.001, 5), (0.1, 3), (0.3, 7)] {
                majority(p, n);
            }
        }
        "even" => {
            for (p, n) in [(0.001, 2), (0.001, 4), (0.1, 2), (0.1, 4), (0.1, 6)] {
                majority(p, n);
            }
        }
        "certain" => {
            for (p, n) in [(0.0, 1), (0.0, 4), (1.0, 1), (1.0, 5)] {
                all(p, n);
                majority(p, n);
            }
            cause(0.0, 3, 0.0);
            cause(1.0, 3, 1.0);
        }
        "tiny" => {
            all(0.001, 6);
            all(1e-6, 4);
            majority(0.001, 13);
            majority(1e-9, 3);
        }
        "many-nodes" => {
            all(0.99, 5_000);
            all(0.5, 2_000);
            for (p, n) in [(0.4, 101), (0.4, 1_001), (0.9, 1_001), (0.001, 1_001)] {
                majority(p, n);
            }
        }
        "common-cause" => {
            for (p, n, c) in
                [(0.001, 3, 1e-4), (0.001, 30, 1e-4), (0.001, 3, 0.0), (0.5, 1, 0.5), (0.2, 2, 1.0)]
            {
                cause(p, n, c);
            }
        }
        "refused" => {
            all(0.5, 0);
            all(-0.1, 3);
            all(1.1, 3);
            all(f64::NAN, 3);
            majority(f64::NAN, 0);
            majority(f64::NAN, 3);
            majority(f64::INFINITY, 3);
            cause(0.5, 0, 2.0);
            cause(1.5, 3, 2.0);
            cause(0.5, 3, 2.0);
            cause(0.5, 3, f64::NAN);
            [-0.001, 1.5, f64::NAN].into_iter().for_each(year);
        }
        other => panic!("E0.1 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every right calculator.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        // Of the last call of `all_down`: its p, its n, and its chance.
        let mut before: Option<(&str, u32, f64)> = None;
        for step in &seen.steps {
            let Some(chance) = chance(&step.got).filter(|_| !step.what.starts_with("downtime")) else {
                continue;
            };
            if !(0.0..=1.0).contains(&chance) {
                broken.push(Violation::new(
                    "a-probability",
                    format!("{} is {chance}: a probability is from 0 to 1", step.what),
                ));
            }
            let Some((p, n)) = of_all_down(&step.what) else { continue };
            let likelier = |(same, fewer, was): &(&str, u32, f64)| *same == p && *fewer < n && *was < chance;
            if let Some((_, fewer, was)) = before.filter(likelier) {
                broken.push(Violation::new(
                    "copies-do-no-harm",
                    format!(
                        "all of {n} copies are down with probability {chance}, and all of {fewer} with {was}: one more \
                         that must also be down can't make it likelier"
                    ),
                ));
            }
            before = Some((p, n, chance));
        }
        broken
    }

    fn chance(got: &serde_json::Value) -> Option<f64> {
        got.get("Ok")?.as_str()?.parse().ok()
    }

    /// The arguments of a call of `all_down`.
    fn of_all_down(what: &str) -> Option<(&str, u32)> {
        let (p, n) = what.strip_prefix("all_down(")?.strip_suffix(')')?.split_once(", ")?;
        Some((p, n.parse().ok()?))
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::availability;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        // The lab's own goes by logarithms.
        let report = crate::check(answer(
            availability::all_down,
            availability::majority_down,
            availability::with_common_cause,
            availability::downtime_secs_per_year,
        ));
        assert!(report.passed(), "{report}");
    }
}
