//! One workload for all: who does what, and the loop that has it done.

use serde::{Deserialize, Serialize};

use super::measure::Measured;
use super::{ComparisonError, Story, System, by_log, by_quorum, by_raft};
use crate::history::{History, Op};
use crate::network::{Latency, Region};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

/// One workload and one story, to be run on different systems.
///
/// Half of the writes set one of a few keys, half insert a key of their own. Eight of ten operations are on keys of the
/// client's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workload {
    /// Where the servers stand; those of a region together. The first one leads, where one does. Default: three zones of
    /// Virginia.
    pub servers: Vec<Region>,
    /// Where the clients stand. Default: three in Virginia.
    pub clients: Vec<Region>,
    /// What goes wrong. Default: the leader's machine dies.
    pub story: Story,
    /// From when until when. Default: from 20 to 80 s.
    pub trouble: (Time, Time),
    /// Share of writes among the operations. Default 0.2.
    pub writes: f64,
    /// A client's pause before each operation. Default: 100 ms on average.
    pub pause: Latency,
    /// How long the clients go on. Default: two minutes.
    pub length: Time,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Workload {
    fn default() -> Self {
        Self {
            servers: vec![Region::Virginia; 3],
            clients: vec![Region::Virginia; 3],
            story: Story::default(),
            trouble: (Time::s(20), Time::s(80)),
            writes: 0.2,
            pause: Latency::Exponential(Time::ms(100)),
            length: Time::s(120),
            seed: 1,
        }
    }
}

/// Something that a client does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How long it waits after its last operation.
    pub pause: Time,
    /// The key.
    pub key: String,
    /// What it writes; nothing if it reads.
    pub value: Option<String>,
}

/// How long a client waits for an answer.
pub(super) const PATIENCE: Time = Time::s(2);
/// How long everything may rest in the end.
const REST: Time = Time::s(60);
/// How often it is looked who is idle.
const TICK: Time = Time::ms(1);

/// A cluster that can be driven.
pub(super) trait Driven {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), ComparisonError>;
    fn is_idle(&self, client: usize) -> bool;
    fn run_until(&mut self, time: Time);
    fn plan(&mut self, plan: &Plan) -> Result<(), ComparisonError>;
    /// The servers, the clients, and what else there is, in the order of the workload.
    fn nodes(&self) -> (Vec<NodeId>, Vec<NodeId>, Vec<NodeId>);
    /// What the clients saw.
    fn history(&self) -> History;
    /// How many acknowledged writes are gone, when everything has come to rest.
    fn lost(&self) -> u32;
    /// Whether nobody put these two writes of different clients to one key in an order: neither could know the other.
    fn unordered(&self, a: &Op, b: &Op) -> bool {
        let _ = (a, b);
        false
    }
}

impl Workload {
    /// Keys that are set again and again, for each region.
    const SHARED: u64 = 4;

    /// What each client does: the same for each database.
    pub fn steps(&self) -> Vec<Vec<Step>> {
        let of_client = |client: usize| {
            let mut rng = Rng::new(self.seed.wrapping_mul(3).wrapping_add(client as u64), Stream::Workload);
            let (mut steps, mut time, mut number) = (Vec::new(), Time::ZERO, 0);
            while time < self.length {
                let pause = self.pause.draw(&mut rng);
                time += pause;
                let owner =
                    if rng.chance(0.8) { client } else { rng.below(self.clients.len() as u64) as usize } + 1;
                let shared = format!("r{owner}-{}", rng.below(Self::SHARED));
                let write = rng.chance(self.writes);
                let inserts = write && rng.chance(0.5);
                number += 1;
                let key = if inserts { format!("r{owner}-c{}-{number}", client + 1) } else { shared };
                let value = write.then(|| format!("c{}-{number}", client + 1));
                steps.push(Step { pause, key, value });
            }
            steps
        };
        (0..self.clients.len()).map(of_client).collect()
    }

    /// Runs it on a system.
    ///
    /// # Errors
    /// When there are no servers or no clients, or the system can't be.
    pub fn run(&self, system: &System) -> Result<Measured, ComparisonError> {
        if self.servers.is_empty() || self.clients.is_empty() {
            return Err(ComparisonError::Nobody);
        }
        match system {
            System::Log(builder) => self.drive(by_log::build(self, builder.as_ref().clone())?),
            System::Quorum { write, read } => self.drive(by_quorum::build(self, *write, *read)?),
            System::Raft { builder, ranges, anywhere } => {
                self.drive(by_raft::build(self, builder.as_ref().clone(), *ranges, *anywhere)?)
            }
        }
    }

    fn drive(&self, mut cluster: impl Driven) -> Result<Measured, ComparisonError> {
        let (from, until) = self.trouble;
        cluster.plan(&self.plan(&cluster))?;
        let steps = self.steps();
        let mut next = vec![0; steps.len()];
        let mut due: Vec<Option<Time>> = vec![None; steps.len()];
        let mut now = Time::ZERO;
        while now < self.length {
            now += TICK;
            cluster.run_until(now);
            for client in 0..steps.len() {
                let Some(step) = steps[client].get(next[client]) else { continue };
                if !cluster.is_idle(client) {
                    continue;
                }
                match due[client] {
                    None => due[client] = Some(now + step.pause),
                    Some(due_at) if due_at <= now => {
                        cluster.begin(client, step)?;
                        (next[client], due[client]) = (next[client] + 1, None);
                    }
                    Some(_) => {}
                }
            }
        }
        debug_assert!(from <= until, "trouble begins before it ends");
        cluster.run_until(now.max(until) + REST);
        let history = cluster.history();
        Ok(Measured::of(&history, cluster.lost(), |a, b| cluster.unordered(a, b), self.length))
    }

    /// Whether a server, or a client, stands where the first server does: in its region, or, if all are in one, in its
    /// zone. The first client is in the first server's zone, the second in the second's, and so forth.
    pub(super) fn is_beside_the_first(&self, region: Region, place: usize) -> bool {
        match self.is_one_region() {
            true => place == 0,
            false => region == self.servers[0],
        }
    }

    fn plan(&self, cluster: &impl Driven) -> Plan {
        let (servers, clients, more) = cluster.nodes();
        let beside = |ids: &[NodeId], regions: &[Region]| -> (Vec<NodeId>, Vec<NodeId>) {
            let placed = ids.iter().zip(regions).enumerate();
            let (side, others): (Vec<_>, Vec<_>) =
                placed.partition(|(place, (_, region))| self.is_beside_the_first(**region, *place));
            let ids = |placed: Vec<(usize, (&NodeId, &Region))>| {
                placed.into_iter().map(|(_, (id, _))| *id).collect()
            };
            (ids(side), ids(others))
        };
        let (fallen, standing) = beside(&servers, &self.servers);
        let (mut side, mut others) = beside(&clients, &self.clients);
        side.splice(0..0, fallen.iter().copied());
        others.extend(standing.into_iter().chain(more));
        self.story.plan(&fallen, &side, &others, self.trouble)
    }

    /// Whether all servers stand in one region.
    pub(super) fn is_one_region(&self) -> bool {
        self.servers.iter().all(|region| *region == self.servers[0])
    }

    /// The server that is nearest to a client.
    pub(super) fn nearest(&self, client: usize) -> usize {
        if self.is_one_region() {
            return client % self.servers.len();
        }
        let here = self.clients[client];
        (0..self.servers.len()).min_by_key(|place| here.round_trip(self.servers[*place])).unwrap_or(0)
    }
}
