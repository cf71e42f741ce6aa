//! Who sends what to whom.

use std::collections::BTreeSet;
use std::fmt;

/// How leaders are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topology {
    /// Each passes everything on to the next one (MySQL: circular replication).
    Ring,
    /// All talk to one, the first, which passes everything on.
    Star,
    /// Everyone sends his own changes to everyone.
    #[default]
    AllToAll,
}

impl Topology {
    /// All of them.
    pub const ALL: [Topology; 3] = [Self::Ring, Self::Star, Self::AllToAll];

    /// To whom a leader passes on a change, of these leaders (numbers in ascending order): the neighbours that have
    /// not had it. `visited` are those through which it has come, its origin first; empty if it is the leader's own.
    pub fn targets(self, me: usize, members: &[usize], visited: &[usize]) -> Vec<usize> {
        let fresh = |id: &usize| *id != me && !visited.contains(id);
        let Some(place) = members.iter().position(|id| *id == me) else { return Vec::new() };
        match self {
            Self::Ring => vec![members[(place + 1) % members.len()]].into_iter().filter(fresh).collect(),
            Self::Star if place == 0 => members.iter().copied().filter(fresh).collect(),
            Self::Star => members[..1].iter().copied().filter(fresh).collect(),
            Self::AllToAll if visited.is_empty() => members.iter().copied().filter(fresh).collect(),
            Self::AllToAll => Vec::new(),
        }
    }

    /// How many links `n` leaders need: n in a ring (one way), n − 1 in a star, n(n − 1)/2 from each to each.
    pub fn links(self, n: usize) -> usize {
        match self {
            Self::Ring if n > 1 => n,
            Self::Star => n.saturating_sub(1),
            Self::AllToAll => n * n.saturating_sub(1) / 2,
            Self::Ring => 0,
        }
    }

    /// Of `n` leaders, 0 to n − 1, those that a change of `origin` reaches while `dead` are down. The origin is among
    /// them; nobody, if it is down itself.
    pub fn reached(self, origin: usize, n: usize, dead: &[usize]) -> BTreeSet<usize> {
        let members: Vec<usize> = (0..n).collect();
        let mut reached = BTreeSet::new();
        let mut open = vec![(origin, Vec::new())];
        while let Some((at, visited)) = open.pop() {
            if at >= n || dead.contains(&at) || !reached.insert(at) {
                continue;
            }
            let path: Vec<usize> = visited.iter().copied().chain([at]).collect();
            open.extend(self.targets(at, &members, &visited).into_iter().map(|next| (next, path.clone())));
        }
        reached
    }
}

impl fmt::Display for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ring => "ring",
            Self::Star => "star",
            Self::AllToAll => "all to all",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_five_leaders() {
        assert_eq!(Topology::ALL.map(|topology| topology.links(5)), [5, 4, 10]);
        assert_eq!(Topology::ALL.map(|topology| topology.links(2)), [2, 1, 1]);
        assert_eq!(Topology::ALL.map(|topology| topology.links(1)), [0, 0, 0]);
        assert_eq!(Topology::ALL.map(|topology| topology.links(0)), [0, 0, 0]);
    }

    #[test]
    fn everyone_is_reached_once_while_nobody_is_dead() {
        for topology in Topology::ALL {
            for n in 1..7 {
                for origin in 0..n {
                    assert_eq!(topology.reached(origin, n, &[]).len(), n, "{topology} of {n}");
                }
            }
        }
    }

    #[test]
    fn who_is_cut_off_by_one_death() {
        let of = |topology: Topology, origin, dead| {
            topology.reached(origin, 5, &[dead]).into_iter().map(|id| id.to_string()).collect::<String>()
        };
        assert_eq!(of(Topology::Ring, 0, 2), "01", "3 and 4 are behind the dead one");
        assert_eq!(of(Topology::Ring, 3, 2), "0134", "those before it hear of it");
        assert_eq!(of(Topology::Star, 1, 0), "1", "without its root nobody hears anything");
        assert_eq!(of(Topology::Star, 1, 2), "0134");
        assert_eq!(of(Topology::AllToAll, 1, 2), "0134");
        assert_eq!(of(Topology::AllToAll, 2, 2), "");
    }
}
