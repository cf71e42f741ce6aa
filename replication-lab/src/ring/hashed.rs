//! Positions by a hash of the node's name.
//!
//! Everybody who knows the names computes the same ring, and nobody has to agree on positions: position number i of a
//! node is [`place`] of `"name:i"`. The hash is XXH3, in its 64-bit form, scaled down to the ring's size. Textbook code takes MD5
//! instead; any hash that spreads well will do, and each gives other lists and other shares. So figures that were
//! measured with MD5 hold for MD5 alone; those in the tests below are ours.

use std::fmt::Display;

use xxhash_rust::xxh3::xxh3_64;

use super::{Ring, RingError};

/// Where a text is on a ring of this size: XXH3 (64 bits) of its UTF-8, times the size, divided by 2⁶⁴ and rounded down.
/// Scaling keeps the order of the hashes, so that large rings of different sizes give the same lists.
///
/// # Examples
/// ```
/// use replication_lab::ring::place;
/// assert_eq!(place("user:42", 1 << 60), place("user:42", 1 << 60));
/// assert!(place("user:42", 100) < 100);
/// ```
pub fn place(text: &str, size: u64) -> u64 {
    ((u128::from(xxh3_64(text.as_bytes())) * u128::from(size)) >> 64) as u64
}

impl<T: Clone + PartialEq + Display> Ring<T> {
    /// A ring on which each of these nodes has so many positions, by the hash of its name. A node that is twice as
    /// strong gets twice as many.
    ///
    /// # Errors
    /// When a node is named twice or has no positions, or two names have the same hash. On a ring of 2⁶⁰ positions that
    /// happens to one of a million million rings with a thousand positions; on a ring of 100 to nearly every one.
    ///
    /// # Examples
    /// ```
    /// use replication_lab::ring::Ring;
    /// // B has twice as many disks as A and C.
    /// let ring = Ring::hashed(1 << 60, [("A", 200), ("B", 400), ("C", 200)])?;
    /// let share = ring.shares()["B"];
    /// assert!((0.45..0.55).contains(&share), "about one half: {share}");
    /// # Ok::<(), replication_lab::ring::RingError>(())
    /// ```
    pub fn hashed(size: u64, nodes: impl IntoIterator<Item = (T, u32)>) -> Result<Self, RingError> {
        let mut ring = Self::new(size);
        for (node, positions) in nodes {
            ring.add_hashed(node, positions)?;
        }
        Ok(ring)
    }

    /// Puts a node on the ring, at so many positions by the hash of its name.
    ///
    /// # Errors
    /// When the node is there already, it has no positions, or one of them is taken; then nothing is added.
    pub fn add_hashed(&mut self, node: T, positions: u32) -> Result<(), RingError> {
        if positions == 0 {
            return Err(RingError::NoPositions);
        }
        if self.has(&node) {
            return Err(RingError::Twice);
        }
        let hashes: Vec<u64> = (0..positions).map(|i| place(&format!("{node}:{i}"), self.size)).collect();
        self.add_virtual(hashes, node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: u64 = 1 << 60;

    fn named(nodes: &str, positions: u32) -> Ring<String> {
        Ring::hashed(SIZE, nodes.chars().map(|node| (format!("node{node}"), positions))).unwrap()
    }

    fn list(ring: &Ring<String>, key: &str) -> String {
        ring.replicas(place(key, SIZE), 3).iter().filter_map(|node| node.chars().last()).collect()
    }

    #[test]
    fn the_order_in_which_nodes_are_added_does_not_matter() {
        assert_eq!(named("ABCDE", 150), named("DBEAC", 150));
    }

    #[test]
    fn names_that_collide_and_nodes_that_are_there_already_are_refused() {
        let mut ring = named("AB", 10);
        assert_eq!(ring.add_hashed("nodeA".into(), 10), Err(RingError::Twice));
        assert_eq!(ring.add_hashed("nodeC".into(), 0), Err(RingError::NoPositions));
        assert_eq!(ring, named("AB", 10), "what fails adds nothing");
        assert!(matches!(Ring::hashed(100, [("A", 60), ("B", 60)]), Err(RingError::Taken(_))));
    }

    /// The drill's demonstration (five nodes, 150 positions each, then a sixth), with our hash.
    #[test]
    fn the_figures_of_the_drill_with_xxh3() {
        let (before, after) = (named("ABCDE", 150), named("ABCDEF", 150));
        let lists = ["user:42", "user:99"].map(|key| (list(&before, key), list(&after, key)));
        let shares: Vec<String> = before.shares().values().map(|share| format!("{share:.3}")).collect();
        let moved: f64 = before.moves(&after).values().sum();
        let changed = before.changed_share(&after, 3);
        insta::assert_debug_snapshot!((lists, shares, format!("{moved:.3}"), format!("{changed:.3}")));
    }

    #[test]
    fn more_positions_make_shares_more_even() {
        let largest = |positions| named("ABCDE", positions).shares().into_values().fold(0.0, f64::max) * 5.0;
        let largest = [1, 10, 50, 150, 500].map(|positions| format!("{:.2}", largest(positions)));
        insta::assert_debug_snapshot!(largest);
    }
}
