//! Anti-entropy: two servers' records of one key become one.

use super::record::{Record, Sibling};
use super::scheme::Scheme;
use crate::causality::Causality;

impl<V: Clone> Record<V> {
    /// Takes in what another server has of the key. Says whether anything changed.
    ///
    /// For vectors without dots, an equal vector is the same version: that is what the vector is for.
    pub(super) fn merge(&mut self, theirs: &Record<V>) -> bool {
        let before = (self.seen.clone(), self.dots());
        match self.scheme {
            Scheme::LastWriteWins => {
                self.siblings.extend(theirs.siblings.iter().cloned());
                self.siblings.sort_by(|a, b| b.stamp().cmp(&a.stamp()));
                self.siblings.truncate(1);
            }
            Scheme::ClientVector | Scheme::ServerVector | Scheme::MaxPlusOne => {
                theirs.siblings.iter().for_each(|sibling| self.take_by_vector(sibling));
            }
            Scheme::MergedVector => match self.seen.compare(&theirs.seen) {
                Causality::Before => self.siblings = theirs.siblings.clone(),
                Causality::Concurrent => {
                    let mine = self.dots();
                    let more = theirs.siblings.iter().filter(|sibling| !mine.contains(&sibling.dot));
                    self.siblings.extend(more.cloned());
                }
                Causality::After | Causality::Equal => {}
            },
            Scheme::Dotted => {
                let (mine, other) = (self.dots(), theirs.dots());
                // What only one of the two has, and the other has seen, has been replaced there.
                self.siblings
                    .retain(|sibling| other.contains(&sibling.dot) || !theirs.seen.covers(&sibling.dot));
                let is_new =
                    |sibling: &&Sibling<V>| !mine.contains(&sibling.dot) && !self.seen.covers(&sibling.dot);
                let more: Vec<Sibling<V>> = theirs.siblings.iter().filter(is_new).cloned().collect();
                self.siblings.extend(more);
            }
        }
        self.seen.merge(&theirs.seen);
        let after = (self.seen.clone(), self.dots());
        if before == after {
            return false;
        }
        self.siblings.sort_by(|a, b| a.dot.cmp(&b.dot));
        true
    }

    fn dots(&self) -> Vec<crate::causality::Dot> {
        self.siblings.iter().map(|sibling| sibling.dot.clone()).collect()
    }

    fn take_by_vector(&mut self, new: &Sibling<V>) {
        let vector = new.vector();
        if self.siblings.iter().any(|old| old.vector().descends(&vector)) {
            return;
        }
        self.siblings.retain(|old| !vector.dominates(&old.vector()));
        self.siblings.push(new.clone());
    }
}
