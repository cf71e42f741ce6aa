//! E7.4 — Happens-before from a message log (15 points)
//!
//! Three processes wrote logs. Each log is in order; the clocks of the three machines can't be trusted, so nothing orders one
//! log against another. Nothing but the messages: a message leaves before it arrives. Find out what happened before what.
//!
//! Do it twice, in two ways that must agree:
//!
//! - `happens_before` follows **paths**: along a log, and from the event that sends a message to those that receive it.
//! - `clocks` gives each event a **vector clock**: how many events of each process are in its past, itself included. One event
//!   happened before another if its clock is smaller: no count is larger, and one is smaller.
//!
//! Then list all pairs of events that are **concurrent**: no path leads from one to the other. That is no accident that
//! better clocks would mend. Neither *could* have known of the other.
//!
//! Messages get lost, and some arrive twice. Some come from somebody whose log you don't have: then you learn nothing about
//! the sender. And if some message arrives before it was sent, the logs are wrong: say so.
//!
//! Check it with `cargo course check E7.4`, or with
//! `cargo test -p exercises e7_4`. Stuck? `cargo course hint E7.4`.

use std::collections::BTreeMap;

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e7_4::{Clock, Event, Impossible, ProcessLog};

/// Whether a path leads from `a` to `b`.
pub fn happens_before(logs: &[ProcessLog], a: &str, b: &str) -> Result<bool, Impossible> {
    let _ = logs;
    todo!("does a path lead from {a} to {b}?")
}

/// The vector clock of every event, by its name.
pub fn clocks(logs: &[ProcessLog]) -> Result<BTreeMap<String, Clock>, Impossible> {
    todo!("the clocks of the events of {} processes", logs.len())
}

/// All pairs of events of which neither happened before the other.
pub fn concurrent_pairs(logs: &[ProcessLog]) -> Result<Vec<(String, String)>, Impossible> {
    todo!("which events of {} processes are concurrent?", logs.len())
}
