//! Types that ship their changes instead of their states.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CrdtError, next_dot};
use crate::causality::{Dot, VersionVector};

/// A change, to be applied on every replica: exactly once, and after those that it builds on. See [`Inbox`].
///
/// [`Inbox`]: super::Inbox
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Counts so much more, or less.
    Count {
        /// How much.
        by: i64,
    },
    /// Adds an item to a set.
    Add {
        /// The item.
        item: String,
        /// This add.
        dot: Dot,
        /// The adds that it takes the place of.
        instead: BTreeSet<Dot>,
    },
    /// Removes an item from a set.
    Remove {
        /// The item.
        item: String,
        /// The adds that the remover had seen.
        observed: BTreeSet<Dot>,
    },
}

impl Operation {
    fn kind(&self) -> &'static str {
        match self {
            Self::Count { .. } => "the counting of a counter",
            Self::Add { .. } => "an add to a set",
            Self::Remove { .. } => "a remove from a set",
        }
    }
}

/// A counter that is told what to add (Shapiro et al., RR-7506, specification 5). It is only a number, and therefore
/// cannot tell whether it has been told before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpCounter {
    value: i128,
}

impl OpCounter {
    /// Counts here. Returns the operation for the others.
    pub fn count(&mut self, by: i64) -> Operation {
        self.value += i128::from(by);
        Operation::Count { by }
    }

    /// Applies another replica's operation.
    ///
    /// # Errors
    /// When it is a set's.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), CrdtError> {
        let Operation::Count { by } = operation else {
            return Err(CrdtError::ForeignOperation { mine: "a counter", operation: operation.kind() });
        };
        self.value += i128::from(*by);
        Ok(())
    }

    /// The value.
    pub fn value(&self) -> i128 {
        self.value
    }
}

impl fmt::Display for OpCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// An observed-remove set that is told what to add and to remove (Shapiro et al., RR-7506, specification 15). It keeps
/// the adds of what is in it and nothing else: whether an add was removed before it came, it cannot know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpSet {
    items: BTreeMap<String, BTreeSet<Dot>>,
    /// How often this replica has added.
    added: VersionVector,
}

impl OpSet {
    /// Adds an item at a replica. Returns the operation for the others.
    pub fn add(&mut self, replica: &str, item: &str) -> Operation {
        let dot = next_dot(&mut self.added, replica);
        let instead = self.items.insert(item.to_owned(), BTreeSet::from([dot.clone()])).unwrap_or_default();
        Operation::Add { item: item.to_owned(), dot, instead }
    }

    /// Removes an item. Returns the operation for the others.
    pub fn remove(&mut self, item: &str) -> Operation {
        let observed = self.items.remove(item).unwrap_or_default();
        Operation::Remove { item: item.to_owned(), observed }
    }

    /// Applies another replica's operation.
    ///
    /// # Errors
    /// When it is a counter's.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), CrdtError> {
        let (item, gone, new) = match operation {
            Operation::Add { item, dot, instead } => (item, instead, Some(dot)),
            Operation::Remove { item, observed } => (item, observed, None),
            Operation::Count { .. } => {
                return Err(CrdtError::ForeignOperation { mine: "a set", operation: operation.kind() });
            }
        };
        let dots = self.items.entry(item.clone()).or_default();
        dots.retain(|dot| !gone.contains(dot));
        dots.extend(new.cloned());
        if dots.is_empty() {
            self.items.remove(item);
        }
        Ok(())
    }

    /// The items, in alphabetical order.
    pub fn items(&self) -> Vec<&str> {
        self.items.keys().map(String::as_str).collect()
    }
}

impl fmt::Display for OpSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.items().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crdt::GCounter;

    #[test]
    fn a_duplicate_counts_twice_where_operations_are_shipped() {
        let (mut va, mut eu) = (OpCounter::default(), OpCounter::default());
        let operation = va.count(5);
        eu.apply(&operation).unwrap();
        eu.apply(&operation).unwrap();
        assert_eq!((va.value(), eu.value()), (5, 10));

        let (mut va, mut eu) = (GCounter::default(), GCounter::default());
        va.increment("va", 5).unwrap();
        eu.merge(&va);
        eu.merge(&va);
        assert_eq!((va.value(), eu.value()), (5, 5));
    }

    #[test]
    fn a_remove_that_overtakes_its_add_is_lost() {
        let (mut va, mut eu) = (OpSet::default(), OpSet::default());
        let (add, remove) = (va.add("va", "butter"), va.remove("butter"));
        eu.apply(&remove).unwrap();
        eu.apply(&add).unwrap();
        assert_eq!((va.to_string().as_str(), eu.to_string().as_str()), ("{}", "{butter}"));
    }

    #[test]
    fn operations_go_to_their_type() {
        let add = OpSet::default().add("va", "milk");
        let refused = OpCounter::default().apply(&add).unwrap_err();
        insta::assert_snapshot!(refused, @"a counter cannot apply an add to a set: send each operation to the type that made it");
        assert!(OpSet::default().apply(&Operation::Count { by: 1 }).is_err());
    }
}
