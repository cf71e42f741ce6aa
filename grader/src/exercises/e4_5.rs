//! E4.5 — Partition placement: which messages must stay together, and what that costs.

use std::collections::BTreeSet;
use std::fmt;

pub use replication_lab::time::Time;

use crate::exercise::Answer;

mod scenarios;

/// A message of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number, unique in all conversations.
    pub id: u64,
    /// The conversation that it belongs to. Its messages must be seen in their order.
    pub conversation: u64,
    /// The id of the message that began its thread: its own id, if it answers to nothing.
    pub thread: u64,
    /// Who wrote it.
    pub author: String,
    /// When it was sent.
    pub sent: Time,
    /// What it says. It may be edited later.
    pub text: String,
}

/// There are no partitions to place anything on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPartitions;

impl fmt::Display for NoPartitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are 0 partitions: a message needs at least one to be placed on")
    }
}

impl std::error::Error for NoPartitions {}

/// A hash that is the same on every machine, in every process, and in the next release (XXH3, 64 bits). Rust's own
/// hashers promise none of that: two servers would place one conversation differently. All bits of the result depend on
/// all bytes, so its remainder by any number of partitions is spread evenly.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(bytes)
}

/// What the learner writes. Each partition has its own leader and its own log, and is replicated by itself: some later,
/// some sooner. What is in one partition arrives in its order. Between two partitions there is no order.
pub trait Placement {
    /// The partition of a message, counted from 0. All messages of a conversation are in one partition, except for the
    /// conversations in `split`, which have outgrown one: of these, all messages of a *thread* are in one partition. The
    /// place depends on nothing that can change while the conversation goes on.
    ///
    /// # Errors
    /// Without partitions.
    fn partition_of(
        message: &Message,
        partitions: usize,
        split: &BTreeSet<u64>,
    ) -> Result<usize, NoPartitions>;

    /// How many of the messages are on each partition.
    ///
    /// # Errors
    /// Without partitions.
    fn loads(
        messages: &[Message],
        partitions: usize,
        split: &BTreeSet<u64>,
    ) -> Result<Vec<u64>, NoPartitions>;

    /// Which part of the whole load is on the partition that has most: from 0 to 1, and 0 if there is no load.
    fn hottest_share(loads: &[u64]) -> f64;
}

/// Wraps a learner's placement.
pub fn answer<P: Placement + 'static>() -> Answer {
    Answer::new("E4.5", scenarios::drive::<P>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
