//! E1.3 — Read capacity.

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
    // BEGIN SOLUTION todo!("check {node_reads}, {leader_write}, {replay}; then add up a leader and {followers} followers")
    let (leader, follower) = per_node(node_reads, leader_write, replay)?;
    Ok(leader + follower * f64::from(followers))
    // END SOLUTION
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
    // BEGIN SOLUTION todo!("check {node_reads}, {leader_write}, {replay}, {target}; then: how many does it take?")
    let (leader, follower) = per_node(node_reads, leader_write, replay)?;
    check_amount(Input::TargetReads, target)?;
    if target <= leader {
        return Ok(0);
    }
    if follower == 0.0 {
        return Err(CapacityError::Unreachable { target, leader });
    }
    Ok(((target - leader) / follower).ceil() as u32)
    // END SOLUTION
}
// BEGIN SOLUTION

/// Reads a second that are left of the leader, and of a follower.
fn per_node(node_reads: f64, leader_write: f64, replay: f64) -> Result<(f64, f64), CapacityError> {
    check_amount(Input::NodeReads, node_reads)?;
    check_share(Input::LeaderWrite, leader_write)?;
    check_share(Input::Replay, replay)?;
    Ok((node_reads * (1.0 - leader_write), node_reads * (1.0 - replay)))
}

fn check_amount(input: Input, value: f64) -> Result<(), CapacityError> {
    if !value.is_finite() || value < 0.0 {
        return Err(CapacityError::Amount(input, value));
    }
    Ok(())
}

fn check_share(input: Input, value: f64) -> Result<(), CapacityError> {
    if !(0.0..=1.0).contains(&value) {
        return Err(CapacityError::Share(input, value));
    }
    Ok(())
}
// END SOLUTION
