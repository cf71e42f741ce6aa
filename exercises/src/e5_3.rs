//! E5.3 — Conflict resolvers (18 points)
//!
//! Two leaders have taken a write of the same record, and neither knew of the other. Now each gets the other's. Write five
//! rules for what stays: last write wins, replica priority, union, siblings for the reader, and a handler with a rule of the
//! business. What each has to do stands at `answer` in `e5_3`.
//!
//! Whatever the rule is, all leaders must come to the same result, though the versions reach them in different orders, one by
//! one, and some of them twice. That they agree doesn't mean that they are right: look at what each rule makes of the customer
//! who moved while support mended the spelling of her old address.
//!
//! Simplified here: all versions are concurrent. In a real system a version can also *follow* another, and then it replaces it
//! without any conflict; to tell the two cases apart is the matter of chapter 7. PostgreSQL has none of these rules built in;
//! Cassandra has the first, for each cell; CouchDB keeps siblings, and names one of them the winner until somebody decides.
//!
//! Check it with `cargo course check E5.3`, or with
//! `cargo test -p exercises e5_3`. Stuck? `cargo course hint E5.3`.

use grader::exercises::e5_3::{Content, Version};

/// The highest stamp stays; of equal ones a deletion, then the larger node name.
pub fn last_write_wins(versions: &[Version]) -> Vec<Version> {
    todo!("which of {versions:?} stays?")
}

/// The leader with the highest rank, whatever the stamps.
pub fn replica_priority(ranks: &[&str], versions: &[Version]) -> Vec<Version> {
    todo!("which of {versions:?} stays, by the ranks {ranks:?}?")
}

/// All parts of all versions.
pub fn union(versions: &[Version]) -> Vec<Version> {
    todo!("one version with all parts of {versions:?}; none are left: {:?}", Content::Deleted)
}

/// All versions, for whoever reads.
pub fn siblings(versions: &[Version]) -> Vec<Version> {
    todo!("each of {versions:?} once, by node and stamp")
}

/// A deletion, or else the lowest limit.
pub fn credit_limit(versions: &[Version]) -> Vec<Version> {
    todo!("which of {versions:?} is the safe one?")
}
