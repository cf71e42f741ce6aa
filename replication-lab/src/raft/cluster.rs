//! A cluster to drive step by step.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Term;
use super::builder::{Builder, named_members};
use super::client::Job;
use super::group::{Group, Role};
use super::message::{GroupId, Request, Told};
use super::node::Member;
use super::server::Server;
use super::settings::{RaftError, Settings};
use crate::history::{Action, History, Op};
use crate::network::Link;
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{DiskSettings, Fault, FaultReport, Plan, PlanTextError, World};

/// A Raft cluster in a world of its own.
#[derive(Clone, Debug)]
pub struct Raft {
    pub(super) world: World<Member>,
    settings: Arc<Settings>,
    told: Vec<Report>,
    done: Vec<Op>,
}

/// Something that a server told, of one of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// When.
    pub at: Time,
    /// Which server.
    pub server: NodeId,
    /// Of which group.
    pub group: GroupId,
    /// What.
    pub told: Told,
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
        let settings = Arc::new(settings);
        let members = named_members(&settings);
        let mut world = World::new(settings.seed, members, settings.link.clone(), settings.trace)
            .map_err(RaftError::World)?;
        let disk = DiskSettings { sync: settings.sync.clone(), ..DiskSettings::default() };
        for id in (0..settings.servers).map(NodeId) {
            world.set_disk(id, disk.clone()).map_err(RaftError::World)?;
        }
        let mut cluster = Self { world, settings, told: Vec::new(), done: Vec::new() };
        cluster.lay_lines()?;
        Ok(cluster)
    }

    /// Lines between regions.
    fn lay_lines(&mut self) -> Result<(), RaftError> {
        let settings = self.settings.clone();
        let places: Vec<_> = settings.servers_in.iter().chain(&settings.clients_in).copied().collect();
        for (a, here) in (0..).map(NodeId).zip(&places) {
            for (b, there) in (0..).map(NodeId).zip(&places).filter(|(b, _)| *b != a) {
                let link = Link { in_order: settings.link.in_order, ..here.link_to(*there) };
                self.world.network().set(a, b, link).map_err(|error| RaftError::World(error.into()))?;
            }
        }
        Ok(())
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The servers.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.settings.servers).map(NodeId)
    }

    /// A server's state.
    ///
    /// # Panics
    /// When it is no server.
    pub fn server(&self, id: NodeId) -> &Server {
        self.world.node(id).server().expect("a server")
    }

    /// A group's state on a server; nothing if the server doesn't have it.
    pub fn group(&self, server: NodeId, group: GroupId) -> Option<&Group> {
        self.server(server).group(group)
    }

    /// Whether a server or a client is up.
    pub fn is_up(&self, id: NodeId) -> bool {
        self.world.is_up(id)
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
            let won = |report: &Report| match report.told {
                Told::Leads(term) => Some((report.server, term)),
                _ => None,
            };
            if let Some(won) = self.told[seen..].iter().find_map(won) {
                return Some(won);
            }
        }
        None
    }

    /// Lets everything happen until every server that is up follows one leader in each group, at most for `patience`.
    /// A leader that is deposed before all have heard from it doesn't count. Returns the first group's; at once if
    /// there are such leaders already.
    pub fn elect(&mut self, patience: Time) -> Option<Election> {
        let end = self.now() + patience;
        loop {
            let groups: Vec<GroupId> = self.settings.groups().collect();
            if groups.iter().all(|group| self.leader_of(*group).is_some()) {
                return self.election(groups[0]);
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

    /// The leader that every server which is up follows in its first group.
    pub fn leader(&self) -> Option<NodeId> {
        self.leader_of(self.settings.groups().next()?)
    }

    /// The leader of a group that every member of it which is up follows.
    pub fn leader_of(&self, group: GroupId) -> Option<NodeId> {
        let states: Vec<(NodeId, &Group)> = self
            .ids()
            .filter(|id| self.is_up(*id))
            .filter_map(|id| Some((id, self.group(id, group)?)))
            .collect();
        let (leader, leads) = states.iter().find(|(_, state)| *state.role() == Role::Leader)?;
        let follows = |(id, state): &(NodeId, &Group)| {
            let counts = leads.members().contains(id);
            id == leader
                || !counts
                || (state.term() == leads.term() && *state.role() == Role::Follower(Some(*leader)))
        };
        states.iter().all(follows).then_some(*leader)
    }

    fn election(&self, group: GroupId) -> Option<Election> {
        let leader = self.leader_of(group)?;
        let term = self.group(leader, group)?.term();
        let told = || self.told.iter().filter(|report| report.group == group);
        let won = told().find(|report| report.server == leader && report.told == Told::Leads(term))?.at;
        let heard = told().filter(|report| report.told == Told::Follows(term, leader));
        let known = heard.map(|report| report.at).max().unwrap_or(won);
        Some(Election { leader, term, won, known })
    }

    fn listen(&mut self) {
        for (at, server, (group, told)) in self.world.take_outputs() {
            match told {
                Told::Done(op) => self.done.push(op),
                told => self.told.push(Report { at, server, group, told }),
            }
        }
    }

    /// What the servers have told: candidacies, victories, whom they follow, and what they rolled back.
    pub fn told(&self) -> &[Report] {
        &self.told
    }

    fn client(&self, client: u16) -> Result<NodeId, RaftError> {
        match client {
            0 => Err(RaftError::NoSuchClient(client)),
            _ if client > self.settings.clients => Err(RaftError::NoSuchClient(client)),
            _ => Ok(NodeId(self.settings.servers + client - 1)),
        }
    }

    /// Gives a client, counted from 1, things to do, one after the other.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn assign(
        &mut self,
        client: u16,
        jobs: impl IntoIterator<Item = Job>,
    ) -> Result<&mut Self, RaftError> {
        let id = self.client(client)?;
        let jobs: Vec<Job> = jobs.into_iter().collect();
        self.world.act(id, |member, out| {
            if let Member::Client(client) = member {
                client.assign(jobs, out);
            }
        });
        Ok(self)
    }

    /// Has a client ask this server first from now on, for all groups.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn send_to(&mut self, client: u16, server: NodeId) -> Result<&mut Self, RaftError> {
        let id = self.client(client)?;
        let groups: Vec<GroupId> = self.settings.groups().collect();
        self.world.act(id, |member, _| {
            if let Member::Client(client) = member {
                groups.iter().for_each(|group| client.believe(*group, server));
            }
        });
        Ok(self)
    }

    /// Has a client ask for something, and lets everything happen until it was told what came of it, or gave up.
    /// Returns the operation; nothing if it was a change of members.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn ask(&mut self, client: u16, request: Request) -> Result<Option<Op>, RaftError> {
        let id = self.client(client)?;
        let seen = self.done.len();
        self.assign(client, [Job { pause: Time::ZERO, request }])?;
        let end = self.now() + self.settings.patience + self.settings.patience;
        while !self.client_is_idle(id) && self.world.step_until(end) {
            self.listen();
        }
        self.listen();
        let name = format!("c{client}");
        Ok(self.done[seen..].iter().rev().find(|op| op.client == name).cloned())
    }

    /// Writes a value. Returns whether the client was told that it is written.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn put(&mut self, client: u16, key: &str, value: &str) -> Result<bool, RaftError> {
        let op = self.ask(client, Request::Put(key.into(), value.into()))?;
        Ok(op.is_some_and(|op| op.ended.is_some()))
    }

    /// Reads a value, from the leader. `None` if there was no answer; `Some(None)` if the key has no value.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn get(&mut self, client: u16, key: &str) -> Result<Option<Option<String>>, RaftError> {
        let op = self.ask(client, Request::Get { key: key.into(), anywhere: false })?;
        let answered = op.filter(|op| op.ended.is_some());
        Ok(answered.and_then(|op| match op.action {
            Action::Read(values) => Some(values.into_iter().next()),
            _ => None,
        }))
    }

    /// Changes the voting members of a group, by at most one server.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn change_members(
        &mut self,
        client: u16,
        group: GroupId,
        members: impl IntoIterator<Item = NodeId>,
    ) -> Result<&mut Self, RaftError> {
        let members: BTreeSet<NodeId> = members.into_iter().collect();
        self.ask(client, Request::Members(group, members))?;
        Ok(self)
    }

    fn client_is_idle(&self, id: NodeId) -> bool {
        matches!(self.world.node(id), Member::Client(client) if client.is_idle())
    }

    /// Whether a client, counted from 1, has nothing to do.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn is_idle(&self, client: u16) -> Result<bool, RaftError> {
        Ok(self.client_is_idle(self.client(client)?))
    }

    /// Whether no client has anything to do.
    pub fn all_idle(&self) -> bool {
        self.world.ids().skip(usize::from(self.settings.servers)).all(|id| self.client_is_idle(id))
    }

    /// What the clients did, in the order in which they began, those included that still wait.
    pub fn history(&self) -> History {
        let open = self.world.ids().filter_map(|id| match self.world.node(id) {
            Member::Client(client) => client.open(),
            Member::Server(_) => None,
        });
        let mut ops: Vec<Op> = self.done.iter().cloned().chain(open).collect();
        ops.sort_by(|a, b| (a.began, &a.client).cmp(&(b.began, &b.client)));
        History(ops)
    }

    /// The names of the servers and the clients, for plans of faults.
    pub fn names(&self) -> &[String] {
        self.world.names()
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

    /// The plan that a text describes, one fault a line: see [`Plan::parse`].
    ///
    /// # Errors
    /// When the text is no plan.
    pub fn parse_plan(&self, text: &str) -> Result<Plan, PlanTextError> {
        Plan::parse(text, self.names())
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
