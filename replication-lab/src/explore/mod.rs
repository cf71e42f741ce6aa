//! Finding failures, and making them small.
//!
//! Three ways to look, over the same nodes:
//! - [`sweep`]: many seeds, on all cores;
//! - [`Chaos`]: random plans of faults, which end in time for the run to show that it recovers
//!   ([`Plan::mended_at`](crate::world::Plan::mended_at)): safety is demanded at all times, progress after that;
//! - [`Search`]: every order of events in a small scope.
//!
//! [`hunt`] puts the first two together: it draws a plan for every seed, and [`shrink`]s the first failure to the
//! smallest story that still fails.
//!
//! # Limits
//! A sweep proves nothing about seeds that it did not run. A shrunk story is one from which nothing more can be taken,
//! not the smallest there is. The search is exhaustive within its [`Limits`], in a model without time.
//!
//! # Examples
//! Servers that forget their votes elect two leaders in one term: found among random crashes, told in the smallest
//! story, and then found once more as the shortest order of events.
//! ```
//! use replication_lab::explore::{Chaos, Limits, Outcome, Search, Trouble, hunt};
//! use replication_lab::raft::{Raft, Trial, one_leader_per_term};
//! use replication_lab::time::Time;
//!
//! let forgetful = Raft::builder().elections_only(true).durable(false);
//! let trial = Trial { builder: forgetful.clone(), patience: Time::s(5) };
//! let kills = Chaos::new(3, Time::ms(400))?.most_down(3).at_most(6).only(&[Trouble::Kill]);
//! let story = hunt(&trial, &kills, 0..500).smallest.expect("some vote is given twice");
//! println!("{story}");
//! assert!(story.case.plan.0.len() <= 2);
//!
//! let limits = Limits { timers: 2, crashes: 1, ..Limits::default() };
//! let explored = Search::new(forgetful.servers_alone()?, limits)?.verify(one_leader_per_term);
//! assert!(matches!(explored.outcome, Outcome::Violated(..)), "{explored}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod chaos;
mod search;
mod shrink;
mod sweep;

pub use case::{Case, Run, Scenario, Sent};
pub use chaos::{Chaos, ChaosError, Trouble};
pub use search::{Action, Explored, Found, Limits, LimitsError, Outcome, Rename, Search, Searchable, State};
pub use shrink::{Shrunk, shrink, without};
pub use sweep::{Hunt, Sweep, hunt, in_parallel, sweep};
