//! Version vectors and dots: what has been seen, server by server.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How two versions, or two events, stand to each other. The order is partial: some pairs have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Causality {
    /// The first comes before the second: the second has seen it.
    Before,
    /// The first comes after the second.
    After,
    /// They are the same. That is not concurrent.
    Equal,
    /// Neither has seen the other.
    Concurrent,
}

impl Causality {
    /// The answer to the same question the other way round.
    pub fn reversed(self) -> Self {
        match self {
            Self::Before => Self::After,
            Self::After => Self::Before,
            same => same,
        }
    }

    /// From what each of the two has seen: the first all of the second, the second all of the first.
    fn of(first_has_seen_second: bool, second_has_seen_first: bool) -> Self {
        match (first_has_seen_second, second_has_seen_first) {
            (true, true) => Self::Equal,
            (true, false) => Self::After,
            (false, true) => Self::Before,
            (false, false) => Self::Concurrent,
        }
    }
}

impl fmt::Display for Causality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Equal => "equal",
            Self::Concurrent => "concurrent",
        })
    }
}

/// One write: the server that took it, and its number among that server's writes of the key, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Dot {
    /// The server. (Where each client has a slot of its own: the client.)
    pub server: String,
    /// The number.
    pub counter: u64,
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{})", self.server, self.counter)
    }
}

/// A counter is at its end: the next one would be number 0 again, which everybody has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterOverflow {
    /// Whose.
    pub server: String,
}

impl fmt::Display for CounterOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has counted to {}: give it a new name, which begins at 1", self.server, u64::MAX)
    }
}

impl std::error::Error for CounterOverflow {}

/// A version vector: for each server, how many of its writes of the key have been seen. A server that is missing
/// counts as 0 (Parker et al., *Detection of mutual inconsistency in distributed systems*, IEEE TSE 1983).
///
/// What the slots stand for is up to the user: servers, clients, or the processes whose events a vector *clock* counts.
///
/// # Examples
/// ```
/// use replication_lab::causality::{Causality, Dot, VersionVector};
/// let seen = VersionVector::from([("A", 2), ("B", 1)]);
/// assert!(seen.covers(&Dot { server: "A".into(), counter: 2 }));
/// assert!(!seen.covers(&Dot { server: "A".into(), counter: 3 }));
/// assert_eq!(seen.to_string(), "{A:2 B:1}");
/// assert_eq!(seen.compare(&VersionVector::from([("A", 1), ("B", 3)])), Causality::Concurrent);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<String, u64>", into = "BTreeMap<String, u64>")]
pub struct VersionVector(BTreeMap<String, u64>);

impl From<BTreeMap<String, u64>> for VersionVector {
    fn from(mut counters: BTreeMap<String, u64>) -> Self {
        counters.retain(|_, counter| *counter > 0);
        Self(counters)
    }
}

impl From<VersionVector> for BTreeMap<String, u64> {
    fn from(vector: VersionVector) -> Self {
        vector.0
    }
}

impl<const N: usize> From<[(&str, u64); N]> for VersionVector {
    fn from(counters: [(&str, u64); N]) -> Self {
        let counters = counters.into_iter().map(|(server, counter)| (server.to_owned(), counter));
        counters.collect::<BTreeMap<_, _>>().into()
    }
}

impl From<&Dot> for VersionVector {
    fn from(dot: &Dot) -> Self {
        let mut vector = Self::default();
        vector.add(dot);
        vector
    }
}

impl VersionVector {
    /// How many writes of a server have been seen.
    pub fn counter(&self, server: &str) -> u64 {
        self.0.get(server).copied().unwrap_or(0)
    }

    /// The slots that are not 0, in the order of their servers.
    pub fn slots(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(server, counter)| (server.as_str(), *counter))
    }

    /// How many slots it has: what it costs to store and to send.
    pub fn width(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing has been seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts one write more of a server, and returns it.
    ///
    /// # Errors
    /// When the counter is at its end.
    pub fn increment(&mut self, server: &str) -> Result<Dot, CounterOverflow> {
        let next = self.counter(server).checked_add(1);
        let counter = next.ok_or_else(|| CounterOverflow { server: server.to_owned() })?;
        let dot = Dot { server: server.to_owned(), counter };
        self.add(&dot);
        Ok(dot)
    }

    /// Whether a write has been seen.
    pub fn covers(&self, dot: &Dot) -> bool {
        self.counter(&dot.server) >= dot.counter
    }

    /// Whether everything that another vector has seen has been seen here: it is after it, or equal.
    pub fn descends(&self, other: &VersionVector) -> bool {
        other.0.iter().all(|(server, counter)| self.counter(server) >= *counter)
    }

    /// How this vector stands to another.
    pub fn compare(&self, other: &VersionVector) -> Causality {
        Causality::of(self.descends(other), other.descends(self))
    }

    /// Whether it has seen everything that the other one has, and more: no slot is smaller, and one is larger.
    pub fn dominates(&self, other: &VersionVector) -> bool {
        self.compare(other) == Causality::After
    }

    /// Whether each of the two has seen something that the other has not. Equal vectors are not concurrent.
    pub fn concurrent_with(&self, other: &VersionVector) -> bool {
        self.compare(other) == Causality::Concurrent
    }

    /// Sees what another vector has seen: the larger counter of each server. It is the least vector that descends from
    /// both.
    pub fn merge(&mut self, other: &VersionVector) {
        for (server, counter) in &other.0 {
            let known = self.0.entry(server.clone()).or_default();
            *known = (*known).max(*counter);
        }
    }

    /// Sees one write, and with it all earlier ones of its server.
    pub fn add(&mut self, dot: &Dot) {
        if dot.counter > 0 {
            let known = self.0.entry(dot.server.clone()).or_default();
            *known = (*known).max(dot.counter);
        }
    }
}

impl fmt::Display for VersionVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counters: Vec<String> = self.0.iter().map(|(server, n)| format!("{server}:{n}")).collect();
        write!(f, "{{{}}}", counters.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vector() -> impl Strategy<Value = VersionVector> {
        proptest::collection::btree_map("[A-C]", 0..4u64, 0..4).prop_map(VersionVector::from)
    }

    fn merged(a: &VersionVector, b: &VersionVector) -> VersionVector {
        let mut both = a.clone();
        both.merge(b);
        both
    }

    proptest! {
        #[test]
        fn the_order_is_partial(a in vector(), b in vector(), c in vector()) {
            prop_assert!(a.descends(&a));
            prop_assert_eq!(a.descends(&b) && b.descends(&a), a == b);
            prop_assert!(!(a.descends(&b) && b.descends(&c)) || a.descends(&c));
            prop_assert_eq!(a.compare(&b), b.compare(&a).reversed());
            prop_assert_eq!(a.compare(&b) == Causality::Equal, a == b);
            prop_assert!(!(a.dominates(&b) && a.concurrent_with(&b)));
        }

        #[test]
        fn merge_is_the_least_upper_bound(a in vector(), b in vector(), c in vector()) {
            let both = merged(&a, &b);
            prop_assert!(both.descends(&a) && both.descends(&b));
            prop_assert!(!(c.descends(&a) && c.descends(&b)) || c.descends(&both));
            prop_assert_eq!(&both, &merged(&b, &a));
            prop_assert_eq!(&merged(&both, &c), &merged(&a, &merged(&b, &c)));
            prop_assert_eq!(&merged(&a, &a), &a);
        }

        #[test]
        fn who_counts_one_more_dominates(a in vector(), server in "[A-D]") {
            let mut next = a.clone();
            let dot = next.increment(&server).unwrap();
            prop_assert!(next.dominates(&a));
            prop_assert!(next.covers(&dot) && !a.covers(&dot));
        }

        #[test]
        fn json_and_back(a in vector()) {
            let text = serde_json::to_string(&a).unwrap();
            prop_assert_eq!(serde_json::from_str::<VersionVector>(&text).unwrap(), a);
        }
    }

    #[test]
    fn the_vectors_of_the_demo() {
        let (a, b) = (VersionVector::from([("A", 1)]), VersionVector::from([("B", 1)]));
        assert!(a.concurrent_with(&b));
        let mut both = merged(&a, &b);
        assert_eq!(both.to_string(), "{A:1 B:1}");
        both.increment("A").unwrap();
        assert_eq!(both.to_string(), "{A:2 B:1}");
        assert!(both.dominates(&a) && both.dominates(&b));
    }

    #[test]
    fn a_slot_of_zero_is_no_slot() {
        assert_eq!(VersionVector::from([("A", 1), ("B", 0)]), VersionVector::from([("A", 1)]));
        let read: VersionVector = serde_json::from_str(r#"{"A":1,"B":0}"#).unwrap();
        assert_eq!((read.width(), read.to_string()), (1, "{A:1}".to_owned()));
    }

    #[test]
    fn a_counter_at_its_end_says_so() {
        let mut full = VersionVector::from([("A", u64::MAX)]);
        let why = full.increment("A").unwrap_err().to_string();
        assert_eq!(why, "A has counted to 18446744073709551615: give it a new name, which begins at 1");
    }
}
