//! E8.2 — Capacity planner (16 points)
//!
//! 200,000 reads and 5,000 writes a second are asked for. A node can do 50,000 reads a second, or 10,000 writes. How many
//! nodes is that? “200 / 50 = 4” forgets that every write costs every node something; and a plan that fits exactly has
//! nothing left on the day when a node fails.
//!
//! `plan(need)` gives the fewest nodes, and how busy they are.
//!
//! - The leader spends `writes / node_writes` of itself on writes. A follower spends `replay` of itself on replay.
//! - The **ceiling** says how much of a node may be used. `OfReads(c)`: c of *what writes or replay leave* may answer
//!   reads. `OfNode(c)`: writes, or replay, and reads together may take c of *the whole node*. One number, two plans: 12
//!   nodes or 20.
//! - With `leader_reads` the leader answers reads too. Without, it only writes.
//! - The ceiling still holds when `failures` nodes are gone. Whichever they are: if the leader is among them, a follower
//!   leads, and what remains is a leader and its followers.
//! - The reads that are asked for go to the nodes by what each can answer within the ceiling. If that is 25,000 for the
//!   leader and 35,000 for a follower, they get reads as 25 to 35.
//!
//! Two needs have no plan. If writes alone take more of the leader than 1, or than c in `OfNode(c)`, it is `Writes`, with
//! the writes that one leader takes within that. If followers are needed and have no room for reads, it is `Unreachable`,
//! with what the leader can read alone. In every need that you get, shares are from 0 to 1, amounts are finite and not
//! negative, and a node can do something. Nothing lies within a rounding error of a whole number of nodes, so you need no
//! tolerance.
//!
//! Check it with `cargo course check E8.2`, or with
//! `cargo test -p exercises e8_2`. Stuck? `cargo course hint E8.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_2::{CapacityError, Ceiling, Loads, Need, Plan};

/// The plan with the fewest nodes.
///
/// # Errors
/// `Writes` when the leader can't take the writes; else `Unreachable` when followers are needed and have no room for
/// reads.
pub fn plan(need: &Need) -> Result<Plan, CapacityError> {
    todo!("how many nodes for {need:?}, and how busy are they?")
}
