//! What mergeable types refuse.

use std::fmt;

/// Why a mergeable type refuses a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrdtError {
    /// A replica's slot would pass what 64 bits hold.
    Overflow {
        /// Whose slot.
        replica: String,
        /// What it holds.
        slot: u64,
        /// What was to be added.
        by: u64,
    },
    /// A place beyond the end of a text.
    Beyond {
        /// The place, in characters from 0.
        index: usize,
        /// The text's length, in characters.
        length: usize,
        /// The last place that would do; nothing if there is none.
        last: Option<usize>,
    },
    /// Two states of different types.
    DifferentTypes {
        /// The type of the state that was to change.
        mine: &'static str,
        /// The type of the other one.
        theirs: &'static str,
    },
    /// An operation of another type.
    ForeignOperation {
        /// The type of the state.
        mine: &'static str,
        /// What was to be applied.
        operation: &'static str,
    },
}

impl fmt::Display for CrdtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow { replica, slot, by } => write!(
                f,
                "{replica}'s slot holds {slot} and cannot grow by {by}: a slot goes up to {}; count on under another \
                 replica's name",
                u64::MAX
            ),
            Self::Beyond { index, length, last: Some(last) } => {
                write!(f, "place {index} is beyond a text of {length} characters; take one from 0 to {last}")
            }
            Self::Beyond { index, last: None, .. } => {
                write!(f, "place {index} is beyond an empty text: there is nothing to delete; insert first")
            }
            Self::DifferentTypes { mine, theirs } => write!(
                f,
                "{mine} cannot merge {theirs}: give a field one type on all replicas, and a new name when its type \
                 changes"
            ),
            Self::ForeignOperation { mine, operation } => {
                write!(f, "{mine} cannot apply {operation}: send each operation to the type that made it")
            }
        }
    }
}

impl std::error::Error for CrdtError {}
