//! E5.5 — PN-Counter, OR-Set, LWW- and MV-register (25 points)
//!
//! Four types whose copies always agree once everybody has heard of everything:
//!
//! - a **PN-Counter** goes up and down;
//! - an **OR-Set** holds what was added and not removed; a remove takes away the adds that it has *seen*;
//! - an **LWW-register** keeps the value with the latest stamp, and drops every other one;
//! - an **MV-register** keeps all values that nobody has replaced who had seen them.
//!
//! States travel whole, and arrive late, twice, or by detours. Merging must be commutative, associative and idempotent. Choose
//! what each type keeps so that this is possible: the G-Counter of E5.1 shows how. No replica loses its disk here.
//!
//! The last scenario shows what they can't do. A balance goes below 0. Two users get one name. One correction is lost, or
//! both are kept and somebody must choose. All replicas agree each time; that does not make it right.
//!
//! Check it with `cargo course check E5.5`, or with
//! `cargo test -p exercises e5_5`. Stuck? `cargo course hint E5.5`.

use grader::exercises::e5_5::{LwwRegister, Mergeable, MvRegister, OrSet, PnCounter};

/// A counter that goes both ways.
#[derive(Clone, Debug)]
pub struct Counter {
    // Choose what to keep here.
}

impl Mergeable for Counter {
    fn new(replica: &str) -> Self {
        todo!("{replica}'s empty counter")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("the counts that are known when this state has arrived")
    }
}

impl PnCounter for Counter {
    fn increment(&mut self, by: u64) {
        todo!("{by} more")
    }

    fn decrement(&mut self, by: u64) {
        todo!("{by} less")
    }

    fn value(&self) -> i128 {
        todo!("what was added, less what was taken off")
    }
}

/// A set of items.
#[derive(Clone, Debug)]
pub struct Items {}

impl Mergeable for Items {
    fn new(replica: &str) -> Self {
        todo!("{replica}'s empty set")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("the adds that are alive when this state has arrived")
    }
}

impl OrSet for Items {
    fn add(&mut self, item: &str) {
        todo!("a new add of {item:?}")
    }

    fn remove(&mut self, item: &str) {
        todo!("no more of the adds of {item:?} that are here")
    }

    fn items(&self) -> Vec<String> {
        todo!("what is in the set")
    }
}

/// The last value.
#[derive(Clone, Debug)]
pub struct Last {}

impl Mergeable for Last {
    fn new(replica: &str) -> Self {
        todo!("{replica}'s empty register")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("which value is kept?")
    }
}

impl LwwRegister for Last {
    fn set(&mut self, value: &str, time: i64) {
        todo!("is {value:?} of {time} the last one?")
    }

    fn value(&self) -> Option<String> {
        todo!("the value")
    }
}

/// All values that nobody has replaced.
#[derive(Clone, Debug)]
pub struct Concurrent {}

impl Mergeable for Concurrent {
    fn new(replica: &str) -> Self {
        todo!("{replica}'s empty register")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("which values has nobody replaced, when this state has arrived?")
    }
}

impl MvRegister for Concurrent {
    fn set(&mut self, value: &str) {
        todo!("{value:?} replaces what is here")
    }

    fn values(&self) -> Vec<String> {
        todo!("the values")
    }
}
