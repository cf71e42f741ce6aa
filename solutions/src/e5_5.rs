//! E5.5 — PN-Counter, OR-Set, and two registers: four types that merge, and what none of them can do.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
use grader::exercises::e5_5::{LwwRegister, Mergeable, MvRegister, OrSet, PnCounter};

/// A counter that goes both ways.
#[derive(Clone, Debug)]
pub struct Counter {
    // Choose what to keep here.
    // BEGIN SOLUTION
    me: String,
    /// What each replica has added, and what it has taken off.
    slots: BTreeMap<String, (u64, u64)>,
    // END SOLUTION
}

impl Mergeable for Counter {
    fn new(replica: &str) -> Self {
        // BEGIN SOLUTION todo!("{replica}'s empty counter")
        Self { me: replica.to_owned(), slots: BTreeMap::new() }
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("the counts that are known when this state has arrived")
        for (replica, (plus, minus)) in &other.slots {
            let known = self.slots.entry(replica.clone()).or_default();
            *known = (known.0.max(*plus), known.1.max(*minus));
        }
        // END SOLUTION
    }
}

impl PnCounter for Counter {
    fn increment(&mut self, by: u64) {
        // BEGIN SOLUTION todo!("{by} more")
        self.slots.entry(self.me.clone()).or_default().0 += by;
        // END SOLUTION
    }

    fn decrement(&mut self, by: u64) {
        // BEGIN SOLUTION todo!("{by} less")
        self.slots.entry(self.me.clone()).or_default().1 += by;
        // END SOLUTION
    }

    fn value(&self) -> i128 {
        // BEGIN SOLUTION todo!("what was added, less what was taken off")
        self.slots.values().map(|(plus, minus)| i128::from(*plus) - i128::from(*minus)).sum()
        // END SOLUTION
    }
}

/// A set of items.
#[derive(Clone, Debug)]
pub struct Items {
    // BEGIN SOLUTION
    me: String,
    /// The adds that nobody has taken away: who added, as its which add, and what.
    alive: BTreeMap<(String, u64), String>,
    /// How many adds of each replica have been seen.
    seen: BTreeMap<String, u64>,
    // END SOLUTION
}

impl Mergeable for Items {
    fn new(replica: &str) -> Self {
        // BEGIN SOLUTION todo!("{replica}'s empty set")
        Self { me: replica.to_owned(), alive: BTreeMap::new(), seen: BTreeMap::new() }
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("the adds that are alive when this state has arrived")
        let theirs = &other.alive;
        self.alive.retain(|add, _| theirs.contains_key(add) || !has_seen(&other.seen, add));
        for (add, item) in theirs {
            if !has_seen(&self.seen, add) {
                self.alive.insert(add.clone(), item.clone());
            }
        }
        see(&mut self.seen, &other.seen);
        // END SOLUTION
    }
}

impl OrSet for Items {
    fn add(&mut self, item: &str) {
        // BEGIN SOLUTION todo!("a new add of {item:?}")
        let add = next(&mut self.seen, &self.me);
        self.alive.insert(add, item.to_owned());
        // END SOLUTION
    }

    fn remove(&mut self, item: &str) {
        // BEGIN SOLUTION todo!("no more of the adds of {item:?} that are here")
        self.alive.retain(|_, added| added != item);
        // END SOLUTION
    }

    fn items(&self) -> Vec<String> {
        // BEGIN SOLUTION todo!("what is in the set")
        let mut items: Vec<String> = self.alive.values().cloned().collect();
        items.sort_unstable();
        items.dedup();
        items
        // END SOLUTION
    }
}

/// The last value.
#[derive(Clone, Debug)]
pub struct Last {
    // BEGIN SOLUTION
    me: String,
    /// Time, replica and value: compared in this order.
    current: Option<(i64, String, String)>,
    // END SOLUTION
}

impl Mergeable for Last {
    fn new(replica: &str) -> Self {
        // BEGIN SOLUTION todo!("{replica}'s empty register")
        Self { me: replica.to_owned(), current: None }
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("which value is kept?")
        if other.current > self.current {
            self.current.clone_from(&other.current);
        }
        // END SOLUTION
    }
}

impl LwwRegister for Last {
    fn set(&mut self, value: &str, time: i64) {
        // BEGIN SOLUTION todo!("is {value:?} of {time} the last one?")
        let new = Some((time, self.me.clone(), value.to_owned()));
        if new > self.current {
            self.current = new;
        }
        // END SOLUTION
    }

    fn value(&self) -> Option<String> {
        // BEGIN SOLUTION todo!("the value")
        self.current.as_ref().map(|(_, _, value)| value.clone())
        // END SOLUTION
    }
}

/// All values that nobody has replaced.
#[derive(Clone, Debug)]
pub struct Concurrent {
    // BEGIN SOLUTION
    me: String,
    /// Who set it, as its which write, and the value.
    values: BTreeMap<(String, u64), String>,
    /// How many writes of each replica have been seen.
    seen: BTreeMap<String, u64>,
    // END SOLUTION
}

impl Mergeable for Concurrent {
    fn new(replica: &str) -> Self {
        // BEGIN SOLUTION todo!("{replica}'s empty register")
        Self { me: replica.to_owned(), values: BTreeMap::new(), seen: BTreeMap::new() }
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("which values has nobody replaced, when this state has arrived?")
        self.values.retain(|write, _| other.values.contains_key(write) || !has_seen(&other.seen, write));
        for (write, value) in &other.values {
            if !has_seen(&self.seen, write) {
                self.values.insert(write.clone(), value.clone());
            }
        }
        see(&mut self.seen, &other.seen);
        // END SOLUTION
    }
}

impl MvRegister for Concurrent {
    fn set(&mut self, value: &str) {
        // BEGIN SOLUTION todo!("{value:?} replaces what is here")
        let write = next(&mut self.seen, &self.me);
        self.values.clear();
        self.values.insert(write, value.to_owned());
        // END SOLUTION
    }

    fn values(&self) -> Vec<String> {
        // BEGIN SOLUTION todo!("the values")
        let mut values: Vec<String> = self.values.values().cloned().collect();
        values.sort_unstable();
        values.dedup();
        values
        // END SOLUTION
    }
}
// BEGIN SOLUTION

/// The next event of a replica.
fn next(seen: &mut BTreeMap<String, u64>, me: &str) -> (String, u64) {
    let count = seen.entry(me.to_owned()).or_default();
    *count += 1;
    (me.to_owned(), *count)
}

fn has_seen(seen: &BTreeMap<String, u64>, (replica, number): &(String, u64)) -> bool {
    seen.get(replica).is_some_and(|count| count >= number)
}

fn see(seen: &mut BTreeMap<String, u64>, others: &BTreeMap<String, u64>) {
    for (replica, count) in others {
        let known = seen.entry(replica.clone()).or_default();
        *known = (*known).max(*count);
    }
}
// END SOLUTION
