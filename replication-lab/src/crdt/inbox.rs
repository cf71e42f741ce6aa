//! Exactly once, and causes first: what operations need of their delivery.

use serde::{Deserialize, Serialize};

use super::{Operation, next_dot};
use crate::causality::{Dot, VersionVector};

/// An operation on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who made it, and its number among that replica's operations.
    pub dot: Dot,
    /// What its replica had applied when it made it.
    pub after: VersionVector,
    /// The operation.
    pub operation: Operation,
}

/// What a replica has applied, its own operations included, and what it must hold back.
///
/// Causal broadcast by version vectors (Birman, Schiper & Stephenson, *Lightweight causal and atomic group multicast*,
/// 1991): an operation is handed out once all are that its replica had applied when it made it.
///
/// # Limits
/// A lost envelope is not asked for again: whoever sends must send until it has arrived. What waits for it waits for
/// ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    applied: VersionVector,
    waiting: Vec<Envelope>,
}

impl Inbox {
    /// Puts an operation that this replica has just made, and applied, into an envelope.
    pub fn send(&mut self, replica: &str, operation: Operation) -> Envelope {
        let after = self.applied.clone();
        Envelope { dot: next_dot(&mut self.applied, replica), after, operation }
    }

    /// Takes an envelope from the network. Returns the operations that can be applied now, in their order: none if this
    /// one has come before or must wait; several if others waited for it.
    pub fn receive(&mut self, envelope: Envelope) -> Vec<Operation> {
        if !self.applied.covers(&envelope.dot) && !self.waiting.contains(&envelope) {
            self.waiting.push(envelope);
        }
        let mut ready = Vec::new();
        while let Some(place) = self.waiting.iter().position(|waiting| self.applied.descends(&waiting.after))
        {
            let envelope = self.waiting.remove(place);
            self.applied.add(&envelope.dot);
            ready.push(envelope.operation);
        }
        ready
    }

    /// How many operations wait for an earlier one.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crdt::{OpCounter, OpSet};
    use proptest::prelude::*;

    #[test]
    fn a_remove_waits_for_its_add() {
        let (mut set, mut outbox) = (OpSet::default(), Inbox::default());
        let add = set.add("va", "butter");
        let add = outbox.send("va", add);
        let remove = set.remove("butter");
        let remove = outbox.send("va", remove);
        let mut inbox = Inbox::default();
        assert_eq!(inbox.receive(remove.clone()), []);
        assert_eq!(inbox.waiting(), 1);
        assert_eq!(inbox.receive(add.clone()), [add.operation.clone(), remove.operation]);
        assert_eq!(inbox.receive(add), []);
    }

    #[derive(Clone, Default)]
    struct Replica {
        inbox: Inbox,
        set: OpSet,
        counter: OpCounter,
    }

    impl Replica {
        fn receive(&mut self, envelope: &Envelope) {
            for operation in self.inbox.receive(envelope.clone()) {
                match operation {
                    Operation::Count { .. } => self.counter.apply(&operation).unwrap(),
                    _ => self.set.apply(&operation).unwrap(),
                }
            }
        }
    }

    proptest! {
        /// Every envelope arrives everywhere, some twice, in any order.
        #[test]
        fn whatever_the_network_does_all_agree(
            steps in prop::collection::vec((0..3usize, 0..4u8, 0..2usize, any::<prop::sample::Index>()), 0..40),
            order in prop::collection::vec(any::<prop::sample::Index>(), 1..50),
        ) {
            let mut replicas = vec![Replica::default(); 3];
            let mut sent: Vec<Envelope> = Vec::new();
            let mut total = 0;
            for (here, what, item, which) in steps {
                let (name, item) = (["a", "b", "c"][here], ["milk", "eggs"][item]);
                let replica = &mut replicas[here];
                let operation = match what {
                    0 => replica.set.add(name, item),
                    1 => replica.set.remove(item),
                    2 => {
                        total += 3;
                        replica.counter.count(3)
                    }
                    _ => {
                        if !sent.is_empty() {
                            replica.receive(which.get(&sent));
                        }
                        continue;
                    }
                };
                sent.push(replica.inbox.send(name, operation));
            }
            let mut left: Vec<(usize, &Envelope)> =
                (0..3).flat_map(|to| sent.iter().map(move |envelope| (to, envelope))).collect();
            for pick in order.iter().cycle() {
                if left.is_empty() {
                    break;
                }
                let (to, envelope) = left.remove(pick.index(left.len()));
                replicas[to].receive(envelope);
            }
            for replica in &replicas {
                prop_assert_eq!(replica.set.items(), replicas[0].set.items());
                prop_assert_eq!(replica.counter.value(), total);
                prop_assert_eq!(replica.inbox.waiting(), 0);
            }
        }
    }
}
