//! How evenly consistent hashing spreads keys.
//!
//! # Model
//! n nodes with V positions each, uniform and independent on a ring that is fine enough to be continuous (2⁶⁰
//! positions), and keys uniform as well: the share of the keys that is a node's own is the length of the arcs that end
//! at its positions. The nV arcs are uniform spacings, so a node's share is Beta(V, (n − 1)V): its mean is 1/n and its
//! coefficient of variation √((n − 1)/(nV + 1)). With V = 1 the largest of n spacings is on average
//! (1 + 1/2 + … + 1/n)/n. A node that joins takes 1/(n + 1) of the keys, and from nobody to nobody else.
//!
//! # Limits
//! Shares of the key space, not of the load: each key counts the same.

use super::estimate::Estimate;
use super::parallel::{in_parallel, parts};
use super::{Row, Section, Settings, Tolerance};
use crate::ring::{Ring, RingError};
use crate::rng::{Rng, Stream};
use crate::view::Table;

/// Rings with nodes at random positions, and what is measured of them.
///
/// # Examples
/// ```
/// use replication_lab::published::hashing::Rings;
/// let shares = Rings { nodes: 10, positions: 100, rings: 200, seed: 1 }.shares()?;
/// assert!((shares.variation.value - 0.095).abs() < 0.01);
/// # Ok::<(), replication_lab::ring::RingError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rings {
    /// n: nodes on each ring.
    pub nodes: u32,
    /// V: positions of each node.
    pub positions: u32,
    /// How many rings are drawn.
    pub rings: u64,
    /// Seed of all draws.
    pub seed: u64,
}

/// How the shares of the nodes are distributed. All but the first are relative to the mean share 1/n.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// The mean share of one node, always the same one, over the rings.
    pub mean: Estimate,
    /// The standard deviation over all nodes and rings: the coefficient of variation.
    pub variation: Estimate,
    /// The mean, over the rings, of the largest share.
    pub largest: Estimate,
    /// The 0.5th and the 99.5th percentile over all nodes and rings: between them are 99 % of the shares.
    pub interval: (Estimate, Estimate),
}

/// What a node that joins makes move, as shares of the ring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Joined {
    /// To the new node.
    pub to_new: Estimate,
    /// Between nodes that were there before, on all rings together.
    pub between_old: f64,
}

/// Positions on a ring.
const SIZE: u64 = 1 << 60;

impl Rings {
    /// Measures the nodes' shares.
    ///
    /// # Errors
    /// When the ring is too small for so many positions.
    pub fn shares(&self) -> Result<Shares, RingError> {
        let n = f64::from(self.nodes);
        let all: Vec<Vec<f64>> = self.of_each_ring(|rng| {
            let shares = Ring::at_random(SIZE, 0..self.nodes, self.positions, rng)?.shares();
            Ok(shares.into_values().map(|share| n * share).collect())
        })?;
        let of_rings = |of: &dyn Fn(&[f64]) -> f64| -> Vec<f64> { all.iter().map(|ring| of(ring)).collect() };
        let first = Estimate::mean(&of_rings(&|ring| ring.first().copied().unwrap_or(0.0)));
        // Shares of one ring depend on each other, rings do not: so the ring is the unit of the standard error.
        let squares =
            of_rings(&|ring| ring.iter().map(|share| (share - 1.0) * (share - 1.0)).sum::<f64>() / n);
        let variance = Estimate::mean(&squares);
        let deviation = libm::sqrt(variance.value);
        let mut pooled: Vec<f64> = all.iter().flatten().copied().collect();
        Ok(Shares {
            mean: Estimate { value: first.value / n, standard_error: first.standard_error / n },
            variation: Estimate {
                value: deviation,
                standard_error: if deviation > 0.0 {
                    variance.standard_error / (2.0 * deviation)
                } else {
                    0.0
                },
            },
            largest: Estimate::mean(&of_rings(&|ring| ring.iter().copied().fold(0.0, f64::max))),
            interval: (Estimate::quantile(&mut pooled, 0.005), Estimate::quantile(&mut pooled, 0.995)),
        })
    }

    /// Lets one node more join, and measures what moves.
    ///
    /// # Errors
    /// When the ring is too small for so many positions.
    pub fn join(&self) -> Result<Joined, RingError> {
        let moved = self.of_each_ring(|rng| {
            let before = Ring::at_random(SIZE, 0..self.nodes, self.positions, rng)?;
            let mut after = before.clone();
            after.add_at_random(self.nodes, self.positions, rng)?;
            let (mut to_new, mut between_old) = (0.0, 0.0);
            for ((_, owner), share) in before.moves(&after) {
                *(if owner == self.nodes { &mut to_new } else { &mut between_old }) += share;
            }
            Ok((to_new, between_old))
        })?;
        let to_new: Vec<f64> = moved.iter().map(|(to_new, _)| *to_new).collect();
        let between_old = moved.iter().map(|(_, between_old)| between_old).sum();
        Ok(Joined { to_new: Estimate::mean(&to_new), between_old })
    }

    fn of_each_ring<T: Send>(
        &self,
        measure: impl Fn(&mut Rng) -> Result<T, RingError> + Sync,
    ) -> Result<Vec<T>, RingError> {
        let parts = parts(self.rings);
        let base = Rng::new(self.seed, Stream::Workload).bits();
        let measured = in_parallel(parts.len(), |part| {
            let mut rng = Rng::new(base.wrapping_add(part as u64), Stream::Workload);
            (0..parts[part]).map(|_| measure(&mut rng)).collect::<Result<Vec<T>, RingError>>()
        });
        Ok(measured.into_iter().collect::<Result<Vec<Vec<T>>, RingError>>()?.into_iter().flatten().collect())
    }
}

/// The coefficient of variation of a node's share: √((n − 1)/(nV + 1)).
pub fn variation(nodes: u32, positions: u32) -> f64 {
    let (n, v) = (f64::from(nodes), f64::from(positions));
    libm::sqrt((n - 1.0) / (n * v + 1.0))
}

/// How even the shares are by number of positions, beside the closed form: one row for each of `positions`.
///
/// # Errors
/// When the ring is too small for so many positions.
///
/// # Examples
/// ```
/// let table = replication_lab::published::hashing::balance(5, &[1, 150], 50, 1)?;
/// assert!(table.figure().as_text().lines().last().is_some_and(|row| row.starts_with("| 150 ")));
/// # Ok::<(), replication_lab::ring::RingError>(())
/// ```
pub fn balance(nodes: u32, positions: &[u32], rings: u64, seed: u64) -> Result<Table, RingError> {
    let header = ["positions a node", "deviation / mean", "by the formula", "largest share / mean"];
    let row = |table: Table, positions: &u32| {
        let shares = Rings { nodes, positions: *positions, rings, seed }.shares()?;
        let measured = [shares.variation.value, variation(nodes, *positions), shares.largest.value];
        let cells = measured.map(|value| format!("{value:.3}"));
        Ok(table.row(std::iter::once(positions.to_string()).chain(cells)))
    };
    positions.iter().try_fold(Table::new(header), row)
}

/// All rows about consistent hashing.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for nodes in [3, 10, 100] {
        for positions in [1, 8, 16, 100, 256, 1000] {
            rows.extend(share_rows(&rings(nodes, positions, settings)));
        }
        for positions in [1, 16, 100] {
            rows.extend(join_rows(&rings(nodes, positions, settings)));
        }
    }
    rows
}

/// As many rings as have four positions for each trial: with many positions, few rings show the same spread.
fn rings(nodes: u32, positions: u32, settings: &Settings) -> Rings {
    let affordable = 4 * settings.trials / u64::from(nodes * positions);
    Rings { nodes, positions, rings: affordable.clamp(8, settings.trials.max(8)), seed: settings.seed }
}

fn share_rows(rings: &Rings) -> Vec<Row> {
    let shares = rings.shares().expect("the ring has more positions than anybody needs");
    let Rings { nodes, positions, .. } = *rings;
    let n = f64::from(nodes);
    let row = |quantity: &str, measured: Estimate| {
        Row::number(Section::Hashing, format!("n={nodes} V={positions}: {quantity}"), measured)
    };
    // As a rule of thumb for many nodes, which a hundred are.
    let published = match (nodes, positions) {
        (100, 100) => Some(0.10),
        (100, 1000) => Some(0.032),
        _ => None,
    };
    let mut rows = vec![
        row("mean share of a node", shares.mean).reference(1.0 / n).within(Tolerance::Relative(0.02)),
        row("standard deviation / mean", shares.variation)
            .published(published)
            .reference(variation(nodes, positions))
            .within(Tolerance::Relative(0.02)),
    ];
    if positions == 1 {
        let harmonic = (1..=nodes).map(|i| 1.0 / f64::from(i)).sum::<f64>();
        let largest = row("largest share / mean", shares.largest);
        rows.push(largest.reference(harmonic).within(Tolerance::Relative(0.02)));
    }
    if (nodes, positions) == (100, 100) {
        let (low, high) = shares.interval;
        for (percentile, measured, published) in [("0.5th", low, 0.76), ("99.5th", high, 1.28)] {
            let row = row(&format!("{percentile} percentile / mean"), measured).published(Some(published));
            rows.push(row.within(Tolerance::Absolute(0.01)));
        }
    }
    rows
}

fn join_rows(rings: &Rings) -> [Row; 2] {
    let joined = rings.join().expect("the ring has more positions than anybody needs");
    let Rings { nodes, positions, .. } = *rings;
    let row = |quantity: &str, measured: Estimate| {
        Row::number(Section::Hashing, format!("n={nodes} V={positions}: {quantity}"), measured)
    };
    let to_new = row("share that a join moves to the new node", joined.to_new);
    [
        to_new.reference(1.0 / f64::from(nodes + 1)).within(Tolerance::Relative(0.02)),
        row("share that a join moves between old nodes", Estimate::exact(joined.between_old)).reference(0.0),
    ]
}
