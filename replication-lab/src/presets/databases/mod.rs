//! Five databases on one workload and one fault.
//!
//! Each is a cluster of the lab with the database's documented defaults in it: three servers, three clients, the same
//! operations at the same pauses, the same trouble at the same time. What is measured is what the clients saw.
//!
//! # Model
//! | database | cluster | what it shares with it |
//! |---|---|---|
//! | PostgreSQL, Patroni | [`crate::leader_follower`] | asynchronous streaming, a lease of 30 s, promotion of a standby |
//! | MySQL, semi-sync, Orchestrator | [`crate::leader_follower`] | one of two replicas acknowledges, 10 s to fall back |
//! | MongoDB | [`crate::raft`] | elections by terms, `w: majority` or `w: 1`, reads at the primary, rollback |
//! | Cassandra | [`crate::leaderless`] | any coordinator, stamps of clocks, levels, hints, blocking repair |
//! | CockroachDB | [`crate::raft`] | ranges with a group each, leaders by region, leases for reads |
//!
//! # Limits
//! One key at a time: no transactions, no SQL, no schema. Work takes no processor. Leases, terms and stamps are the
//! lab's. What is assumed because no document says it: [`Database::assumed`].
//!
//! # Examples
//! ```
//! use replication_lab::comparison::{Story, Workload};
//! use replication_lab::presets::databases::{Care, Database};
//! use replication_lab::time::Time;
//!
//! let cut = Workload { story: Story::Partition, ..Workload::default() };
//! let measured = cut.run(&Database::Cassandra.system(Care::Defaults))?;
//! assert_eq!(measured.without_writes, Time::ZERO, "every client has a copy on its side");
//! let measured = cut.run(&Database::CockroachDb.system(Care::Defaults))?;
//! assert_eq!(measured.lost, 0, "and every write is with a majority");
//! # Ok::<(), replication_lab::comparison::ComparisonError>(())
//! ```

mod gotcha;
#[cfg(test)]
mod tests;
pub mod view;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use gotcha::Gotcha;

use super::failover;
use crate::comparison::System;
use crate::leader_follower::{CommitLevel, LeaderFollower, ReadFrom};
use crate::network::Latency;
use crate::quorum::Level;
use crate::raft::{Acknowledge, Raft, Reads};
use crate::time::Time;

/// A database, with its documented defaults as of 2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// PostgreSQL with Patroni: asynchronous streaming replication.
    Postgres,
    /// MySQL with GTIDs, semi-synchronous replication and Orchestrator.
    MySql,
    /// A replica set of MongoDB.
    MongoDb,
    /// Cassandra, three replicas.
    Cassandra,
    /// CockroachDB: a range for each region.
    CockroachDb,
}

/// How careful a database is told to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Care {
    /// As its documents have it.
    #[default]
    Defaults,
    /// Nothing acknowledged is lost, and no read is old, as far as it can promise that.
    Safest,
    /// The answer comes from the nearest copy, and a write waits for nobody, as far as it can do that.
    Fastest,
}

impl fmt::Display for Care {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Defaults => "as documented",
            Self::Safest => "as safe as it goes",
            Self::Fastest => "as fast as it goes",
        })
    }
}

/// Followers of whom one must have a write: any one of the three servers' two.
const ONE_FOLLOWER: &str = "ANY 1 (F1, F2)";

impl Database {
    /// All of them.
    pub const ALL: [Database; 5] =
        [Self::Postgres, Self::MySql, Self::MongoDb, Self::Cassandra, Self::CockroachDb];

    /// Its cluster: three servers.
    pub fn system(self, care: Care) -> System {
        let disk = Latency::Uniform(Time::us(500), Time::ms(1));
        match self {
            Self::Postgres | Self::MySql => {
                let builder = LeaderFollower::builder().followers(2).sync(disk);
                let builder = match self {
                    Self::MySql => {
                        builder.change_failover(failover::orchestrator).fall_back(Some(Time::s(10)))
                    }
                    _ => builder.change_failover(failover::patroni),
                };
                System::Log(Box::new(match (self, care) {
                    (_, Care::Safest) => builder.acknowledge(ONE_FOLLOWER).fall_back(None),
                    (Self::MySql, Care::Defaults) => builder.acknowledge(ONE_FOLLOWER),
                    (_, Care::Defaults) => builder,
                    (_, Care::Fastest) => builder.level(CommitLevel::Off).read_from(ReadFrom::Nearest),
                }))
            }
            Self::Cassandra => {
                let level = if care == Care::Safest { Level::Quorum } else { Level::One };
                System::Quorum { write: level, read: level }
            }
            Self::MongoDb => {
                let builder = Raft::builder()
                    .sync(disk)
                    .pre_vote(true)
                    .check_quorum(true)
                    .election_timeout(Time::s(10), Time::ms(11_500))
                    .heartbeat(Time::s(2))
                    .acknowledge(if care == Care::Fastest {
                        Acknowledge::Leader
                    } else {
                        Acknowledge::Majority
                    })
                    .reads(if care == Care::Safest { Reads::Confirmed } else { Reads::Received });
                System::Raft { builder: Box::new(builder), ranges: false, anywhere: care == Care::Fastest }
            }
            Self::CockroachDb => {
                let builder = Raft::builder()
                    .sync(disk)
                    .pre_vote(true)
                    .check_quorum(true)
                    .election_timeout(Time::s(6), Time::s(8))
                    .heartbeat(Time::s(1))
                    .reads(Reads::Lease);
                System::Raft { builder: Box::new(builder), ranges: true, anywhere: care == Care::Fastest }
            }
        }
    }

    /// What its documents say.
    pub fn documented(self) -> &'static str {
        match self {
            Self::Postgres => {
                "synchronous_standby_names empty: asynchronous; Patroni: ttl 30 s, loop_wait 10 s, maximum_lag_on_failover 1 MiB"
            }
            Self::MySql => {
                "one replica acknowledges; after 10 s the source goes on without (rpl_semi_sync_source_timeout)"
            }
            Self::MongoDb => {
                "w: majority since 5.0, readConcern local, primary; electionTimeoutMillis 10000, heartbeat 2 s"
            }
            Self::Cassandra => {
                "LOCAL_ONE in the drivers; read_repair BLOCKING; max_hint_window 3 h; last write wins by cell"
            }
            Self::CockroachDb => {
                "a range is a Raft group of three; lease 6 s, election 2 s from 22.2 on; reads at the leaseholder"
            }
        }
    }

    /// What is assumed, because no document says it or the lab's cluster does it in another way.
    pub fn assumed(self) -> &'static str {
        match self {
            Self::Postgres => "1 s to promote; a proxy that looks every 3 s; three observers hold the lease",
            Self::MySql => {
                "Orchestrator polls every 5 s, acts after 10 s of silence, and forbids nothing to the old source"
            }
            Self::MongoDb => {
                "timeouts drawn between 10 and 11.5 s; a primary that sees no majority steps down"
            }
            Self::Cassandra => {
                "the client is its own coordinator; its clock stamps; clocks are off by up to 20 ms"
            }
            Self::CockroachDb => "the leader of a range holds its lease; timeouts drawn between 6 and 8 s",
        }
    }

    /// What surprises people, and the setting that changes it.
    pub fn gotcha(self) -> &'static str {
        match self {
            Self::Postgres => {
                "the promoted standby lacks the tail: acknowledged writes are gone. synchronous_standby_names"
            }
            Self::MySql => {
                "after 10 s without a replica it is asynchronous, and nobody is told. rpl_semi_sync_source_timeout"
            }
            Self::MongoDb => "with w: 1 an isolated primary's writes are rolled back. w: majority",
            Self::Cassandra => {
                "of two concurrent writes one vanishes; at ONE a read is often old. QUORUM for both"
            }
            Self::CockroachDb => "a write crosses regions before it is acknowledged. Locality of ranges",
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Postgres => "PostgreSQL, Patroni",
            Self::MySql => "MySQL, semi-sync",
            Self::MongoDb => "MongoDB",
            Self::Cassandra => "Cassandra",
            Self::CockroachDb => "CockroachDB",
        })
    }
}
