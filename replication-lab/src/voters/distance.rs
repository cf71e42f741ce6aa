//! Round trips between regions.

use std::fmt;

use crate::network::Region;

/// The round trips between some regions, in milliseconds; within a region, between two of its nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTrips {
    names: Vec<String>,
    ms: Vec<Vec<u64>>,
}

/// Round trips that can't be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TripsError {
    /// There are as many rows as names, and each row is as long as its number: row, entries, entries that it needs.
    Row(usize, usize, usize),
    /// So many rows for so many names.
    Rows(usize, usize),
}

impl fmt::Display for TripsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row, entries, needed) => {
                write!(f, "row {row} has {entries} round trips: give {needed}, one to each region before it")
            }
            Self::Rows(rows, names) => write!(f, "{rows} rows for {names} regions: give one for each"),
        }
    }
}

impl std::error::Error for TripsError {}

impl RoundTrips {
    /// Regions by name; `local` is the round trip within each of them; `below[i]` has those from region i to each
    /// region before it. So no round trip can depend on its direction.
    ///
    /// # Errors
    /// When there is not one row for each region, or a row has the wrong length.
    pub fn new(names: &[&str], local: u64, below: &[&[u64]]) -> Result<Self, TripsError> {
        if names.len() != below.len() {
            return Err(TripsError::Rows(below.len(), names.len()));
        }
        let mut ms = vec![vec![local; names.len()]; names.len()];
        for (row, trips) in below.iter().enumerate() {
            if trips.len() != row {
                return Err(TripsError::Row(row, trips.len(), row));
            }
            for (column, trip) in trips.iter().enumerate() {
                ms[row][column] = *trip;
                ms[column][row] = *trip;
            }
        }
        Ok(Self { names: names.iter().map(|name| (*name).to_owned()).collect(), ms })
    }

    /// Virginia, Europe and Tokyo as the course's examples have them: 80, 160 and 220 ms, and 1 ms within a region.
    pub fn lesson() -> Self {
        let names = ["VA", "EU", "TYO"].map(str::to_owned).to_vec();
        Self { names, ms: vec![vec![1, 80, 160], vec![80, 1, 220], vec![160, 220, 1]] }
    }

    /// The typical round trips between these regions; see [`Region::round_trip`].
    pub fn of(regions: &[Region]) -> Self {
        let trip = |a: Region, b: Region| a.round_trip(b).as_us() / 1_000;
        let row = |a: &Region| regions.iter().map(|b| trip(*a, *b)).collect();
        Self { names: regions.iter().map(Region::to_string).collect(), ms: regions.iter().map(row).collect() }
    }

    /// How many regions there are.
    pub fn regions(&self) -> usize {
        self.names.len()
    }

    /// A region's name; a question mark if there is no such region.
    pub fn name(&self, region: usize) -> &str {
        self.names.get(region).map_or("?", String::as_str)
    }

    /// The round trip between two regions; nothing if there is no such region.
    pub fn ms(&self, a: usize, b: usize) -> Option<u64> {
        self.ms.get(a)?.get(b).copied()
    }
}
