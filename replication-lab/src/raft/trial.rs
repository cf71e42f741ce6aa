//! Elections and writes under random faults.

use std::convert::Infallible;

use super::builder::Builder;
use super::client::Job;
use super::cluster::Raft;
use super::group::Group;
use super::message::{Request, Told};
use super::safety::two_leaders;
use super::settings::RaftError;
use crate::explore::{Case, Run, Scenario};
use crate::history::{Verdict, linearizable};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;

/// A scenario for [`crate::explore`]: servers elect leaders while faults strike. There are no operations.
///
/// Demanded is safety at all times, *at most one leader in a term* (election safety, figure 3 of the paper), and
/// progress after the last fault: a leader that all follow, within `patience`.
///
/// # Examples
/// ```
/// use replication_lab::explore::{Chaos, Trouble, hunt};
/// use replication_lab::raft::{Raft, Trial};
/// use replication_lab::time::Time;
///
/// let forgetful = Trial { builder: Raft::builder().elections_only(true).durable(false), patience: Time::s(5) };
/// let kills = Chaos::new(3, Time::ms(400))?.most_down(3).at_most(6).only(&[Trouble::Kill]);
/// let found = hunt(&forgetful, &kills, 0..4_000).smallest.expect("a vote that is forgotten is given twice");
/// assert!(found.run.verdict.to_string().contains("both lead term 1"));
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cluster; its seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How long an election may take when all is well.
    pub patience: Time,
}

impl Scenario for Trial {
    type Operation = Infallible;
    type Error = RaftError;

    fn operations(&self, _: u64) -> Vec<Infallible> {
        Vec::new()
    }

    fn run(&self, case: &Case<Infallible>, tracing: bool) -> Result<Run, RaftError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth).map_err(RaftError::World)?;
        }
        let last = plan.ends();
        let end = last + self.patience;
        let (mut broken, mut led) = (None, false);
        while broken.is_none() && !led && cluster.now() < end {
            cluster.run_for(LOOK);
            broken = two_leaders(cluster.told().iter().filter_map(|report| match report.told {
                Told::Leads(term) => Some((report.server, report.group, term)),
                _ => None,
            }));
            led = cluster.now() >= last && cluster.leader().is_some();
        }
        let (demand, why) = match broken {
            Some(why) => ("one leader in a term", Some(why)),
            None if led => ("one leader in a term", None),
            None => {
                let why = format!("no leader that all follow within {} after the last fault", self.patience);
                ("a leader in the end", Some(why))
            }
        };
        let verdict = why.map_or(Verdict::Holds, Verdict::violated_because);
        Ok(Run { verdict, demand, faults: cluster.faults(), trace: cluster.trace().cloned() })
    }
}

/// How often a run is looked at: it ends soon after it has gone wrong.
const LOOK: Time = Time::ms(5);

/// A scenario for [`crate::explore`]: clients write and read while faults strike.
///
/// Demanded is that every key behaves like one register ([`linearizable`]), at all times, and that in the end, with all
/// faults over, a write is acknowledged and all members have the same log.
#[derive(Clone, Debug)]
pub struct Writes {
    /// The cluster; its seed and whether it is traced are set for each run. It needs clients.
    pub builder: Builder,
    /// Operations of each client.
    pub operations: u32,
    /// How long the cluster may take to work again when all is well.
    pub patience: Time,
}

/// What one client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who, from 1.
    pub client: u16,
    /// What.
    pub job: Job,
}

impl Scenario for Writes {
    type Operation = Asked;
    type Error = RaftError;

    fn operations(&self, seed: u64) -> Vec<Asked> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let clients = self.builder.settings().clients;
        let asked = (0..self.operations).flat_map(|i| (1..=clients).map(move |client| (i, client)));
        asked
            .map(|(i, client)| {
                let (pause, key) = (Time::ms(rng.below(200)), if rng.chance(0.5) { "x" } else { "y" });
                let request = match rng.chance(0.5) {
                    true => Request::Get { key: key.into(), anywhere: false },
                    false => Request::Put(key.into(), format!("c{client}-{i}")),
                };
                Asked { client, job: Job { pause, request } }
            })
            .collect()
    }

    fn run(&self, case: &Case<Asked>, tracing: bool) -> Result<Run, RaftError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth).map_err(RaftError::World)?;
        }
        for Asked { client, job } in &case.operations {
            cluster.assign(*client, [job.clone()])?;
        }
        let last = plan.ends();
        while !(cluster.all_idle() && cluster.now() >= last) {
            cluster.run_for(Time::ms(50));
        }
        let history = cluster.history();
        let verdict = match linearizable(&history, BUDGET) {
            Verdict::Violated(witness) => {
                return Ok(run(&cluster, "one register", Verdict::Violated(witness)));
            }
            verdict => verdict,
        };
        if !self.works_again(&mut cluster)? {
            let why = format!("no write within {} after the last fault, or logs that differ", self.patience);
            let violated = Verdict::violated_because(why);
            return Ok(run(&cluster, "a working cluster in the end", violated));
        }
        Ok(run(&cluster, "one register", verdict))
    }
}

/// States that a check of linearizability may look at.
const BUDGET: usize = 200_000;

fn run(cluster: &Raft, demand: &'static str, verdict: Verdict) -> Run {
    Run { verdict, demand, faults: cluster.faults(), trace: cluster.trace().cloned() }
}

impl Writes {
    fn works_again(&self, cluster: &mut Raft) -> Result<bool, RaftError> {
        let end = cluster.now() + self.patience;
        let written = cluster.put(1, "end", "here")?;
        let equal = |cluster: &Raft| {
            let up: Vec<NodeId> = cluster.ids().filter(|id| cluster.is_up(*id)).collect();
            cluster.settings().groups().all(|group| {
                let mut logs = up.iter().filter_map(|id| cluster.group(*id, group)).map(Group::log);
                let first = logs.next();
                logs.all(|log| Some(log) == first)
            })
        };
        while written && !equal(cluster) && cluster.now() < end {
            cluster.run_for(Time::ms(50));
        }
        Ok(written && equal(cluster))
    }
}
