//! Virtual time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A moment, or a span, of virtual time: whole microseconds. Nothing in the lab reads a wall clock.
///
/// # Examples
/// ```
/// use replication_lab::time::Time;
/// assert_eq!((Time::ms(2) + Time::us(500)).to_string(), "2.500 ms");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(u64);

impl Time {
    /// The start of every run.
    pub const ZERO: Time = Time(0);
    /// Later than anything that happens.
    pub const NEVER: Time = Time(u64::MAX);

    /// Microseconds.
    pub const fn us(us: u64) -> Self {
        Self(us)
    }

    /// Milliseconds.
    pub const fn ms(ms: u64) -> Self {
        Self(ms.saturating_mul(1_000))
    }

    /// Seconds.
    pub const fn s(s: u64) -> Self {
        Self(s.saturating_mul(1_000_000))
    }

    /// Milliseconds with a fraction, rounded to a microsecond.
    ///
    /// # Errors
    /// When the number is below zero, infinite, or no number.
    pub fn from_ms(ms: f64) -> Result<Self, TimeError> {
        match ms.is_finite() && ms >= 0.0 {
            true => Ok(Self::drawn_ms(ms)),
            false => Err(TimeError(ms)),
        }
    }

    /// Milliseconds that a distribution drew: what is too long to count is [`NEVER`](Self::NEVER).
    pub(crate) fn drawn_ms(ms: f64) -> Self {
        Self(libm::round(ms * 1_000.0) as u64)
    }

    /// As microseconds.
    pub const fn as_us(self) -> u64 {
        self.0
    }

    /// As milliseconds.
    pub fn as_ms(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The span from `earlier` to this, zero if `earlier` is later.
    pub const fn since(self, earlier: Time) -> Time {
        Time(self.0.saturating_sub(earlier.0))
    }
}

/// A number of milliseconds that is no time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeError(pub f64);

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms is no time: choose a finite number that is not below 0", self.0)
    }
}

impl std::error::Error for TimeError {}

impl Add for Time {
    type Output = Time;
    fn add(self, span: Time) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl AddAssign for Time {
    fn add_assign(&mut self, span: Time) {
        *self = *self + span;
    }
}

impl Sub for Time {
    type Output = Time;
    fn sub(self, earlier: Time) -> Time {
        self.since(earlier)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03} ms", self.0 / 1_000, self.0 % 1_000);
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_times_are_refused() {
        assert_eq!(Time::from_ms(1.5), Ok(Time::us(1_500)));
        for ms in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Time::from_ms(ms).is_err(), "{ms}");
        }
        let why = Time::from_ms(-1.0).unwrap_err().to_string();
        assert_eq!(why, "-1 ms is no time: choose a finite number that is not below 0");
        assert_eq!(Time::s(u64::MAX), Time::NEVER, "too long to count");
    }
}
