//! A cluster to drive step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::Builder;
use super::canary::Probe;
use super::client::{Client, Load, Outcome};
use super::entry::OpId;
use super::message::{Request, Told};
use super::node::Member;
use super::observer::Observer;
use super::routing::User;
use super::server::{CopyMethod, Role, Server};
use super::setup::{Settings, SetupError, Topology};
use super::store::IdStore;
use super::users::UserLoad;
use crate::history::{Action, History, Op};
use crate::network::Region;
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::view::LagReading;
use crate::world::{DiskSettings, Fault, FaultReport, Plan, World};

/// A leader–follower cluster with its clients, in a world of its own.
#[derive(Clone, Debug)]
pub struct LeaderFollower {
    pub(super) topology: Arc<Topology>,
    pub(super) world: World<Member>,
    pub(super) history: History,
    // By client and number: its place in the history.
    open: BTreeMap<(NodeId, u64), usize>,
    outcomes: BTreeMap<(NodeId, u64), Outcome>,
    // Operations that have begun for a user, and are not in the history yet.
    begun_for: BTreeMap<(NodeId, u64), u32>,
    pub(super) users: Option<Box<UserLoad>>,
    pub(super) probes: Vec<Probe>,
    pub(super) told: Vec<(Time, NodeId, Told)>,
    // Empty; here so that its memory is used again.
    heard: Vec<(Time, NodeId, Told)>,
    // The operations by which clients asked, by the place in the history.
    pub(super) acknowledged: BTreeMap<OpId, usize>,
    pub(super) alive_when_suspected: BTreeMap<u64, bool>,
    sampling: Option<(Time, Time)>,
    pub(super) lags: BTreeMap<NodeId, Vec<(Time, LagReading, u64)>>,
}

impl LeaderFollower {
    /// A builder with the defaults of [`Settings`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(settings: Settings) -> Result<Self, SetupError> {
        let topology = Arc::new(Topology::new(settings)?);
        let settings = &topology.settings;
        let servers = topology.servers().map(|id| {
            let server = Server::new(topology.clone(), id);
            (settings.servers[id.index()].name.clone(), Member::Server(Box::new(server)))
        });
        let clients = (1..=settings.clients.len())
            .map(|number| (format!("c{number}"), Member::Client(Box::new(Client::new(topology.clone())))));
        let observers = (1..=settings.failover.observers).map(|number| {
            (format!("o{number}"), Member::Observer(Box::new(Observer::new(topology.clone()))))
        });
        let store = settings
            .store
            .map(|guarded| ("store".to_owned(), Member::Store(IdStore::new(guarded, settings.unique))));
        let nodes = servers.chain(clients).chain(observers).chain(store).collect();
        let mut world = World::new(settings.seed, nodes, settings.link.clone(), settings.trace)?;
        for id in topology.servers() {
            let server = &settings.servers[id.index()];
            // So that a record's place is the number of the entry before it, as long as it had no first copy.
            let disk = DiskSettings {
                sync: server.sync.clone(),
                capacity: server.disk,
                first: settings.log_starts_after,
                ..DiskSettings::default()
            };
            world.set_disk(id, disk)?;
        }
        let placed: Vec<_> = topology.servers().chain(topology.clients()).collect();
        for (a, b) in placed.iter().flat_map(|a| placed.iter().map(move |b| (*a, *b))) {
            if let (Some(here), Some(there)) = (topology.region(a), topology.region(b))
                && a != b
            {
                world.network().set(a, b, here.link_to(there))?;
            }
        }
        Ok(Self {
            topology,
            world,
            history: History::default(),
            open: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            begun_for: BTreeMap::new(),
            users: None,
            probes: Vec::new(),
            told: Vec::new(),
            heard: Vec::new(),
            acknowledged: BTreeMap::new(),
            alive_when_suspected: BTreeMap::new(),
            sampling: None,
            lags: BTreeMap::new(),
        })
    }

    /// The node with this name.
    ///
    /// # Errors
    /// When no node has it; says which there are.
    pub fn id(&self, name: &str) -> Result<NodeId, SetupError> {
        self.world
            .ids()
            .find(|id| self.world.name(*id) == name)
            .ok_or_else(|| SetupError::UnknownNode(name.to_owned(), self.world.names().join(", ")))
    }

    fn ids(&self, names: &[&str]) -> Result<Vec<NodeId>, SetupError> {
        names.iter().map(|name| self.id(name)).collect()
    }

    /// A node's name.
    pub fn name(&self, id: NodeId) -> &str {
        self.world.name(id)
    }

    /// Writes a value and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn write(&mut self, client: &str, key: &str, value: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::Put(key.into(), value.into()), None, None)
    }

    /// Inserts a row, whose id the leader issues, and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn insert(&mut self, client: &str, row: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::Insert(row.into()), None, None)
    }

    /// Removes every row, by mistake, and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn delete_all(&mut self, client: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::DeleteAll, None, None)
    }

    /// Reads a key where the settings say, and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn read(&mut self, client: &str, key: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Request::Get(key.into()), None, None)
    }

    /// Reads a key from this server and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client or server.
    pub fn read_at(&mut self, client: &str, server: &str, key: &str) -> Result<Outcome, SetupError> {
        let server = self.server_id(server)?;
        self.carry_out(client, Request::Get(key.into()), Some(server), None)
    }

    pub(super) fn carry_out(
        &mut self,
        client: &str,
        request: Request,
        at: Option<NodeId>,
        user: User,
    ) -> Result<Outcome, SetupError> {
        let begun = self.begin_at(client, request, at, user)?;
        Ok(self.wait_for(begun))
    }

    /// Lets time pass until an operation has ended, or nothing can end it any more.
    pub(super) fn wait_for(&mut self, begun: (NodeId, u64)) -> Outcome {
        while self.outcome(begun) == &Outcome::Open && self.world.is_running(begun.0) && self.step() {}
        self.outcome(begun).clone()
    }

    /// Begins an operation and returns at once; [`run_for`](Self::run_for) lets it go on, and
    /// [`outcome`](Self::outcome) tells what came of it.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn begin(&mut self, client: &str, request: Request) -> Result<(NodeId, u64), SetupError> {
        self.begin_at(client, request, None, None)
    }

    /// As [`begin`](Self::begin), at this server, whoever leads: if it refuses a write, nobody else is asked.
    ///
    /// # Errors
    /// When there is no such client or server.
    pub fn begin_at_server(
        &mut self,
        client: &str,
        server: &str,
        request: Request,
    ) -> Result<(NodeId, u64), SetupError> {
        let server = self.server_id(server)?;
        self.begin_at(client, request, Some(server), None)
    }

    /// Whether a node is up and not paused.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn is_running(&self, name: &str) -> Result<bool, SetupError> {
        Ok(self.world.is_running(self.id(name)?))
    }

    pub(super) fn begin_at(
        &mut self,
        client: &str,
        request: Request,
        at: Option<NodeId>,
        user: User,
    ) -> Result<(NodeId, u64), SetupError> {
        let id = self.client_id(client)?;
        let number = self.begin_unheard(id, request, at, user);
        self.listen();
        Ok((id, number))
    }

    /// Begins an operation; what the nodes tell is listened to later.
    pub(super) fn begin_unheard(
        &mut self,
        client: NodeId,
        request: Request,
        at: Option<NodeId>,
        user: User,
    ) -> u64 {
        let mut number = 0;
        self.world.act(client, |member, out| {
            if let Member::Client(client) = member {
                number = client.begin(request, at, user, out);
            }
        });
        if let Some(user) = user {
            self.begun_for.insert((client, number), user);
        }
        number
    }

    pub(super) fn client_id(&self, name: &str) -> Result<NodeId, SetupError> {
        let id = self.id(name)?;
        match self.world.node(id) {
            Member::Client(_) => Ok(id),
            _ => Err(SetupError::WrongKind(name.to_owned(), "a client")),
        }
    }

    pub(super) fn server_id(&self, name: &str) -> Result<NodeId, SetupError> {
        let id = self.id(name)?;
        match self.world.node(id) {
            Member::Server(_) => Ok(id),
            _ => Err(SetupError::WrongKind(name.to_owned(), "a server")),
        }
    }

    /// What came of an operation.
    pub fn outcome(&self, begun: (NodeId, u64)) -> &Outcome {
        self.outcomes.get(&begun).unwrap_or(&Outcome::Open)
    }

    /// Lets a client write and read by itself from now on. It replaces what it did by itself before.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn load(&mut self, client: &str, load: Load) -> Result<&mut Self, SetupError> {
        let id = self.client_id(client)?;
        self.world.act(id, |member, out| {
            if let Member::Client(client) = member {
                client.begin_load(load, out);
            }
        });
        self.listen();
        Ok(self)
    }

    /// Looks how far every follower is behind, every `period` from now on: see [`LeaderFollower::lag_chart`].
    pub fn sample_lag(&mut self, period: Time) -> &mut Self {
        self.sampling = Some((period.max(Time::us(1)), self.world.now()));
        self
    }

    /// When something is to be done from outside: users come, a probe writes or polls.
    fn due(&self) -> Time {
        self.users.as_ref().map_or(Time::NEVER, |users| users.due()).min(self.probes_due())
    }

    fn do_what_is_due(&mut self) {
        self.begin_what_users_want();
        if self.probes_due() <= self.now() {
            self.probe();
        }
    }

    /// Lets the next event happen. Says whether there was one.
    fn step(&mut self) -> bool {
        match self.due() {
            Time::NEVER => {
                let stepped = self.world.step();
                self.listen();
                stepped
            }
            due => self.advance(due),
        }
    }

    /// Lets the next thing happen if it is not later than `end`; else it is `end` now. Says whether there was one.
    fn advance(&mut self, end: Time) -> bool {
        if self.world.step_until(self.due().min(end)) {
            // Whatever an observer has cut off must be down before the next event.
            self.listen();
            return true;
        }
        let due = self.due() <= self.world.now();
        if due {
            self.do_what_is_due();
        }
        due
    }

    /// Lets a span of time pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.run_until(self.world.now() + span)
    }

    /// Lets everything happen until `end`.
    pub fn run_until(&mut self, end: Time) -> &mut Self {
        loop {
            let next = self.sampling.map_or(end, |(_, next)| next.min(end));
            while self.advance(next) {}
            match self.sampling {
                Some((period, due)) if due <= next => {
                    self.sample();
                    self.sampling = Some((period, due + period));
                }
                _ => {}
            }
            if self.world.now() >= end {
                return self;
            }
        }
    }

    fn sample(&mut self) {
        let now = self.world.now();
        let Some(leader) = self.leader_id() else { return };
        for id in self.topology.servers().filter(|id| *id != leader) {
            let (reading, entries) = self.lag_of(id, leader);
            self.lags.entry(id).or_default().push((now, reading, entries));
        }
    }

    /// Lets time pass until every client has its answer and every follower that is up has applied all, or until
    /// nothing of that comes any nearer: at most a minute.
    pub fn settle(&mut self) -> &mut Self {
        let end = self.world.now() + Time::s(60);
        while !self.is_settled() && self.advance(end) {}
        self
    }

    fn is_settled(&self) -> bool {
        let idle = self.topology.clients().all(|id| match self.world.node(id) {
            Member::Client(client) => client.is_idle() || !self.world.is_running(id),
            _ => true,
        });
        let end = self.leader_id().map_or(0, |leader| self.server_of(leader).received().lsn);
        let applied = |id: NodeId| {
            let server = self.server_of(id);
            let follows = matches!(server.role(), Role::Follower(Some(_)) | Role::Copying(_));
            !follows || !self.world.is_running(id) || server.confirmed().applied >= end
        };
        idle && self.topology.servers().all(applied)
    }

    /// The server that leads: of several, the one of the highest epoch; none that is down or paused.
    pub fn leader(&self) -> Option<&str> {
        self.leader_id().map(|id| self.world.name(id))
    }

    pub(super) fn leader_id(&self) -> Option<NodeId> {
        let leads = |id: &NodeId| self.server_of(*id).role() == Role::Leader && self.world.is_running(*id);
        self.topology.servers().filter(leads).max_by_key(|id| self.server_of(*id).epoch())
    }

    pub(super) fn server_of(&self, id: NodeId) -> &Server {
        match self.world.node(id) {
            Member::Server(server) => server,
            _ => unreachable!("the topology says which nodes are servers"),
        }
    }

    /// A server's state.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn server(&self, name: &str) -> Result<&Server, SetupError> {
        Ok(self.server_of(self.server_id(name)?))
    }

    /// What the store outside holds, if there is one.
    pub fn store(&self) -> Option<&IdStore> {
        match self.world.node(self.topology.store()?) {
            Member::Store(store) => Some(store),
            _ => None,
        }
    }

    /// Makes an idle server a follower of another one.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn bootstrap(&mut self, name: &str, from: &str, method: CopyMethod) -> Result<&mut Self, SetupError> {
        let (id, from) = (self.server_id(name)?, self.server_id(from)?);
        self.world.act(id, |member, out| {
            if let Member::Server(server) = member {
                server.bootstrap(from, method, out);
            }
        });
        self.listen();
        Ok(self)
    }

    /// Makes a server the leader by hand: it is promoted, and when it leads, the others and the clients are told.
    /// The old leader is told too, if it can hear. Nothing is fenced.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn promote(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        let id = self.server_id(name)?;
        let epoch = self.topology.servers().map(|id| self.server_of(id).epoch()).max().unwrap_or(0) + 1;
        self.act_on_server(id, |server, out| server.promote(epoch, out));
        let end = self.world.now() + Time::s(60);
        while self.server_of(id).role() != Role::Leader && self.world.step_until(end) {
            self.listen();
        }
        if self.server_of(id).role() == Role::Leader {
            for other in self.topology.servers().filter(|other| *other != id).collect::<Vec<_>>() {
                self.act_on_server(other, |server, out| server.repoint(id, epoch, out));
            }
            self.tell_clients_of(id, epoch);
        }
        self.listen();
        Ok(self)
    }

    pub(super) fn act_on_server(
        &mut self,
        id: NodeId,
        action: impl FnOnce(&mut Server, &mut crate::world::Effects<'_, Member>),
    ) {
        self.world.act(id, |member, out| {
            if let Member::Server(server) = member {
                action(server, out);
            }
        });
        self.listen();
    }

    /// A node's machine crashes.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn crash(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Crash(self.id(name)?))
    }

    /// A node's process dies; its machine lives.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn kill(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Kill(self.id(name)?))
    }

    /// A crashed node comes back.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn restart(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Restart(self.id(name)?))
    }

    /// All servers of a rack crash.
    ///
    /// # Errors
    /// When no server stands in it.
    pub fn crash_rack(&mut self, rack: &str) -> Result<&mut Self, SetupError> {
        self.crash_those(rack, |server| server.rack == rack)
    }

    /// All servers of a region crash.
    ///
    /// # Errors
    /// When no server stands in it.
    pub fn crash_region(&mut self, region: Region) -> Result<&mut Self, SetupError> {
        self.crash_those(&region.to_string(), |server| server.region == Some(region))
    }

    fn crash_those(
        &mut self,
        what: &str,
        which: impl Fn(&super::setup::ServerSettings) -> bool,
    ) -> Result<&mut Self, SetupError> {
        let ids: Vec<_> =
            self.topology.servers().filter(|id| self.topology.server(*id).is_some_and(&which)).collect();
        if ids.is_empty() {
            return Err(SetupError::UnknownNode(what.to_owned(), self.world.names().join(", ")));
        }
        for id in ids {
            self.strike(Fault::Crash(id))?;
        }
        Ok(self)
    }

    /// Cuts all links between two groups of nodes.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn partition(&mut self, left: &[&str], right: &[&str]) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Partition(self.ids(left)?, self.ids(right)?))
    }

    /// Lets a fault strike at once.
    ///
    /// # Errors
    /// When it names a node that isn't there, or a value that can't be.
    pub fn strike(&mut self, fault: Fault) -> Result<&mut Self, SetupError> {
        self.world.strike(&fault)?;
        self.listen();
        Ok(self)
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out on these nodes, or begins in the past.
    pub fn plan(&mut self, plan: &Plan) -> Result<&mut Self, SetupError> {
        self.world.plan(plan)?;
        Ok(self)
    }

    /// The plan that a text describes, one fault a line, with the names of this cluster's nodes: see [`Plan::parse`].
    ///
    /// # Errors
    /// When a line is not understood.
    pub fn parse_plan(&self, text: &str) -> Result<Plan, crate::world::PlanTextError> {
        let names: Vec<&str> = self.world.names().iter().map(String::as_str).collect();
        Plan::parse(text, &names)
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        self.world.faults()
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.topology.settings
    }

    /// The operations so far, as the clients saw them. An insert has its id as its key, once it has one.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What the nodes have told, operations left out: who led, who suspected, who was promoted.
    pub fn told(&self) -> &[(Time, NodeId, Told)] {
        &self.told
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }

    /// Notes something in the trace, as said by a node.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn note(&mut self, name: &str, text: impl Into<String>) -> Result<(), SetupError> {
        let id = self.id(name)?;
        self.world.act(id, |_, out| out.note(|| text.into()));
        Ok(())
    }

    /// Takes down what the nodes told, and cuts off whom an observer has fenced.
    pub(super) fn listen(&mut self) {
        let mut heard = std::mem::take(&mut self.heard);
        self.world.swap_outputs(&mut heard);
        for (at, node, told) in heard.drain(..) {
            match told {
                Told::Began(number, request) => {
                    self.began(at, node, number, request);
                    continue;
                }
                Told::Ended(number, asked_as, outcome) => {
                    self.ended(at, node, (number, asked_as), outcome);
                    continue;
                }
                Told::ReadWaits(op) => {
                    if let Some(users) = &mut self.users {
                        users.read_waits(op);
                    }
                    continue;
                }
                Told::Accepted(position, op, _) => {
                    if let Some(users) = &mut self.users {
                        users.accepted(op, position);
                    }
                }
                Told::Fence(leader) => {
                    // The node is one of this world's, and a crash of one that is down does nothing.
                    let struck = self.world.strike(&Fault::Crash(leader));
                    debug_assert!(struck.is_ok(), "{struck:?}");
                }
                Told::Suspects(epoch) => {
                    let leads = |id: &NodeId| {
                        let server = self.server_of(*id);
                        server.role() == Role::Leader && server.epoch() == epoch
                    };
                    let alive = self.topology.servers().any(|id| leads(&id) && self.world.is_up(id));
                    self.alive_when_suspected.entry(epoch).or_insert(alive);
                }
                _ => {}
            }
            self.told.push((at, node, told));
        }
        self.heard = heard;
    }

    fn began(&mut self, began: Time, node: NodeId, number: u64, request: Request) {
        let (key, action) = match request {
            Request::Put(key, value) => (key, Action::Write(value)),
            Request::Insert(row) => (format!("a row for {row}"), Action::Write(row)),
            Request::DeleteAll => ("all rows".to_owned(), Action::Write("†".into())),
            Request::Get(key) | Request::GetAt { key, .. } => (key, Action::Read(Vec::new())),
        };
        self.open.insert((node, number), self.history.0.len());
        let client = match self.begun_for.remove(&(node, number)) {
            Some(user) => format!("u{user}"),
            None => self.world.name(node).to_owned(),
        };
        self.history.0.push(Op { client, key, action, began, ended: None });
    }

    fn ended(&mut self, at: Time, node: NodeId, (number, asked_as): (u64, u64), outcome: Outcome) {
        if let Some(place) = self.open.remove(&(node, number))
            && let Some(op) = self.history.0.get_mut(place)
        {
            match &outcome {
                Outcome::Written { id, .. } => {
                    op.ended = Some(at);
                    if let Some(id) = id {
                        op.key = id.clone();
                    }
                    self.acknowledged.insert(OpId { client: node, number: asked_as }, place);
                }
                Outcome::Value { value, .. } => {
                    op.action = Action::Read(value.iter().cloned().collect());
                    op.ended = Some(at);
                }
                Outcome::Lost { .. }
                | Outcome::Ahead { .. }
                | Outcome::Refused(_)
                | Outcome::Unknown
                | Outcome::Open => {}
            }
        }
        if self.user_ended((node, number), asked_as, at, &outcome) {
            return;
        }
        self.poll_ended((node, number), at, &outcome);
        self.outcomes.insert((node, number), outcome);
    }
}
