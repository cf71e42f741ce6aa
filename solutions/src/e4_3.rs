//! E4.3 — The session-guarantee checker.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_3::{Action, Copies, Entry, Guarantee, Op, Position, Run, Violation};

/// All violations of the four session guarantees in a run.
pub fn check(run: &Run) -> Vec<Violation> {
    // BEGIN SOLUTION todo!("which of the {} sessions were promised too much?", run.sessions.len())
    let copies = run.copies();
    let mut found = Vec::new();
    for (session, ops) in run.sessions.iter().map(|session| &session.ops).enumerate() {
        for (operation, op) in ops.iter().enumerate() {
            for guarantee in Guarantee::ALL {
                let broken = |place: &usize| {
                    let earlier = &ops[*place];
                    earlier.ended <= op.began && contradicts(run, &copies, guarantee, earlier, op)
                };
                if let Some(against) = (0..operation).rev().find(broken) {
                    found.push(Violation { session, operation, guarantee, against });
                }
            }
        }
    }
    found
    // END SOLUTION
}

/// Whether a copy that had applied its log up to `applied` holds the entry at `write` of the same log.
pub fn holds(run: &Run, log: usize, applied: Position, write: Position) -> bool {
    // BEGIN SOLUTION let _ = run;\ntodo!("is {write} an ancestor of {applied} in log {log}?")
    let mut reached = applied;
    while reached.epoch > write.epoch {
        match run.logs[log].get(&reached.epoch) {
            Some(taken_over) => reached = *taken_over,
            None => return false,
        }
    }
    reached.epoch == write.epoch && reached.lsn >= write.lsn
    // END SOLUTION
}
// BEGIN SOLUTION

fn contradicts(run: &Run, copies: &Copies, guarantee: Guarantee, earlier: &Op, later: &Op) -> bool {
    use Guarantee::{MonotonicReads, MonotonicWrites, ReadYourWrites, WritesFollowReads};
    let needed = match (guarantee, &earlier.action) {
        (ReadYourWrites | MonotonicWrites, Action::Write(entry)) => Some(*entry),
        (MonotonicReads | WritesFollowReads, Action::Read { saw, .. }) => *saw,
        _ => None,
    };
    let Some(needed) = needed else { return false };
    // What of the needed entry's log is where it is needed. A copy that does not keep that log breaks nothing.
    let there = match (guarantee, &later.action) {
        (ReadYourWrites | MonotonicReads, Action::Read { applied, .. }) => applied.get(&needed.log).copied(),
        (MonotonicWrites | WritesFollowReads, Action::Write(entry)) if entry.log == needed.log => {
            Some(entry.at)
        }
        (MonotonicWrites | WritesFollowReads, Action::Write(entry)) => copies.common(*entry, needed.log),
        _ => None,
    };
    there.is_some_and(|there| !holds(run, needed.log, there, needed.at))
}
// END SOLUTION
