//! MongoDB and CockroachDB: terms, votes, and a log that a majority has.

use std::collections::BTreeSet;

use super::drive::{Care, Driven, PATIENCE, Step};
use super::{Comparison, Database, DatabaseError};
use crate::history::History;
use crate::network::Latency;
use crate::raft::{Acknowledge, Command, Job, Raft, Reads, Request};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Plan;

pub(super) struct ByRaft {
    cluster: Raft,
    // Whether a read may be answered by any server.
    anywhere: bool,
}

pub(super) fn build(comparison: &Comparison, database: Database) -> Result<ByRaft, DatabaseError> {
    let [s1, s2, s3] = [NodeId(0), NodeId(1), NodeId(2)];
    let builder = Raft::builder()
        .servers(3)
        .clients(3)
        .regions(&comparison.regions, &comparison.regions)
        .sync(Latency::Uniform(Time::us(500), Time::ms(1)))
        .pre_vote(true)
        .check_quorum(true)
        .patience(PATIENCE)
        .seed(comparison.seed)
        .trace(false);
    let (builder, care) = (builder, comparison.care);
    let builder = match database {
        Database::MongoDb => builder
            .homes([s1])
            .election_timeout(Time::s(10), Time::ms(11_500))
            .heartbeat(Time::s(2))
            .acknowledge(if care == Care::Fastest { Acknowledge::Leader } else { Acknowledge::Majority })
            .reads(if care == Care::Safest { Reads::Confirmed } else { Reads::Received }),
        _ => builder
            .splits(["r2", "r3"])
            .homes([s1, s2, s3])
            .election_timeout(Time::s(6), Time::s(8))
            .heartbeat(Time::s(1))
            .reads(Reads::Lease),
    };
    Ok(ByRaft { cluster: builder.build()?, anywhere: care == Care::Fastest })
}

impl Driven for ByRaft {
    fn begin(&mut self, client: usize, step: &Step) -> Result<(), DatabaseError> {
        let request = match &step.value {
            Some(value) => Request::Put(step.key.clone(), value.clone()),
            None => Request::Get { key: step.key.clone(), anywhere: self.anywhere },
        };
        self.cluster.assign(client as u16 + 1, [Job { pause: Time::ZERO, request }])?;
        Ok(())
    }

    fn is_idle(&self, client: usize) -> bool {
        self.cluster.is_idle(client as u16 + 1)
    }

    fn run_until(&mut self, time: Time) {
        self.cluster.run_for(time.since(self.cluster.now()));
    }

    fn plan(&mut self, plan: &Plan) -> Result<(), DatabaseError> {
        self.cluster.plan(plan)?;
        Ok(())
    }

    fn sides(&self) -> (Vec<NodeId>, Vec<NodeId>) {
        (vec![NodeId(0), NodeId(3)], [1, 2, 4, 5].map(NodeId).to_vec())
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
