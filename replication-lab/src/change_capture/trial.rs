//! A leader with a consumer, a load and a demand, to be run under many faults.

use super::setup::{Builder, CaptureError};
use crate::explore::{Case, Run, Scenario};
use crate::history::Verdict;
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// A row that is inserted on the leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insert {
    /// When.
    pub at: Time,
    /// Its id.
    pub id: u32,
}

/// A scenario for [`crate::explore`]: rows are inserted into the table `users` of the default schema, and demanded is
/// that in the end every consumer has the rows that the leader has. What a leader refuses is not asked for again.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The leader and its consumers; the seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How many rows are inserted, at random times …
    pub inserts: u32,
    /// … before this one.
    pub within: Time,
    /// How long everything may rest after the last fault and the last row.
    pub rest: Time,
}

impl Scenario for Trial {
    type Operation = Insert;
    type Error = CaptureError;

    fn operations(&self, seed: u64) -> Vec<Insert> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let insert = |id| Insert { at: Time::us(rng.below(self.within.as_us().max(1))), id };
        let mut inserts: Vec<_> = (1..=self.inserts).map(insert).collect();
        inserts.sort_by_key(|insert| insert.at);
        inserts
    }

    fn run(&self, case: &Case<Insert>, tracing: bool) -> Result<Run, CaptureError> {
        let mut capture = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        capture.world.plan(&plan)?;
        for sent in &case.left_out {
            capture.world.leave_out(sent.from, sent.to, sent.nth)?;
        }
        for Insert { at, id } in &case.operations {
            capture.world.run_until(*at);
            match capture.execute(&format!("INSERT INTO users VALUES ({id}, 'user {id}')")) {
                Ok(_) | Err(CaptureError::LeaderDown | CaptureError::DiskFull { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let last = plan.ends();
        capture.world.run_until(last.max(self.within) + self.rest);
        let mut verdict = Verdict::Holds;
        for consumer in capture.consumers() {
            let differing = capture.differing_rows(consumer, "users")?;
            if differing > 0 {
                let why = format!("{consumer} differs from the leader in {differing} of its rows");
                verdict = Verdict::violated_because(why);
                break;
            }
        }
        let (faults, trace) = (capture.world.faults(), capture.trace().cloned());
        Ok(Run { verdict, demand: "the same rows", faults, trace })
    }
}
