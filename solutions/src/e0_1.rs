//! E0.1 — An availability calculator.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e0_1::{AvailabilityError, SECONDS_PER_YEAR};

/// The chance that all of `n` copies are down, where each is down with probability `p`, whatever the others do.
///
/// # Errors
/// When `n` is 0, then when `p` is not from 0 to 1.
pub fn all_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    // BEGIN SOLUTION todo!("check n = {n}, then p = {p}; then: how likely are all of them down?")
    check(p, n)?;
    Ok(p.powf(f64::from(n)))
    // END SOLUTION
}

/// The chance that fewer than a majority of `n` nodes are up: fewer than ⌊n / 2⌋ + 1.
///
/// # Errors
/// As `all_down`.
pub fn majority_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    // BEGIN SOLUTION todo!("check n = {n}, then p = {p}; then add up what leaves no majority")
    check(p, n)?;
    let majority = n / 2 + 1;
    let no_majority = (0..=n).filter(|down| n - down < majority);
    let chances = chances_of_down(p, n);
    Ok(no_majority.map(|down| chances[down as usize]).sum())
    // END SOLUTION
}

/// The chance that all of `n` copies are down, where with probability `c` one cause takes all of them down together,
/// and else each is down with probability `p`.
///
/// # Errors
/// As `all_down`, then when `c` is not from 0 to 1.
pub fn with_common_cause(p: f64, n: u32, c: f64) -> Result<f64, AvailabilityError> {
    // BEGIN SOLUTION todo!("check n = {n}, p = {p}, then c = {c}; then tell the two cases apart")
    let apart = all_down(p, n)?;
    if !is_probability(c) {
        return Err(AvailabilityError::CommonCause(c));
    }
    Ok(c + (1.0 - c) * apart)
    // END SOLUTION
}

/// The seconds of a year that something is down which is down this share of the time. A year has `SECONDS_PER_YEAR`.
///
/// # Errors
/// When `u` is not from 0 to 1.
pub fn downtime_secs_per_year(u: f64) -> Result<f64, AvailabilityError> {
    // BEGIN SOLUTION todo!("check u = {u}; then turn it into seconds")
    if !is_probability(u) {
        return Err(AvailabilityError::Unavailability(u));
    }
    Ok(u * SECONDS_PER_YEAR)
    // END SOLUTION
}
// BEGIN SOLUTION

/// How likely it is that none, exactly one, exactly two, … of `n` nodes are down.
fn chances_of_down(p: f64, n: u32) -> Vec<f64> {
    let mut chances = vec![1.0];
    // One node after the other: with the next one, as many are down as before, or one more.
    for _ in 0..n {
        let mut next = vec![0.0; chances.len() + 1];
        for (down, chance) in chances.iter().enumerate() {
            next[down] += chance * (1.0 - p);
            next[down + 1] += chance * p;
        }
        chances = next;
    }
    chances
}

fn check(p: f64, n: u32) -> Result<(), AvailabilityError> {
    if n == 0 {
        return Err(AvailabilityError::NoNodes);
    }
    if !is_probability(p) {
        return Err(AvailabilityError::Node(p));
    }
    Ok(())
}

/// Not true of NaN either.
fn is_probability(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}
// END SOLUTION
