//! What a replica keeps: values, and hints for others.

use std::collections::BTreeMap;
use std::fmt::Debug;

use xxhash_rust::xxh3::xxh3_64;

use super::version::{Version, Versioned, merge};
use crate::trace::NodeId;

/// Leaves of the Merkle tree that two replicas compare. Real stores use thousands (Cassandra: 2¹⁵ a range).
pub const LEAVES: usize = 16;

/// What a replica keeps. The replica's node around it speaks with the others; the store only decides what is kept.
///
/// Everything in it is on disk: it survives a crash.
pub trait Store: Debug + Send {
    /// What is stored under a key; more than one value only for concurrent writes under version vectors.
    fn get(&self, key: &str) -> Vec<Versioned>;
    /// Takes a value in, unless something at least as new is there. Says whether anything changed.
    fn put(&mut self, key: &str, new: Versioned) -> bool;
    /// All keys, in order.
    fn keys(&self) -> Vec<String>;
    /// Keeps a value for another replica that can't be reached.
    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned);
    /// The hints that are kept for others: for whom, key, value.
    fn hints(&self) -> Vec<(NodeId, String, Versioned)>;
    /// Forgets a hint that was handed over.
    fn drop_hint(&mut self, home: NodeId, key: &str, version: &Version);
    /// A copy of the store.
    fn boxed_clone(&self) -> Box<dyn Store>;
}

impl Clone for Box<dyn Store> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// The lab's own store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStore {
    values: BTreeMap<String, Vec<Versioned>>,
    hints: BTreeMap<(NodeId, String), Vec<Versioned>>,
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Vec<Versioned> {
        self.values.get(key).cloned().unwrap_or_default()
    }

    fn put(&mut self, key: &str, new: Versioned) -> bool {
        merge(self.values.entry(key.to_owned()).or_default(), new)
    }

    fn keys(&self) -> Vec<String> {
        self.values.keys().cloned().collect()
    }

    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned) {
        merge(self.hints.entry((home, key.to_owned())).or_default(), new);
    }

    fn hints(&self) -> Vec<(NodeId, String, Versioned)> {
        let all = self.hints.iter();
        all.flat_map(|((home, key), kept)| kept.iter().map(|new| (*home, key.clone(), new.clone()))).collect()
    }

    fn drop_hint(&mut self, home: NodeId, key: &str, version: &Version) {
        let place = (home, key.to_owned());
        if let Some(kept) = self.hints.get_mut(&place) {
            // Something newer may have come in since: only what was handed over may go.
            kept.retain(|hint| !version.covers(&hint.version));
            if kept.is_empty() {
                self.hints.remove(&place);
            }
        }
    }

    fn boxed_clone(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

/// The leaf of the Merkle tree that a key belongs to.
pub fn leaf_of(key: &str) -> usize {
    (xxh3_64(key.as_bytes()) % LEAVES as u64) as usize
}

/// The leaves' hashes over the keys for which `shared` holds. Two replicas whose hashes are equal hold the same.
/// (The inner nodes of the tree, which save sending leaves that agree, are left out: with 16 leaves they save
/// nothing.)
pub fn leaf_hashes(store: &dyn Store, shared: impl Fn(&str) -> bool) -> Vec<u64> {
    let mut leaves = vec![0; LEAVES];
    for key in store.keys().into_iter().filter(|key| shared(key)) {
        let leaf = &mut leaves[leaf_of(&key)];
        let entry = format!("{leaf:016x} {key} {:?}", store.get(&key));
        *leaf = xxh3_64(entry.as_bytes());
    }
    leaves
}
