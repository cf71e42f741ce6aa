//! E8.2 — Capacity planner.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_2::{CapacityError, Ceiling, Loads, Need, Plan};

/// The plan with the fewest nodes.
///
/// # Errors
/// `Writes` when the leader can't take the writes; else `Unreachable` when followers are needed and have no room for
/// reads.
pub fn plan(need: &Need) -> Result<Plan, CapacityError> {
    // BEGIN SOLUTION todo!("how many nodes for {need:?}, and how busy are they?")
    let leader_write = need.writes / need.node_writes;
    let most = match need.ceiling {
        Ceiling::OfReads(_) => 1.0,
        Ceiling::OfNode(most) => most,
    };
    if leader_write > most {
        return Err(CapacityError::Writes { target: need.writes, leader: need.node_writes * most });
    }
    let leader_room = if need.leader_reads { room(need, leader_write) } else { 0.0 };
    let follower_room = room(need, need.replay);
    let left = need.reads - leader_room;
    if left > 0.0 && follower_room <= 0.0 {
        return Err(CapacityError::Unreachable { target: need.reads, leader: leader_room });
    }
    let followers = if left > 0.0 { (left / follower_room).ceil() as u32 } else { 0 };
    let loads = |followers: u32| {
        let capacity = leader_room + follower_room * f64::from(followers);
        let used = if capacity > 0.0 { need.reads / capacity } else { 0.0 };
        let load = |taken: f64, room: f64| taken + used * room / need.node_reads;
        let follower = if followers > 0 { load(need.replay, follower_room) } else { 0.0 };
        Loads { capacity, leader: load(leader_write, leader_room), follower }
    };
    let with_spares = followers + need.failures;
    Ok(Plan { nodes: 1 + with_spares, before: loads(with_spares), after: loads(followers) })
    // END SOLUTION
}
// BEGIN SOLUTION

/// Reads a second that a node answers within the ceiling when writes or replay have taken a share of it.
fn room(need: &Need, taken: f64) -> f64 {
    match need.ceiling {
        Ceiling::OfReads(most) => need.node_reads * most * (1.0 - taken),
        Ceiling::OfNode(most) => need.node_reads * (most - taken).max(0.0),
    }
}
// END SOLUTION
