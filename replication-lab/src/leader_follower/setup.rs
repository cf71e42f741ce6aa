//! What a leader–follower cluster is made of.

use std::fmt;

use super::failover::Failover;
use super::routing::ReadFrom;
use super::rule::{Rule, RuleError};
use crate::network::{Latency, LatencyError, Link, Region};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{PlanError, WorldError};

/// What a commit means: what must have happened to an entry before the client is told, on the leader and on the
/// followers that the [`Rule`] names. After PostgreSQL's `synchronous_commit` (manual, section 20.5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommitLevel {
    /// Nothing: it is in the leader's memory. A crash of its process loses it.
    Off,
    /// It is on the leader's disk.
    Local,
    /// And in the operating system's cache on the followers: their processes may die, not their machines.
    RemoteWrite,
    /// And on the followers' disks. PostgreSQL's default, `on`.
    #[default]
    RemoteFlush,
    /// And applied: a read on these followers sees it.
    RemoteApply,
}

impl CommitLevel {
    /// All levels, the weakest first.
    pub const ALL: [CommitLevel; 5] =
        [Self::Off, Self::Local, Self::RemoteWrite, Self::RemoteFlush, Self::RemoteApply];
}

impl fmt::Display for CommitLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Off => "off",
            Self::Local => "local",
            Self::RemoteWrite => "remote_write",
            Self::RemoteFlush => "on",
            Self::RemoteApply => "remote_apply",
        })
    }
}

/// How much of its log a server keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// All of it.
    #[default]
    Everything,
    /// The last entries, so many (PostgreSQL: `wal_keep_size`, in megabytes there).
    Last(u64),
}

/// Who issues the ids of new rows, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ids {
    /// One more than the highest id in the table (MySQL's `AUTO_INCREMENT`): a new leader goes on from the rows that
    /// it has.
    #[default]
    Counter,
    /// A sequence whose log runs 32 ids ahead (PostgreSQL's `SEQ_LOG_VALS`): a new leader leaves a gap instead.
    LoggedSequence,
    /// Each server issues ids of its own: server i of n those with remainder i (MySQL: `auto_increment_increment`
    /// and `auto_increment_offset`).
    Ranges,
    /// Drawn at random, 64 bits.
    Random,
}

/// How much of a processor a piece of work takes. With zero, which is the default, it is done at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Costs {
    /// A read.
    pub read: Time,
    /// A write, on the leader.
    pub write: Time,
    /// Applying an entry, on a follower.
    pub replay: Time,
    /// A server refuses a read that would have to wait longer than this for its processor; never, if nothing.
    pub shed_after: Option<Time>,
}

/// What is particular to one server.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSettings {
    /// Its name.
    pub name: String,
    /// The name by which it asks to follow (PostgreSQL: `application_name`). Default: its own.
    pub standby_name: Option<String>,
    /// Where it stands; nowhere in particular, if nothing.
    pub region: Option<Region>,
    /// The zone of its region, and the rack: what fails together.
    pub rack: String,
    /// Whom it follows at the start. Default: the leader. Another follower, for cascading replication.
    pub upstream: Option<String>,
    /// How long its upstream waits before it sends it an entry: a slow connection. What has not been sent when
    /// the upstream dies is lost for it. Default: not at all.
    pub ship_after: Time,
    /// What comes on top of that, drawn anew every second: a connection, or a follower, that is now quick and now slow.
    /// The log stays in order: an entry that has to wait holds up those behind it. Default: nothing.
    pub jitter: Latency,
    /// Spans of time in which it waits longer: a batch import, a migration, a saturated link. Default: none.
    pub spikes: Vec<Spike>,
    /// How long its disk takes to sync. Default: no time.
    pub sync: Latency,
    /// Room on its disk in bytes. Default: no limit.
    pub disk: Option<u64>,
    /// Whether it stands idle at the start, to be made a follower later.
    pub idle: bool,
    /// Whether it takes writes while it follows, into its own table alone (MySQL: `read_only` off, its default). What it
    /// takes is in no log, and is gone when its process dies. Default: it refuses them.
    pub writable: bool,
}

/// A span of time in which a follower falls behind.
///
/// What its upstream wants to send from `from` on, until `until`, waits for `lag`. So the lag grows from nothing to
/// `lag`, second by second, stays there, and is made up when what waited arrives: `lag` after `until` all is as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spike {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// How long entries wait meanwhile.
    pub lag: Time,
}

impl ServerSettings {
    /// How long an entry waits that is to be sent now, if it is now so jittery.
    pub(super) fn wait(&self, now: Time, jitter: Time) -> Time {
        let spikes = self.spikes.iter().filter(|spike| (spike.from..spike.until).contains(&now));
        spikes.map(|spike| spike.lag).fold(self.ship_after + jitter, Time::max)
    }

    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            standby_name: None,
            region: None,
            rack: String::new(),
            upstream: None,
            ship_after: Time::ZERO,
            jitter: Latency::Constant(Time::ZERO),
            spikes: Vec::new(),
            sync: Latency::Constant(Time::ZERO),
            disk: None,
            idle: false,
            writable: false,
        }
    }
}

/// What a client does when an answer does not come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retry {
    /// It gives up: nobody knows the outcome.
    #[default]
    Never,
    /// It asks again, as if it were a new operation: it may be done twice.
    Blindly,
    /// It asks again with the operation's own number, an idempotency key: it is done once.
    WithKey,
}

/// The settings of a cluster. Each has a default; [`validate`](Settings::validate) says which don't fit.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The servers; the first one leads at the start. Default: L, F1 and F2.
    pub servers: Vec<ServerSettings>,
    /// Where the clients c1, c2, … stand. Default: one, nowhere in particular.
    pub clients: Vec<Option<Region>>,
    /// Who must acknowledge a commit. Default: nobody.
    pub rule: Rule,
    /// What a commit means.
    pub level: CommitLevel,
    /// After how long a commit stops waiting for followers (MySQL: 10 s). Default: never, as in PostgreSQL.
    pub fall_back: Option<Time>,
    /// After how long of silence a follower counts as gone (PostgreSQL: `wal_sender_timeout`, 60 s there). Default 10 s.
    pub standby_timeout: Time,
    /// How often a leader at level `off` writes its log (PostgreSQL: `wal_writer_delay`). Default 200 ms.
    pub wal_writer_delay: Time,
    /// How much of its log a server keeps.
    pub retention: Retention,
    /// Whether a server keeps all log that one of its followers has not confirmed (PostgreSQL: replication slots).
    pub slots: bool,
    /// The number of the last entry before the run. Default 0.
    pub log_starts_after: u64,
    /// Bytes of a row in the log. Default 100.
    pub row_bytes: u64,
    /// What work costs.
    pub costs: Costs,
    /// Every link between nodes that don't both stand in a region.
    pub link: Link,
    /// How long a client waits for an answer. Default 1 s.
    pub timeout: Time,
    /// Where clients read.
    pub read_from: ReadFrom,
    /// Whether clients go on writing to the server that answered last, whatever they hear, until it fails them: a pool
    /// of open connections.
    pub pooled: bool,
    /// What clients do when an answer does not come.
    pub retry: Retry,
    /// Ids of inserted rows.
    pub ids: Ids,
    /// Whether applications keep rows in a store of their own, by id (Redis, a search index), and whether that store
    /// refuses rows of an older epoch than it has seen.
    pub store: Option<bool>,
    /// Whether that store refuses a second row under an id: a unique key. Default: it keeps both.
    pub unique: bool,
    /// Failover.
    pub failover: Failover,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: ["L", "F1", "F2"].map(|name| ServerSettings::named(name.into())).into(),
            clients: vec![None],
            rule: Rule::Nobody,
            level: CommitLevel::default(),
            fall_back: None,
            standby_timeout: Time::s(10),
            wal_writer_delay: Time::ms(200),
            retention: Retention::default(),
            slots: false,
            log_starts_after: 0,
            row_bytes: 100,
            costs: Costs::default(),
            link: Link::default(),
            timeout: Time::s(1),
            read_from: ReadFrom::default(),
            pooled: false,
            retry: Retry::default(),
            ids: Ids::default(),
            store: None,
            unique: false,
            failover: Failover::default(),
            trace: true,
            seed: 1,
        }
    }
}

/// Settings that make no cluster, or something that can't be done to it.
#[derive(Clone, Debug, PartialEq)]
pub enum SetupError {
    /// The rule can't be.
    Rule(RuleError),
    /// The rule waits for more followers than there are.
    TooFewFollowers {
        /// How many it waits for.
        count: u32,
        /// How many there are.
        followers: usize,
    },
    /// Two nodes of one name.
    SameName(String),
    /// A name that no node has: what was asked for, and the names there are.
    UnknownNode(String, String),
    /// Something is asked of a node that is not of the right kind: the node, and what it would have to be.
    WrongKind(String, &'static str),
    /// A time, or a number, that must not be zero.
    Zero(&'static str),
    /// The failure detector is more impatient than the heartbeats come.
    Impatient {
        /// How long it waits.
        timeout: Time,
        /// How often heartbeats come.
        heartbeat: Time,
    },
    /// A lease that lasts longer than the observers wait, so that a new leader could begin while the old one still
    /// holds it.
    Lease {
        /// How long it lasts.
        lease: Time,
        /// How long they wait.
        timeout: Time,
    },
    /// A server may let a read wait for longer than the client waits for an answer.
    Wait {
        /// How long it may wait.
        wait: Time,
        /// The clients' patience.
        timeout: Time,
    },
    /// A spike of a server's lag that ends before it begins.
    Spike(String, Time, Time),
    /// Servers follow each other in a circle.
    Circle(String),
    /// A link, or a disk, or the world can't be.
    World(WorldError),
    /// A fault can't be.
    Fault(PlanError),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::TooFewFollowers { count, followers } => write!(
                f,
                "the rule waits for {count} followers and there are {followers}: no commit could ever end; add followers \
                 or wait for at most {followers}"
            ),
            Self::SameName(name) => write!(f, "two nodes are called {name}: give each a name of its own"),
            Self::UnknownNode(asked, known) => write!(f, "no node is called {asked}: choose from {known}"),
            Self::WrongKind(node, wanted) => write!(f, "{node} is not {wanted}: choose one that is"),
            Self::Zero(what) => write!(f, "{what} is 0: choose a value above 0"),
            Self::Impatient { timeout, heartbeat } => write!(
                f,
                "a leader is held for dead after {timeout}, and heartbeats come every {heartbeat}: it would be deposed \
                 between two of them; wait for at least two heartbeats, {}",
                *heartbeat + *heartbeat
            ),
            Self::Lease { lease, timeout } => write!(
                f,
                "a lease of {lease} outlasts the observers' patience of {timeout}: the old leader could still write when \
                 the new one begins; choose a lease of at most {timeout}"
            ),
            Self::Wait { wait, timeout } => write!(
                f,
                "a read may wait {wait} for its position, and its client gives up after {timeout}: choose a shorter wait"
            ),
            Self::Spike(name, from, until) => write!(
                f,
                "a spike of {name}'s lag from {from} to {until} is never there: let it end after it begins"
            ),
            Self::Circle(name) => {
                write!(f, "{name} follows itself, by a detour: let one server follow the leader")
            }
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SetupError {}

impl From<RuleError> for SetupError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

impl From<WorldError> for SetupError {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl From<LatencyError> for SetupError {
    fn from(error: LatencyError) -> Self {
        Self::World(error.into())
    }
}

impl From<PlanError> for SetupError {
    fn from(error: PlanError) -> Self {
        Self::Fault(error)
    }
}

impl Settings {
    /// Whether these settings make a cluster. What the world checks itself is left to it.
    ///
    /// # Errors
    /// Says what doesn't fit.
    pub fn validate(&self) -> Result<(), SetupError> {
        if self.servers.is_empty() {
            return Err(SetupError::Zero("the number of servers"));
        }
        if self.clients.is_empty() {
            return Err(SetupError::Zero("the number of clients"));
        }
        for (place, server) in self.servers.iter().enumerate() {
            if self.servers[..place].iter().any(|other| other.name == server.name) {
                return Err(SetupError::SameName(server.name.clone()));
            }
        }
        let followers = self.servers.len() - 1;
        if let Rule::First { count, .. } | Rule::Any { count, .. } = &self.rule
            && *count as usize > followers
        {
            return Err(SetupError::TooFewFollowers { count: *count, followers });
        }
        for (what, time) in [
            ("the heartbeat interval", self.failover.heartbeat),
            ("the observers' check period", self.failover.check),
            ("the clients' patience", self.timeout),
            ("the silence after which a follower counts as gone", self.standby_timeout),
            ("the log writer's period", self.wal_writer_delay),
        ] {
            if time == Time::ZERO {
                return Err(SetupError::Zero(what));
            }
        }
        for server in &self.servers {
            server.jitter.validate()?;
            if let Some(spike) = server.spikes.iter().find(|spike| spike.from >= spike.until) {
                return Err(SetupError::Spike(server.name.clone(), spike.from, spike.until));
            }
        }
        if let ReadFrom::Token { wait } | ReadFrom::Position { wait } = self.read_from
            && wait >= self.timeout
        {
            return Err(SetupError::Wait { wait, timeout: self.timeout });
        }
        self.upstreams()?;
        self.failover.validate()
    }

    fn server(&self, name: &str) -> Result<usize, SetupError> {
        self.servers.iter().position(|server| server.name == name).ok_or_else(|| {
            let known: Vec<_> = self.servers.iter().map(|server| server.name.as_str()).collect();
            SetupError::UnknownNode(name.to_owned(), known.join(", "))
        })
    }

    /// Whom each server follows at the start; nobody, for the leader and for idle ones.
    fn upstreams(&self) -> Result<Vec<Option<NodeId>>, SetupError> {
        let of = |(place, server): (usize, &ServerSettings)| match (&server.upstream, place, server.idle) {
            (_, 0, _) | (_, _, true) => Ok(None),
            (None, ..) => Ok(Some(NodeId(0))),
            (Some(name), ..) => Ok(Some(NodeId(self.server(name)? as u16))),
        };
        let all: Vec<_> = self.servers.iter().enumerate().map(of).collect::<Result<_, SetupError>>()?;
        for (place, server) in self.servers.iter().enumerate() {
            let mut at = all[place];
            for _ in 0..all.len() {
                at = at.and_then(|upstream| all[upstream.index()]);
            }
            if at.is_some() {
                return Err(SetupError::Circle(server.name.clone()));
            }
        }
        Ok(all)
    }
}

/// The settings, checked, and which node has which part.
#[derive(Clone, Debug)]
pub(super) struct Topology {
    pub(super) settings: Settings,
    pub(super) upstreams: Vec<Option<NodeId>>,
}

impl Topology {
    pub(super) fn new(settings: Settings) -> Result<Self, SetupError> {
        settings.validate()?;
        let upstreams = settings.upstreams()?;
        Ok(Self { settings, upstreams })
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.settings.servers.len() as u16).map(NodeId)
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = NodeId> + use<> {
        let first = self.settings.servers.len() as u16;
        (first..first + self.settings.clients.len() as u16).map(NodeId)
    }

    pub(super) fn observers(&self) -> impl Iterator<Item = NodeId> + use<> {
        let first = (self.settings.servers.len() + self.settings.clients.len()) as u16;
        (first..first + self.settings.failover.observers).map(NodeId)
    }

    /// The store outside, if there is one: the last node.
    pub(super) fn store(&self) -> Option<NodeId> {
        let before = self.settings.servers.len() + self.settings.clients.len();
        let place = before as u16 + self.settings.failover.observers;
        self.settings.store.map(|_| NodeId(place))
    }

    pub(super) fn server(&self, id: NodeId) -> Option<&ServerSettings> {
        self.settings.servers.get(id.index())
    }

    /// Where a server or a client stands.
    pub(super) fn region(&self, id: NodeId) -> Option<Region> {
        match self.settings.servers.get(id.index()) {
            Some(server) => server.region,
            None => *self.settings.clients.get(id.index() - self.settings.servers.len())?,
        }
    }

    /// The servers in the order in which a node would ask them: the nearest first.
    pub(super) fn nearest(&self, from: NodeId) -> Vec<NodeId> {
        let mut servers: Vec<_> = self.servers().collect();
        let far = |id: &NodeId| match (self.region(from), self.region(*id)) {
            (Some(here), Some(there)) => here.round_trip(there),
            _ => Time::ZERO,
        };
        servers.sort_by_key(|id| (far(id), *id));
        servers
    }
}
