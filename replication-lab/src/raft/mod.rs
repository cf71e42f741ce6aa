//! Raft: a cluster that agrees on one log.
//!
//! Ongaro & Ousterhout, *In search of an understandable consensus algorithm (extended version)*, 2014, section 5;
//! Ongaro, *Consensus: bridging theory and practice*, dissertation, Stanford 2014, chapters 3, 4, 6 and 9.
//!
//! # Model
//! A server is a follower until it has heard from no leader for an election timeout, drawn anew each time. Then it
//! begins a term, votes for itself and asks the others. A server votes once a term, and only for a candidate whose log
//! is at least as up to date as its own. Who has a majority of the members leads the term.
//!
//! | part | what it does |
//! |---|---|
//! | log | the leader appends commands and sends them behind a place that the follower must have; what differs behind it is overwritten |
//! | commitment | an entry of the leader's own term that a majority has on disk, and all before it; a leader begins its term with an entry that does nothing |
//! | reads | by one of four rules: [`Reads`] |
//! | members | changed one at a time by an entry that holds as soon as it is in a log |
//! | groups | one, or one for each range of keys, with members and leaders of their own on the same machines |
//! | clients | one operation at a time, numbered, asked again until it is answered: it takes effect once |
//!
//! - Term, vote and log are on disk before anything that depends on them leaves the server: an answer is sent when its
//!   sync is done. A candidate and a leader ask the others while their own part is being written, and count it when it
//!   is safe.
//! - A vote that is granted, a message of the current leader, and a server's own candidacy start its election
//!   timeout anew. A higher term alone does not.
//! - Where leases, pre-votes or quorum checks are used, a server that has just heard from a leader helps nobody to
//!   depose it.
//!
//! # Limits
//! The log is never cut off at its beginning: no snapshots. Requests for votes are not sent again within a term: what
//! a lost message costs is another timeout. No transfer of leadership. A server reads no clock but for leases, pre-votes
//! and quorum checks. What is torn at the end of a disk's log is cut off: nobody was told of it. What a follower answers to a read
//! "as it knows it" has no bound on its age.
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
//!
//! let mut cluster = Raft::builder().clients(1).seed(7).build()?;
//! assert!(cluster.put(1, "x", "1")?);
//! assert_eq!(cluster.get(1, "x")?, Some(Some("1".to_owned())));
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
