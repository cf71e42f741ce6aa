//! E7.2 — A store with siblings.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e7_2::{Dot, Found, MOST_SIBLINGS, SiblingStore, TooManySiblings, VersionVector};

/// The store of one server.
#[derive(Clone, Debug, Default)]
pub struct Store {
    // Choose what to keep here.
    // BEGIN SOLUTION
    server: String,
    keys: BTreeMap<String, Siblings>,
    // END SOLUTION
}
// BEGIN SOLUTION

/// What is kept of a key: every dot that is known of, and the values with those that are still there.
#[derive(Clone, Debug, Default)]
struct Siblings {
    seen: VersionVector,
    values: Vec<(Dot, String)>,
}

impl Siblings {
    /// Drops what somebody has seen, and returns the dot of what comes in its place.
    fn replace(&mut self, server: &str, context: &VersionVector) -> Dot {
        self.values.retain(|(dot, _)| !context.covers(dot));
        self.seen.merge(context);
        let dot = Dot { server: server.to_owned(), counter: self.seen.counter(server) + 1 };
        self.seen.add(&dot);
        dot
    }

    fn has(&self, dot: &Dot) -> bool {
        self.values.iter().any(|(known, _)| known == dot)
    }

    fn found(&self) -> Found {
        let mut values: Vec<String> = self.values.iter().map(|(_, value)| value.clone()).collect();
        values.sort_unstable();
        Found { values, context: self.seen.clone() }
    }
}
// END SOLUTION

impl SiblingStore for Store {
    fn new(server: &str) -> Self {
        // BEGIN SOLUTION todo!("an empty store of {server}")
        Self { server: server.to_owned(), keys: BTreeMap::new() }
        // END SOLUTION
    }

    fn put(
        &mut self,
        key: &str,
        value: &str,
        context: Option<&VersionVector>,
    ) -> Result<Found, TooManySiblings> {
        // BEGIN SOLUTION todo!("store {value} under {key}; its writer has seen {context:?}; at most {MOST_SIBLINGS}")
        let mut siblings = self.keys.get(key).cloned().unwrap_or_default();
        let context = context.cloned().unwrap_or_default();
        let dot = siblings.replace(&self.server, &context);
        siblings.values.push((dot, value.to_owned()));
        if siblings.values.len() > MOST_SIBLINGS {
            return Err(TooManySiblings);
        }
        let found = siblings.found();
        self.keys.insert(key.to_owned(), siblings);
        Ok(found)
        // END SOLUTION
    }

    fn get(&self, key: &str) -> Option<Found> {
        // BEGIN SOLUTION todo!("what is under {key}, and which context goes with it?")
        self.keys.get(key).map(Siblings::found)
        // END SOLUTION
    }

    fn delete(&mut self, key: &str, context: &VersionVector) -> Found {
        // BEGIN SOLUTION todo!("delete what {context} covers of {key}")
        let siblings = self.keys.entry(key.to_owned()).or_default();
        siblings.replace(&self.server, context);
        siblings.found()
        // END SOLUTION
    }

    fn sync_from(&mut self, peer: &Self) {
        // BEGIN SOLUTION todo!("take in what {peer:?} has")
        for (key, theirs) in &peer.keys {
            let mine = self.keys.entry(key.clone()).or_default();
            mine.values.retain(|(dot, _)| theirs.has(dot) || !theirs.seen.covers(dot));
            for (dot, value) in &theirs.values {
                if !mine.seen.covers(dot) {
                    mine.values.push((dot.clone(), value.clone()));
                }
            }
            mine.seen.merge(&theirs.seen);
        }
        // END SOLUTION
    }
}
