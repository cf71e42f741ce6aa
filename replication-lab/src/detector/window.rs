//! The last intervals between heartbeats.

use std::collections::VecDeque;

use crate::time::Time;

/// A window over the last intervals, with their mean and standard deviation. Sums are whole numbers, so that nothing
/// is lost however long it slides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    size: usize,
    intervals: VecDeque<u64>,
    sum: u128,
    squares: u128,
}

impl Window {
    pub(super) fn new(size: usize) -> Self {
        Self { size: size.max(1), intervals: VecDeque::new(), sum: 0, squares: 0 }
    }

    pub(super) fn add(&mut self, interval: Time) {
        let square = |us: u64| u128::from(us) * u128::from(us);
        if self.intervals.len() == self.size
            && let Some(oldest) = self.intervals.pop_front()
        {
            self.sum -= u128::from(oldest);
            self.squares -= square(oldest);
        }
        // A thousand years: the sums of a window of a billion of them still fit.
        let us = interval.as_us().min(1 << 55);
        self.intervals.push_back(us);
        self.sum += u128::from(us);
        self.squares += square(us);
    }

    /// The mean, in ms; nothing of nothing.
    pub(super) fn mean_ms(&self) -> Option<f64> {
        (!self.intervals.is_empty()).then(|| self.sum as f64 / self.intervals.len() as f64 / 1e3)
    }

    /// The standard deviation, in ms; 0 of nothing.
    pub(super) fn deviation_ms(&self) -> f64 {
        let n = self.intervals.len() as u128;
        // n·Σx² − (Σx)² is never negative, and exact.
        let scaled = n.saturating_mul(self.squares).saturating_sub(self.sum.saturating_mul(self.sum));
        libm::sqrt(scaled as f64) / (n.max(1) as f64) / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_the_last_intervals_count(
            intervals in proptest::collection::vec(0..5_000_000u64, 1..40), size in 1..20usize,
        ) {
            let mut window = Window::new(size);
            intervals.iter().for_each(|us| window.add(Time::us(*us)));
            let last: Vec<f64> =
                intervals.iter().rev().take(size).map(|us| *us as f64 / 1e3).collect();
            let mean = last.iter().sum::<f64>() / last.len() as f64;
            let variance = last.iter().map(|ms| (ms - mean) * (ms - mean)).sum::<f64>() / last.len() as f64;
            prop_assert!((window.mean_ms().unwrap() - mean).abs() < 1e-6);
            prop_assert!((window.deviation_ms() - libm::sqrt(variance)).abs() < 1e-6);
        }
    }
}
