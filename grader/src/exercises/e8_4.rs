//! E8.4 — Fan-out chooser: whose posts are copied to all followers, whose are looked up, and what that costs.

use std::collections::BTreeSet;

pub use replication_lab::time::Time;
pub use replication_lab::timelines::{Group, Post, PostId, UserId};
use serde::Serialize;

use crate::exercise::Answer;

mod scenarios;

/// A service. Costs are in units of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The authors, in groups of those who are alike, in any order: `authors` of them with `followers` each, of whom
    /// `active` load their timelines, and `posts` a day by each author.
    pub groups: Vec<Group>,
    /// Users who load their timeline.
    pub readers: u64,
    /// Loads of each of them a day.
    pub loads: u64,
    /// The cost of writing one entry into one timeline.
    pub write_cost: u64,
    /// The cost of one look-up.
    pub lookup_cost: u64,
    /// Whether only active followers get entries.
    pub skip_inactive: bool,
}

/// What a threshold costs in a day. All sums are below 2⁶³.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    /// Entries that are written: for each post of an author who is pushed, one for each recipient.
    pub entries: u64,
    /// Look-ups: at each load of an active follower, one for each author that she follows and who is pulled. If
    /// anybody at all is pushed, each load of each reader also looks up her own timeline.
    pub lookups: u64,
    /// What all that costs.
    pub work: u64,
    /// The most entries that one post causes; 0 if nobody is pushed.
    pub burst: u64,
}

/// What the learner writes. Authors with *fewer* followers than the threshold are pushed, all others are pulled.
pub trait FanOut {
    /// What a threshold costs in a day.
    fn cost(service: &Service, threshold: u64) -> Day;

    /// The threshold with the least work; of equal ones the lowest. Only some make a difference: 0, and one more than
    /// the followers of each group.
    fn cheapest(service: &Service) -> u64;

    /// An entry arrives at a timeline, late, early, or a second time. The timeline is kept newest first, has each
    /// post once, and is cut to its newest `keep` posts. Posts are compared by `Ord`: by their times, then by their
    /// numbers.
    fn deliver(timeline: &mut Vec<Post>, post: Post, keep: usize);

    /// What a reader sees: her own timeline and the posts of the pulled authors that were looked up, merged. Newest
    /// first, each post once (an author who has grown may have been pushed and pulled), only of those whom she
    /// follows now, and of these the newest `keep`. The lists may be in any order.
    fn load(timeline: &[Post], pulled: &[Vec<Post>], follows: &BTreeSet<UserId>, keep: usize) -> Vec<Post>;
}

/// Wraps a learner's fan-out.
pub fn answer<F: FanOut + 'static>() -> Answer {
    Answer::new("E8.4", scenarios::drive::<F>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
