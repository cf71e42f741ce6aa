//! The checker of E4.3 against the lab's: the definitions over what servers received, and what clients can see.

use std::collections::{BTreeMap, BTreeSet};

use grader::exercises::e4_3::{Action, Applied, Entry, Guarantee, Op, Position, Run, Session};
use proptest::prelude::*;
use replication_lab::history::sessions::{self, Receipts, Step};
use replication_lab::history::{self, History, Verdict};
use replication_lab::time::Time;
use solutions::e4_3::{check, holds};

/// What a client of a small scope does next: its number, a log, whether it writes, and how old the copy is that it
/// reads from, for either log; `overlaps` says that it does not wait for its answer.
#[derive(Clone, Copy, Debug)]
struct Next {
    client: usize,
    log: usize,
    writes: bool,
    behind: [usize; 2],
    older: usize,
    overlaps: bool,
    fails_over: bool,
}

fn next() -> impl Strategy<Value = Next> {
    let who = (0..2usize, 0..2usize, any::<bool>(), [0..3usize, 0..3usize]);
    (who, 0..2usize, any::<bool>(), prop::bool::weighted(0.2)).prop_map(
        |((client, log, writes, behind), older, overlaps, fails_over)| Next {
            client,
            log,
            writes,
            behind,
            older,
            overlaps,
            fails_over,
        },
    )
}

/// Two logs while they are written: what the leader of each has, and its failovers.
struct Logs {
    entries: [Vec<Position>; 2],
    epochs: [u64; 2],
    failovers: Vec<BTreeMap<u64, Position>>,
}

/// Two clients at work on two logs.
fn run(all: &[Next], overlapping: bool) -> Run {
    let failovers = vec![BTreeMap::new(), BTreeMap::new()];
    let mut logs = Logs { entries: [Vec::new(), Vec::new()], epochs: [1, 1], failovers };
    let mut sessions = [Vec::new(), Vec::new()];
    for (place, next) in all.iter().enumerate() {
        let Next { log, .. } = *next;
        if next.fails_over {
            // The last entry that the leader has is lost.
            logs.entries[log].pop();
            logs.epochs[log] += 1;
            let end = logs.entries[log].last().copied().unwrap_or_default();
            logs.failovers[log].insert(logs.epochs[log], end);
        }
        let began = Time::ms(10 * place as u64);
        let ended = began + Time::ms(if overlapping && next.overlaps { 25 } else { 5 });
        let action = match next.writes {
            true => {
                let end = logs.entries[log].last().map_or(0, |at| at.lsn);
                let at = Position::new(logs.epochs[log], end + 1);
                logs.entries[log].push(at);
                Action::Write(Entry { log, at })
            }
            false => {
                let held = |log: usize| {
                    let entries = &logs.entries[log];
                    &entries[..entries.len().saturating_sub(next.behind[log])]
                };
                let applied = [0, 1].map(|log| (log, held(log).last().copied().unwrap_or_default())).into();
                let seen = held(log).iter().rev().nth(next.older);
                Action::Read { applied, saw: seen.map(|at| Entry { log, at: *at }) }
            }
        };
        sessions[next.client].push(Op { began, ended, action });
    }
    let session = |(client, ops): (usize, Vec<Op>)| Session { client: client.to_string(), ops };
    Run { logs: logs.failovers, sessions: sessions.into_iter().enumerate().map(session).collect() }
}

fn writes(run: &Run) -> Vec<(Time, Entry)> {
    let ops = run.sessions.iter().flat_map(|session| &session.ops);
    let mut writes: Vec<_> = ops
        .filter_map(|op| match &op.action {
            Action::Write(entry) => Some((op.began, *entry)),
            Action::Read { .. } => None,
        })
        .collect();
    writes.sort_unstable();
    writes
}

/// A run as the lab's checker takes it: for one client, what each of these servers received, and what the client did,
/// with these logs only.
fn receipts(run: &Run, client: usize, servers: &[Applied], logs: &[usize]) -> Receipts {
    let mut receipts = Receipts::default();
    let writes = writes(run);
    for (place, applied) in servers.iter().enumerate() {
        receipts.received.entry(place.to_string()).or_default();
        for (at, entry) in &writes {
            if applied.get(&entry.log).is_some_and(|applied| holds(run, entry.log, *applied, entry.at)) {
                receipts.receive(&place.to_string(), *at, &entry.to_string());
            }
        }
    }
    let step = |op: &Op| match &op.action {
        Action::Write(entry) => logs.contains(&entry.log).then(|| Step::Write { id: entry.to_string() }),
        Action::Read { applied, saw } => Some(Step::Read {
            server: servers.iter().position(|server| server == applied).unwrap_or(usize::MAX).to_string(),
            at: Time::NEVER,
            relevant: saw.iter().filter(|saw| logs.contains(&saw.log)).map(Entry::to_string).collect(),
        }),
    };
    let steps = run.sessions[client].ops.iter().filter_map(step).collect();
    receipts.sessions.push(sessions::Session { client: client.to_string(), steps });
    receipts
}

fn applied(op: &Op) -> Option<&Applied> {
    match &op.action {
        Action::Read { applied, .. } => Some(applied),
        Action::Write(_) => None,
    }
}

/// The guarantees that a client does not have, by the definitions.
fn by_definition(run: &Run, client: usize) -> Vec<Guarantee> {
    let ops = run.sessions.iter().flat_map(|session| &session.ops);
    let copies: BTreeSet<Applied> = ops.filter_map(applied).cloned().collect();
    let copies: Vec<Applied> = copies.into_iter().collect();
    // Every copy is a server of its own, and so is, for each write, its leader at that moment, who has one log only.
    let seen = receipts(run, client, &copies, &[0, 1]);
    let led = [0, 1].map(|log| {
        let of_log = writes(run).into_iter().filter(|(_, entry)| entry.log == log);
        let leaders: Vec<Applied> = of_log.map(|(_, entry)| [(log, entry.at)].into()).collect();
        receipts(run, client, &leaders, &[log])
    });
    let with_leaders =
        |holds: fn(&Receipts) -> Verdict| holds(&seen).holds() && led.iter().all(|led| holds(led).holds());
    let holds = [
        (Guarantee::ReadYourWrites, seen.read_your_writes().holds()),
        (Guarantee::MonotonicReads, seen.monotonic_reads().holds()),
        (Guarantee::MonotonicWrites, with_leaders(Receipts::monotonic_writes)),
        (Guarantee::WritesFollowReads, with_leaders(Receipts::writes_follow_reads)),
    ];
    holds.into_iter().filter(|(_, holds)| !holds).map(|(guarantee, _)| guarantee).collect()
}

/// What clients saw, if each log has one row. Nobody knows which row it was that was not there.
fn observed(run: &Run) -> History {
    let mut ops = Vec::new();
    for session in &run.sessions {
        for op in &session.ops {
            let (entry, action) = match &op.action {
                Action::Write(entry) => (entry, history::Action::Write(entry.to_string())),
                Action::Read { saw: Some(entry), .. } => {
                    (entry, history::Action::Read(vec![entry.to_string()]))
                }
                Action::Read { saw: None, .. } => continue,
            };
            ops.push(history::Op {
                client: session.client.clone(),
                key: entry.log.to_string(),
                action,
                began: op.began,
                ended: Some(op.ended),
            });
        }
    }
    ops.sort_by_key(|op| op.began);
    History(ops)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn agrees_with_the_definitions(all in prop::collection::vec(next(), 0..14)) {
        let run = run(&all, false);
        let found = check(&run);
        for client in 0..2 {
            let of_client = found.iter().filter(|violation| violation.session == client);
            let broken: BTreeSet<Guarantee> = of_client.map(|violation| violation.guarantee).collect();
            let expected: BTreeSet<Guarantee> = by_definition(&run, client).into_iter().collect();
            prop_assert_eq!(broken, expected, "{} in {:#?}", client, run);
        }
    }

    #[test]
    fn what_clients_can_see_is_found(mut all in prop::collection::vec(next(), 0..14)) {
        // Each log has one row, and each answer depends on its last write.
        for next in &mut all {
            next.older = 0;
        }
        let run = run(&all, true);
        let found = check(&run);
        let seen = observed(&run);
        let any = |guarantee| found.iter().any(|violation| violation.guarantee == guarantee);
        for (guarantee, verdict) in [
            (Guarantee::ReadYourWrites, sessions::read_your_writes(&seen)),
            (Guarantee::MonotonicReads, sessions::monotonic_reads(&seen)),
        ] {
            let visible = matches!(verdict, Verdict::Violated(_));
            prop_assert!(!visible || any(guarantee), "{}: {}\n{}\n{:#?}", guarantee, verdict, seen, run);
        }
    }
}

/// No time is measured; a checker that compares everything with everything would take minutes.
#[test]
fn two_thousand_sessions_on_two_logs_are_checked_in_a_moment() {
    let op = |session: u64, place: u64| {
        let log = (place / 2 % 2) as usize;
        let entry = Entry { log, at: Position::new(1, 10 * place + 100 * session + 1) };
        let action = match place % 2 {
            0 => Action::Write(entry),
            _ => Action::Read { applied: [(0, entry.at), (1, entry.at)].into(), saw: Some(entry) },
        };
        Op { began: Time::ms(10 * place), ended: Time::ms(10 * place + 5), action }
    };
    let session =
        |n: u64| Session { client: n.to_string(), ops: (0..10).map(|place| op(n, place)).collect() };
    let logs = vec![BTreeMap::new(), BTreeMap::new()];
    assert!(check(&Run { logs, sessions: (0..2_000).map(session).collect() }).is_empty());
}
