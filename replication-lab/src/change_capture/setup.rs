//! What a leader with consumers is made of.

use std::fmt;

use crate::log::Lsn;
use crate::network::{Latency, LatencyError, Link};
use crate::table_engine::EngineError;
use crate::time::Time;
use crate::world::{PlanError, WorldError};

use super::cluster::Capture;

/// When a consumer tells the leader that it needs a change no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confirm {
    /// As soon as it has received it: before it is on its disk.
    OnReceipt,
    /// When it is on its disk.
    #[default]
    WhenDurable,
    /// Never.
    Never,
}

/// The settings of a [`Capture`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// The consumers' names. Default: one, `consumer`.
    pub consumers: Vec<String>,
    /// When they confirm.
    pub confirm: Confirm,
    /// How often they confirm: all up to then with one message (PostgreSQL: `wal_receiver_status_interval`). Default 100 ms.
    pub confirm_every: Time,
    /// Whether they leave out what they have already: they find the position on their disks, beside the data. Default yes.
    pub deduplicate: bool,
    /// Whether they confirm what the leader says it has nothing of for them. Default yes.
    pub confirm_when_idle: bool,
    /// How often the leader says how far its log is (PostgreSQL: half of `wal_sender_timeout`). Default 200 ms.
    pub keep_alive: Time,
    /// After how long of silence a connection counts as broken, on both sides (PostgreSQL: `wal_sender_timeout`, 60 s
    /// there). Default 1 s.
    pub timeout: Time,
    /// The tables whose changes are published; all, if it is empty.
    pub publication: Vec<String>,
    /// The statements that create the tables.
    pub schema: Vec<String>,
    /// Room for the log on the leader's disk, in bytes. Default: no limit.
    pub disk: Option<u64>,
    /// A slot that holds more bytes of log than this is given up (PostgreSQL: `max_slot_wal_keep_size`). Default: never.
    pub max_slot_keep: Option<u64>,
    /// How long a consumer's disk takes to sync. Default 5 ms.
    pub sync: Latency,
    /// Every link. Default: 1 ms, in order.
    pub link: Link,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            consumers: vec!["consumer".to_owned()],
            confirm: Confirm::default(),
            confirm_every: Time::ms(100),
            deduplicate: true,
            confirm_when_idle: true,
            keep_alive: Time::ms(200),
            timeout: Time::s(1),
            publication: Vec::new(),
            schema: vec!["CREATE TABLE users (id INT PRIMARY KEY, name TEXT)".to_owned()],
            disk: None,
            max_slot_keep: None,
            sync: Latency::Constant(Time::ms(5)),
            link: Link { in_order: true, ..Link::new(Latency::Constant(Time::ms(1))) },
            trace: true,
            seed: 1,
        }
    }
}

/// What can't be set up, or can't be done.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureError {
    /// A time that must not be zero.
    Zero(&'static str),
    /// Two consumers of one name, or one called L.
    SameName(String),
    /// There is no such consumer: what was asked for, and the names there are.
    UnknownConsumer(String, String),
    /// The engine refuses a statement.
    Engine(EngineError),
    /// The log can't grow: the leader refuses writes. Bytes that slots hold.
    DiskFull {
        /// Held for slots.
        held: u64,
    },
    /// The leader is down.
    LeaderDown,
    /// A slot can't be moved by hand while its consumer is connected.
    SlotActive(String),
    /// The leader has given a slot up.
    SlotLost(String),
    /// A position that the leader's log has not reached.
    BeyondTheLog {
        /// Where the log ends.
        end: Lsn,
    },
    /// A link, a disk or the world can't be.
    World(WorldError),
    /// A fault can't be.
    Fault(PlanError),
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero(what) => write!(f, "{what} is 0: choose a span above 0"),
            Self::SameName(name) => {
                write!(f, "two nodes are called {name}: give each consumer a name of its own, not L")
            }
            Self::UnknownConsumer(name, known) => {
                write!(f, "no consumer is called {name}: choose from {known}")
            }
            Self::Engine(error) => error.fmt(f),
            Self::DiskFull { held } => write!(
                f,
                "the leader's disk is full of log, {held} bytes of it held for slots: let the consumer confirm, or drop \
                 its slot"
            ),
            Self::LeaderDown => f.write_str("the leader is down: restart it first"),
            Self::SlotActive(name) => {
                write!(f, "{name} is connected and reads its slot itself: crash it first")
            }
            Self::SlotLost(name) => {
                write!(
                    f,
                    "the slot of {name} was given up, its log is gone: begin with a new copy of the tables"
                )
            }
            Self::BeyondTheLog { end } => {
                write!(f, "the log ends at {end}: confirm no more than you were given")
            }
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CaptureError {}

impl From<EngineError> for CaptureError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<WorldError> for CaptureError {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl From<LatencyError> for CaptureError {
    fn from(error: LatencyError) -> Self {
        Self::World(error.into())
    }
}

impl From<PlanError> for CaptureError {
    fn from(error: PlanError) -> Self {
        Self::Fault(error)
    }
}

/// Builds a [`Capture`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    settings: Settings,
}

impl Builder {
    setters! {
        /// When consumers confirm.
        confirm(confirm: Confirm),
        /// How often they confirm.
        confirm_every(confirm_every: Time),
        /// Whether they leave out what they have already.
        deduplicate(deduplicate: bool),
        /// Whether they confirm when there is nothing for them.
        confirm_when_idle(confirm_when_idle: bool),
        /// How often the leader says how far its log is.
        keep_alive(keep_alive: Time),
        /// After how long of silence a connection counts as broken.
        timeout(timeout: Time),
        /// Room for the log on the leader's disk, in bytes.
        disk(disk: Option<u64>),
        /// How much log a slot may hold, in bytes.
        max_slot_keep(max_slot_keep: Option<u64>),
        /// How long a consumer's disk takes to sync.
        sync(sync: Latency),
        /// Every link.
        link(link: Link),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// The consumers' names.
    pub fn consumers(mut self, names: &[&str]) -> Self {
        self.settings.consumers = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// The statements that create the tables.
    pub fn schema(mut self, statements: &[&str]) -> Self {
        self.settings.schema = statements.iter().map(|sql| (*sql).to_owned()).collect();
        self
    }

    /// The tables whose changes are published.
    pub fn publish(mut self, tables: &[&str]) -> Self {
        self.settings.publication = tables.iter().map(|table| (*table).to_owned()).collect();
        self
    }

    /// Sets it up.
    ///
    /// # Errors
    /// Says what can't be.
    pub fn build(self) -> Result<Capture, CaptureError> {
        Capture::new(self.settings)
    }
}

impl Settings {
    /// Whether these settings can be.
    ///
    /// # Errors
    /// Says what can't.
    pub fn validate(&self) -> Result<(), CaptureError> {
        for (place, name) in self.consumers.iter().enumerate() {
            if name == "L" || self.consumers[..place].contains(name) {
                return Err(CaptureError::SameName(name.clone()));
            }
        }
        for (what, time) in [
            ("the period in which consumers confirm", self.confirm_every),
            ("the period of the leader's signs of life", self.keep_alive),
            ("the silence after which a connection is broken", self.timeout),
        ] {
            if time == Time::ZERO {
                return Err(CaptureError::Zero(what));
            }
        }
        Ok(())
    }
}
