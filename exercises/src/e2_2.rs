//! E2.2 — The failover, carried out (18 points)
//!
//! It is decided: F1 takes over from L. Now carry it out, so that at no moment two nodes can write, that it comes to its
//! end although something always fails, and that it doesn't matter if your controller crashes in the middle. In this order:
//!
//! 1. **Shut the old leader out.** Fence it. If the device doesn't confirm that, has its lease run out for certain? If
//!    neither: stop, and promote nobody.
//! 2. **Wait for the replay**, at most `replay_limit` a step.
//! 3. **Promote** the winner, into the next epoch.
//! 4. **Bring the other followers over.** One whose log goes beyond the fork, in the old epoch, is rewound first. One that
//!    fails is counted and does not hold up the rest: always try the one with the fewest failures, then the plan's order,
//!    and each at most `attempts` times.
//! 5. **Publish** the endpoint, and **verify** it. A check that fails is a state, not a panic: stop, and try again.
//! 6. **Let the old leader in again**, as a follower, the same way. Then say who is left over.
//!
//! `step` does *one* operation that changes something, writes what came of it into the journal, and returns. The journal is
//! saved between steps. After a crash the last saved one is handed to you again: an operation may then be done a second
//! time, but nothing may be skipped. `Stopped` does not end the failover: `step` is called again later.
//!
//! Not all systems fence. Patroni has no fencing device: its leader holds a lease (a key with a TTL) and steps down when it
//! can't renew it, with a watchdog as a net. Raft needs neither for its log: a majority ignores the old term.
//!
//! Check it with `cargo course check E2.2`, or with
//! `cargo test -p exercises e2_2`. Stuck? `cargo course hint E2.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_2::{ClusterOps, Failed, Failover, Journal, NodeId, Plan, Position, Status, Stop};

/// Carries a failover out. All that it remembers is in the journal.
pub struct Controller;

impl Failover for Controller {
    fn step(plan: &Plan, journal: &mut Journal, ops: &mut dyn ClusterOps) -> Status {
        let _ = ops;
        todo!("what does {journal:?} not have yet of {plan:?}? Do the first of it, and return")
    }
}

/// Makes sure that the old leader can't write.
pub fn shut_out(plan: &Plan, journal: &mut Journal, ops: &mut dyn ClusterOps) -> Status {
    let _ = (journal, ops);
    todo!("fence {:?}; if nobody confirms that, has its lease run out?", plan.old_leader)
}

/// Of these nodes, the one to try next: it does not follow yet, it has attempts left, and it has failed the fewest
/// times.
pub fn next_to_try(nodes: &[NodeId], plan: &Plan, journal: &Journal) -> Option<NodeId> {
    todo!("which of {nodes:?} is next, with {journal:?} and {} attempts for each?", plan.attempts)
}

/// Takes a node one operation further on its way to follow the new leader; counts a failure.
pub fn bring_over(
    node: NodeId,
    fork: Position,
    plan: &Plan,
    journal: &mut Journal,
    ops: &mut dyn ClusterOps,
) {
    let _ = (plan, journal, ops);
    todo!("is {node:?} beyond {fork}, in the old epoch? Rewind it. Else let it follow, or in again")
}

/// Goes on if this succeeded.
pub fn going_if(succeeded: bool, stop: Stop) -> Status {
    match succeeded {
        true => Status::Going,
        false => Status::Stopped(stop),
    }
}
