//! Who could have known what: happens-before, version vectors, vector clocks.
//!
//! - [`VersionVector`] and [`Dot`]: what a writer has seen of each server's writes; [`VersionVector::compare`] tells
//!   *before* from *concurrent*. It is the lab's one vector: [`crate::siblings`] stores it, a [`CausalGraph`] clocks
//!   events with it.
//! - [`TruncatedVector`]: a vector with a limit, as Dynamo kept it, and what the limit costs.
//! - [`CausalGraph`]: events of processes and the messages between them, by hand or from any run's
//!   [`Trace`](crate::trace::Trace); which happened before which, by following paths and by clocks.
//!
//! A version vector and a vector clock have one shape, and order different things. The vector orders *states*: versions
//! of a key; it changes when the key is written, or versions are merged. The clock orders *events* of processes; it
//! changes with every event, and every message carries it.
//!
//! # Limits
//! A graph is held whole; finding all concurrent pairs takes time in proportion to the square of its events.
//! [`crate::leaderless`] has a vector of its own by client numbers, for its versions.
//!
//! # Examples
//! The run of any cluster is such a graph.
//! ```
//! use replication_lab::causality::{CausalGraph, Causality};
//! use replication_lab::siblings::SiblingsSetup;
//!
//! let mut cluster = SiblingsSetup::default().build()?;
//! cluster.begin_put("X", "cart", "milk")?;
//! cluster.begin_put("Y", "cart", "eggs")?;
//! cluster.settle();
//! let graph = CausalGraph::of(cluster.trace().expect("it is on by default"));
//! assert_eq!(graph.compare("X.1", "Y.1")?, Causality::Concurrent, "neither client knew of the other");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clocks;
mod graph;
mod of_trace;
mod truncated;
mod version_vector;

pub(crate) use clocks::{Step, clocks};
pub use graph::{CausalError, CausalEvent, CausalGraph};
pub use truncated::TruncatedVector;
pub use version_vector::{Causality, CounterOverflow, Dot, VersionVector};
