//! Builds a cluster setting by setting.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cluster::Raft;
use super::log::Log;
use super::server::Server;
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::world::{PlanError, WorldError};

/// The settings of a Raft cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Servers s1, s2, …, all of them voting members. Default 3.
    pub servers: u16,
    /// The shortest and the longest election timeout; each is drawn between them, equally likely. Default 150 to
    /// 300 ms.
    pub election_timeout: (Time, Time),
    /// How often a leader sends heartbeats. Default 75 ms.
    pub heartbeat: Time,
    /// Every link.
    pub link: Link,
    /// How long a disk takes to sync. Default: no time.
    pub sync: Latency,
    /// Whether a server writes its term and its vote to its disk before it answers for them. Default: it does. If
    /// not, a server that restarts may vote a second time in a term: a bug to be found.
    pub durable: bool,
    /// The log of each server at the start; servers that are missing have an empty one.
    pub logs: Vec<Log>,
    /// Whether the run is traced. Default: it is.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            servers: 3,
            election_timeout: (Time::ms(150), Time::ms(300)),
            heartbeat: Time::ms(75),
            link: Link::default(),
            sync: Latency::Constant(Time::ZERO),
            durable: true,
            logs: Vec::new(),
            trace: true,
            seed: 1,
        }
    }
}

/// A cluster that can't be, or something that can't be done to it.
#[derive(Clone, Debug, PartialEq)]
pub enum RaftError {
    /// The shortest election timeout is 0, or above the longest.
    ElectionTimeout(Time, Time),
    /// Heartbeats without a pause between them.
    Heartbeat,
    /// More logs than servers.
    Logs {
        /// How many logs.
        logs: usize,
        /// How many servers.
        servers: u16,
    },
    /// The log of this server, counted from 1, has an entry of an earlier term than the one before it, or of term 0.
    Unordered(usize),
    /// The world can't be.
    World(WorldError),
    /// There is no such server, or no such fault.
    Fault(PlanError),
}

impl fmt::Display for RaftError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ElectionTimeout(shortest, longest) => write!(
                f,
                "election timeouts from {shortest} to {longest}: choose times above 0, the shorter first"
            ),
            Self::Heartbeat => f.write_str("a heartbeat every 0 ms: choose a time above 0"),
            Self::Logs { logs, servers } => {
                write!(f, "{logs} logs for {servers} servers: give at most one for each")
            }
            Self::Unordered(server) => {
                write!(f, "the log of s{server}: terms begin at 1 and never go down from entry to entry")
            }
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RaftError {}

impl Settings {
    /// Whether these settings make a cluster. What the world checks itself is left to it.
    ///
    /// # Errors
    /// Says what doesn't fit.
    pub fn validate(&self) -> Result<(), RaftError> {
        let (shortest, longest) = self.election_timeout;
        if shortest == Time::ZERO || shortest > longest {
            return Err(RaftError::ElectionTimeout(shortest, longest));
        }
        if self.heartbeat == Time::ZERO {
            return Err(RaftError::Heartbeat);
        }
        if self.logs.len() > usize::from(self.servers) {
            return Err(RaftError::Logs { logs: self.logs.len(), servers: self.servers });
        }
        match self.logs.iter().position(|log| !log.is_ordered()) {
            Some(server) => Err(RaftError::Unordered(server + 1)),
            None => Ok(()),
        }
    }
}

/// Builds a Raft cluster. Whatever is not said has its default: see [`Settings`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    setters! {
        /// Servers s1, s2, ….
        servers(servers: u16),
        /// How often a leader sends heartbeats.
        heartbeat(heartbeat: Time),
        /// Every link.
        link(link: Link),
        /// How long a disk takes to sync.
        sync(sync: Latency),
        /// Whether a server writes its term and its vote to its disk before it answers for them.
        durable(durable: bool),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// The shortest and the longest election timeout.
    pub fn election_timeout(mut self, shortest: Time, longest: Time) -> Self {
        self.settings.election_timeout = (shortest, longest);
        self
    }

    /// The latency of every link.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.settings.link.latency = latency;
        self
    }

    /// The terms of the entries in each server's log at the start.
    pub fn logs(mut self, logs: impl IntoIterator<Item = Vec<super::Term>>) -> Self {
        self.settings.logs = logs.into_iter().map(Log::from).collect();
        self
    }

    /// The settings so far.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The servers alone, named, for a [search](crate::explore::Search).
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn servers_alone(self) -> Result<Vec<(String, Server)>, RaftError> {
        self.settings.validate()?;
        Ok(named_servers(self.settings))
    }

    /// The cluster.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn build(self) -> Result<Raft, RaftError> {
        Raft::new(self.settings)
    }
}

/// The servers s1, s2, … of valid settings.
pub(super) fn named_servers(settings: Settings) -> Vec<(String, Server)> {
    let settings = Arc::new(settings);
    let server = |i: u16| {
        let log = settings.logs.get(usize::from(i)).cloned().unwrap_or_default();
        (format!("s{}", i + 1), Server::new(settings.clone(), log))
    };
    (0..settings.servers).map(server).collect()
}
