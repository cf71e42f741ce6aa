//! How long a client waits for a write, by four strategies and what lies between them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::RoundTrips;

/// Whom a write waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The client asks the leader; the leader sends the write to all followers and answers when so many of them have
    /// it. 0 is asynchronous; all of them is fully synchronous.
    Leader(u32),
    /// The client sends the write to all replicas by itself, and is done when so many of them have answered: W.
    Leaderless(u32),
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leader(0) => f.write_str("leader, asynchronous"),
            Self::Leader(1) => f.write_str("leader, 1 synchronous follower"),
            Self::Leader(sync) => write!(f, "leader, {sync} synchronous followers"),
            Self::Leaderless(w) => write!(f, "leaderless, W = {w}"),
        }
    }
}

/// A write that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StrategyError {
    /// There is no such region.
    Region(usize),
    /// The leader is in a region without a replica.
    Leader(usize),
    /// More are waited for than there are: wanted, there.
    TooMany(u32, u32),
    /// W is 0: nobody would have the write.
    Nobody,
}

impl fmt::Display for StrategyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(region) => write!(f, "there is no region {region}"),
            Self::Leader(region) => write!(f, "region {region} has no replica that could lead"),
            Self::TooMany(wanted, there) => write!(f, "{wanted} are waited for, and there are {there}"),
            Self::Nobody => f.write_str("W is 0: at least one replica must have the write"),
        }
    }
}

impl std::error::Error for StrategyError {}

/// Milliseconds that a client waits for a write. `replicas` are the regions that have one replica each; `leader` is the
/// region of the one that leads, and counts only for strategies with a leader.
///
/// With a leader, two ways follow each other: client to leader and back, leader to the last follower that is waited for
/// and back. Without one there is only one, to the last replica that is waited for, since the client asks all at once.
///
/// # Errors
/// When a region isn't there: the client's, then the replicas', in their order. Then when the leader's region has no
/// replica, then when W is 0, then when more are waited for than there are.
///
/// # Examples
/// ```
/// use replication_lab::voters::{RoundTrips, Strategy, write_latency};
/// let (virginia, tokyo) = (0, 2);
/// let wait = |strategy, client| write_latency(strategy, client, virginia, &[0, 1, 2], &RoundTrips::lesson());
/// // Who must wait for all is slowest, unless the client is far from the leader.
/// assert_eq!((wait(Strategy::Leaderless(3), virginia), wait(Strategy::Leader(1), virginia)), (Ok(160), Ok(81)));
/// assert_eq!((wait(Strategy::Leaderless(3), tokyo), wait(Strategy::Leader(1), tokyo)), (Ok(220), Ok(240)));
/// ```
pub fn write_latency(
    strategy: Strategy,
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<u64, StrategyError> {
    let trip = |a: usize, b: usize| round_trips.ms(a, b).ok_or(StrategyError::Region(b));
    trip(client, client)?;
    let from = |place: usize, to: &mut dyn Iterator<Item = usize>| -> Result<Vec<u64>, StrategyError> {
        let mut trips: Vec<u64> = to.map(|region| trip(place, region)).collect::<Result<_, _>>()?;
        trips.sort_unstable();
        Ok(trips)
    };
    let all = from(client, &mut replicas.iter().copied())?;
    let last = |trips: &[u64], wanted: u32| match wanted.checked_sub(1) {
        None => Ok(0),
        Some(index) => {
            let there = trips.len() as u32;
            trips.get(index as usize).copied().ok_or(StrategyError::TooMany(wanted, there))
        }
    };
    match strategy {
        Strategy::Leader(sync) => {
            let place = replicas.iter().position(|region| *region == leader);
            let place = place.ok_or(StrategyError::Leader(leader))?;
            let others = replicas.iter().enumerate().filter(|(i, _)| *i != place).map(|(_, region)| *region);
            let followers = from(leader, &mut { others })?;
            Ok(trip(client, leader)? + last(&followers, sync)?)
        }
        Strategy::Leaderless(0) => Err(StrategyError::Nobody),
        Strategy::Leaderless(w) => last(&all, w),
    }
}
