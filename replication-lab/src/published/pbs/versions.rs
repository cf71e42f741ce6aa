//! Staleness in versions: how many writes behind a read is.

use crate::leaderless::{Leaderless, ReadRepair, Scheme, SetupError};
use crate::network::Latency;
use crate::published::estimate::Estimate;
use crate::published::parallel::{in_parallel, parts};
use crate::quorum::{QuorumError, facts};
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// The chance that a read returns one of the last `k` versions, each of which W of N replicas hold, drawn anew for
/// each: 1 − pᵏ with p = C(N−W, R)/C(N, R) (the paper's equations 1 and 2).
///
/// # Errors
/// When N, R and W make no quorums.
///
/// # Examples
/// ```
/// use replication_lab::published::pbs::within;
/// assert_eq!(format!("{:.4}", within(3, 1, 1, 2)?), "0.5556");
/// # Ok::<(), replication_lab::quorum::QuorumError>(())
/// ```
pub fn within(n: u32, r: u32, w: u32, k: u32) -> Result<f64, QuorumError> {
    let missed = facts(n, w, r)?.stale_probability;
    Ok(1.0 - libm::pow(missed, f64::from(k)))
}

/// The same on the cluster: k writes, each of which reaches W replicas drawn at random and no other, then a read
/// from R replicas drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRun {
    /// N: replicas.
    pub n: u32,
    /// R: replicas that are read.
    pub r: u32,
    /// W: replicas that a write reaches.
    pub w: u32,
    /// How many versions are recent.
    pub k: u32,
    /// Trials.
    pub trials: u64,
    /// Seed of all that is random.
    pub seed: u64,
}

impl VersionRun {
    /// The share of reads that returned one of the last k versions.
    ///
    /// # Errors
    /// When N, R and W make no cluster.
    pub fn run(&self) -> Result<Estimate, SetupError> {
        let parts = parts(self.trials);
        let base = Rng::new(self.seed, Stream::Workload).bits();
        let run = |part: usize| self.run_part(parts[part], base.wrapping_add(part as u64));
        let hits: u64 = in_parallel(parts.len(), run).into_iter().sum::<Result<u64, SetupError>>()?;
        Ok(Estimate::share(hits, self.trials))
    }

    fn run_part(&self, trials: u64, seed: u64) -> Result<u64, SetupError> {
        let empty = Leaderless::builder()
            .replicas(self.n)
            .write_quorum(self.w)
            .read_quorum(self.r)
            .clients(2)
            .versions(Scheme::Timestamp)
            .read_repair(ReadRepair::Off)
            .latency(Latency::Constant(Time::ms(1)))
            .trace(false)
            .seed(seed)
            .build()?;
        let mut draws = Rng::new(seed, Stream::Workload);
        let mut replicas = empty.home("x");
        let mut hits = 0;
        for _ in 0..trials {
            let mut cluster = empty.clone();
            for version in 0..self.k {
                draws.shuffle(&mut replicas);
                let missed: Vec<&str> = replicas[self.w as usize..].iter().map(String::as_str).collect();
                cluster.heal().partition(&["c1"], &missed)?;
                cluster.write("c1", "x", &version.to_string())?;
            }
            draws.shuffle(&mut replicas);
            let asked: Vec<&str> = replicas[..self.r as usize].iter().map(String::as_str).collect();
            // Nothing is older than the k versions but the empty store.
            hits += u64::from(cluster.read_from("c2", &asked, "x")?.value().is_some());
        }
        Ok(hits)
    }
}
