//! E10.1 — The cost of copies.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_1::{Bill, CostError, DAYS_PER_MONTH, Deployment, Input, Storage};

/// A month of a deployment, in dollars.
///
/// # Errors
/// When a number is no amount (below 0, infinite or NaN): the first one in the order of the fields of `Deployment`.
pub fn bill(deployment: &Deployment) -> Result<Bill, CostError> {
    // BEGIN SOLUTION todo!("check the numbers of {deployment:?}; then: nodes, transfer, storage")
    let Deployment { price_per_hour, hours, standby, replicas, abroad, gb_per_day, price_per_gb, storage } =
        *deployment;
    check(Input::PricePerHour, price_per_hour)?;
    check(Input::Hours, hours)?;
    check(Input::GbPerDay, gb_per_day)?;
    check(Input::PricePerGb, price_per_gb)?;
    let disk = match storage {
        None => 0.0,
        Some(Storage { gb, price_per_gb_month }) => {
            check(Input::StorageGb, gb)?;
            check(Input::StoragePrice, price_per_gb_month)?;
            gb * price_per_gb_month
        }
    };
    let standby = if standby { 1.0 } else { 0.0 };
    let nodes = 1.0 + standby + f64::from(replicas) + f64::from(abroad);
    let stream = gb_per_day * DAYS_PER_MONTH * price_per_gb;
    let transfer = stream * f64::from(abroad);
    Ok(Bill { nodes: nodes * price_per_hour * hours, transfer, storage: nodes * disk })
    // END SOLUTION
}

/// The most replicas in the leader's region that `budget` dollars a month pay for, beside all the rest of the
/// deployment. How many `replicas` it has already does not count.
///
/// # Errors
/// As `bill`, then when the budget is no amount, then when the rest alone is dearer than the budget, then when a
/// replica costs nothing.
pub fn most_replicas(deployment: &Deployment, budget: f64) -> Result<u32, CostError> {
    // BEGIN SOLUTION todo!("how many replicas can {deployment:?} have for {budget} dollars?")
    let without = bill(&Deployment { replicas: 0, ..*deployment })?.total();
    let with_one = bill(&Deployment { replicas: 1, ..*deployment })?.total();
    check(Input::Budget, budget)?;
    if budget < without {
        return Err(CostError::TooDear { budget, without });
    }
    let each = with_one - without;
    if each == 0.0 {
        return Err(CostError::Free);
    }
    Ok(((budget - without) / each).floor() as u32)
    // END SOLUTION
}
// BEGIN SOLUTION

fn check(input: Input, value: f64) -> Result<(), CostError> {
    if !value.is_finite() || value < 0.0 {
        return Err(CostError::Amount(input, value));
    }
    Ok(())
}
// END SOLUTION
