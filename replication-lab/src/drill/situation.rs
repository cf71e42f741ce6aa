//! What can be wrong, what may be thought of it, and the numbers that a seed draws.

use std::fmt;

use crate::rng::{Rng, Stream};
use crate::time::Time;

/// What is wrong in a drill. The first five are the field's classics; the sixth looks like the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Lag that grows by the same every second: more is written than the followers can apply.
    GrowingLag,
    /// Now and then a user does not find what she wrote herself: reads go to followers, which fall behind for moments.
    StaleReads,
    /// What a user has seen is gone at the next look: one follower is seconds behind the other, and reads go to both.
    ComesAndGoes,
    /// After a failover the new leader issues ids again that the old one had issued after what was replicated.
    DuplicateIds,
    /// After a failover the old leader still takes writes: it was cut off from the others, and not switched off.
    TwoWriters,
    /// Lag that stays the same, because the followers are far away.
    ConstantLag,
}

impl Situation {
    /// All of them.
    pub const ALL: [Situation; 6] = [
        Self::GrowingLag,
        Self::StaleReads,
        Self::ComesAndGoes,
        Self::DuplicateIds,
        Self::TwoWriters,
        Self::ConstantLag,
    ];

    /// Its cause.
    pub fn cause(self) -> Cause {
        match self {
            Self::GrowingLag => Cause::ReplayTooSlow,
            Self::StaleReads => Cause::ReadsIgnoreOwnWrites,
            Self::ComesAndGoes => Cause::ReadsChangeFollower,
            Self::DuplicateIds => Cause::IdsIssuedAgain,
            Self::TwoWriters => Cause::NotFenced,
            Self::ConstantLag => Cause::Distance,
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::GrowingLag => "lag that grows",
            Self::StaleReads => "stale reads, now and then",
            Self::ComesAndGoes => "data appears, then disappears",
            Self::DuplicateIds => "duplicate keys after a failover",
            Self::TwoWriters => "two nodes accept writes",
            Self::ConstantLag => "lag that stays the same",
        })
    }
}

/// What a learner may name as the cause. Six are true in one situation each; three are never true, and often said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Entries are written faster than a follower applies them.
    ReplayTooSlow,
    /// Entries are long on their way.
    Distance,
    /// Nobody asks whether the server that answers has the reader's own last write.
    ReadsIgnoreOwnWrites,
    /// One user's reads go now to a fresh follower and now to an old one.
    ReadsChangeFollower,
    /// A new leader goes on counting from the rows that it has, and the old one had counted further.
    IdsIssuedAgain,
    /// The old leader was not made sure of before another one began.
    NotFenced,
    /// Acknowledged writes are gone, and that is what users notice.
    DataLost,
    /// Something in front of the servers answers with what it once was told.
    Cache,
    /// A follower's disk is full: it has stopped.
    DiskFull,
}

impl Cause {
    /// All of them.
    pub const ALL: [Cause; 9] = [
        Self::ReplayTooSlow,
        Self::Distance,
        Self::ReadsIgnoreOwnWrites,
        Self::ReadsChangeFollower,
        Self::IdsIssuedAgain,
        Self::NotFenced,
        Self::DataLost,
        Self::Cache,
        Self::DiskFull,
    ];
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ReplayTooSlow => "the followers apply the log more slowly than it is written",
            Self::Distance => "the network: every entry is long on its way to the followers",
            Self::ReadsIgnoreOwnWrites => {
                "reads go to servers that need not have the reader's own last write"
            }
            Self::ReadsChangeFollower => "one user's reads go to followers that are differently far behind",
            Self::IdsIssuedAgain => "the new leader issues ids that the old one had issued already",
            Self::NotFenced => "the old leader was not switched off, and goes on",
            Self::DataLost => "data was lost",
            Self::Cache => "a cache answers with old values",
            Self::DiskFull => "a follower's disk is full",
        })
    }
}

/// The numbers of a drill. All are drawn for every situation, so that a change in one does not change the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    /// When it begins to be wrong.
    pub(super) begins: Time,
    /// Rows that a client inserts every second, in quiet times.
    pub(super) quiet: f64,
    /// And when much is written.
    pub(super) busy: f64,
    /// The share of that which followers can apply.
    pub(super) keeps_up: f64,
    /// One way to a follower that is far.
    pub(super) way: Time,
    /// From one short spell of lag to the next, how long entries wait in it, and for how long.
    pub(super) spells: (Time, Time, Time),
    /// The median lag of a follower that is behind.
    pub(super) behind: Time,
    /// How much of its log a leader takes along when it dies.
    pub(super) tail: Time,
}

impl Numbers {
    pub(super) fn drawn(rng: &mut Rng) -> Self {
        let mut ms = |low: u64, high: u64| Time::ms(low + rng.below(high - low));
        let (begins, way) = (ms(25_000, 45_000), ms(120, 180));
        let spells = (ms(10_000, 13_000), ms(3_000, 5_000), ms(2_000, 4_000));
        let (behind, tail) = (ms(1_500, 3_000), ms(6_000, 10_000));
        let mut between = |low: f64, high: f64| low + (high - low) * rng.unit();
        let (quiet, busy, keeps_up) = (between(3.0, 5.0), between(18.0, 26.0), between(0.6, 0.75));
        Self { begins, quiet, busy, keeps_up, way, spells, behind, tail }
    }
}

/// What the seed draws: a situation, and its numbers.
pub(super) fn drawn(seed: u64) -> (Situation, Numbers) {
    let mut rng = Rng::new(seed, Stream::Faults);
    let situation = rng.pick(&Situation::ALL).copied().unwrap_or(Situation::GrowingLag);
    (situation, Numbers::drawn(&mut rng))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_situation_comes_up_and_each_has_a_cause_of_its_own() {
        let drawn: BTreeSet<Situation> = (0..60).map(|seed| drawn(seed).0).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), Situation::ALL);
        let causes: BTreeSet<Cause> = Situation::ALL.map(Situation::cause).into();
        assert_eq!(causes.len(), Situation::ALL.len());
    }
}
