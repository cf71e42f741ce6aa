//! A leaderless store: no special node, clients write to and read from several replicas at once.
//!
//! After Dynamo (DeCandia et al., SOSP 2007) and what Cassandra and Riak made of it: quorums, read repair, hinted
//! handoff, sloppy quorums, anti-entropy, consistent hashing, consistency levels over datacentres.
//!
//! - [`Leaderless`] is a cluster to drive operation by operation;
//! - [`Schedule`] drives one message by message, from a text;
//! - [`Workload`] lets clients run by themselves and measures what they saw.
//!
//! # What is simplified
//! Clients coordinate their operations themselves. A replica has written a value to disk before it acknowledges it.
//! Nodes never join or leave. A node tells that another one is down only by its silence.
//!
//! # Examples
//! ```
//! use replication_lab::leaderless::Leaderless;
//! let mut cluster = Leaderless::builder().replicas(3).write_quorum(2).read_quorum(2).seed(7).build()?;
//! cluster.write("c1", "user:42", "Alice")?;
//! assert_eq!(cluster.read("c1", "user:42")?.to_string(), "Alice@1.c1");
//! # Ok::<(), replication_lab::leaderless::SetupError>(())
//! ```

mod builder;
mod client;
mod cluster;
mod message;
mod node;
mod partial;
mod replica;
mod schedule;
mod setup;
mod store;
mod trial;
mod version;
mod view;
mod workload;

pub use crate::view::percentile;
pub use builder::Builder;
pub use client::{Begin, Operation, Told};
pub use cluster::{Leaderless, Outcome};
pub use message::{Message, Purpose, RequestId};
pub use node::{Member, Timer};
pub use partial::{StaleShare, stale_share};
pub use schedule::{Schedule, ScheduleError, Story};
pub use setup::{Ask, ReadRepair, Settings, SetupError};
pub use store::{MemoryStore, Store};
pub use trial::{Demand, Trial};
pub use version::{ClientId, Scheme, Version, Versioned, merge};
pub use workload::{Job, Measures, Workload};
