//! E1.4 — Data at risk: what is lost with the leader, and how much lag can be borne.

pub use replication_lab::capacity::{AtRisk, CapacityError, Input};

use super::number::significant;
use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: what is lost if the leader is lost now, with its disk.
pub type DataAtRisk =
    fn(writes_per_s: f64, bytes_per_write: f64, lag_s: f64) -> Result<AtRisk, CapacityError>;

/// The longest lag in seconds at which no more writes than that are at risk; nothing if every lag will do.
pub type LongestLag = fn(writes_per_s: f64, bearable: f64) -> Result<Option<f64>, CapacityError>;

/// Wraps a learner's two functions.
pub fn answer(data_at_risk: DataAtRisk, longest_lag: LongestLag) -> Answer {
    Answer::new("E1.4", move |task, notes| drive(data_at_risk, longest_lag, task, notes))
}

fn drive(data_at_risk: DataAtRisk, longest_lag: LongestLag, task: &Task, notes: &Recorder) {
    let risk = |writes: f64, bytes: f64, lag: f64| {
        let got = data_at_risk(writes, bytes, lag).map_err(|error| error.to_string());
        let text =
            |risk: AtRisk| format!("{} bytes, {} writes", significant(risk.bytes), significant(risk.writes));
        notes.step(format!("data_at_risk({writes:?}, {bytes:?}, {lag:?})"), got.map(text));
    };
    let lag = |writes: f64, bearable: f64| {
        let got = longest_lag(writes, bearable);
        let what = format!("longest_lag({writes:?}, {bearable:?})");
        match got {
            Ok(None) => notes.step(what, "none: every lag will do"),
            Ok(Some(seconds)) => notes.step(what, format!("{} s", significant(seconds))),
            Err(error) => notes.step(what, Err::<(), _>(error.to_string())),
        }
    };
    match task.scenario.as_str() {
        "textbook" => [1.0, 2.0, 10.0].into_iter().for_each(|lag| risk(1_000.0, 500.0, lag)),
        "other-loads" => {
            risk(2_500.0, 800.0, 4.0);
            risk(50_000.0, 8_192.0, 3_600.0);
            risk(7.0, 120.0, 30.0);
            risk(3.0, 0.0, 2.0);
        }
        "below-a-second" => {
            risk(1_000.0, 500.0, 0.25);
            risk(1_000.0, 500.0, 0.0015);
            risk(0.5, 200.0, 1.0);
        }
        "nothing-at-risk" => {
            risk(1_000.0, 500.0, 0.0);
            risk(0.0, 500.0, 86_400.0);
        }
        "longest-lag" => {
            lag(1_000.0, 10_000.0);
            lag(1_000.0, 100.0);
            lag(2_500.0, 1_000_000.0);
            lag(0.2, 1.0);
            lag(1_000.0, 0.0);
        }
        "nobody-writes" => {
            lag(0.0, 10.0);
            lag(0.0, 0.0);
        }
        "refused" => {
            risk(-1.0, -1.0, -1.0);
            risk(f64::NAN, 500.0, 2.0);
            risk(1_000.0, -1.0, -1.0);
            risk(1_000.0, f64::INFINITY, 2.0);
            risk(1_000.0, 500.0, -0.2);
            risk(1_000.0, 500.0, f64::NAN);
            risk(1_000.0, 500.0, f64::INFINITY);
            lag(-1.0, -1.0);
            lag(1_000.0, -1.0);
            lag(0.0, f64::NAN);
        }
        other => panic!("E1.4 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every load.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let lost = |text: &str| text.starts_with("0 bytes") && text.ends_with(" 0 writes");
        let wrong = seen.steps.iter().filter(|step| {
            let got = step.got.get("Ok").and_then(serde_json::Value::as_str);
            task.scenario == "nothing-at-risk" && got.is_some_and(|text| !lost(text))
        });
        let violation = |step: &crate::exercise::Step| {
            Violation::new(
                "nothing-unshipped-nothing-lost",
                format!(
                    "{} says that something is lost: a follower that is level with the leader has everything, and where \
                     nobody writes there is nothing that it could lack",
                    step.what
                ),
            )
        };
        wrong.map(violation).collect()
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::capacity;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let report = crate::check(answer(capacity::data_at_risk, capacity::longest_lag));
        assert!(report.passed(), "{report}");
    }
}
