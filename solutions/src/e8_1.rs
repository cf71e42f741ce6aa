//! E8.1 — The chaos suite: four experiments and what they must show, judged by the clusters whose faults it overlooks.

// BEGIN SOLUTION
use grader::exercises::e8_1::one_writer_per_epoch;
// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_1::{
    Done, Experiment, Mode, Outcome, Promise, Record, Server, Step, Suite, Test, Time, Until, Verdict, Write,
};

/// The suite.
pub struct Chaos;

impl Suite for Chaos {
    fn experiment(test: Test, promise: &Promise, seed: u64) -> Experiment {
        // BEGIN SOLUTION todo!("the steps of {test:?} for {promise:?}, with seed {seed}")
        let patience = promise.recovers_within;
        let a_few = Step::Wait(Until::Acknowledged(20), patience);
        // Three seconds at 50 writes a second: longer than what may be lost.
        let many = Step::Wait(Until::Acknowledged(150), patience);
        let caught_up = Step::Wait(Until::CaughtUp, patience);
        let (writers, per_second) = if test == Test::Load { (promise.load / 10, 10) } else { (5, 10) };
        let mut steps = vec![caught_up, Step::Write { writers, per_second }, many];
        match test {
            Test::LeaderKill => {
                steps.extend([Step::Kill(Server::Leader), a_few, Step::Restart(Server::Leader)])
            }
            Test::FollowerKill => {
                steps.extend([Step::Kill(Server::Follower), many, Step::Restart(Server::Follower)])
            }
            Test::Partition => {
                // Where nothing may be acknowledged, this waits in vain, and need not wait for long.
                let span = if promise.mode == Mode::SemiSynchronous { Time::s(3) } else { patience };
                let goes_on = Step::Wait(Until::Acknowledged(150), span);
                steps.extend([Step::Isolate(Server::Leader), goes_on, Step::TryEveryServer, Step::Heal]);
            }
            Test::Load => steps.push(Step::Sleep(Time::s(6))),
        }
        steps.extend([Step::TryEveryServer, Step::StopWriting, caught_up]);
        Experiment { seed, steps }
        // END SOLUTION
    }

    fn check(test: Test, promise: &Promise, record: &Record) -> Verdict {
        // BEGIN SOLUTION todo!("does {record:?} keep {promise:?}? What does {test:?} demand?")
        let is_fault =
            |step| matches!(step, Step::Kill(_) | Step::Restart(_) | Step::Isolate(_) | Step::Heal);
        if let Some(idle) = record.steps.iter().find(|done| is_fault(done.step) && !done.worked) {
            return Verdict::Inconclusive(format!("{:?} changed nothing", idle.step));
        }
        let wrong = split_brain(record)
            .or_else(|| lost(test, promise, record))
            .or_else(|| differ(record))
            .or_else(|| waited_in_vain(test, promise, record))
            .or_else(|| alone(test, promise, record))
            .or_else(|| behind(test, promise, record));
        match wrong {
            Some(why) => Verdict::Failed(why),
            None if !load_was_reached(test, promise, record) => {
                Verdict::Inconclusive("too little load".into())
            }
            None => Verdict::Passed,
        }
        // END SOLUTION
    }
}

/// When the first step of this kind began.
pub fn when(record: &Record, kind: impl Fn(Step) -> bool) -> Option<Time> {
    record.steps.iter().find(|done| kind(done.step)).map(|done| done.began)
}

/// When a write was acknowledged.
pub fn acknowledged(write: &Write) -> Option<Time> {
    match write.outcome {
        Outcome::Acknowledged(at) => Some(at),
        Outcome::Refused | Outcome::Unknown => None,
    }
}
// BEGIN SOLUTION

/// Always: one writer in an epoch, and never two servers that acknowledge at the same time.
fn split_brain(record: &Record) -> Option<String> {
    let verdict = one_writer_per_epoch(&record.accepted);
    if !verdict.holds() {
        return Some(verdict.to_string());
    }
    let twice = record.tries.iter().find(|one| {
        let others = record.tries.iter().filter(|other| other.step == one.step && other.server != one.server);
        one.acknowledged && others.filter(|other| other.acknowledged).count() > 0
    });
    twice.map(|one| format!("{} and another one acknowledge at the same time", one.server))
}

/// Always: what was acknowledged is there, up to what may be lost.
fn lost(test: Test, promise: &Promise, record: &Record) -> Option<String> {
    let nothing = Default::default();
    let kept = record.leads.as_ref().and_then(|leader| record.readable.get(leader)).unwrap_or(&nothing);
    let killed = when(record, |step| step == Step::Kill(Server::Leader)).filter(|_| test == Test::LeaderKill);
    let allowed = |write: &Write, at: Time| match (promise.mode, killed) {
        (Mode::Asynchronous { may_lose }, Some(killed)) => write.began <= killed && at + may_lose >= killed,
        _ => false,
    };
    let gone = |write: &&Write| {
        !kept.contains(&write.value) && acknowledged(write).is_some_and(|at| !allowed(write, at))
    };
    let lost = record.writes.iter().filter(gone).count();
    (lost > 0).then(|| format!("{lost} acknowledged writes are gone, and may not be"))
}

/// Always: in the end, all servers are there and have the same.
fn differ(record: &Record) -> Option<String> {
    let mut copies = record.readable.values();
    let first = copies.next();
    let all_alike = copies.all(|copy| Some(copy) == first);
    (record.readable.len() < 3 || !all_alike).then(|| "the servers are not alike in the end".into())
}

/// Always: what is waited for comes in time. But an isolated leader that is semi-synchronous must not go on.
fn waited_in_vain(test: Test, promise: &Promise, record: &Record) -> Option<String> {
    let isolated = when(record, |step| matches!(step, Step::Isolate(_)));
    let healed = when(record, |step| step == Step::Heal);
    let must_not = |done: &Done| {
        test == Test::Partition
            && promise.mode == Mode::SemiSynchronous
            && isolated <= Some(done.began)
            && Some(done.ended) <= healed
    };
    let mut waits = record.steps.iter().filter(|done| matches!(done.step, Step::Wait(..)));
    let wrong = waits.find(|done| done.worked == must_not(done));
    wrong
        .map(|done| format!("{:?}: {}", done.step, if done.worked { "it must not be so" } else { "in vain" }))
}

/// Partition: who acknowledges while the leader is cut off depends on the mode.
fn alone(test: Test, promise: &Promise, record: &Record) -> Option<String> {
    let heal = record.steps.iter().position(|done| done.step == Step::Heal)?;
    let tries = record.tries.iter().filter(|one| one.step < heal && one.acknowledged);
    let who: Vec<&str> = tries.map(|one| one.server.as_str()).collect();
    let leader = record.leader.as_str();
    let right = match promise.mode {
        Mode::Asynchronous { .. } => who == [leader],
        Mode::SemiSynchronous => who.is_empty(),
        Mode::Majority => who.len() == 1 && who != [leader],
    };
    (test == Test::Partition && !right).then(|| format!("while {leader} is cut off, {who:?} acknowledge"))
}

/// Load: the longest lag from when the load begins.
fn behind(test: Test, promise: &Promise, record: &Record) -> Option<String> {
    let begins = when(record, |step| matches!(step, Step::Write { .. }))?;
    let lags = record.lags.iter().filter(|lag| lag.at >= begins);
    let longest = lags.map(|lag| lag.lag).max().unwrap_or(Time::ZERO);
    (test == Test::Load && longest > promise.most_lag).then(|| format!("a follower was {longest} behind"))
}

/// Load: whether as many writes came as were promised, or nearly so.
fn load_was_reached(test: Test, promise: &Promise, record: &Record) -> bool {
    let from = when(record, |step| matches!(step, Step::Write { .. })).unwrap_or(Time::ZERO);
    let until = when(record, |step| step == Step::StopWriting).unwrap_or(from);
    let wanted = u64::from(promise.load) * until.since(from).as_us() / 1_000_000;
    test != Test::Load || record.writes.len() as u64 * 10 >= wanted * 9
}
// END SOLUTION
