//! One workload for all: who does what, and the loop that has it done.

use serde::{Deserialize, Serialize};

use super::measure::Measured;
use super::{Database, DatabaseError, Story, by_log, by_quorum, by_raft};
use crate::history::{History, Op};
use crate::network::{Latency, Region};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

/// How careful a database is told to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// As its documents have it.
    #[default]
    Defaults,
    /// Nothing acknowledged is lost, and no read is old, as far as it can promise that.
    Safest,
    /// The answer comes from the nearest copy, and a write waits for nobody, as far as it can do that.
    Fastest,
}

/// One workload and one story, to be run against each database.
///
/// Three servers and three clients, one of each in each region. Half of the writes set one of a few keys, half insert a
/// key of their own. Eight of ten operations are on keys of the client's own region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Where the servers stand, and a client beside each. Default: three zones of Virginia.
    pub regions: Vec<Region>,
    /// What goes wrong. Default: the leader's machine dies.
    pub story: Story,
    /// From when until when. Default: from 20 to 80 s.
    pub trouble: (Time, Time),
    /// How careful the databases are told to be.
    pub care: Care,
    /// Share of writes among the operations. Default 0.2.
    pub writes: f64,
    /// A client's pause before each operation. Default: 100 ms on average.
    pub pause: Latency,
    /// How long the clients go on. Default: two minutes.
    pub length: Time,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            regions: vec![Region::Virginia; 3],
            story: Story::default(),
            trouble: (Time::s(20), Time::s(80)),
            care: Care::default(),
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
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), DatabaseError>;
    fn is_idle(&self, client: usize) -> bool;
    fn run_until(&mut self, time: Time);
    fn plan(&mut self, plan: &Plan) -> Result<(), DatabaseError>;
    /// The victim and all that stands in its place, and all others.
    fn sides(&self) -> (Vec<NodeId>, Vec<NodeId>);
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

impl Comparison {
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
                let region = if rng.chance(0.8) { client } else { rng.below(3) as usize } + 1;
                let shared = format!("r{region}-{}", rng.below(Self::SHARED));
                let write = rng.chance(self.writes);
                let inserts = write && rng.chance(0.5);
                number += 1;
                let key = if inserts { format!("r{region}-c{}-{number}", client + 1) } else { shared };
                let value = write.then(|| format!("c{}-{number}", client + 1));
                steps.push(Step { pause, key, value });
            }
            steps
        };
        (0..3).map(of_client).collect()
    }

    /// Runs it against a database.
    ///
    /// # Errors
    /// When there aren't three regions, or the pause can't be.
    pub fn run(&self, database: Database) -> Result<Measured, DatabaseError> {
        if self.regions.len() != 3 {
            return Err(DatabaseError::Regions(self.regions.len()));
        }
        match database {
            Database::Postgres | Database::MySql => self.drive(by_log::build(self, database)?),
            Database::MongoDb | Database::CockroachDb => self.drive(by_raft::build(self, database)?),
            Database::Cassandra => self.drive(by_quorum::build(self)?),
        }
    }

    fn drive(&self, mut cluster: impl Driven) -> Result<Measured, DatabaseError> {
        let (side, others) = cluster.sides();
        let (from, until) = self.trouble;
        cluster.plan(&self.story.plan(&side, &others, from, until))?;
        let steps = self.steps();
        let mut next = [0; 3];
        let mut due: [Option<Time>; 3] = [None; 3];
        let mut now = Time::ZERO;
        while now < self.length {
            now += TICK;
            cluster.run_until(now);
            for client in 0..3 {
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
        cluster.run_until(now.max(until) + REST);
        let history = cluster.history();
        Ok(Measured::of(&history, cluster.lost(), |a, b| cluster.unordered(a, b), self.length))
    }

    /// Whether all stand in one region.
    pub(super) fn is_one_region(&self) -> bool {
        self.regions.iter().all(|region| *region == self.regions[0])
    }
}
