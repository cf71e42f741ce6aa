//! What a store keeps.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::time::Time;

/// A row of a partition. The rows of a partition lie beside each other, in their order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The partition.
    pub partition: SmolStr,
    /// The row's place in it.
    pub row: u64,
}

impl Key {
    /// A row of a partition.
    pub fn new(partition: &str, row: u64) -> Self {
        Self { partition: partition.into(), row }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.partition, self.row)
    }
}

/// What was written at a key: a value, or a deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// When, by the writer's clock.
    pub stamp: Time,
    /// The value. Nothing: it was deleted, and this is the tombstone.
    pub value: Option<String>,
}

impl Cell {
    /// A value.
    pub fn live(value: &str, stamp: Time) -> Self {
        Self { stamp, value: Some(value.to_owned()) }
    }

    /// A tombstone.
    pub fn tombstone(stamp: Time) -> Self {
        Self { stamp, value: None }
    }

    /// Whether it is a deletion.
    pub fn is_tombstone(&self) -> bool {
        self.value.is_none()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} s", self.value.as_deref().unwrap_or("†"), self.stamp.as_us() as f64 / 1e6)
    }
}

/// Cells by their keys.
pub type Rows = BTreeMap<Key, Cell>;
