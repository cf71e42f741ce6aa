//! E6.1 — Quorum facts (8 points)
//!
//! Write `quorum(n, w, r)`: what the three numbers alone promise. Six facts, in `QuorumFacts`:
//!
//! - `overlap`: does every read quorum share a replica with every write quorum?
//! - `min_overlap`: how many do they share at the least?
//! - `write_tolerance`, `read_tolerance`: how many replicas may be down while writes, reads still succeed?
//! - `stale_probability`: how likely do R replicas, drawn at random, all miss a write that exactly W of the N hold?
//! - `write_write_overlap`: do any two *write* quorums share a replica?
//!
//! Numbers that make no quorum are an error. Check N first, then W, then R.
//!
//! Check it with `cargo course check E6.1`, or with
//! `cargo test -p exercises e6_1`. Stuck? `cargo course hint E6.1`.

use grader::exercises::e6_1::{QuorumError, QuorumFacts};

/// The facts of N replicas, writes that wait for W and reads that wait for R.
///
/// # Errors
/// When the numbers make no quorum. N is checked first, then W, then R.
pub fn quorum(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> {
    todo!("check n = {n}, w = {w}, r = {r}; then compute the six facts")
}
