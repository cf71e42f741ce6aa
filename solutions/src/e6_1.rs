//! E6.1 — Quorum facts: what the numbers N, W and R alone promise.

use grader::exercises::e6_1::{QuorumError, QuorumFacts};

/// The facts of N replicas, writes that wait for W and reads that wait for R.
///
/// # Errors
/// When the numbers make no quorum. N is checked first, then W, then R.
pub fn quorum(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> {
    // BEGIN SOLUTION todo!("check n = {n}, w = {w}, r = {r}; then compute the six facts")
    if n == 0 {
        return Err(QuorumError::NoReplicas);
    }
    if w == 0 || w > n {
        return Err(QuorumError::WriteQuorum { w, n });
    }
    if r == 0 || r > n {
        return Err(QuorumError::ReadQuorum { r, n });
    }
    // Each further replica that is asked is drawn from those not asked yet.
    let miss = |i: u32| f64::from((n - w).saturating_sub(i)) / f64::from(n - i);
    Ok(QuorumFacts {
        overlap: w + r > n,
        min_overlap: (w + r).saturating_sub(n),
        write_tolerance: n - w,
        read_tolerance: n - r,
        stale_probability: (0..r).map(miss).product(),
        write_write_overlap: 2 * w > n,
    })
    // END SOLUTION
}
