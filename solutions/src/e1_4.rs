//! E1.4 — Data at risk.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_4::{AtRisk, CapacityError, Input};

/// What is lost if the leader is lost now, with its disk, and the follower that takes over is `lag_s` seconds behind.
///
/// # Errors
/// When an argument is no amount (below 0, infinite or NaN); the first one is named.
pub fn data_at_risk(writes_per_s: f64, bytes_per_write: f64, lag_s: f64) -> Result<AtRisk, CapacityError> {
    // BEGIN SOLUTION todo!("check {writes_per_s}, {bytes_per_write}, {lag_s}; then: how many writes, how many bytes?")
    let rate = amount(Input::Writes, writes_per_s)?;
    let size = amount(Input::WriteSize, bytes_per_write)?;
    let lag = amount(Input::Lag, lag_s)?;
    let writes = rate * lag;
    let bytes = writes * size;
    Ok(AtRisk { bytes, writes })
    // END SOLUTION
}

/// The longest lag, in seconds, at which no more than `bearable` writes are at risk. Nothing if nobody writes: then
/// every lag will do.
///
/// # Errors
/// When an argument is no amount; the first one is named.
pub fn longest_lag(writes_per_s: f64, bearable: f64) -> Result<Option<f64>, CapacityError> {
    // BEGIN SOLUTION todo!("check {writes_per_s} and {bearable}; then turn data_at_risk round")
    let rate = amount(Input::Writes, writes_per_s)?;
    let bearable = amount(Input::Bearable, bearable)?;
    if rate == 0.0 {
        return Ok(None);
    }
    Ok(Some(bearable / rate))
    // END SOLUTION
}
// BEGIN SOLUTION

fn amount(input: Input, value: f64) -> Result<f64, CapacityError> {
    if !value.is_finite() || value < 0.0 {
        return Err(CapacityError::Amount(input, value));
    }
    Ok(value)
}
// END SOLUTION
