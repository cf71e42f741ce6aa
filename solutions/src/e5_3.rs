//! E5.3 — Conflict resolvers: five rules for concurrent versions of one record, the same on every leader.

// BEGIN SOLUTION
use std::cmp::Reverse;
use std::collections::BTreeSet;

// END SOLUTION
use grader::exercises::e5_3::{Content, Version};

/// The highest stamp stays; of equal ones a deletion, then the larger node name.
pub fn last_write_wins(versions: &[Version]) -> Vec<Version> {
    // BEGIN SOLUTION todo!("which of {versions:?} stays?")
    let rank =
        |version: &&Version| (version.stamp, version.content == Content::Deleted, version.node.clone());
    versions.iter().max_by_key(rank).cloned().into_iter().collect()
    // END SOLUTION
}

/// The leader with the highest rank, whatever the stamps.
pub fn replica_priority(ranks: &[&str], versions: &[Version]) -> Vec<Version> {
    // BEGIN SOLUTION todo!("which of {versions:?} stays, by the ranks {ranks:?}?")
    let place =
        |version: &Version| ranks.iter().position(|node| *node == version.node).unwrap_or(ranks.len());
    let rank = |version: &&Version| (place(version), version.node.clone(), Reverse(version.stamp));
    versions.iter().min_by_key(rank).cloned().into_iter().collect()
    // END SOLUTION
}

/// All parts of all versions.
pub fn union(versions: &[Version]) -> Vec<Version> {
    // BEGIN SOLUTION todo!("one version with all parts of {versions:?}; none are left: {:?}", Content::Deleted)
    let Some(newest) = versions.iter().max_by_key(|version| (version.stamp, version.node.clone())) else {
        return Vec::new();
    };
    let parts: BTreeSet<String> = versions.iter().flat_map(|version| version.content.parts()).collect();
    let deleted = versions.iter().all(|version| version.content == Content::Deleted);
    let content = if deleted { Content::Deleted } else { Content::Set(parts) };
    vec![Version { content, ..newest.clone() }]
    // END SOLUTION
}

/// All versions, for whoever reads.
pub fn siblings(versions: &[Version]) -> Vec<Version> {
    // BEGIN SOLUTION todo!("each of {versions:?} once, by node and stamp")
    let once: BTreeSet<&Version> = versions.iter().collect();
    once.into_iter().cloned().collect()
    // END SOLUTION
}

/// A deletion, or else the lowest limit.
pub fn credit_limit(versions: &[Version]) -> Vec<Version> {
    // BEGIN SOLUTION todo!("which of {versions:?} is the safe one?")
    let limit = |version: &Version| match version.content {
        Content::Number(limit) => Some(limit),
        _ => None,
    };
    let rank = |version: &&Version| (limit(version), Reverse((version.stamp, version.node.clone())));
    versions.iter().min_by_key(rank).cloned().into_iter().collect()
    // END SOLUTION
}
