//! Raft: how a cluster finds its leader.
//!
//! Ongaro & Ousterhout, *In search of an understandable consensus algorithm (extended version)*, 2014, section 5.2 and
//! 5.4.1; Ongaro, *Consensus: bridging theory and practice*, dissertation, Stanford 2014, chapters 3 and 9.
//!
//! # Model
//! A server is a follower until it has heard from no leader for an election timeout, drawn anew each time. Then it
//! begins a term, votes for itself and asks the others. A server votes once a term, and only for a candidate whose log
//! is at least as up to date as its own. Who has a majority of all servers leads the term and sends heartbeats.
//!
//! - Term and vote are on disk before anything that depends on them leaves the server: a vote is granted when its sync
//!   is done. A candidate asks the others while its own vote is being written, and counts that when it is safe. (If
//!   it crashes in between, it has promised nothing: it is no candidate any more when votes arrive.)
//! - A vote that is granted, a heartbeat of the current leader, and a server's own candidacy start its election
//!   timeout anew. A higher term alone does not.
//! - Elections only, so far: a server's log is what it begins with, and no entry is added to it. Every server is a
//!   voting member. No pre-vote.
//!
//! # Limits
//! Requests are not sent again within a term: what a lost message costs is another timeout. The log survives every
//! crash, torn records included.
//!
//! # Examples
//! ```
//! use replication_lab::raft::Raft;
//! use replication_lab::time::Time;
//!
//! let mut cluster = Raft::builder().servers(5).seed(7).build()?;
//! let first = cluster.elect(Time::s(10)).expect("a leader within ten seconds");
//! cluster.crash(first.leader)?;
//! let second = cluster.elect(Time::s(10)).expect("four of five are enough");
//! assert!(second.leader != first.leader && second.term > first.term);
//! # Ok::<(), replication_lab::raft::RaftError>(())
//! ```

mod builder;
mod client;
mod cluster;
mod command;
mod context;
mod group;
mod log;
mod message;
mod node;
mod safety;
mod search;
mod server;
mod settings;
mod table;
#[cfg(test)]
mod tests;
mod trial;

pub use builder::Builder;
pub use client::{Client, Job};
pub use cluster::{Election, Raft, Report};
pub use command::{Command, Entry, OpId};
pub use group::{Group, Role};
pub use log::{Log, Position};
pub use message::{Envelope, GroupId, Message, Outcome, Record, Request, Timer, Told};
pub use node::Member;
pub use safety::{committed_stays, logs_match, one_leader_per_term, safe};
pub use server::Server;
pub use settings::{Acknowledge, RaftError, Reads, Settings};
pub use table::Table;
pub use trial::{Trial, Writes};

/// A term: its number, from 1. Before the first election it is 0.
pub type Term = u64;
