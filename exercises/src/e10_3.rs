//! E10.3 — Where voters stand (17 points)
//!
//! A group of voters commits a write when a majority has it. *Which* failures it survives, and how long a write takes,
//! is decided by where the voters stand. `placement.zones[region][zone]` says how many there are; all counts begin at
//! 0.
//!
//! - `survives(placement, failures)`: all of `failures` have happened at once. Are there voters that are up, reach one
//!   another, and are more than half of *all* voters, the lost ones included?
//! - `commit_latency(placement, leader, round_trips, failures)`: a leader in that region sends a write to all voters at
//!   once. Its own vote counts at 0 ms. Every other voter that is up and reached answers after `round_trips.ms(leader,
//!   its region)` (`None` for a region that isn't there); in the leader's own region that is the local round trip. When
//!   has it a majority of all voters? `None` if no voter is left in its region, or it reaches no majority.
//! - `best_leader(placement, round_trips, failures)`: the region with the lowest latency. The first one, if there are
//!   several.
//!
//! A `Failure::Server(region, zone)` takes one server of that zone; said twice, it takes two; where none is left, it
//! changes nothing. A `Partition(side)` loses nobody: it cuts the regions of `side` off from all others. With two
//! partitions, two regions reach each other only if neither cut lies between them. Failures name regions and zones that
//! exist.
//!
//! Five voters in two regions, three and two: does that survive the loss of either region?
//!
//! Check it with `cargo course check E10.3`, or with
//! `cargo test -p exercises e10_3`. Stuck? `cargo course hint E10.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_3::{Failure, Placement, RoundTrips};

/// Whether some voters that are up, and reach one another, are a majority of all voters.
pub fn survives(placement: &Placement, failures: &[Failure]) -> bool {
    todo!("is a majority of {placement:?} left after {failures:?}?")
}

/// Milliseconds until a majority has a write of a leader in region `leader`. Nothing if no voter is left there, or the
/// leader reaches no majority.
pub fn commit_latency(
    placement: &Placement,
    leader: usize,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<u64> {
    todo!("when has region {leader} a majority of {placement:?} after {failures:?}? {round_trips:?}")
}

/// The region from which a leader commits fastest, and how fast; the first one, if several do.
pub fn best_leader(
    placement: &Placement,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<(usize, u64)> {
    todo!("try every region of {placement:?} after {failures:?}; {round_trips:?}")
}
