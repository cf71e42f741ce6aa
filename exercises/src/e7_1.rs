//! E7.1 — A version vector (13 points)
//!
//! Milk is written at server A, eggs at server B. Is one of them newer? A clock can't tell. A version vector can: it counts,
//! server by server, how many writes its owner has seen.
//!
//! - One vector comes **before** another if no counter is larger and one is smaller: the other has seen everything, and more.
//! - Two vectors are **concurrent** if each has a counter that is larger: nobody had seen the other's write. Both values stay.
//! - Two vectors can also be **equal**. That is the same version, and no conflict.
//!
//! A server that is missing counts as 0: it has not been heard of yet. After a merge you know what both knew, and nothing
//! else: the larger counter of each server.
//!
//! Check it with `cargo course check E7.1`, or with
//! `cargo test -p exercises e7_1`. Stuck? `cargo course hint E7.1`.

use std::collections::BTreeMap;
use std::fmt;

use grader::exercises::e7_1::{Causality, VersionVector};

/// One counter for each server.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// The counters; a server that is missing counts as 0.
    pub counters: BTreeMap<String, u64>,
}

impl VersionVector for Vector {
    fn of(counters: &[(&str, u64)]) -> Self {
        let counters = counters.iter().map(|(server, counter)| ((*server).to_owned(), *counter));
        Self { counters: counters.collect() }
    }

    fn increment(&mut self, server: &str) {
        todo!("one write more at {server}")
    }

    fn compare(&self, other: &Self) -> Causality {
        todo!("how does {self} stand to {other}?")
    }

    fn dominates(&self, other: &Self) -> bool {
        todo!("has {self} seen all that {other} has, and more?")
    }

    fn concurrent_with(&self, other: &Self) -> bool {
        todo!("has each of {self} and {other} seen something that the other has not?")
    }

    fn merge(&mut self, other: &Self) {
        todo!("see all that {other} has seen")
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.counters)
    }
}
