//! E4.3 — The session-guarantee checker (21 points)
//!
//! Ann reloads a page three times and sees 10 comments, 9, and 10 again. Which of these reads broke which promise? You have
//! her session: each write with its place in the log; each read with what the copy that answered had applied, and with the
//! write that its answer depends on. Find every violation of four guarantees (Terry et al., 1994):
//!
//! - **read your writes**: a read comes from a copy that holds every write that its session made before;
//! - **monotonic reads**: a read comes from a copy that holds every write on which an earlier read of its session depended;
//! - **monotonic writes**: whichever copy holds a write holds, before it, every earlier write of the same session;
//! - **writes follow reads**: whichever copy holds a write holds, before it, every write on which an earlier read of the
//!   same session depended.
//!
//! *Copies* make or break these promises, not values: who reads something else from a copy that lacks her write has met a
//! violation, even if nobody can see it this time.
//!
//! With one log and one leader the last two can't be broken: what is later in the log is later on every copy. They can when
//! a failover has dropped the end of the log, so a position is an epoch *and* a number. And they can when each partition has
//! a log of its own: a copy of both may have applied 3 of one, which was written last, and not yet 7 of the other.
//! `run.copies().common(entry, log)` says what *all* copies that were seen with an entry had of another log.
//!
//! What overlaps in time (phone and laptop of one user) binds nobody. Report each operation once for each guarantee that it
//! breaks, against the *last* earlier operation that it contradicts.
//!
//! Check it with `cargo course check E4.3`, or with
//! `cargo test -p exercises e4_3`. Stuck? `cargo course hint E4.3`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_3::{Action, Copies, Entry, Guarantee, Op, Position, Run, Violation};

/// All violations of the four session guarantees in a run.
pub fn check(run: &Run) -> Vec<Violation> {
    todo!("which of the {} sessions were promised too much?", run.sessions.len())
}

/// Whether a copy that had applied its log up to `applied` holds the entry at `write` of the same log.
pub fn holds(run: &Run, log: usize, applied: Position, write: Position) -> bool {
    let _ = run;
    todo!("is {write} an ancestor of {applied} in log {log}?")
}
