//! E9.2 — A router that lets users read their own writes.

use std::fmt::Debug;

pub use replication_lab::log::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;

pub use super::routing::{FollowerState, LeaderState, MOMENT, Route, View};
use crate::attack::asked;
use crate::exercise::Answer;

mod attack;
mod scenarios;

/// What a read may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// A read waits for a follower no longer than this.
    pub patience: Time,
    /// A follower that lacks at most so many entries is worth waiting for.
    pub near: u64,
    /// The leader gets a read only while it serves fewer than this: it has the writes to do.
    pub leader_reads: u32,
}

/// What the learner writes. What each user needs is a [`Position`]: his reads must show everything up to there. It is
/// the highest of what he has written and what he has seen, and a session on another device may have told it.
pub trait Router: Debug + Sized {
    /// A router that knows of nobody.
    fn new(settings: Settings) -> Self;

    /// A write of this user was made at this position. Two writes of one user may be recorded in any order.
    fn record_write(&mut self, user: &str, at: Position);

    /// A server that shows this position has answered this user: he must not see an older state from now on.
    fn record_read(&mut self, user: &str, at: Position);

    /// Where does this user's read go, which has waited so long already? In this order:
    ///
    /// 1. To a follower that is up and has *replayed* what the user needs. If there are several, in the order of the
    ///    view: to the one at place `draw` modulo their number, counted from 0.
    /// 2. If one that is up is in the epoch of what he needs, and lacks at most [`near`](Settings::near) entries: it
    ///    waits, until it has waited for [`patience`](Settings::patience).
    /// 3. To the leader, if that one shows what the user needs (one that was deposed and does not know may not), and
    ///    serves fewer than [`leader_reads`](Settings::leader_reads) reads.
    /// 4. It waits, until it has waited for [`patience`](Settings::patience).
    /// 5. It is refused.
    ///
    /// `draw` is a random number: the router draws none itself.
    fn route_read(&mut self, user: &str, waited: Time, view: &View, draw: u64) -> Route;

    /// What this user needs now, for a cookie: another router, or another device, can take it from there.
    /// [`Position::default`] if it is nothing.
    fn token(&self, user: &str) -> Position;

    /// A token of this user comes from elsewhere.
    fn with_token(&mut self, user: &str, token: Position);

    /// Is called now and then. What *every* follower of the view has replayed need not be remembered by user any more;
    /// also followers that are down count, for they come back. The highest position that was dropped like this is
    /// what from now on everybody needs at least: a follower that is added later may be further behind.
    fn forget_replicated(&mut self, view: &View);

    /// How many users it remembers something of.
    fn remembered(&self) -> usize;
}

/// Wraps a learner's router.
pub fn answer<R: Router + 'static>() -> Answer {
    Answer::new("E9.2", |task, notes| match asked(task) {
        Some(asked) => attack::play::<R>(&asked, notes),
        None => scenarios::drive::<R>(task, notes),
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
