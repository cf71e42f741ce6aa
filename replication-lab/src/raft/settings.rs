//! The settings of a cluster, and what can be wrong with them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::log::Log;
use super::message::{GroupId, Request};
use crate::network::{Latency, Link, Region};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{PlanError, WorldError};

/// When a write is acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acknowledge {
    /// Once a majority of the members has it on disk.
    #[default]
    Majority,
    /// As soon as the leader has it, on disk or not (MongoDB: `w: 1, j: false`). It may be rolled back.
    Leader,
}

/// By which rule reads are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// Whoever takes itself for the leader answers with all it has, committed or not (MongoDB: `local`).
    Received,
    /// Whoever takes itself for the leader answers with what it knows to be committed (MongoDB: `majority`).
    Committed,
    /// The leader first hears from a majority that it still leads (dissertation, section 6.4). Linearizable.
    #[default]
    Confirmed,
    /// The leader answers by itself while its lease holds, else as if it were to confirm (section 6.4.1).
    /// Linearizable as long as clocks drift no more than is allowed for.
    Lease,
}

impl Reads {
    /// Whether a leader must count its rounds of heartbeats for it.
    pub(super) fn needs_rounds(self) -> bool {
        matches!(self, Self::Confirmed | Self::Lease)
    }
}

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
    /// Clients c1, c2, …. Default: none.
    pub clients: u16,
    /// Every link.
    pub link: Link,
    /// How long a disk takes to sync. Default: no time.
    pub sync: Latency,
    /// Whether elections are all there is: no entry is added to a log or sent, and heartbeats carry a term alone.
    /// Default: no.
    pub elections_only: bool,
    /// When a write is acknowledged. Default: once a majority has it on disk.
    pub acknowledge: Acknowledge,
    /// By which rule reads are answered. Default: [`Reads::Confirmed`].
    pub reads: Reads,
    /// By how much clocks may drift before a lease breaks, in parts per million. Default 10,000: one per cent.
    pub clock_drift_ppm: u32,
    /// Whether a server asks who would vote for it before it begins a term (dissertation, section 9.6). Default: no.
    pub pre_vote: bool,
    /// Whether a leader that hears from no majority for an election timeout gives up (section 6.2). Default: no.
    pub check_quorum: bool,
    /// Whether copies of earlier terms' entries are counted for commitment. Default: no. If they are, what was
    /// committed can be overwritten (paper, figure 8): a bug to be found.
    pub counts_old_terms: bool,
    /// Most entries of one message. Default: all there are.
    pub most_entries: usize,
    /// How long a client waits for an answer before it asks the next server. Default 500 ms.
    pub retry_after: Time,
    /// How long a client waits before it asks again when nobody can serve it. Default 20 ms.
    pub retry_pause: Time,
    /// How long a client tries before it gives an operation up. Default 10 s.
    pub patience: Time,
    /// Where the keys are cut into ranges. Default: nowhere, and one group, number 0, holds them all.
    pub splits: Vec<String>,
    /// The members of each group. Default: all servers.
    pub placement: Vec<BTreeSet<NodeId>>,
    /// The server that leads each group from the start. Default: whichever is elected.
    pub homes: Vec<NodeId>,
    /// The region of each server. Default: none, and every link is [`link`](Self::link).
    pub servers_in: Vec<Region>,
    /// The region of each client.
    pub clients_in: Vec<Region>,
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
            clients: 0,
            link: Link::default(),
            sync: Latency::Constant(Time::ZERO),
            durable: true,
            elections_only: false,
            acknowledge: Acknowledge::Majority,
            reads: Reads::Confirmed,
            clock_drift_ppm: 10_000,
            pre_vote: false,
            check_quorum: false,
            counts_old_terms: false,
            most_entries: usize::MAX,
            retry_after: Time::ms(500),
            retry_pause: Time::ms(20),
            patience: Time::s(10),
            splits: Vec::new(),
            placement: Vec::new(),
            homes: Vec::new(),
            servers_in: Vec::new(),
            clients_in: Vec::new(),
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
    /// The keys at which ranges are cut are not in order.
    Splits,
    /// A group has no members, or one that isn't there, or its home is no member.
    Placement(GroupId),
    /// There are regions for some and not for all.
    Regions,
    /// There is no such client.
    NoSuchClient(u16),
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
            Self::Splits => f.write_str("the keys at which ranges are cut must ascend"),
            Self::Placement(group) => {
                let whose =
                    if group.0 == 0 { "the cluster".to_owned() } else { format!("range {}", group.0) };
                write!(f, "{whose}: give it members that are servers, and a home that is a member")
            }
            Self::Regions => f.write_str("name a region for every server and every client, or for none"),
            Self::NoSuchClient(client) => {
                write!(f, "there is no client c{client}: ask for more with clients(…)")
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
        if !self.splits.is_sorted_by(|a, b| a < b) {
            return Err(RaftError::Splits);
        }
        let unfit = |id: &GroupId| {
            let members = self.members_of(*id);
            let stranger = members.iter().any(|id| id.0 >= self.servers);
            members.is_empty() || stranger || self.home_of(*id).is_some_and(|home| !members.contains(&home))
        };
        if let Some(group) = self.groups().find(unfit).filter(|_| self.servers > 0) {
            return Err(RaftError::Placement(group));
        }
        let named = (self.servers_in.len(), self.clients_in.len());
        if named != (0, 0) && named != (usize::from(self.servers), usize::from(self.clients)) {
            return Err(RaftError::Regions);
        }
        match self.logs.iter().position(|log| !log.is_ordered()) {
            Some(server) => Err(RaftError::Unordered(server + 1)),
            None => Ok(()),
        }
    }

    /// The groups: number 0, or one for each range from 1.
    pub fn groups(&self) -> impl Iterator<Item = GroupId> + use<> {
        let numbers = match self.splits.len() as u16 {
            0 => 0..1,
            splits => 1..splits + 2,
        };
        numbers.map(GroupId)
    }

    /// The group of a key.
    pub fn group_of_key(&self, key: &str) -> GroupId {
        match self.splits.is_empty() {
            true => GroupId(0),
            false => GroupId(self.splits.partition_point(|split| split.as_str() <= key) as u16 + 1),
        }
    }

    /// The group that a request is for.
    pub fn group_of(&self, request: &Request) -> GroupId {
        match request {
            Request::Put(key, _) | Request::CompareAndSet(key, ..) | Request::Get { key, .. } => {
                self.group_of_key(key)
            }
            Request::Members(group, _) => *group,
        }
    }

    fn place(&self, group: GroupId) -> usize {
        usize::from(group.0.saturating_sub(1))
    }

    /// The members that a group begins with.
    pub fn members_of(&self, group: GroupId) -> BTreeSet<NodeId> {
        let all = || (0..self.servers).map(NodeId).collect();
        self.placement.get(self.place(group)).cloned().unwrap_or_else(all)
    }

    /// The server that leads a group from the start, if there is one.
    pub fn home_of(&self, group: GroupId) -> Option<NodeId> {
        self.homes.get(self.place(group)).copied()
    }

    /// The log that a server begins with.
    pub(super) fn log_of(&self, group: GroupId, server: NodeId) -> Log {
        match group.0 {
            0 => self.logs.get(server.index()).cloned().unwrap_or_default(),
            _ => Log::default(),
        }
    }

    /// Whether servers refuse to help to depose a leader that they have just heard from.
    pub(super) fn keeps_to_leader(&self) -> bool {
        self.pre_vote || self.check_quorum || self.reads == Reads::Lease
    }
}
