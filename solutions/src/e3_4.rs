//! E3.4 — A search index that is built from the log.

// BEGIN SOLUTION
use std::collections::{BTreeMap, BTreeSet};

// END SOLUTION
// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_4::{KeyedChange, Lsn, SearchIndex, Value, Version, key_of, words, words_of};

/// Which rows have which words.
#[derive(Debug)]
pub struct Inverted {
    // Choose what to remember here.
    // BEGIN SOLUTION
    // Each row's latest version, with its words; a deleted row has none.
    rows: BTreeMap<Value, (Version, Option<BTreeSet<String>>)>,
    places: BTreeMap<String, BTreeSet<Value>>,
    copying: bool,
    // END SOLUTION
}

impl SearchIndex for Inverted {
    fn new() -> Self {
        // BEGIN SOLUTION todo!("an empty index; a copy is under way")
        Self { rows: BTreeMap::new(), places: BTreeMap::new(), copying: true }
        // END SOLUTION
    }

    fn copied(&mut self, at: Lsn, row: &KeyedChange) {
        // BEGIN SOLUTION todo!("{row:?} of a copy at {at}: is there something later already?")
        self.apply(Version::of_copy(at), row);
        // END SOLUTION
    }

    fn copy_complete(&mut self) {
        // BEGIN SOLUTION todo!("no row of the copy comes any more")
        self.copying = false;
        // END SOLUTION
    }

    fn apply(&mut self, version: Version, change: &KeyedChange) {
        // BEGIN SOLUTION todo!("{change:?} at {version}: which keys get which words, if it is the latest of them?")
        match change {
            KeyedChange::Insert { values, .. } => {
                self.set(key_of(values), version, Some(words_of(values)));
            }
            KeyedChange::Update { key, values, .. } => {
                let new = key_of(values);
                if *key != new {
                    self.set(key.clone(), version, None);
                }
                self.set(new, version, Some(words_of(values)));
            }
            KeyedChange::Delete { key, .. } => self.set(key.clone(), version, None),
        }
        // END SOLUTION
    }

    fn search(&self, word: &str) -> Vec<Value> {
        // BEGIN SOLUTION todo!("the keys of the rows with “{word}”")
        self.places.get(&word.to_lowercase()).into_iter().flatten().cloned().collect()
        // END SOLUTION
    }

    fn confirmed(&mut self, upto: Lsn) {
        // BEGIN SOLUTION todo!("nothing that ends up to {upto} comes again: which tombstones may go?")
        if !self.copying {
            self.rows.retain(|_, (version, words)| words.is_some() || version.end > upto);
        }
        // END SOLUTION
    }

    fn tombstones(&self) -> usize {
        // BEGIN SOLUTION todo!("how many?")
        self.rows.values().filter(|(_, words)| words.is_none()).count()
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Inverted {
    /// A row has these words from this version on, unless a later one is known.
    fn set(&mut self, key: Value, version: Version, words: Option<BTreeSet<String>>) {
        let known = self.rows.get(&key);
        if known.is_some_and(|(known, _)| *known >= version) {
            return;
        }
        for word in known.and_then(|(_, words)| words.as_ref()).into_iter().flatten() {
            if let Some(keys) = self.places.get_mut(word) {
                keys.remove(&key);
            }
        }
        for word in words.iter().flatten() {
            self.places.entry(word.clone()).or_default().insert(key.clone());
        }
        self.rows.insert(key, (version, words));
    }
}
// END SOLUTION
