//! E10.1 — The cost of copies (13 points)
//!
//! A node costs $0.50 an hour, and a month has 730 hours: $365. What do its copies cost? Write the bill of a
//! `Deployment` as three sums, in dollars a month:
//!
//! - `nodes`: the leader, the standby and every replica cost the same by the hour.
//! - `transfer`: every replica *abroad* is sent the log by itself. `gb_per_day` is for one of them, a month has 30 such
//!   days (`DAYS_PER_MONTH`), and `price_per_gb` is paid for what leaves the region. Within the region it costs
//!   nothing.
//! - `storage`: every node has the whole disk, if disks are paid for.
//!
//! Then turn it round. `most_replicas(deployment, budget)`: how many replicas in the region does a budget pay for,
//! beside all the rest? If the rest alone is dearer, say `CostError::TooDear`. If a replica costs nothing, say
//! `CostError::Free`.
//!
//! Refuse the first number that is no amount, in the order of the fields; `Input` names it.
//!
//! Check it with `cargo course check E10.1`, or with
//! `cargo test -p exercises e10_1`. Stuck? `cargo course hint E10.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e10_1::{Bill, CostError, DAYS_PER_MONTH, Deployment, Input, Storage};

/// A month of a deployment, in dollars.
///
/// # Errors
/// When a number is no amount (below 0, infinite or NaN): the first one in the order of the fields of `Deployment`.
pub fn bill(deployment: &Deployment) -> Result<Bill, CostError> {
    todo!("check the numbers of {deployment:?}; then: nodes, transfer, storage")
}

/// The most replicas in the leader's region that `budget` dollars a month pay for, beside all the rest of the
/// deployment. How many `replicas` it has already does not count.
///
/// # Errors
/// As `bill`, then when the budget is no amount, then when the rest alone is dearer than the budget, then when a
/// replica costs nothing.
pub fn most_replicas(deployment: &Deployment, budget: f64) -> Result<u32, CostError> {
    todo!("how many replicas can {deployment:?} have for {budget} dollars?")
}
