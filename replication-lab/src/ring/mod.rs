//! Consistent hashing: nodes and keys on one ring, a key belongs to the first nodes clockwise.
//!
//! Karger et al., *Consistent hashing and random trees*, STOC 1997; as used by Dynamo (DeCandia et al., SOSP 2007).
//! A node may have one position, chosen by hand, or several: its virtual nodes, which make the shares of the nodes
//! more even and let a node that leaves hand its keys to many others instead of to one.
//!
//! Positions come from the hand, from a generator ([`Ring::at_random`]) or from a hash of the node's name
//! ([`Ring::hashed`]). [`Zoned`] spreads the replicas of a key over zones; [`RingPicture`](crate::view::RingPicture)
//! draws a ring.
//!
//! # Limits
//! Positions are whole numbers below the ring's size. To give a stronger node a larger share, give it more positions.
//! Which keys are hot is not the ring's business.
//!
//! # Examples
//! ```
//! use replication_lab::ring::Ring;
//! use replication_lab::rng::{Rng, Stream};
//!
//! let mut ring = Ring::new(100);
//! ring.add(10, "A")?;
//! ring.add_virtual([40, 70], "B")?;
//! assert_eq!(ring.replicas(50, 2), ["B", "A"], "B is at 70, and A at 10, behind the end");
//! assert_eq!(ring.shares()["B"], 0.6, "B has the positions from 11 to 70");
//!
//! // A hundred positions each, drawn at random: no share is far from a fifth.
//! let ring = Ring::at_random(1 << 32, 0..5, 100, &mut Rng::new(7, Stream::Workload))?;
//! assert!(ring.shares().values().all(|share| (0.14..0.26).contains(share)));
//! # Ok::<(), replication_lab::ring::RingError>(())
//! ```

use std::collections::BTreeMap;

mod error;
mod hashed;
mod random;
mod shares;
mod zones;

pub use error::RingError;
pub use hashed::place;
pub use zones::{Placement, ZoneLoss, Zoned};

/// Nodes at their positions on a ring of whole numbers from 0 up to, but not including, its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring<T> {
    size: u64,
    nodes: BTreeMap<u64, T>,
}

impl<T: Clone + PartialEq> Ring<T> {
    /// An empty ring.
    pub fn new(size: u64) -> Self {
        Self { size, nodes: BTreeMap::new() }
    }

    /// Puts a node on the ring, at one position.
    ///
    /// # Errors
    /// When the position is off the ring or taken, or the node is there already.
    pub fn add(&mut self, position: u64, node: T) -> Result<(), RingError> {
        self.add_virtual([position], node)
    }

    /// Puts a node on the ring, at several positions: its virtual nodes.
    ///
    /// # Errors
    /// When a position is off the ring or taken, or the node is there already; then nothing is added.
    pub fn add_virtual(
        &mut self,
        positions: impl IntoIterator<Item = u64>,
        node: T,
    ) -> Result<(), RingError> {
        let mut new = BTreeMap::new();
        for position in positions {
            if position >= self.size {
                return Err(RingError::OffTheRing { position, size: self.size });
            }
            if self.nodes.contains_key(&position) || new.insert(position, node.clone()).is_some() {
                return Err(RingError::Taken(position));
            }
        }
        if self.has(&node) {
            return Err(RingError::Twice);
        }
        self.nodes.append(&mut new);
        Ok(())
    }

    /// Takes a node off the ring for good: its keys move to others. (A node that is down for a while stays: its
    /// keys stay its own.) Says whether it was there.
    pub fn remove(&mut self, node: &T) -> bool {
        let before = self.nodes.len();
        self.nodes.retain(|_, there| there != node);
        self.nodes.len() < before
    }

    /// All nodes clockwise from `hash` on, each once, beginning with the one at or after it. A hash beyond the
    /// ring's size counts from 0 again.
    pub fn clockwise(&self, hash: u64) -> impl Iterator<Item = &T> {
        let start = hash % self.size.max(1);
        let mut seen: Vec<&T> = Vec::new();
        self.nodes.range(start..).chain(self.nodes.range(..start)).filter_map(move |(_, node)| {
            let first = !seen.contains(&node);
            if first {
                seen.push(node);
            }
            first.then_some(node)
        })
    }

    /// The first `n` nodes clockwise from `hash` on: all there are, if there are fewer.
    pub fn replicas(&self, hash: u64, n: usize) -> Vec<T> {
        self.clockwise(hash).take(n).cloned().collect()
    }

    /// Positions and nodes, in order; a node with several positions comes several times.
    pub fn nodes(&self) -> impl Iterator<Item = (u64, &T)> {
        self.nodes.iter().map(|(position, node)| (*position, node))
    }

    /// Puts all nodes of another ring on this one, each at its positions there.
    ///
    /// # Errors
    /// When the rings have different sizes, a node is on both, or a position is taken; then nothing is added.
    pub fn join(&mut self, other: Ring<T>) -> Result<(), RingError> {
        if other.size != self.size {
            return Err(RingError::OtherSize { size: self.size, other: other.size });
        }
        if let Some(position) = other.nodes.keys().find(|position| self.nodes.contains_key(position)) {
            return Err(RingError::Taken(*position));
        }
        if other.nodes.values().any(|node| self.has(node)) {
            return Err(RingError::Twice);
        }
        self.nodes.extend(other.nodes);
        Ok(())
    }

    /// How many positions there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    fn has(&self, node: &T) -> bool {
        self.nodes.values().any(|there| there == node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};
    use proptest::prelude::*;

    fn rng(seed: u64) -> Rng {
        Rng::new(seed, Stream::Workload)
    }

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
        assert_eq!(ring.add_virtual([56, 57, 56], 'F'), Err(RingError::Taken(56)));
        assert_eq!(ring.add_virtual([56, 75], 'F'), Err(RingError::Taken(75)));
        assert_eq!(ring, five(), "what fails adds nothing");
        let crowded = ring.add_at_random('F', 46, &mut rng(1)).unwrap_err();
        assert_eq!(crowded.to_string(), "51 positions on a ring of 100: choose a larger ring");
        assert_eq!(ring.add_at_random('A', 1, &mut rng(1)), Err(RingError::Twice));
        assert_eq!(Ring::at_random(100, ['A', 'A'], 1, &mut rng(1)), Err(RingError::Twice));
    }

    #[test]
    fn rings_are_joined_if_they_share_neither_positions_nor_nodes() {
        let ring = |nodes: &[(u64, char)]| {
            let mut ring = Ring::new(100);
            nodes.iter().for_each(|(position, node)| ring.add(*position, *node).unwrap());
            ring
        };
        let mut joined = ring(&[(10, 'A'), (55, 'C')]);
        joined.join(ring(&[(30, 'B'), (75, 'D'), (90, 'E')])).unwrap();
        assert_eq!(joined, five());
        assert_eq!(joined.join(ring(&[(55, 'F')])), Err(RingError::Taken(55)));
        assert_eq!(joined.join(ring(&[(56, 'C')])), Err(RingError::Twice));
        let other = joined.join(Ring::new(360)).unwrap_err();
        assert_eq!(
            other.to_string(),
            "a ring of 360 does not fit on a ring of 100: build both with the same size"
        );
        assert_eq!(joined, five(), "what fails adds nothing");
    }

    #[test]
    fn a_replica_list_names_every_node_once() {
        let mut ring = Ring::new(100);
        ring.add_virtual([10, 20, 60], 'A').unwrap();
        ring.add_virtual([30, 70], 'B').unwrap();
        ring.add_virtual([40], 'C').unwrap();
        assert_eq!([5, 25, 35, 65].map(|hash| at(&ring, hash)), ["ABC", "BCA", "CAB", "BAC"]);
        assert!(ring.remove(&'A'));
        assert_eq!([5, 25, 35, 65].map(|hash| at(&ring, hash)), ["BC", "BC", "CB", "BC"]);
    }

    proptest! {
        #[test]
        fn shares_and_moves_are_what_counting_the_positions_gives(
            seed in any::<u64>(), nodes in 1..5u8, positions in 1..4u32,
        ) {
            let mut rng = rng(seed);
            let before = Ring::at_random(64, 0..nodes, positions, &mut rng).unwrap();
            let mut after = before.clone();
            after.add_at_random(nodes, positions, &mut rng).unwrap();
            let first = |ring: &Ring<u8>, hash| ring.replicas(hash, 1)[0];
            let mut shares: BTreeMap<u8, f64> = BTreeMap::new();
            let mut moves: BTreeMap<(u8, u8), f64> = BTreeMap::new();
            for hash in 0..64 {
                let (old, new) = (first(&before, hash), first(&after, hash));
                *shares.entry(old).or_default() += 1.0 / 64.0;
                if old != new {
                    *moves.entry((old, new)).or_default() += 1.0 / 64.0;
                }
            }
            prop_assert_eq!(before.shares(), shares);
            prop_assert!(moves.keys().all(|(_, new)| *new == nodes), "all to the one that joined");
            prop_assert_eq!(before.moves(&after), moves);
            for n in 1..4 {
                let share = before.changed(&after, n).len() as f64 / 64.0;
                prop_assert_eq!(before.changed_share(&after, n), share);
            }
        }
    }
}
