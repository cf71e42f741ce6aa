//! E6.4 — A replica that heals (14 points)
//!
//! A replica gets writes late, twice and out of order. Some it misses. Write the part of it that decides what is kept, so
//! that in the end all replicas of a key hold the same, and nothing that was acknowledged is undone:
//!
//! - `write` checks the version. *Every* write does: a client's, a repair, a handoff, anti-entropy.
//! - `repairs` says who must be sent what after a read.
//! - Hints are kept for others. They are not this replica's own, and they go only when their home has something as new.
//! - `digest` and `missing_in` let two replicas find out what the other lacks, also for keys that nobody reads.
//!
//! Check it with `cargo course check E6.4`, or with
//! `cargo test -p exercises e6_4`. Stuck? `cargo course hint E6.4`.

use grader::exercises::e6_4::{Digest, NodeId, Replica, Version, Versioned};

/// What a replica keeps.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    // Choose what to keep here.
}

impl Replica for Keeper {
    fn write(&mut self, key: &str, new: Versioned) {
        todo!("store {new} under {key}, unless something as new is there")
    }

    fn read(&self, key: &str) -> Option<Versioned> {
        todo!("look {key} up")
    }

    fn digest(&self) -> Digest {
        todo!("list every key with its version")
    }

    fn missing_in(&self, theirs: &Digest) -> Vec<(String, Versioned)> {
        todo!("what is newer here than in {theirs:?}?")
    }

    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned) {
        todo!("keep {new} of {key} for {home:?}")
    }

    fn hints(&self) -> Vec<(NodeId, String, Versioned)> {
        todo!("list the hints")
    }

    fn handed_over(&mut self, home: NodeId, key: &str, version: &Version) {
        todo!("{home:?} has {key} at {version}: which hint can go?")
    }

    fn repairs(answers: &[(NodeId, Option<Versioned>)]) -> Vec<(NodeId, Versioned)> {
        todo!("who of {answers:?} lacks the newest value?")
    }
}
