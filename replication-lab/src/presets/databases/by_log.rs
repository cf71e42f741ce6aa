//! PostgreSQL and MySQL: a leader, its log, and somebody who watches.

use super::drive::{Care, Driven, PATIENCE, Step};
use super::{Comparison, Database, DatabaseError};
use crate::history::History;
use crate::leader_follower::{CommitLevel, LeaderFollower, Outcome, ReadFrom, Request};
use crate::network::Latency;
use crate::presets::failover;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByLog {
    cluster: LeaderFollower,
    begun: [Option<(NodeId, u64)>; 3],
}

pub(super) fn build(comparison: &Comparison, database: Database) -> Result<ByLog, DatabaseError> {
    let mut builder = LeaderFollower::builder()
        .followers(2)
        .regions(&comparison.regions)
        .clients_in(&comparison.regions)
        .sync(Latency::Uniform(Time::us(500), Time::ms(1)))
        .timeout(PATIENCE)
        .seed(comparison.seed)
        .trace(false);
    builder = match database {
        Database::MySql => builder.change_failover(failover::orchestrator).fall_back(Some(Time::s(10))),
        _ => builder.change_failover(failover::patroni),
    };
    let one = "ANY 1 (F1, F2)";
    builder = match (database, comparison.care) {
        (_, Care::Safest) => builder.acknowledge(one).fall_back(None),
        (Database::MySql, Care::Defaults) => builder.acknowledge(one),
        (_, Care::Defaults) => builder,
        (_, Care::Fastest) => builder.level(CommitLevel::Off).read_from(ReadFrom::Nearest),
    };
    Ok(ByLog { cluster: builder.build()?, begun: [None; 3] })
}

impl Driven for ByLog {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), DatabaseError> {
        let request = match &step.value {
            Some(value) => Request::Put(step.key.clone(), value.clone()),
            None => Request::Get(step.key.clone()),
        };
        self.begun[client] = Some(self.cluster.begin(&format!("c{}", client + 1), request)?);
        Ok(())
    }

    fn is_idle(&self, client: usize) -> bool {
        self.begun[client].is_none_or(|begun| *self.cluster.outcome(begun) != Outcome::Open)
    }

    fn run_until(&mut self, time: Time) {
        self.cluster.run_until(time);
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), DatabaseError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn sides(&self) -> (Vec<NodeId>, Vec<NodeId>) {
        let id = |name: &str| self.cluster.id(name).expect("a node of this cluster");
        let mut others: Vec<NodeId> = ["F1", "F2", "c2", "c3"].map(id).to_vec();
        let observers = (1..).map_while(|number| self.cluster.id(&format!("o{number}")).ok());
        others.extend(observers);
        (vec![id("L"), id("c1")], others)
    }

    fn history(&self) -> History {
        self.cluster.history().clone()
    }

    fn lost(&self) -> u32 {
        self.cluster.measures().lost.len() as u32
    }
}
