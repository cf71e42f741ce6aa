//! E2.1 — The failover decision (20 points)
//!
//! The leader is silent. Is it dead, or does only your network say so? Whom do you promote, and what is lost? Write the
//! decision, without carrying anything out: plain data goes in, a `Decision` comes out.
//!
//! Look for a reason *not* to fail over, in this order, and name the first one that you find:
//!
//! 1. No observer finds the leader silent: `Wait`. (Silence of exactly the timeout is too long here.)
//! 2. Some do, but no majority of *all* observers: `NoMajority`. An observer that can't be reached counts as one who
//!    doesn't.
//! 3. The coordination store can't be reached: `NoDcs`.
//! 4. This epoch's leader was deposed before: `AlreadyDone`.
//! 5. Nobody may be promoted: `NoCandidate`. A candidate lives (it was heard less than the timeout ago), its log is of the
//!    same epoch as the furthest position, and it is at most `max_lag` behind that.
//!
//! Else promote the candidate that has *received* most, into the next epoch. Equals: the lower node id.
//!
//! What the types settle already: there is no wall clock. All times are of monotonic clocks, which never jump; but each
//! machine has its own, so times of two machines can't be subtracted. Simplified here: one look decides. A real controller
//! also asks whether the lag was small *before* the leader died.
//!
//! Check it with `cargo course check E2.1`, or with
//! `cargo test -p exercises e2_1`. Stuck? `cargo course hint E2.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e2_1::{Controller, Decision, Follower, Nearest, Policy, Position, Sight, View};

/// Decides, and remembers nothing: the same view gives the same decision.
pub struct Watcher;

impl Controller for Watcher {
    fn is_silent(policy: &Policy, sight: &Sight) -> bool {
        todo!("how long has the maker of {sight:?} heard nothing, and is that too long for {policy:?}?")
    }

    fn furthest(published: Option<Position>, followers: &[Follower]) -> Position {
        todo!("the highest of {published:?} and what any of {followers:?} has received")
    }

    fn lag(furthest: Position, received: Position) -> Option<u64> {
        todo!("how far is {received} behind {furthest}, and can that be said at all?")
    }

    fn decide(policy: &Policy, view: &View) -> Decision {
        todo!("look for a reason not to fail over, in the order of `Decision`; {policy:?}, {view:?}")
    }
}
