//! What a cluster of leaders is made of.

use std::fmt;

use super::cluster::MultiLeader;
use super::resolution::Resolution;
use super::topology::Topology;
use crate::crdt::CrdtError;
use crate::network::{Latency, LatencyError, Link, Region};
use crate::time::Time;
use crate::world::{PlanError, WorldError};

/// When a leader applies a change that it has received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// When everything is applied that its origin had applied: a version vector goes with each change.
    #[default]
    Causal,
    /// At once. A change of a record that isn't there yet is skipped (PostgreSQL counts such an `update_missing`).
    AsItComes,
}

/// The settings of a [`MultiLeader`].
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The leaders' names. Default: VA and EU. In a star, the first is the root.
    pub leaders: Vec<String>,
    /// How they are joined.
    pub topology: Topology,
    /// What becomes of concurrent values.
    pub resolution: Resolution,
    /// When changes are applied.
    pub delivery: Delivery,
    /// The position in each leader's log before its first change: 0 where nothing is said.
    pub first_lsn: Vec<u64>,
    /// How long a leader waits before it sends again what nobody confirms, and confirms what it has. Default 500 ms.
    pub resend: Time,
    /// Every link. Default: always 75 ms, half of what Virginia and Frankfurt need there and back, and more.
    pub link: Link,
    /// Where the leaders are, if that decides about the links; then `link` counts for nobody.
    pub regions: Vec<Region>,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            leaders: vec!["VA".into(), "EU".into()],
            topology: Topology::default(),
            resolution: Resolution::default(),
            delivery: Delivery::default(),
            first_lsn: Vec::new(),
            resend: Time::ms(500),
            link: Link { in_order: true, ..Link::new(Latency::Constant(Time::ms(75))) },
            regions: Vec::new(),
            trace: true,
            seed: 1,
        }
    }
}

/// What can't be set up, or can't be done.
#[derive(Clone, Debug, PartialEq)]
pub enum MultiLeaderError {
    /// No leaders at all.
    Nobody,
    /// Two leaders of one name.
    SameName(String),
    /// A list that has not one entry for each leader: what it is, entries, leaders.
    Uneven(&'static str, usize, usize),
    /// A workload in which nobody does anything.
    NoWork,
    /// A time that must not be zero.
    Zero(&'static str),
    /// No leader has this name: what was asked for, and the names there are.
    UnknownLeader(String, String),
    /// The leader is down or stands still: nothing was written.
    Down(String),
    /// An insert of a record that is there.
    Exists(String),
    /// A change of a record that isn't there.
    Missing(String),
    /// A plain value for a record that merges, or the other way round; or a wrong operation on a value that merges.
    Merging(String, CrdtError),
    /// A plain value for a record whose value merges, or the other way round.
    OtherKind(String),
    /// A link or the world can't be.
    World(WorldError),
    /// A fault can't be.
    Fault(PlanError),
}

impl fmt::Display for MultiLeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("no leaders: name at least one"),
            Self::SameName(name) => write!(f, "two leaders are called {name}: give each a name of its own"),
            Self::Uneven(what, entries, leaders) => {
                write!(f, "{entries} {what} for {leaders} leaders: give one for each")
            }
            Self::NoWork => f.write_str(
                "nobody would write: give at least one kind and one record, and a rate above 0 a second",
            ),
            Self::Zero(what) => write!(f, "{what} is 0: choose a span above 0"),
            Self::UnknownLeader(name, known) => {
                write!(f, "no leader is called {name}: choose from {known}")
            }
            Self::Down(name) => {
                write!(f, "{name} does not answer: restart it, or write to another leader")
            }
            Self::Exists(key) => write!(f, "{key} is there already: update it"),
            Self::Missing(key) => write!(f, "{key} is not there: insert it first"),
            Self::Merging(key, error) => write!(f, "{key}: {error}"),
            Self::OtherKind(key) => write!(
                f,
                "{key} holds a value of another kind: a record is either put, inserted, updated and deleted, or always \
                 changed as the same type that merges"
            ),
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MultiLeaderError {}

impl From<WorldError> for MultiLeaderError {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl From<LatencyError> for MultiLeaderError {
    fn from(error: LatencyError) -> Self {
        Self::World(error.into())
    }
}

impl From<PlanError> for MultiLeaderError {
    fn from(error: PlanError) -> Self {
        Self::Fault(error)
    }
}

impl Settings {
    /// Whether these settings can be.
    ///
    /// # Errors
    /// Says what can't.
    pub fn validate(&self) -> Result<(), MultiLeaderError> {
        let leaders = self.leaders.len();
        if leaders == 0 {
            return Err(MultiLeaderError::Nobody);
        }
        for (place, name) in self.leaders.iter().enumerate() {
            if self.leaders[..place].contains(name) {
                return Err(MultiLeaderError::SameName(name.clone()));
            }
        }
        for (what, entries) in [("regions", self.regions.len()), ("first positions", self.first_lsn.len())] {
            if entries != 0 && entries != leaders {
                return Err(MultiLeaderError::Uneven(what, entries, leaders));
            }
        }
        match self.resend == Time::ZERO {
            true => Err(MultiLeaderError::Zero("the wait before a change is sent again")),
            false => Ok(()),
        }
    }
}

/// Builds a [`MultiLeader`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    setters! {
        /// How the leaders are joined.
        topology(topology: Topology),
        /// What becomes of concurrent values.
        resolution(resolution: Resolution),
        /// When changes are applied.
        delivery(delivery: Delivery),
        /// How long a leader waits before it sends again.
        resend(resend: Time),
        /// Every link.
        link(link: Link),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// The settings so far.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The leaders' names.
    pub fn leaders(mut self, names: &[&str]) -> Self {
        self.settings.leaders = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Where the leaders are, in their order.
    pub fn regions(mut self, regions: &[Region]) -> Self {
        self.settings.regions = regions.to_vec();
        self
    }

    /// The position in each leader's log before its first change.
    pub fn first_lsn(mut self, positions: &[u64]) -> Self {
        self.settings.first_lsn = positions.to_vec();
        self
    }

    /// The latency of every link.
    pub fn latency(mut self, latency: Latency) -> Self {
        self.settings.link.latency = latency;
        self
    }

    /// Sets it up.
    ///
    /// # Errors
    /// Says what can't be.
    pub fn build(self) -> Result<MultiLeader, MultiLeaderError> {
        MultiLeader::new(self.settings)
    }
}
