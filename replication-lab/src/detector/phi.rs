//! φ accrual, in the form of Akka and Pekko.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::window::Window;
use crate::time::Time;

/// The settings of a φ accrual detector, with the defaults of Akka's and Pekko's cluster.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhiSettings {
    /// φ from which on it convicts. Default 8: in theory, one in 10⁸ convictions is for nothing.
    pub threshold: f64,
    /// How many intervals count. Default 1000.
    pub window: usize,
    /// The standard deviation is taken for at least this: regular heartbeats would make it convict at the slightest
    /// delay. Default 100 ms.
    pub minimum_deviation: Time,
    /// Silence that is borne on top of the mean interval, such as a garbage collection. Default 3 s.
    pub pause: Time,
    /// What an interval is taken for until the first one has been seen. Default 1 s.
    pub first_estimate: Time,
}

impl Default for PhiSettings {
    fn default() -> Self {
        Self {
            threshold: 8.0,
            window: 1_000,
            minimum_deviation: Time::ms(100),
            pause: Time::s(3),
            first_estimate: Time::s(1),
        }
    }
}

/// φ accrual: the suspicion is −log₁₀ of the probability that the next heartbeat comes still later, if intervals are
/// normal with the mean and the standard deviation of the last ones (Hayashibara, Défago, Yared & Katayama, *The φ
/// accrual failure detector*, SRDS 2004; in the form of Akka's and Pekko's `PhiAccrualFailureDetector`).
///
/// As there, an interval that ends a conviction does not count, and until two heartbeats have come the window holds
/// two guesses: the first estimate, less and plus a quarter.
#[derive(Clone, Debug, PartialEq)]
pub struct PhiAccrual {
    settings: PhiSettings,
    window: Window,
    last: Option<Time>,
}

impl Default for PhiAccrual {
    fn default() -> Self {
        Self::new(PhiSettings::default())
    }
}

impl PhiAccrual {
    /// A detector that has seen nothing.
    pub fn new(settings: PhiSettings) -> Self {
        Self { settings, window: Window::new(settings.window), last: None }
    }
}

/// φ after a silence, if intervals are normal with this mean and standard deviation; all three in the same unit.
///
/// The normal distribution is approximated by a logistic function, as in Akka:
/// 1/(1 + exp(−y(1.5976 + 0.070566 y²))) with y = (silence − mean)/deviation. That is within 0.001 of the normal
/// distribution, but its tail is thinner: at y = 7 it gives φ = 15.4, and the normal distribution 11.9. So 8 is
/// reached after 5.23 deviations, and not after 5.61.
///
/// # Examples
/// ```
/// use replication_lab::detector::normal_phi;
/// assert_eq!(format!("{:.1}", normal_phi(1_400.0, 1_000.0, 100.0)), "4.7");
/// ```
pub fn normal_phi(silence: f64, mean: f64, deviation: f64) -> f64 {
    let y = (silence - mean) / deviation;
    let e = libm::exp(-y * (1.5976 + 0.070566 * y * y));
    // Two forms of one number, each where it does not cancel.
    let later = if silence > mean { e / (1.0 + e) } else { 1.0 - 1.0 / (1.0 + e) };
    -libm::log10(later)
}

impl Detector for PhiAccrual {
    fn name(&self) -> String {
        format!("φ accrual, normal, φ ≥ {}", self.settings.threshold)
    }

    fn heartbeat(&mut self, at: Time) {
        match self.last {
            None => {
                let guess = self.settings.first_estimate;
                let quarter = Time::us(guess.as_us() / 4);
                self.window.add(guess - quarter);
                self.window.add(guess + quarter);
            }
            Some(last) if !self.convicts(at) => self.window.add(at.since(last)),
            Some(_) => {}
        }
        self.last = Some(at);
    }

    fn suspicion(&self, at: Time) -> f64 {
        let (Some(last), Some(mean)) = (self.last, self.window.mean_ms()) else { return 0.0 };
        let deviation = self.window.deviation_ms().max(self.settings.minimum_deviation.as_ms());
        normal_phi(at.since(last).as_ms(), mean + self.settings.pause.as_ms(), deviation)
    }

    fn convicts(&self, at: Time) -> bool {
        self.suspicion(at) >= self.settings.threshold
    }

    fn boxed_clone(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(settings: PhiSettings, arrivals_ms: &[u64]) -> PhiAccrual {
        let mut detector = PhiAccrual::new(settings);
        arrivals_ms.iter().for_each(|ms| detector.heartbeat(Time::ms(*ms)));
        detector
    }

    #[test]
    fn nothing_seen_nothing_suspected() {
        assert_eq!(PhiAccrual::default().suspicion(Time::s(1_000)), 0.0);
    }

    #[test]
    fn the_longer_the_silence_the_higher_the_suspicion_until_it_is_infinite() {
        let detector = fed(PhiSettings::default(), &[1_000, 2_000, 3_000]);
        let suspicions: Vec<f64> = (0..60).map(|i| detector.suspicion(Time::ms(3_000 + 500 * i))).collect();
        assert!(suspicions.is_sorted(), "{suspicions:?}");
        assert_eq!(suspicions.last(), Some(&f64::INFINITY));
    }

    #[test]
    fn an_interval_that_ends_a_conviction_does_not_count() {
        let settings = PhiSettings { pause: Time::ZERO, ..PhiSettings::default() };
        let (mut returned, same) = (fed(settings, &[1_000, 2_000]), fed(settings, &[1_000, 2_000]));
        assert!(returned.convicts(Time::s(60)));
        returned.heartbeat(Time::s(60));
        assert_eq!(returned.window, same.window);
        assert!(!returned.convicts(Time::s(60)));
    }
}
