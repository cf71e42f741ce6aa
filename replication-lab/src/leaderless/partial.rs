//! How often a read misses a write that only W replicas hold: the formula against the cluster.

use serde::{Deserialize, Serialize};

use super::cluster::Leaderless;
use super::setup::{Ask, ReadRepair, SetupError};
use super::version::Scheme;
use crate::network::Latency;
use crate::quorum;
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// The share of stale reads, computed and measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaleShare {
    /// Runs.
    pub trials: u32,
    /// Runs in which the read missed the write.
    pub stale: u32,
    /// C(N−W, R) / C(N, R).
    pub formula: f64,
}

impl StaleShare {
    /// The measured share.
    pub fn measured(&self) -> f64 {
        f64::from(self.stale) / f64::from(self.trials.max(1))
    }
}

/// Runs a cluster `trials` times: one client writes, and W replicas, drawn at random, get it while it is on its way
/// to the others; another client then reads from R replicas, drawn at random.
///
/// # Errors
/// When N, W, R make no quorum.
pub fn stale_share(n: u32, w: u32, r: u32, trials: u32, seed: u64) -> Result<StaleShare, SetupError> {
    let builder = Leaderless::builder()
        .replicas(n)
        .write_quorum(w)
        .read_quorum(r)
        .clients(2)
        .versions(Scheme::ClientCounter)
        .read_repair(ReadRepair::Off)
        .ask(Ask::JustEnough)
        .latency(Latency::Constant(Time::ms(1)))
        .trace(false);
    let mut draws = Rng::new(seed, Stream::Faults);
    let mut stale = 0;
    for trial in 0..trials {
        let mut cluster = builder.clone().seed(seed.wrapping_add(u64::from(trial))).build()?;
        let (writer, mut replicas) = (cluster.id("c1")?, cluster.topology.home("x"));
        draws.shuffle(&mut replicas);
        for late in &replicas[w as usize..] {
            cluster.world.network().hold(writer, *late);
        }
        cluster.write("c1", "x", "new")?;
        stale += u32::from(cluster.read("c2", "x")?.value().is_none());
    }
    let formula = quorum::facts(n, w, r).map_or(0.0, |facts| facts.stale_probability);
    Ok(StaleShare { trials, stale, formula })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cluster_agrees_with_the_formula_for_every_quorum_up_to_four_replicas() {
        let trials = 2_000;
        for ((n, w, r), facts) in quorum::all_facts(4) {
            let share = stale_share(n, w, r, trials, 11).unwrap();
            let p = facts.stale_probability;
            // Four standard deviations; exactly zero where the quorums overlap.
            let tolerance = 4.0 * (p * (1.0 - p) / f64::from(trials)).sqrt();
            assert!(
                (share.measured() - p).abs() <= tolerance,
                "({n}, {w}, {r}): {} and {p}",
                share.measured()
            );
        }
    }
}
