//! Cassandra: equal replicas, and stamps.

use super::drive::{Care, Driven, PATIENCE, Step};
use super::{Comparison, DatabaseError, Story};
use crate::history::{Action, History, Op, lost_writes};
use crate::leaderless::{Leaderless, Operation, Outcome, Scheme};
use crate::network::Latency;
use crate::quorum::Level;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByQuorum {
    cluster: Leaderless,
    begun: [Option<(NodeId, u64)>; 3],
    // From when until when the first replica and the first client are cut off.
    cut: Option<(Time, Time)>,
}

const REPLICAS: [&str; 3] = ["A", "B", "C"];
const CLIENTS: [&str; 3] = ["c1", "c2", "c3"];
/// How far the clients' clocks are off, in µs.
const SKEWS: [i64; 3] = [0, 20_000, -20_000];

pub(super) fn build(comparison: &Comparison) -> Result<ByQuorum, DatabaseError> {
    let level = if comparison.care == Care::Safest { Level::Quorum } else { Level::One };
    let datacentres: &[u32] = if comparison.is_one_region() { &[3] } else { &[1, 1, 1] };
    let builder = Leaderless::builder().datacentres(datacentres).clients(3).versions(Scheme::Timestamp);
    let builder =
        builder.write_level(level).read_level(level).timeout(PATIENCE).seed(comparison.seed).trace(false);
    let mut cluster = builder.build()?;
    let nodes = || REPLICAS.iter().zip(&comparison.regions).chain(CLIENTS.iter().zip(&comparison.regions));
    for (a, here) in nodes() {
        for (b, there) in nodes().filter(|(b, _)| *b != a) {
            let one_way = here.round_trip(*there).as_us() / 2;
            cluster.set_latency(
                a,
                b,
                Latency::Uniform(Time::us(one_way), Time::us(one_way + one_way / 10)),
            )?;
        }
    }
    for (client, skew) in CLIENTS.iter().zip(SKEWS) {
        cluster.skew(client, skew)?;
    }
    let cut = (comparison.story == Story::Partition).then_some(comparison.trouble);
    Ok(ByQuorum { cluster, begun: [None; 3], cut })
}

impl Driven for ByQuorum {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), DatabaseError> {
        let key = step.key.clone();
        let operation = match &step.value {
            Some(value) => Operation::Write { key, value: Some(value.clone()) },
            None => Operation::Read { key, from: None },
        };
        self.begun[client] = Some(self.cluster.begin(CLIENTS[client], operation)?);
        Ok(())
    }

    fn is_idle(&self, client: usize) -> bool {
        self.begun[client].is_none_or(|begun| *self.cluster.outcome(begun) != Outcome::Open)
    }

    fn run_until(&mut self, time: Time) {
        self.cluster.run_for(time.since(self.cluster.now()));
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), DatabaseError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn sides(&self) -> (Vec<NodeId>, Vec<NodeId>) {
        let id = |name: &&str| self.cluster.id(name).expect("a node of this cluster");
        (["A", "c1"].iter().map(id).collect(), ["B", "C", "c2", "c3"].iter().map(id).collect())
    }

    fn history(&self) -> History {
        self.cluster.history().clone()
    }

    fn lost(&self) -> u32 {
        let history = self.cluster.history();
        let keys: Vec<String> = history
            .keys()
            .into_iter()
            .filter(|key| history.0.iter().any(|op| op.key == **key && matches!(op.action, Action::Write(_))))
            .map(String::from)
            .collect();
        let held = keys.iter().flat_map(|key| {
            let values = self.cluster.holdings(key).into_iter().flat_map(|(_, held)| held);
            values.filter_map(|held| held.value).map(|value| (key.clone(), value))
        });
        let remaining: Vec<(String, String)> = held.collect();
        lost_writes(history, &remaining).len() as u32
    }

    fn unordered(&self, a: &Op, b: &Op) -> bool {
        let overlap = !a.precedes(b) && !b.precedes(a);
        let cut = |op: &Op| self.cut.is_some_and(|(from, until)| op.began >= from && op.began < until);
        overlap || (cut(a) && cut(b) && (a.client == CLIENTS[0]) != (b.client == CLIENTS[0]))
    }
}
