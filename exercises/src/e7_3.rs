//! E7.3 — Merging carts (19 points)
//!
//! The phone's cart has milk, eggs and butter. On the laptop the butter was removed. Dynamo merged such siblings by union,
//! and the butter came back (the paper says so: “deleted items can resurface”). Two repairs:
//!
//! 1. **The tombstone rule.** Mark what is removed (†) instead of dropping it. The merged cart is what is alive in any sibling, less
//!    what is marked as removed in any. Write it, and see in the second scenario where it fails: nobody can add butter again,
//!    and since the result has no marks any more, a third sibling brings the butter back after all.
//! 2. **The OR-Set.** Every add is an event with a name of its own. A remove takes away the adds that it has *seen*, and no
//!    others. Merging keeps what it needs for the next merge.
//!
//! The cart counts pieces: 2 milk from the phone and 1 from the laptop are 3 milk, however often the states are merged.
//!
//! Check it with `cargo course check E7.3`, or with
//! `cargo test -p exercises e7_3`. Stuck? `cargo course hint E7.3`.

use std::collections::{BTreeMap, BTreeSet};

use grader::exercises::e7_3::{Cart, Marked};

/// The items that are alive in any sibling, less those that are marked as removed in any.
pub fn merge_marked(siblings: &[Marked]) -> BTreeSet<String> {
    todo!("what is left of {siblings:?}?")
}

/// One device's copy of a cart.
#[derive(Clone, Debug)]
pub struct Basket {
    // Choose what to keep here.
}

impl Cart for Basket {
    fn new(device: &str) -> Self {
        todo!("{device}'s empty cart")
    }

    fn add(&mut self, item: &str, pieces: u32) {
        todo!("{pieces} more of {item:?}")
    }

    fn remove(&mut self, item: &str) {
        todo!("no more of the {item:?} that is here")
    }

    fn items(&self) -> BTreeMap<String, u64> {
        todo!("how many pieces of what?")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("which adds are alive when this state has arrived?")
    }
}
