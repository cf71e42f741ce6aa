//! How long a message takes, or a disk.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rng::Rng;
use crate::time::Time;

/// A distribution of latencies. What is drawn is rounded to a microsecond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// Always the same.
    Constant(Time),
    /// Anything between the two, equally likely.
    Uniform(Time, Time),
    /// Exponential with this mean: many short ones, now and then a long one.
    Exponential(Time),
    /// Log-normal: half below `median`, and a tail that is the heavier the larger `sigma` is.
    LogNormal {
        /// The median.
        median: Time,
        /// Standard deviation of the logarithm: 0.5 is calm, 1.5 is wild.
        sigma: f64,
    },
    /// Pareto: never below `minimum`, with a tail that is the heavier the smaller `shape` is.
    Pareto {
        /// Smallest value.
        minimum: Time,
        /// The exponent α; the mean is infinite up to 1.
        shape: f64,
    },
    /// As it was measured: a share of all values, and the value below which they lie; straight lines between. The
    /// shares ascend from 0 to 1.
    Quantiles(Vec<(f64, Time)>),
    /// A sum: this much on top of another distribution.
    Plus(Time, Box<Latency>),
    /// With the given probability the first, else the second.
    Mixture(f64, Box<Latency>, Box<Latency>),
}

impl From<Time> for Latency {
    fn from(always: Time) -> Self {
        Self::Constant(always)
    }
}

/// A distribution, or a link, that can't be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub enum LatencyError {
    /// The upper bound is below the lower one.
    Reversed(Time, Time),
    /// The shape of a Pareto distribution is not a number above 0.
    Shape(f64),
    /// The sigma of a log-normal distribution is not a number from 0 on.
    Sigma(f64),
    /// A probability is outside [0, 1].
    Probability(f64),
    /// Quantiles that don't ascend from share 0 to share 1. The place, counted from 1, that is wrong.
    Quantiles(usize),
    /// A latency that never ends: cut the link instead.
    Endless,
    /// A bandwidth of nothing.
    Bandwidth,
}

impl fmt::Display for LatencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reversed(low, high) => {
                write!(f, "latency between {low} and {high}: put the smaller bound first")
            }
            Self::Shape(shape) => write!(f, "a Pareto shape of {shape}: choose a number above 0"),
            Self::Sigma(sigma) => write!(f, "a sigma of {sigma}: choose a finite number that is not below 0"),
            Self::Probability(p) => write!(f, "a probability of {p}: choose one between 0 and 1"),
            Self::Quantiles(place) => write!(
                f,
                "quantile {place} is out of order: shares and times ascend, the first share is 0, the last is 1"
            ),
            Self::Endless => f.write_str("an infinite latency: cut the link instead"),
            Self::Bandwidth => f.write_str("a bandwidth of 0 bytes a second: cut the link instead"),
        }
    }
}

impl std::error::Error for LatencyError {}

/// A probability, checked.
pub(super) fn probability(p: f64) -> Result<(), LatencyError> {
    match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => Err(LatencyError::Probability(p)),
    }
}

impl Latency {
    /// Whether it can be drawn from.
    ///
    /// # Errors
    /// Says which parameter is impossible.
    pub fn validate(&self) -> Result<(), LatencyError> {
        match self {
            Self::Constant(time)
            | Self::Uniform(_, time)
            | Self::Exponential(time)
            | Self::LogNormal { median: time, .. }
            | Self::Pareto { minimum: time, .. }
            | Self::Plus(time, _)
                if *time == Time::NEVER =>
            {
                Err(LatencyError::Endless)
            }
            Self::Uniform(low, high) if low > high => Err(LatencyError::Reversed(*low, *high)),
            Self::LogNormal { sigma, .. } if !(*sigma >= 0.0 && sigma.is_finite()) => {
                Err(LatencyError::Sigma(*sigma))
            }
            Self::Pareto { shape, .. } if !(*shape > 0.0 && shape.is_finite()) => {
                Err(LatencyError::Shape(*shape))
            }
            Self::Quantiles(points) => validate_quantiles(points),
            Self::Mixture(p, first, second) => {
                probability(*p)?;
                first.validate().and(second.validate())
            }
            Self::Plus(_, rest) => rest.validate(),
            _ => Ok(()),
        }
    }

    /// Draws one latency.
    pub fn draw(&self, rng: &mut Rng) -> Time {
        match self {
            Self::Constant(time) => *time,
            Self::Uniform(low, high) => *low + Time::us(rng.below(high.since(*low).as_us() + 1)),
            // 1 − unit is above 0, so its logarithm is finite.
            Self::Exponential(mean) => Time::drawn_ms(-libm::log(1.0 - rng.unit()) * mean.as_ms()),
            Self::LogNormal { median, sigma } => {
                Time::drawn_ms(median.as_ms() * libm::exp(sigma * rng.normal()))
            }
            Self::Pareto { minimum, shape } => {
                Time::drawn_ms(minimum.as_ms() * libm::pow(1.0 - rng.unit(), -1.0 / shape))
            }
            Self::Quantiles(points) => between(points, rng.unit()),
            Self::Plus(fixed, rest) => *fixed + rest.draw(rng),
            Self::Mixture(p, first, second) => {
                if rng.chance(*p) {
                    first.draw(rng)
                } else {
                    second.draw(rng)
                }
            }
        }
    }
}

fn validate_quantiles(points: &[(f64, Time)]) -> Result<(), LatencyError> {
    if let Some(place) = points.iter().position(|(_, time)| *time == Time::NEVER) {
        return Err(LatencyError::Quantiles(place + 1));
    }
    match points {
        [] | [_] => return Err(LatencyError::Quantiles(points.len())),
        [(first, _), .., (last, _)] => {
            if *first != 0.0 {
                return Err(LatencyError::Quantiles(1));
            }
            if *last != 1.0 {
                return Err(LatencyError::Quantiles(points.len()));
            }
        }
    }
    // Written so that a share that is no number is out of order too.
    let ascends = |pair: &[(f64, Time)]| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1;
    match points.windows(2).position(|pair| !ascends(pair)) {
        Some(place) => Err(LatencyError::Quantiles(place + 2)),
        None => Ok(()),
    }
}

/// The time at a share of all values.
fn between(points: &[(f64, Time)], share: f64) -> Time {
    let after = points.partition_point(|(known, _)| *known <= share).clamp(1, points.len() - 1);
    let ((low, from), (high, to)) = (points[after - 1], points[after]);
    let way = (share - low) / (high - low);
    Time::drawn_ms(from.as_ms() + way * (to.as_ms() - from.as_ms()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn drawn(latency: &Latency) -> Vec<f64> {
        let mut rng = Rng::new(1, Stream::Network);
        (0..100_000).map(|_| latency.draw(&mut rng).as_ms()).collect()
    }

    #[test]
    fn means_are_those_of_the_textbook() {
        let quantiles = vec![(0.0, Time::ms(1)), (0.5, Time::ms(2)), (1.0, Time::ms(9))];
        let cases = [
            (Latency::Constant(Time::ms(3)), 3.0),
            (Latency::Uniform(Time::ms(1), Time::ms(3)), 2.0),
            (Latency::Exponential(Time::ms(4)), 4.0),
            // exp(σ²/2) times the median.
            (Latency::LogNormal { median: Time::ms(10), sigma: 0.5 }, 11.331),
            (Latency::Pareto { minimum: Time::ms(2), shape: 3.0 }, 3.0),
            (Latency::Quantiles(quantiles), (1.5 + 5.5) / 2.0),
            (Latency::Plus(Time::ms(1), Box::new(Latency::Exponential(Time::ms(4)))), 5.0),
        ];
        for (latency, mean) in cases {
            assert_eq!(latency.validate(), Ok(()));
            let measured = drawn(&latency).iter().sum::<f64>() / 100_000.0;
            assert!((measured / mean - 1.0).abs() < 0.02, "{latency:?}: {measured}");
        }
    }

    #[test]
    fn measured_quantiles_come_out_as_they_went_in() {
        let points = vec![(0.0, Time::ms(1)), (0.5, Time::ms(2)), (0.99, Time::ms(10)), (1.0, Time::ms(90))];
        let mut values = drawn(&Latency::Quantiles(points.clone()));
        values.sort_by(f64::total_cmp);
        for (share, time) in &points[1..3] {
            let measured = values[(share * 100_000.0) as usize];
            assert!((measured / time.as_ms() - 1.0).abs() < 0.1, "{share}: {measured}");
        }
    }

    #[test]
    fn impossible_parameters_are_named() {
        let half = || Box::new(Latency::Constant(Time::ZERO));
        let all = [
            Latency::Uniform(Time::ms(3), Time::ms(1)),
            Latency::Pareto { minimum: Time::ms(1), shape: 0.0 },
            Latency::Pareto { minimum: Time::ms(1), shape: f64::NAN },
            Latency::LogNormal { median: Time::ms(1), sigma: -1.0 },
            Latency::LogNormal { median: Time::ms(1), sigma: f64::INFINITY },
            Latency::Mixture(1.5, half(), half()),
            Latency::Mixture(0.5, half(), Box::new(Latency::Constant(Time::NEVER))),
            Latency::Quantiles(vec![]),
            Latency::Quantiles(vec![(0.1, Time::ms(1)), (1.0, Time::ms(2))]),
            Latency::Quantiles(vec![(0.0, Time::ms(1)), (0.9, Time::ms(2))]),
            Latency::Quantiles(vec![(0.0, Time::ms(1)), (f64::NAN, Time::ms(2)), (1.0, Time::ms(2))]),
            Latency::Quantiles(vec![(0.0, Time::ms(3)), (1.0, Time::ms(2))]),
        ];
        let why: Vec<_> = all.iter().map(|latency| latency.validate().unwrap_err().to_string()).collect();
        insta::assert_snapshot!(why.join("\n"));
    }
}
