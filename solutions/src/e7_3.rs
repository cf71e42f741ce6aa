//! E7.3 — Merging carts: Dynamo's butter, the tombstone that can't be undone, and the set that gets it right.

use std::collections::{BTreeMap, BTreeSet};

use grader::exercises::e7_3::{Cart, Marked};

/// The items that are alive in any sibling, less those that are marked as removed in any.
pub fn merge_marked(siblings: &[Marked]) -> BTreeSet<String> {
    // BEGIN SOLUTION todo!("what is left of {siblings:?}?")
    let all = || siblings.iter().flatten();
    let removed: BTreeSet<&String> = all().filter(|(_, alive)| !**alive).map(|(item, _)| item).collect();
    let alive = all().filter(|(_, alive)| **alive).map(|(item, _)| item);
    alive.filter(|item| !removed.contains(item)).cloned().collect()
    // END SOLUTION
}

/// One device's copy of a cart.
#[derive(Clone, Debug)]
pub struct Basket {
    // Choose what to keep here.
    // BEGIN SOLUTION
    me: String,
    /// The adds that nobody has taken out: by whom, as its which add, of what, and how many pieces.
    alive: BTreeMap<(String, u64), (String, u32)>,
    /// How many adds of each device have been seen.
    seen: BTreeMap<String, u64>,
    // END SOLUTION
}

impl Cart for Basket {
    fn new(device: &str) -> Self {
        // BEGIN SOLUTION todo!("{device}'s empty cart")
        Self { me: device.to_owned(), alive: BTreeMap::new(), seen: BTreeMap::new() }
        // END SOLUTION
    }

    fn add(&mut self, item: &str, pieces: u32) {
        // BEGIN SOLUTION todo!("{pieces} more of {item:?}")
        if pieces == 0 {
            return;
        }
        let count = self.seen.entry(self.me.clone()).or_default();
        *count += 1;
        self.alive.insert((self.me.clone(), *count), (item.to_owned(), pieces));
        // END SOLUTION
    }

    fn remove(&mut self, item: &str) {
        // BEGIN SOLUTION todo!("no more of the {item:?} that is here")
        self.alive.retain(|_, (added, _)| added != item);
        // END SOLUTION
    }

    fn items(&self) -> BTreeMap<String, u64> {
        // BEGIN SOLUTION todo!("how many pieces of what?")
        let mut items: BTreeMap<String, u64> = BTreeMap::new();
        for (item, pieces) in self.alive.values() {
            *items.entry(item.clone()).or_default() += u64::from(*pieces);
        }
        items
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("which adds are alive when this state has arrived?")
        self.alive.retain(|add, _| other.alive.contains_key(add) || !has_seen(&other.seen, add));
        for (add, pieces) in &other.alive {
            if !has_seen(&self.seen, add) {
                self.alive.insert(add.clone(), pieces.clone());
            }
        }
        for (device, count) in &other.seen {
            let known = self.seen.entry(device.clone()).or_default();
            *known = (*known).max(*count);
        }
        // END SOLUTION
    }
}
// BEGIN SOLUTION

fn has_seen(seen: &BTreeMap<String, u64>, (device, number): &(String, u64)) -> bool {
    seen.get(device).is_some_and(|count| count >= number)
}
// END SOLUTION
