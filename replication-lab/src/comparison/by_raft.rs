//! Servers that agree by majority.

use std::collections::BTreeSet;

use super::ComparisonError;
use super::workload::{Driven, PATIENCE, Step, Workload};
use crate::history::History;
use crate::raft::{Builder, Command, Job, Raft, Request};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByRaft {
    cluster: Raft,
    // Whether a read may be answered by any server.
    anywhere: bool,
}

pub(super) fn build(
    workload: &Workload,
    builder: Builder,
    ranges: bool,
    anywhere: bool,
) -> Result<ByRaft, ComparisonError> {
    let clients = workload.clients.len();
    let mut builder = builder
        .servers(workload.servers.len() as u16)
        .clients(clients as u16)
        .regions(&workload.servers, &workload.clients)
        .patience(PATIENCE)
        .seed(workload.seed)
        .trace(false);
    builder = match ranges {
        // The keys of client i begin with "ri-".
        true => builder
            .splits((2..=clients).map(|client| format!("r{client}")))
            .homes((0..clients).map(|client| NodeId(workload.nearest(client) as u16))),
        false => builder.homes([NodeId(0)]),
    };
    Ok(ByRaft { cluster: builder.build()?, anywhere })
}

impl Driven for ByRaft {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), ComparisonError> {
        let request = match &step.value {
            Some(value) => Request::Put(step.key.clone(), value.clone()),
            None => Request::Get { key: step.key.clone(), anywhere: self.anywhere },
        };
        self.cluster.assign(client as u16 + 1, [Job { pause: Time::ZERO, request }])?;
        Ok(())
    }

    fn is_idle(&self, client: usize) -> bool {
        self.cluster.is_idle(client as u16 + 1).is_ok_and(|idle| idle)
    }

    fn run_until(&mut self, time: Time) {
        self.cluster.run_for(time.since(self.cluster.now()));
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), ComparisonError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn nodes(&self) -> (Vec<NodeId>, Vec<NodeId>, Vec<NodeId>) {
        let servers = self.cluster.settings().servers;
        let clients = self.cluster.settings().clients;
        ((0..servers).map(NodeId).collect(), (servers..servers + clients).map(NodeId).collect(), Vec::new())
    }

    fn history(&self) -> History {
        self.cluster.history()
    }

    fn lost(&self) -> u32 {
        let logs = self.cluster.settings().groups().filter_map(|group| {
            let leader = self.cluster.leader_of(group)?;
            self.cluster.group(leader, group)
        });
        let kept: BTreeSet<&str> = logs
            .flat_map(|group| group.log().entries())
            .filter_map(|entry| match &entry.command {
                Command::Put { value, .. } => Some(value.as_str()),
                _ => None,
            })
            .collect();
        let acknowledged = self.cluster.history();
        let acknowledged =
            acknowledged.0.iter().filter(|op| op.ended.is_some()).filter_map(|op| op.written());
        acknowledged.filter(|value| !kept.contains(value)).count() as u32
    }
}
