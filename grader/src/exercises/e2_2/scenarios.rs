//! The scenarios of E2.2.

use super::cluster::{Cluster, F1, F2, F3, F4, Fault, L, name};
use super::{Failover, Journal, NodeId, Plan, Status, Time};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<F: Failover>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "in-order" => in_order::<F>(notes),
        "not-fenced" => not_fenced::<F>(notes),
        "slow-replay" => slow_replay::<F>(notes),
        "followers" => followers::<F>(notes),
        "lost-answers" => lost_answers::<F>(notes),
        "old-leader-is-dead" => old_leader_is_dead::<F>(notes),
        "crashes" => crashes::<F>(notes),
        other => panic!("E2.2 has no scenario {other:?}"),
    }
}

/// Most steps of one failover: whoever needs more goes round in circles.
const MOST_STEPS: usize = 60;
/// How long the controller waits before it tries again what did not succeed.
const BETWEEN: Time = Time::s(10);

/// The step that lists what must not have happened.
const HARM: &str = "what must not happen";

fn plan(followers: &[NodeId]) -> Plan {
    Plan {
        old_leader: L,
        old_epoch: 1,
        winner: F1,
        followers: followers.to_vec(),
        replay_limit: Time::s(60),
        attempts: 2,
    }
}

fn fails(operation: &'static str, node: NodeId, times: u32) -> Fault {
    Fault { operation, node, times, happens: false }
}

fn answer_lost(operation: &'static str, node: NodeId) -> Fault {
    Fault { operation, node, times: 1, happens: true }
}

fn status(status: &Status) -> String {
    match status {
        Status::Going => "going on".into(),
        Status::Stopped(stop) => {
            let why = serde_json::to_value(stop).ok();
            format!("stopped: {}", why.as_ref().and_then(|why| why.as_str()).unwrap_or_default())
        }
        Status::Done { left_over } if left_over.is_empty() => "done".into(),
        Status::Done { left_over } => {
            let names: Vec<_> = left_over.iter().map(|node| name(*node)).collect();
            format!("done, but for {}", names.join(", "))
        }
    }
}

/// Runs a failover to its end, without a crash, and notes every operation that changes something.
fn run<F: Failover>(plan: &Plan, cluster: &mut Cluster, notes: &Recorder) {
    let mut journal = Journal::default();
    let mut events = 0;
    // Numbered, so that a learner who does another thing first sees both beside each other.
    let mut event = |text: String| {
        events += 1;
        notes.step(format!("event {events}"), text);
    };
    for _ in 0..MOST_STEPS {
        let before = cluster.done.len();
        let ended = F::step(plan, &mut journal, cluster);
        let done: Vec<_> = cluster.done[before..].to_vec();
        for (what, got) in &done {
            event(format!("{what}: {got}"));
        }
        if done.len() > 1 {
            event(format!("{} changes in one step: a crash between them would be forgotten", done.len()));
        }
        notes.keep_run(&cluster.trace);
        match ended {
            Status::Going => {}
            ended => {
                cluster.note(status(&ended));
                event(format!("the controller is {}", status(&ended)));
                if matches!(ended, Status::Done { .. }) {
                    return over(cluster, notes);
                }
                cluster.pass(BETWEEN);
            }
        }
    }
    event(format!("the controller is not done after {MOST_STEPS} steps"));
    over(cluster, notes);
}

fn over(cluster: &Cluster, notes: &Recorder) {
    notes.step("in the end", cluster.state());
    notes.step(HARM, &cluster.harm);
    notes.keep_run(&cluster.trace);
}

fn in_order<F: Failover>(notes: &Recorder) {
    run::<F>(&plan(&[F1, F2]), &mut Cluster::new(&[(F2, 4_970)]), notes);
}

/// The fencing device does not answer. First until the lease has run out, then until it answers after all.
fn not_fenced<F: Failover>(notes: &Recorder) {
    let plan = plan(&[F1, F2]);
    let never = Cluster::new(&[(F2, 4_970)]).faults(&[fails("fence", L, 99)]);
    notes.step("the device is out of order", "the lease runs out after 25 s");
    run::<F>(&plan, &mut never.lease_expires(Time::s(25)), notes);
    let late = Cluster::new(&[(F2, 4_970)]).faults(&[fails("fence", L, 2)]);
    notes.step("the device answers the third time", "L has no lease");
    run::<F>(&plan, &mut late.lease_expires(Time::NEVER), notes);
}

/// F1 needs 90 s to apply what it has received; a step waits for 60 s at most.
fn slow_replay<F: Failover>(notes: &Recorder) {
    let mut cluster = Cluster::new(&[(F2, 4_970)]).replaying(F1, Time::s(90));
    run::<F>(&plan(&[F1, F2]), &mut cluster, notes);
}

/// F2 does not answer once, F3 never, and F4 has received more than F1.
fn followers<F: Failover>(notes: &Recorder) {
    let mut cluster = Cluster::new(&[(F2, 4_970), (F3, 4_980), (F4, 4_995)])
        .faults(&[fails("repoint", F2, 1), fails("repoint", F3, 99)]);
    run::<F>(&plan(&[F2, F1, F3, F4]), &mut cluster, notes);
}

/// Things happen, and the controller does not hear of it.
fn lost_answers<F: Failover>(notes: &Recorder) {
    let mut cluster = Cluster::new(&[(F2, 4_970)]).faults(&[
        answer_lost("promote", F1),
        answer_lost("repoint", F2),
        fails("publish", F1, 1),
        fails("verify", F1, 1),
    ]);
    run::<F>(&plan(&[F1, F2]), &mut cluster, notes);
}

/// The old leader's machine is gone for good.
fn old_leader_is_dead<F: Failover>(notes: &Recorder) {
    let mut cluster = Cluster::new(&[(F2, 4_970)]).faults(&[
        fails("received", L, 99),
        fails("rewind", L, 99),
        fails("readmit", L, 99),
    ]);
    run::<F>(&plan(&[F1, F2]), &mut cluster, notes);
}

/// The controller crashes after each of its operations in turn: when that one is done, and nobody has saved that it is.
fn crashes<F: Failover>(notes: &Recorder) {
    let plan = plan(&[F1, F2, F3]);
    let cluster = || Cluster::new(&[(F2, 4_970), (F3, 4_995)]);
    let mut shown = false;
    for crash_after in 1..=MOST_STEPS {
        let mut cluster = cluster();
        let (mut saved, mut crashed, mut ended) = (Journal::default(), None, None);
        for _ in 0..MOST_STEPS {
            let mut journal = saved.clone();
            let status = F::step(&plan, &mut journal, &mut cluster);
            if crashed.is_none() && cluster.done.len() >= crash_after {
                let what = cluster.done[crash_after - 1].0.clone();
                cluster.note(format!("begins: the controller crashes after: {what}"));
                cluster.pass(BETWEEN);
                crashed = Some(what);
                continue;
            }
            saved = journal;
            if matches!(status, Status::Done { .. }) {
                ended = Some(status);
                break;
            }
        }
        let Some(crashed) = crashed else { return };
        let not_done = || format!("not done after {MOST_STEPS} steps");
        let mut got = vec![ended.as_ref().map_or_else(not_done, status)];
        got.extend(cluster.state());
        got.extend(cluster.harm.iter().map(|harm| format!("what must not happen: {harm}")));
        if !shown && (ended.is_none() || !cluster.harm.is_empty()) {
            notes.keep_run(&cluster.trace);
            shown = true;
        }
        notes.step(format!("the controller crashes after: {crashed}"), got);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every failover.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let lines = step.got.as_array().map(Vec::as_slice).unwrap_or_default();
            let texts = lines.iter().filter_map(|line| line.as_str());
            let harm = texts.filter_map(|text| match step.what == HARM {
                true => Some(text),
                false => text.strip_prefix("what must not happen: "),
            });
            broken.extend(harm.map(|harm| Violation::new("no-harm", harm)));
        }
        broken
    }
}
