//! Servers with siblings, a load and a demand, to be run under many faults.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{SiblingError, Siblings, SiblingsSetup};
use super::node::Member;
use crate::explore::{Case, Run, Scenario};
use crate::history::Verdict;
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;

/// One write of one client, with the context that it last got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    /// When.
    pub at: Time,
    /// The client: its place among them.
    pub client: usize,
    /// The server: its place among them.
    pub server: usize,
    /// The value: no other write has it.
    pub value: String,
}

/// A scenario for [`crate::explore`]: clients write one key, at all servers, and demanded is that no value is lost: each
/// that its writer was told of is on every server in the end, unless somebody wrote who had seen it. When all faults are
/// over, every server tells every other what it has.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The servers and their clients; the seed and whether it is traced are set for each run.
    pub setup: SiblingsSetup,
    /// How many writes there are, at random times …
    pub writes: u32,
    /// … before this one.
    pub within: Time,
}

const KEY: &str = "x";

/// What the clients know.
#[derive(Default)]
struct Known {
    // The values that each client has seen.
    seen: BTreeMap<NodeId, BTreeSet<String>>,
    // What each client has written and was not answered yet.
    open: BTreeMap<NodeId, Vec<String>>,
    acknowledged: BTreeSet<String>,
    // What somebody had seen who wrote.
    replaced: BTreeSet<String>,
}

impl Known {
    fn listen(&mut self, cluster: &mut Siblings) {
        for (_, client, answer) in cluster.world.take_outputs() {
            let Ok(answer) = answer else { continue };
            self.seen.entry(client).or_default().extend(answer.values);
            // Which of its writes an answer is for can't be told: those that are there.
            let seen = &self.seen[&client];
            let open = self.open.entry(client).or_default();
            self.acknowledged.extend(open.iter().filter(|value| seen.contains(*value)).cloned());
            open.retain(|value| !seen.contains(value));
        }
    }
}

impl Scenario for Trial {
    type Operation = Put;
    type Error = SiblingError;

    fn operations(&self, seed: u64) -> Vec<Put> {
        let mut rng = Rng::new(seed, Stream::Workload);
        let (clients, servers) =
            (self.setup.clients.len().max(1) as u64, self.setup.servers.len().max(1) as u64);
        let put = |number: u32| Put {
            at: Time::us(rng.below(self.within.as_us().max(1))),
            client: rng.below(clients) as usize,
            server: rng.below(servers) as usize,
            value: format!("v{number}"),
        };
        let mut puts: Vec<_> = (1..=self.writes).map(put).collect();
        puts.sort_by_key(|put| put.at);
        puts
    }

    fn run(&self, case: &Case<Put>, tracing: bool) -> Result<Run, SiblingError> {
        let setup = SiblingsSetup { seed: case.seed, trace: tracing, ..self.setup.clone() };
        let (clients, servers) = (setup.clients.clone(), setup.servers.clone());
        let mut cluster = setup.build()?;
        let plan = case.whole_plan();
        cluster.world.plan(&plan).map_err(SiblingError::Fault)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth).map_err(SiblingError::World)?;
        }
        let mut known = Known::default();
        for Put { at, client, server, value } in &case.operations {
            cluster.world.run_until(*at);
            known.listen(&mut cluster);
            let id = NodeId((servers.len() + client) as u16);
            known.replaced.extend(known.seen.get(&id).into_iter().flatten().cloned());
            known.open.entry(id).or_default().push(value.clone());
            cluster.begin_put_at(&clients[*client], &servers[*server], KEY, value)?;
        }
        let last = plan.ends();
        cluster.world.run_until(last.max(self.within));
        cluster.world.run_until_quiet();
        known.listen(&mut cluster);
        for (from, to) in servers.iter().flat_map(|from| servers.iter().map(move |to| (from, to))) {
            if from != to {
                cluster.sync(from, to, KEY)?;
            }
        }
        let verdict = match lost(&cluster, &known, servers.len()) {
            None => Verdict::Holds,
            Some(why) => Verdict::violated_because(why),
        };
        let (faults, trace) = (cluster.world.faults(), cluster.trace().cloned());
        Ok(Run { verdict, demand: "no value lost", faults, trace })
    }
}

/// A value that is gone although nobody wrote who had seen it.
fn lost(cluster: &Siblings, known: &Known, servers: usize) -> Option<String> {
    for id in (0..servers as u16).map(NodeId) {
        let Member::Server(server) = cluster.world.node(id) else { continue };
        let values = server.store.values(KEY);
        let gone = |value: &&String| !known.replaced.contains(*value) && !values.contains(value);
        if let Some(value) = known.acknowledged.iter().find(gone) {
            let server = cluster.world.name(id);
            return Some(format!(
                "{value} was acknowledged, is not on {server}, and nobody wrote who had seen it"
            ));
        }
    }
    None
}
