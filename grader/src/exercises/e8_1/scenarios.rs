//! The scenarios of E8.1: one cluster each.

use super::clusters::{Cluster, cluster};
use super::{Suite, Test, Verdict, run};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<S: Suite>(task: &Task, notes: &Recorder) {
    let Some(cluster) = cluster(&task.scenario) else { panic!("E8.1 has no scenario {:?}", task.scenario) };
    let is_right = RIGHT.contains(&task.scenario.as_str());
    let mut verdicts = Vec::new();
    let mut shown = false;
    for seed in task.seed..task.seed + cluster.seeds {
        for test in Test::ALL {
            let (verdict, run) = carry_out::<S>(test, &cluster, seed);
            // Of a right cluster, the first test that gives a false alarm; of another, the one that shows its fault.
            let tells = if is_right { verdict != Verdict::Passed } else { test == cluster.shows };
            if !shown && (tells || verdicts.is_empty()) {
                notes.keep_run(&run);
                shown = tells;
            }
            if is_right {
                notes.step(name(test), said(&verdict));
            }
            verdicts.push(verdict);
        }
    }
    if is_right {
        return;
    }
    let what = match cluster.seeds {
        1 => "the four tests".to_owned(),
        seeds => format!("the four tests, with {seeds} seeds"),
    };
    notes.step(what, overall(&verdicts));
}

/// The scenarios in which all tests must pass.
const RIGHT: [&str; 5] = ["asynchronous", "semi-synchronous", "majority", "slow-failover", "import"];

fn carry_out<S: Suite>(test: Test, cluster: &Cluster, seed: u64) -> (Verdict, replication_lab::trace::Trace) {
    let experiment = S::experiment(test, &cluster.promise, seed);
    let (record, run) = run::run(cluster, &experiment);
    (S::check(test, &cluster.promise, &record), run)
}

fn name(test: Test) -> &'static str {
    match test {
        Test::LeaderKill => "leader kill",
        Test::FollowerKill => "follower kill",
        Test::Partition => "partition",
        Test::Load => "load",
    }
}

fn said(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed(_) => "failed",
        Verdict::Inconclusive(_) => "inconclusive",
    }
}

/// What the tests say together: one that failed counts most.
fn overall(verdicts: &[Verdict]) -> &'static str {
    let any = |wanted: fn(&Verdict) -> bool| verdicts.iter().any(wanted);
    if any(|verdict| matches!(verdict, Verdict::Failed(_))) {
        "found a fault"
    } else if any(|verdict| matches!(verdict, Verdict::Inconclusive(_))) {
        "found nothing, and say so"
    } else {
        "all passed"
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use crate::exercise::{Observation, Task};
    use crate::judge::Violation;

    /// A false alarm is named before anything else: a suite that cries wolf is switched off.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let alarms = seen.steps.iter().filter(|step| step.got == "failed");
        let alarms =
            alarms.map(|step| format!("the test “{}” fails a cluster that keeps its promise", step.what));
        alarms.map(|alarm| Violation::new("no-false-alarm", alarm)).collect()
    }
}
