//! Registers: one value, overwritten.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::next_dot;
use crate::causality::{Dot, VersionVector};

/// When a value was set, by the clock of whoever set it. Compared by time, then by the replica's name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// Microseconds, as Cassandra's. They come from a clock, and clocks are wrong.
    pub time: i64,
    /// Who set it.
    pub replica: String,
}

impl Stamp {
    /// A stamp.
    pub fn new(time: i64, replica: &str) -> Self {
        Self { time, replica: replica.to_owned() }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} µs, {}", self.time, self.replica)
    }
}

/// Last write wins: the value with the largest stamp. Of two values with *equal* stamps, which a replica must never
/// give out, the one that is larger as text, so that all replicas agree.
///
/// It converges, and forgets every other value, also one that was set later by a slower clock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LwwRegister {
    current: Option<(Stamp, String)>,
}

impl LwwRegister {
    /// Sets a value, unless there is one with a larger stamp. Returns whether it is the value now.
    pub fn set(&mut self, value: &str, stamp: Stamp) -> bool {
        let new = Some((stamp, value.to_owned()));
        if new > self.current {
            self.current = new;
            return true;
        }
        new == self.current
    }

    /// The value; nothing before the first was set.
    pub fn value(&self) -> Option<&str> {
        self.current.as_ref().map(|(_, value)| value.as_str())
    }

    /// The value's stamp.
    pub fn stamp(&self) -> Option<&Stamp> {
        self.current.as_ref().map(|(stamp, _)| stamp)
    }

    /// Takes the value with the larger stamp.
    pub fn merge(&mut self, other: &LwwRegister) {
        if other.current > self.current {
            self.current.clone_from(&other.current);
        }
    }
}

impl fmt::Display for LwwRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.current {
            Some((stamp, value)) => write!(f, "{value} ({stamp})"),
            None => f.write_str("nothing"),
        }
    }
}

/// Keeps every value that nobody has replaced who had seen it: after concurrent writes, several (Shapiro et al.,
/// RR-7506, section 3.2.2). It needs no clock. Each value has a dot, the event that set it; the register has one version
/// vector, of all events that it has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MvRegister {
    #[serde(with = "pairs")]
    values: BTreeMap<Dot, String>,
    seen: VersionVector,
}

impl MvRegister {
    /// Sets a value at a replica: it replaces all values that are here.
    pub fn set(&mut self, replica: &str, value: &str) {
        let dot = next_dot(&mut self.seen, replica);
        self.values = BTreeMap::from([(dot, value.to_owned())]);
    }

    /// The values, in alphabetical order, each once: more than one after concurrent writes, none before the first.
    pub fn values(&self) -> Vec<&str> {
        let mut values: Vec<&str> = self.values.values().map(String::as_str).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// All events that have been seen here.
    pub fn context(&self) -> &VersionVector {
        &self.seen
    }

    /// Drops the values that the other has seen and has no more, and takes those that are new here.
    pub fn merge(&mut self, other: &MvRegister) {
        self.values.retain(|dot, _| other.values.contains_key(dot) || !other.seen.covers(dot));
        for (dot, value) in &other.values {
            if !self.seen.covers(dot) {
                self.values.insert(dot.clone(), value.clone());
            }
        }
        self.seen.merge(&other.seen);
    }
}

impl fmt::Display for MvRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.values().as_slice() {
            [] => f.write_str("nothing"),
            values => f.write_str(&values.join(" | ")),
        }
    }
}

/// Dots are no keys in JSON: a list of pairs.
pub(super) mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::causality::Dot;

    pub fn serialize<V: Serialize, S: Serializer>(
        map: &BTreeMap<Dot, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, V: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Dot, V>, D::Error> {
        Ok(Vec::<(Dot, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// By definition: the writes that a replica has heard of, less those that a writer it has heard of had seen.
        #[test]
        fn it_keeps_exactly_what_nobody_has_replaced(
            steps in prop::collection::vec((any::<bool>(), 0..3usize, 0..3usize), 0..40),
        ) {
            let mut registers: [MvRegister; 3] = Default::default();
            let mut heard: [BTreeSet<usize>; 3] = Default::default();
            let mut replaced: [BTreeSet<usize>; 3] = Default::default();
            for (write, (sets, here, from)) in steps.into_iter().enumerate() {
                if sets {
                    registers[here].set(["a", "b", "c"][here], &format!("{write:02}"));
                    let past = heard[here].clone();
                    replaced[here].extend(past);
                    heard[here].insert(write);
                } else {
                    let other = registers[from].clone();
                    registers[here].merge(&other);
                    let (other_heard, other_replaced) = (heard[from].clone(), replaced[from].clone());
                    heard[here].extend(other_heard);
                    replaced[here].extend(other_replaced);
                }
                let kept = &heard[here] - &replaced[here];
                let kept: Vec<String> = kept.iter().map(|write| format!("{write:02}")).collect();
                prop_assert_eq!(registers[here].values(), kept);
            }
        }
    }

    /// Create at 100 s; delete at 100.4 s by a clock that is 1 s slow.
    #[test]
    fn a_slow_clock_brings_a_deleted_record_back() {
        let outcome = |slow_by: i64| {
            let mut register = LwwRegister::default();
            register.set("created", Stamp::new(100_000_000, "a"));
            register.set("deleted", Stamp::new(100_400_000 - slow_by, "b"));
            register.value().unwrap().to_owned()
        };
        assert_eq!(outcome(0), "deleted");
        assert_eq!(outcome(1_000_000), "created");
    }

    #[test]
    fn both_leaders_keep_the_spelling_and_lose_the_move() {
        let (mut va, mut eu) = (LwwRegister::default(), LwwRegister::default());
        va.set("456 Oak Ave, NYC", Stamp::new(1_705_312_000_001_000, "VA"));
        eu.set("123 Main Street, NYC", Stamp::new(1_705_312_000_003_000, "EU"));
        let shipped = va.clone();
        va.merge(&eu);
        eu.merge(&shipped);
        assert_eq!(va, eu);
        assert_eq!(va.value(), Some("123 Main Street, NYC"));
    }

    #[test]
    fn equal_stamps_have_one_winner_in_either_order() {
        let (x, y) = (("x", Stamp::new(1, "a")), ("y", Stamp::new(1, "a")));
        for order in [[&x, &y], [&y, &x]] {
            let mut register = LwwRegister::default();
            order.iter().for_each(|(value, stamp)| {
                register.set(value, stamp.clone());
            });
            assert_eq!(register.value(), Some("y"));
        }
        let mut register = LwwRegister::default();
        assert!(register.set("x", Stamp::new(1, "b")));
        assert!(!register.set("y", Stamp::new(1, "a")), "the replica's name decides before the value");
    }

    #[test]
    fn concurrent_values_stay_until_somebody_replaces_both() {
        let (mut va, mut eu) = (MvRegister::default(), MvRegister::default());
        va.set("va", "Main St");
        eu.merge(&va);
        va.set("va", "Oak Ave");
        eu.set("eu", "Main Street");
        va.merge(&eu);
        assert_eq!(va.values(), ["Main Street", "Oak Ave"]);
        va.set("va", "Oak Avenue");
        eu.merge(&va);
        assert_eq!((eu.to_string().as_str(), eu), ("Oak Avenue", va));
    }

    #[test]
    fn registers_survive_json() {
        let mut register = MvRegister::default();
        register.set("va", "x");
        let text = serde_json::to_string(&register).unwrap();
        assert_eq!(serde_json::from_str::<MvRegister>(&text).unwrap(), register);
    }
}
