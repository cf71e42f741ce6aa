//! E4.1 — The lag check (18 points)
//!
//! A check like this one runs on many systems every minute: ask the leader's view for `replay_lag`, compare it with 5
//! seconds, wake somebody. On an idle system it crashes, because the lag is `NULL` then. And a standby that is gone has no
//! row, so nobody is woken for it at all.
//!
//! Write `check(current, rows, expected)`. `expected` says which standbys must be there, each with limits of its own, to warn
//! and to page: what a follower for reports may lag would be a disaster on the one that is to be promoted. Give at most one
//! alert for each, in their order, by the first of these that is true:
//!
//! 1. no connection of a standby has its name: `Missing`. A backup is no standby. Of several rows, the one that has replayed
//!    furthest counts;
//! 2. it has told no position: `Unknown`;
//! 3. it has replayed more than the leader has: `Ahead`;
//! 4. it lags more than `page` or `warn` allows, in bytes against the **current** position, or in seconds: `Behind`. Unless
//!    it has replayed all: then the seconds are of an earlier time;
//! 5. it is not streaming: `NotStreaming`.
//!
//! `NULL` seconds are beyond no limit, and they are not 0: bytes decide.
//!
//! Check it with `cargo course check E4.1`, or with
//! `cargo test -p exercises e4_1`. Stuck? `cargo course hint E4.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_1::{Alert, Expected, Level, Limits, Lsn, Row, Severity, State, Trouble};

/// What is wrong, by standby, in the order of `expected`.
pub fn check(current: Lsn, rows: &[Row], expected: &[Expected]) -> Vec<Alert> {
    todo!("{} standbys are expected at {current}, {} rows are there", expected.len(), rows.len())
}
