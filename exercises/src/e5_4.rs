//! E5.4 — The topology forwarder (23 points)
//!
//! Several leaders take writes, and each change has to reach all of them. In a ring each leader sends to the next, in a star
//! through the root, in all-to-all to everybody. Write one forwarder for all of these: the topology is nothing but the set of
//! neighbours to send to.
//!
//! - Changes must not go round for ever. A message carries whom the change has reached; and a change that comes again, by
//!   another way, is ignored.
//! - Messages overtake each other: an update can arrive before the insert that it needs. Hold it back until what its writer had
//!   seen is here too. Nothing else is held back.
//! - Leaders die. Then the operator makes other links, and whoever is connected gets all that it may lack.
//!
//! Simplified here: the forwarder's memory survives a crash, nobody ever throws away an old change, and no two leaders change
//! one row at the same time (E5.3 is about those). MySQL's circular replication knows a change by the id of the server where it
//! began, and drops it there; if that server is gone, the change goes round until somebody stops it.
//!
//! Check it with `cargo course check E5.4`, or with
//! `cargo test -p exercises e5_4`. Stuck? `cargo course hint E5.4`.

use std::collections::BTreeSet;

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e5_4::{Change, Counts, Forwarder, Machine, Message, NodeId, Write};

/// What a leader knows of the others' changes.
#[derive(Clone, Debug)]
pub struct Relay {
    me: NodeId,
    neighbours: BTreeSet<NodeId>,
    // Choose what else to keep here.
}

impl Forwarder for Relay {
    fn new(me: NodeId, neighbours: BTreeSet<NodeId>) -> Self {
        Self { me, neighbours }
    }

    fn write(&mut self, write: Write, machine: &mut dyn Machine) {
        let _ = machine;
        todo!("{write} at {:?}, and to {:?}", self.me, self.neighbours)
    }

    fn receive(&mut self, message: Message, machine: &mut dyn Machine) {
        let _ = machine;
        todo!("apply {} when its time has come", message.change.write)
    }

    fn connect(&mut self, neighbour: NodeId, machine: &mut dyn Machine) {
        let _ = machine;
        todo!("send everything to {neighbour:?}")
    }
}
