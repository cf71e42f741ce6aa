//! What a server keeps of one key.

use std::fmt;

use super::scheme::Scheme;
use crate::causality::{Dot, VersionVector};
use crate::time::Time;

/// A value of a key, or a deletion, with what its writer had seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling<V = String> {
    /// The value. Nothing: the key was deleted, and this is the tombstone.
    pub value: Option<V>,
    /// What its writer had seen.
    pub context: VersionVector,
    /// The event that wrote it.
    pub dot: Dot,
    /// What the clock of the server that took it showed.
    pub at: Time,
}

impl<V> Sibling<V> {
    /// Context and dot in one vector: as schemes without dots have it. It cannot tell {A:1} with dot (A,3) from
    /// {A:3}.
    pub fn vector(&self) -> VersionVector {
        let mut vector = self.context.clone();
        vector.add(&self.dot);
        vector
    }

    /// What orders last writes: the stamp, then the server, then its count.
    pub(super) fn stamp(&self) -> (Time, &Dot) {
        (self.at, &self.dot)
    }
}

/// All that a server keeps of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<V = String> {
    /// How it is kept.
    pub scheme: Scheme,
    /// Everything that has been seen here: the contexts of all writes, and their dots.
    pub seen: VersionVector,
    /// Values and tombstones, in the order in which they came; after a sync, in the order of their dots.
    pub siblings: Vec<Sibling<V>>,
}

impl<V: Clone> Record<V> {
    /// Nothing, so far.
    pub(super) fn new(scheme: Scheme) -> Self {
        Self { scheme, seen: VersionVector::default(), siblings: Vec::new() }
    }

    /// The values, without tombstones.
    pub fn values(&self) -> Vec<V> {
        self.siblings.iter().filter_map(|sibling| sibling.value.clone()).collect()
    }

    /// What a reader has seen, to be passed with its next write.
    pub fn context(&self) -> VersionVector {
        match self.scheme {
            Scheme::LastWriteWins => VersionVector::default(),
            _ => self.seen.clone(),
        }
    }
}

impl<V: fmt::Display> fmt::Display for Record<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |sibling: &Sibling<V>| match &sibling.value {
            Some(value) => value.to_string(),
            None => "†".to_owned(),
        };
        let one = |sibling: &Sibling<V>| match self.scheme {
            Scheme::LastWriteWins => format!("{} {} {}", value(sibling), sibling.at, sibling.dot.server),
            Scheme::ClientVector | Scheme::ServerVector | Scheme::MaxPlusOne => {
                format!("{} {}", value(sibling), sibling.vector())
            }
            Scheme::MergedVector => value(sibling),
            Scheme::Dotted => format!("{} {}{}", value(sibling), sibling.dot, sibling.context),
        };
        let siblings = self.siblings.iter().map(one).collect::<Vec<_>>().join(" | ");
        match self.scheme {
            Scheme::MergedVector => write!(f, "{siblings} {}", self.seen),
            _ => f.write_str(&siblings),
        }
    }
}
