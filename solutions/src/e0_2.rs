//! E0.2 — The budget of an SLA.

use grader::exercises::e0_2::BudgetError;

/// The minutes of `days` days that a service with so many nines may be down; 4 nines are 99.99 %, and 2.5 nines are
/// 10^−2.5 of the time.
///
/// # Errors
/// When there are no days, then when `nines` is below 0 or not finite.
pub fn minutes_allowed(nines: f64, days: u32) -> Result<f64, BudgetError> {
    // BEGIN SOLUTION todo!("check days = {days}, then nines = {nines}; then take the share of all minutes")
    let all = minutes_in(days)?;
    if !nines.is_finite() || nines < 0.0 {
        return Err(BudgetError::Nines(nines));
    }
    Ok(all / 10_f64.powf(nines))
    // END SOLUTION
}

/// The way back: the nines that a service reached which was down for `minutes_down` of `days` days.
///
/// # Errors
/// When there are no days, then when the minutes are below 0, more than all, or no number, then when they are 0.
pub fn nines_reached(minutes_down: f64, days: u32) -> Result<f64, BudgetError> {
    // BEGIN SOLUTION todo!("check days = {days}, then minutes_down = {minutes_down}; then undo minutes_allowed")
    let all = minutes_in(days)?;
    check_minutes(minutes_down, all)?;
    if minutes_down == 0.0 {
        return Err(BudgetError::NeverDown);
    }
    Ok((all / minutes_down).log10())
    // END SOLUTION
}

/// How much of the downtime that `percent` of availability allow in `days` days the incidents took together, each so
/// many minutes long: 1 is all of it, and 1.5 is half as much again.
///
/// # Errors
/// When there are no days, then when `percent` is not from 0 to 100, then when it is 100, then for the first incident
/// that is below 0 minutes, longer than the period, or no number.
pub fn budget_consumed(percent: f64, days: u32, incidents: &[f64]) -> Result<f64, BudgetError> {
    // BEGIN SOLUTION todo!("check days = {days}, percent = {percent}, {incidents:?}; then compare with the budget")
    let all = minutes_in(days)?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(BudgetError::Percent(percent));
    }
    if percent == 100.0 {
        return Err(BudgetError::NoBudget);
    }
    let mut down = 0.0;
    for incident in incidents {
        check_minutes(*incident, all)?;
        down += incident;
    }
    Ok(down / (all * (100.0 - percent) / 100.0))
    // END SOLUTION
}
// BEGIN SOLUTION

fn minutes_in(days: u32) -> Result<f64, BudgetError> {
    if days == 0 {
        return Err(BudgetError::NoDays);
    }
    Ok(f64::from(days) * 24.0 * 60.0)
}

fn check_minutes(minutes: f64, all: f64) -> Result<(), BudgetError> {
    if !(0.0..=all).contains(&minutes) {
        return Err(BudgetError::Minutes(minutes));
    }
    Ok(())
}
// END SOLUTION
