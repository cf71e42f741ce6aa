//! The scenarios of E4.3.

use std::collections::BTreeMap;

use super::{Action, Checker, Entry, Op, Position, Run, Session, Time};
use crate::exercise::{Recorder, Task};

pub(super) fn drive(check: Checker, task: &Task, notes: &Recorder) {
    let case = |what: &str, run: Run| notes.step(what, told(&run, check));
    match task.scenario.as_str() {
        "w4-1" => w4_1(case),
        "read-your-writes" => read_your_writes(case),
        "relevant" => relevant(case),
        "concurrent" => concurrent(case),
        "failover" => failover(case),
        "two-failovers" => two_failovers(case),
        "monotonic-writes" => monotonic_writes(case),
        "writes-follow-reads" => writes_follow_reads(case),
        "partitions" => partitions(case),
        "kept-elsewhere" => kept_elsewhere(case),
        other => panic!("E4.3 has no scenario {other:?}"),
    }
}

/// What a checker found, as sentences, in order.
fn told(run: &Run, check: Checker) -> Vec<String> {
    let mut found = check(run);
    found.sort_unstable();
    let tell = |violation: super::Violation| {
        let session = run.sessions.get(violation.session);
        let client = session.map_or("nobody", |session| session.client.as_str());
        let op = |place: usize| match session.and_then(|session| session.ops.get(place)) {
            Some(op) => format!("{place}, “{op}”"),
            None => format!("{place}, which is not there"),
        };
        let (operation, against) = (op(violation.operation), op(violation.against));
        format!("{}: {client}'s operation {operation}, against {against}", violation.guarantee)
    };
    found.into_iter().map(tell).collect()
}

/// A position of the first epoch.
fn p(lsn: u64) -> Position {
    Position::new(1, lsn)
}

/// A position of the second epoch.
fn q(lsn: u64) -> Position {
    Position::new(2, lsn)
}

/// A position of the third epoch.
fn r(lsn: u64) -> Position {
    Position::new(3, lsn)
}

fn write(at: Position) -> Action {
    write_to(0, at)
}

fn write_to(log: usize, at: Position) -> Action {
    Action::Write(Entry { log, at })
}

/// A read that depends on the newest entry that its copy had applied.
fn read(at: Position) -> Action {
    seeing(at, at)
}

fn seeing(applied: Position, saw: Position) -> Action {
    Action::Read { applied: [(0, applied)].into(), saw: Some(Entry { log: 0, at: saw }) }
}

fn nothing(applied: Position) -> Action {
    Action::Read { applied: [(0, applied)].into(), saw: None }
}

fn at_copy(applied: &[(usize, Position)], saw: Option<(usize, Position)>) -> Action {
    let saw = saw.map(|(log, at)| Entry { log, at });
    Action::Read { applied: applied.iter().copied().collect(), saw }
}

fn spanning(began: u64, ended: u64, action: Action) -> Op {
    Op { began: Time::ms(began), ended: Time::ms(ended), action }
}

/// A session that does one thing after the other.
fn in_turn(client: &str, actions: Vec<Action>) -> Session {
    let op = |(place, action)| spanning(10 * place as u64, 10 * place as u64 + 5, action);
    Session { client: client.to_owned(), ops: actions.into_iter().enumerate().map(op).collect() }
}

fn ann(actions: Vec<Action>) -> Run {
    Run::of_one_log(vec![in_turn("ann", actions)])
}

/// A session that is not in turn.
fn devices(ops: Vec<Op>) -> Run {
    Run::of_one_log(vec![Session { client: "ann".into(), ops }])
}

/// One log whose second leader took over up to 4990 of the first.
fn after_failover(actions: Vec<Action>) -> Run {
    Run { logs: vec![[(2, p(4_990))].into()], sessions: vec![in_turn("ann", actions)] }
}

/// Two logs without failovers.
fn two_logs(sessions: Vec<Session>) -> Run {
    Run { logs: vec![BTreeMap::new(), BTreeMap::new()], sessions }
}

fn w4_1(case: impl Fn(&str, Run)) {
    case("ann sees 10 comments, then 9, then 10", ann([10, 9, 10].map(|n| read(p(n))).into()));
    case("10, 9, 9", ann([10, 9, 9].map(|n| read(p(n))).into()));
    case("10, 9, 8", ann([10, 9, 8].map(|n| read(p(n))).into()));
    case("10, 10, 9", ann([10, 10, 9].map(|n| read(p(n))).into()));
    case("10, 11, 12", ann([10, 11, 12].map(|n| read(p(n))).into()));
    let others = [("ann", 10), ("bob", 9), ("cem", 10)];
    let sessions = others.map(|(client, n)| in_turn(client, vec![read(p(n))]));
    case("ann sees 10, bob 9, cem 10", Run::of_one_log(sessions.into()));
    case("nobody does anything", Run::of_one_log(vec![in_turn("ann", vec![])]));
}

fn read_your_writes(case: impl Fn(&str, Run)) {
    case("writes 5, reads where 4 is applied", ann(vec![write(p(5)), read(p(4))]));
    case("writes 5, reads where 5 is applied", ann(vec![write(p(5)), read(p(5))]));
    case("writes 5, reads something old where 9 is applied", ann(vec![write(p(5)), seeing(p(9), p(2))]));
    case("writes 5, finds nothing where 9 is applied", ann(vec![write(p(5)), nothing(p(9))]));
    case("writes 5, reads something else where 4 is applied", ann(vec![write(p(5)), seeing(p(4), p(2))]));
    case("writes 5, finds nothing where 4 is applied", ann(vec![write(p(5)), nothing(p(4))]));
    case("writes 5 and 8, reads where 6 is applied", ann(vec![write(p(5)), write(p(8)), read(p(6))]));
    case("writes 5 and 8, reads where 4 is applied", ann(vec![write(p(5)), write(p(8)), read(p(4))]));
    case("reads where 4 is applied, writes 5", ann(vec![read(p(4)), write(p(5))]));
    let sessions = vec![in_turn("ann", vec![write(p(5))]), in_turn("bob", vec![read(p(4))])];
    case("ann writes 5, bob reads where 4 is applied", Run::of_one_log(sessions));
}

fn relevant(case: impl Fn(&str, Run)) {
    case(
        "sees 9 where 12 is applied, reads where 10 is",
        ann(vec![seeing(p(12), p(9)), seeing(p(10), p(9))]),
    );
    case("sees 9 where 12 is applied, reads where 8 is", ann(vec![seeing(p(12), p(9)), seeing(p(8), p(8))]));
    case("sees 9, then 3 where 12 is applied", ann(vec![seeing(p(9), p(9)), seeing(p(12), p(3))]));
    case("sees 9, then something else where 8 is applied", ann(vec![seeing(p(9), p(9)), seeing(p(8), p(3))]));
    case("finds nothing where 9 is applied, reads where 8 is", ann(vec![nothing(p(9)), read(p(8))]));
    case("sees 9, finds nothing where 8 is applied", ann(vec![read(p(9)), nothing(p(8))]));
}

fn concurrent(case: impl Fn(&str, Run)) {
    let two = |what: &str, first: (u64, u64), second: (u64, u64)| {
        let ops = [(first, write(p(5))), (second, read(p(4)))];
        case(what, devices(ops.map(|((began, ended), action)| spanning(began, ended, action)).into()));
    };
    two("phone writes 5 from 0 to 30 ms, laptop reads at 4 from 10 to 20 ms", (0, 30), (10, 20));
    two("phone writes 5 from 0 to 30 ms, laptop reads at 4 from 29 to 40 ms", (0, 30), (29, 40));
    two("phone writes 5 from 0 to 30 ms, laptop reads at 4 from 30 to 40 ms", (0, 30), (30, 40));
    two("phone writes 5 from 0 to 30 ms, laptop reads at 4 from 31 to 40 ms", (0, 30), (31, 40));
    let slow = vec![
        spanning(0, 10, write(p(11))),
        spanning(20, 90, read(p(12))),
        spanning(30, 40, read(p(10))),
        spanning(50, 60, read(p(8))),
        spanning(70, 80, write(p(20))),
        spanning(90, 95, read(p(11))),
    ];
    case("a slow read of 12 from 20 to 90 ms, and quick ones meanwhile", devices(slow));
}

fn failover(case: impl Fn(&str, Run)) {
    case(
        "writes 5000@1, reads where 4995@2 is applied",
        after_failover(vec![write(p(5_000)), read(q(4_995))]),
    );
    case(
        "writes 5000@1, reads where 5003@2 is applied",
        after_failover(vec![write(p(5_000)), read(q(5_003))]),
    );
    case(
        "writes 4985@1, reads where 4995@2 is applied",
        after_failover(vec![write(p(4_985)), read(q(4_995))]),
    );
    case(
        "writes 4990@1, reads where 4991@2 is applied",
        after_failover(vec![write(p(4_990)), read(q(4_991))]),
    );
    case(
        "writes 4991@1, reads where 4991@2 is applied",
        after_failover(vec![write(p(4_991)), read(q(4_991))]),
    );
    case("sees 5000@1, then 5003@2", after_failover(vec![read(p(5_000)), read(q(5_003))]));
    case("sees 4985@1 where 5000@1 is applied, then 4991@2", {
        after_failover(vec![seeing(p(5_000), p(4_985)), read(q(4_991))])
    });
    case("writes 4991@2, reads on the old leader, where 5000@1 is applied", {
        after_failover(vec![write(q(4_991)), read(p(5_000))])
    });
    case("sees 4980@1, and again on the old leader, where 5000@1 is applied", {
        after_failover(vec![seeing(q(4_995), p(4_980)), seeing(p(5_000), p(4_980))])
    });
}

/// The third leader took over up to 4995 of the second, or did not know the second at all.
fn two_failovers(case: impl Fn(&str, Run)) {
    let run = |second: Position, third: Position, actions| {
        let log = [(2, second), (3, third)].into();
        Run { logs: vec![log], sessions: vec![in_turn("ann", actions)] }
    };
    let line = |actions| run(p(4_990), q(4_995), actions);
    case("writes 4985@1, reads where 5100@3 is applied", line(vec![write(p(4_985)), read(r(5_100))]));
    case("writes 4993@1, reads where 5100@3 is applied", line(vec![write(p(4_993)), read(r(5_100))]));
    case("writes 4993@2, reads where 5100@3 is applied", line(vec![write(q(4_993)), read(r(5_100))]));
    case("writes 4997@2, reads where 5100@3 is applied", line(vec![write(q(4_997)), read(r(5_100))]));
    let fork = |actions| run(p(4_990), p(4_980), actions);
    case("writes 4992@2, reads where 4999@3 is applied, of a leader who took over from epoch 1", {
        fork(vec![write(q(4_992)), read(r(4_999))])
    });
    case("writes 4985@1, reads there", fork(vec![write(p(4_985)), read(r(4_999))]));
    case("writes 4980@1, reads there", fork(vec![write(p(4_980)), read(r(4_999))]));
}

fn monotonic_writes(case: impl Fn(&str, Run)) {
    case("writes 5 and 8", ann(vec![write(p(5)), write(p(8))]));
    case(
        "writes 5000@1, lost in a failover, and 4991@2",
        after_failover(vec![write(p(5_000)), write(q(4_991))]),
    );
    case(
        "writes 5000@1, lost in a failover, and 5001@2",
        after_failover(vec![write(p(5_000)), write(q(5_001))]),
    );
    case("writes 4985@1, taken over, and 4991@2", after_failover(vec![write(p(4_985)), write(q(4_991))]));
    case("writes 4985@1, 5000@1 and 4991@2", {
        after_failover(vec![write(p(4_985)), write(p(5_000)), write(q(4_991))])
    });
    case(
        "writes 12, then 11: a queue before the leader turned them round",
        ann(vec![write(p(12)), write(p(11))]),
    );
    case("writes 12 on the phone and 11 on the laptop, at once", {
        devices(vec![spanning(0, 30, write(p(12))), spanning(10, 20, write(p(11)))])
    });
    let two = |ann, bob| Run {
        logs: vec![[(2, p(4_990))].into()],
        sessions: vec![in_turn("ann", ann), in_turn("bob", bob)],
    };
    case("ann writes 5000@1, bob 4991@2", two(vec![write(p(5_000))], vec![write(q(4_991))]));
}

fn writes_follow_reads(case: impl Fn(&str, Run)) {
    case("sees 5, writes 8", ann(vec![read(p(5)), write(p(8))]));
    case("sees 5 on a follower that lags, writes 90", ann(vec![read(p(5)), write(p(90))]));
    case(
        "sees 5000@1, lost in a failover, writes 4991@2",
        after_failover(vec![read(p(5_000)), write(q(4_991))]),
    );
    case(
        "sees 5000@1, lost in a failover, writes 5001@2",
        after_failover(vec![read(p(5_000)), write(q(5_001))]),
    );
    case("sees 4985@1 where 5000@1 is applied, writes 4991@2", {
        after_failover(vec![seeing(p(5_000), p(4_985)), write(q(4_991))])
    });
    case("finds nothing where 5000@1 is applied, writes 4991@2", {
        after_failover(vec![nothing(p(5_000)), write(q(4_991))])
    });
    case("sees 5000@1, writes 5001@1, both lost, and writes 4991@2", {
        after_failover(vec![read(p(5_000)), write(p(5_001)), write(q(4_991))])
    });
    case("writes 4991@2, then sees 5000@1 on the old leader", {
        after_failover(vec![write(q(4_991)), read(p(5_000))])
    });
}

/// Two partitions. Whoever replicates both can have the later one without the earlier.
fn partitions(case: impl Fn(&str, Run)) {
    let question = || in_turn("ann", vec![write_to(0, p(7))]);
    let reply = |log: usize, at: u64| {
        let leader = at_copy(&[(0, p(7)), (1, p(2))], Some((0, p(7))));
        in_turn("bob", vec![leader, write_to(log, p(at))])
    };
    let cat = |log_0: u64, log_1: u64, saw| {
        in_turn("cat", vec![at_copy(&[(0, p(log_0)), (1, p(log_1))], Some(saw))])
    };
    case("bob reads the question, 7 of log 0, and answers in log 1; cat's copy has the answer alone", {
        two_logs(vec![question(), reply(1, 3), cat(6, 3, (1, p(3)))])
    });
    case(
        "the same, and cat looks for neither",
        two_logs(vec![question(), reply(1, 3), cat(6, 3, (0, p(1)))]),
    );
    case("bob himself reads on such a copy next", {
        let leader = at_copy(&[(0, p(7)), (1, p(2))], Some((0, p(7))));
        let follower = at_copy(&[(0, p(6)), (1, p(3))], Some((1, p(3))));
        two_logs(vec![question(), in_turn("bob", vec![leader, write_to(1, p(3)), follower])])
    });
    case("cat's copy has the question alone", two_logs(vec![question(), reply(1, 3), cat(7, 2, (0, p(7)))]));
    case("cat's copy has both", two_logs(vec![question(), reply(1, 3), cat(7, 3, (1, p(3)))]));
    case("bob answers in log 0; cat's copy is at 6 of log 0", {
        two_logs(vec![question(), reply(0, 8), cat(6, 3, (1, p(2)))])
    });
    let ann = || in_turn("ann", vec![write_to(0, p(7)), write_to(1, p(3))]);
    case("ann writes 7 of log 0 and 3 of log 1; cat's copy has the second alone", {
        two_logs(vec![ann(), cat(6, 4, (1, p(4)))])
    });
    case("ann writes the same; cat's copy has the first alone", two_logs(vec![ann(), cat(8, 2, (0, p(8)))]));
    case("ann writes 7 of log 0, and reads log 1 on a copy that is at 6 of log 0", {
        let there = at_copy(&[(0, p(6)), (1, p(50))], Some((1, p(50))));
        two_logs(vec![in_turn("ann", vec![write_to(0, p(7)), there])])
    });
    case("ann writes 3 of log 1, and reads on a copy that is at 2 of log 0", {
        let there = at_copy(&[(0, p(2)), (1, p(3))], Some((0, p(2))));
        two_logs(vec![in_turn("ann", vec![write_to(1, p(3)), there])])
    });
}

/// Servers that keep one partition only can say nothing of the other.
fn kept_elsewhere(case: impl Fn(&str, Run)) {
    let keeps = |log: usize, at: u64| at_copy(&[(log, p(at))], Some((log, p(at))));
    case("ann writes 7 of log 0, and reads on a server that keeps log 1 only", {
        two_logs(vec![in_turn("ann", vec![write_to(0, p(7)), keeps(1, 3)])])
    });
    case("ann sees 7 of log 0, then 3 of log 1 there, then 6 of log 0 elsewhere", {
        two_logs(vec![in_turn("ann", vec![keeps(0, 7), keeps(1, 3), keeps(0, 6)])])
    });
    case("ann writes 7 of log 0 and 3 of log 1; bob sees the second on a server that keeps log 1 only", {
        let ann = in_turn("ann", vec![write_to(0, p(7)), write_to(1, p(3))]);
        two_logs(vec![ann, in_turn("bob", vec![keeps(1, 3), keeps(0, 7)])])
    });
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every checker.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let found: Vec<String> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            if let Some(wrong) = found.iter().find(|text| text.contains("which is not there")) {
                broken.push(Violation::new("places-exist", format!("{}: {wrong}", step.what)));
            }
            if let Some(twice) = found.windows(2).find(|pair| subject(&pair[0]) == subject(&pair[1])) {
                let why = format!("{}: two entries for {}", step.what, subject(&twice[0]));
                broken.push(Violation::new("once-a-guarantee", why));
            }
        }
        broken
    }

    /// Guarantee and operation of a sentence.
    fn subject(told: &str) -> &str {
        told.split(", against ").next().unwrap_or(told)
    }
}
