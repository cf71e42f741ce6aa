//! E1.3 — Read capacity: what followers add, and how many it takes.

pub use replication_lab::capacity::{CapacityError, Input};

use super::number::noted;
use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: reads a second of a leader and its followers.
pub type ReadCapacity =
    fn(node_reads: f64, leader_write: f64, replay: f64, followers: u32) -> Result<f64, CapacityError>;

/// The fewest followers that it takes for so many reads a second.
pub type FollowersNeeded =
    fn(node_reads: f64, leader_write: f64, replay: f64, target: f64) -> Result<u32, CapacityError>;

/// Wraps a learner's two functions.
pub fn answer(read_capacity: ReadCapacity, followers_needed: FollowersNeeded) -> Answer {
    Answer::new("E1.3", move |task, notes| drive(read_capacity, followers_needed, task, notes))
}

fn drive(capacity: ReadCapacity, needed: FollowersNeeded, task: &Task, notes: &Recorder) {
    let reads = |node: f64, write: f64, replay: f64, followers: u32| {
        let what = format!("read_capacity({node:?}, {write:?}, {replay:?}, {followers})");
        notes.step(what, noted(capacity(node, write, replay, followers)));
    };
    let followers = |node: f64, write: f64, replay: f64, target: f64| {
        let what = format!("followers_needed({node:?}, {write:?}, {replay:?}, {target:?})");
        let got = needed(node, write, replay, target);
        notes.step(what, got.map_err(|error| error.to_string()));
    };
    match task.scenario.as_str() {
        "textbook" => [0, 1, 3, 10].into_iter().for_each(|f| reads(50_000.0, 0.5, 0.3, f)),
        "other-loads" => {
            reads(50_000.0, 0.0, 0.0, 2);
            reads(8_000.0, 0.25, 0.5, 4);
            reads(8_000.0, 1.0, 0.5, 4);
            reads(8_000.0, 0.25, 1.0, 4);
            reads(0.0, 0.25, 0.5, 4);
        }
        // No target lies within a rounding error of what a number of followers reaches, but for those that are
        // exact in binary.
        "needed" => {
            for target in [200_000.0, 130_000.0, 130_001.0, 199_000.0, 60_500.0, 1_000_000.0] {
                followers(50_000.0, 0.5, 0.3, target);
            }
            followers(8_000.0, 0.25, 0.5, 10_000.0);
            followers(8_000.0, 0.25, 0.5, 10_001.0);
        }
        "leader-is-enough" => {
            for target in [25_000.0, 24_999.0, 0.0] {
                followers(50_000.0, 0.5, 0.3, target);
            }
            followers(50_000.0, 0.5, 1.0, 25_000.0);
            followers(50_000.0, 1.0, 0.3, 0.0);
        }
        "out-of-reach" => {
            followers(50_000.0, 0.5, 1.0, 25_001.0);
            followers(50_000.0, 1.0, 1.0, 1.0);
            followers(0.0, 0.0, 0.0, 1.0);
        }
        "refused" => {
            reads(-1.0, 1.5, 0.3, 1);
            reads(f64::NAN, 0.5, 0.3, 1);
            reads(50_000.0, 1.5, -0.3, 1);
            reads(50_000.0, 0.5, -0.3, 1);
            reads(50_000.0, 0.5, f64::NAN, 1);
            reads(50_000.0, 30.0, 0.3, 0);
            reads(50_000.0, 0.5, 30.0, 0);
            followers(f64::INFINITY, 0.5, 0.3, -1.0);
            followers(50_000.0, 0.5, 1.01, -1.0);
            followers(50_000.0, 0.5, 1.0, -1.0);
            followers(50_000.0, 0.5, 0.3, f64::NAN);
            followers(50_000.0, 0.5, 0.3, f64::INFINITY);
        }
        other => panic!("E1.3 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every number of followers.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        if task.scenario == "textbook" {
            let reads: Vec<f64> = seen.steps.iter().filter_map(|step| amount(&step.got)).collect();
            if let [none, one, three, ten] = reads[..]
                && ((three - none) / 3.0 - (one - none)).abs() + ((ten - none) / 10.0 - (one - none)).abs()
                    > 1.0
            {
                broken.push(Violation::new(
                    "each-follower-adds-the-same",
                    format!(
                        "the first follower adds {} reads a second, the first three {} each, the first ten {} each: \
                         every follower replays the same writes, however many there are",
                        one - none,
                        (three - none) / 3.0,
                        (ten - none) / 10.0
                    ),
                ));
            }
        }
        broken
    }

    fn amount(got: &serde_json::Value) -> Option<f64> {
        got.get("Ok")?.as_str()?.parse().ok()
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::capacity;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let report = crate::check(answer(capacity::read_capacity, capacity::followers_needed));
        assert!(report.passed(), "{report}");
    }

    /// Adds followers until there are enough.
    fn one_by_one(node: f64, write: f64, replay: f64, target: f64) -> Result<u32, CapacityError> {
        let direct = capacity::followers_needed(node, write, replay, target)?;
        let enough =
            |f: &u32| capacity::read_capacity(node, write, replay, *f).is_ok_and(|reads| reads >= target);
        Ok((0..=direct + 1).find(enough).unwrap_or(direct + 2))
    }

    #[test]
    fn an_answer_that_tries_one_after_the_other_passes() {
        let report = crate::check(answer(capacity::read_capacity, one_by_one));
        assert!(report.passed(), "{report}");
    }
}
