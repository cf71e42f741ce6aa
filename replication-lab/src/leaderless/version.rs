//! How a store tells which of two values is newer.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A client, counted from 1: it prints as `c1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub u16);

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// How clients number their writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Each client counts its own writes from 1 and asks nobody. **Wrong with more than one client**: a second
    /// client's first write is number 1 again and loses to everything that is there.
    ClientCounter,
    /// Each client stamps its writes with its own clock; the later stamp wins (last write wins). Wrong as far as
    /// clocks differ.
    Timestamp,
    /// Each client first asks a read quorum for the highest version, then writes one more; ties go to the client
    /// with the higher number. Costs a round trip, needs no clock. Of two concurrent writes one is dropped.
    #[default]
    ReadThenCount,
    /// As before, with a counter per client: concurrent writes are told from later ones and both are kept, as
    /// siblings. (Chapter 7 shows why dots are needed beside them.)
    Vector,
}

/// The version of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// A counter, and the client that set it: ordered by the counter, then by the client.
    Counter(u64, ClientId),
    /// Microseconds on a client's clock, and the client: ordered by the time, then by the client.
    Stamp(u64, ClientId),
    /// A counter for each client; a client that is missing counts as 0.
    Vector(BTreeMap<ClientId, u64>),
}

impl Version {
    /// How this version stands to another: `Less` if the other is newer, nothing if they are concurrent.
    /// Versions of different schemes never meet in one store; they count as concurrent.
    pub fn compare(&self, other: &Version) -> Option<Ordering> {
        match (self, other) {
            (Self::Counter(a, by), Self::Counter(b, other_by))
            | (Self::Stamp(a, by), Self::Stamp(b, other_by)) => Some((a, by).cmp(&(b, other_by))),
            (Self::Vector(a), Self::Vector(b)) => match (covers(a, b), covers(b, a)) {
                (true, true) => Some(Ordering::Equal),
                (true, false) => Some(Ordering::Greater),
                (false, true) => Some(Ordering::Less),
                (false, false) => None,
            },
            _ => None,
        }
    }

    /// Whether this version makes the other one superfluous: it is newer, or the same.
    pub fn covers(&self, other: &Version) -> bool {
        matches!(self.compare(other), Some(Ordering::Greater | Ordering::Equal))
    }
}

fn covers(a: &BTreeMap<ClientId, u64>, b: &BTreeMap<ClientId, u64>) -> bool {
    b.iter().all(|(node, count)| a.get(node).copied().unwrap_or(0) >= *count)
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counter(count, by) => write!(f, "{count}.{by}"),
            Self::Stamp(us, by) => write!(f, "{}.{:03}ms.{by}", us / 1_000, us % 1_000),
            Self::Vector(counts) => {
                let counts: Vec<_> = counts.iter().map(|(node, count)| format!("{node}:{count}")).collect();
                write!(f, "{{{}}}", counts.join(" "))
            }
        }
    }
}

/// A value with its version. No value is a deletion (a tombstone).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Versioned {
    /// The value.
    pub value: Option<String>,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for Versioned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.value.as_deref().unwrap_or("†"), self.version)
    }
}

/// Adds a value to those that are held for a key: it is dropped if one of them covers it, else it takes the place of
/// those that it covers. With totally ordered versions one value remains; with vectors, concurrent ones are kept
/// side by side. Says whether anything changed.
pub fn merge(held: &mut Vec<Versioned>, new: Versioned) -> bool {
    if held.iter().any(|old| old.version.covers(&new.version)) {
        return false;
    }
    held.retain(|old| !new.version.covers(&old.version));
    held.push(new);
    held.sort();
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vector() -> impl Strategy<Value = Version> {
        proptest::collection::btree_map((0..3u16).prop_map(ClientId), 0..3u64, 0..3).prop_map(Version::Vector)
    }

    fn counter() -> impl Strategy<Value = Version> {
        (0..4u64, (0..3u16).prop_map(ClientId)).prop_map(|(count, by)| Version::Counter(count, by))
    }

    fn held(versions: &[Version]) -> Vec<Versioned> {
        let mut held = Vec::new();
        for version in versions {
            merge(&mut held, Versioned { value: Some("v".into()), version: version.clone() });
        }
        held
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_does_not_matter(mut versions in proptest::collection::vec(vector(), 0..6)) {
            let forwards = held(&versions);
            versions.reverse();
            // Vectors that are equal in all counts, but spell a zero differently, are the same version.
            prop_assert_eq!(forwards.len(), held(&versions).len());
            for kept in held(&versions) {
                prop_assert!(forwards.iter().any(|other| other.version.covers(&kept.version)));
            }
        }

        #[test]
        fn of_ordered_versions_the_newest_remains(versions in proptest::collection::vec(counter(), 1..6)) {
            let kept = held(&versions);
            prop_assert_eq!(kept.len(), 1);
            prop_assert_eq!(Some(&kept[0].version), versions.iter().max());
        }

        #[test]
        fn comparing_the_other_way_round_gives_the_opposite(a in vector(), b in vector()) {
            prop_assert_eq!(a.compare(&b), b.compare(&a).map(Ordering::reverse));
        }
    }
}
