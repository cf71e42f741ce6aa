//! A limit to siblings.

use std::fmt;

use crate::causality::CounterOverflow;

/// How many siblings a key may have. Default, as in Riak KV: from 25 on the server warns, and what would make more than
/// 100 it refuses (settings `warn_siblings` and `max_siblings` of a bucket type).
///
/// Tombstones count. Only clients are refused. What comes from another server is taken in: the two could never agree else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiblingLimit {
    /// From so many on, the server warns.
    pub warn: usize,
    /// More than so many are refused.
    pub most: usize,
}

impl Default for SiblingLimit {
    fn default() -> Self {
        Self { warn: 25, most: 100 }
    }
}

/// A write that a store does not take. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// It would be one sibling too many.
    TooManySiblings {
        /// The key.
        key: String,
        /// How many there may be.
        most: usize,
    },
    /// The counter is at its end.
    Overflow(CounterOverflow),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySiblings { key, most } => write!(
                f,
                "{key} has {most} siblings, and more are not taken: read it, merge the values, and write with the \
                 context of that read"
            ),
            Self::Overflow(overflow) => overflow.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<CounterOverflow> for StoreError {
    fn from(overflow: CounterOverflow) -> Self {
        Self::Overflow(overflow)
    }
}
