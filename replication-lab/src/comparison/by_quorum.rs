//! Equal replicas, and stamps.

use super::workload::{Driven, PATIENCE, Step, Workload};
use super::{ComparisonError, Story};
use crate::history::{Action, History, Op, lost_writes};
use crate::leaderless::{Leaderless, Operation, Outcome, Scheme};
use crate::network::{Latency, Region};
use crate::quorum::Level;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByQuorum {
    cluster: Leaderless,
    servers: Vec<String>,
    clients: Vec<String>,
    begun: Vec<Option<(NodeId, u64)>>,
    // From when until when the first place is cut off, and whether each client is there.
    cut: Option<(Time, Time)>,
    inside: Vec<bool>,
}

/// How far the clients' clocks are off, in µs, in turn.
const SKEWS: [i64; 3] = [0, 20_000, -20_000];

pub(super) fn build(workload: &Workload, write: Level, read: Level) -> Result<ByQuorum, ComparisonError> {
    let mut datacentres: Vec<(Region, u32)> = Vec::new();
    for region in &workload.servers {
        match datacentres.last_mut().filter(|(last, _)| last == region) {
            Some((_, nodes)) => *nodes += 1,
            None => datacentres.push((*region, 1)),
        }
    }
    let nodes: Vec<u32> = datacentres.into_iter().map(|(_, nodes)| nodes).collect();
    let clients: Vec<String> = (1..=workload.clients.len()).map(|number| format!("c{number}")).collect();
    let servers: Vec<String> = ('A'..='Z').take(workload.servers.len()).map(String::from).collect();
    let builder =
        Leaderless::builder().datacentres(&nodes).clients(clients.len() as u16).versions(Scheme::Timestamp);
    let builder =
        builder.write_level(write).read_level(read).timeout(PATIENCE).seed(workload.seed).trace(false);
    let mut cluster = builder.build()?;
    let places = || servers.iter().zip(&workload.servers).chain(clients.iter().zip(&workload.clients));
    for (a, here) in places() {
        for (b, there) in places().filter(|(b, _)| *b != a) {
            let one_way = here.round_trip(*there).as_us() / 2;
            cluster.set_latency(
                a,
                b,
                Latency::Uniform(Time::us(one_way), Time::us(one_way + one_way / 10)),
            )?;
        }
    }
    for (client, skew) in clients.iter().zip(SKEWS.iter().cycle()) {
        cluster.skew(client, *skew)?;
    }
    let cut = (workload.story == Story::Partition).then_some(workload.trouble);
    let regions = workload.clients.iter().enumerate();
    let inside = regions.map(|(place, region)| workload.is_beside_the_first(*region, place)).collect();
    Ok(ByQuorum { cluster, servers, begun: vec![None; clients.len()], clients, cut, inside })
}

impl Driven for ByQuorum {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), ComparisonError> {
        let key = step.key.clone();
        let operation = match &step.value {
            Some(value) => Operation::Write { key, value: Some(value.clone()) },
            None => Operation::Read { key, from: None },
        };
        self.begun[client] = Some(self.cluster.begin(&self.clients[client], operation)?);
        Ok(())
    }

    fn is_idle(&self, client: usize) -> bool {
        self.begun[client].is_none_or(|begun| *self.cluster.outcome(begun) != Outcome::Open)
    }

    fn run_until(&mut self, time: Time) {
        self.cluster.run_for(time.since(self.cluster.now()));
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), ComparisonError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn nodes(&self) -> (Vec<NodeId>, Vec<NodeId>, Vec<NodeId>) {
        let ids = |names: &[String]| names.iter().filter_map(|name| self.cluster.id(name).ok()).collect();
        (ids(&self.servers), ids(&self.clients), Vec::new())
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
        let inside = |op: &Op| {
            self.clients.iter().zip(&self.inside).any(|(client, inside)| *client == op.client && *inside)
        };
        overlap || (cut(a) && cut(b) && inside(a) != inside(b))
    }
}
