//! A server's store as a plain value.

use std::collections::BTreeMap;
use std::fmt;

use super::limit::{SiblingLimit, StoreError};
use super::record::Record;
use super::scheme::Scheme;
use super::writing::{Taken, Writer};
use crate::causality::VersionVector;
use crate::time::Time;

/// The values of each key on one server.
///
/// # Examples
/// Two servers, a write at each, and a sync.
/// ```
/// use replication_lab::causality::VersionVector;
/// use replication_lab::siblings::{Scheme, SiblingStore};
/// let (mut a, mut b) = (SiblingStore::new("A", Scheme::Dotted), SiblingStore::new("B", Scheme::Dotted));
/// let blind = VersionVector::default();
/// a.put("cart", "milk".to_owned(), &blind)?;
/// b.put("cart", "eggs".to_owned(), &blind)?;
/// b.sync_from(&a);
/// assert_eq!(b.values("cart"), ["milk", "eggs"]);
/// assert_eq!(b.context("cart").to_string(), "{A:1 B:1}");
/// b.put("cart", "milk and eggs".to_owned(), &b.context("cart"))?;
/// assert_eq!(b.describe("cart"), "milk and eggs (B,2){A:1 B:1}");
/// # Ok::<(), replication_lab::siblings::StoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiblingStore<V = String> {
    server: String,
    scheme: Scheme,
    limit: SiblingLimit,
    clock: Time,
    keys: BTreeMap<String, Record<V>>,
    // The highest number of its own that it has used for a key that it has forgotten.
    used: u64,
}

impl<V: Clone> SiblingStore<V> {
    /// An empty store.
    pub fn new(server: &str, scheme: Scheme) -> Self {
        let (limit, clock) = (SiblingLimit::default(), Time::ZERO);
        Self { server: server.to_owned(), scheme, limit, clock, keys: BTreeMap::new(), used: 0 }
    }

    /// The store with another limit to siblings.
    pub fn with_limit(self, limit: SiblingLimit) -> Self {
        Self { limit, ..self }
    }

    /// What the server's clock shows from now on. It stamps what is written.
    pub fn set_clock(&mut self, clock: Time) {
        self.clock = clock;
    }

    /// Stores a value and drops what it replaces. Returns the context of what is there now, which a client may pass
    /// with its next write: it covers *all* of it, also siblings that this client has not read.
    ///
    /// A context may name servers that this one has never heard of, and numbers that it has not reached: both count as
    /// seen, and what this server counts next is above them.
    ///
    /// # Errors
    /// When there would be too many siblings, or a counter is at its end. Nothing has changed then.
    pub fn put(
        &mut self,
        key: &str,
        value: V,
        writer: impl Into<Writer>,
    ) -> Result<VersionVector, StoreError> {
        self.write(key, Some(value), &writer.into())
    }

    /// Deletes what the writer has seen of a key: a tombstone takes its place. Siblings that it has not seen stay.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn delete(&mut self, key: &str, writer: impl Into<Writer>) -> Result<VersionVector, StoreError> {
        self.write(key, None, &writer.into())
    }

    fn write(&mut self, key: &str, value: Option<V>, writer: &Writer) -> Result<VersionVector, StoreError> {
        let mut record = self.record(key).cloned().unwrap_or_else(|| Record::new(self.scheme));
        record.write(value, writer, Taken { server: &self.server, at: self.clock, used: self.used })?;
        if record.siblings.len() > self.limit.most {
            return Err(StoreError::TooManySiblings { key: key.to_owned(), most: self.limit.most });
        }
        let context = record.context();
        self.keys.insert(key.to_owned(), record);
        Ok(context)
    }

    /// The values of a key, without tombstones: siblings, if there are several; none if nobody wrote it, or all of it
    /// was deleted.
    pub fn values(&self, key: &str) -> Vec<V> {
        self.record(key).map(Record::values).unwrap_or_default()
    }

    /// What a reader of a key has seen, to be passed with its next write.
    pub fn context(&self, key: &str) -> VersionVector {
        self.record(key).map(Record::context).unwrap_or_default()
    }

    /// All that is kept of a key.
    pub fn record(&self, key: &str) -> Option<&Record<V>> {
        self.keys.get(key)
    }

    /// The keys of which anything is kept, be it a tombstone.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Whether a key has so many siblings that the server warns.
    pub fn warns(&self, key: &str) -> bool {
        self.record(key).is_some_and(|record| record.siblings.len() >= self.limit.warn)
    }

    /// Takes in all that another server has. Says which keys changed.
    pub fn sync_from(&mut self, peer: &SiblingStore<V>) -> Vec<String> {
        let synced = peer.keys.iter().filter(|(key, record)| self.sync_key(key, record));
        synced.map(|(key, _)| key.clone()).collect()
    }

    /// Takes in what another server has of one key. Says whether anything changed.
    pub fn sync_key(&mut self, key: &str, theirs: &Record<V>) -> bool {
        let mine = self.keys.entry(key.to_owned()).or_insert_with(|| Record::new(theirs.scheme));
        mine.merge(theirs)
    }

    /// Forgets tombstones that are older than `grace` by this server's clock; keys of which nothing else is left are
    /// forgotten altogether. Returns these keys.
    ///
    /// A server that was away for longer than `grace` and still has the deleted value brings it back: nobody remembers
    /// that it was deleted. (Cassandra: `gc_grace_seconds`, ten days; repair must finish within it.)
    pub fn collect_tombstones(&mut self, grace: Time) -> Vec<String> {
        let mut forgotten = Vec::new();
        let clock = self.clock;
        for (key, record) in &mut self.keys {
            let was = record.siblings.len();
            record.siblings.retain(|sibling| sibling.value.is_some() || clock.since(sibling.at) < grace);
            if record.siblings.is_empty() && was > 0 {
                // A number that was used must not be used again: other servers have seen it.
                self.used = self.used.max(record.seen.counter(&self.server));
                forgotten.push(key.clone());
            }
        }
        self.keys.retain(|_, record| !record.siblings.is_empty());
        forgotten
    }
}

impl<V: Clone + fmt::Display> SiblingStore<V> {
    /// The values of a key with what the store remembers of each, as text: a vector for all of them, a vector for each,
    /// or a dot and a context for each. A tombstone is `†`.
    pub fn describe(&self, key: &str) -> String {
        self.record(key).map_or_else(|| "nothing".to_owned(), Record::to_string)
    }
}
