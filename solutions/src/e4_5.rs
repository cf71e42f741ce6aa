//! E4.5 — Partition placement: which messages must stay together, and what that costs.

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
        // BEGIN SOLUTION todo!("which of {partitions} partitions keeps {message:?}, if {split:?} are split?")
        if partitions == 0 {
            return Err(NoPartitions);
        }
        let key = if split.contains(&message.conversation) { message.thread } else { message.conversation };
        let hash = stable_hash(&key.to_le_bytes());
        Ok((hash % partitions as u64) as usize)
        // END SOLUTION
    }

    fn loads(
        messages: &[Message],
        partitions: usize,
        split: &BTreeSet<u64>,
    ) -> Result<Vec<u64>, NoPartitions> {
        // BEGIN SOLUTION todo!("of {} messages, how many go to each of {partitions}, if {split:?} are split?", messages.len())
        if partitions == 0 {
            return Err(NoPartitions);
        }
        let mut loads = vec![0; partitions];
        for message in messages {
            let place = Self::partition_of(message, partitions, split)?;
            loads[place] += 1;
        }
        Ok(loads)
        // END SOLUTION
    }

    fn hottest_share(loads: &[u64]) -> f64 {
        // BEGIN SOLUTION todo!("which part of {loads:?} is in one place?")
        let all: u64 = loads.iter().sum();
        match loads.iter().max() {
            Some(most) if all > 0 => *most as f64 / all as f64,
            _ => 0.0,
        }
        // END SOLUTION
    }
}
