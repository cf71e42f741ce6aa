//! Consistent hashing: nodes and keys on one ring, a key belongs to the first nodes clockwise.
//!
//! Karger et al., *Consistent hashing and random trees*, STOC 1997; as used by Dynamo (DeCandia et al., SOSP 2007).
//! A node may have one position, chosen by hand, or several: its virtual nodes, which make the shares of the nodes
//! more even and let a node that leaves hand its keys to many others instead of to one.
//!
//! # Limits
//! Positions are whole numbers below the ring's size. Nodes are equally strong: to give one a larger share, give it
//! more positions. Which keys are hot is not the ring's business.
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

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::rng::Rng;

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
    /// More positions are wanted than the ring has.
    Crowded {
        /// Positions that are wanted.
        wanted: u64,
        /// The ring's size.
        size: u64,
    },
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OffTheRing { position, size } => {
                write!(f, "position {position} is not on a ring of {size}: choose one below {size}")
            }
            Self::Taken(position) => write!(f, "position {position} is taken: choose another"),
            Self::Twice => f.write_str("the node is on the ring already: remove it first"),
            Self::Crowded { wanted, size } => {
                write!(f, "{wanted} positions on a ring of {size}: choose a larger ring")
            }
        }
    }
}

impl std::error::Error for RingError {}

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
        if self.nodes.values().any(|there| *there == node) {
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

    /// The positions whose set of `n` replicas differs between two rings of the same size. Looks at every
    /// position: for small rings.
    pub fn changed(&self, other: &Ring<T>, n: usize) -> Vec<u64> {
        let same = |a: &[T], b: &[T]| a.len() == b.len() && a.iter().all(|node| b.contains(node));
        (0..self.size).filter(|p| !same(&self.replicas(*p, n), &other.replicas(*p, n))).collect()
    }
}

impl<T: Clone + Ord> Ring<T> {
    /// A ring on which each of these nodes has so many positions, drawn at random.
    ///
    /// # Errors
    /// When a node is named twice, or the ring has not twice as many positions as are wanted: then drawing free ones
    /// would take long.
    pub fn at_random(
        size: u64,
        nodes: impl IntoIterator<Item = T>,
        positions: u32,
        rng: &mut Rng,
    ) -> Result<Self, RingError> {
        let mut ring = Self::new(size);
        let mut known = BTreeSet::new();
        for node in nodes {
            if !known.insert(node.clone()) {
                return Err(RingError::Twice);
            }
            ring.draw(node, positions, rng)?;
        }
        Ok(ring)
    }

    /// Puts a node on the ring, at so many free positions that are drawn at random.
    ///
    /// # Errors
    /// When the node is there already, or the ring has not twice as many positions as are wanted.
    pub fn add_at_random(&mut self, node: T, positions: u32, rng: &mut Rng) -> Result<(), RingError> {
        if self.nodes.values().any(|there| *there == node) {
            return Err(RingError::Twice);
        }
        self.draw(node, positions, rng)
    }

    fn draw(&mut self, node: T, positions: u32, rng: &mut Rng) -> Result<(), RingError> {
        let wanted = self.nodes.len() as u64 + u64::from(positions);
        if self.size / 2 < wanted {
            return Err(RingError::Crowded { wanted, size: self.size });
        }
        let end = wanted as usize;
        while self.nodes.len() < end {
            self.nodes.entry(rng.below(self.size)).or_insert_with(|| node.clone());
        }
        Ok(())
    }

    /// The share of the ring that each node has as its first replica. They add up to 1, unless nobody is there.
    pub fn shares(&self) -> BTreeMap<T, f64> {
        let mut shares: BTreeMap<T, f64> = BTreeMap::new();
        for (arc, node) in self.arcs() {
            *shares.entry(node.clone()).or_default() += arc as f64 / self.size as f64;
        }
        shares
    }

    /// The share of the ring whose first replica is another one on a later ring of the same size, by old and new
    /// owner: what has to move. Nothing if one of the rings is empty.
    pub fn moves(&self, later: &Ring<T>) -> BTreeMap<(T, T), f64> {
        let mut moves: BTreeMap<(T, T), f64> = BTreeMap::new();
        let mut ends: Vec<u64> = self.nodes.keys().chain(later.nodes.keys()).copied().collect();
        ends.sort_unstable();
        ends.dedup();
        // Between two neighbouring ends, both rings have one owner each: that of the upper end.
        for (place, end) in ends.iter().enumerate() {
            let begin = ends[(place + ends.len() - 1) % ends.len()];
            if let (Some(before), Some(after)) = (self.owner(*end), later.owner(*end))
                && before != after
            {
                let arc = self.distance(begin, *end) as f64 / self.size as f64;
                *moves.entry((before.clone(), after.clone())).or_default() += arc;
            }
        }
        moves
    }

    fn owner(&self, hash: u64) -> Option<&T> {
        self.nodes.range(hash..).next().or_else(|| self.nodes.iter().next()).map(|(_, node)| node)
    }

    /// How far it is clockwise from one position to another: once around, if they are the same.
    fn distance(&self, from: u64, to: u64) -> u64 {
        match to.checked_sub(from) {
            Some(0) => self.size,
            Some(distance) => distance,
            None => self.size - (from - to),
        }
    }

    /// The positions that belong to each position, itself and those since the one before it, and its node.
    fn arcs(&self) -> impl Iterator<Item = (u64, &T)> {
        let mut before = self.nodes.keys().next_back().copied().unwrap_or(0);
        self.nodes.iter().map(move |(position, node)| {
            let arc = self.distance(before, *position);
            before = *position;
            (arc, node)
        })
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
        }
    }
}
