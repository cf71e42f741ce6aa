//! E4.4 — A sticky router with a token (30 points)
//!
//! Sticky sessions keep time from running backwards: whoever always reads from the *same* follower never sees an older
//! state after a newer one. They don't show a user his own write (his follower may lack it), and when his follower dies the
//! next one may be further behind. Then the comments that he saw are gone.
//!
//! Repair both with a **token**: the highest position that a user has written or seen. It travels in a cookie, so the router
//! keeps nothing. Each user has a *home*, and goes elsewhere only when his home can't show what the token says:
//!
//! - Home by hash, such that few move: when a follower dies, only *its* users find a new home, and spread over all that are
//!   left. With `hash % number of followers`, nearly everybody moves, and all caches are cold at once.
//! - A read goes to a follower that has **replayed** the token, home first. If none has: it waits a moment, then the leader.
//! - The token never goes down, and positions have an epoch.
//!
//! Exercise E9.2 is the other half of this drill: there the router remembers the users, shares the load, and spares a busy
//! leader. Simplified here: who is up is known at once, and nobody changes his own cookie (a real one is signed).
//!
//! Check it with `cargo course check E4.4`, or with
//! `cargo test -p exercises e4_4`. Stuck? `cargo course hint E4.4`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_4::{
    FollowerState, LeaderState, NodeId, Position, Route, Router, Time, View, weight,
};

/// Sends each user to his follower, as long as that one shows what he needs.
#[derive(Debug)]
pub struct Sticky {
    // Choose what to remember here.
}

impl Router for Sticky {
    fn new(patience: Time) -> Self {
        todo!("a read waits {patience} at most")
    }

    fn home(&self, user: &str, view: &View) -> Option<NodeId> {
        todo!("of those in {view:?} that are up, to whom does {user} belong?")
    }

    fn route(&self, user: &str, token: Position, waited: Time, view: &View) -> Route {
        todo!("who of {view:?} may answer {user}, who needs {token} and has waited {waited}?")
    }

    fn next_token(&self, token: Position, at: Position) -> Position {
        todo!("{token} came, and {at} was answered: what does he need from now on?")
    }
}
