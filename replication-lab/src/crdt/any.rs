//! Any mergeable type, for stores whose fields have different ones.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CrdtError, GCounter, LwwRegister, MvRegister, OrSet, PnCounter, Sequence};

/// A value of any mergeable type.
///
/// # Examples
/// ```
/// use replication_lab::crdt::{Crdt, GCounter, OrSet};
///
/// let mut likes = Crdt::from(GCounter::default());
/// let refused = likes.merge(&Crdt::from(OrSet::default())).unwrap_err();
/// assert!(refused.to_string().starts_with("a G-Counter cannot merge an OR-Set: give a field one type"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crdt {
    /// A counter that only grows.
    GCounter(GCounter),
    /// A counter that goes both ways.
    PnCounter(PnCounter),
    /// Last write wins.
    LwwRegister(LwwRegister),
    /// All concurrent values.
    MvRegister(MvRegister),
    /// An observed-remove set.
    OrSet(OrSet),
    /// A text.
    Sequence(Sequence),
}

impl Crdt {
    /// Its type's name, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GCounter(_) => "a G-Counter",
            Self::PnCounter(_) => "a PN-Counter",
            Self::LwwRegister(_) => "an LWW-register",
            Self::MvRegister(_) => "an MV-register",
            Self::OrSet(_) => "an OR-Set",
            Self::Sequence(_) => "a sequence",
        }
    }

    /// Merges a state of the same type.
    ///
    /// # Errors
    /// When the types differ; then nothing changes.
    pub fn merge(&mut self, other: &Crdt) -> Result<(), CrdtError> {
        match (&mut *self, other) {
            (Self::GCounter(mine), Self::GCounter(theirs)) => mine.merge(theirs),
            (Self::PnCounter(mine), Self::PnCounter(theirs)) => mine.merge(theirs),
            (Self::LwwRegister(mine), Self::LwwRegister(theirs)) => mine.merge(theirs),
            (Self::MvRegister(mine), Self::MvRegister(theirs)) => mine.merge(theirs),
            (Self::OrSet(mine), Self::OrSet(theirs)) => mine.merge(theirs),
            (Self::Sequence(mine), Self::Sequence(theirs)) => mine.merge(theirs),
            (mine, theirs) => {
                return Err(CrdtError::DifferentTypes { mine: mine.kind(), theirs: theirs.kind() });
            }
        }
        Ok(())
    }
}

impl fmt::Display for Crdt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GCounter(state) => state.fmt(f),
            Self::PnCounter(state) => state.fmt(f),
            Self::LwwRegister(state) => state.fmt(f),
            Self::MvRegister(state) => state.fmt(f),
            Self::OrSet(state) => state.fmt(f),
            Self::Sequence(state) => state.fmt(f),
        }
    }
}

macro_rules! from {
    ($($kind:ident),+) => {
        $(impl From<$kind> for Crdt {
            fn from(state: $kind) -> Self {
                Self::$kind(state)
            }
        })+
    };
}

from!(GCounter, PnCounter, LwwRegister, MvRegister, OrSet, Sequence);
