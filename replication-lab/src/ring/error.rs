//! What can't be put on a ring.

use std::fmt;

/// What can't be put on a ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RingError {
    /// It is not on the ring.
    OffTheRing {
        /// The position.
        position: u64,
        /// The ring's size.
        size: u64,
    },
    /// Another node is there.
    Taken(u64),
    /// The node has a position already.
    Twice,
    /// A node that is to have no position at all.
    NoPositions,
    /// Two rings of different sizes have no positions in common.
    OtherSize {
        /// The ring's size.
        size: u64,
        /// The other ring's.
        other: u64,
    },
    /// More positions are wanted than the ring has.
    Crowded {
        /// Positions that are wanted.
        wanted: u64,
        /// The ring's size.
        size: u64,
    },
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OffTheRing { position, size } => {
                write!(f, "position {position} is not on a ring of {size}: choose one below {size}")
            }
            Self::Taken(position) => write!(f, "position {position} is taken: choose another"),
            Self::Twice => f.write_str("the node is on the ring already: remove it first"),
            Self::NoPositions => f.write_str("a node without positions gets no keys: give it at least one"),
            Self::OtherSize { size, other } => {
                write!(f, "a ring of {other} does not fit on a ring of {size}: build both with the same size")
            }
            Self::Crowded { wanted, size } => {
                write!(f, "{wanted} positions on a ring of {size}: choose a larger ring")
            }
        }
    }
}

impl std::error::Error for RingError {}
