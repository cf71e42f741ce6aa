//! What (N, W, R) alone determines.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the numbers N, W and R promise of strict quorums (no sloppy quorum, no lost replica).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuorumFacts {
    /// Whether every read quorum shares a replica with every write quorum: W + R > N.
    pub overlap: bool,
    /// How many replicas a read quorum and a write quorum share at the least.
    pub min_overlap: u32,
    /// How many replicas may be down while writes still succeed.
    pub write_tolerance: u32,
    /// How many replicas may be down while reads still succeed.
    pub read_tolerance: u32,
    /// Probability that R replicas drawn at random miss a write that exactly W of the N hold.
    pub stale_probability: f64,
    /// Whether any two write quorums share a replica: W > N/2.
    pub write_write_overlap: bool,
}

/// Numbers that make no quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuorumError {
    /// N is 0.
    NoReplicas,
    /// W is 0 or above N.
    WriteQuorum {
        /// The W that was asked for.
        w: u32,
        /// The number of replicas.
        n: u32,
    },
    /// R is 0 or above N.
    ReadQuorum {
        /// The R that was asked for.
        r: u32,
        /// The number of replicas.
        n: u32,
    },
}

impl fmt::Display for QuorumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QuorumError::NoReplicas => write!(f, "N is 0: a quorum needs at least one replica"),
            QuorumError::WriteQuorum { w, n } => write!(f, "W is {w}: choose W between 1 and N = {n}"),
            QuorumError::ReadQuorum { r, n } => write!(f, "R is {r}: choose R between 1 and N = {n}"),
        }
    }
}

impl std::error::Error for QuorumError {}

/// The facts of (N, W, R).
///
/// # Errors
/// When W or R is 0 or above N, or N is 0. N is checked first, then W, then R.
///
/// # Examples
/// ```
/// let facts = replication_lab::quorum::facts(3, 2, 2)?;
/// assert!(facts.overlap && facts.min_overlap == 1);
/// # Ok::<(), replication_lab::quorum::QuorumError>(())
/// ```
// No method of the type: whoever is handed the type to fill it in must not find the answer on it.
pub fn facts(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> {
    if n == 0 {
        return Err(QuorumError::NoReplicas);
    }
    if w == 0 || w > n {
        return Err(QuorumError::WriteQuorum { w, n });
    }
    if r == 0 || r > n {
        return Err(QuorumError::ReadQuorum { r, n });
    }
    Ok(QuorumFacts {
        overlap: w + r > n,
        min_overlap: (w + r).saturating_sub(n),
        write_tolerance: n - w,
        read_tolerance: n - r,
        stale_probability: miss_probability(n, w, r),
        write_write_overlap: 2 * w > n,
    })
}

/// The facts of every (N, W, R) with N from 1 to `largest_n`.
pub fn all_facts(largest_n: u32) -> Vec<((u32, u32, u32), QuorumFacts)> {
    let triples = (1..=largest_n).flat_map(|n| (1..=n).flat_map(move |w| (1..=n).map(move |r| (n, w, r))));
    triples.filter_map(|(n, w, r)| Some(((n, w, r), facts(n, w, r).ok()?))).collect()
}

/// C(N−W, R) / C(N, R): the chance that R replicas drawn at random are all among the N−W without the write.
fn miss_probability(n: u32, w: u32, r: u32) -> f64 {
    // As a product of quotients, it needs no factorial and stays exact enough for hundreds of replicas.
    (0..r).map(|i| f64::from((n - w).saturating_sub(i)) / f64::from(n - i)).product()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts, over all pairs of a write quorum and a read quorum, how many share no replica, and the smallest
    /// share. N is small enough to look at every pair.
    fn by_enumeration(n: u32, w: u32, r: u32) -> (u32, f64) {
        let subsets = |k: u32| (0u32..1 << n).filter(move |set| set.count_ones() == k);
        let shares: Vec<u32> =
            subsets(w).flat_map(|a| subsets(r).map(move |b| (a & b).count_ones())).collect();
        let missing = shares.iter().filter(|share| **share == 0).count();
        (*shares.iter().min().unwrap(), missing as f64 / shares.len() as f64)
    }

    #[test]
    fn every_quorum_up_to_seven_replicas_agrees_with_enumeration() {
        for ((n, w, r), facts) in all_facts(7) {
            let (least, missing) = by_enumeration(n, w, r);
            assert_eq!(facts.min_overlap, least, "({n}, {w}, {r})");
            assert!((facts.stale_probability - missing).abs() < 1e-12, "({n}, {w}, {r})");
            assert_eq!(facts.overlap, missing == 0.0, "({n}, {w}, {r})");
        }
    }

    #[test]
    fn a_hundred_replicas_with_quorums_of_thirty() {
        let missing = facts(100, 30, 30).unwrap().stale_probability;
        assert!((missing - 1.88e-6).abs() < 0.01e-6, "{missing}");
    }

    #[test]
    fn what_is_no_quorum() {
        let why = |n, w, r| facts(n, w, r).unwrap_err().to_string();
        assert_eq!(why(0, 0, 0), "N is 0: a quorum needs at least one replica");
        assert_eq!(why(3, 0, 1), "W is 0: choose W between 1 and N = 3");
        assert_eq!(why(3, 4, 9), "W is 4: choose W between 1 and N = 3");
        assert_eq!(why(3, 3, 9), "R is 9: choose R between 1 and N = 3");
    }
}
