//! Leader–follower replication: one node takes all writes, the others apply its log in the same order.
//!
//! After PostgreSQL's streaming replication and what tools such as Patroni and Orchestrator put on top of it; where
//! MySQL differs, there is a setting for it.
//!
//! - [`LeaderFollower`] is a cluster to drive step by step, or to put under a [`Load`];
//! - [`Rule`] and [`CommitLevel`] say what a commit waits for;
//! - [`Failover`] says who watches the leader, who replaces it, and which guards are up;
//! - [`ReadFrom`] says where reads go, [`Users`] are many sessions at a time, and [`compare_routing`] says what each
//!   policy costs;
//! - [`Partitioned`] is several clusters that replicate independently;
//! - [`Measures`] says what came of it, [`Survival`] what a commit of each level survives.
//!
//! # What is simplified
//! The log counts entries, one for each write, where PostgreSQL counts bytes. A server keeps epochs, slots and its
//! checkpoint as if each change of them were synced in an instant; only the log goes through the simulated disk. A
//! connection is not torn down: a node that dies falls silent, and whoever waits for it finds out by a time-out.
//! One key has one value: there are no transactions, and no locks.
//!
//! # Examples
//! ```
//! use replication_lab::leader_follower::LeaderFollower;
//! let mut cluster = LeaderFollower::builder().followers(2).acknowledge("FIRST 1 (F1, F2)").seed(7).build()?;
//! assert_eq!(cluster.write("c1", "user:42", "Alice")?.to_string(), "committed at 1@1");
//! cluster.settle();
//! assert_eq!(cluster.read_at("c1", "F2", "user:42")?.value(), Some("Alice"));
//! # Ok::<(), replication_lab::leader_follower::SetupError>(())
//! ```

mod builder;
mod canary;
mod client;
mod cluster;
mod detector_cost;
mod entry;
mod failover;
mod journal;
mod measure;
mod message;
mod node;
mod observer;
mod odds;
mod partitioned;
mod prefix_cost;
mod routing;
mod routing_cost;
mod rule;
mod server;
mod session;
mod session_measures;
mod setup;
mod store;
mod survival;
mod timeout_sweep;
mod trial;
mod tune;
mod users;
mod view;

pub use crate::view::percentile;
pub use builder::Builder;
pub use canary::Canary;
pub use client::{Client, Load, Outcome};
pub use cluster::LeaderFollower;
pub use detector_cost::{DetectorCost, Weather, detector_cost};
pub use entry::{Change, Entry, OpId, Table};
pub use failover::{Choice, Failover, Fencing, Returning};
pub use measure::{Lag, Measures};
pub use message::{Confirmed, Health, Job, Message, Reply, Request, Timer, Told};
pub use node::Member;
pub use observer::Observer;
pub use odds::{StaleOdds, stale_odds};
pub use partitioned::{Partitioned, Placement};
pub use prefix_cost::{PrefixCost, compare_prefix, prefix_table};
pub use routing::{ReadFrom, Remembered};
pub use routing_cost::{
    RoutingCost, RoutingScenario, compare_routing, compare_routing_by_lag, routing_by_lag_chart,
    routing_chart, routing_table,
};
pub use rule::{Blocked, Rule, RuleError, Standby, SyncState};
pub use server::{CopyMethod, Role, Server};
pub use session_measures::{Guarantee, SessionMeasures};
pub use setup::{CommitLevel, Costs, Ids, Retention, Retry, ServerSettings, Settings, SetupError, Spike};
pub use store::IdStore;
pub use survival::Survival;
pub use timeout_sweep::timeout_sweep;
pub use trial::{Demand, Job as Write, Trial};
pub use users::{Users, Visit, VisitDid};
