//! E1.4 — Data at risk (9 points)
//!
//! The leader answers before a follower has the write. Its machine burns, with the disk. What is gone?
//!
//! - `data_at_risk(writes_per_s, bytes_per_write, lag_s)`: the writes that the follower hasn't got, and their bytes.
//! - `longest_lag(writes_per_s, bearable)`: the business can bear to lose so many writes. How many seconds may the
//!   follower be behind before somebody must be woken? `None` if nobody writes.
//!
//! The lag is the *exposure*, what would be lost now. What may be lost is the *objective*, the RPO. An alert compares
//! the two.
//!
//! Check it with `cargo course check E1.4`, or with
//! `cargo test -p exercises e1_4`. Stuck? `cargo course hint E1.4`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_4::{AtRisk, CapacityError, Input};

/// What is lost if the leader is lost now, with its disk, and the follower that takes over is `lag_s` seconds behind.
///
/// # Errors
/// When an argument is no amount (below 0, infinite or NaN); the first one is named.
pub fn data_at_risk(writes_per_s: f64, bytes_per_write: f64, lag_s: f64) -> Result<AtRisk, CapacityError> {
    todo!("check {writes_per_s}, {bytes_per_write}, {lag_s}; then: how many writes, how many bytes?")
}

/// The longest lag, in seconds, at which no more than `bearable` writes are at risk. Nothing if nobody writes: then
/// every lag will do.
///
/// # Errors
/// When an argument is no amount; the first one is named.
pub fn longest_lag(writes_per_s: f64, bearable: f64) -> Result<Option<f64>, CapacityError> {
    todo!("check {writes_per_s} and {bearable}; then turn data_at_risk round")
}
