//! E8.2 — Capacity planner: from a demand to a number of nodes, and how busy they are before and after a failure.

pub use replication_lab::capacity::CapacityError;
pub use replication_lab::capacity::planner::{Ceiling, Need};
use serde::Serialize;

use crate::exercise::Answer;

mod scenarios;

/// A plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// All nodes: the leader, the followers that it takes, and one follower more for each failure to be borne.
    pub nodes: u32,
    /// With all nodes up.
    pub before: Loads,
    /// After as many failures as are to be borne. If the leader failed, a follower leads: the others are one leader
    /// and its followers in any case.
    pub after: Loads,
}

/// What the nodes can do, and what they do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Loads {
    /// Reads a second that all of them together can answer within the ceiling.
    pub capacity: f64,
    /// The leader's load, its writes and its part of the reads that are asked for: 1 is all that it has.
    pub leader: f64,
    /// One follower's load, its replay and its part of the reads; 0 if there is no follower.
    pub follower: f64,
}

/// What the learner writes: the plan with the fewest nodes. The reads that are asked for are spread over the nodes by
/// what each can answer within the ceiling.
///
/// # Errors
/// [`CapacityError::Writes`] when the leader can't take the writes; else [`CapacityError::Unreachable`] when
/// followers are needed, and one has no room for reads.
pub type Planner = fn(need: &Need) -> Result<Plan, CapacityError>;

/// Wraps a learner's planner.
pub fn answer(plan: Planner) -> Answer {
    Answer::new("E8.2", move |task, notes| scenarios::drive(plan, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
