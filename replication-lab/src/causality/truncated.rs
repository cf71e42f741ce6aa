//! A vector that forgets, as Dynamo's did.

use std::collections::BTreeMap;
use std::fmt;

use super::version_vector::{Causality, CounterOverflow, Dot, VersionVector};
use crate::time::Time;

/// A version vector with at most so many slots: each has the time of its last update, and when there are too many, the
/// slot whose update is the longest ago goes (DeCandia et al., *Dynamo: Amazon's highly available key-value store*,
/// SOSP 2007, section 4.4, where the limit is "say 10"). The paper says that descendants can then no longer be told
/// exactly, and that it never was a problem in production.
///
/// # Examples
/// ```
/// use replication_lab::causality::{Causality, TruncatedVector};
/// use replication_lab::time::Time;
/// let mut old = TruncatedVector::new(2);
/// old.increment("A", Time::ms(1))?;
/// let mut new = old.clone();
/// new.increment("B", Time::ms(2))?;
/// assert_eq!(old.compare(&new), Causality::Before);
/// new.increment("C", Time::ms(3))?;
/// assert_eq!(new.to_string(), "{B:1 C:1}", "two slots: A's is the oldest");
/// assert_eq!(old.compare(&new), Causality::Concurrent, "though new's writer had seen old");
/// # Ok::<(), replication_lab::causality::CounterOverflow>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TruncatedVector {
    most: usize,
    // The counter of each server, and when it was last updated.
    slots: BTreeMap<String, (u64, Time)>,
}

impl TruncatedVector {
    /// An empty vector of at most `most` slots. At 0, it remembers nothing.
    pub fn new(most: usize) -> Self {
        Self { most, slots: BTreeMap::new() }
    }

    /// Counts one write more of a server; its clock shows `at`. If there are too many slots then, the oldest goes; of
    /// equally old ones, the first by name.
    ///
    /// # Errors
    /// When the counter is at its end.
    pub fn increment(&mut self, server: &str, at: Time) -> Result<Dot, CounterOverflow> {
        let known = self.slots.get(server).map_or(0, |(counter, _)| *counter);
        let counter = known.checked_add(1).ok_or_else(|| CounterOverflow { server: server.to_owned() })?;
        self.slots.insert(server.to_owned(), (counter, at));
        self.truncate();
        Ok(Dot { server: server.to_owned(), counter })
    }

    /// Sees what another vector has seen. Of each slot, the larger counter and the later time remain.
    pub fn merge(&mut self, other: &TruncatedVector) {
        for (server, (counter, at)) in &other.slots {
            let (known, when) = self.slots.entry(server.clone()).or_default();
            (*known, *when) = ((*known).max(*counter), (*when).max(*at));
        }
        self.truncate();
    }

    /// How this vector stands to another, as far as both remember. A slot that was dropped counts as 0: a descendant
    /// may look concurrent. And a server that comes back after its slot was dropped counts from 1 again.
    pub fn compare(&self, other: &TruncatedVector) -> Causality {
        self.vector().compare(&other.vector())
    }

    /// What it remembers, without the times.
    pub fn vector(&self) -> VersionVector {
        let slots = self.slots.iter().map(|(server, (counter, _))| (server.clone(), *counter));
        slots.collect::<BTreeMap<_, _>>().into()
    }

    fn truncate(&mut self) {
        while self.slots.len() > self.most {
            let oldest = self.slots.iter().min_by_key(|(_, (_, at))| *at).map(|(server, _)| server.clone());
            let Some(oldest) = oldest else { return };
            self.slots.remove(&oldest);
        }
    }
}

impl fmt::Display for TruncatedVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.vector().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that each of these servers in turn reads and writes back.
    fn handed_on(most: usize, servers: &[&str]) -> Vec<TruncatedVector> {
        let mut vector = TruncatedVector::new(most);
        let mut versions = Vec::new();
        for (place, server) in servers.iter().enumerate() {
            vector.increment(server, Time::ms(place as u64)).unwrap();
            versions.push(vector.clone());
        }
        versions
    }

    #[test]
    fn with_room_for_all_every_version_descends_from_the_first() {
        let versions = handed_on(3, &["A", "B", "C", "A", "B"]);
        assert!(versions[1..].iter().all(|later| versions[0].compare(later) == Causality::Before));
    }

    #[test]
    fn a_descendant_looks_concurrent_when_its_ancestors_slot_is_gone() {
        let versions = handed_on(2, &["A", "B", "C"]);
        let told: Vec<String> = versions.iter().map(TruncatedVector::to_string).collect();
        assert_eq!(told, ["{A:1}", "{A:1 B:1}", "{B:1 C:1}"]);
        assert_eq!(versions[1].compare(&versions[2]), Causality::Concurrent, "C's writer had seen it");
    }

    #[test]
    fn a_server_that_comes_back_begins_again() {
        let versions = handed_on(2, &["A", "A", "B", "C", "A"]);
        assert_eq!(versions[1].to_string(), "{A:2}");
        assert_eq!(versions[4].to_string(), "{A:1 C:1}");
        assert_eq!(versions[1].compare(&versions[4]), Causality::Concurrent);
    }

    #[test]
    fn merging_drops_the_oldest_too() {
        let mut a = TruncatedVector::new(2);
        a.increment("A", Time::ms(1)).unwrap();
        let mut b = TruncatedVector::new(2);
        b.increment("B", Time::ms(2)).unwrap();
        b.increment("C", Time::ms(3)).unwrap();
        a.merge(&b);
        assert_eq!(a.to_string(), "{B:1 C:1}");
        let mut nothing = TruncatedVector::new(0);
        nothing.increment("A", Time::ZERO).unwrap();
        assert_eq!(nothing.to_string(), "{}");
    }
}
