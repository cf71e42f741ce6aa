//! A cluster to drive operation by operation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::builder::Builder;
use super::client::{Client, Operation, Told};
use super::message::listed;
use super::node::Member;
use super::replica::Replica;
use super::setup::{Settings, SetupError, Topology};
use super::store::Store;
use super::version::{ClientId, Versioned};
use crate::history::{Action, History, Op};
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{Fault, FaultReport, Plan, World};

/// A leaderless cluster with its clients, in a world of its own.
#[derive(Clone, Debug)]
pub struct Leaderless {
    pub(super) topology: Arc<Topology>,
    pub(super) world: World<Member>,
    history: History,
    open: BTreeMap<(NodeId, u64), usize>,
    outcomes: BTreeMap<(NodeId, u64), Outcome>,
    backups: BTreeMap<NodeId, Box<dyn Store>>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The write was acknowledged by enough replicas.
    Written,
    /// What the read returned: nothing, one value, or siblings.
    Values(Vec<Versioned>),
    /// Not enough answers in time: this many. A write may still take effect.
    Failed(u32),
    /// It has not ended: it still waits, or its client crashed.
    Open,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Written => f.write_str("written"),
            Outcome::Values(values) => f.write_str(&listed(values)),
            Outcome::Failed(answers) => write!(f, "failed with {answers} answers"),
            Outcome::Open => f.write_str("no outcome"),
        }
    }
}

impl Outcome {
    /// The one value that a read returned; nothing for anything else.
    pub fn value(&self) -> Option<&str> {
        match self {
            Outcome::Values(values) if values.len() == 1 => values[0].value.as_deref(),
            _ => None,
        }
    }

    /// Whether the operation got what it needed.
    pub fn succeeded(&self) -> bool {
        matches!(self, Outcome::Written | Outcome::Values(_))
    }
}

impl Leaderless {
    /// A builder with the defaults of [`Settings`].
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(
        settings: Settings,
        ports: bool,
        mut store: impl FnMut(usize) -> Box<dyn Store>,
    ) -> Result<Self, SetupError> {
        let topology = Arc::new(Topology::new(settings)?);
        let settings = &topology.settings;
        let storage = (0..topology.storage_nodes()).map(|i| {
            let name = char::from(b'A' + i as u8).to_string();
            (name, Member::Replica(Replica::new(topology.clone(), store(i))))
        });
        let clients = (1..=settings.clients).map(ClientId).map(|id| {
            let member = match ports {
                true => Member::Port(std::collections::VecDeque::new()),
                false => Member::Client(Client::new(topology.clone(), id)),
            };
            (id.to_string(), member)
        });
        let nodes = storage.chain(clients).collect();
        let mut world = World::new(settings.seed, nodes, settings.link.clone(), settings.trace)?;
        let ids: Vec<_> = world.ids().collect();
        for (a, b) in ids.iter().flat_map(|a| ids.iter().map(move |b| (*a, *b))) {
            if topology.datacentre_of(a) != topology.datacentre_of(b) {
                world.network().set(a, b, settings.far_link.clone())?;
            }
        }
        Ok(Self {
            topology,
            world,
            history: History::default(),
            open: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            backups: BTreeMap::new(),
        })
    }

    /// The node with this name.
    ///
    /// # Errors
    /// When no node has it; says which there are.
    pub fn id(&self, name: &str) -> Result<NodeId, SetupError> {
        self.world.ids().find(|id| self.world.name(*id) == name).ok_or_else(|| {
            let known: Vec<_> = self.world.ids().map(|id| self.world.name(id).to_owned()).collect();
            SetupError::UnknownNode { asked: name.to_owned(), known: known.join(", ") }
        })
    }

    fn ids(&self, names: &[&str]) -> Result<Vec<NodeId>, SetupError> {
        names.iter().map(|name| self.id(name)).collect()
    }

    /// Writes a value and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn write(&mut self, client: &str, key: &str, value: &str) -> Result<Outcome, SetupError> {
        let operation = Operation::Write { key: key.into(), value: Some(value.into()) };
        self.carry_out(client, operation)
    }

    /// Reads a key and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn read(&mut self, client: &str, key: &str) -> Result<Outcome, SetupError> {
        self.carry_out(client, Operation::Read { key: key.into(), from: None })
    }

    /// Reads a key from just these replicas.
    ///
    /// # Errors
    /// When there is no such client or replica.
    pub fn read_from(&mut self, client: &str, replicas: &[&str], key: &str) -> Result<Outcome, SetupError> {
        let from = Some(self.ids(replicas)?);
        self.carry_out(client, Operation::Read { key: key.into(), from })
    }

    fn carry_out(&mut self, client: &str, operation: Operation) -> Result<Outcome, SetupError> {
        let begun = self.begin(client, operation)?;
        while self.outcome(begun) == &Outcome::Open && self.world.is_running(begun.0) && self.world.step() {
            self.listen();
        }
        Ok(self.outcome(begun).clone())
    }

    /// Begins an operation and returns at once; [`settle`](Self::settle) or [`run_for`](Self::run_for) let it go
    /// on, [`outcome`](Self::outcome) tells what came of it.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn begin(&mut self, client: &str, operation: Operation) -> Result<(NodeId, u64), SetupError> {
        let id = self.id(client)?;
        let mut number = None;
        self.world.act(id, |member, out| {
            if let Member::Client(client) = member {
                number = Some(client.begin(operation, out));
            }
        });
        self.listen();
        match number {
            Some(number) => Ok((id, number)),
            // A client that is down begins nothing, and what it never began stays open.
            None if id.index() >= self.topology.storage_nodes() => Ok((id, 0)),
            None => Err(SetupError::UnknownNode {
                asked: client.into(),
                known: format!("the clients {}", self.client_names()),
            }),
        }
    }

    fn client_names(&self) -> String {
        let clients = self.world.ids().skip(self.topology.storage_nodes());
        clients.map(|id| self.world.name(id).to_owned()).collect::<Vec<_>>().join(", ")
    }

    /// What came of an operation.
    pub fn outcome(&self, begun: (NodeId, u64)) -> &Outcome {
        self.outcomes.get(&begun).unwrap_or(&Outcome::Open)
    }

    /// Lets everything happen that is under way, until every operation has ended and no message is on its way.
    pub fn settle(&mut self) -> &mut Self {
        self.world.run_until_quiet();
        // What still waits for an answer, waits for its time-out.
        while !self.all_idle() && self.world.step() {
            self.world.run_until_quiet();
        }
        self.listen();
        self
    }

    /// Whether no client whose process runs has anything to do.
    pub(super) fn all_idle(&self) -> bool {
        self.world.ids().all(|id| match self.world.node(id) {
            Member::Client(client) => client.is_idle() || !self.world.is_running(id),
            _ => true,
        })
    }

    /// Lets a span of time pass: housekeeping such as handoff and anti-entropy gets its turn.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.world.run_until(self.world.now() + span);
        self.listen();
        self
    }

    /// Crashes a node.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn crash(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Crash(self.id(name)?))
    }

    /// Restarts a crashed node.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn restart(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Restart(self.id(name)?))
    }

    /// Crashes a node as soon as it has sent this many messages more.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn crash_after_sends(&mut self, name: &str, sends: u32) -> Result<&mut Self, SetupError> {
        self.strike(Fault::CrashAfterSends(self.id(name)?, sends))
    }

    /// Cuts all links between two groups of nodes.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn partition(&mut self, left: &[&str], right: &[&str]) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Partition(self.ids(left)?, self.ids(right)?))
    }

    /// Opens all links.
    pub fn heal(&mut self) -> &mut Self {
        let healed = self.world.strike(&Fault::Heal);
        debug_assert!(healed.is_ok(), "it names no node");
        self
    }

    /// Sets a node's clock off by this many microseconds.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn skew(&mut self, name: &str, us: i64) -> Result<&mut Self, SetupError> {
        self.strike(Fault::Clock(self.id(name)?, us))
    }

    fn strike(&mut self, fault: Fault) -> Result<&mut Self, SetupError> {
        self.world.strike(&fault)?;
        Ok(self)
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out on these nodes.
    pub fn plan(&mut self, plan: &Plan) -> Result<&mut Self, SetupError> {
        self.world.plan(plan)?;
        Ok(self)
    }

    /// Whether a node's process runs: it has not crashed, and does not stand still.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn is_running(&self, name: &str) -> Result<bool, SetupError> {
        Ok(self.world.is_running(self.id(name)?))
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        self.world.faults()
    }

    /// Keeps a copy of a replica's store.
    ///
    /// # Errors
    /// When there is no such replica.
    pub fn back_up(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        let id = self.id(name)?;
        if let Member::Replica(replica) = self.world.node(id) {
            self.backups.insert(id, replica.store().boxed_clone());
        }
        Ok(self)
    }

    /// A replica loses its disk and gets the copy that was kept; an empty store, if none was.
    ///
    /// # Errors
    /// When there is no such replica.
    pub fn restore(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        let id = self.id(name)?;
        let copy = self.backups.get(&id).cloned();
        self.world.act(id, |member, out| {
            if let Member::Replica(replica) = member {
                out.note(|| "lost its disk; an old copy is restored".into());
                replica.restore(copy.unwrap_or_else(|| Box::new(super::MemoryStore::default())));
            }
        });
        Ok(self)
    }

    /// What each storage node holds for a key, hints left out.
    pub fn holdings(&self, key: &str) -> Vec<(String, Vec<Versioned>)> {
        let replicas = self.world.ids().take(self.topology.storage_nodes());
        replicas
            .filter_map(|id| match self.world.node(id) {
                Member::Replica(replica) => Some((self.world.name(id).to_owned(), replica.store().get(key))),
                _ => None,
            })
            .collect()
    }

    /// The hints that storage nodes keep for others: keeper, home, key and value.
    pub fn hints(&self) -> Vec<(String, String, String, Versioned)> {
        let replicas = self.world.ids().take(self.topology.storage_nodes());
        let of = |id: NodeId| match self.world.node(id) {
            Member::Replica(replica) => replica.store().hints(),
            _ => Vec::new(),
        };
        replicas
            .flat_map(|keeper| {
                let named = move |home: NodeId| self.world.name(home).to_owned();
                of(keeper).into_iter().map(move |(home, key, new)| (named(keeper), named(home), key, new))
            })
            .collect()
    }

    /// The names of a key's home replicas, in ring order.
    pub fn home(&self, key: &str) -> Vec<String> {
        self.topology.home(key).into_iter().map(|id| self.world.name(id).to_owned()).collect()
    }

    /// Whether a key's home replicas hold different values.
    pub fn diverged(&self, key: &str) -> bool {
        let home = self.home(key);
        let held: Vec<_> = self.holdings(key).into_iter().filter(|(name, _)| home.contains(name)).collect();
        held.windows(2).any(|pair| pair[0].1 != pair[1].1)
    }

    /// The operations so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.topology.settings
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }

    /// What happened, as text.
    pub fn transcript(&self) -> String {
        self.trace().map(Trace::transcript).unwrap_or_default()
    }

    /// Sends a message through a client's port. Only for clusters that were
    /// [built with ports](Builder::build_with_ports); elsewhere nothing is sent.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn port_send(&mut self, client: &str, to: NodeId, message: super::Message) -> Result<(), SetupError> {
        let id = self.id(client)?;
        self.world.act(id, |member, out| {
            if let Member::Port(_) = member {
                out.send(to, message);
            }
        });
        Ok(())
    }

    /// Waits for the next message at a client's port, at most for `patience`. Nothing if none comes, or the client
    /// is down.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn port_receive(
        &mut self,
        client: &str,
        patience: Time,
    ) -> Result<Option<(NodeId, super::Message)>, SetupError> {
        let id = self.id(client)?;
        let end = self.world.now() + patience;
        loop {
            let mut first = None;
            self.world.act(id, |member, _| {
                if let Member::Port(inbox) = member {
                    first = inbox.pop_front();
                }
            });
            if first.is_some() || !self.world.is_running(id) || !self.world.step_until(end) {
                return Ok(first);
            }
        }
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

    /// Makes every message from one node to another take this long.
    ///
    /// # Errors
    /// When there is no such node, or there is no such latency.
    pub fn set_latency(&mut self, from: &str, to: &str, latency: Latency) -> Result<&mut Self, SetupError> {
        let (from, to) = (self.id(from)?, self.id(to)?);
        let link = Link { latency, ..self.topology.settings.link.clone() };
        self.world.network().set(from, to, link)?;
        Ok(self)
    }

    /// Takes down what the clients told.
    pub(super) fn listen(&mut self) {
        for (at, node, told) in self.world.take_outputs() {
            match told {
                Told::Began(number, operation) => self.began(at, node, number, operation),
                Told::Written(number) => self.ended(at, node, number, Outcome::Written),
                Told::Read(number, values) => self.ended(at, node, number, Outcome::Values(values)),
                Told::Failed(number, answers) => self.ended(at, node, number, Outcome::Failed(answers)),
            }
        }
    }

    fn began(&mut self, began: Time, node: NodeId, number: u64, operation: Operation) {
        let (key, action) = match operation {
            Operation::Write { key, value } => (key, Action::Write(value.unwrap_or_else(|| "†".into()))),
            Operation::Read { key, .. } => (key, Action::Read(Vec::new())),
        };
        self.open.insert((node, number), self.history.0.len());
        let client = self.world.name(node).to_owned();
        self.history.0.push(Op { client, key, action, began, ended: None });
    }

    fn ended(&mut self, at: Time, node: NodeId, number: u64, outcome: Outcome) {
        if let Some(op) = self.open.remove(&(node, number)).and_then(|place| self.history.0.get_mut(place)) {
            match &outcome {
                Outcome::Written => op.ended = Some(at),
                Outcome::Values(values) => {
                    let text = |value: &Versioned| value.value.clone().unwrap_or_else(|| "†".into());
                    op.action = Action::Read(values.iter().map(text).collect());
                    op.ended = Some(at);
                }
                // Nobody knows whether a failed write takes effect; a failed read says nothing.
                Outcome::Failed(_) | Outcome::Open => {}
            }
        }
        self.outcomes.insert((node, number), outcome);
    }
}
