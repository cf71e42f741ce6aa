//! E0.1 — Availability calculator (14 points)
//!
//! A node is down one thousandth of the time. How much better are two copies, or three? Write the calculator:
//!
//! - `all_down(p, n)`: how likely are all `n` copies down, if each is down with probability `p`, whatever the others
//!   do?
//! - `majority_down(p, n)`: how likely are *fewer than a majority* up? A majority is ⌊n / 2⌋ + 1. Even `n` are allowed.
//! - `with_common_cause(p, n, c)`: with probability `c`, one cause takes all of them down together: the rack's power, a
//!   bug that all of them run. Else each is down with probability `p`. How likely are all down?
//! - `downtime_secs_per_year(u)`: the seconds a year that something is down which is down this share of the time.
//!
//! The answers must be right to six digits, also where they are tiny, and also for a thousand nodes. Refuse, in this
//! order: no nodes, a `p` that is no probability, a `c` that is none.
//!
//! Check it with `cargo course check E0.1`, or with
//! `cargo test -p exercises e0_1`. Stuck? `cargo course hint E0.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e0_1::{AvailabilityError, SECONDS_PER_YEAR};

/// The chance that all of `n` copies are down, where each is down with probability `p`, whatever the others do.
///
/// # Errors
/// When `n` is 0, then when `p` is not from 0 to 1.
pub fn all_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    todo!("check n = {n}, then p = {p}; then: how likely are all of them down?")
}

/// The chance that fewer than a majority of `n` nodes are up: fewer than ⌊n / 2⌋ + 1.
///
/// # Errors
/// As `all_down`.
pub fn majority_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    todo!("check n = {n}, then p = {p}; then add up what leaves no majority")
}

/// The chance that all of `n` copies are down, where with probability `c` one cause takes all of them down together,
/// and else each is down with probability `p`.
///
/// # Errors
/// As `all_down`, then when `c` is not from 0 to 1.
pub fn with_common_cause(p: f64, n: u32, c: f64) -> Result<f64, AvailabilityError> {
    todo!("check n = {n}, p = {p}, then c = {c}; then tell the two cases apart")
}

/// The seconds of a year that something is down which is down this share of the time. A year has `SECONDS_PER_YEAR`.
///
/// # Errors
/// When `u` is not from 0 to 1.
pub fn downtime_secs_per_year(u: f64) -> Result<f64, AvailabilityError> {
    todo!("check u = {u}; then turn it into seconds")
}
