//! E9.2 — A router that lets users read their own writes.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_2::{
    FollowerState, LeaderState, NodeId, Position, Route, Router, Settings, Time, View,
};

/// Knows what each user needs.
#[derive(Debug)]
pub struct Tracker {
    // Choose what to remember here.
    // BEGIN SOLUTION
    settings: Settings,
    needs: BTreeMap<String, Position>,
    // The highest position that was forgotten: everybody needs that.
    floor: Position,
    // END SOLUTION
}

impl Router for Tracker {
    fn new(settings: Settings) -> Self {
        // BEGIN SOLUTION todo!("a router that knows of nobody, with {settings:?}")
        Self { settings, needs: BTreeMap::new(), floor: Position::default() }
        // END SOLUTION
    }

    fn record_write(&mut self, user: &str, at: Position) {
        // BEGIN SOLUTION todo!("{user} has written at {at}: what does he need now?")
        self.raise(user, at);
        // END SOLUTION
    }

    fn record_read(&mut self, user: &str, at: Position) {
        // BEGIN SOLUTION todo!("{user} has seen {at}: what does he need now?")
        self.raise(user, at);
        // END SOLUTION
    }

    fn route_read(&mut self, user: &str, waited: Time, view: &View, draw: u64) -> Route {
        // BEGIN SOLUTION todo!("what does {user} need? who of {view:?} has it? (waited {waited}, draw {draw})")
        let needed = self.token(user);
        let up = || view.followers.iter().filter(|follower| follower.up);
        let ready: Vec<NodeId> =
            up().filter(|follower| follower.replayed >= needed).map(|follower| follower.node).collect();
        if !ready.is_empty() {
            return Route::Follower(ready[(draw % ready.len() as u64) as usize]);
        }
        let may_wait = waited < self.settings.patience;
        if may_wait && up().any(|follower| self.is_near(follower.replayed, needed)) {
            return Route::Wait;
        }
        match view.leader {
            Some(leader) if leader.at >= needed && leader.reads < self.settings.leader_reads => {
                Route::Leader(leader.node)
            }
            _ if may_wait => Route::Wait,
            _ => Route::Refused,
        }
        // END SOLUTION
    }

    fn token(&self, user: &str) -> Position {
        // BEGIN SOLUTION todo!("what does {user} need?")
        self.needs.get(user).copied().unwrap_or_default().max(self.floor)
        // END SOLUTION
    }

    fn with_token(&mut self, user: &str, token: Position) {
        // BEGIN SOLUTION todo!("{user} comes from elsewhere, and needs {token}")
        self.raise(user, token);
        // END SOLUTION
    }

    fn forget_replicated(&mut self, view: &View) {
        // BEGIN SOLUTION todo!("what has everybody in {view:?} replayed?")
        let everybody = view.followers.iter().map(|follower| follower.replayed).min();
        let Some(everybody) = everybody else { return };
        let dropped = self.needs.extract_if(.., |_, needed| *needed <= everybody);
        self.floor = dropped.map(|(_, needed)| needed).chain([self.floor]).max().unwrap_or_default();
        // END SOLUTION
    }

    fn remembered(&self) -> usize {
        // BEGIN SOLUTION todo!("how many users?")
        self.needs.len()
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Tracker {
    fn raise(&mut self, user: &str, at: Position) {
        if at > self.token(user) {
            self.needs.insert(user.to_owned(), at);
        }
    }

    /// Whether it is worth waiting for a follower.
    fn is_near(&self, replayed: Position, needed: Position) -> bool {
        replayed.epoch == needed.epoch && needed.lsn - replayed.lsn <= self.settings.near
    }
}
// END SOLUTION
