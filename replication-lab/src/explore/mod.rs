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

mod case;
mod chaos;
mod search;
mod shrink;
mod sweep;

pub use case::{Case, Run, Scenario, Sent};
pub use chaos::{Chaos, ChaosError, Trouble};
pub use search::{Action, Explored, Found, Limits, LimitsError, Outcome, Rename, Search, Searchable, State};
pub use shrink::{Shrunk, shrink};
pub use sweep::{Hunt, Sweep, hunt, in_parallel, sweep};
