//! The scenarios of E2.1.

use super::{Controller, Dcs, Follower, NodeId, Policy, Position, Sight, Time, View};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<C: Controller>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w2-1" => worked_example::<C>(notes),
        "silence" => silence::<C>(notes),
        "majority" => majority::<C>(notes),
        "order" => order::<C>(notes),
        "once" => once::<C>(notes),
        "lag" => lag::<C>(notes),
        "epochs" => epochs::<C>(notes),
        "candidates" => candidates::<C>(notes),
        other => panic!("E2.1 has no scenario {other:?}"),
    }
}

const POLICY: Policy = Policy { detection_timeout: Time::s(30), max_lag: 50 };

/// When the controller decides, by its own clock: its machine was started an hour ago.
const NOW: Time = Time::s(3_600);

/// The observers' machines were started at other times: a day, a minute and two hours ago.
const CLOCKS: [Time; 5] = [Time::s(86_400), Time::s(60), Time::s(7_200), Time::s(450), Time::s(31)];

fn at(epoch: u64, lsn: u64) -> Position {
    Position::new(epoch, lsn)
}

/// A follower that lives, and has applied what it received.
fn follower(node: u16, received: Position) -> Follower {
    Follower { node: NodeId(node), received, applied: received, last_heartbeat: NOW - Time::ms(800) }
}

fn gone(follower: Follower) -> Follower {
    Follower { last_heartbeat: NOW - Time::s(30), ..follower }
}

/// What observers report of a leader that each of them last heard so long ago.
fn heard_before(silences: &[Option<Time>]) -> Vec<Option<Sight>> {
    let clocks = CLOCKS.iter().cycle();
    let sight = |(silence, now): (&Option<Time>, &Time)| {
        silence.map(|silence| Sight { now: *now, last_heartbeat: *now - silence })
    };
    silences.iter().zip(clocks).map(sight).collect()
}

/// The worked example of chapter 2, 30 s after the leader died at 5000: node 1 is at 4990, node 2 at 4970.
fn example() -> View {
    View {
        epoch: 1,
        now: NOW,
        observers: heard_before(&[Some(Time::s(30)); 3]),
        dcs: Some(Dcs { published: Some(at(1, 5_000)), failed_over: None }),
        followers: vec![follower(1, at(1, 4_990)), follower(2, at(1, 4_970))],
    }
}

fn decide<C: Controller>(notes: &Recorder, what: &str, policy: &Policy, view: &View) {
    notes.step(what, C::decide(policy, view));
}

fn worked_example<C: Controller>(notes: &Recorder) {
    let after = |silence| View { observers: heard_before(&[Some(silence); 3]), ..example() };
    decide::<C>(notes, "10 s after the crash", &POLICY, &after(Time::s(10)));
    decide::<C>(notes, "29.999 s after it", &POLICY, &after(Time::ms(29_999)));
    decide::<C>(notes, "30 s after it: node 1 is at 4990, node 2 at 4970", &POLICY, &example());
    let strict = Policy { max_lag: 5, ..POLICY };
    decide::<C>(notes, "the same, with a lag limit of 5", &strict, &example());
    let only_f2 = View { followers: vec![follower(2, at(1, 4_970))], ..example() };
    decide::<C>(notes, "without node 1", &POLICY, &only_f2);
    let synchronous =
        View { followers: vec![follower(1, at(1, 5_000)), follower(2, at(1, 4_970))], ..example() };
    decide::<C>(notes, "with node 1 a synchronous follower, at 5000", &strict, &synchronous);
    let quick = Policy { detection_timeout: Time::s(10), ..POLICY };
    decide::<C>(notes, "10 s after the crash, with a timeout of 10 s", &quick, &after(Time::s(10)));
}

fn silence<C: Controller>(notes: &Recorder) {
    for ms in [0, 29_999, 30_000, 30_001, 90_000] {
        for now in [CLOCKS[0], CLOCKS[2]] {
            let sight = Sight { now, last_heartbeat: now - Time::ms(ms) };
            let (silent, shows) = (ms as f64 / 1_000.0, now.as_ms() / 1_000.0);
            let what = format!("silent for {silent} s, on a clock that shows {shows} s");
            notes.step(what, C::is_silent(&POLICY, &sight));
        }
    }
    let sight = Sight { now: Time::s(5), last_heartbeat: Time::s(5) };
    notes.step("heard just now, five seconds after its own start", C::is_silent(&POLICY, &sight));
    // Each observer's clock shows another time than the controller's.
    let fresh = View { observers: heard_before(&[Some(Time::s(1)); 5]), ..example() };
    decide::<C>(notes, "five observers heard it a second ago, each by a clock of its own", &POLICY, &fresh);
    let silent = View { observers: heard_before(&[Some(Time::s(31)); 5]), ..example() };
    decide::<C>(notes, "five observers last heard it 31 s ago, each by a clock of its own", &POLICY, &silent);
}

fn majority<C: Controller>(notes: &Recorder) {
    let (hears, silent, absent) = (Some(Time::s(1)), Some(Time::s(40)), None);
    let case = |what: &str, silences: &[Option<Time>]| {
        let view = View { observers: heard_before(silences), ..example() };
        decide::<C>(notes, what, &POLICY, &view);
    };
    case("silent for 0 of 3", &[hears, hears, hears]);
    case("silent for 1 of 3: one observer is cut off", &[silent, hears, hears]);
    case("silent for 2 of 3", &[silent, hears, silent]);
    case("silent for 3 of 3", &[silent, silent, silent]);
    case("silent for 2 of 4", &[silent, silent, hears, hears]);
    case("silent for 3 of 4", &[silent, silent, hears, silent]);
    case("silent for 1 of 3: nobody else can be reached", &[silent, absent, absent]);
    case("silent for 2 of 5: two can't be reached", &[silent, silent, absent, absent, hears]);
    case("silent for 3 of 5: two can't be reached", &[silent, silent, absent, absent, silent]);
    case("silent for 0 of 3: nobody can be reached", &[absent, absent, absent]);
    case("silent for 1 of 1", &[silent]);
}

/// The first reason counts.
fn order<C: Controller>(notes: &Recorder) {
    let hears = heard_before(&[Some(Time::s(1)); 3]);
    let one = heard_before(&[Some(Time::s(40)), Some(Time::s(1)), Some(Time::s(1))]);
    let done = Some(Dcs { published: Some(at(1, 5_000)), failed_over: Some(1) });
    let cases = [
        (
            "the leader is heard, the store can't be reached",
            View { observers: hears.clone(), dcs: None, ..example() },
        ),
        (
            "the leader is heard, and no follower is left",
            View { observers: hears, followers: vec![], ..example() },
        ),
        (
            "silent for 1 of 3, and the store can't be reached",
            View { observers: one.clone(), dcs: None, ..example() },
        ),
        (
            "silent for 1 of 3, and the failover is done already",
            View { observers: one, dcs: done, ..example() },
        ),
        ("the store can't be reached", View { dcs: None, ..example() }),
        (
            "the store can't be reached, and no follower is left",
            View { dcs: None, followers: vec![], ..example() },
        ),
        (
            "the failover is done already, and no follower is left",
            View { dcs: done, followers: vec![], ..example() },
        ),
        ("no follower is left", View { followers: vec![], ..example() }),
    ];
    for (what, view) in cases {
        decide::<C>(notes, what, &POLICY, &view);
    }
}

/// Two controllers, or one that is asked twice.
fn once<C: Controller>(notes: &Recorder) {
    let case = |what: &str, epoch, failed_over| {
        let dcs = Some(Dcs { published: Some(at(1, 5_000)), failed_over });
        decide::<C>(notes, what, &POLICY, &View { epoch, dcs, ..example() });
    };
    case("the leader of epoch 1 is silent, and none was ever deposed", 1, None);
    case("it is silent, and it was deposed already", 1, Some(1));
    case("the leader of epoch 2 is silent, and that of epoch 1 was deposed", 2, Some(1));
    case("it is silent, and that of epoch 2 was deposed already", 2, Some(2));
    case("a controller still watches the leader of epoch 1; that of epoch 4 was deposed already", 1, Some(4));
    case("the leader of epoch 7 is silent, and that of epoch 5 was deposed", 7, Some(5));
}

fn lag<C: Controller>(notes: &Recorder) {
    let plain = [follower(1, at(1, 4_990)), follower(2, at(1, 4_970))];
    let ahead = [follower(1, at(1, 4_990)), gone(follower(2, at(1, 5_060)))];
    for (what, published, followers) in [
        ("published 5000, followers at 4990 and 4970", Some(at(1, 5_000)), &plain[..]),
        ("published 4980, followers at 4990 and 4970", Some(at(1, 4_980)), &plain[..]),
        ("nothing published, followers at 4990 and 4970", None, &plain[..]),
        ("published 5000, followers at 4990 and, gone, at 5060", Some(at(1, 5_000)), &ahead[..]),
        ("published 5000, no followers", Some(at(1, 5_000)), &[]),
        ("nothing published, no followers", None, &[]),
    ] {
        notes.step(format!("the furthest: {what}"), C::furthest(published, followers));
    }
    for (furthest, received) in [(5_000, 4_990), (5_000, 5_000), (60, 0)] {
        let what = format!("the lag of {received} behind {furthest}");
        notes.step(what, C::lag(at(1, furthest), at(1, received)));
    }
    let published = |lsn| Some(Dcs { published: Some(at(1, lsn)), failed_over: None });
    decide::<C>(
        notes,
        "the leader last published 4980: nodes 1 and 2 have received more, 4985 and 4990",
        &POLICY,
        &View {
            dcs: published(4_980),
            followers: vec![follower(1, at(1, 4_985)), follower(2, at(1, 4_990))],
            ..example()
        },
    );
    decide::<C>(
        notes,
        "the leader published 5100: node 1 at 4990 is the best, and 110 behind",
        &POLICY,
        &View { dcs: published(5_100), ..example() },
    );
    decide::<C>(
        notes,
        "node 2 is gone, and had received 5060: node 1 at 4990 is 70 behind",
        &POLICY,
        &View { followers: ahead.to_vec(), ..example() },
    );
    let mut behind = follower(1, at(1, 4_990));
    behind.applied = at(1, 4_100);
    let mut applied = follower(2, at(1, 4_970));
    applied.applied = at(1, 4_970);
    decide::<C>(
        notes,
        "node 1 has received 4990 and applied 4100; node 2 has received and applied 4970",
        &POLICY,
        &View { followers: vec![behind, applied], ..example() },
    );
    decide::<C>(
        notes,
        "exactly at the limit: node 1 is 50 behind",
        &POLICY,
        &View { followers: vec![follower(1, at(1, 4_950))], ..example() },
    );
    decide::<C>(
        notes,
        "one beyond it: node 1 is 51 behind",
        &POLICY,
        &View { followers: vec![follower(1, at(1, 4_949))], ..example() },
    );
}

/// A position is an epoch and a number.
fn epochs<C: Controller>(notes: &Recorder) {
    for (furthest, received) in [
        (at(2, 5_010), at(2, 5_005)),
        (at(2, 5_010), at(1, 5_005)),
        (at(2, 5_010), at(1, 5_100)),
        (at(3, 10), at(2, 10)),
    ] {
        notes.step(format!("the lag of {received} behind {furthest}"), C::lag(furthest, received));
    }
    let stray = follower(1, at(1, 5_100));
    let published = Some(at(2, 5_010));
    notes.step(
        "the furthest: published 5010 of epoch 2, followers at 5100 of epoch 1 and 5005 of epoch 2",
        C::furthest(published, &[stray, follower(2, at(2, 5_005))]),
    );
    let case = |what: &str, followers| {
        let dcs = Some(Dcs { published, failed_over: Some(1) });
        decide::<C>(notes, what, &POLICY, &View { epoch: 2, dcs, followers, ..example() });
    };
    case("node 1 is at 5100 of epoch 1, node 2 at 5005 of epoch 2", vec![stray, follower(2, at(2, 5_005))]);
    case("only node 1 is left, at 5100 of epoch 1", vec![stray]);
    case("only node 1 is left, at 5005 of epoch 1", vec![follower(1, at(1, 5_005))]);
}

fn candidates<C: Controller>(notes: &Recorder) {
    let case = |what: &str, followers| {
        decide::<C>(notes, what, &POLICY, &View { followers, ..example() });
    };
    let (f1, f2, f3) = (follower(1, at(1, 4_980)), follower(2, at(1, 4_990)), follower(3, at(1, 4_990)));
    case("nodes 1, 2 and 3 at 4980, 4990 and 4990", vec![f1, f2, f3]);
    case("the same, listed the other way round", vec![f3, f2, f1]);
    case("node 2 at 4990 has been silent for 30 s", vec![f1, gone(f2), follower(3, at(1, 4_970))]);
    let nearly = Follower { last_heartbeat: NOW - Time::ms(29_999), ..f2 };
    case("node 2 at 4990 has been silent for 29.999 s", vec![f1, nearly]);
    case("all have been silent for 30 s", vec![gone(f1), gone(f2), gone(f3)]);
    let (far, further) = (follower(1, at(1, 4_000)), follower(2, at(1, 4_200)));
    case("nodes 1 and 2 are 1000 and 800 behind", vec![far, further]);
    case("nodes 1 and 2 are 1000 and 800 behind, and node 2 is silent", vec![far, gone(further)]);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::super::Decision;
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every controller.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let decision = serde_json::from_value(step.got.clone());
            let Ok(Decision::Promote { node, .. }) = decision else { continue };
            let promoted = format!("“{}”, and node {} is promoted", step.what, node.0);
            if let Some((silent, of)) = count(&step.what).filter(|(silent, of)| 2 * silent <= *of) {
                broken.push(Violation::new(
                    "no-failover-without-a-majority",
                    format!(
                        "{promoted}: {silent} of {of} observers is no majority, and the others may well hear the \
                         leader, as its clients do"
                    ),
                ));
            }
            if step.what.ends_with("deposed already") || step.what.contains("done already") {
                broken.push(Violation::new(
                    "one-failover-an-epoch",
                    format!("{promoted}: that epoch's successor was chosen before; now there are two"),
                ));
            }
        }
        broken
    }

    /// How many observers of how many find the leader silent, where the step says so.
    fn count(what: &str) -> Option<(usize, usize)> {
        let counts = what.strip_prefix("silent for ")?;
        let (silent, rest) = counts.split_once(" of ")?;
        let of = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        Some((silent.parse().ok()?, of.parse().ok()?))
    }
}
