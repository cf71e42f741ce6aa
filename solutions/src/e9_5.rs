//! E9.5 — A consistent-hash ring: virtual nodes, weights, zones, and what moves when nodes come and go.

// BEGIN SOLUTION
use std::collections::{BTreeMap, BTreeSet};

// END SOLUTION
use grader::exercises::e9_5::{HashRing, Moved, Refused, Settings};

/// Nodes on a ring of all 64-bit numbers.
#[derive(Debug)]
pub struct Ring {
    settings: Settings,
    // Choose what else to keep here.
    // BEGIN SOLUTION
    /// Positions in order, of equal ones the smaller name first.
    positions: BTreeSet<(u64, String)>,
    /// The zone of each node.
    zones: BTreeMap<String, String>,
    // END SOLUTION
}

impl HashRing for Ring {
    fn new(settings: Settings) -> Self {
        // BEGIN SOLUTION Self { settings }
        Self { settings, positions: BTreeSet::new(), zones: BTreeMap::new() }
        // END SOLUTION
    }

    fn add_node(&mut self, node: &str, zone: &str, weight: u32) -> Result<(), Refused> {
        // BEGIN SOLUTION todo!("{} positions for {node} in {zone}, with weight {weight}", self.settings.vnodes)
        if self.zones.contains_key(node) {
            return Err(Refused::Twice);
        }
        if weight == 0 {
            return Err(Refused::NoWeight);
        }
        self.zones.insert(node.to_owned(), zone.to_owned());
        for i in 0..self.settings.vnodes * weight {
            let position = (self.settings.hash)(&format!("{node}:{i}"));
            self.positions.insert((position, node.to_owned()));
        }
        Ok(())
        // END SOLUTION
    }

    fn remove_node(&mut self, node: &str) -> bool {
        // BEGIN SOLUTION todo!("take {node} off the ring")
        self.positions.retain(|(_, there)| there != node);
        self.zones.remove(node).is_some()
        // END SOLUTION
    }

    fn replicas(&self, key: &str) -> Vec<String> {
        // BEGIN SOLUTION todo!("walk clockwise from {key}")
        let zones: BTreeSet<&String> = self.zones.values().collect();
        let mut repeats = self.settings.replicas.saturating_sub(zones.len());
        let start = ((self.settings.hash)(key), String::new());
        let walk = self.positions.range(start.clone()..).chain(self.positions.range(..start));
        let mut list: Vec<String> = Vec::new();
        let mut taken = BTreeSet::new();
        for (_, node) in walk {
            if list.len() == self.settings.replicas {
                break;
            }
            if list.contains(node) {
                continue;
            }
            if !taken.insert(self.zones.get(node)) {
                if repeats == 0 {
                    continue;
                }
                repeats -= 1;
            }
            list.push(node.clone());
        }
        list
        // END SOLUTION
    }

    fn owners_diff(&self, later: &Self, keys: &[String]) -> Vec<Moved> {
        // BEGIN SOLUTION todo!("compare the sets of {} keys here and in {later:?}", keys.len())
        let mut moved = Vec::new();
        for key in keys {
            let before: BTreeSet<String> = self.replicas(key).into_iter().collect();
            let after: BTreeSet<String> = later.replicas(key).into_iter().collect();
            if before != after {
                let gains = after.difference(&before).cloned().collect();
                let loses = before.difference(&after).cloned().collect();
                moved.push(Moved { key: key.clone(), gains, loses });
            }
        }
        moved
        // END SOLUTION
    }
}
