//! φ accrual, in the form of Cassandra.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::window::Window;
use crate::time::Time;

/// The settings of Cassandra's failure detector, with its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExponentialSettings {
    /// φ above which it convicts: `phi_convict_threshold`. Default 8.
    pub threshold: f64,
    /// How many intervals count. Default 1000.
    pub window: usize,
    /// What is put in the place of the first interval, large on purpose. Default 2 s, two rounds of gossip.
    pub first_estimate: Time,
    /// Longer intervals don't count. Default 2 s.
    pub longest: Time,
}

impl Default for ExponentialSettings {
    fn default() -> Self {
        Self { threshold: 8.0, window: 1_000, first_estimate: Time::s(2), longest: Time::s(2) }
    }
}

/// φ accrual with exponential intervals: φ = silence / (mean · ln 10). It convicts after 8 · ln 10 = 18.42 mean
/// intervals of silence, however regular they were (Lakshman & Malik, *Cassandra*, LADIS 2009; in the form of
/// Cassandra's `FailureDetector`, without its allowance for pauses of the monitor itself).
#[derive(Clone, Debug, PartialEq)]
pub struct Exponential {
    settings: ExponentialSettings,
    window: Window,
    last: Option<Time>,
}

impl Default for Exponential {
    fn default() -> Self {
        Self::new(ExponentialSettings::default())
    }
}

impl Exponential {
    /// A detector that has seen nothing.
    pub fn new(settings: ExponentialSettings) -> Self {
        Self { settings, window: Window::new(settings.window), last: None }
    }

    /// The mean of the intervals in its window, in ms; nothing before the first heartbeat.
    pub fn mean_ms(&self) -> Option<f64> {
        self.window.mean_ms()
    }
}

impl Detector for Exponential {
    fn name(&self) -> String {
        format!("φ accrual, exponential, φ > {}", self.settings.threshold)
    }

    fn heartbeat(&mut self, at: Time) {
        match self.last {
            None => self.window.add(self.settings.first_estimate),
            Some(last) if at.since(last) <= self.settings.longest => self.window.add(at.since(last)),
            Some(_) => {}
        }
        self.last = Some(at);
    }

    fn suspicion(&self, at: Time) -> f64 {
        let (Some(last), Some(mean)) = (self.last, self.window.mean_ms()) else { return 0.0 };
        at.since(last).as_ms() / mean * std::f64::consts::LOG10_E
    }

    fn convicts(&self, at: Time) -> bool {
        self.suspicion(at) > self.settings.threshold
    }

    fn boxed_clone(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::patience;

    #[test]
    fn it_waits_eighteen_mean_intervals_however_long_they_are() {
        for interval in [10, 1_000, 1_999] {
            let mut detector = Exponential::default();
            (1..=1_001).for_each(|beat| detector.heartbeat(Time::ms(beat * interval)));
            let last = Time::ms(1_001 * interval);
            let patience = patience(&detector, last, Time::s(1_000)).unwrap();
            assert!((patience.as_ms() / interval as f64 - 18.4207).abs() < 0.001, "{patience}");
        }
    }

    #[test]
    fn long_intervals_do_not_count() {
        let mut detector = Exponential::default();
        [0, 1, 2, 30].into_iter().for_each(|s| detector.heartbeat(Time::s(s)));
        assert!((detector.mean_ms().unwrap() - 4_000.0 / 3.0).abs() < 1e-9);
    }
}
