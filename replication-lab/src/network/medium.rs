//! How fast a signal can be at best.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// Speed of light in a vacuum, in kilometres per millisecond (exact: the metre is defined by it).
const LIGHT_KM_PER_MS: f64 = 299.792_458;

/// What a signal goes through. No database, and no machine however big, is faster than this.
///
/// # Examples
/// ```
/// use replication_lab::network::Medium;
///
/// // Virginia and Tokyo are about 11,000 km apart.
/// let vacuum = Medium::Vacuum.one_way(11_000.0)?;
/// let fibre = Medium::Fibre.round_trip(11_000.0)?;
/// assert_eq!((vacuum.to_string(), fibre.to_string()), ("36.692 ms".into(), "107.728 ms".into()));
/// # Ok::<(), replication_lab::network::DistanceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// Empty space: the limit that physics sets.
    Vacuum,
    /// Glass fibre, laid along the shortest way. Refractive index 1.468, as data sheets of standard single-mode fibre
    /// give it for light of 1,550 nm (Corning SMF-28: 1.4682).
    Fibre,
}

/// A number of kilometres that is no distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistanceError(pub f64);

impl fmt::Display for DistanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} km is no distance: choose a finite number that is not below 0", self.0)
    }
}

impl std::error::Error for DistanceError {}

impl Medium {
    /// The refractive index: how many times slower than in a vacuum light is.
    pub const fn refractive_index(self) -> f64 {
        match self {
            Self::Vacuum => 1.0,
            Self::Fibre => 1.468,
        }
    }

    /// The shortest time in which a signal can go so many kilometres.
    ///
    /// # Errors
    /// When the number is below zero, infinite, or no number.
    pub fn one_way(self, km: f64) -> Result<Time, DistanceError> {
        self.floor(km, 1.0)
    }

    /// The shortest time in which a question can go so many kilometres and its answer come back.
    ///
    /// # Errors
    /// As [`one_way`](Self::one_way).
    pub fn round_trip(self, km: f64) -> Result<Time, DistanceError> {
        self.floor(km, 2.0)
    }

    fn floor(self, km: f64, ways: f64) -> Result<Time, DistanceError> {
        match km.is_finite() && km >= 0.0 {
            true => Ok(Time::drawn_ms(ways * km * self.refractive_index() / LIGHT_KM_PER_MS)),
            false => Err(DistanceError(km)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_thousand_kilometres() {
        let ms = |time: Result<Time, DistanceError>| (time.unwrap().as_ms() * 10.0).round() / 10.0;
        assert_eq!(ms(Medium::Vacuum.one_way(11_000.0)), 36.7);
        assert_eq!(ms(Medium::Fibre.one_way(11_000.0)), 53.9);
        assert_eq!(ms(Medium::Fibre.round_trip(11_000.0)), 107.7);
        // The 180 to 220 ms that users in Tokyo see are 1.7 to 2.0 times the floor of fibre, 2.5 to 3.0 times that of
        // a vacuum.
        let times = |medium: Medium, seen: f64| seen / medium.round_trip(11_000.0).unwrap().as_ms();
        assert_eq!([180.0, 220.0].map(|seen| format!("{:.1}", times(Medium::Fibre, seen))), ["1.7", "2.0"]);
        assert_eq!([180.0, 220.0].map(|seen| format!("{:.1}", times(Medium::Vacuum, seen))), ["2.5", "3.0"]);
    }

    #[test]
    fn what_is_no_distance() {
        for km in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(Medium::Vacuum.one_way(km).is_err(), "{km}");
        }
        let why = Medium::Fibre.round_trip(-5.0).unwrap_err().to_string();
        assert_eq!(why, "-5 km is no distance: choose a finite number that is not below 0");
        assert_eq!(Medium::Fibre.one_way(0.0), Ok(Time::ZERO));
    }
}
