//! Numbers that are estimated from trials, with their standard errors.

use serde::Serialize;

/// A number and how far chance alone may have moved it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error, in the number's own unit: 0 for what is computed, not drawn.
    pub standard_error: f64,
}

impl Estimate {
    /// A number that chance has no part in.
    pub const fn exact(value: f64) -> Self {
        Self { value, standard_error: 0.0 }
    }

    /// A share: `hits` of `trials`, with the standard error √(p(1−p)/n). No trials give a share of 0.
    pub fn share(hits: u64, trials: u64) -> Self {
        let n = trials.max(1) as f64;
        let p = hits as f64 / n;
        // With no hit at all, or nothing but hits, one more trial might have been the other way: never certain.
        let q = p.clamp(1.0 / (n + 2.0), 1.0 - 1.0 / (n + 2.0));
        Self { value: p, standard_error: libm::sqrt(q * (1.0 - q) / n) }
    }

    /// The mean of a sample, with the standard error s/√n; 0 of an empty sample.
    pub fn mean(sample: &[f64]) -> Self {
        let n = sample.len().max(1) as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let squares: f64 = sample.iter().map(|x| (x - mean) * (x - mean)).sum();
        Self { value: mean, standard_error: libm::sqrt(squares / (n - 1.0).max(1.0) / n) }
    }

    /// A quantile of a sample, which is put in order: the value at the 0-based place round(`share` · n). Its standard
    /// error is the distance to the value √(n · share · (1 − share)) places below or above, the binomial standard
    /// deviation of the place itself; the larger of the two, for in a thin tail they differ. With fewer than some fifty
    /// values beyond the quantile, the error is itself uncertain. NaN of an empty sample.
    pub fn quantile(sample: &mut [f64], share: f64) -> Self {
        sample.sort_unstable_by(f64::total_cmp);
        let place = Place::of(share, sample.len());
        let Some(last) = sample.len().checked_sub(1) else { return Self::exact(f64::NAN) };
        let (low, high) = (place.at.saturating_sub(place.spread), (place.at + place.spread).min(last));
        Self::between(sample[low], sample[place.at], sample[high])
    }

    fn between(low: f64, value: f64, high: f64) -> Self {
        Self { value, standard_error: (value - low).max(high - value) }
    }
}

/// Where a quantile stands in an ordered sample.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    spread: usize,
}

impl Place {
    fn of(share: f64, n: usize) -> Self {
        let at = libm::round(share * n as f64) as usize;
        let spread = libm::round(libm::sqrt(n as f64 * share * (1.0 - share))) as usize;
        Self { at: at.min(n.saturating_sub(1)), spread: spread.max(1) }
    }
}

/// The largest values of a sample, just enough of them to read one upper quantile: what a million trials leave
/// behind, in a few kilobytes. The order in which values come doesn't matter.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    share: f64,
    trials: usize,
    keep: usize,
    floor: f64,
    largest: Vec<f64>,
}

impl Tail {
    /// For the quantile `share` of a sample of `trials` values.
    pub(super) fn new(share: f64, trials: usize) -> Self {
        let place = Place::of(share, trials);
        let keep = (trials - place.at + place.spread).min(trials).max(1);
        Self { share, trials, keep, floor: f64::NEG_INFINITY, largest: Vec::new() }
    }

    pub(super) fn add(&mut self, value: f64) {
        if value <= self.floor {
            return;
        }
        self.largest.push(value);
        if self.largest.len() >= 2 * self.keep {
            self.drop_small_ones();
        }
    }

    fn drop_small_ones(&mut self) {
        let superfluous = self.largest.len().saturating_sub(self.keep);
        if superfluous > 0 {
            self.largest.select_nth_unstable_by(superfluous, f64::total_cmp);
            self.largest.drain(..superfluous);
            self.floor = self.largest[0];
        }
    }

    /// Takes in what another part of the same sample left.
    pub(super) fn merge(&mut self, other: &Tail) {
        for value in &other.largest {
            self.add(*value);
        }
    }

    /// The quantile, by the same rule as [`Estimate::quantile`].
    pub(super) fn quantile(mut self) -> Estimate {
        self.drop_small_ones();
        self.largest.sort_unstable_by(f64::total_cmp);
        let place = Place::of(self.share, self.trials);
        // The values that were not kept lie below all that were.
        let dropped = self.trials.saturating_sub(self.largest.len());
        let at = |place: usize| self.largest.get(place.saturating_sub(dropped)).copied();
        let last = self.trials.saturating_sub(1);
        let low = at(place.at.saturating_sub(place.spread));
        match (low, at(place.at), at((place.at + place.spread).min(last))) {
            (Some(low), Some(value), Some(high)) => Estimate::between(low, value, high),
            _ => Estimate::exact(f64::NAN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Rng, Stream};
    use proptest::prelude::*;

    #[test]
    fn the_standard_error_of_a_quantile_is_what_repetition_shows() {
        // Uniform: the 99.9 % quantile of 10 000 has the standard error √(0.999 · 0.001 / 10 000) = 0.00032. What is
        // claimed is the larger of two guesses, so somewhat more.
        let mut rng = Rng::new(1, Stream::Workload);
        let repeated: Vec<Estimate> = (0..400)
            .map(|_| Estimate::quantile(&mut (0..10_000).map(|_| rng.unit()).collect::<Vec<_>>(), 0.999))
            .collect();
        let values: Vec<f64> = repeated.iter().map(|estimate| estimate.value).collect();
        let spread = Estimate::mean(&values).standard_error * libm::sqrt(400.0);
        let claimed = repeated.iter().map(|estimate| estimate.standard_error).sum::<f64>() / 400.0;
        assert!((spread - 0.00032).abs() < 0.00005, "{spread}");
        assert!((0.00032..0.00042).contains(&claimed), "{claimed}");
    }

    #[test]
    fn a_share_without_a_hit_is_not_certain() {
        assert_eq!(Estimate::share(0, 1_000).value, 0.0);
        assert!(Estimate::share(0, 1_000).standard_error > 0.0009);
    }

    proptest! {
        #[test]
        fn a_tail_knows_the_same_quantile_as_the_whole_sample(
            mut sample in proptest::collection::vec(-1e3..1e3f64, 1..400),
            share in prop_oneof![Just(0.5), Just(0.9), Just(0.99), Just(0.999)],
            cut in 0..400usize,
        ) {
            let cut = cut.min(sample.len());
            let new = || Tail::new(share, sample.len());
            let (mut first, mut second) = (new(), new());
            sample[..cut].iter().for_each(|value| first.add(*value));
            sample[cut..].iter().for_each(|value| second.add(*value));
            second.merge(&first);
            prop_assert_eq!(second.quantile(), Estimate::quantile(&mut sample, share));
        }
    }
}
