//! E0.2 — The budget of an SLA: nines, minutes, and what incidents consume.

pub use replication_lab::availability::BudgetError;

use super::number::noted;
use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: from so many nines to minutes down in a period, or back.
pub type InPeriod = fn(value: f64, days: u32) -> Result<f64, BudgetError>;

/// The share of a budget that incidents took, each so many minutes long.
pub type Consumed = fn(percent: f64, days: u32, incidents: &[f64]) -> Result<f64, BudgetError>;

/// Wraps a learner's three functions.
pub fn answer(minutes_allowed: InPeriod, nines_reached: InPeriod, budget_consumed: Consumed) -> Answer {
    Answer::new("E0.2", move |task, notes| {
        drive(minutes_allowed, nines_reached, budget_consumed, task, notes);
    })
}

fn drive(allowed: InPeriod, reached: InPeriod, consumed: Consumed, task: &Task, notes: &Recorder) {
    let minutes = |nines: f64, days: u32| {
        notes.step(format!("minutes_allowed({nines:?}, {days})"), noted(allowed(nines, days)));
    };
    let nines = |minutes: f64, days: u32| {
        notes.step(format!("nines_reached({minutes:?}, {days})"), noted(reached(minutes, days)));
    };
    let spent = |percent: f64, days: u32, incidents: &[f64]| {
        let what = format!("budget_consumed({percent:?}, {days}, &{incidents:?})");
        notes.step(what, noted(consumed(percent, days, incidents)));
    };
    match task.scenario.as_str() {
        "a-year" => [4.0, 3.0, 2.0, 5.0, 0.0].into_iter().for_each(|n| minutes(n, 365)),
        "a-month" => {
            minutes(4.0, 30);
            minutes(3.0, 7);
            minutes(2.5, 1);
            nines(4.32, 30);
            spent(99.99, 30, &[34.0]);
        }
        "and-back" => {
            [52.56, 34.0, 525.6, 525_600.0, 262_800.0].into_iter().for_each(|m| nines(m, 365));
        }
        "incidents" => {
            spent(99.99, 365, &[34.0]);
            spent(99.99, 365, &[]);
            spent(99.95, 365, &[34.0, 8.0, 21.5]);
            spent(99.0, 365, &[0.0, 34.0]);
            spent(0.0, 1, &[720.0]);
        }
        "overspent" => {
            spent(99.99, 365, &[34.0, 19.0]);
            spent(99.999, 365, &[34.0]);
        }
        "refused" => {
            minutes(-1.0, 0);
            minutes(-1.0, 365);
            minutes(f64::NAN, 365);
            minutes(f64::INFINITY, 365);
            nines(5.0, 0);
            nines(-5.0, 1);
            nines(1_441.0, 1);
            nines(f64::NAN, 1);
            nines(0.0, 1);
            spent(101.0, 0, &[-1.0]);
            spent(101.0, 30, &[-1.0]);
            spent(-0.5, 30, &[1.0]);
            spent(f64::NAN, 30, &[1.0]);
            spent(100.0, 30, &[-1.0]);
            spent(99.9, 1, &[10.0, -1.0, 2_000.0]);
            spent(99.9, 1, &[2_000.0, f64::NAN]);
            spent(99.9, 1, &[f64::NAN]);
        }
        other => panic!("E0.2 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every right budget.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let wrong = |step: &crate::exercise::Step| {
            let got: f64 = step.got.get("Ok")?.as_str()?.parse().ok()?;
            (!got.is_finite() || got < 0.0).then(|| {
                Violation::new(
                    "a-budget-is-a-number",
                    format!("{} is {got}: minutes, nines and shares are finite and not below 0", step.what),
                )
            })
        };
        seen.steps.iter().filter_map(wrong).collect()
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::availability;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let report = crate::check(answer(
            availability::minutes_allowed,
            availability::nines_reached,
            availability::budget_consumed,
        ));
        assert!(report.passed(), "{report}");
    }
}
