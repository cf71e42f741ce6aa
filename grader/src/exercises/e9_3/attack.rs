//! Plays a situation of an attack.

use replication_lab::world::{Fault, Plan};

use super::harness::Harness;
use super::{Monitor, NodeId, Settings, Time};
use crate::attack::Asked;
use crate::attack::e9_3::{Seen, Situation, What};
use crate::exercise::Recorder;

/// The plan of what can be planned: outages that do not overlap on one node, and links that lose everything for a while.
fn plan(situation: &Situation) -> Plan {
    let mut plan = Plan::none();
    let mut down: Vec<(NodeId, u64, u64)> = Vec::new();
    let mut cut: Vec<(NodeId, NodeId, u64, u64)> = Vec::new();
    for trouble in &situation.troubles {
        let (from, until) = (trouble.from, trouble.until.unwrap_or(u64::MAX));
        match &trouble.what {
            What::Crash(node) | What::Pause(node) => {
                let overlaps =
                    |(of, begin, end): &(NodeId, u64, u64)| of == node && from <= *end && *begin <= until;
                if down.iter().any(overlaps) {
                    continue;
                }
                down.push((*node, from, until));
                let (down, up) = match trouble.what {
                    What::Crash(_) => (Fault::Crash(*node), Fault::Restart(*node)),
                    _ => (Fault::Pause(*node), Fault::Resume(*node)),
                };
                plan = plan.and(Time::ms(from), down);
                if let Some(until) = trouble.until {
                    plan = plan.and(Time::ms(until), up);
                }
            }
            What::Cut(left, right) => {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
                    cut.extend([(a, b, from, until), (b, a, from, until)]);
                }
            }
            What::LeaderCrashes | What::CatchesUp(..) | What::MuteWhenPromoted(_) => {}
        }
    }
    // A link is open again when the last of the cuts on it is over.
    cut.sort();
    let mut merged: Vec<(NodeId, NodeId, u64, u64)> = Vec::new();
    for (a, b, from, until) in cut {
        match merged.last_mut() {
            Some((c, d, _, end)) if (*c, *d) == (a, b) && from <= *end => *end = (*end).max(until),
            _ => merged.push((a, b, from, until)),
        }
    }
    for (a, b, from, until) in merged {
        plan = plan.and(Time::ms(from), Fault::Lossy(a, b, 1.0));
        if until < u64::MAX {
            plan = plan.and(Time::ms(until), Fault::Lossy(a, b, 0.0));
        }
    }
    plan.0.sort_by_key(|planned| planned.at);
    plan
}

/// What is done between two ticks, because it depends on who leads then.
enum Between<'a> {
    Happens(&'a What),
    IsBack,
}

pub(super) fn play<T: Monitor>(asked: &Asked<Situation>, notes: &Recorder) {
    let Asked { situation, drawn } = asked;
    let settings = Settings { max_lag: situation.max_lag, ..Settings::default() };
    let listed: Vec<u16> = situation.followers.iter().map(|listed| listed.node.0).collect();
    let mut lags = [0; 3];
    for listed in &situation.followers {
        if let Some(lag) = listed.node.index().checked_sub(1).and_then(|place| lags.get_mut(place)) {
            *lag = listed.lag;
        }
    }
    let made = Harness::<T>::planned(1, settings, &lags, &listed, &plan(situation), *drawn, notes);
    // A situation that can't be is nobody's fault but ours: then nothing is seen.
    let Ok(mut run) = made else { return };
    let mut between: Vec<(u64, Between)> = Vec::new();
    for trouble in &situation.troubles {
        match &trouble.what {
            What::MuteWhenPromoted(node) => run = run.mute_when_promoted(node.0),
            What::LeaderCrashes => {
                between.push((trouble.from, Between::Happens(&trouble.what)));
                between.extend(trouble.until.map(|until| (until, Between::IsBack)));
            }
            What::CatchesUp(..) => between.push((trouble.from, Between::Happens(&trouble.what))),
            What::Crash(_) | What::Pause(_) | What::Cut(..) => {}
        }
    }
    between.sort_by_key(|(at, _)| *at);
    let mut between = between.into_iter().peekable();
    let mut crashed = None;
    for second in 1..=situation.seconds {
        while let Some((at, what)) = between.next_if(|(at, _)| *at < 1_000 * second) {
            run.until(at);
            match what {
                Between::Happens(What::CatchesUp(node, lag)) if listed.contains(&node.0) => {
                    run.catches_up(node.0, *lag)
                }
                Between::Happens(What::LeaderCrashes) => {
                    crashed = run.leader();
                    if let Some(leader) = crashed {
                        run.strike(&Fault::Crash(leader));
                    }
                }
                Between::IsBack => {
                    if let Some(leader) = crashed.take() {
                        run.strike(&Fault::Restart(leader));
                    }
                }
                Between::Happens(_) => {}
            }
        }
        if let Some((did, _)) = run.tick(second) {
            notes.step(format!("tick at {second} s"), Seen::Tick { second, did });
        }
    }
    run.until(1_000 * situation.seconds + 400);
    notes.step("what the device let through", Seen::Accepted(run.accepted()));
    if *drawn {
        run.keep();
    }
}
