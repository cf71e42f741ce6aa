//! E6.2 — A small ring: which replicas hold a key, and what moves when a node leaves.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
use grader::exercises::e6_2::{POSITIONS, SmallRing};

/// Nodes at positions from 0 to 99.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    // Choose what to keep here.
    // BEGIN SOLUTION
    nodes: BTreeMap<u32, char>,
    // END SOLUTION
}

impl SmallRing for Ring {
    fn empty() -> Self {
        Self::default()
    }

    fn add(&mut self, node: char, position: u32) {
        // BEGIN SOLUTION todo!("put {node} at {position}")
        self.nodes.insert(position, node);
        // END SOLUTION
    }

    fn remove(&mut self, node: char) {
        // BEGIN SOLUTION todo!("take {node} off the ring")
        self.nodes.retain(|_, there| *there != node);
        // END SOLUTION
    }

    fn replicas(&self, hash: u32, n: usize) -> Vec<char> {
        // BEGIN SOLUTION todo!("walk clockwise from {hash} and take {n} nodes")
        let walk = self.nodes.range(hash..).chain(self.nodes.range(..hash));
        walk.map(|(_, node)| *node).take(n).collect()
        // END SOLUTION
    }

    fn changed(&self, later: &Self, n: usize) -> Vec<u32> {
        // BEGIN SOLUTION todo!("compare the sets of {n} replicas here and in {later:?}, for every hash below {POSITIONS}")
        let differs = |hash: &u32| {
            let mut here = self.replicas(*hash, n);
            let mut there = later.replicas(*hash, n);
            here.sort_unstable();
            there.sort_unstable();
            here != there
        };
        (0..POSITIONS).filter(differs).collect()
        // END SOLUTION
    }
}
