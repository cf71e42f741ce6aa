//! E5.4 — A topology forwarder: changes go round among several leaders, once to each, and never before their cause.

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
    // BEGIN SOLUTION
    /// All changes that came or began here, in that order.
    known: Vec<Change>,
    /// Those of them that are not applied yet.
    waiting: Vec<Change>,
    /// How many of each leader's changes are applied.
    applied: Counts,
    // END SOLUTION
}

// BEGIN SOLUTION
impl Relay {
    fn is_ready(&self, change: &Change) -> bool {
        let count = |node| self.applied.get(node).copied().unwrap_or(0);
        change.after.iter().all(|(node, before)| count(node) >= *before)
    }

    fn apply(&mut self, change: &Change, machine: &mut dyn Machine) {
        machine.apply(change);
        self.applied.insert(change.origin, change.number);
    }

    /// Sends a change to some neighbours.
    fn pass_on(
        &self,
        change: &Change,
        to: &BTreeSet<NodeId>,
        reached: &BTreeSet<NodeId>,
        machine: &mut dyn Machine,
    ) {
        let mut reached: BTreeSet<NodeId> = reached.union(to).copied().collect();
        reached.insert(self.me);
        for neighbour in to {
            machine.send(*neighbour, Message { change: change.clone(), reached: reached.clone() });
        }
    }
}

// END SOLUTION
impl Forwarder for Relay {
    fn new(me: NodeId, neighbours: BTreeSet<NodeId>) -> Self {
        // BEGIN SOLUTION Self { me, neighbours }
        Self { me, neighbours, known: Vec::new(), waiting: Vec::new(), applied: Counts::new() }
        // END SOLUTION
    }

    fn write(&mut self, write: Write, machine: &mut dyn Machine) {
        // BEGIN SOLUTION let _ = machine;\ntodo!("{write} at {:?}, and to {:?}", self.me, self.neighbours)
        let number = self.applied.get(&self.me).copied().unwrap_or(0) + 1;
        let change = Change { origin: self.me, number, after: self.applied.clone(), write };
        self.apply(&change, machine);
        self.pass_on(&change, &self.neighbours, &BTreeSet::new(), machine);
        self.known.push(change);
        // END SOLUTION
    }

    fn receive(&mut self, message: Message, machine: &mut dyn Machine) {
        // BEGIN SOLUTION let _ = machine;\ntodo!("apply {} when its time has come", message.change.write)
        let Message { change, reached } = message;
        let known = |other: &Change| (other.origin, other.number) == (change.origin, change.number);
        if self.known.iter().any(known) {
            return;
        }
        let to: BTreeSet<NodeId> = self.neighbours.difference(&reached).copied().collect();
        self.pass_on(&change, &to, &reached, machine);
        self.known.push(change.clone());
        self.waiting.push(change);
        while let Some(place) = self.waiting.iter().position(|change| self.is_ready(change)) {
            let change = self.waiting.remove(place);
            self.apply(&change, machine);
        }
        // END SOLUTION
    }

    fn connect(&mut self, neighbour: NodeId, machine: &mut dyn Machine) {
        // BEGIN SOLUTION let _ = machine;\ntodo!("send everything to {neighbour:?}")
        self.neighbours.insert(neighbour);
        for change in &self.known {
            self.pass_on(change, &BTreeSet::from([neighbour]), &BTreeSet::new(), machine);
        }
        // END SOLUTION
    }
}
