//! PBS: how stale are reads from partial quorums?
//!
//! Bailis, Venkataraman, Franklin, Hellerstein & Stoica, *Probabilistically Bounded Staleness for Practical Partial
//! Quorums*, VLDB 2012.
//!
//! # Model
//! WARS (section 4.1 of the paper). A write goes to all N replicas at time 0: Wᵢ is how long its request takes to
//! replica i, Aᵢ its acknowledgement. It commits with the W-th acknowledgement. A read that starts t after the commit
//! goes to all replicas: Rᵢ is how long its request takes, Sᵢ the response; the first R responses count. Replica i
//! answers with the new value iff commit + t + Rᵢ ≥ Wᵢ, and the read is stale iff no response that counts has it.
//! Rearranged: it is stale iff t is below the smallest Wᵢ − Rᵢ among them, less the commit. That number, of which
//! each trial gives one, is all that is needed: its 99.9th percentile is the t-visibility at 99.9 %.
//!
//! Two ways lead to the same quantities: [`Wars`] draws the four latencies and computes; [`ClusterRun`] runs the
//! [leaderless cluster](crate::leaderless) over the simulated network, where nobody knows the formula. They share
//! the distributions, and nothing else. In versions instead of time: [`within`] and [`VersionRun`].
//!
//! # Limits
//! One write and one read, on one key; nothing is lost, repaired or handed over. Direct draws are floats in
//! milliseconds; the cluster's are whole microseconds. Over five million draws, once as they are and once rounded, that
//! moves a share of fresh reads by at most 0.0001, a t-visibility by 0.05 % and a latency by 0.03 %.

mod cluster;
mod fit;
mod table;
mod versions;
mod wars;

pub use cluster::{ClusterRun, RunError};
pub use fit::{Fit, OneWay};
pub use table::rows;
pub use versions::{VersionRun, within};
pub use wars::{Measured, Wars};
