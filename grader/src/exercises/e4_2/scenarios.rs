//! The scenarios of E4.2.

use std::cell::Cell;

use super::harness::{Run, Stage};
use super::{Probe, Settings, Time};
use crate::exercise::{Recorder, Task};

/// The row of the monitor that the learner writes.
pub(super) const KEY: &str = "monitor-1";

/// Runs begin at 1 s; so much is far in the past.
const BEFORE: Time = Time::ms(100);

pub(super) fn drive(probe: Probe, task: &Task, notes: &Recorder) {
    let settings = Settings::default();
    // The last probe used sequence number 6.
    let before = || vec![(BEFORE, KEY, 6)];
    let usual = || Stage { others: before(), ..Stage::default() };
    let shown = Cell::new(false);
    let once = |what: &str, stage| {
        let mut run = Run::new(stage, !shown.get());
        shown.set(run.probe(what, probe, &settings, 7, notes) || shown.get());
        run.over(what, notes);
    };
    match task.scenario.as_str() {
        "lag" => {
            once("the follower is 400 ms behind", usual());
            once("the follower is 3 s behind", Stage { lag: Time::s(3), ..usual() });
        }
        "slow-commit" => {
            let waits = Stage { lag: Time::ms(40), acknowledged_after: Time::ms(60), ..usual() };
            once("40 ms behind, and the leader acknowledges after 60 ms", waits);
            let quick = Stage { lag: Time::ms(5), acknowledged_after: Time::ms(5), ..usual() };
            once("5 ms behind, and the leader acknowledges after 5 ms", quick);
        }
        "never" => {
            let stands = Some((Time::ZERO, Time::NEVER));
            once(
                "replay stands still for ever",
                Stage { replay_stands: stands, lag: Time::ms(5), ..usual() },
            );
            let long = Some((Time::ms(500), Time::s(7)));
            once("replay goes on after 6 s", Stage { replay_stands: long, lag: Time::ms(5), ..usual() });
        }
        "first" => {
            once("there was no such row before", Stage { others: Vec::new(), ..Stage::default() });
        }
        "newer" => {
            let others = [before(), vec![(Time::ms(1_050), KEY, 8), (Time::ms(1_090), KEY, 9)]].concat();
            let stands = Some((Time::ms(500), Time::ms(1_700)));
            let lag = Time::ms(5);
            once(
                "9 is there before 7 was ever seen",
                Stage { others, replay_stands: stands, lag, ..usual() },
            );
        }
        "clock" => {
            for (what, seconds) in [
                ("the wall clock is set back by an hour", -3_600),
                ("the wall clock is set ahead by an hour", 3_600),
                ("the wall clock is set back by 1 s", -1),
                ("the wall clock is set ahead by 1 s", 1),
            ] {
                once(what, Stage { clock_is_set: Some((Time::ms(1_200), seconds)), ..usual() });
            }
        }
        "hang" => {
            let hangs = Some((Time::ms(1_100), Time::ms(1_350)));
            once("the follower hangs for 250 ms", Stage { follower_hangs: hangs, ..usual() });
            let hangs = Some((Time::ZERO, Time::ms(1_600)));
            once("the follower hangs at first, for 600 ms", Stage { follower_hangs: hangs, ..usual() });
            let hangs = Some((Time::ms(1_100), Time::NEVER));
            once("the follower hangs after 100 ms, for ever", Stage { follower_hangs: hangs, ..usual() });
        }
        "unreachable" => {
            let hangs = Some((Time::ZERO, Time::NEVER));
            once("the follower never answers", Stage { follower_hangs: hangs, ..usual() });
        }
        "leader-down" => {
            once("the leader does not answer", Stage { leader_answers: false, ..usual() });
        }
        "neighbours" => {
            let others = vec![(BEFORE, "monitor-2", 900), (BEFORE, "canary", 41), (BEFORE, KEY, 6)];
            let mut run = Run::new(Stage { others, ..Stage::default() }, true);
            for (what, sequence) in [("first probe", 7), ("second probe", 8), ("third probe", 9)] {
                run.probe(what, probe, &settings, sequence, notes);
            }
            run.over("after three probes", notes);
        }
        other => panic!("E4.2 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::super::harness::LEFT_OPEN;
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every probe.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let got = step.got.as_str().unwrap_or_default();
            let rule = match () {
                () if step.what.ends_with(": it came back") && got != "in time" => "a-probe-ends",
                () if got.ends_with("too short") || got.ends_with("had it") => "never-less-than-the-lag",
                () if got.ends_with("too long") => "no-more-than-can-be-explained",
                () if step.what.ends_with(LEFT_OPEN) && step.got != 0 => "no-open-transaction",
                () => continue,
            };
            broken.push(Violation::new(rule, format!("{}: {}", step.what, got_or(&step.got))));
        }
        broken
    }

    fn got_or(got: &serde_json::Value) -> String {
        got.as_str().map_or_else(|| got.to_string(), str::to_owned)
    }
}
