//! Where voters stand: what a majority survives there, and how far a write must travel.
//!
//! - [`Placement`]: how many voters there are in each zone of each region; [`Failure`]: what goes wrong there;
//! - [`survives`], [`survives_any`]: whether a majority is left;
//! - [`commit_latency`], [`best_leader`]: how long a leader waits for its majority;
//! - [`write_latency`]: the same question for four strategies, with and without a leader;
//! - [`RoundTrips`]: the distances, as data.
//!
//! # Limits
//! A round trip is one number, and a node answers in an instant: no disk, no queue, no jitter. A voter is reached
//! directly, or not at all. That voters elect a leader anew takes time of its own, which is not counted here.
//!
//! # Examples
//! ```
//! use replication_lab::voters::{Failure, Kind, Placement, RoundTrips, commit_latency, survives, survives_any};
//!
//! // Five voters in two regions: three in Virginia, two in Europe.
//! let two_regions = Placement::by_region(&[3, 2]);
//! assert!(survives(&two_regions, &[Failure::Region(1)]));
//! assert!(!survives(&two_regions, &[Failure::Region(0)]), "two of five are no majority");
//!
//! let three_regions = Placement::by_region(&[2, 2, 1]);
//! assert!(survives_any(&three_regions, Kind::Region));
//! // The price: the third vote comes from another region.
//! let lesson = RoundTrips::lesson();
//! assert_eq!(commit_latency(&two_regions, 0, &lesson, &[]), Some(1));
//! assert_eq!(commit_latency(&three_regions, 0, &lesson, &[]), Some(80));
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

mod distance;
mod strategy;
#[cfg(test)]
mod tests;
mod view;

pub use distance::{RoundTrips, TripsError};
pub use strategy::{Strategy, StrategyError, write_latency};
pub use view::{placements_table, strategies_table};

/// How many voters there are in each zone of each region: `zones[region][zone]`. Regions and zones are counted from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Voters, by region and zone. A zone may be empty.
    pub zones: Vec<Vec<u32>>,
}

/// Something that goes wrong. What names a place that isn't there changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    /// One server is lost, in this zone of this region. Said twice, it is two servers.
    Server(usize, usize),
    /// All servers of a zone are lost: the region, then the zone.
    Zone(usize, usize),
    /// All servers of a region are lost.
    Region(usize),
    /// The network is cut between these regions and all others. Nobody is lost.
    Partition(Vec<usize>),
}

/// How large a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One server.
    Server,
    /// One zone.
    Zone,
    /// One region.
    Region,
    /// One cut between regions.
    Partition,
}

impl Kind {
    /// All kinds, the smallest first.
    pub const ALL: [Kind; 4] = [Self::Server, Self::Zone, Self::Region, Self::Partition];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Server => "any server",
            Self::Zone => "any zone",
            Self::Region => "any region",
            Self::Partition => "any cut between regions",
        })
    }
}

impl Placement {
    /// So many voters in each region, each in a zone of its own.
    pub fn by_region(voters: &[u32]) -> Self {
        Self { zones: voters.iter().map(|voters| vec![1; *voters as usize]).collect() }
    }

    /// All voters.
    pub fn voters(&self) -> u32 {
        self.zones.iter().flatten().sum()
    }

    /// The fewest voters that are more than half of them.
    pub fn majority(&self) -> u32 {
        self.voters() / 2 + 1
    }

    /// Voters of a region; 0 if there is no such region.
    pub fn in_region(&self, region: usize) -> u32 {
        self.zones.get(region).map_or(0, |zones| zones.iter().sum())
    }

    /// The voters of each region that are left when all this has gone wrong.
    fn left(&self, failures: &[Failure]) -> Vec<u32> {
        let mut zones = self.zones.clone();
        for failure in failures {
            match failure {
                Failure::Server(region, zone) => {
                    if let Some(voters) = zones.get_mut(*region).and_then(|zones| zones.get_mut(*zone)) {
                        *voters = voters.saturating_sub(1);
                    }
                }
                Failure::Zone(region, zone) => {
                    if let Some(voters) = zones.get_mut(*region).and_then(|zones| zones.get_mut(*zone)) {
                        *voters = 0;
                    }
                }
                Failure::Region(region) => {
                    if let Some(zones) = zones.get_mut(*region) {
                        zones.fill(0);
                    }
                }
                Failure::Partition(_) => {}
            }
        }
        zones.iter().map(|zones| zones.iter().sum()).collect()
    }

    /// Every failure of a kind that can happen here.
    pub fn failures(&self, kind: Kind) -> Vec<Failure> {
        let regions = 0..self.zones.len();
        let zones = || {
            regions.clone().flat_map(|region| (0..self.zones[region].len()).map(move |zone| (region, zone)))
        };
        match kind {
            Kind::Server => {
                let voters = zones().filter(|(region, zone)| self.zones[*region][*zone] > 0);
                voters.map(|(region, zone)| Failure::Server(region, zone)).collect()
            }
            Kind::Zone => zones().map(|(region, zone)| Failure::Zone(region, zone)).collect(),
            Kind::Region => regions.map(Failure::Region).collect(),
            // The first region is always on the other side: a cut has no direction.
            Kind::Partition => {
                let others = self.zones.len().saturating_sub(1).min(MOST_REGIONS);
                let sides = 1u32..1 << others;
                let side =
                    |bits: u32| (0..others).filter(move |i| bits >> i & 1 == 1).map(|i| i + 1).collect();
                sides.map(|bits| Failure::Partition(side(bits))).collect()
            }
        }
    }
}

/// Most regions whose cuts are all tried, beside the first one.
const MOST_REGIONS: usize = 12;

/// Whether two regions still reach each other.
fn connected(a: usize, b: usize, failures: &[Failure]) -> bool {
    failures.iter().all(|failure| match failure {
        Failure::Partition(side) => side.contains(&a) == side.contains(&b),
        _ => true,
    })
}

/// Whether some voters that are left, and reach one another, are a majority of *all* voters, those lost included. No
/// voters at all have no majority.
pub fn survives(placement: &Placement, failures: &[Failure]) -> bool {
    let left = placement.left(failures);
    (0..left.len()).any(|region| reached(&left, region, failures) >= placement.majority())
}

/// Voters that reach this region, its own included.
fn reached(left: &[u32], region: usize, failures: &[Failure]) -> u32 {
    let reached = left.iter().enumerate().filter(|(other, _)| connected(region, *other, failures));
    reached.map(|(_, voters)| voters).sum()
}

/// Whether a majority survives any single failure of this kind.
pub fn survives_any(placement: &Placement, kind: Kind) -> bool {
    placement.failures(kind).into_iter().all(|failure| survives(placement, &[failure]))
}

/// Milliseconds from when a leader in this region sends a write until a majority has it: the leader's own vote counts
/// at once, then the nearest voters that it reaches answer first. Nothing if the region has no voter left to lead, or
/// the leader reaches no majority.
pub fn commit_latency(
    placement: &Placement,
    leader: usize,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<u64> {
    let mut left = placement.left(failures);
    let home = left.get_mut(leader).filter(|voters| **voters > 0)?;
    *home -= 1;
    let mut answers = Vec::new();
    for (region, voters) in left.iter().enumerate().filter(|(to, _)| connected(leader, *to, failures)) {
        let trip = round_trips.ms(leader, region)?;
        answers.extend(std::iter::repeat_n(trip, *voters as usize));
    }
    answers.sort_unstable();
    match placement.majority() as usize - 1 {
        0 => Some(0),
        others => answers.get(others - 1).copied(),
    }
}

/// The region from which a leader commits fastest, and its latency; the first one, if several do.
pub fn best_leader(
    placement: &Placement,
    round_trips: &RoundTrips,
    failures: &[Failure],
) -> Option<(usize, u64)> {
    let latency = |region| Some((region, commit_latency(placement, region, round_trips, failures)?));
    (0..placement.zones.len()).filter_map(latency).min_by_key(|(_, latency)| *latency)
}
