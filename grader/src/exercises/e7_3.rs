//! E7.3 — Merging carts: Dynamo's butter, the tombstone that can't be undone, and the set that gets it right.

use std::collections::{BTreeMap, BTreeSet};

use crate::exercise::Answer;

mod scenarios;

/// One sibling of a cart that marks what was removed: each item, and whether it is alive.
pub type Marked = BTreeMap<String, bool>;

/// What the learner writes first. Of several siblings, the items that are alive in any of them, less those that are
/// marked as removed in any of them.
pub type MergeMarked = fn(&[Marked]) -> BTreeSet<String>;

/// What the learner writes then: one device's copy of a cart. The same type is what devices send each other.
pub trait Cart: Clone {
    /// A device's empty cart. Every name is used once.
    fn new(device: &str) -> Self;

    /// Puts so many more pieces of an item into the cart. With 0 pieces, nothing happens.
    fn add(&mut self, item: &str, pieces: u32);

    /// Takes all pieces of an item out of the cart that this device has seen. Pieces that it has not seen stay, wherever
    /// they are.
    fn remove(&mut self, item: &str);

    /// The items in the cart, and how many pieces of each: all that were put in, by whomever, and not taken out.
    fn items(&self) -> BTreeMap<String, u64>;

    /// A state of another device arrives, or an old one of this device: perhaps late, perhaps twice, perhaps by detours.
    /// Nothing that either state knows of is forgotten.
    fn merge(&mut self, other: &Self);
}

/// Wraps a learner's rule and cart.
pub fn answer<C: Cart + 'static>(merge_marked: MergeMarked) -> Answer {
    Answer::new("E7.3", move |task, notes| scenarios::drive::<C>(merge_marked, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
