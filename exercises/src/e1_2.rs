//! E1.2 — Who must acknowledge? (20 points)
//!
//! PostgreSQL's leader holds a commit back until the standbys in `synchronous_standby_names` have it on their disks (at
//! the commit level `on`):
//!
//! - `FIRST 2 (a, b, c)`: the first two *of the list* that are connected. `2 (a, b, c)` says the same, and a bare
//!   `a, b` says `FIRST 1 (a, b)`.
//! - `ANY 2 (a, b, c)`: any two of them.
//! - `*` stands for every name, and an empty list for nobody.
//!
//! FIRST and ANY may be written in any case of letters. A name consists of letters, digits, `_` and `$`; anything else
//! goes in double quotes, and two of those in them stand for one. PostgreSQL accepts a number larger than the list, but
//! not 0.
//!
//! Write `parse(text)`; `released(rule, leader, standbys)`, the position up to which commits are released, or why none
//! is; and `states(rule, standbys)`, as `pg_stat_replication` shows them: under FIRST a standby is `Sync` or, as a
//! reserve, `Potential`; under ANY it is `Quorum`; who is not in the list is `Async`. Names match in any case of
//! letters. Of several standbys with one name all are meant. (All standbys here are streaming. One that is still
//! catching up would not count.)
//!
//! Check it with `cargo course check E1.2`, or with
//! `cargo test -p exercises e1_2`. Stuck? `cargo course hint E1.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_2::{Blocked, ListError, Rule, Standby, SyncState};

/// What `synchronous_standby_names` says when it is set to `text`.
///
/// # Errors
/// When the text is no list of standbys, or waits for none although it names some.
pub fn parse(text: &str) -> Result<Rule, ListError> {
    todo!("read {text}")
}

/// Up to which position commits are released: what enough of the standbys have on their disks. The leader has its own
/// log up to `leader`.
///
/// # Errors
/// When fewer standbys of the list are connected than it takes: then no commit is released.
pub fn released(rule: &Rule, leader: u64, standbys: &[Standby]) -> Result<u64, Blocked> {
    todo!("{rule}, leader at {leader}: what do enough of {standbys:?} have?")
}

/// The part that each standby has, in their order.
pub fn states(rule: &Rule, standbys: &[Standby]) -> Vec<SyncState> {
    todo!("{rule}: what part has each of {standbys:?}?")
}
