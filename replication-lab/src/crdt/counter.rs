//! Counters.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::CrdtError;

/// A counter that only grows: one slot for each replica, which that replica alone increments. Its value is the sum of
/// the slots; merging takes the larger count of each slot, never their sum (Shapiro et al., RR-7506, specification 6).
///
/// A replica that is missing counts as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GCounter {
    slots: BTreeMap<String, u64>,
}

impl GCounter {
    /// Counts `by` more at a replica.
    ///
    /// # Errors
    /// When the replica's slot would overflow; then nothing is counted.
    pub fn increment(&mut self, replica: &str, by: u64) -> Result<(), CrdtError> {
        let slot = self.slot(replica);
        let Some(count) = slot.checked_add(by) else {
            return Err(CrdtError::Overflow { replica: replica.to_owned(), slot, by });
        };
        if count > 0 {
            self.slots.insert(replica.to_owned(), count);
        }
        Ok(())
    }

    /// What a replica has counted, as far as it is known here.
    pub fn slot(&self, replica: &str) -> u64 {
        self.slots.get(replica).copied().unwrap_or(0)
    }

    /// The sum of all slots.
    pub fn value(&self) -> u128 {
        self.slots.values().map(|count| u128::from(*count)).sum()
    }

    /// Takes the larger count of each slot.
    pub fn merge(&mut self, other: &GCounter) {
        for (replica, count) in &other.slots {
            let known = self.slots.entry(replica.clone()).or_default();
            *known = (*known).max(*count);
        }
    }

    fn slots(&self) -> String {
        let slots: Vec<String> =
            self.slots.iter().map(|(replica, count)| format!("{replica}: {count}")).collect();
        format!("{{{}}}", slots.join(", "))
    }
}

impl fmt::Display for GCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.slots(), self.value())
    }
}

/// A counter that goes both ways: what was added and what was taken off are counted apart, each by a [`GCounter`]
/// (Shapiro et al., RR-7506, specification 7). One slot that goes both ways would not do: merging by the larger count
/// would bring back what was taken off.
///
/// Nothing keeps its value above 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PnCounter {
    plus: GCounter,
    minus: GCounter,
}

impl PnCounter {
    /// Counts `by` more at a replica.
    ///
    /// # Errors
    /// When all that the replica has ever added would overflow.
    pub fn increment(&mut self, replica: &str, by: u64) -> Result<(), CrdtError> {
        self.plus.increment(replica, by)
    }

    /// Counts `by` less at a replica.
    ///
    /// # Errors
    /// When all that the replica has ever taken off would overflow.
    pub fn decrement(&mut self, replica: &str, by: u64) -> Result<(), CrdtError> {
        self.minus.increment(replica, by)
    }

    /// What was added, less what was taken off.
    pub fn value(&self) -> i128 {
        // 2^63 replicas would be needed to overflow.
        self.plus.value() as i128 - self.minus.value() as i128
    }

    /// Merges both halves.
    pub fn merge(&mut self, other: &PnCounter) {
        self.plus.merge(&other.plus);
        self.minus.merge(&other.minus);
    }
}

impl fmt::Display for PnCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} − {} = {}", self.plus.slots(), self.minus.slots(), self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_replicas_round_the_ring() {
        let mut replicas: [GCounter; 3] = Default::default();
        replicas[0].increment("a", 4).unwrap();
        replicas[1].increment("b", 0).unwrap();
        replicas[2].increment("c", 7).unwrap();
        let mut ship = |from: usize, to: usize| {
            let state = replicas[from].clone();
            replicas[to].merge(&state);
            replicas.each_ref().map(GCounter::value)
        };
        ship(0, 1);
        ship(1, 2);
        assert_eq!(ship(2, 0), [11, 4, 11]);
        assert_eq!(ship(0, 1), [11, 11, 11]);
    }

    #[test]
    fn a_full_slot_refuses_and_others_count_on() {
        let mut counter = GCounter::default();
        counter.increment("va", u64::MAX).unwrap();
        let refused = counter.increment("va", 1).unwrap_err();
        insta::assert_snapshot!(refused, @"va's slot holds 18446744073709551615 and cannot grow by 1: a slot goes up to 18446744073709551615; count on under another replica's name");
        counter.increment("eu", u64::MAX).unwrap();
        assert_eq!(counter.value(), 2 * u128::from(u64::MAX));
    }

    #[test]
    fn what_was_taken_off_does_not_come_back() {
        let mut va = PnCounter::default();
        va.increment("va", 5).unwrap();
        let old = va.clone();
        va.decrement("va", 7).unwrap();
        va.merge(&old);
        assert_eq!(va.to_string(), "{va: 5} − {va: 7} = -2");
    }
}
