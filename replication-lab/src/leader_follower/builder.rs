//! Builds a cluster setting by setting.

use super::cluster::LeaderFollower;
use super::failover::Failover;
use super::routing::ReadFrom;
use super::rule::Rule;
use super::setup::{CommitLevel, Costs, Ids, Retention, Retry, ServerSettings, Settings, SetupError};
use crate::network::{Latency, Link, Region};
use crate::time::Time;

/// Builds a leader–follower cluster. Whatever is not said has its default: see [`Settings`]. What doesn't fit, a rule
/// that is none or a name that no server has, is said by [`build`](Builder::build).
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
    wrong: Option<SetupError>,
}

impl Builder {
    setters! {
        /// What a commit means.
        level(level: CommitLevel),
        /// After how long a commit stops waiting for followers; never, if nothing.
        fall_back(fall_back: Option<Time>),
        /// After how long of silence a follower counts as gone.
        standby_timeout(standby_timeout: Time),
        /// How much of its log a server keeps.
        retention(retention: Retention),
        /// Whether log that a follower has not confirmed is kept for it.
        slots(slots: bool),
        /// The number of the last entry before the run.
        log_starts_after(log_starts_after: u64),
        /// Bytes of a row in the log.
        row_bytes(row_bytes: u64),
        /// What work costs.
        costs(costs: Costs),
        /// Every link that is not between two regions.
        link(link: Link),
        /// How long a client waits for an answer.
        timeout(timeout: Time),
        /// Where clients read.
        read_from(read_from: ReadFrom),
        /// Whether clients keep their connections open.
        pooled(pooled: bool),
        /// What clients do when an answer does not come.
        retry(retry: Retry),
        /// Who issues ids, and how.
        ids(ids: Ids),
        /// Whether rows are kept in a store outside too, and whether that one refuses rows of older epochs.
        store(store: Option<bool>),
        /// Whether that store refuses a second row under an id.
        unique(unique: bool),
        /// Failover.
        failover(failover: Failover),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// A leader L and so many followers F1, F2, ….
    pub fn followers(mut self, followers: u16) -> Self {
        let name = |number| if number == 0 { "L".to_owned() } else { format!("F{number}") };
        self.settings.servers = (0..=followers).map(|number| ServerSettings::named(name(number))).collect();
        self
    }

    /// One more server, which stands idle until [`LeaderFollower::bootstrap`] makes it a follower.
    pub fn idle(mut self, name: &str) -> Self {
        let server = ServerSettings { idle: true, ..ServerSettings::named(name.to_owned()) };
        self.settings.servers.push(server);
        self
    }

    /// Changes what is particular to one server.
    pub fn server(mut self, name: &str, change: impl FnOnce(&mut ServerSettings)) -> Self {
        match self.settings.servers.iter_mut().find(|server| server.name == name) {
            Some(server) => change(server),
            None => {
                let known: Vec<_> = self.settings.servers.iter().map(|server| server.name.clone()).collect();
                self.wrong.get_or_insert(SetupError::UnknownNode(name.to_owned(), known.join(", ")));
            }
        }
        self
    }

    /// Where the servers stand, in their order.
    pub fn regions(mut self, regions: &[Region]) -> Self {
        for (server, region) in self.settings.servers.iter_mut().zip(regions) {
            server.region = Some(*region);
        }
        self
    }

    /// In which rack each server stands, in their order: those of one rack fail together.
    pub fn racks(mut self, racks: &[&str]) -> Self {
        for (server, rack) in self.settings.servers.iter_mut().zip(racks) {
            server.rack = (*rack).to_owned();
        }
        self
    }

    /// Who follows whom, instead of the leader: for cascading replication.
    pub fn upstream(self, follower: &str, of: &str) -> Self {
        let of = of.to_owned();
        self.server(follower, |server| server.upstream = Some(of))
    }

    /// So many clients c1, c2, …, nowhere in particular.
    pub fn clients(mut self, clients: u16) -> Self {
        self.settings.clients = vec![None; usize::from(clients)];
        self
    }

    /// A client in each of these regions.
    pub fn clients_in(mut self, regions: &[Region]) -> Self {
        self.settings.clients = regions.iter().copied().map(Some).collect();
        self
    }

    /// Who must acknowledge a commit, in PostgreSQL's language: `FIRST 1 (F1, F2)`, `ANY 1 (F1, F2)`; nothing for
    /// nobody.
    pub fn acknowledge(mut self, rule: &str) -> Self {
        match rule.parse() {
            Ok(rule) => self.settings.rule = rule,
            Err(error) => {
                self.wrong.get_or_insert(SetupError::Rule(error));
            }
        }
        self
    }

    /// Who must acknowledge a commit: all followers there are so far.
    pub fn acknowledge_all(mut self) -> Self {
        self.settings.rule =
            Rule::all(self.settings.servers.iter().skip(1).map(|server| server.name.clone()));
        self
    }

    /// The latency of every link that is not between two regions.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.settings.link.latency = latency;
        self
    }

    /// How long every disk takes to sync.
    pub fn sync(mut self, sync: Latency) -> Self {
        self.settings.servers.iter_mut().for_each(|server| server.sync = sync.clone());
        self
    }

    /// Changes one thing or the other of how failover works.
    pub fn change_failover(mut self, change: impl FnOnce(&mut Failover)) -> Self {
        change(&mut self.settings.failover);
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
    pub fn build(self) -> Result<LeaderFollower, SetupError> {
        match self.wrong {
            Some(wrong) => Err(wrong),
            None => LeaderFollower::new(self.settings),
        }
    }
}
