//! A leader and its log.

use super::ComparisonError;
use super::workload::{Driven, PATIENCE, Step, Workload};
use crate::history::History;
use crate::leader_follower::{Builder, LeaderFollower, Outcome, Request};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByLog {
    cluster: LeaderFollower,
    begun: Vec<Option<(NodeId, u64)>>,
}

pub(super) fn build(workload: &Workload, builder: Builder) -> Result<ByLog, ComparisonError> {
    let servers = workload.servers.len();
    // A new number of followers makes new servers, with nothing that was set for them.
    let builder = match builder.settings().servers.len() == servers {
        true => builder,
        false => builder.followers(servers as u16 - 1),
    };
    let builder = builder
        .regions(&workload.servers)
        .clients_in(&workload.clients)
        .timeout(PATIENCE)
        .seed(workload.seed)
        .trace(false);
    Ok(ByLog { cluster: builder.build()?, begun: vec![None; workload.clients.len()] })
}

impl Driven for ByLog {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), ComparisonError> {
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

    fn plan(&mut self, plan: &Plan) -> Result<(), ComparisonError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn nodes(&self) -> (Vec<NodeId>, Vec<NodeId>, Vec<NodeId>) {
        let named = |prefix: &str| {
            (1..).map_while(|number| self.cluster.id(&format!("{prefix}{number}")).ok()).collect()
        };
        let mut servers: Vec<NodeId> = named("F");
        servers.splice(0..0, self.cluster.id("L").ok());
        (servers, named("c"), named("o"))
    }

    fn history(&self) -> History {
        self.cluster.history().clone()
    }

    fn lost(&self) -> u32 {
        self.cluster.measures().lost.len() as u32
    }
}
