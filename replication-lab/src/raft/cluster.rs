//! A cluster to drive step by step.

use super::Term;
use super::builder::{Builder, RaftError, Settings, named_servers};
use super::message::Told;
use super::server::{Role, Server};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{DiskSettings, Fault, FaultReport, Plan, World};

/// A Raft cluster in a world of its own.
#[derive(Clone, Debug)]
pub struct Raft {
    pub(super) world: World<Server>,
    told: Vec<(Time, NodeId, Told)>,
}

/// An election that came to an end: every server that is up follows the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Election {
    /// The leader.
    pub leader: NodeId,
    /// The term that it leads.
    pub term: Term,
    /// When it had the votes of a majority.
    pub won: Time,
    /// When the last of the others heard from it.
    pub known: Time,
}

impl Raft {
    /// A builder with the defaults of [`Settings`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(settings: Settings) -> Result<Self, RaftError> {
        settings.validate()?;
        let (seed, link, trace) = (settings.seed, settings.link.clone(), settings.trace);
        let disk = DiskSettings { sync: settings.sync.clone(), ..DiskSettings::default() };
        let mut world = World::new(seed, named_servers(settings), link, trace).map_err(RaftError::World)?;
        for id in world.ids() {
            world.set_disk(id, disk.clone()).map_err(RaftError::World)?;
        }
        Ok(Self { world, told: Vec::new() })
    }

    /// The servers.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.world.ids()
    }

    /// A server's state.
    pub fn server(&self, id: NodeId) -> &Server {
        self.world.node(id)
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// Lets everything happen until some server has the votes of a majority, at most for `patience`. Returns it and
    /// its term; other servers may not yet know of it, or have begun a later term.
    pub fn win(&mut self, patience: Time) -> Option<(NodeId, Term)> {
        let end = self.now() + patience;
        let seen = self.told.len();
        while self.world.step_until(end) {
            self.listen();
            let won = |(_, id, told): &(Time, NodeId, Told)| match told {
                Told::Leads(term) => Some((*id, *term)),
                _ => None,
            };
            if let Some(won) = self.told[seen..].iter().find_map(won) {
                return Some(won);
            }
        }
        None
    }

    /// Lets everything happen until every server that is up follows one leader, at most for `patience`. A leader that
    /// is deposed before all have heard from it doesn't count. Returns at once if there is such a leader already.
    pub fn elect(&mut self, patience: Time) -> Option<Election> {
        let end = self.now() + patience;
        loop {
            if let Some(leader) = self.leader() {
                return self.election(leader);
            }
            // Only what a server tells can make the answer another one.
            let seen = self.told.len();
            while self.told.len() == seen {
                if !self.world.step_until(end) {
                    return None;
                }
                self.listen();
            }
        }
    }

    /// The leader that every server which is up follows.
    pub fn leader(&self) -> Option<NodeId> {
        let up = || self.world.ids().filter(|id| self.world.is_up(*id));
        let leader = up().find(|id| *self.server(*id).role() == Role::Leader)?;
        let term = self.server(leader).term();
        let follows = |id: NodeId| {
            let server = self.server(id);
            id == leader || (server.term() == term && *server.role() == Role::Follower(Some(leader)))
        };
        up().all(follows).then_some(leader)
    }

    fn election(&self, leader: NodeId) -> Option<Election> {
        let term = self.server(leader).term();
        let won = self.told.iter().find(|(_, id, told)| *id == leader && *told == Told::Leads(term))?.0;
        let heard = self.told.iter().filter(|(_, _, told)| *told == Told::Follows(term, leader));
        let known = heard.map(|(at, ..)| *at).max().unwrap_or(won);
        Some(Election { leader, term, won, known })
    }

    fn listen(&mut self) {
        self.told.extend(self.world.take_outputs());
    }

    /// What the servers have told: candidacies, victories, and whom they follow.
    pub fn told(&self) -> &[(Time, NodeId, Told)] {
        &self.told
    }

    /// Lets a span of time pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.world.run_until(self.now() + span);
        self.listen();
        self
    }

    /// Crashes a server's machine.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn crash(&mut self, id: NodeId) -> Result<&mut Self, RaftError> {
        self.strike(&Fault::Crash(id))
    }

    /// Restarts a crashed server.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn restart(&mut self, id: NodeId) -> Result<&mut Self, RaftError> {
        self.strike(&Fault::Restart(id))
    }

    /// Lets a fault strike at once.
    ///
    /// # Errors
    /// When it names a server that isn't there, or a value that can't be.
    pub fn strike(&mut self, fault: &Fault) -> Result<&mut Self, RaftError> {
        self.world.strike(fault).map_err(RaftError::Fault)?;
        Ok(self)
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out on these servers, or begins in the past.
    pub fn plan(&mut self, plan: &Plan) -> Result<&mut Self, RaftError> {
        self.world.plan(plan).map_err(RaftError::Fault)?;
        Ok(self)
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        self.world.faults()
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Latency;
    use crate::world::Node;

    fn constant() -> Builder {
        Raft::builder().latency(Latency::Constant(Time::ms(1))).sync(Latency::Constant(Time::ms(2)))
    }

    #[test]
    fn transcript_of_an_election_a_crash_and_the_next_election() {
        let mut cluster = constant().seed(4).build().unwrap();
        let first = cluster.elect(Time::s(10)).unwrap();
        cluster.run_for(Time::ms(20)).crash(first.leader).unwrap();
        let second = cluster.elect(Time::s(10)).unwrap();
        cluster.restart(first.leader).unwrap().run_for(Time::ms(80));
        assert_eq!(cluster.leader(), Some(second.leader));
        insta::assert_snapshot!(cluster.trace().unwrap().transcript());
    }

    #[test]
    fn transcript_of_a_shorter_log_that_costs_an_election() {
        // s3 lacks an entry: the others deny it their votes and take its term.
        let logs = [vec![1, 1], vec![1, 1], vec![1]];
        let slow = constant().election_timeout(Time::ms(150), Time::ms(160)).logs(logs);
        let runs = (0..50).map(|seed| {
            let mut cluster = slow.clone().seed(seed).build().unwrap();
            cluster.elect(Time::s(10)).unwrap();
            cluster
        });
        let denied = |cluster: &Raft| cluster.told()[0].1 == NodeId(2) && cluster.told().len() == 5;
        let transcript = runs.filter(denied).find_map(|cluster| Some(cluster.trace()?.transcript()));
        insta::assert_snapshot!(transcript.unwrap());
    }

    #[test]
    fn equal_timeouts_split_every_vote() {
        let equal = constant().election_timeout(Time::ms(150), Time::ms(150)).trace(false);
        assert_eq!(equal.build().unwrap().win(Time::s(60)), None);
    }

    #[test]
    fn who_lacks_entries_that_a_majority_has_never_leads() {
        for seed in 0..100 {
            let logs = [vec![1, 1, 2], vec![1, 1, 2], vec![1, 1, 2], vec![1, 1, 1, 1], vec![]];
            let cluster = Raft::builder().servers(5).logs(logs).trace(false).seed(seed);
            let election = cluster.build().unwrap().elect(Time::s(60)).unwrap();
            assert!(election.leader.0 < 3, "seed {seed}: {election:?}");
        }
    }

    #[test]
    fn a_vote_leaves_the_server_when_it_is_on_disk_and_survives_a_crash() {
        let mut cluster = constant().build().unwrap();
        let (voter, first, second) = (NodeId(0), NodeId(1), NodeId(2));
        let ask = |cluster: &mut Raft, candidate| {
            let request = super::super::Message::RequestVote { term: 1, log: Default::default() };
            cluster.world.act(voter, |server, out| server.message(candidate, request, out));
        };
        ask(&mut cluster, first);
        cluster.run_for(Time::ms(1)).crash(voter).unwrap().restart(voter).unwrap();
        // It had not answered, and may or may not remember; now it does.
        ask(&mut cluster, first);
        cluster.run_for(Time::ms(3)).crash(voter).unwrap().restart(voter).unwrap();
        ask(&mut cluster, second);
        cluster.run_for(Time::ms(3));
        insta::assert_snapshot!(cluster.trace().unwrap().transcript());
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let hash = |seed| {
            let mut cluster = Raft::builder().servers(5).seed(seed).build().unwrap();
            let election = cluster.elect(Time::s(60)).unwrap();
            cluster.crash(election.leader).unwrap().run_for(Time::s(1));
            cluster.trace().unwrap().hash()
        };
        assert_eq!(hash(3), hash(3));
        assert_ne!(hash(3), hash(4));
    }

    #[test]
    fn settings_that_make_no_cluster_say_why() {
        let why = |builder: Builder| builder.build().map(|_| ()).unwrap_err().to_string();
        let all = [
            why(Raft::builder().servers(0)),
            why(Raft::builder().election_timeout(Time::ZERO, Time::ms(1))),
            why(Raft::builder().election_timeout(Time::ms(2), Time::ms(1))),
            why(Raft::builder().heartbeat(Time::ZERO)),
            why(Raft::builder().logs(vec![vec![]; 4])),
            why(Raft::builder().logs([vec![1, 2], vec![2, 1]])),
            why(Raft::builder().latency(Latency::Uniform(Time::ms(2), Time::ms(1)))),
            why(Raft::builder().sync(Latency::Uniform(Time::ms(2), Time::ms(1)))),
            constant().build().unwrap().crash(NodeId(9)).map(|_| ()).unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
