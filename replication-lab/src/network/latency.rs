//! How long a message takes.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::rng::Rng;
use crate::time::Time;

/// The distribution of a link's one-way latency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// Always the same.
    Constant(Time),
    /// Anything between the two, equally likely.
    Uniform(Time, Time),
    /// Exponential with this mean: many short ones, now and then a long one.
    Exponential(Time),
    /// Pareto: never below `minimum`, with a tail that is the heavier the smaller `shape` is.
    Pareto {
        /// Smallest value.
        minimum: Time,
        /// The exponent α; the mean is infinite up to 1.
        shape: f64,
    },
    /// A sum: this much on top of another distribution.
    Plus(Time, Box<Latency>),
    /// With the given probability the first, else the second.
    Mixture(f64, Box<Latency>, Box<Latency>),
}

/// A distribution that can't be drawn from.
#[derive(Clone, Debug, PartialEq)]
pub enum LatencyError {
    /// The upper bound is below the lower one.
    Reversed(Time, Time),
    /// The shape of a Pareto distribution is not a number above 0.
    Shape(f64),
    /// A probability is outside [0, 1].
    Probability(f64),
}

impl fmt::Display for LatencyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reversed(low, high) => {
                write!(f, "latency between {low} and {high}: put the smaller bound first")
            }
            Self::Shape(shape) => write!(f, "a Pareto shape of {shape}: choose a number above 0"),
            Self::Probability(p) => write!(f, "a probability of {p}: choose one between 0 and 1"),
        }
    }
}

impl std::error::Error for LatencyError {}

impl Latency {
    /// Whether it can be drawn from.
    ///
    /// # Errors
    /// Says which parameter is impossible.
    pub fn validate(&self) -> Result<(), LatencyError> {
        match self {
            Self::Uniform(low, high) if low > high => Err(LatencyError::Reversed(*low, *high)),
            Self::Pareto { shape, .. } if !(*shape > 0.0 && shape.is_finite()) => {
                Err(LatencyError::Shape(*shape))
            }
            Self::Mixture(p, _, _) if !(0.0..=1.0).contains(p) => Err(LatencyError::Probability(*p)),
            Self::Mixture(_, first, second) => first.validate().and(second.validate()),
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
            Self::Exponential(mean) => Time::from_ms(-libm::log(1.0 - rng.unit()) * mean.as_ms()),
            Self::Pareto { minimum, shape } => {
                Time::from_ms(minimum.as_ms() * libm::pow(1.0 - rng.unit(), -1.0 / shape))
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn mean_ms(latency: &Latency) -> f64 {
        let mut rng = Rng::new(1, Stream::Network);
        (0..100_000).map(|_| latency.draw(&mut rng).as_ms()).sum::<f64>() / 100_000.0
    }

    #[test]
    fn means_are_those_of_the_textbook() {
        let cases = [
            (Latency::Constant(Time::ms(3)), 3.0),
            (Latency::Uniform(Time::ms(1), Time::ms(3)), 2.0),
            (Latency::Exponential(Time::ms(4)), 4.0),
            (Latency::Pareto { minimum: Time::ms(2), shape: 3.0 }, 3.0),
            (Latency::Plus(Time::ms(1), Box::new(Latency::Exponential(Time::ms(4)))), 5.0),
        ];
        for (latency, mean) in cases {
            let measured = mean_ms(&latency);
            assert!((measured / mean - 1.0).abs() < 0.02, "{latency:?}: {measured}");
        }
    }

    #[test]
    fn impossible_parameters_are_named() {
        let why = |latency: Latency| latency.validate().unwrap_err().to_string();
        assert_eq!(
            why(Latency::Uniform(Time::ms(3), Time::ms(1))),
            "latency between 3.000 ms and 1.000 ms: put the smaller bound first"
        );
        assert_eq!(
            why(Latency::Pareto { minimum: Time::ms(1), shape: 0.0 }),
            "a Pareto shape of 0: choose a number above 0"
        );
        let half = || Box::new(Latency::Constant(Time::ZERO));
        assert_eq!(
            why(Latency::Mixture(1.5, half(), half())),
            "a probability of 1.5: choose one between 0 and 1"
        );
    }
}
