//! E4.4 — A sticky router with a token: reads that never go back, also when a follower dies.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_4::{
    FollowerState, LeaderState, NodeId, Position, Route, Router, Time, View, weight,
};

/// Sends each user to his follower, as long as that one shows what he needs.
#[derive(Debug)]
pub struct Sticky {
    // Choose what to remember here.
    // BEGIN SOLUTION
    patience: Time,
    // END SOLUTION
}

impl Router for Sticky {
    fn new(patience: Time) -> Self {
        // BEGIN SOLUTION todo!("a read waits {patience} at most")
        Self { patience }
        // END SOLUTION
    }

    fn home(&self, user: &str, view: &View) -> Option<NodeId> {
        // BEGIN SOLUTION todo!("of those in {view:?} that are up, to whom does {user} belong?")
        heaviest(user, view.followers.iter().filter(|follower| follower.up))
        // END SOLUTION
    }

    fn route(&self, user: &str, token: Position, waited: Time, view: &View) -> Route {
        // BEGIN SOLUTION todo!("who of {view:?} may answer {user}, who needs {token} and has waited {waited}?")
        let up = || view.followers.iter().filter(|follower| follower.up);
        if let Some(node) = heaviest(user, up().filter(|follower| follower.replayed >= token)) {
            return Route::Follower(node);
        }
        let may_wait = waited < self.patience;
        if may_wait && up().next().is_some() {
            return Route::Wait;
        }
        match view.leader {
            Some(leader) if leader.at >= token => Route::Leader(leader.node),
            _ if may_wait => Route::Wait,
            _ => Route::Refused,
        }
        // END SOLUTION
    }

    fn next_token(&self, token: Position, at: Position) -> Position {
        // BEGIN SOLUTION todo!("{token} came, and {at} was answered: what does he need from now on?")
        token.max(at)
        // END SOLUTION
    }
}
// BEGIN SOLUTION

/// Of these followers the one to which the user belongs.
fn heaviest<'a>(user: &str, followers: impl Iterator<Item = &'a FollowerState>) -> Option<NodeId> {
    followers.map(|follower| follower.node).max_by_key(|node| weight(user, *node))
}
// END SOLUTION
