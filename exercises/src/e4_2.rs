//! E4.2 — The canary probe (17 points)
//!
//! The leader's view tells what the followers *say*. A canary tells what a reader *sees*: write a row on the leader, read it
//! on the follower every 10 ms until it is there, and the time in between is the lag.
//!
//! Write `probe(settings, key, sequence, ops)`, with these promises:
//!
//! - It ends. `timeout` after its beginning it reads no more: `TimedOut`, or `Unreachable` if no read at all was answered.
//! - It never tells less than the lag. So it counts from *before* the canary is sent, until a read that found it was
//!   answered. It tells too much instead: what the commit took, one poll, one read. That is a known error with a known bound;
//!   counted from the commit's answer on, it could be 0 for a follower that lags.
//! - It measures by the monotonic clock.
//! - It writes its own row, once, and no other. If the leader doesn't confirm: `NotWritten`, at once.
//! - It leaves nothing behind: no new row for each probe, no open transaction on the follower.
//!
//! A read may find no row, an old number, a *higher* number (somebody has overwritten the canary, so it has been there), or
//! fail. After a failure, try again.
//!
//! Check it with `cargo course check E4.2`, or with
//! `cargo test -p exercises e4_2`. Stuck? `cargo course hint E4.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_2::{Failed, Ops, Outcome, Settings, Time};

/// One probe.
pub fn probe(settings: &Settings, key: &str, sequence: u64, ops: &mut dyn Ops) -> Outcome {
    let _ = ops;
    todo!("write {sequence} into row {key}, and look for it by {settings:?}")
}
