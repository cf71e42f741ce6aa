//! E0.2 — The budget of an SLA (8 points)
//!
//! “Four nines” is a promise: down for no more than one ten-thousandth of the time. How many minutes is that, and what
//! did last night cost?
//!
//! - `minutes_allowed(nines, days)`: the minutes of `days` days that a service may be down. 4 nines are 99.99 %.
//! - `nines_reached(minutes_down, days)`: the way back.
//! - `budget_consumed(percent, days, incidents)`: the share of the budget that all incidents took together. It can be
//!   more than 1.
//!
//! Contracts count by the year or by the month, so the period is an argument. Refuse what makes no sense, always the
//! days first.
//!
//! Check it with `cargo course check E0.2`, or with
//! `cargo test -p exercises e0_2`. Stuck? `cargo course hint E0.2`.

use grader::exercises::e0_2::BudgetError;

/// The minutes of `days` days that a service with so many nines may be down; 4 nines are 99.99 %, and 2.5 nines are
/// 10^−2.5 of the time.
///
/// # Errors
/// When there are no days, then when `nines` is below 0 or not finite.
pub fn minutes_allowed(nines: f64, days: u32) -> Result<f64, BudgetError> {
    todo!("check days = {days}, then nines = {nines}; then take the share of all minutes")
}

/// The way back: the nines that a service reached which was down for `minutes_down` of `days` days.
///
/// # Errors
/// When there are no days, then when the minutes are below 0, more than all, or no number, then when they are 0.
pub fn nines_reached(minutes_down: f64, days: u32) -> Result<f64, BudgetError> {
    todo!("check days = {days}, then minutes_down = {minutes_down}; then undo minutes_allowed")
}

/// How much of the downtime that `percent` of availability allow in `days` days the incidents took together, each so
/// many minutes long: 1 is all of it, and 1.5 is half as much again.
///
/// # Errors
/// When there are no days, then when `percent` is not from 0 to 100, then when it is 100, then for the first incident
/// that is below 0 minutes, longer than the period, or no number.
pub fn budget_consumed(percent: f64, days: u32, incidents: &[f64]) -> Result<f64, BudgetError> {
    todo!("check days = {days}, percent = {percent}, {incidents:?}; then compare with the budget")
}
