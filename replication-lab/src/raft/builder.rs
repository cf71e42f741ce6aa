//! Builds a cluster setting by setting.

use std::sync::Arc;

use super::client::Client;
use super::cluster::Raft;
use super::log::Log;
use super::node::Member;
use super::server::Server;
use super::settings::{Acknowledge, RaftError, Reads, Settings};
use crate::network::{Latency, Link, Region};
use crate::time::Time;
use crate::trace::NodeId;

/// Builds a Raft cluster. Whatever is not said has its default: see [`Settings`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    setters! {
        /// Servers s1, s2, ….
        servers(servers: u16),
        /// Clients c1, c2, ….
        clients(clients: u16),
        /// How often a leader sends heartbeats.
        heartbeat(heartbeat: Time),
        /// Every link.
        link(link: Link),
        /// How long a disk takes to sync.
        sync(sync: Latency),
        /// Whether a server writes its term and its vote to its disk before it answers for them.
        durable(durable: bool),
        /// Whether elections are all there is.
        elections_only(elections_only: bool),
        /// When a write is acknowledged.
        acknowledge(acknowledge: Acknowledge),
        /// By which rule reads are answered.
        reads(reads: Reads),
        /// By how much clocks may drift before a lease breaks, in parts per million.
        clock_drift_ppm(clock_drift_ppm: u32),
        /// Whether a server asks who would vote for it before it begins a term.
        pre_vote(pre_vote: bool),
        /// Whether a leader that hears from no majority for an election timeout gives up.
        check_quorum(check_quorum: bool),
        /// Whether copies of earlier terms' entries are counted: a planted bug.
        counts_old_terms(counts_old_terms: bool),
        /// Most entries of one message.
        most_entries(most_entries: usize),
        /// How long a client waits for an answer before it asks the next server.
        retry_after(retry_after: Time),
        /// How long a client waits before it asks again when nobody can serve it.
        retry_pause(retry_pause: Time),
        /// How long a client tries before it gives an operation up.
        patience(patience: Time),
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

    /// Cuts the keys into ranges, each with a group of its own: the first holds the keys before the first of these,
    /// the next those from there on, and so forth. Ranges are numbered from 1.
    pub fn splits<K: Into<String>>(mut self, splits: impl IntoIterator<Item = K>) -> Self {
        self.settings.splits = splits.into_iter().map(Into::into).collect();
        self
    }

    /// The members of each group, in the order of the groups. Groups that are missing are on all servers.
    pub fn placement(mut self, placement: impl IntoIterator<Item = Vec<NodeId>>) -> Self {
        self.settings.placement = placement.into_iter().map(|ids| ids.into_iter().collect()).collect();
        self
    }

    /// The server that leads each group from the start, in the order of the groups.
    pub fn homes(mut self, homes: impl IntoIterator<Item = NodeId>) -> Self {
        self.settings.homes = homes.into_iter().collect();
        self
    }

    /// The region of each server and of each client: lines between them get the regions' round trips.
    pub fn regions(mut self, servers: &[Region], clients: &[Region]) -> Self {
        (self.settings.servers_in, self.settings.clients_in) = (servers.to_vec(), clients.to_vec());
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
    pub fn servers_alone(mut self) -> Result<Vec<(String, Member)>, RaftError> {
        self.settings.clients = 0;
        self.settings.validate()?;
        Ok(named_members(&Arc::new(self.settings)))
    }

    /// The cluster.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn build(self) -> Result<Raft, RaftError> {
        Raft::new(self.settings)
    }
}

/// The servers s1, s2, … and the clients c1, c2, … of valid settings.
pub(super) fn named_members(settings: &Arc<Settings>) -> Vec<(String, Member)> {
    let server = |i: u16| (format!("s{}", i + 1), Member::Server(Server::new(settings.clone(), NodeId(i))));
    let client = |i: u16| (format!("c{}", i + 1), Member::Client(Client::new(settings.clone(), i)));
    (0..settings.servers).map(server).chain((0..settings.clients).map(client)).collect()
}
