//! Timelines of a social network: replication that the application does by itself.
//!
//! Who posts has followers, and each of them wants the posts of all that she follows, newest first. *Fan-out on
//! write* (push) copies each post into the timeline of every follower; *fan-out on read* (pull) keeps posts with
//! their authors and merges at each load; the *hybrid* pushes the posts of ordinary authors and pulls those of the
//! few with very many followers.
//!
//! - [`Timelines`] runs all three on plain data and counts what they do;
//! - [`Service`] is the arithmetic of a day, and finds the cheapest threshold by computing every one.
//!
//! # Limits
//! The running model has one process, no network, and no deleted posts. In the arithmetic, an author has so many
//! followers and posts so often; who follows whom, and when they load, is averaged. See [`Service`] for what the
//! threshold does *not* depend on.
//!
//! # Examples
//! ```
//! use replication_lab::time::Time;
//! use replication_lab::timelines::{Strategy, Timelines, UserId};
//!
//! let (ann, bob) = (UserId(1), UserId(2));
//! let mut push = Timelines::new(Strategy::Push);
//! push.follow(bob, ann);
//! push.load(bob, Time::s(1));
//! push.post(ann, Time::s(2));
//! // It is on its way, and bob doesn't see it yet.
//! assert_eq!((push.queued(), push.load(bob, Time::s(3)).len()), (1, 0));
//! push.deliver_all();
//! assert_eq!(push.load(bob, Time::s(4)).len(), 1);
//! ```

mod running;
mod service;
mod view;
mod workload;

pub use running::{Costs, Post, PostId, Strategy, Timelines, UserId};
pub use service::{DayCost, Group, PostRate, Service, TEXTBOOK_GROUPS};
pub use view::{strategies_table, threshold_chart, threshold_table};
pub use workload::{Workload, compare_runs};
