//! Clients that run by themselves, and what is measured of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::builder::Builder;
use super::client::{Begin, Operation};
use super::cluster::Leaderless;
use super::node::Member;
use super::setup::{Settings, SetupError};
use super::version::ClientId;
use crate::history::{Action, History, Verdict, linearizable, lost_writes, stale_reads};
use crate::network::Latency;
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::world::Plan;

/// What clients do: each its operations one after the other, with a pause before each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Operations of each client.
    pub operations: u32,
    /// Share of reads among them.
    pub reads: f64,
    /// Keys that are written and read: k0, k1, ….
    pub hot_keys: u32,
    /// Keys that are written once by the first client, before all else, and never read: cold0, cold1, ….
    pub cold_keys: u32,
    /// The pause before each operation.
    pub pause: Latency,
    /// How long housekeeping may go on after the last operation.
    pub rest: Time,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            operations: 200,
            reads: 0.5,
            hot_keys: 5,
            cold_keys: 0,
            pause: Latency::Exponential(Time::ms(5)),
            rest: Time::ZERO,
        }
    }
}

/// What was measured of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Reads and how many of them failed.
    pub reads: u32,
    /// Reads without an answer in time.
    pub failed_reads: u32,
    /// Reads that returned something old although a newer write had been acknowledged before they began.
    pub stale_reads: u32,
    /// Writes that began.
    pub writes: u32,
    /// Writes without enough acknowledgements in time.
    pub failed_writes: u32,
    /// Acknowledged writes that are gone at the end, and not because a later one replaced them.
    pub lost_writes: u32,
    /// Latencies of the reads that succeeded, in ascending order.
    pub read_latencies: Vec<Time>,
    /// Latencies of the writes that succeeded, in ascending order.
    pub write_latencies: Vec<Time>,
    /// How many hot keys differ between their replicas, over time.
    pub divergent: Vec<(Time, u32)>,
    /// Hot and cold keys whose replicas differ at the end.
    pub divergent_at_end: (u32, u32),
    /// Whether every key behaved like one register; unknown too, if it did and a planned fault made no difference. A search that takes too long is [`Verdict::Unknown`].
    pub linearizable: Verdict,
}

/// How often divergence is looked at.
const SAMPLE: Time = Time::ms(20);

impl Workload {
    /// Runs this workload on a cluster and under faults, and measures.
    ///
    /// # Errors
    /// When the cluster's settings or the plan don't fit.
    pub fn run(&self, builder: Builder, faults: &Plan) -> Result<(Leaderless, Measures), SetupError> {
        self.pause.validate()?;
        let mut cluster = builder.build()?;
        let jobs = self.jobs(cluster.settings());
        cluster.assign(&jobs)?;
        cluster.plan(faults)?;
        let (hot, cold) = (self.hot(), self.cold());
        let mut divergent = Vec::new();
        let count = |cluster: &Leaderless, keys: &[String]| {
            keys.iter().filter(|k| cluster.diverged(k)).count() as u32
        };
        while !cluster.all_idle() {
            cluster.run_for(SAMPLE);
            divergent.push((cluster.now(), count(&cluster, &hot)));
        }
        cluster.settle();
        cluster.run_for(self.rest);
        cluster.settle();
        let end = (count(&cluster, &hot), count(&cluster, &cold));
        let remaining = remaining(&cluster, hot.iter().chain(&cold));
        let mut measures = measure(cluster.history(), &remaining, divergent, end);
        measures.linearizable = cluster.faults().temper(measures.linearizable);
        Ok((cluster, measures))
    }

    pub(super) fn hot(&self) -> Vec<String> {
        (0..self.hot_keys).map(|i| format!("k{i}")).collect()
    }

    pub(super) fn cold(&self) -> Vec<String> {
        (0..self.cold_keys).map(|i| format!("cold{i}")).collect()
    }

    /// What each client of a cluster with these settings does, client by client. All randomness comes from the
    /// settings' seed.
    pub fn jobs(&self, settings: &Settings) -> Vec<Job> {
        let mut rng = Rng::new(settings.seed, Stream::Workload);
        let (hot, cold) = (self.hot(), self.cold());
        let mut jobs = Vec::new();
        for client in (1..=settings.clients).map(ClientId) {
            if client.0 == 1 {
                let write = |key: String| Operation::Write { key, value: Some("c1 once".into()) };
                let job = |key| Job { client, begin: Begin::AfterPause(Time::ZERO), operation: write(key) };
                jobs.extend(cold.iter().cloned().map(job));
            }
            for i in 0..self.operations {
                let (pause, read) = (self.pause.draw(&mut rng), rng.chance(self.reads));
                let Some(key) = rng.pick(&hot).cloned() else { continue };
                let operation = match read {
                    true => Operation::Read { key, from: None },
                    false => Operation::Write { key, value: Some(format!("{client}-{i}")) },
                };
                jobs.push(Job { client, begin: Begin::AfterPause(pause), operation });
            }
        }
        jobs
    }
}

/// One operation of one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Who.
    pub client: ClientId,
    /// When.
    pub begin: Begin,
    /// What.
    pub operation: Operation,
}

impl Leaderless {
    /// Gives the clients things to do by themselves, each its own jobs one after the other.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn assign(&mut self, jobs: &[Job]) -> Result<&mut Self, SetupError> {
        let mut by_client: BTreeMap<ClientId, Vec<_>> = BTreeMap::new();
        for Job { client, begin, operation } in jobs {
            by_client.entry(*client).or_default().push((*begin, operation.clone()));
        }
        for (client, jobs) in by_client {
            let id = self.id(&client.to_string())?;
            self.world.act(id, |member, out| {
                if let Member::Client(client) = member {
                    client.assign(jobs);
                    client.next_job(out);
                }
            });
        }
        Ok(self)
    }
}

pub(super) fn remaining<'a>(
    cluster: &Leaderless,
    keys: impl Iterator<Item = &'a String>,
) -> Vec<(String, String)> {
    let held = |key: &String| -> Vec<(String, String)> {
        let all = cluster.holdings(key).into_iter().flat_map(|(_, values)| values);
        all.filter_map(|value| value.value).map(|value| (key.clone(), value)).collect()
    };
    let hinted = cluster.hints().into_iter().filter_map(|(_, _, key, new)| Some((key, new.value?)));
    keys.flat_map(held).chain(hinted).collect()
}

fn measure(
    history: &History,
    remaining: &[(String, String)],
    divergent: Vec<(Time, u32)>,
    divergent_at_end: (u32, u32),
) -> Measures {
    let is_read = |place: &usize| matches!(history.0[*place].action, Action::Read(_));
    let (reads, writes): (Vec<_>, Vec<_>) = (0..history.0.len()).partition(is_read);
    let latencies = |places: &[usize]| {
        let ended = places.iter().filter_map(|p| Some(history.0[*p].ended?.since(history.0[*p].began)));
        let mut latencies: Vec<_> = ended.collect();
        latencies.sort_unstable();
        latencies
    };
    let (read_latencies, write_latencies) = (latencies(&reads), latencies(&writes));
    Measures {
        reads: reads.len() as u32,
        failed_reads: (reads.len() - read_latencies.len()) as u32,
        stale_reads: stale_reads(history).len() as u32,
        writes: writes.len() as u32,
        failed_writes: (writes.len() - write_latencies.len()) as u32,
        lost_writes: lost_writes(history, remaining).len() as u32,
        read_latencies,
        write_latencies,
        divergent,
        divergent_at_end,
        linearizable: linearizable(history, 200_000),
    }
}
