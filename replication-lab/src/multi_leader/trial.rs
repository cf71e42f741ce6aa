//! Leaders, a load and a demand, to be run under many faults.

use super::setup::{Builder, MultiLeaderError};
use crate::explore::{Case, Run, Scenario};
use crate::history::Verdict;
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// What a client asks its leader to do to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Insert it, if it is not there.
    Insert,
    /// Change it, if it is there.
    Update,
    /// Delete it, if it is there.
    Delete,
}

/// One write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// When.
    pub at: Time,
    /// At which leader: its place among them.
    pub leader: usize,
    /// What.
    pub deed: Deed,
    /// The record.
    pub key: String,
    /// What is written.
    pub value: String,
}

/// A scenario for [`crate::explore`]: clients write at all leaders, and demanded is that in the end, when everything has
/// arrived everywhere, no record differs.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The leaders; the seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How many writes there are, at random times …
    pub writes: u32,
    /// … before this one.
    pub within: Time,
    /// How many records they are about.
    pub records: u32,
}

impl Scenario for Trial {
    type Operation = Job;
    type Error = MultiLeaderError;

    fn operations(&self, seed: u64) -> Vec<Job> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let leaders = self.builder.settings().leaders.len().max(1) as u64;
        let job = |number: u32| Job {
            at: Time::us(rng.below(self.within.as_us().max(1))),
            leader: rng.below(leaders) as usize,
            deed: *rng
                .pick(&[Deed::Insert, Deed::Update, Deed::Update, Deed::Delete])
                .unwrap_or(&Deed::Insert),
            key: format!("r{}", number % self.records.max(1)),
            value: format!("v{number}"),
        };
        let mut jobs: Vec<_> = (1..=self.writes).map(job).collect();
        jobs.sort_by_key(|job| job.at);
        jobs
    }

    fn run(&self, case: &Case<Job>, tracing: bool) -> Result<Run, MultiLeaderError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth)?;
        }
        let names = cluster.names().to_vec();
        for Job { at, leader, deed, key, value } in &case.operations {
            cluster.run_until(*at);
            let Some(leader) = names.get(*leader) else { continue };
            let done = match deed {
                Deed::Insert => cluster.insert(leader, key, value),
                Deed::Update => cluster.update(leader, key, value),
                Deed::Delete => cluster.delete(leader, key),
            };
            match done {
                Ok(_) => {}
                Err(
                    MultiLeaderError::Down(_) | MultiLeaderError::Exists(_) | MultiLeaderError::Missing(_),
                ) => {}
                Err(error) => return Err(error),
            }
        }
        let last = plan.ends();
        cluster.run_until(last.max(self.within));
        cluster.settle();
        let differing = cluster.differing();
        let verdict = match differing.first() {
            None => Verdict::Holds,
            Some(key) => {
                let held = names.iter().map(|name| Ok(format!("{} at {name}", cluster.read(name, key)?)));
                let held = held.collect::<Result<Vec<_>, MultiLeaderError>>()?.join(", ");
                let level =
                    if cluster.is_level() { "everything has arrived" } else { "not everything has arrived" };
                Verdict::violated_because(format!("{key} is {held}, and {level}"))
            }
        };
        Ok(Run {
            verdict,
            demand: "leaders alike",
            faults: cluster.faults(),
            trace: cluster.trace().cloned(),
        })
    }
}
