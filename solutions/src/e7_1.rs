//! E7.1 — A version vector: before, after, equal, or concurrent.

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
        // BEGIN SOLUTION todo!("one write more at {server}")
        *self.counters.entry(server.to_owned()).or_default() += 1;
        // END SOLUTION
    }

    fn compare(&self, other: &Self) -> Causality {
        // BEGIN SOLUTION todo!("how does {self} stand to {other}?")
        match (self.covers(other), other.covers(self)) {
            (true, true) => Causality::Equal,
            (true, false) => Causality::After,
            (false, true) => Causality::Before,
            (false, false) => Causality::Concurrent,
        }
        // END SOLUTION
    }

    fn dominates(&self, other: &Self) -> bool {
        // BEGIN SOLUTION todo!("has {self} seen all that {other} has, and more?")
        self.compare(other) == Causality::After
        // END SOLUTION
    }

    fn concurrent_with(&self, other: &Self) -> bool {
        // BEGIN SOLUTION todo!("has each of {self} and {other} seen something that the other has not?")
        self.compare(other) == Causality::Concurrent
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION todo!("see all that {other} has seen")
        for (server, counter) in &other.counters {
            let known = self.counters.entry(server.clone()).or_default();
            *known = (*known).max(*counter);
        }
        // END SOLUTION
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // BEGIN SOLUTION write!(f, "{:?}", self.counters)
        let counters = self.counters.iter().filter(|(_, counter)| **counter > 0);
        let counters: Vec<String> = counters.map(|(server, counter)| format!("{server}:{counter}")).collect();
        write!(f, "{{{}}}", counters.join(" "))
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Vector {
    /// Whether everything that the other has seen has been seen here.
    fn covers(&self, other: &Self) -> bool {
        let known = |server: &String| self.counters.get(server).copied().unwrap_or(0);
        other.counters.iter().all(|(server, counter)| known(server) >= *counter)
    }
}
// END SOLUTION
