//! E10.1 — The cost of copies: what a deployment costs a month, and what a budget buys.

pub use replication_lab::cost::{Bill, CostError, DAYS_PER_MONTH, Deployment, Input, Storage};

use super::number::significant;
use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: a month of a deployment.
pub type MonthlyBill = fn(deployment: &Deployment) -> Result<Bill, CostError>;

/// The most replicas in the region for a budget.
pub type MostReplicas = fn(deployment: &Deployment, budget: f64) -> Result<u32, CostError>;

/// Wraps a learner's two functions.
pub fn answer(bill: MonthlyBill, most_replicas: MostReplicas) -> Answer {
    Answer::new("E10.1", move |task, notes| drive(bill, most_replicas, task, notes))
}

/// A deployment in words: only what is not nothing.
fn shown(deployment: &Deployment) -> String {
    let Deployment { price_per_hour, hours, standby, replicas, abroad, gb_per_day, price_per_gb, storage } =
        deployment;
    let mut parts = vec![format!("nodes at ${price_per_hour:?} for {hours:?} h: a leader")];
    if *standby {
        parts.push("a standby".into());
    }
    for (count, whereabouts) in [(replicas, "in the region"), (abroad, "abroad")] {
        match count {
            0 => {}
            1 => parts.push(format!("1 replica {whereabouts}")),
            _ => parts.push(format!("{count} replicas {whereabouts}")),
        }
    }
    if *gb_per_day != 0.0 || *price_per_gb != 0.0 {
        parts.push(format!("{gb_per_day:?} GB of log a day at ${price_per_gb:?}"));
    }
    if let Some(Storage { gb, price_per_gb_month }) = storage {
        parts.push(format!("disks of {gb:?} GB at ${price_per_gb_month:?}"));
    }
    parts.join(", ")
}

/// The lesson's node: $0.50 an hour.
const NODE: Deployment = Deployment {
    price_per_hour: 0.5,
    hours: 730.0,
    standby: false,
    replicas: 0,
    abroad: 0,
    gb_per_day: 0.0,
    price_per_gb: 0.0,
    storage: None,
};

/// The same, where every replica needs 100 GB of log a day, and a GB that leaves the region costs 2 cents.
const BUSY: Deployment = Deployment { gb_per_day: 100.0, price_per_gb: 0.02, ..NODE };

/// The same with disks.
const DISK: Option<Storage> = Some(Storage { gb: 500.0, price_per_gb_month: 0.125 });

fn drive(bill: MonthlyBill, most: MostReplicas, task: &Task, notes: &Recorder) {
    let month = |deployment: Deployment| {
        let got = bill(&deployment).map_err(|error| error.to_string()).map(|bill| {
            let [nodes, transfer, storage] = [bill.nodes, bill.transfer, bill.storage].map(significant);
            format!("nodes ${nodes}, between regions ${transfer}, storage ${storage}")
        });
        notes.step(shown(&deployment), got);
    };
    let buys = |deployment: Deployment, budget: f64| {
        let what = format!("${budget:?} a month for {}", shown(&deployment));
        notes.step(what, most(&deployment, budget).map_err(|error| error.to_string()));
    };
    match task.scenario.as_str() {
        "worked" => {
            month(NODE);
            month(Deployment { replicas: 2, ..NODE });
            month(Deployment { standby: true, ..NODE });
            month(Deployment { standby: true, replicas: 2, ..NODE });
            month(Deployment { abroad: 1, ..BUSY });
        }
        "traffic" => {
            month(BUSY);
            month(Deployment { standby: true, ..BUSY });
            month(Deployment { replicas: 2, ..BUSY });
            month(Deployment { abroad: 2, ..BUSY });
            month(Deployment { standby: true, replicas: 2, abroad: 3, ..BUSY });
        }
        "storage" => {
            month(Deployment { storage: DISK, ..NODE });
            month(Deployment { storage: DISK, standby: true, ..NODE });
            month(Deployment { storage: DISK, replicas: 2, ..NODE });
            month(Deployment { storage: DISK, standby: true, replicas: 1, abroad: 1, ..BUSY });
        }
        "other-numbers" => {
            month(Deployment { hours: 168.0, abroad: 1, ..BUSY });
            month(Deployment { price_per_hour: 3.0, ..NODE });
            month(Deployment { price_per_hour: 0.0, hours: 0.0, ..NODE });
            month(Deployment {
                price_per_hour: 0.25,
                abroad: 1,
                gb_per_day: 8.0,
                price_per_gb: 0.125,
                ..NODE
            });
        }
        "budget" => {
            for budget in [365.0, 729.0, 730.0, 1_460.0, 2_000.0] {
                buys(NODE, budget);
            }
            buys(Deployment { standby: true, replicas: 7, ..NODE }, 1_460.0);
            buys(Deployment { abroad: 1, ..BUSY }, 1_600.0);
            // A replica with its disk: 365 + 62.50.
            buys(Deployment { storage: DISK, ..NODE }, 1_282.5);
            buys(Deployment { storage: DISK, ..NODE }, 1_282.0);
        }
        "out-of-reach" => {
            buys(NODE, 364.0);
            buys(NODE, 0.0);
            buys(Deployment { standby: true, ..NODE }, 729.0);
            buys(Deployment { price_per_hour: 0.0, ..NODE }, 100.0);
            buys(Deployment { price_per_hour: 0.0, ..NODE }, 0.0);
            buys(Deployment { price_per_hour: 0.0, storage: DISK, ..NODE }, 125.0);
        }
        "refused" => {
            month(Deployment { price_per_hour: -0.5, hours: -730.0, ..NODE });
            month(Deployment { hours: f64::NAN, gb_per_day: -1.0, ..NODE });
            month(Deployment { gb_per_day: f64::INFINITY, price_per_gb: -1.0, ..NODE });
            month(Deployment {
                price_per_gb: -0.02,
                storage: Some(Storage { gb: -1.0, ..DISK.unwrap() }),
                ..NODE
            });
            month(Deployment { storage: Some(Storage { gb: f64::NAN, price_per_gb_month: -1.0 }), ..NODE });
            month(Deployment { storage: Some(Storage { gb: 1.0, price_per_gb_month: -1.0 }), ..NODE });
            buys(Deployment { hours: -1.0, ..NODE }, -1.0);
            buys(NODE, -1.0);
            buys(NODE, f64::NAN);
            buys(NODE, f64::INFINITY);
        }
        other => panic!("E10.1 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every bill.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let said = step.got.get("Ok").and_then(|got| got.as_str()).unwrap_or_default();
            if !step.what.contains("abroad")
                && said.contains("between regions $")
                && !said.contains("regions $0,")
            {
                broken.push(Violation::new(
                    "who-stays-in-the-region-pays-no-traffic",
                    format!("{}: {said}, and nothing leaves the region", step.what),
                ));
            }
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::cost;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let report = crate::check(answer(cost::bill, cost::most_replicas));
        assert!(report.passed(), "{report}");
    }

    /// Adds replicas as long as the budget lasts.
    fn one_by_one(deployment: &Deployment, budget: f64) -> Result<u32, CostError> {
        let direct = cost::most_replicas(deployment, budget)?;
        let dear = |replicas: &u32| {
            let more = Deployment { replicas: *replicas + 1, ..*deployment };
            cost::bill(&more).is_ok_and(|bill| bill.total() > budget)
        };
        Ok((0..=direct + 1).find(dear).unwrap_or(direct + 2))
    }

    #[test]
    fn an_answer_that_buys_one_after_the_other_passes() {
        let report = crate::check(answer(cost::bill, one_by_one));
        assert!(report.passed(), "{report}");
    }
}
