//! E2.1 — The failover decision: whether to depose a silent leader, and who follows.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_1::{Controller, Decision, Follower, Nearest, Policy, Position, Sight, View};

/// Decides, and remembers nothing: the same view gives the same decision.
pub struct Watcher;

impl Controller for Watcher {
    fn is_silent(policy: &Policy, sight: &Sight) -> bool {
        // BEGIN SOLUTION todo!("how long has the maker of {sight:?} heard nothing, and is that too long for {policy:?}?")
        sight.now - sight.last_heartbeat >= policy.detection_timeout
        // END SOLUTION
    }

    fn furthest(published: Option<Position>, followers: &[Follower]) -> Position {
        // BEGIN SOLUTION todo!("the highest of {published:?} and what any of {followers:?} has received")
        let received = followers.iter().map(|follower| follower.received);
        received.chain(published).max().unwrap_or_default()
        // END SOLUTION
    }

    fn lag(furthest: Position, received: Position) -> Option<u64> {
        // BEGIN SOLUTION todo!("how far is {received} behind {furthest}, and can that be said at all?")
        (received.epoch == furthest.epoch).then(|| furthest.lsn - received.lsn)
        // END SOLUTION
    }

    fn decide(policy: &Policy, view: &View) -> Decision {
        // BEGIN SOLUTION todo!("look for a reason not to fail over, in the order of `Decision`; {policy:?}, {view:?}")
        let silent = view.observers.iter().flatten().filter(|sight| Self::is_silent(policy, sight)).count();
        let of = view.observers.len();
        if silent == 0 {
            return Decision::Wait;
        }
        if 2 * silent <= of {
            return Decision::NoMajority { silent, of };
        }
        let Some(dcs) = &view.dcs else { return Decision::NoDcs };
        if dcs.failed_over >= Some(view.epoch) {
            return Decision::AlreadyDone;
        }
        let furthest = Self::furthest(dcs.published, &view.followers);
        let lives = |follower: &&Follower| view.now - follower.last_heartbeat < policy.detection_timeout;
        let lags = view.followers.iter().filter(lives).filter_map(|follower| {
            let lag = Self::lag(furthest, follower.received)?;
            Some((lag, follower.node))
        });
        match lags.min() {
            Some((lag, node)) if lag <= policy.max_lag => {
                Decision::Promote { node, epoch: view.epoch + 1, missing: lag }
            }
            nearest => Decision::NoCandidate { nearest: nearest.map(|(lag, node)| Nearest { node, lag }) },
        }
        // END SOLUTION
    }
}
