//! How far a search goes.

use std::fmt;

/// How far a search goes. By default nothing is lost, doubled or crashed, timers fire as often as they are set, and
/// at most a million states are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Most states that are looked at.
    pub states: usize,
    /// Most events of a path.
    pub depth: u32,
    /// Most timers that fire on a path.
    pub timers: u32,
    /// Most messages that are lost on a path.
    pub losses: u32,
    /// Most messages that arrive twice on a path.
    pub duplicates: u32,
    /// Most machines that die on a path. Each may come back at any time.
    pub crashes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { states: 1_000_000, depth: u32::MAX, timers: u32::MAX, losses: 0, duplicates: 0, crashes: 0 }
    }
}

/// Limits that allow nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitsError {
    /// Not even the first state.
    NoStates,
    /// Not even one event.
    NoDepth,
    /// There are no nodes.
    NoNodes,
}

impl fmt::Display for LimitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoStates => "a budget of 0 states: allow at least 1",
            Self::NoDepth => "a depth of 0 events: allow at least 1",
            Self::NoNodes => "no nodes to search: give at least one",
        })
    }
}

impl std::error::Error for LimitsError {}

impl Limits {
    /// No limits at all.
    pub(super) const NONE: Limits = Limits {
        states: usize::MAX,
        depth: u32::MAX,
        timers: u32::MAX,
        losses: u32::MAX,
        duplicates: u32::MAX,
        crashes: u32::MAX,
    };

    pub(super) fn validate(&self) -> Result<(), LimitsError> {
        match (self.states, self.depth) {
            (0, _) => Err(LimitsError::NoStates),
            (_, 0) => Err(LimitsError::NoDepth),
            _ => Ok(()),
        }
    }
}
