//! E4.5 — Partition placement (15 points)
//!
//! Ann asks “How much is it?”, bob answers “$42”. The question is on partition A, whose followers are 800 ms late, and the
//! answer on partition B, whose are 50 ms late. Cat looks after 300 ms, and sees an answer without a question.
//!
//! No router mends that, and no token: it is a matter of *placement*. Each partition has a log of its own. What is in one log
//! arrives in its order; between two logs there is no order. Choose the partition so that
//!
//! - each conversation is seen in its order, by every reader, however late any partition is;
//! - the load is spread all the same, whatever the ids look like;
//! - a message stays where it is when it is edited, or sent again.
//!
//! Then look at the price. `loads` and `hottest_share` show what a conversation costs that has grown too large: all of it is
//! on one partition. If somebody puts it on the list `split`, spread it by *threads*: an answer still follows its question,
//! and the order between two threads is what you give up.
//!
//! `stable_hash` is the same on every machine. A hasher of Rust's standard library promises no such thing.
//!
//! Check it with `cargo course check E4.5`, or with
//! `cargo test -p exercises e4_5`. Stuck? `cargo course hint E4.5`.

use std::collections::BTreeSet;

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_5::{Message, NoPartitions, Placement, stable_hash};

/// Knows where each message goes.
pub struct Placed;

impl Placement for Placed {
    fn partition_of(
        message: &Message,
        partitions: usize,
        split: &BTreeSet<u64>,
    ) -> Result<usize, NoPartitions> {
        todo!("which of {partitions} partitions keeps {message:?}, if {split:?} are split?")
    }

    fn loads(
        messages: &[Message],
        partitions: usize,
        split: &BTreeSet<u64>,
    ) -> Result<Vec<u64>, NoPartitions> {
        todo!("of {} messages, how many go to each of {partitions}, if {split:?} are split?", messages.len())
    }

    fn hottest_share(loads: &[u64]) -> f64 {
        todo!("which part of {loads:?} is in one place?")
    }
}
