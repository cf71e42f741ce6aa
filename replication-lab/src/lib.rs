//! Simulated clusters for learning database replication.
//!
//! One world, one trace, one history, one way to draw; every chapter uses them.
//!
//! - [`world`]: virtual time, nodes as state machines, faults; [`network`]: links; [`rng`]: seeded streams;
//! - [`trace`]: what happened; [`history`]: what clients saw, and the checkers over it;
//! - [`explore`]: sweeps, random faults, shrinking, exhaustive search;
//! - [`availability`], [`capacity`], [`cost`], [`quorum`], [`ring`], [`voters`]: arithmetic and placement;
//! - [`table_engine`]: a small database on pages; [`replication_log`]: four ways to say what changed in it;
//! - [`change_capture`]: consumers that are fed from a leader's log;
//! - [`causality`]: what happened before what; version vectors;
//! - [`log`]: positions in a log; [`leader_follower`]: one node takes all writes, others follow its log;
//! - [`multi_leader`]: several nodes take writes, and resolve conflicts;
//! - [`leaderless`]: a store in the manner of Dynamo; [`siblings`]: what it keeps of concurrent writes;
//! - [`crdt`]: types that merge; [`operational_transformation`]: texts whose changes are rewritten instead;
//! - [`raft`]: servers that agree on one log, by majority; [`detector`]: from when on a silent node is held for dead;
//! - [`saga`]: a payment between two regions, step by step; [`voters`], [`cost`]: where copies stand, and what they cost;
//! - [`comparison`]: one workload and one trouble for different systems; [`design_space`]: where designs stand then;
//! - [`tombstones`]: a store of sorted runs, in which deletions stay for a while; [`timelines`]: who copies posts to
//!   followers, and when;
//! - [`drill`]: something is wrong, and only its metrics are seen;
//! - [`presets`]: clusters with the documented defaults of real systems;
//! - [`published`]: published results, computed by all of these;
//! - [`view`]: tables, charts and diagrams, each with a text form.
//!
//! Same seed, same bytes: nothing here reads a clock, iterates a hash map or draws from another source than its seed.

#[macro_use]
mod setters;

pub mod availability;
pub mod capacity;
pub mod causality;
pub mod change_capture;
pub mod comparison;
pub mod cost;
pub mod crdt;
pub mod design_space;
pub mod detector;
pub mod drill;
pub mod explore;
pub mod history;
pub mod leader_follower;
pub mod leaderless;
pub mod log;
pub mod multi_leader;
pub mod network;
pub mod operational_transformation;
pub mod planted;
pub mod presets;
pub mod published;
pub mod quorum;
pub mod raft;
pub mod replication_log;
pub mod ring;
pub mod rng;
pub mod saga;
pub mod siblings;
pub mod table_engine;
pub mod time;
pub mod timelines;
pub mod tombstones;
pub mod trace;
pub mod view;
pub mod voters;
pub mod world;
