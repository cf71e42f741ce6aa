//! E9.5 as it is often written on a whiteboard: a sorted list of positions, and a binary search.

use std::collections::BTreeSet;

use grader::exercises::e9_5::{HashRing, Moved, Refused, Settings};

#[derive(Debug)]
pub struct Ring {
    settings: Settings,
    positions: Vec<(u64, String)>,
}

impl HashRing for Ring {
    fn new(settings: Settings) -> Self {
        Self { settings, positions: Vec::new() }
    }

    fn add_node(&mut self, node: &str, _zone: &str, weight: u32) -> Result<(), Refused> {
        for i in 0..self.settings.vnodes * weight {
            self.positions.push(((self.settings.hash)(&format!("{node}:{i}")), node.to_owned()));
        }
        self.positions.sort();
        Ok(())
    }

    fn remove_node(&mut self, node: &str) -> bool {
        self.positions.retain(|(_, there)| there != node);
        true
    }

    fn replicas(&self, key: &str) -> Vec<String> {
        let hash = (self.settings.hash)(key);
        let found = self.positions.partition_point(|(position, _)| *position < hash);
        // A search that ends at the last index.
        let start = found.min(self.positions.len().saturating_sub(1));
        let mut list: Vec<String> = Vec::new();
        for (_, node) in self.positions[start..].iter().chain(&self.positions[..start]) {
            if list.len() < self.settings.replicas && !list.contains(node) {
                list.push(node.clone());
            }
        }
        list
    }

    fn owners_diff(&self, later: &Self, keys: &[String]) -> Vec<Moved> {
        let set = |ring: &Self, key: &str| ring.replicas(key).into_iter().collect::<BTreeSet<String>>();
        let both = keys.iter().map(|key| (key, set(self, key), set(later, key)));
        both.filter(|(_, before, after)| before != after)
            .map(|(key, before, after)| Moved {
                key: key.clone(),
                gains: after.difference(&before).cloned().collect(),
                loses: before.difference(&after).cloned().collect(),
            })
            .collect()
    }
}
