//! E4.4 — A sticky router with a token: reads that never go back, also when a follower dies.

use std::fmt::Debug;

pub use replication_lab::log::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;

pub use super::routing::{FollowerState, LeaderState, MOMENT, Route, View};
use crate::exercise::Answer;

mod scenarios;

/// How much a user and a server belong together. The same on every machine and at any time; for another user or
/// another server it is another number, and none can be told from the others. (It is XXH3 with the server as its seed.)
pub fn weight(user: &str, node: NodeId) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(user.as_bytes(), u64::from(node.0))
}

/// What the learner writes. The router keeps nothing: what a user needs is in a *token* that his browser brings with
/// every request, and gets back with every answer.
pub trait Router: Debug + Sized {
    /// A router that lets a read wait no longer than this.
    fn new(patience: Time) -> Self;

    /// The follower to which this user belongs: of those that are up, the one with the highest [`weight`]. (This is
    /// rendezvous hashing, also called highest random weight; Thaler & Ravishankar 1998.)
    fn home(&self, user: &str, view: &View) -> Option<NodeId>;

    /// Where does this user's read go, which has waited so long already? In this order:
    ///
    /// 1. Of the followers that are up and have *replayed* the token: to the one with the highest [`weight`]. That is
    ///    his home, if his home has it.
    /// 2. While it has waited less than its patience, and any follower is up: it waits.
    /// 3. To the leader, if that one shows the token (one that was deposed and does not know may not).
    /// 4. While it has waited less than its patience: it waits.
    /// 5. It is refused.
    fn route(&self, user: &str, token: Position, waited: Time, view: &View) -> Route;

    /// The token that goes back with an answer: of a user who came with `token`, and whose write was made at `at`, or
    /// whose read was answered by a server that shows `at`.
    fn next_token(&self, token: Position, at: Position) -> Position;
}

/// Wraps a learner's router.
pub fn answer<R: Router + 'static>() -> Answer {
    Answer::new("E4.4", scenarios::drive::<R>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
