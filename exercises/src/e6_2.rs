//! E6.2 — A small ring (9 points)
//!
//! Build the ring of chapter 6: positions 0 to 99, a few nodes on it, and for every hash the nodes that hold it. A key
//! belongs to the first `n` nodes clockwise, beginning with a node exactly at its hash. After 99 comes 0.
//!
//! Removing a node is for good: its keys move to others. (A node that is merely down stays on the ring.) `changed` says
//! which hashes get another *set* of replicas.
//!
//! Check it with `cargo course check E6.2`, or with
//! `cargo test -p exercises e6_2`. Stuck? `cargo course hint E6.2`.

use grader::exercises::e6_2::{POSITIONS, SmallRing};

/// Nodes at positions from 0 to 99.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    // Choose what to keep here.
}

impl SmallRing for Ring {
    fn empty() -> Self {
        Self::default()
    }

    fn add(&mut self, node: char, position: u32) {
        todo!("put {node} at {position}")
    }

    fn remove(&mut self, node: char) {
        todo!("take {node} off the ring")
    }

    fn replicas(&self, hash: u32, n: usize) -> Vec<char> {
        todo!("walk clockwise from {hash} and take {n} nodes")
    }

    fn changed(&self, later: &Self, n: usize) -> Vec<u32> {
        todo!("compare the sets of {n} replicas here and in {later:?}, for every hash below {POSITIONS}")
    }
}
