//! Where a design stands on the axes that nobody can have all of, by running it.
//!
//! A [`Design`] says where copies are, whom a write waits for, and whom a read asks. [`explore`] runs it on one workload
//! under each trouble, and puts a price to it.
//!
//! # Model
//! Every design runs on the cluster that fits it: a leader and its log ([`crate::leader_follower`], with a lease as
//! Patroni has it), equal replicas ([`crate::leaderless`]) or a majority that elects ([`crate::raft`]). The month is paid
//! by [`crate::cost`]: a node for each copy, and 100 GB a day to each copy in another region.
//!
//! # Limits
//! Three clients, one beside each of the first three regions. One price for all nodes. What a design costs people who
//! operate it, nobody measures here.
//!
//! # Examples
//! ```
//! use replication_lab::comparison::Story;
//! use replication_lab::design_space::{Design, explore};
//!
//! let [asynchronous, .., majority] = Design::SPECTRUM;
//! let cut = |design: &Design| explore(design, Story::Partition).map(|seen| seen.measured);
//! let (fast, safe) = (cut(&asynchronous)?, cut(&majority)?);
//! assert!(fast.lost > 0 && safe.lost == 0);
//! assert!(fast.write_p50 < safe.write_p50);
//! # Ok::<(), replication_lab::design_space::DesignError>(())
//! ```

#[cfg(test)]
mod tests;
pub mod view;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::comparison::{ComparisonError, Measured, Story, System, Workload};
use crate::cost::{CostError, Deployment, bill};
use crate::leader_follower::{LeaderFollower, ReadFrom};
use crate::network::{Latency, Region};
use crate::presets::failover;
use crate::quorum::Level;
use crate::raft::{Raft, Reads};
use crate::time::Time;

/// Whom a write waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// The leader alone.
    Leader,
    /// The leader and one follower, whichever.
    OneFollower,
    /// The leader and all followers.
    AllFollowers,
    /// A majority, which also elects the leader.
    Majority,
    /// One replica of equals.
    One,
    /// A quorum of equals.
    Quorum,
}

/// Whom a read asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asks {
    /// The leader, or as many replicas as a write waits for.
    WhoKnows,
    /// The nearest copy.
    Nearest,
}

/// A design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Design {
    /// Where the copies are; those of a region together, the leader first.
    #[serde(skip)]
    pub copies: &'static [Region],
    /// Whom a write waits for.
    pub waits_for: WaitsFor,
    /// Whom a read asks.
    pub asks: Asks,
}

/// Three zones of one region.
pub const ONE_REGION: &[Region] = &[Region::Virginia; 3];
/// Three regions, a copy in each.
pub const THREE_REGIONS: &[Region] = &[Region::Virginia, Region::Ireland, Region::Tokyo];
/// Five copies in three regions: 2, 2 and 1.
pub const TWO_TWO_ONE: &[Region] =
    &[Region::Virginia, Region::Virginia, Region::Ireland, Region::Ireland, Region::Tokyo];
/// Five copies in two regions: 3 and 2.
pub const THREE_TWO: &[Region] =
    &[Region::Virginia, Region::Virginia, Region::Virginia, Region::Ireland, Region::Ireland];

/// A design that can't be run or paid.
#[derive(Clone, Debug, PartialEq)]
pub enum DesignError {
    /// It can't be run.
    Comparison(ComparisonError),
    /// It can't be paid.
    Cost(CostError),
}

impl fmt::Display for DesignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comparison(error) => error.fmt(f),
            Self::Cost(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for DesignError {}

impl From<ComparisonError> for DesignError {
    fn from(error: ComparisonError) -> Self {
        Self::Comparison(error)
    }
}

impl From<CostError> for DesignError {
    fn from(error: CostError) -> Self {
        Self::Cost(error)
    }
}

/// What was seen of a design under a trouble.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The design.
    pub design: Design,
    /// The trouble.
    pub story: Story,
    /// What the clients saw.
    pub measured: Measured,
    /// Dollars a month.
    pub dollars: f64,
}

/// A node of the price list, by the hour (db.r6g.xlarge, on demand, us-east-1, 2024).
const NODE_PRICE: f64 = 0.50;
/// A gigabyte between two regions.
const TRANSFER_PRICE: f64 = 0.02;
/// Gigabytes a day to each copy in another region.
const GB_PER_DAY: f64 = 100.0;

impl Design {
    /// From the fastest to the most careful, each over three regions.
    pub const SPECTRUM: [Design; 6] = [
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::Leader, asks: Asks::Nearest },
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::One, asks: Asks::Nearest },
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::OneFollower, asks: Asks::WhoKnows },
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::AllFollowers, asks: Asks::WhoKnows },
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::Quorum, asks: Asks::WhoKnows },
        Design { copies: THREE_REGIONS, waits_for: WaitsFor::Majority, asks: Asks::WhoKnows },
    ];

    /// The cluster that does it.
    pub fn system(&self) -> System {
        let disk = Latency::Uniform(Time::us(500), Time::ms(1));
        let followers = self.copies.len() as u16 - 1;
        let nearest = self.asks == Asks::Nearest;
        let log = |rule: Option<String>| {
            let builder = LeaderFollower::builder().followers(followers).sync(disk.clone());
            let builder = builder.change_failover(failover::patroni);
            let builder = builder.read_from(if nearest { ReadFrom::Nearest } else { ReadFrom::Leader });
            System::Log(Box::new(match rule {
                Some(rule) => builder.acknowledge(&rule),
                None => builder,
            }))
        };
        let names: Vec<String> = (1..=followers).map(|number| format!("F{number}")).collect();
        let any = |count: u16| Some(format!("ANY {count} ({})", names.join(", ")));
        let quorum =
            |level: Level| System::Quorum { write: level, read: if nearest { Level::One } else { level } };
        match self.waits_for {
            WaitsFor::Leader => log(None),
            WaitsFor::OneFollower => log(any(1)),
            WaitsFor::AllFollowers => log(any(followers)),
            WaitsFor::One => quorum(Level::One),
            WaitsFor::Quorum => quorum(Level::Quorum),
            WaitsFor::Majority => {
                let builder =
                    Raft::builder().sync(disk).pre_vote(true).check_quorum(true).reads(Reads::Lease);
                let builder = builder.election_timeout(Time::s(2), Time::s(4)).heartbeat(Time::ms(500));
                System::Raft { builder: Box::new(builder), ranges: false, anywhere: nearest }
            }
        }
    }

    /// Dollars a month: a node for each copy, and the traffic to those in other regions.
    ///
    /// # Errors
    /// Never, as long as the price list has no price below zero.
    pub fn dollars(&self) -> Result<f64, CostError> {
        let abroad = self.copies.iter().filter(|region| **region != self.copies[0]).count() as u32;
        let deployment = Deployment {
            replicas: self.copies.len() as u32 - 1 - abroad,
            abroad,
            gb_per_day: GB_PER_DAY,
            price_per_gb: TRANSFER_PRICE,
            ..Deployment::single(NODE_PRICE)
        };
        Ok(bill(&deployment)?.total())
    }
}

/// Runs a design under a trouble: three clients, in Virginia, Ireland and Tokyo, or all in the copies' one region.
///
/// # Errors
/// When it has no copies.
pub fn explore(design: &Design, story: Story) -> Result<Seen, DesignError> {
    let one_region = design.copies.iter().all(|region| *region == design.copies[0]);
    let clients = if one_region { design.copies[..1].repeat(3) } else { THREE_REGIONS.to_vec() };
    let workload = Workload { servers: design.copies.to_vec(), clients, story, ..Workload::default() };
    let measured = workload.run(&design.system())?;
    Ok(Seen { design: *design, story, measured, dollars: design.dollars()? })
}

impl fmt::Display for WaitsFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Leader => "asynchronous",
            Self::OneFollower => "one follower",
            Self::AllFollowers => "all followers",
            Self::Majority => "majority",
            Self::One => "one of equals",
            Self::Quorum => "quorum of equals",
        })
    }
}

impl fmt::Display for Design {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reads = match self.asks {
            Asks::WhoKnows => "",
            Asks::Nearest => ", reads nearby",
        };
        write!(f, "{}{reads}, {} copies", self.waits_for, self.copies.len())
    }
}
