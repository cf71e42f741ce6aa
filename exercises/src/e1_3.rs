//! E1.3 — Read capacity (9 points)
//!
//! A node answers 50,000 reads a second when it does nothing else. The leader spends half of itself on writes. Every
//! follower replays every write, and that takes 30 % of it. All of them answer reads.
//!
//! - `read_capacity(node_reads, leader_write, replay, followers)`: how many reads a second is that?
//! - `followers_needed(node_reads, leader_write, replay, target)`: the fewest followers for `target` reads a second.
//!
//! `leader_write` and `replay` are shares from 0 to 1. Refuse the first argument that is wrong; `Input` names it. Where
//! no number of followers is enough, say so: `CapacityError::Unreachable`, with what the leader can do alone.
//!
//! Check it with `cargo course check E1.3`, or with
//! `cargo test -p exercises e1_3`. Stuck? `cargo course hint E1.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_3::{CapacityError, Input};

/// Reads a second of a leader and `followers` followers, if all of them answer reads.
///
/// # Errors
/// When `node_reads` is no amount (below 0, infinite or NaN), then when `leader_write` or `replay` is not from 0 to 1.
pub fn read_capacity(
    node_reads: f64,
    leader_write: f64,
    replay: f64,
    followers: u32,
) -> Result<f64, CapacityError> {
    todo!("check {node_reads}, {leader_write}, {replay}; then add up a leader and {followers} followers")
}

/// The fewest followers with which `target` reads a second are answered.
///
/// # Errors
/// As `read_capacity`, then when `target` is no amount, then when no number of followers is enough.
pub fn followers_needed(
    node_reads: f64,
    leader_write: f64,
    replay: f64,
    target: f64,
) -> Result<u32, CapacityError> {
    todo!("check {node_reads}, {leader_write}, {replay}, {target}; then: how many does it take?")
}
