//! Zones: racks, rooms, availability zones, which fail as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::Ring;
use crate::view::{Figure, Table};

/// A ring whose nodes stand in zones.
///
/// [`replicas_in_zones`](Self::replicas_in_zones) walks clockwise like [`Ring::replicas`], and passes over nodes of zones
/// that hold a replica already, as Cassandra's `NetworkTopologyStrategy` does with the racks of a datacentre.
///
/// # Limits
/// With fewer zones than replicas, some zones hold several: each zone holds one, and the rest lies wherever the walk
/// comes by first, so that one zone may hold much more than another. With two zones, one of them always holds a majority
/// of three replicas: for a majority to survive any zone, there must be three. Zones of very different sizes make the
/// nodes of the small ones full: with three zones and three replicas, each zone holds a copy of everything.
///
/// # Examples
/// ```
/// use replication_lab::ring::{Placement, Ring, Zoned};
///
/// let mut ring = Ring::new(100);
/// for (position, node) in [(10, "a1"), (30, "a2"), (50, "b1"), (70, "b2"), (90, "c1")] {
///     ring.add(position, node)?;
/// }
/// let zoned = Zoned::new(ring, |node| node.chars().next());
/// assert_eq!(zoned.ring().replicas(5, 3), ["a1", "a2", "b1"]);
/// assert_eq!(zoned.replicas_in_zones(5, 3), ["a1", "b1", "c1"]);
/// assert_eq!(zoned.loss(&Some('a'), 3, Placement::ByZone).majority, 0.0);
/// # Ok::<(), replication_lab::ring::RingError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zoned<T, Z> {
    ring: Ring<T>,
    zones: BTreeMap<T, Z>,
}

/// How the replicas of a key are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The first nodes clockwise, wherever they stand.
    Clockwise,
    /// Clockwise, with as many zones as possible.
    ByZone,
}

/// What the loss of one zone takes, as shares of the key space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoneLoss {
    /// Keys that lose all their replicas: if the zone is destroyed, the data is gone.
    pub all: f64,
    /// Keys that keep no majority of their replicas: no quorum until the zone is back. Those of `all` are among them.
    pub majority: f64,
}

impl<T: Clone + Ord, Z: Clone + Ord> Zoned<T, Z> {
    /// The ring, with the zone of each of its nodes.
    pub fn new(ring: Ring<T>, zone: impl Fn(&T) -> Z) -> Self {
        let zones = ring.nodes().map(|(_, node)| (node.clone(), zone(node))).collect();
        Self { ring, zones }
    }

    /// The ring itself.
    pub fn ring(&self) -> &Ring<T> {
        &self.ring
    }

    /// The zones in which nodes of the ring stand.
    pub fn zones(&self) -> BTreeSet<&Z> {
        self.zones.values().collect()
    }

    /// `n` nodes clockwise from `hash` on, in their order, in as many zones as possible: a node of a zone that has a
    /// replica already is taken only if the zones that are left can't fill the list. So with as many zones as replicas,
    /// no zone has two; with fewer, `n` less the number of zones may be repeated, the first that come by.
    pub fn replicas_in_zones(&self, hash: u64, n: usize) -> Vec<T> {
        let mut repeats = n.saturating_sub(self.zones().len());
        let mut taken = BTreeSet::new();
        let fits = |node: &&T| {
            let new = taken.insert(self.zones.get(*node));
            let repeated = !new && repeats > 0;
            repeats -= usize::from(repeated);
            new || repeated
        };
        self.ring.clockwise(hash).filter(fits).take(n).cloned().collect()
    }

    /// What the loss of a zone takes of keys with `n` replicas.
    pub fn loss(&self, zone: &Z, n: usize, placement: Placement) -> ZoneLoss {
        let mut loss = ZoneLoss { all: 0.0, majority: 0.0 };
        for (position, arc, _) in self.ring.arcs() {
            let share = arc as f64 / self.ring.size() as f64;
            let replicas = match placement {
                Placement::Clockwise => self.ring.replicas(position, n),
                Placement::ByZone => self.replicas_in_zones(position, n),
            };
            let lost = replicas.iter().filter(|node| self.zones.get(*node) == Some(zone)).count();
            if lost == replicas.len() {
                loss.all += share;
            }
            if 2 * (replicas.len() - lost) <= replicas.len() {
                loss.majority += share;
            }
        }
        loss
    }
}

impl<T: Clone + Ord, Z: Clone + Ord + Display> Zoned<T, Z> {
    /// For each zone what its loss takes of keys with `n` replicas, with and without regard to zones.
    pub fn losses(&self, n: usize) -> Figure {
        let header =
            ["lost zone", "placement", "keys that lose all replicas", "keys that lose their majority"];
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let rows = self.zones().into_iter().flat_map(|zone| {
            [(Placement::Clockwise, "clockwise"), (Placement::ByZone, "by zone")]
                .map(|(placement, name)| (zone, name, self.loss(zone, n, placement)))
        });
        let row = |table: Table, (zone, name, loss): (&Z, &str, ZoneLoss)| {
            table.row([zone.to_string(), name.into(), percent(loss.all), percent(loss.majority)])
        };
        rows.fold(Table::new(header), row).figure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn racks(racks: &str, positions: u32) -> Zoned<String, char> {
        let mut count = BTreeMap::new();
        let nodes = racks.chars().map(|rack| {
            let number = count.entry(rack).or_insert(0);
            *number += 1;
            (format!("{rack}{number}"), positions)
        });
        Zoned::new(Ring::hashed(1 << 60, nodes).unwrap(), |node| node.chars().next().unwrap_or('?'))
    }

    #[test]
    fn three_zones_keep_two_of_three_replicas_when_one_is_lost() {
        let ring = racks("aaabbbccc", 50);
        for zone in ['a', 'b', 'c'] {
            let loss = ring.loss(&zone, 3, Placement::ByZone);
            assert_eq!(loss, ZoneLoss { all: 0.0, majority: 0.0 });
        }
        insta::assert_snapshot!(ring.losses(3));
    }

    /// Of nine nodes in three zones, three random ones lie all in a given zone once in 84, and two or more of them in
    /// 19 of 84.
    #[test]
    fn without_regard_to_zones_it_is_as_likely_as_drawing_three_of_nine() {
        let ring = racks("aaabbbccc", 3_000);
        for zone in ['a', 'b', 'c'] {
            let loss = ring.loss(&zone, 3, Placement::Clockwise);
            assert!((loss.all - 1.0 / 84.0).abs() < 0.004, "{loss:?}");
            assert!((loss.majority - 19.0 / 84.0).abs() < 0.02, "{loss:?}");
        }
    }

    #[test]
    fn two_zones_cannot_save_a_majority_of_three() {
        let ring = racks("aaabbb", 50);
        let majority: f64 =
            ['a', 'b'].map(|zone| ring.loss(&zone, 3, Placement::ByZone).majority).iter().sum();
        assert!((majority - 1.0).abs() < 1e-9, "each key loses it with one of the zones: {majority}");
        assert_eq!(ring.loss(&'a', 3, Placement::ByZone).all, 0.0);
    }

    #[test]
    fn a_ring_without_nodes_has_nothing_to_lose() {
        let ring = racks("", 50);
        assert!(ring.replicas_in_zones(7, 3).is_empty());
        assert_eq!(ring.loss(&'a', 3, Placement::ByZone), ZoneLoss { all: 0.0, majority: 0.0 });
    }

    proptest! {
        #[test]
        fn as_many_zones_as_possible_and_as_many_replicas_as_there_are_nodes(
            zones in "[a-d]{1,8}", hash in 0..1u64 << 60, n in 1..6usize,
        ) {
            let ring = racks(&zones, 4);
            let list = ring.replicas_in_zones(hash, n);
            let distinct: BTreeSet<&String> = list.iter().collect();
            let of_list: BTreeSet<&char> = list.iter().map(|node| &ring.zones[node]).collect();
            prop_assert_eq!(list.len(), n.min(zones.len()));
            prop_assert_eq!(distinct.len(), list.len());
            prop_assert_eq!(of_list.len(), n.min(ring.zones().len()));
            let clockwise: Vec<&String> = ring.ring.clockwise(hash).collect();
            let places = list.iter().map(|node| clockwise.iter().position(|other| *other == node));
            prop_assert!(places.is_sorted(), "in ring order");
        }
    }
}
