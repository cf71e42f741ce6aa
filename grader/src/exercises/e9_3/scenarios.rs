//! The scenarios of E9.3.

use super::harness::Harness;
use super::{Monitor, Settings};
use crate::exercise::{Recorder, Task};

/// Why a harness can't fail.
const OURS: &str = "the names and times of a scenario are its own";

/// A limit that a thousand bytes behind is within.
const NARROW: u64 = 1_000;

pub(super) fn drive<T: Monitor>(task: &Task, notes: &Recorder) {
    let wide = Settings::default();
    let narrow = Settings { max_lag: NARROW, ..wide };
    let run = |settings, lags: &[u64], listed: &[u16], faults| {
        Harness::<T>::new(task.seed, settings, lags, listed, faults, notes).expect(OURS)
    };
    match task.scenario.as_str() {
        "w9-5" => {
            let mut run = run(narrow, &[500, 900], &[1, 2], "5200 ms  L crashes");
            run.ticks(14, 30);
            run.over();
        }
        "monitor-cut-off" => {
            let mut run = run(
                wide,
                &[500, 900],
                &[1, 2],
                "3200 ms  partition: M | L\n17200 ms  all links are open\n\
                 20200 ms  partition: M | L F1 F2 F3 O1 O2 device\n36200 ms  all links are open",
            );
            run.ticks(12, 40);
            run.over();
        }
        "pause" => {
            let mut run = run(wide, &[500, 900], &[1, 2], "5200 ms  L pauses\n20200 ms  L goes on");
            run.ticks(14, 24);
            run.over();
        }
        "no-candidate" => no_candidate(run(wide, &[5_000_000, 6_000_000], &[1, 2], "5200 ms  L crashes")),
        "not-fenced" => {
            let faults = "5200 ms  L crashes\n10200 ms  device crashes\n18500 ms  device restarts";
            let mut run = run(wide, &[500, 900], &[1, 2], faults);
            run.ticks(14, 22);
            run.over();
        }
        "repoint" => {
            let faults = "5200 ms  L crashes\n15500 ms  partition: M | F2\n19500 ms  all links are open";
            let mut run = run(wide, &[500, 900, 1_200], &[1, 2, 3], faults);
            run.ticks(14, 23);
            run.over();
        }
        "hang" => {
            let faults = "5200 ms  L pauses\n12500 ms  F1 pauses\n19500 ms  F1 goes on";
            let mut run = run(wide, &[500, 900, 1_200], &[1, 2, 3], faults);
            run.ticks(14, 23);
            run.over();
        }
        "lag" => lag::<T>(run),
        "tie" => {
            let mut run = run(wide, &[900, 500, 500], &[3, 2, 1], "5200 ms  L crashes");
            run.ticks(15, 18);
            run.over();
        }
        "again" => {
            // The other observers are cut off from F1, and the first ping to it as a leader is lost.
            let faults = "5200 ms  L crashes\n10200 ms  partition: F1 | O1 O2\n\
                          16900 ms  link M → F1 loses 1 of its messages\n\
                          17500 ms  link M → F1 loses 0 of its messages\n20200 ms  F1 crashes";
            let mut run = run(wide, &[500, 900, 1_200], &[1, 2, 3], faults);
            run.ticks(15, 34);
            run.over();
        }
        "other-epoch" => {
            // F3 does not hear of epoch 2 before its leader, and the only one that follows it, are gone.
            let faults = "5200 ms  L crashes\n15500 ms  partition: M | F3\n20200 ms  F1 crashes\n\
                          20300 ms  F2 crashes\n24500 ms  all links are open";
            let mut run = run(wide, &[500, 900, 1_200], &[1, 2, 3], faults);
            run.ticks(15, 33);
            run.over();
        }
        "monitor-slept" => {
            // Both other observers are cut off from L all the time, so that only the missed beats hold the monitor
            // back.
            let faults = "100 ms  partition: L | O1 O2\n5500 ms  M pauses\n18500 ms  M goes on\n\
                          18600 ms  link M → L loses 1 of its messages\n19500 ms  link M → L loses 0 of its messages";
            let mut run = run(wide, &[500, 900], &[1, 2], faults);
            run.ticks(4, 24);
            run.over();
        }
        "lost-answer" => {
            let faults = "5200 ms  L crashes\n22500 ms  all links are open";
            let mut run = run(wide, &[500, 900], &[1, 2], faults).mute_when_promoted(1);
            run.ticks(15, 25);
            run.over();
        }
        other => panic!("E9.3 has no scenario {other:?}"),
    }
}

/// Both followers are too far behind; F1 catches up at 20.3 s, from an archive.
fn no_candidate<T: Monitor>(mut run: Harness<'_, T>) {
    run.ticks(14, 20);
    run.catches_up(1, 2_000);
    run.ticks(21, 24);
    run.over();
}

/// Lag is measured against the dead leader's last answer, or against what a follower has received since.
fn lag<'a, T: Monitor + 'a>(run: impl Fn(Settings, &[u64], &[u16], &'static str) -> Harness<'a, T>) {
    let narrow = Settings { max_lag: NARROW, ..Settings::default() };
    let mut both_behind = run(narrow, &[1_500, 2_000], &[1, 2], "5200 ms  L crashes");
    both_behind.ticks(15, 17);
    both_behind.over();
    let faults = "5200 ms  link L → M is cut\n9200 ms  L crashes";
    let mut more_than_published = run(narrow, &[900, 100], &[1, 2], faults);
    more_than_published.ticks(15, 20);
    more_than_published.over();
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use replication_lab::history::Verdict;
    use replication_lab::history::epochs::{Accepted, fenced, one_writer_per_epoch};

    use super::super::harness::{ACCEPTED, ASKED};
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every monitor.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what == ACCEPTED) {
            let accepted: Vec<Accepted> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            for (rule, verdict) in [
                ("old-leaders-are-fenced", fenced(&accepted)),
                ("one-writer-per-epoch", one_writer_per_epoch(&accepted)),
            ] {
                if let Verdict::Violated(witness) = verdict {
                    broken.push(Violation::new(rule, witness.why));
                }
            }
        }
        let asked = seen.steps.iter().filter(|step| step.what == ASKED).filter_map(|step| step.got.as_u64());
        if let Some(times) = asked.max().filter(|times| *times > 1) {
            broken.push(Violation::new(
                "asked-once",
                format!(
                    "a node was asked {times} times in one tick: its answers can differ, and you decide by one of them \
                     and act by the other"
                ),
            ));
        }
        if matches!(task.scenario.as_str(), "monitor-cut-off" | "monitor-slept") {
            let promoted = seen.steps.iter().filter(|step| step.what.starts_with("tick at"));
            let acted = |step: &&crate::exercise::Step| step.got.to_string().contains("promote");
            broken.extend(promoted.filter(acted).map(|step| {
                let why = format!("{}: a leader that lives and serves its clients was deposed", step.what);
                Violation::new("the-living-stay", why)
            }));
        }
        broken
    }
}
