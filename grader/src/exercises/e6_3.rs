//! E6.3 — Consistency levels: how many answers a level needs, and which pairs of levels overlap.

pub use replication_lab::quorum::{Level, LevelError, Required};

use replication_lab::quorum;

use crate::exercise::{Answer, Recorder, Task};

/// What a level requires where datacentre `i` has `replicas[i]` replicas and the coordinator is in `local`.
pub type RequiredBy = fn(level: Level, replicas: &[u32], local: usize) -> Result<Required, LevelError>;

/// Whether every set of replicas that meets `write` shares one with every set that meets `read`.
pub type OverlapGuaranteed = fn(write: &Required, read: &Required, replicas: &[u32]) -> bool;

/// Wraps a learner's two functions.
pub fn answer(required: RequiredBy, overlap_guaranteed: OverlapGuaranteed) -> Answer {
    Answer::new("E6.3", move |task, notes| drive(required, overlap_guaranteed, task, notes))
}

fn drive(required: RequiredBy, overlap: OverlapGuaranteed, task: &Task, notes: &Recorder) {
    let needs = |level: Level, replicas: &[u32], local: usize| {
        let got = required(level, replicas, local);
        notes.step(format!("required({level}, {replicas:?}, {local})"), got);
    };
    // Requirements of the reference, so that a wrong `required` does not spoil this scenario too.
    let meet = |write: Level, read: Level, replicas: &[u32], reader: usize| {
        let (Ok(w), Ok(r)) = (quorum::required(write, replicas, 0), quorum::required(read, replicas, reader))
        else {
            return;
        };
        let what = format!("overlap({write} write in 0, {read} read in {reader}, {replicas:?})");
        notes.step(what, overlap(&w, &r, replicas));
    };
    match task.scenario.as_str() {
        "three-and-three" => Level::NAMED.into_iter().for_each(|level| needs(level, &[3, 3], 0)),
        "uneven" => {
            for (replicas, local) in [(vec![3, 2], 1), (vec![1], 0), (vec![4, 4, 1], 0), (vec![5], 0)] {
                Level::NAMED.into_iter().for_each(|level| needs(level, &replicas, local));
            }
            needs(Level::Count(2), &[3, 3], 1);
        }
        "refused" => {
            needs(Level::One, &[], 0);
            needs(Level::Quorum, &[3, 0], 0);
            needs(Level::LocalQuorum, &[3, 3], 2);
            needs(Level::Count(0), &[3], 0);
            needs(Level::Count(4), &[3], 0);
        }
        "one-datacentre" => {
            for (write, read) in [(2, 2), (1, 3), (3, 1), (2, 1), (1, 1)] {
                meet(Level::Count(write), Level::Count(read), &[3], 0);
            }
        }
        "two-datacentres" => {
            for (write, read) in
                Level::NAMED.into_iter().flat_map(|w| Level::NAMED.into_iter().map(move |r| (w, r)))
            {
                meet(write, read, &[3, 3], 1);
            }
            meet(Level::LocalQuorum, Level::LocalQuorum, &[3, 3], 0);
            meet(Level::Quorum, Level::LocalQuorum, &[3, 1], 0);
            meet(Level::Quorum, Level::LocalQuorum, &[3, 1], 1);
        }
        other => panic!("E6.3 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every level.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let requirements = seen.steps.iter().filter(|step| step.what.starts_with("required("));
        requirements
            .filter_map(|step| {
                let required: Result<Required, LevelError> = serde_json::from_value(step.got.clone()).ok()?;
                let required = required.ok()?;
                let named: u32 = required.per_datacentre.iter().sum();
                (named > required.total).then(|| {
                    Violation::new(
                        "the-total-holds-the-parts",
                        format!(
                            "{} asks for {named} answers from named datacentres and for {} in all: the total can't \
                             be less than its parts",
                            step.what, required.total
                        ),
                    )
                })
            })
            .collect()
    }
}
