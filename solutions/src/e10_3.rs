//! E10.3 — Where voters stand.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_3::{Failure, Placement, RoundTrips};

/// Whether some voters that are up, and reach one another, are a majority of all voters.
pub fn survives(placement: &Placement, failures: &[Failure]) -> bool {
    // BEGIN SOLUTION todo!("is a majority of {placement:?} left after {failures:?}?")
    let left = left(placement, failures);
    (0..left.len()).any(|region| {
        let reached = (0..left.len()).filter(|other| connected(region, *other, failures));
        reached.map(|other| left[other]).sum::<u32>() >= majority(placement)
    })
    // END SOLUTION
}

/// Milliseconds until a majority has a write of a leader in region `leader`. Nothing if no voter is left there, or the
/// leader reaches no majority.
pub fn commit_latency(
    placement: &Placement,
    leader: usize,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<u64> {
    // BEGIN SOLUTION todo!("when has region {leader} a majority of {placement:?} after {failures:?}? {round_trips:?}")
    let left = left(placement, failures);
    if left[leader] == 0 {
        return None;
    }
    let mut answers = Vec::new();
    for (region, voters) in left.iter().enumerate() {
        if connected(leader, region, failures) {
            let trip = round_trips.ms(leader, region)?;
            answers.extend((0..*voters).map(|_| trip));
        }
    }
    // The leader is one of its own region's voters, and needs no trip to itself.
    let own = answers.iter().position(|trip| Some(*trip) == round_trips.ms(leader, leader))?;
    answers[own] = 0;
    answers.sort_unstable();
    answers.get(majority(placement) as usize - 1).copied()
    // END SOLUTION
}

/// The region from which a leader commits fastest, and how fast; the first one, if several do.
pub fn best_leader(
    placement: &Placement,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<(usize, u64)> {
    // BEGIN SOLUTION todo!("try every region of {placement:?} after {failures:?}; {round_trips:?}")
    (0..placement.zones.len())
        .filter_map(|region| Some((region, commit_latency(placement, region, round_trips, failures)?)))
        .min_by_key(|(_, latency)| *latency)
    // END SOLUTION
}
// BEGIN SOLUTION

fn majority(placement: &Placement) -> u32 {
    placement.zones.iter().flatten().sum::<u32>() / 2 + 1
}

/// Voters of each region that are up.
fn left(placement: &Placement, failures: &[Failure]) -> Vec<u32> {
    let mut zones = placement.zones.clone();
    for failure in failures {
        match failure {
            Failure::Server(region, zone) => zones[*region][*zone] = zones[*region][*zone].saturating_sub(1),
            Failure::Zone(region, zone) => zones[*region][*zone] = 0,
            Failure::Region(region) => zones[*region].fill(0),
            Failure::Partition(_) => {}
        }
    }
    zones.iter().map(|zones| zones.iter().sum()).collect()
}

/// Whether no cut lies between two regions.
fn connected(a: usize, b: usize, failures: &[Failure]) -> bool {
    failures.iter().all(|failure| match failure {
        Failure::Partition(side) => side.contains(&a) == side.contains(&b),
        _ => true,
    })
}
// END SOLUTION
