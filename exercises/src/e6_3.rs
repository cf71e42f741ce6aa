//! E6.3 — Consistency levels (9 points)
//!
//! A keyspace keeps three replicas in Virginia and three in Frankfurt. How many answers does `LOCAL_QUORUM` wait for, how
//! many `QUORUM`, and which write level makes a Frankfurt read see a Virginia write?
//!
//! Write `required(level, replicas, local)`: at least so many answers in all (`total`), and at least so many from each
//! datacentre (`per_datacentre`). A level that needs nobody in particular has zeros there. Refuse, in this order: a
//! datacentre without replicas, a `local` that is not there, a `Count` of 0 or above all replicas.
//!
//! Then `overlap_guaranteed(write, read, replicas)`: does *every* set of replicas that meets `write` share one with *every*
//! set that meets `read`?
//!
//! Check it with `cargo course check E6.3`, or with
//! `cargo test -p exercises e6_3`. Stuck? `cargo course hint E6.3`.

use grader::exercises::e6_3::{Level, LevelError, Required};

/// What `level` requires where datacentre `i` has `replicas[i]` replicas and the coordinator is in `local`.
///
/// # Errors
/// When these datacentres can't meet it: no replicas first, then an unknown datacentre, then an impossible count.
pub fn required(level: Level, replicas: &[u32], local: usize) -> Result<Required, LevelError> {
    todo!("say what {level} needs of {replicas:?}, seen from datacentre {local}")
}

/// Whether every set of replicas that meets `write` shares a replica with every set that meets `read`.
pub fn overlap_guaranteed(write: &Required, read: &Required, replicas: &[u32]) -> bool {
    todo!("can {write:?} and {read:?} miss each other on {replicas:?}?")
}
