//! E5.1 — The G-Counter: a counter that several replicas increment at once, and that loses nothing.

use std::fmt;

use crate::exercise::Answer;

mod scenarios;

/// An increment that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the slot would pass {}: nothing was counted", u64::MAX)
    }
}

impl std::error::Error for Overflow {}

/// What the learner writes: one replica's copy of the counter. The same type is what replicas send each other.
pub trait Counter: Clone {
    /// A replica begins, or begins again after a crash.
    ///
    /// `life` is 1 the first time and larger each time after: no two lives of a replica have the same number. `saved` is
    /// the state that is on the replica's disk: nothing the first time, or when the disk was lost; and it may be *older*
    /// than what the replica sent to others before it crashed. Replicas' names may end in digits.
    fn start(replica: &str, life: u32, saved: Option<&Self>) -> Self;

    /// Counts `by` more here. What one life of one replica counts fits 64 bits.
    ///
    /// # Errors
    /// When it doesn't; then nothing is counted.
    fn increment(&mut self, by: u64) -> Result<(), Overflow>;

    /// Everything that was counted anywhere, as far as it is known here.
    fn value(&self) -> u128;

    /// A state of another replica arrives, or an old one of this replica: perhaps late, perhaps twice, perhaps by
    /// detours.
    fn merge(&mut self, other: &Self);
}

/// Wraps a learner's counter.
pub fn answer<C: Counter + 'static>() -> Answer {
    Answer::new("E5.1", scenarios::drive::<C>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
