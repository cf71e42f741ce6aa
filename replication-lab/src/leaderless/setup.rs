//! What a leaderless cluster is made of: settings, and who holds which key.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::version::Scheme;
use crate::network::{Latency, LatencyError, Link};
use crate::quorum::{self, Level, LevelError, Required};
use crate::ring::Ring;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{PlanError, WorldError};

/// When a read that saw a stale replica writes the newest value back to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadRepair {
    /// Never.
    Off,
    /// After the read has returned.
    #[default]
    Background,
    /// Before the read returns: it waits until a write quorum holds what it is about to return (Attiya, Bar-Noy &
    /// Dolev, *Sharing memory robustly*, JACM 1995; Cassandra's `read_repair = BLOCKING` waits for the replicas
    /// it read).
    Blocking,
}

/// Whom a read asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// All home replicas; the first answers count (Dynamo).
    #[default]
    All,
    /// Just as many as must answer, drawn at random: cheaper, and a lost answer fails the read (near to
    /// Cassandra, which asks the closest).
    JustEnough,
}

/// The settings of a leaderless cluster. Each has a default; [`validate`](Settings::validate) says which don't fit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Storage nodes in each datacentre. Default: one datacentre with as many nodes as replicas.
    pub nodes: Vec<u32>,
    /// Replicas of each key in each datacentre: N is their sum. Default: one datacentre, 3.
    pub replicas: Vec<u32>,
    /// Clients; client i is in datacentre (i − 1) modulo their number. Default 1.
    pub clients: u16,
    /// Acknowledgements that a write waits for. Default 2.
    pub write: Level,
    /// Answers that a read waits for. Default 2.
    pub read: Level,
    /// How writes are numbered.
    pub scheme: Scheme,
    /// Read repair.
    pub read_repair: ReadRepair,
    /// Whom a read asks.
    pub ask: Ask,
    /// Whether acknowledgements from nodes outside the key's home replicas count.
    pub sloppy: bool,
    /// Whether what a home replica missed is kept for it elsewhere and handed over later.
    pub hints: bool,
    /// How long a replica compares itself with another one at random; never, if nothing.
    pub anti_entropy: Option<Time>,
    /// Every link between two nodes of a datacentre, and between a client and the nodes there.
    pub link: Link,
    /// Every link between two datacentres.
    pub far_link: Link,
    /// How long an operation waits before it fails. Default 100 ms.
    pub timeout: Time,
    /// How long a write waits for a home replica before it sends a hint elsewhere. Default 10 ms.
    pub hint_after: Time,
    /// How often a node tries to hand over its hints. Default 50 ms.
    pub handoff: Time,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            replicas: vec![3],
            clients: 1,
            write: Level::Count(2),
            read: Level::Count(2),
            scheme: Scheme::default(),
            read_repair: ReadRepair::default(),
            ask: Ask::default(),
            sloppy: false,
            hints: false,
            anti_entropy: None,
            link: Link::default(),
            far_link: Link { latency: Latency::Uniform(Time::ms(38), Time::ms(44)), ..Link::default() },
            timeout: Time::ms(100),
            hint_after: Time::ms(10),
            handoff: Time::ms(50),
            trace: true,
            seed: 1,
        }
    }
}

/// Settings that make no cluster, or a name that no node has.
#[derive(Clone, Debug, PartialEq)]
pub enum SetupError {
    /// Of W or R; says which.
    Quorum(&'static str, LevelError),
    /// No datacentre, or one without replicas.
    NoReplicas,
    /// A datacentre has fewer nodes than replicas, or the two lists have different lengths.
    TooFewNodes {
        /// Nodes in each datacentre.
        nodes: Vec<u32>,
        /// Replicas in each.
        replicas: Vec<u32>,
    },
    /// More nodes than a letter each.
    TooManyNodes(u32),
    /// No client.
    NoClients,
    /// A link that can't be.
    Link(LatencyError),
    /// A world that can't be.
    World(WorldError),
    /// Faults that can't strike.
    Plan(PlanError),
    /// A time that must not be zero.
    Zero(&'static str),
    /// No node, or no client, has this name.
    UnknownNode {
        /// The name that was asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quorum(which, error) => write!(f, "{which}: {error}"),
            Self::NoReplicas => f.write_str("no replicas: give every datacentre at least one"),
            Self::TooFewNodes { nodes, replicas } => write!(
                f,
                "{nodes:?} nodes for {replicas:?} replicas: every datacentre needs at least as many nodes as replicas"
            ),
            Self::TooManyNodes(nodes) => write!(f, "{nodes} nodes: there are 26 letters to name them"),
            Self::NoClients => f.write_str("no clients: somebody must write and read"),
            Self::Link(error) => error.fmt(f),
            Self::World(error) => error.fmt(f),
            Self::Plan(error) => error.fmt(f),
            Self::Zero(what) => write!(f, "{what} is 0: choose a time above 0"),
            Self::UnknownNode { asked, known } => write!(f, "no node is called {asked:?}: there are {known}"),
        }
    }
}

impl std::error::Error for SetupError {}

impl From<LatencyError> for SetupError {
    fn from(error: LatencyError) -> Self {
        Self::Link(error)
    }
}

impl From<WorldError> for SetupError {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl From<PlanError> for SetupError {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl Settings {
    /// Replicas of each key in all datacentres together: N.
    pub fn n(&self) -> u32 {
        self.replicas.iter().sum()
    }

    /// Nodes in each datacentre, with the default filled in.
    pub fn nodes_per_datacentre(&self) -> &[u32] {
        if self.nodes.is_empty() { &self.replicas } else { &self.nodes }
    }

    /// Whether these settings make a cluster.
    ///
    /// # Errors
    /// Says what doesn't fit.
    pub fn validate(&self) -> Result<(), SetupError> {
        if self.replicas.is_empty() || self.replicas.contains(&0) {
            return Err(SetupError::NoReplicas);
        }
        let nodes = self.nodes_per_datacentre();
        if nodes.len() != self.replicas.len() || nodes.iter().zip(&self.replicas).any(|(n, r)| n < r) {
            return Err(SetupError::TooFewNodes { nodes: nodes.to_vec(), replicas: self.replicas.clone() });
        }
        let all: u32 = nodes.iter().sum();
        if all > 26 {
            return Err(SetupError::TooManyNodes(all));
        }
        if self.clients == 0 {
            return Err(SetupError::NoClients);
        }
        quorum::required(self.write, &self.replicas, 0).map_err(|e| SetupError::Quorum("W", e))?;
        quorum::required(self.read, &self.replicas, 0).map_err(|e| SetupError::Quorum("R", e))?;
        self.link.validate().and(self.far_link.validate())?;
        let times = [
            ("the time-out", Some(self.timeout)),
            ("the wait before a hint", Some(self.hint_after)),
            ("the handoff period", Some(self.handoff)),
            ("the anti-entropy period", self.anti_entropy),
        ];
        match times.into_iter().find(|(_, time)| *time == Some(Time::ZERO)) {
            Some((what, _)) => Err(SetupError::Zero(what)),
            None => Ok(()),
        }
    }
}

/// Who is where: shared by all nodes of a cluster, and never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Topology {
    /// The settings.
    pub settings: Settings,
    /// The datacentre of each storage node.
    datacentre: Vec<usize>,
    /// The storage nodes of each datacentre on a ring of their own.
    rings: Vec<Ring<NodeId>>,
}

/// Size of the rings: key hashes are taken modulo it.
const RING: u64 = 1 << 32;

impl Topology {
    /// The topology of valid settings: storage nodes come first, clients follow; the nodes of a datacentre are
    /// evenly spread on its ring.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        settings.validate()?;
        let mut datacentre = Vec::new();
        let mut rings = Vec::new();
        for (dc, nodes) in settings.nodes_per_datacentre().iter().enumerate() {
            let mut ring = Ring::new(RING);
            for i in 0..u64::from(*nodes) {
                let id = NodeId(datacentre.len() as u16);
                datacentre.push(dc);
                let added = ring.add(i * RING / u64::from(*nodes), id);
                debug_assert!(added.is_ok(), "spread positions are free");
            }
            rings.push(ring);
        }
        Ok(Self { settings, datacentre, rings })
    }

    /// Number of storage nodes.
    pub fn storage_nodes(&self) -> usize {
        self.datacentre.len()
    }

    /// The client at a node, counted from 1.
    pub fn client_node(&self, client: super::ClientId) -> NodeId {
        NodeId((self.storage_nodes() + usize::from(client.0) - 1) as u16)
    }

    /// The datacentre of a storage node or a client.
    pub fn datacentre_of(&self, node: NodeId) -> usize {
        match self.datacentre.get(node.index()) {
            Some(dc) => *dc,
            None => (node.index() - self.storage_nodes()) % self.rings.len(),
        }
    }

    /// The replicas that a key belongs to, in ring order, datacentre by datacentre.
    pub fn home(&self, key: &str) -> Vec<NodeId> {
        let hash = self.place(key);
        let per_dc = self.rings.iter().zip(&self.settings.replicas);
        per_dc.flat_map(|(ring, replicas)| ring.replicas(hash, *replicas as usize)).collect()
    }

    /// The nodes that stand in for a key's home replicas, the nearest on the ring first.
    pub fn stand_ins(&self, key: &str) -> Vec<NodeId> {
        let hash = self.place(key);
        let per_dc = self.rings.iter().zip(&self.settings.replicas);
        per_dc.flat_map(|(ring, replicas)| ring.clockwise(hash).skip(*replicas as usize).copied()).collect()
    }

    fn place(&self, key: &str) -> u64 {
        if self.settings.n() as usize == self.storage_nodes() {
            // Every node is a home replica of every key: begin with the first, so that lists read A, B, C.
            return 0;
        }
        xxhash_rust::xxh3::xxh3_64(key.as_bytes()) % RING
    }

    /// What writes, or reads, of a client in this datacentre need.
    pub fn required(&self, level: Level, datacentre: usize) -> Required {
        let required = quorum::required(level, &self.settings.replicas, datacentre);
        required.expect("the settings were validated, and clients are in datacentres that exist")
    }

    /// Answers counted by datacentre.
    pub fn count<'a>(&self, answers: impl IntoIterator<Item = &'a NodeId>) -> Vec<u32> {
        let mut counts = vec![0; self.rings.len()];
        for node in answers {
            counts[self.datacentre_of(*node)] += 1;
        }
        counts
    }
}
