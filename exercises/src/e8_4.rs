//! E8.4 — Fan-out chooser (16 points)
//!
//! A user with 50 million followers posts. With *push*, that is 50 million entries of 100 bytes: 5 GB for one post. With
//! *pull*, nothing is written, and every reader who follows 500 authors makes 500 look-ups at every load. A *hybrid* pushes
//! authors with few followers, pulls the others, and merges at the load. Where is the border?
//!
//! First the arithmetic of a day.
//!
//! - `cost(service, threshold)`: authors with *fewer* followers than `threshold` are pushed, all others are pulled. A
//!   pushed post causes an entry for each follower, or for each *active* one if `skip_inactive`. A pulled author is looked
//!   up by each active follower at each load. And if anybody at all is pushed, each load of each reader also looks up her
//!   own timeline. `work = entries · write_cost + lookups · lookup_cost`. `burst` is the largest number of entries that one
//!   post causes.
//! - `cheapest(service)`: the threshold with the least work, of equal ones the lowest. Between two groups nothing changes:
//!   try 0, and one more than the followers of each group. All of them.
//!
//! Then the two ends of the mechanism. Deliveries go through a queue, which brings some of them late and some of them
//! twice.
//!
//! - `deliver(timeline, post, keep)`: the entry goes where it belongs. Newest first, each post once, at most `keep`.
//! - `load(timeline, pulled, follows, keep)`: what the reader sees. An author who has grown above the threshold was pushed,
//!   and is pulled now: her posts come from both sides, and are shown once. Authors who are no longer followed are not
//!   shown.
//!
//! Posts are compared by `Ord`, which is by time, then by number: `a > b` means that a is newer.
//!
//! Check it with `cargo course check E8.4`, or with
//! `cargo test -p exercises e8_4`. Stuck? `cargo course hint E8.4`.

use std::collections::BTreeSet;

use grader::exercises::e8_4::{Day, FanOut, Post, Service, UserId};

/// Decides who is pushed and who is pulled.
pub struct Chooser;

impl FanOut for Chooser {
    fn cost(service: &Service, threshold: u64) -> Day {
        todo!("a day of {service:?}, if authors below {threshold} followers are pushed")
    }

    fn cheapest(service: &Service) -> u64 {
        todo!("which threshold is the least work for {service:?}?")
    }

    fn deliver(timeline: &mut Vec<Post>, post: Post, keep: usize) {
        todo!("put {post:?} where it belongs in {timeline:?}, of at most {keep}")
    }

    fn load(timeline: &[Post], pulled: &[Vec<Post>], follows: &BTreeSet<UserId>, keep: usize) -> Vec<Post> {
        todo!("merge {timeline:?} with {pulled:?}, for who follows {follows:?}; at most {keep}")
    }
}
