//! What a saga is made of.

use std::fmt;

use super::cluster::Saga;
use super::rules::{careful, compensates_once, debits_first, releases_blindly, sketch};
use super::step::Transition;
use crate::network::LatencyError;
use crate::time::Time;
use crate::world::{PlanError, WorldError};

/// The settings of a [`Saga`].
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the customer has. Default: 100.
    pub opening: u64,
    /// The most that the shop's bank credits at once. Default: 60.
    pub limit: u64,
    /// What the coordinator decides. Default: [`careful`].
    pub transition: Transition,
    /// Whether banks look up keys.
    pub keys: bool,
    /// Whether the coordinator saves a state before it sends what follows from it.
    pub log_first: bool,
    /// How often the sweeper comes by. Default: every 500 ms.
    pub sweep: Time,
    /// How often it has to come by until a payment is overdue. Default: 4 times.
    pub patience: u32,
    /// One way between the coordinator and the customer's bank. Default: 1 ms.
    pub to_home: Time,
    /// One way between the coordinator and the shop's bank. Default: 40 ms.
    pub to_abroad: Time,
    /// How long a sync of any of the three disks takes. Default: 1 ms.
    pub sync: Time,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            opening: 100,
            limit: 60,
            transition: careful,
            keys: true,
            log_first: true,
            sweep: Time::ms(500),
            patience: 4,
            to_home: Time::ms(1),
            to_abroad: Time::ms(40),
            sync: Time::ms(1),
            trace: true,
            seed: 1,
        }
    }
}

/// Something that is done wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Banks don't look up keys: an order that comes twice is done twice.
    NoKeys,
    /// What takes something back is sent once: [`compensates_once`].
    CompensatesOnce,
    /// Orders leave before the state is saved.
    LogsAfterwards,
    /// Money is spent at once, not held: [`debits_first`].
    DebitsFirst,
    /// A hold is released while its credit may be on its way: [`releases_blindly`].
    ReleasesBlindly,
    /// All of it: [`sketch`], without keys.
    Sketch,
}

impl Flaw {
    /// All flaws.
    pub const ALL: [Flaw; 6] = [
        Self::NoKeys,
        Self::CompensatesOnce,
        Self::LogsAfterwards,
        Self::DebitsFirst,
        Self::ReleasesBlindly,
        Self::Sketch,
    ];
}

/// What can't be set up, or can't be done.
#[derive(Clone, Debug, PartialEq)]
pub enum SagaError {
    /// A number that must not be zero.
    Zero(&'static str),
    /// An amount that is too large to be added up.
    TooMuch(u64),
    /// A link or the world can't be.
    World(WorldError),
    /// A fault can't be.
    Fault(PlanError),
}

impl fmt::Display for SagaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero(what) => write!(f, "{what} is 0: choose something above 0"),
            Self::TooMuch(amount) => write!(f, "{amount} is too much: choose at most {MOST}"),
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SagaError {}

impl From<WorldError> for SagaError {
    fn from(error: WorldError) -> Self {
        Self::World(error)
    }
}

impl From<LatencyError> for SagaError {
    fn from(error: LatencyError) -> Self {
        Self::World(error.into())
    }
}

impl From<PlanError> for SagaError {
    fn from(error: PlanError) -> Self {
        Self::Fault(error)
    }
}

/// The largest amount: a million of them can be added up.
pub(super) const MOST: u64 = 1_000_000_000_000;

impl Settings {
    /// Whether these settings can be.
    ///
    /// # Errors
    /// Says what can't.
    pub fn validate(&self) -> Result<(), SagaError> {
        for amount in [self.opening, self.limit] {
            if amount > MOST {
                return Err(SagaError::TooMuch(amount));
            }
        }
        if self.sweep == Time::ZERO {
            return Err(SagaError::Zero("the span between two sweeps"));
        }
        match self.patience {
            0 => Err(SagaError::Zero("the number of sweeps until a payment is overdue")),
            _ => Ok(()),
        }
    }
}

/// Builds a [`Saga`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    pub(super) settings: Settings,
}

impl Builder {
    setters! {
        /// What the customer has.
        opening(opening: u64),
        /// The most that the shop's bank credits at once.
        limit(limit: u64),
        /// What the coordinator decides.
        transition(transition: Transition),
        /// How often the sweeper comes by.
        sweep(sweep: Time),
        /// How often it has to come by until a payment is overdue.
        patience(patience: u32),
        /// How long a sync of any of the three disks takes.
        sync(sync: Time),
        /// Whether the run is traced.
        trace(trace: bool),
        /// Seed of all that is random.
        seed(seed: u64),
    }

    /// Does something wrong on purpose.
    pub fn flaw(mut self, flaw: Flaw) -> Self {
        match flaw {
            Flaw::NoKeys => self.settings.keys = false,
            Flaw::CompensatesOnce => self.settings.transition = compensates_once,
            Flaw::LogsAfterwards => self.settings.log_first = false,
            Flaw::DebitsFirst => self.settings.transition = debits_first,
            Flaw::ReleasesBlindly => self.settings.transition = releases_blindly,
            Flaw::Sketch => (self.settings.transition, self.settings.keys) = (sketch, false),
        }
        self
    }

    /// Sets it up.
    ///
    /// # Errors
    /// Says what can't be.
    pub fn build(self) -> Result<Saga, SagaError> {
        Saga::new(self.settings)
    }
}
