//! A set from which things can be removed and to which they can be added again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::next_dot;
use crate::causality::{Dot, VersionVector};

/// An observed-remove set: a remove takes away the adds that it has *seen*; one that was made concurrently stays.
///
/// Optimised: no tombstones. An item that is in the set has the dots of its adds; of everything else there is only one
/// version vector. An add that the vector covers and that is not in the set has been removed (Bieniusa, Zawirski,
/// Preguiça, Shapiro, Baquero, Balegas & Duarte, *An optimized conflict-free replicated set*, INRIA RR-8083, 2012). An
/// add takes the place of those that it has seen, from whichever replica, as in the add-wins set of Almeida, Shoker &
/// Baquero (2018); in RR-8083, only of its own replica's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrSet {
    items: BTreeMap<String, BTreeSet<Dot>>,
    seen: VersionVector,
}

impl OrSet {
    /// Adds an item at a replica. An item that is there already is added anew: a concurrent remove won't take it away.
    pub fn add(&mut self, replica: &str, item: &str) {
        let dot = next_dot(&mut self.seen, replica);
        self.items.insert(item.to_owned(), BTreeSet::from([dot]));
    }

    /// Removes an item: all its adds that have been seen here. Returns whether it was there.
    pub fn remove(&mut self, item: &str) -> bool {
        self.items.remove(item).is_some()
    }

    /// Whether an item is in the set.
    pub fn contains(&self, item: &str) -> bool {
        self.items.contains_key(item)
    }

    /// The items, in alphabetical order.
    pub fn items(&self) -> Vec<&str> {
        self.items.keys().map(String::as_str).collect()
    }

    /// The adds of an item that nobody has removed yet: none if it is not in the set.
    pub fn dots(&self, item: &str) -> Vec<&Dot> {
        self.items.get(item).into_iter().flatten().collect()
    }

    /// All adds that have been seen here, removed ones included.
    pub fn context(&self) -> &VersionVector {
        &self.seen
    }

    /// Drops the adds that the other has seen and has no more, and takes those that are new here.
    pub fn merge(&mut self, other: &OrSet) {
        let none = BTreeSet::new();
        self.items.retain(|item, dots| {
            let theirs = other.items.get(item).unwrap_or(&none);
            dots.retain(|dot| theirs.contains(dot) || !other.seen.covers(dot));
            !dots.is_empty()
        });
        for (item, dots) in &other.items {
            let new: Vec<&Dot> = dots.iter().filter(|dot| !self.seen.covers(dot)).collect();
            if !new.is_empty() {
                self.items.entry(item.clone()).or_default().extend(new.into_iter().cloned());
            }
        }
        self.seen.merge(&other.seen);
    }
}

impl fmt::Display for OrSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.items().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn butter_that_was_added_again_stays() {
        let (mut phone, mut laptop) = (OrSet::default(), OrSet::default());
        phone.add("phone", "butter");
        laptop.merge(&phone);
        let old = phone.clone();
        laptop.remove("butter");
        laptop.add("laptop", "butter");
        phone.merge(&laptop);
        phone.merge(&old);
        assert_eq!(phone.to_string(), "{butter}");
    }

    #[test]
    fn an_add_that_the_remover_had_not_seen_stays() {
        let (mut phone, mut laptop) = (OrSet::default(), OrSet::default());
        phone.add("phone", "butter");
        laptop.merge(&phone);
        laptop.remove("butter");
        phone.add("phone", "butter");
        laptop.merge(&phone);
        assert!(laptop.contains("butter"));
        laptop.remove("butter");
        phone.merge(&laptop);
        assert_eq!(phone.to_string(), "{}", "this time it had been seen");
    }

    #[test]
    fn nothing_is_left_of_what_was_removed_but_a_number() {
        let mut set = OrSet::default();
        for n in 0..100 {
            set.add("va", &format!("item {n}"));
            set.remove(&format!("item {n}"));
        }
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"{"items":{},"seen":{"va":100}}"#);
    }

    /// The original set of RR-7506, specification 15: every add ever seen, and every add ever removed.
    #[derive(Clone, Default)]
    struct Original {
        added: BTreeSet<(String, usize)>,
        removed: BTreeSet<(String, usize)>,
    }

    impl Original {
        fn items(&self) -> Vec<String> {
            let alive: BTreeSet<String> =
                self.added.difference(&self.removed).map(|(item, _)| item.clone()).collect();
            alive.into_iter().collect()
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_the_original_with_tombstones_holds(
            steps in prop::collection::vec((0..4u8, 0..3usize, 0..3usize, 0..2usize), 0..40),
        ) {
            let names = ["a", "b", "c"];
            let mut sets: [OrSet; 3] = Default::default();
            let mut originals: [Original; 3] = Default::default();
            for (step, (what, here, there, item)) in steps.into_iter().enumerate() {
                let item = ["milk", "eggs"][item];
                match what {
                    0 => {
                        sets[here].add(names[here], item);
                        originals[here].added.insert((item.to_owned(), step));
                    }
                    1 => {
                        sets[here].remove(item);
                        let Original { added, removed } = &mut originals[here];
                        removed.extend(added.iter().filter(|(added, _)| added == item).cloned());
                    }
                    _ => {
                        let (other, original) = (sets[there].clone(), originals[there].clone());
                        sets[here].merge(&other);
                        originals[here].added.extend(original.added);
                        originals[here].removed.extend(original.removed);
                    }
                }
                prop_assert_eq!(sets[here].items(), originals[here].items());
            }
        }
    }
}
