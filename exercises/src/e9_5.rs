//! E9.5 — The consistent-hash ring (24 points)
//!
//! The coding drill that every interviewer has at hand: nodes and keys on one ring, a key belongs to the first nodes
//! clockwise. Exercise E6.2 was the small one. This one has what a real ring has:
//!
//! - **virtual nodes:** each node has many positions, the hashes of `node:0`, `node:1` and so on, so that shares are even and
//!   the keys of a node that leaves are spread over all others;
//! - **weights:** a node that is twice as strong has twice as many;
//! - **zones:** replicas stand in different zones, as long as there are any, so that a zone can fail;
//! - **`owners_diff`:** which keys have to be copied when nodes come and go.
//!
//! The hash function comes with the settings, so that a test can put nodes where it wants them. In the drill it is XXH3; lists
//! that you find elsewhere for the same names were computed with another hash.
//!
//! Simplified here: keys are compared one by one. A real store compares *ranges*, and streams each from a node that has it.
//! Cassandra places replicas in this way, with racks as zones. (DynamoDB is often named too; that is Dynamo, the paper. The
//! service has leaders, one for each partition.)
//!
//! Check it with `cargo course check E9.5`, or with
//! `cargo test -p exercises e9_5`. Stuck? `cargo course hint E9.5`.

use grader::exercises::e9_5::{HashRing, Moved, Refused, Settings};

/// Nodes on a ring of all 64-bit numbers.
#[derive(Debug)]
pub struct Ring {
    settings: Settings,
    // Choose what else to keep here.
}

impl HashRing for Ring {
    fn new(settings: Settings) -> Self {
        Self { settings }
    }

    fn add_node(&mut self, node: &str, zone: &str, weight: u32) -> Result<(), Refused> {
        todo!("{} positions for {node} in {zone}, with weight {weight}", self.settings.vnodes)
    }

    fn remove_node(&mut self, node: &str) -> bool {
        todo!("take {node} off the ring")
    }

    fn replicas(&self, key: &str) -> Vec<String> {
        todo!("walk clockwise from {key}")
    }

    fn owners_diff(&self, later: &Self, keys: &[String]) -> Vec<Moved> {
        todo!("compare the sets of {} keys here and in {later:?}", keys.len())
    }
}
