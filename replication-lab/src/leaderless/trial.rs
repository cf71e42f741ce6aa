//! A cluster, a workload and demands, to be run under many faults.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builder::Builder;
use super::client::Begin;
use super::cluster::Leaderless;
use super::setup::SetupError;
use super::workload::{Job, Workload, remaining};
use crate::explore::{Case, Run, Scenario};
use crate::history::{Verdict, Witness, linearizable, lost_writes};
use crate::time::Time;

/// A demand on every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// Every key behaves like one register.
    Linearizable,
    /// No acknowledged write is gone, unless a later one replaced it.
    NoLostWrites,
    /// After the last fault and a rest, every client can write and read, and the replicas of every key agree.
    Recovers,
}

impl Demand {
    fn name(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::NoLostWrites => "no lost writes",
            Self::Recovers => "recovers",
        }
    }
}

/// A scenario for [`crate::explore`]: this cluster under this workload, and what is demanded of it.
///
/// # Examples
/// ```
/// use replication_lab::explore::{Chaos, Trouble, hunt};
/// use replication_lab::leaderless::{Demand, Leaderless, Scheme, Trial, Workload};
/// use replication_lab::time::Time;
///
/// let trial = Trial {
///     builder: Leaderless::builder().clients(2).versions(Scheme::Timestamp),
///     workload: Workload { operations: 20, hot_keys: 1, ..Workload::default() },
///     demands: vec![Demand::NoLostWrites],
/// };
/// let clocks = Chaos::new(5, Time::ms(150))?.only(&[Trouble::ClockJump]);
/// let smallest = hunt(&trial, &clocks, 0..50).smallest.expect("a clock that is ahead wins over later writes");
/// assert!(smallest.case.plan.0.len() <= 1);
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cluster; its seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// What clients do.
    pub workload: Workload,
    /// What is demanded; the first demand that is not met is told.
    pub demands: Vec<Demand>,
}

/// How many states the search for a linearization may look at for each key.
const BUDGET: usize = 200_000;

impl Scenario for Trial {
    type Operation = Job;
    type Error = SetupError;

    /// The operations of the workload, each at a time of its own, so that leaving one out does not move the others:
    /// the sum of the pauses before it, as if operations took no time.
    fn operations(&self, seed: u64) -> Vec<Job> {
        let mut jobs = self.workload.jobs(self.builder.clone().seed(seed).settings());
        let mut clocks = BTreeMap::new();
        for Job { client, begin, .. } in &mut jobs {
            if let Begin::AfterPause(pause) = *begin {
                let clock: &mut Time = clocks.entry(*client).or_default();
                *clock += pause;
                *begin = Begin::At(*clock);
            }
        }
        jobs
    }

    fn run(&self, case: &Case<Job>, tracing: bool) -> Result<Run, SetupError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        cluster.assign(&case.operations)?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth)?;
        }
        while !cluster.all_idle() && cluster.world.step() {}
        // Every fault shall have had its time.
        let last = plan.ends();
        cluster.run_for(last.since(cluster.now()));
        cluster.settle();
        cluster.run_for(self.workload.rest);
        cluster.settle();
        let (mut verdict, mut demand) = (Verdict::Holds, "");
        for demanded in &self.demands {
            (verdict, demand) = (self.judge(*demanded, &mut cluster)?, demanded.name());
            if !verdict.holds() {
                break;
            }
        }
        Ok(Run { verdict, demand, faults: cluster.faults(), trace: cluster.trace().cloned() })
    }
}

impl Trial {
    fn judge(&self, demand: Demand, cluster: &mut Leaderless) -> Result<Verdict, SetupError> {
        let keys: Vec<_> = self.workload.hot().into_iter().chain(self.workload.cold()).collect();
        Ok(match demand {
            Demand::Linearizable => linearizable(cluster.history(), BUDGET),
            Demand::NoLostWrites => {
                let history = cluster.history();
                let lost = lost_writes(history, &remaining(cluster, keys.iter()));
                match lost.first() {
                    None => Verdict::Holds,
                    Some(first) => Verdict::Violated(Witness {
                        why: format!("“{}” was acknowledged, and is gone", history.0[*first]),
                        operations: lost,
                        ..Witness::default()
                    }),
                }
            }
            Demand::Recovers => match self.recovers(cluster, &keys)? {
                None => Verdict::Holds,
                Some(why) => Verdict::violated_because(why),
            },
        })
    }

    /// What does not work although all is well again.
    fn recovers(&self, cluster: &mut Leaderless, keys: &[String]) -> Result<Option<String>, SetupError> {
        if let Some(key) = keys.iter().find(|key| cluster.diverged(key)) {
            return Ok(Some(format!("the replicas of {key} still differ at {}", cluster.now())));
        }
        for client in 1..=cluster.settings().clients {
            let name = format!("c{client}");
            let written = cluster.write(&name, "probe", &format!("{name} is back"))?;
            let read = cluster.read(&name, "probe")?;
            if !written.succeeded() || !read.succeeded() {
                return Ok(Some(format!("{name} still cannot write and read: {written}, {read}")));
            }
        }
        Ok(None)
    }
}
