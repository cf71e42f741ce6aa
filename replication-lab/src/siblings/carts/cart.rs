//! What is in a cart, and how two versions of it become one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A write, by its number: 10,000 times the client's place, plus the client's count.
pub type WriteId = u32;

/// What can be put into a cart.
pub const ITEMS: [&str; 8] = ["milk", "eggs", "butter", "bread", "tea", "rice", "salt", "jam"];

/// How siblings are merged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Merge {
    /// Everything that is in any of them, as Dynamo's cart did (DeCandia et al. 2007, section 4.4). A removed item
    /// comes **back** if a sibling still has it.
    Union,
    /// Everything that is in any of them, without what is marked as deleted in any of them. An item that was removed
    /// and then added again is **gone** as long as a sibling has its mark.
    Tombstones,
    /// An observed-remove set (Shapiro et al., *A comprehensive study of convergent and commutative replicated data
    /// types*, 2011, section 3.3.5): each addition has a tag of its own, and a removal removes the tags that it has seen.
    #[default]
    OrSet,
}

impl Merge {
    /// All three.
    pub const ALL: [Merge; 3] = [Self::Union, Self::Tombstones, Self::OrSet];
}

impl fmt::Display for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Union => "union",
            Self::Tombstones => "union with tombstones",
            Self::OrSet => "OR-Set",
        })
    }
}

/// A cart: an item's place in [`ITEMS`] stands for the item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cart {
    /// Which write it is. No protocol looks at it: the measures do.
    pub(super) write: WriteId,
    /// The items, each with the writes that added it.
    added: BTreeMap<usize, BTreeSet<WriteId>>,
    /// Items that are marked as deleted.
    marked: BTreeSet<usize>,
    /// Additions that were removed.
    removed: BTreeSet<WriteId>,
}

impl Cart {
    /// Siblings become one cart.
    pub(super) fn merged<'a>(siblings: impl IntoIterator<Item = &'a Cart>) -> Self {
        let mut cart = Self::default();
        for sibling in siblings {
            for (item, tags) in &sibling.added {
                cart.added.entry(*item).or_default().extend(tags);
            }
            cart.marked.extend(&sibling.marked);
            cart.removed.extend(&sibling.removed);
        }
        cart
    }

    /// The items that a user sees.
    pub(super) fn items(&self, merge: Merge) -> BTreeSet<usize> {
        let seen = self.added.iter().filter(|(item, tags)| match merge {
            Merge::Union => true,
            Merge::Tombstones => !self.marked.contains(item),
            Merge::OrSet => tags.iter().any(|tag| !self.removed.contains(tag)),
        });
        seen.map(|(item, _)| *item).collect()
    }

    /// Puts an item in; this write is its tag.
    pub(super) fn add(&mut self, item: usize) {
        self.added.entry(item).or_default().insert(self.write);
        self.marked.remove(&item);
    }

    /// Takes an item out.
    pub(super) fn remove(&mut self, item: usize, merge: Merge) {
        match merge {
            Merge::Union => {
                self.added.remove(&item);
            }
            Merge::Tombstones => {
                self.marked.insert(item);
            }
            Merge::OrSet => self.removed.extend(self.added.get(&item).into_iter().flatten()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUTTER: usize = 2;

    fn cart(write: WriteId, from: &[&Cart], change: impl FnOnce(&mut Cart)) -> Cart {
        let mut cart = Cart { write, ..Cart::merged(from.iter().copied()) };
        change(&mut cart);
        cart
    }

    /// Butter is put in; on one device it is taken out, on the other one tea is added meanwhile.
    fn concurrent_removal(merge: Merge) -> BTreeSet<usize> {
        let first = cart(1, &[], |cart| cart.add(BUTTER));
        let without = cart(2, &[&first], |cart| cart.remove(BUTTER, merge));
        let with_tea = cart(3, &[&first], |cart| cart.add(4));
        Cart::merged([&without, &with_tea]).items(merge)
    }

    #[test]
    fn union_brings_butter_back_and_the_others_do_not() {
        assert_eq!(concurrent_removal(Merge::Union), BTreeSet::from([BUTTER, 4]));
        assert_eq!(concurrent_removal(Merge::Tombstones), BTreeSet::from([4]));
        assert_eq!(concurrent_removal(Merge::OrSet), BTreeSet::from([4]));
    }

    /// Butter is taken out. One device has that version still; the other one adds butter again, knowing of the removal.
    fn added_again(merge: Merge) -> BTreeSet<usize> {
        let first = cart(1, &[], |cart| cart.add(BUTTER));
        let without = cart(2, &[&first], |cart| cart.remove(BUTTER, merge));
        let again = cart(3, &[&without], |cart| cart.add(BUTTER));
        let with_tea = cart(4, &[&without], |cart| cart.add(4));
        Cart::merged([&again, &with_tea]).items(merge)
    }

    #[test]
    fn a_tombstone_in_any_sibling_forbids_adding_again() {
        assert_eq!(added_again(Merge::Tombstones), BTreeSet::from([4]));
        assert_eq!(added_again(Merge::OrSet), BTreeSet::from([BUTTER, 4]));
    }
}
