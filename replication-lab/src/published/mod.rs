//! Published results, computed by the lab.
//!
//! A simulator whose clusters give the numbers that others published deserves some trust. Each [`Row`] has a value
//! that was published, a reference where the publication itself is coarse or in error, and what the lab computes:
//! by its clusters over the simulated network, and, for quantities that a formula or a direct Monte-Carlo run gives
//! too, by that as well.
//!
//! `cargo run --release -p replication-lab --example published_results` prints them all.
//!
//! # Examples
//! ```
//! use replication_lab::published::{Section, Settings, rows};
//! let rows = rows(Section::Siblings, &Settings::default());
//! assert!(rows.iter().all(|row| row.holds));
//! ```

pub mod detectors;
mod estimate;
pub mod hashing;
mod parallel;
pub mod pbs;
pub mod raft;
mod row;
pub mod siblings;

pub use estimate::Estimate;
pub use row::{Row, STANDARD_ERRORS, Section, Tolerance, Value, table};

/// How much is computed, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Trials of each Monte-Carlo run of the first section; the other sections take a share of it that suits them.
    /// Default: a million.
    pub trials: u64,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trials: 1_000_000, seed: 1 }
    }
}

/// The rows of a section, computed on all cores. The same settings give the same rows, however many there are.
pub fn rows(section: Section, settings: &Settings) -> Vec<Row> {
    match section {
        Section::Staleness => pbs::rows(settings),
        Section::Elections => raft::rows(settings),
        Section::Hashing => hashing::rows(settings),
        Section::Detectors => detectors::rows(settings),
        Section::Siblings => siblings::rows(settings),
    }
}
