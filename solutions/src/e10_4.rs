//! E10.4 — How long a write takes.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_4::{RoundTrips, Strategy, StrategyError};

/// Milliseconds that a client in region `client` waits for a write.
///
/// # Errors
/// When the client's region isn't there, then when a replica's isn't: the first of them. For `Strategy::Leader`, then
/// when no replica is in the region `leader`. For `Strategy::Leaderless`, then when W is 0. Then when more are waited
/// for than there are.
pub fn write_latency(
    strategy: Strategy,
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<u64, StrategyError> {
    // BEGIN SOLUTION todo!("{strategy}: client in {client}, leader in {leader}, replicas in {replicas:?}, {round_trips:?}")
    let from_client = trips(client, replicas, round_trips)?;
    match strategy {
        Strategy::Leader(sync) => {
            let place = replicas.iter().position(|region| *region == leader);
            let place = place.ok_or(StrategyError::Leader(leader))?;
            let mut followers = replicas.to_vec();
            followers.remove(place);
            let from_leader = trips(leader, &followers, round_trips)?;
            let to_leader = round_trips.ms(client, leader).ok_or(StrategyError::Region(leader))?;
            Ok(to_leader + slowest_of_fastest(&from_leader, sync)?)
        }
        Strategy::Leaderless(w) => {
            if w == 0 {
                return Err(StrategyError::Nobody);
            }
            slowest_of_fastest(&from_client, w)
        }
    }
    // END SOLUTION
}

/// The strategies with their latencies, the slowest first. Equal ones keep the order in which they were given.
///
/// # Errors
/// As `write_latency`, for the first strategy that can't be.
pub fn slowest_first(
    strategies: &[Strategy],
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<Vec<(Strategy, u64)>, StrategyError> {
    // BEGIN SOLUTION todo!("rank {strategies:?}: {client}, {leader}, {replicas:?}, {round_trips:?}")
    let mut ranked = Vec::new();
    for strategy in strategies {
        ranked.push((*strategy, write_latency(*strategy, client, leader, replicas, round_trips)?));
    }
    ranked.sort_by_key(|(_, latency)| std::cmp::Reverse(*latency));
    Ok(ranked)
    // END SOLUTION
}
// BEGIN SOLUTION

/// The round trips from a region to some replicas, the fastest first.
fn trips(from: usize, to: &[usize], round_trips: &RoundTrips) -> Result<Vec<u64>, StrategyError> {
    round_trips.ms(from, from).ok_or(StrategyError::Region(from))?;
    let mut trips = Vec::new();
    for region in to {
        trips.push(round_trips.ms(from, *region).ok_or(StrategyError::Region(*region))?);
    }
    trips.sort_unstable();
    Ok(trips)
}

/// When so many of them have answered, if all are asked at once.
fn slowest_of_fastest(trips: &[u64], wanted: u32) -> Result<u64, StrategyError> {
    if wanted == 0 {
        return Ok(0);
    }
    trips.get(wanted as usize - 1).copied().ok_or(StrategyError::TooMany(wanted, trips.len() as u32))
}
// END SOLUTION
