//! E2.2 — The failover, carried out: in order, once, and to the end, though the controller itself may crash.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_2::{ClusterOps, Failed, Failover, Journal, NodeId, Plan, Position, Status, Stop};

/// Carries a failover out. All that it remembers is in the journal.
pub struct Controller;

impl Failover for Controller {
    fn step(plan: &Plan, journal: &mut Journal, ops: &mut dyn ClusterOps) -> Status {
        // BEGIN SOLUTION let _ = ops;\ntodo!("what does {journal:?} not have yet of {plan:?}? Do the first of it, and return")
        let (winner, epoch) = (plan.winner, plan.old_epoch + 1);
        if !journal.shut_out {
            return shut_out(plan, journal, ops);
        }
        if !journal.replayed {
            journal.replayed = ops.wait_replay(winner, plan.replay_limit).is_ok();
            return going_if(journal.replayed, Stop::NotReplayed);
        }
        let Some(fork) = journal.fork else {
            journal.fork = ops.promote(winner, epoch).ok();
            return going_if(journal.fork.is_some(), Stop::NotPromoted);
        };
        let followers: Vec<NodeId> = plan.followers.iter().copied().filter(|node| *node != winner).collect();
        if let Some(node) = next_to_try(&followers, plan, journal) {
            bring_over(node, fork, plan, journal, ops);
            return Status::Going;
        }
        if !journal.published {
            journal.published = ops.publish(winner, epoch).is_ok();
            return going_if(journal.published, Stop::NotPublished);
        }
        if !journal.verified {
            journal.verified = ops.verify(winner, epoch).is_ok();
            return going_if(journal.verified, Stop::NotVerified);
        }
        if let Some(node) = next_to_try(&[plan.old_leader], plan, journal) {
            bring_over(node, fork, plan, journal, ops);
            return Status::Going;
        }
        let all = followers.into_iter().chain([plan.old_leader]);
        Status::Done { left_over: all.filter(|node| !journal.following.contains(node)).collect() }
        // END SOLUTION
    }
}

/// Makes sure that the old leader can't write.
pub fn shut_out(plan: &Plan, journal: &mut Journal, ops: &mut dyn ClusterOps) -> Status {
    // BEGIN SOLUTION let _ = (journal, ops);\ntodo!("fence {:?}; if nobody confirms that, has its lease run out?", plan.old_leader)
    let old = plan.old_leader;
    journal.shut_out = ops.fence(old).is_ok() || ops.lease_expired(old);
    going_if(journal.shut_out, Stop::NotShutOut)
    // END SOLUTION
}

/// Of these nodes, the one to try next: it does not follow yet, it has attempts left, and it has failed the fewest
/// times.
pub fn next_to_try(nodes: &[NodeId], plan: &Plan, journal: &Journal) -> Option<NodeId> {
    // BEGIN SOLUTION todo!("which of {nodes:?} is next, with {journal:?} and {} attempts for each?", plan.attempts)
    let failures = |node: &NodeId| journal.failed.get(node).copied().unwrap_or(0);
    let open = nodes.iter().copied().filter(|node| !journal.following.contains(node));
    open.filter(|node| failures(node) < plan.attempts).min_by_key(failures)
    // END SOLUTION
}

/// Takes a node one operation further on its way to follow the new leader; counts a failure.
pub fn bring_over(
    node: NodeId,
    fork: Position,
    plan: &Plan,
    journal: &mut Journal,
    ops: &mut dyn ClusterOps,
) {
    // BEGIN SOLUTION let _ = (plan, journal, ops);\ntodo!("is {node:?} beyond {fork}, in the old epoch? Rewind it. Else let it follow, or in again")
    let (winner, epoch) = (plan.winner, plan.old_epoch + 1);
    let tried = ops.received(node).and_then(|received| {
        if received.epoch <= fork.epoch && received > fork {
            return ops.rewind(node, fork);
        }
        match node == plan.old_leader {
            true => ops.readmit(node, winner, epoch)?,
            false => ops.repoint(node, winner, epoch)?,
        }
        journal.following.insert(node);
        Ok(())
    });
    if tried.is_err() {
        *journal.failed.entry(node).or_default() += 1;
    }
    // END SOLUTION
}

/// Goes on if this succeeded.
pub fn going_if(succeeded: bool, stop: Stop) -> Status {
    match succeeded {
        true => Status::Going,
        false => Status::Stopped(stop),
    }
}
