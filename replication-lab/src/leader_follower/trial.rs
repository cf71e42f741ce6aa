//! A cluster, a load and demands, to be run under many faults.

use serde::{Deserialize, Serialize};

use super::builder::Builder;
use super::cluster::LeaderFollower;
use super::message::Request;
use super::setup::SetupError;
use crate::explore::{Case, Run, Scenario};
use crate::history::epochs::{fenced, one_writer_per_epoch};
use crate::history::{Verdict, Witness};
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// A demand on every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// The leader has every acknowledged write in the end.
    NoLostWrites,
    /// No two servers accept writes in one epoch.
    OneWriterPerEpoch,
    /// Nobody accepts a write in an epoch that is over.
    Fenced,
    /// After the last fault and a rest, a client can write, and all servers have the same rows.
    Recovers,
}

impl Demand {
    fn name(self) -> &'static str {
        match self {
            Self::NoLostWrites => "no lost writes",
            Self::OneWriterPerEpoch => "one writer per epoch",
            Self::Fenced => "fenced",
            Self::Recovers => "recovers",
        }
    }
}

/// One write of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The client's number, from 1.
    pub client: u16,
    /// When.
    pub at: Time,
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
}

/// A scenario for [`crate::explore`]: this cluster, clients that write, and what is demanded.
///
/// # Examples
/// ```
/// use replication_lab::detector::Timeout;
/// use replication_lab::explore::{Chaos, Trouble, hunt};
/// use replication_lab::leader_follower::{Demand, LeaderFollower, Trial};
/// use replication_lab::time::Time;
///
/// let watched = LeaderFollower::builder().clients(2).pooled(true).timeout(Time::ms(300)).change_failover(|failover| {
///     failover.observers = 3;
///     failover.heartbeat = Time::ms(100);
///     failover.detector = Box::new(Timeout::new(Time::ms(500)));
/// });
/// let trial = Trial { builder: watched, writes: 40, within: Time::s(4), rest: Time::s(3), demands: vec![Demand::Fenced] };
/// // Only the leader, node 0, is troubled.
/// let pauses = Chaos::new(1, Time::s(3))?.most_down(1).at_most(2).only(&[Trouble::Pause]);
/// let found = hunt(&trial, &pauses, 0..300).smallest.expect("a leader that wakes up writes into the past");
/// assert!(found.run.verdict.to_string().contains("nobody fenced L off"), "{found}");
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cluster; its seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How many writes the clients make in all, at random times …
    pub writes: u32,
    /// … before this one.
    pub within: Time,
    /// How long everything may rest after the last fault and the last write.
    pub rest: Time,
    /// What is demanded; the first demand that is not met is told.
    pub demands: Vec<Demand>,
}

impl Scenario for Trial {
    type Operation = Job;
    type Error = SetupError;

    fn operations(&self, seed: u64) -> Vec<Job> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let clients = self.builder.settings().clients.len().max(1) as u64;
        let job = |number: u32| Job {
            client: rng.below(clients) as u16 + 1,
            at: Time::us(rng.below(self.within.as_us().max(1))),
            key: format!("k{}", number % 5),
            value: number.to_string(),
        };
        let mut jobs: Vec<_> = (1..=self.writes).map(job).collect();
        jobs.sort_by_key(|job| job.at);
        jobs
    }

    fn run(&self, case: &Case<Job>, tracing: bool) -> Result<Run, SetupError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth)?;
        }
        for Job { client, at, key, value } in &case.operations {
            cluster.run_until(*at);
            cluster.begin(&format!("c{client}"), Request::Put(key.clone(), value.clone()))?;
        }
        let last = plan.ends();
        cluster.run_until(last.max(self.within) + self.rest);
        cluster.settle();
        let (mut verdict, mut demand) = (Verdict::Holds, "");
        for demanded in &self.demands {
            (verdict, demand) = (judge(*demanded, &mut cluster)?, demanded.name());
            if !verdict.holds() {
                break;
            }
        }
        Ok(Run { verdict, demand, faults: cluster.faults(), trace: cluster.trace().cloned() })
    }
}

fn judge(demand: Demand, cluster: &mut LeaderFollower) -> Result<Verdict, SetupError> {
    let violated = |why: String| Verdict::violated_because(why);
    Ok(match demand {
        Demand::OneWriterPerEpoch => one_writer_per_epoch(&cluster.accepted()),
        Demand::Fenced => fenced(&cluster.accepted()),
        Demand::NoLostWrites => {
            let lost = cluster.measures().lost;
            match lost.first() {
                None => Verdict::Holds,
                Some(first) => Verdict::Violated(Witness {
                    why: format!("“{}” was acknowledged, and is gone", cluster.history().0[*first]),
                    operations: lost,
                    ..Witness::default()
                }),
            }
        }
        Demand::Recovers => {
            let written = cluster.write("c1", "probe", "c1 is back")?;
            if !written.succeeded() {
                return Ok(violated(format!("c1 still cannot write: {written}")));
            }
            cluster.settle();
            let rows = |id| &cluster.server_of(id).table().rows;
            let leader = cluster.leader_id();
            let differs = |id: &crate::trace::NodeId| leader.is_none_or(|leader| rows(*id) != rows(leader));
            match cluster.topology.servers().find(differs) {
                None => Verdict::Holds,
                Some(id) => violated(format!("{} still differs from the leader", cluster.name(id))),
            }
        }
    })
}
