//! Builds a cluster setting by setting.

use super::cluster::Leaderless;
use super::setup::{Ask, ReadRepair, Settings, SetupError};
use super::store::{MemoryStore, Store};
use super::version::Scheme;
use crate::network::{Latency, Link};
use crate::quorum::Level;
use crate::time::Time;

/// Builds a leaderless cluster. Whatever is not said has its default: see [`Settings`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    setters! {
        /// Clients c1, c2, ….
        clients(clients: u16),
        /// The level that writes wait for.
        write_level(write: Level),
        /// The level that reads wait for.
        read_level(read: Level),
        /// How writes are numbered.
        versions(scheme: Scheme),
        /// When reads repair what they saw.
        read_repair(read_repair: ReadRepair),
        /// Whom reads ask.
        ask(ask: Ask),
        /// Whether acknowledgements from stand-ins count.
        sloppy(sloppy: bool),
        /// Whether what a replica missed is kept and handed over.
        hints(hints: bool),
        /// How often each replica compares itself with another; never, if nothing.
        anti_entropy(anti_entropy: Option<Time>),
        /// Every link within a datacentre.
        link(link: Link),
        /// Every link between datacentres.
        far_link(far_link: Link),
        /// How long an operation waits before it fails.
        timeout(timeout: Time),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// N replicas of each key, in one datacentre.
    pub fn replicas(mut self, n: u32) -> Self {
        self.settings.replicas = vec![n];
        self
    }

    /// Storage nodes, in one datacentre: more than N, if stand-ins are wanted.
    pub fn nodes(mut self, nodes: u32) -> Self {
        self.settings.nodes = vec![nodes];
        self
    }

    /// Replicas of each key in each datacentre, with as many nodes.
    pub fn datacentres(mut self, replicas: &[u32]) -> Self {
        self.settings.replicas = replicas.to_vec();
        self
    }

    /// W: acknowledgements that a write waits for.
    pub fn write_quorum(mut self, w: u32) -> Self {
        self.settings.write = Level::Count(w);
        self
    }

    /// R: answers that a read waits for.
    pub fn read_quorum(mut self, r: u32) -> Self {
        self.settings.read = Level::Count(r);
        self
    }

    /// The latency of every link within a datacentre.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.settings.link.latency = latency;
        self
    }

    /// The probability that a message is lost, on every link within a datacentre.
    pub fn loss(mut self, probability: f64) -> Self {
        self.settings.link.loss = probability;
        self
    }

    /// The settings so far.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The cluster.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn build(self) -> Result<Leaderless, SetupError> {
        Leaderless::new(self.settings, false, |_| Box::new(MemoryStore::default()))
    }

    /// The cluster, with stores of somebody else's in its replicas: `store` makes one for each, in order.
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn build_with(self, store: impl FnMut(usize) -> Box<dyn Store>) -> Result<Leaderless, SetupError> {
        Leaderless::new(self.settings, false, store)
    }

    /// The cluster, with ports in the place of its clients: code outside the lab sends and receives through them
    /// ([`Leaderless::port_send`], [`Leaderless::port_receive`]).
    ///
    /// # Errors
    /// When the settings don't fit.
    pub fn build_with_ports(
        self,
        store: impl FnMut(usize) -> Box<dyn Store>,
    ) -> Result<Leaderless, SetupError> {
        Leaderless::new(self.settings, true, store)
    }
}
