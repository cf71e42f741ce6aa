//! E3.4 — A search index from the log (26 points)
//!
//! Search engines have no transactions over several documents, and index with many workers at once. So a change can come
//! twice, late, before the one that it follows, and in the middle of the first copy of the table. The trick of exercise
//! E3.1 — store one position with all of the data — does not work here. What works: **every row remembers the version of
//! its last change**, and whatever is older is ignored. Then it does not matter what comes when, or how often.
//!
//! Write a small inverted index: from each word to the rows that have it.
//!
//! - A change that is not later than what is known of its key changes nothing.
//! - A delete leaves a *tombstone*: without one, an older insert that comes late would bring the row back.
//! - Tombstones go when the log is confirmed beyond them, and not while rows of the copy are still to come.
//! - Who changes a primary key deletes one row and inserts another.
//!
//! Elasticsearch calls this *external versioning*, and it too keeps deletes only for a while (`index.gc_deletes`, one
//! minute): a change that comes later than that brings a deleted document back. Simplified here: every update holds the whole
//! row (PostgreSQL leaves out large values that did not change), and a word is found only as it is.
//!
//! Check it with `cargo course check E3.4`, or with
//! `cargo test -p exercises e3_4`. Stuck? `cargo course hint E3.4`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_4::{KeyedChange, Lsn, SearchIndex, Value, Version, key_of, words, words_of};

/// Which rows have which words.
#[derive(Debug)]
pub struct Inverted {
    // Choose what to remember here.
}

impl SearchIndex for Inverted {
    fn new() -> Self {
        todo!("an empty index; a copy is under way")
    }

    fn copied(&mut self, at: Lsn, row: &KeyedChange) {
        todo!("{row:?} of a copy at {at}: is there something later already?")
    }

    fn copy_complete(&mut self) {
        todo!("no row of the copy comes any more")
    }

    fn apply(&mut self, version: Version, change: &KeyedChange) {
        todo!("{change:?} at {version}: which keys get which words, if it is the latest of them?")
    }

    fn search(&self, word: &str) -> Vec<Value> {
        todo!("the keys of the rows with “{word}”")
    }

    fn confirmed(&mut self, upto: Lsn) {
        todo!("nothing that ends up to {upto} comes again: which tombstones may go?")
    }

    fn tombstones(&self) -> usize {
        todo!("how many?")
    }
}
