//! E6.4 — A replica with read repair, hints and anti-entropy.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
use grader::exercises::e6_4::{Digest, NodeId, Replica, Version, Versioned};

/// What a replica keeps.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    // Choose what to keep here.
    // BEGIN SOLUTION
    values: BTreeMap<String, Versioned>,
    hints: BTreeMap<(NodeId, String), Versioned>,
    // END SOLUTION
}

impl Replica for Keeper {
    fn write(&mut self, key: &str, new: Versioned) {
        // BEGIN SOLUTION todo!("store {new} under {key}, unless something as new is there")
        match self.values.get(key) {
            Some(held) if held.version >= new.version => {}
            _ => {
                self.values.insert(key.to_owned(), new);
            }
        }
        // END SOLUTION
    }

    fn read(&self, key: &str) -> Option<Versioned> {
        // BEGIN SOLUTION todo!("look {key} up")
        self.values.get(key).cloned()
        // END SOLUTION
    }

    fn digest(&self) -> Digest {
        // BEGIN SOLUTION todo!("list every key with its version")
        self.values.iter().map(|(key, held)| (key.clone(), held.version.clone())).collect()
        // END SOLUTION
    }

    fn missing_in(&self, theirs: &Digest) -> Vec<(String, Versioned)> {
        // BEGIN SOLUTION todo!("what is newer here than in {theirs:?}?")
        let lacks =
            |key: &String, held: &Versioned| theirs.get(key).is_none_or(|theirs| *theirs < held.version);
        let missing = self.values.iter().filter(|(key, held)| lacks(key, held));
        missing.map(|(key, held)| (key.clone(), held.clone())).collect()
        // END SOLUTION
    }

    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned) {
        // BEGIN SOLUTION todo!("keep {new} of {key} for {home:?}")
        let place = (home, key.to_owned());
        match self.hints.get(&place) {
            Some(hint) if hint.version >= new.version => {}
            _ => {
                self.hints.insert(place, new);
            }
        }
        // END SOLUTION
    }

    fn hints(&self) -> Vec<(NodeId, String, Versioned)> {
        // BEGIN SOLUTION todo!("list the hints")
        self.hints.iter().map(|((home, key), hint)| (*home, key.clone(), hint.clone())).collect()
        // END SOLUTION
    }

    fn handed_over(&mut self, home: NodeId, key: &str, version: &Version) {
        // BEGIN SOLUTION todo!("{home:?} has {key} at {version}: which hint can go?")
        self.hints.retain(|(for_whom, what), hint| {
            let settled = *for_whom == home && what == key && hint.version <= *version;
            !settled
        });
        // END SOLUTION
    }

    fn repairs(answers: &[(NodeId, Option<Versioned>)]) -> Vec<(NodeId, Versioned)> {
        // BEGIN SOLUTION todo!("who of {answers:?} lacks the newest value?")
        let newest = answers.iter().filter_map(|(_, held)| held.as_ref()).max_by_key(|held| &held.version);
        let Some(newest) = newest else { return Vec::new() };
        let stale = answers.iter().filter(|(_, held)| held.as_ref() != Some(newest));
        stale.map(|(node, _)| (*node, newest.clone())).collect()
        // END SOLUTION
    }
}
