//! How much of the ring is whose, and what moves when the nodes change.

use std::collections::BTreeMap;

use super::Ring;

impl<T: Clone + PartialEq> Ring<T> {
    /// The positions whose set of `n` replicas differs between two rings of the same size. Looks at every
    /// position: for small rings.
    pub fn changed(&self, other: &Ring<T>, n: usize) -> Vec<u64> {
        (0..self.size).filter(|p| !same(&self.replicas(*p, n), &other.replicas(*p, n))).collect()
    }
}

/// Whether two lists name the same nodes, in whatever order.
fn same<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.len() == b.len() && a.iter().all(|node| b.contains(node))
}

impl<T: Clone + Ord> Ring<T> {
    /// The share of the ring that each node has as its first replica. They add up to 1, unless nobody is there.
    pub fn shares(&self) -> BTreeMap<T, f64> {
        let mut shares: BTreeMap<T, f64> = BTreeMap::new();
        for (_, arc, node) in self.arcs() {
            *shares.entry(node.clone()).or_default() += arc as f64 / self.size as f64;
        }
        shares
    }

    /// The share of the ring whose first replica is another one on a later ring of the same size, by old and new
    /// owner: what has to move. Nothing if one of the rings is empty.
    pub fn moves(&self, later: &Ring<T>) -> BTreeMap<(T, T), f64> {
        let mut moves: BTreeMap<(T, T), f64> = BTreeMap::new();
        for (end, share) in self.common_arcs(later) {
            if let (Some(before), Some(after)) = (self.owner(end), later.owner(end))
                && before != after
            {
                *moves.entry((before.clone(), after.clone())).or_default() += share;
            }
        }
        moves
    }

    /// The share of the ring whose *set* of `n` replicas is another one on a later ring of the same size. It is more
    /// than what [`moves`](Self::moves): a node that joins is the second or third replica of keys, too.
    pub fn changed_share(&self, later: &Ring<T>, n: usize) -> f64 {
        let changed = |(end, _): &(u64, f64)| !same(&self.replicas(*end, n), &later.replicas(*end, n));
        self.common_arcs(later).into_iter().filter(changed).fold(0.0, |sum, (_, share)| sum + share)
    }

    /// The arcs into which the positions of both rings cut the circle, by their upper end, and their shares. On each
    /// of them, both rings have one list of replicas each.
    fn common_arcs(&self, later: &Ring<T>) -> Vec<(u64, f64)> {
        let mut ends: Vec<u64> = self.nodes.keys().chain(later.nodes.keys()).copied().collect();
        ends.sort_unstable();
        ends.dedup();
        let before = |place: usize| ends[(place + ends.len() - 1) % ends.len()];
        let share = |(place, end): (usize, &u64)| {
            (*end, self.distance(before(place), *end) as f64 / self.size as f64)
        };
        ends.iter().enumerate().map(share).collect()
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

    /// For each position its arc, and its node: how many positions belong to it, those since the position before it
    /// and itself.
    pub(crate) fn arcs(&self) -> impl Iterator<Item = (u64, u64, &T)> {
        let mut before = self.nodes.keys().next_back().copied().unwrap_or(0);
        self.nodes.iter().map(move |(position, node)| {
            let arc = self.distance(before, *position);
            before = *position;
            (*position, arc, node)
        })
    }
}
