//! Consistent hashing: nodes and keys on one ring, a key belongs to the first nodes clockwise.
//!
//! Karger et al., *Consistent hashing and random trees*, STOC 1997; as used by Dynamo (SOSP 2007). One position a
//! node here.

use std::collections::BTreeMap;
use std::fmt;

/// Nodes at their positions on a ring of whole numbers from 0 up to, but not including, its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring<T> {
    size: u64,
    nodes: BTreeMap<u64, T>,
}

/// A position that can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RingError {
    /// It is not on the ring.
    OffTheRing {
        /// The position.
        position: u64,
        /// The ring's size.
        size: u64,
    },
    /// Another node is there.
    Taken(u64),
    /// The node has a position already.
    Twice,
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OffTheRing { position, size } => {
                write!(f, "position {position} is not on a ring of {size}: choose one below {size}")
            }
            Self::Taken(position) => write!(f, "position {position} is taken: choose another"),
            Self::Twice => f.write_str("the node is on the ring already: remove it first"),
        }
    }
}

impl std::error::Error for RingError {}

impl<T: Clone + PartialEq> Ring<T> {
    /// An empty ring.
    pub fn new(size: u64) -> Self {
        Self { size, nodes: BTreeMap::new() }
    }

    /// Puts a node on the ring.
    ///
    /// # Errors
    /// When the position is off the ring or taken, or the node is there already.
    pub fn add(&mut self, position: u64, node: T) -> Result<(), RingError> {
        if position >= self.size {
            return Err(RingError::OffTheRing { position, size: self.size });
        }
        if self.nodes.contains_key(&position) {
            return Err(RingError::Taken(position));
        }
        if self.nodes.values().any(|there| *there == node) {
            return Err(RingError::Twice);
        }
        self.nodes.insert(position, node);
        Ok(())
    }

    /// Takes a node off the ring for good: its keys move to others. (A node that is down for a while stays: its
    /// keys stay its own.) Says whether it was there.
    pub fn remove(&mut self, node: &T) -> bool {
        let before = self.nodes.len();
        self.nodes.retain(|_, there| there != node);
        self.nodes.len() < before
    }

    /// All nodes clockwise from `hash` on, beginning with the one at or after it. A hash beyond the ring's size
    /// counts from 0 again.
    pub fn clockwise(&self, hash: u64) -> impl Iterator<Item = &T> {
        let start = hash % self.size.max(1);
        self.nodes.range(start..).chain(self.nodes.range(..start)).map(|(_, node)| node)
    }

    /// The first `n` nodes clockwise from `hash` on: all there are, if there are fewer.
    pub fn replicas(&self, hash: u64, n: usize) -> Vec<T> {
        self.clockwise(hash).take(n).cloned().collect()
    }

    /// Positions and nodes, in order.
    pub fn nodes(&self) -> impl Iterator<Item = (u64, &T)> {
        self.nodes.iter().map(|(position, node)| (*position, node))
    }

    /// The positions whose set of `n` replicas differs between two rings of the same size. Looks at every
    /// position: for small rings.
    pub fn changed(&self, other: &Ring<T>, n: usize) -> Vec<u64> {
        let same = |a: &[T], b: &[T]| a.len() == b.len() && a.iter().all(|node| b.contains(node));
        (0..self.size).filter(|p| !same(&self.replicas(*p, n), &other.replicas(*p, n))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn five() -> Ring<char> {
        let mut ring = Ring::new(100);
        for (position, node) in [(10, 'A'), (30, 'B'), (55, 'C'), (75, 'D'), (90, 'E')] {
            ring.add(position, node).unwrap();
        }
        ring
    }

    fn at(ring: &Ring<char>, hash: u64) -> String {
        ring.replicas(hash, 3).into_iter().collect()
    }

    #[test]
    fn the_first_three_clockwise() {
        let ring = five();
        let lists = [40, 80, 95, 90, 91, 0].map(|hash| at(&ring, hash));
        assert_eq!(lists, ["CDE", "EAB", "ABC", "EAB", "ABC", "ABC"]);
    }

    #[test]
    fn removing_c_changes_what_c_had_and_nothing_else() {
        let (before, mut after) = (five(), five());
        assert!(after.remove(&'C'));
        assert_eq!((at(&after, 40), at(&after, 80)), ("DEA".into(), "EAB".into()));
        let changed = before.changed(&after, 3);
        let had_c: Vec<u64> = (0..100).filter(|p| before.replicas(*p, 3).contains(&'C')).collect();
        assert_eq!((changed.len(), &changed), (65, &had_c));
    }

    #[test]
    fn positions_that_cannot_be_taken() {
        let mut ring = five();
        assert_eq!(ring.add(100, 'F'), Err(RingError::OffTheRing { position: 100, size: 100 }));
        assert_eq!(ring.add(55, 'F'), Err(RingError::Taken(55)));
        assert_eq!(ring.add(56, 'C'), Err(RingError::Twice));
    }
}
