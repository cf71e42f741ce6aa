//! Positions drawn at random.

use std::collections::BTreeSet;

use super::{Ring, RingError};
use crate::rng::Rng;

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
        if self.has(&node) {
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
}
