//! E5.5 — PN-Counter, OR-Set, and two registers: four types that merge, and what none of them can do.

use crate::exercise::Answer;

mod scenarios;

/// What the four types have in common: one replica's copy. The same type is what replicas send each other.
pub trait Mergeable: Clone {
    /// A replica's first, empty copy. Every name is used once.
    fn new(replica: &str) -> Self;

    /// A state of another replica arrives, or an old one of this replica: perhaps late, twice, or by detours. What this
    /// replica does next, it still does under its own name.
    fn merge(&mut self, other: &Self);
}

/// A counter that goes both ways.
pub trait PnCounter: Mergeable {
    /// Counts so much more. All that one replica ever adds fits 64 bits.
    fn increment(&mut self, by: u64);

    /// Counts so much less. All that one replica ever takes off fits 64 bits.
    fn decrement(&mut self, by: u64);

    /// What was added anywhere less what was taken off anywhere, as far as it is known here. It may be below 0.
    fn value(&self) -> i128;
}

/// An observed-remove set.
pub trait OrSet: Mergeable {
    /// Adds an item, also if it is there already.
    fn add(&mut self, item: &str);

    /// Takes away every add of an item that has been seen here. Adds that have not been seen here stay, wherever they
    /// are.
    fn remove(&mut self, item: &str);

    /// The items that were added, and whose add nobody took away, in alphabetical order.
    fn items(&self) -> Vec<String>;
}

/// A register in which the last write wins.
pub trait LwwRegister: Mergeable {
    /// Sets a value at a time that this replica's clock showed, in microseconds. The value with the latest time is kept;
    /// of equal times, the one of the larger replica's name; of one replica's values at one time, the larger value.
    fn set(&mut self, value: &str, time: i64);

    /// The value; nothing before the first.
    fn value(&self) -> Option<String>;
}

/// A register that keeps all concurrent values.
pub trait MvRegister: Mergeable {
    /// Sets a value. It replaces all values that are here; those that have not been seen here stay, wherever they are.
    fn set(&mut self, value: &str);

    /// The values that nobody has replaced, in alphabetical order, each once.
    fn values(&self) -> Vec<String>;
}

/// Wraps a learner's four types.
pub fn answer<P, S, L, M>() -> Answer
where
    P: PnCounter + 'static,
    S: OrSet + 'static,
    L: LwwRegister + 'static,
    M: MvRegister + 'static,
{
    Answer::new("E5.5", scenarios::drive::<P, S, L, M>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
