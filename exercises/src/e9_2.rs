//! E9.2 — The read-your-writes router (34 points)
//!
//! The full drill of the interview: one leader, followers that lag, and users who must not miss their own writes. You write
//! the router that decides for every read where it goes. The usual first answer sends a user to the leader for five seconds
//! after a write. It fails twice: when the lag is six seconds, and when so many users write that the leader drowns in reads.
//!
//! Here nothing depends on a clock. A user *needs* a position: the highest of what he wrote and what he has seen. A read
//! goes to any follower that has **replayed** it. What he has seen counts too, so that a page never jumps back when the next
//! read meets a slower follower. The rules stand at `Router::route_read`. What to watch:
//!
//! - Positions are (epoch, number). After a failover a lower number can be the later one.
//! - Reports come in any order; what is needed never goes down.
//! - All followers that qualify share the load, by the random number that is given to you.
//! - A short wait for a follower that is nearly there spares the leader. A leader that is busy gets no more reads.
//! - The router must not grow for ever: what every follower has is forgotten, and kept as one lower bound for all.
//! - A user's other devices bring a token.
//!
//! Simplified here: what a user needs holds for all his reads, whichever rows they are of. Real routers do the same by
//! session (MongoDB's `afterClusterTime`, the `WAIT FOR` of MySQL's GTIDs), or keep a position for each table or key.
//!
//! Check it with `cargo course check E9.2`, or with
//! `cargo test -p exercises e9_2`. Stuck? `cargo course hint E9.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_2::{
    FollowerState, LeaderState, NodeId, Position, Route, Router, Settings, Time, View,
};

/// Knows what each user needs.
#[derive(Debug)]
pub struct Tracker {
    // Choose what to remember here.
}

impl Router for Tracker {
    fn new(settings: Settings) -> Self {
        todo!("a router that knows of nobody, with {settings:?}")
    }

    fn record_write(&mut self, user: &str, at: Position) {
        todo!("{user} has written at {at}: what does he need now?")
    }

    fn record_read(&mut self, user: &str, at: Position) {
        todo!("{user} has seen {at}: what does he need now?")
    }

    fn route_read(&mut self, user: &str, waited: Time, view: &View, draw: u64) -> Route {
        todo!("what does {user} need? who of {view:?} has it? (waited {waited}, draw {draw})")
    }

    fn token(&self, user: &str) -> Position {
        todo!("what does {user} need?")
    }

    fn with_token(&mut self, user: &str, token: Position) {
        todo!("{user} comes from elsewhere, and needs {token}")
    }

    fn forget_replicated(&mut self, view: &View) {
        todo!("what has everybody in {view:?} replayed?")
    }

    fn remembered(&self) -> usize {
        todo!("how many users?")
    }
}
