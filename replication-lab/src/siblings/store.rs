//! A server's store, with one way or the other to remember what each value has seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::causality::{Dot, VersionVector};

/// How a server remembers what the values of a key have seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// One version vector for all values of a key, merged from those of its writes.
    MergedVector,
    /// A context and a dot for each value.
    #[default]
    Dotted,
}

/// The values of each key on one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiblingStore {
    server: String,
    scheme: Scheme,
    keys: BTreeMap<String, Siblings>,
}

/// The values of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Siblings {
    /// Everything that has been seen here: the contexts of all writes, and their dots.
    seen: VersionVector,
    /// The values in the order in which they were written.
    values: Vec<Sibling>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sibling {
    value: String,
    /// What its writer had seen.
    context: VersionVector,
    dot: Dot,
}

impl SiblingStore {
    /// An empty store.
    pub fn new(server: &str, scheme: Scheme) -> Self {
        Self { server: server.to_owned(), scheme, keys: BTreeMap::new() }
    }

    /// Stores a value, written by somebody who had seen `context`, and drops what it replaces. Returns the context
    /// of what is there now: who writes with it replaces all of it.
    pub fn put(&mut self, key: &str, value: &str, context: &VersionVector) -> VersionVector {
        let siblings = self.keys.entry(key.to_owned()).or_default();
        match self.scheme {
            Scheme::MergedVector if context.descends(&siblings.seen) => siblings.values.clear(),
            Scheme::MergedVector => {}
            Scheme::Dotted => siblings.values.retain(|old| !context.covers(&old.dot)),
        }
        siblings.seen.merge(context);
        let dot = Dot { server: self.server.clone(), counter: siblings.seen.counter(&self.server) + 1 };
        siblings.seen.add(&dot);
        siblings.values.push(Sibling { value: value.to_owned(), context: context.clone(), dot });
        siblings.seen.clone()
    }

    /// The values of a key, in the order in which they were written; none if nobody wrote it.
    pub fn values(&self, key: &str) -> Vec<String> {
        let values = self.keys.get(key).map_or(&[][..], |siblings| &siblings.values);
        values.iter().map(|sibling| sibling.value.clone()).collect()
    }

    /// What a reader of a key has seen, to be passed with its next write.
    pub fn context(&self, key: &str) -> VersionVector {
        self.keys.get(key).map(|siblings| siblings.seen.clone()).unwrap_or_default()
    }

    /// The values of a key with what the store remembers of each, as text: a vector for all of them, or a dot and a
    /// context for each.
    pub fn describe(&self, key: &str) -> String {
        let Some(siblings) = self.keys.get(key) else { return "nothing".to_owned() };
        match self.scheme {
            Scheme::MergedVector => format!("{} {}", self.values(key).join(" | "), siblings.seen),
            Scheme::Dotted => {
                let one = |s: &Sibling| format!("{} {}{}", s.value, s.dot, s.context);
                siblings.values.iter().map(one).collect::<Vec<_>>().join(" | ")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// What clients do: who, and whether it reads before it writes.
    fn steps() -> impl Strategy<Value = Vec<(usize, bool)>> {
        proptest::collection::vec((0..3usize, any::<bool>()), 1..30)
    }

    /// Runs the steps. Returns what the store keeps, and what it should keep by definition: the writes that are in
    /// no other write's causal past, with the pasts as sets of writes.
    fn run(scheme: Scheme, steps: &[(usize, bool)]) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let mut store = SiblingStore::new("A", scheme);
        let mut clients = vec![(VersionVector::default(), BTreeSet::new()); 3];
        let mut written = BTreeSet::new();
        let mut replaced = BTreeSet::new();
        for (write, (client, reads)) in steps.iter().enumerate() {
            let (context, past) = &mut clients[*client];
            if *reads {
                // Who sees what is there, sees what that replaced.
                (*context, *past) = (store.context("x"), written.clone());
            }
            store.put("x", &write.to_string(), context);
            replaced.extend(past.iter().copied());
            written.insert(write);
        }
        let kept = store.values("x").iter().map(|value| value.parse().unwrap()).collect();
        (kept, &written - &replaced)
    }

    proptest! {
        #[test]
        fn dotted_versions_keep_exactly_what_nobody_has_replaced(steps in steps()) {
            let (kept, concurrent) = run(Scheme::Dotted, &steps);
            prop_assert_eq!(kept, concurrent);
        }

        #[test]
        fn merged_vectors_lose_nothing_but_keep_too_much(steps in steps()) {
            let (kept, concurrent) = run(Scheme::MergedVector, &steps);
            prop_assert!(kept.is_superset(&concurrent));
        }

        #[test]
        fn who_has_seen_everything_replaces_everything(steps in steps()) {
            for scheme in [Scheme::MergedVector, Scheme::Dotted] {
                let mut store = SiblingStore::new("A", scheme);
                steps.iter().for_each(|(client, _)| {
                    store.put("x", &client.to_string(), &VersionVector::default());
                });
                store.put("x", "all", &store.context("x"));
                prop_assert_eq!(store.values("x"), ["all"]);
            }
        }
    }

    #[test]
    fn a_client_that_only_writes_makes_as_many_siblings_as_writes() {
        for scheme in [Scheme::MergedVector, Scheme::Dotted] {
            let mut store = SiblingStore::new("A", scheme);
            ["a", "b", "c"].into_iter().for_each(|value| {
                store.put("x", value, &VersionVector::default());
            });
            assert_eq!(store.values("x"), ["a", "b", "c"]);
        }
    }

    #[test]
    fn the_golden_case_of_the_paper() {
        let stored = |scheme| {
            let mut store = SiblingStore::new("A", scheme);
            store.put("x", "v1", &VersionVector::default());
            store.put("x", "v2", &VersionVector::default());
            store.put("x", "v3", &VersionVector::from([("A", 1)]));
            store.describe("x")
        };
        assert_eq!(stored(Scheme::Dotted), "v2 (A,2){} | v3 (A,3){A:1}");
        assert_eq!(stored(Scheme::MergedVector), "v1 | v2 | v3 {A:3}");
    }
}
