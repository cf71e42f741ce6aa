//! What copies cost: nodes by the hour, bytes between regions, disks; a month of a deployment as a bill.
//!
//! # Limits
//! A month has 730 hours and, for traffic, 30 days, as price lists count them. A node costs the same as every other.
//! Backups, requests, support, discounts and taxes are not modelled. A price is what [`prices`] says about it: a
//! number with a date, and where it comes from.
//!
//! # Examples
//! ```
//! use replication_lab::cost::{Deployment, bill};
//!
//! // A leader in one region and a replica in another, to which 100 GB of log go every day.
//! let two_regions = Deployment { abroad: 1, gb_per_day: 100.0, price_per_gb: 0.02, ..Deployment::single(0.50) };
//! let bill = bill(&two_regions)?;
//! assert_eq!((bill.nodes, bill.transfer, bill.total()), (730.0, 60.0, 790.0));
//! # Ok::<(), replication_lab::cost::CostError>(())
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

mod prices;
mod view;

pub use prices::{PRICES, Per, Price, Source, WORKED, Worked};
pub use view::{bills_table, prices_table};

/// Hours of a month: 8,760 a year, divided by twelve.
pub const HOURS_PER_MONTH: f64 = 730.0;

/// Days of a month when traffic is counted by the day.
pub const DAYS_PER_MONTH: f64 = 30.0;

/// A leader and its copies, and what they are paid by. All prices are in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Dollars an hour for one node, whatever it does.
    pub price_per_hour: f64,
    /// Hours that every node runs in a month.
    pub hours: f64,
    /// Whether the leader has a synchronous standby in another zone. It is paid like any node, and answers no reads.
    pub standby: bool,
    /// Asynchronous replicas in the leader's region.
    pub replicas: u32,
    /// Asynchronous replicas in other regions. Each of them is sent the log by itself.
    pub abroad: u32,
    /// GB a day of log for one replica.
    pub gb_per_day: f64,
    /// Dollars for a GB that leaves the region.
    pub price_per_gb: f64,
    /// The disk of every node, if it is paid by its size.
    pub storage: Option<Storage>,
}

/// The disk of a node.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// GB on each node: every copy is a whole one.
    pub gb: f64,
    /// Dollars for a GB and month.
    pub price_per_gb_month: f64,
}

/// A month, in dollars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bill {
    /// For all nodes.
    pub nodes: f64,
    /// For what goes between regions.
    pub transfer: f64,
    /// For all disks.
    pub storage: f64,
}

/// A number that a bill is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Dollars an hour.
    PricePerHour,
    /// Hours a month.
    Hours,
    /// GB a day.
    GbPerDay,
    /// Dollars for a GB between regions.
    PricePerGb,
    /// GB on a disk.
    StorageGb,
    /// Dollars for a GB on a disk and month.
    StoragePrice,
    /// Dollars that may be spent in a month.
    Budget,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PricePerHour => "the price an hour",
            Self::Hours => "the hours a month",
            Self::GbPerDay => "the GB a day",
            Self::PricePerGb => "the price of a GB between regions",
            Self::StorageGb => "the GB on a disk",
            Self::StoragePrice => "the price of a GB on a disk",
            Self::Budget => "the budget",
        })
    }
}

/// Numbers for which there is no bill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CostError {
    /// An amount below 0, infinite, or no number.
    Amount(Input, f64),
    /// The budget does not even pay for the rest: how much that is.
    TooDear {
        /// Dollars that may be spent.
        budget: f64,
        /// Dollars that it costs without any of the replicas that were asked about.
        without: f64,
    },
    /// A replica costs nothing, so no number of them is the most.
    Free,
}

impl fmt::Display for CostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(input, value) => {
                write!(f, "{input}: {value} is no amount; choose a finite number that is not below 0")
            }
            Self::TooDear { budget, without } => {
                write!(f, "${budget} is not enough: ${without} is due without a single replica")
            }
            Self::Free => f.write_str("a replica costs nothing, so there is no most: give a price"),
        }
    }
}

impl std::error::Error for CostError {}

fn amount(input: Input, value: f64) -> Result<f64, CostError> {
    match value.is_finite() && value >= 0.0 {
        true => Ok(value),
        false => Err(CostError::Amount(input, value)),
    }
}

impl Deployment {
    /// One node at this price an hour, without copies, traffic or paid storage.
    pub fn single(price_per_hour: f64) -> Self {
        Self {
            price_per_hour,
            hours: HOURS_PER_MONTH,
            standby: false,
            replicas: 0,
            abroad: 0,
            gb_per_day: 0.0,
            price_per_gb: 0.0,
            storage: None,
        }
    }

    /// How many nodes are paid for: the leader, the standby and all replicas.
    pub fn nodes(&self) -> f64 {
        1.0 + f64::from(u8::from(self.standby)) + f64::from(self.replicas) + f64::from(self.abroad)
    }
}

impl Bill {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.nodes + self.transfer + self.storage
    }
}

/// A month of a deployment.
///
/// # Errors
/// When a number is no amount; the first one in the order of the fields.
pub fn bill(deployment: &Deployment) -> Result<Bill, CostError> {
    let hourly = amount(Input::PricePerHour, deployment.price_per_hour)?;
    let node = hourly * amount(Input::Hours, deployment.hours)?;
    let daily = amount(Input::GbPerDay, deployment.gb_per_day)?;
    let stream = daily * DAYS_PER_MONTH * amount(Input::PricePerGb, deployment.price_per_gb)?;
    let disk = match deployment.storage {
        None => 0.0,
        Some(Storage { gb, price_per_gb_month }) => {
            amount(Input::StorageGb, gb)? * amount(Input::StoragePrice, price_per_gb_month)?
        }
    };
    Ok(Bill {
        nodes: node * deployment.nodes(),
        transfer: stream * f64::from(deployment.abroad),
        storage: disk * deployment.nodes(),
    })
}

/// The most replicas in the leader's region that a month's budget pays for, beside all the rest of the deployment;
/// its own `replicas` don't count.
///
/// # Errors
/// As [`bill`], then when the budget is no amount, then when the rest alone is dearer, then when a replica is free.
/// (More than four thousand million replicas count as free.)
pub fn most_replicas(deployment: &Deployment, budget: f64) -> Result<u32, CostError> {
    let without = bill(&Deployment { replicas: 0, ..*deployment })?.total();
    let with_one = bill(&Deployment { replicas: 1, ..*deployment })?.total();
    let left = amount(Input::Budget, budget)? - without;
    if left < 0.0 {
        return Err(CostError::TooDear { budget, without });
    }
    let most = libm::floor(left / (with_one - without));
    // Without a price it is infinite, or no number.
    match most <= f64::from(u32::MAX) {
        true => Ok(most as u32),
        false => Err(CostError::Free),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total(deployment: Deployment) -> f64 {
        bill(&deployment).unwrap().total()
    }

    #[test]
    fn the_sums_of_the_worked_example() {
        let single = Deployment::single(0.50);
        assert_eq!(total(single), 365.0);
        assert_eq!(total(Deployment { replicas: 2, ..single }), 1_095.0);
        assert_eq!(total(Deployment { standby: true, ..single }), 730.0);
        assert_eq!(total(Deployment { standby: true, replicas: 2, ..single }), 1_460.0);
        let abroad = Deployment { abroad: 1, gb_per_day: 100.0, price_per_gb: 0.02, ..single };
        assert_eq!(bill(&abroad).unwrap(), Bill { nodes: 730.0, transfer: 60.0, storage: 0.0 });
        // $3 an hour, and the largest configuration's $9.
        assert_eq!([3.0, 9.0].map(|price| total(Deployment::single(price))), [2_190.0, 6_570.0]);
    }

    #[test]
    fn what_is_replicated_in_the_region_is_sent_for_nothing_and_stored_in_full() {
        let stored = Storage { gb: 500.0, price_per_gb_month: 0.125 };
        let near =
            Deployment { replicas: 2, gb_per_day: 100.0, price_per_gb: 0.02, ..Deployment::single(0.5) };
        let near = bill(&Deployment { storage: Some(stored), ..near }).unwrap();
        assert_eq!(near, Bill { nodes: 1_095.0, transfer: 0.0, storage: 187.5 });
    }

    #[test]
    fn replicas_for_a_budget() {
        let standby = Deployment { standby: true, ..Deployment::single(0.50) };
        let most = |budget| most_replicas(&standby, budget);
        assert_eq!([730.0, 1_094.0, 1_095.0, 1_460.0].map(|budget| most(budget).unwrap()), [0, 0, 1, 2]);
        assert_eq!(most(729.0), Err(CostError::TooDear { budget: 729.0, without: 730.0 }));
        assert_eq!(most_replicas(&Deployment::single(0.0), 1.0), Err(CostError::Free));
        assert_eq!(most_replicas(&Deployment::single(0.0), 0.0), Err(CostError::Free));
        assert_eq!(
            most(f64::NAN).unwrap_err().to_string(),
            "the budget: NaN is no amount; choose a finite number that is not below 0"
        );
    }

    #[test]
    fn the_first_wrong_number_is_named() {
        let wrong = Deployment { hours: -1.0, gb_per_day: f64::INFINITY, ..Deployment::single(0.5) };
        assert_eq!(bill(&wrong), Err(CostError::Amount(Input::Hours, -1.0)));
        let storage = Some(Storage { gb: -5.0, price_per_gb_month: -1.0 });
        let wrong = Deployment { storage, ..Deployment::single(0.5) };
        assert_eq!(bill(&wrong), Err(CostError::Amount(Input::StorageGb, -5.0)));
    }

    proptest! {
        #[test]
        fn the_most_is_affordable_and_one_more_is_not(
            price in 0.01..20.0, replicas in 0u32..50, gb in 0.0..5_000.0, budget in 0.0..1e6
        ) {
            let storage = Some(Storage { gb, price_per_gb_month: 0.1 });
            let deployment = Deployment { replicas, storage, ..Deployment::single(price) };
            let with = |replicas| total(Deployment { replicas, ..deployment });
            match most_replicas(&deployment, budget) {
                Ok(most) => {
                    prop_assert!(with(most) <= budget + 1e-6);
                    prop_assert!(with(most + 1) > budget - 1e-6);
                }
                Err(_) => prop_assert!(with(0) > budget),
            }
        }
    }
}
