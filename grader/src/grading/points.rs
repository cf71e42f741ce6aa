//! Points, exact to a hundredth.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number of points in whole hundredths, so that sums are exact and two results can be compared. In JSON a plain
/// number: `8`, `7.5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(u64);

/// The most that one thing may be worth.
const MOST: f64 = 1_000_000.0;

impl Points {
    /// None at all.
    pub const ZERO: Self = Self(0);

    /// A whole number of points.
    pub fn whole(points: u32) -> Self {
        Self(u64::from(points) * 100)
    }

    /// A number of points, to the nearest hundredth.
    ///
    /// # Errors
    /// For what is no number from 0 to a million.
    pub fn from_number(points: f64) -> Result<Self, String> {
        match (0.0..=MOST).contains(&points) {
            true => Ok(Self((points * 100.0).round() as u64)),
            false => Err(format!("{points} is no number of points: from 0 to {MOST}")),
        }
    }

    /// Such as 7.5.
    pub fn number(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// `part` of `whole` of these points, to the nearest hundredth; of nothing, none.
    pub fn share(self, part: u64, whole: u64) -> Self {
        match whole {
            0 => Self::ZERO,
            whole => Self(
                ((u128::from(self.0) * u128::from(part) + u128::from(whole) / 2) / u128::from(whole)) as u64,
            ),
        }
    }

    /// What `part` of `whole` makes of these points, to the nearest hundredth; of nothing, none.
    pub fn scaled(self, part: Self, whole: Self) -> Self {
        self.share(part.0, whole.0)
    }

    /// Of `all`, in percent; nothing where there is nothing to reach.
    pub fn percent_of(self, all: Self) -> Option<f64> {
        (all.0 > 0).then(|| self.0 as f64 * 100.0 / all.0 as f64)
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// Never below nothing.
impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (whole, 0) => f.pad(&whole.to_string()),
            (whole, tenths) if tenths % 10 == 0 => f.pad(&format!("{whole}.{}", tenths / 10)),
            (whole, hundredths) => f.pad(&format!("{whole}.{hundredths:02}")),
        }
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 100 {
            0 => serializer.serialize_u64(self.0 / 100),
            _ => serializer.serialize_f64(self.number()),
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_number(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(number: f64) -> Points {
        Points::from_number(number).unwrap()
    }

    #[test]
    fn written_as_people_write_them_and_read_again() {
        for (number, written) in [(0.0, "0"), (8.0, "8"), (7.5, "7.5"), (0.07, "0.07"), (3.333, "3.33")] {
            assert_eq!(points(number).to_string(), written);
            let json = serde_json::to_string(&points(number)).unwrap();
            assert_eq!(json, written);
            assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), points(number));
        }
    }

    #[test]
    fn what_is_no_number_of_points_is_refused() {
        for wrong in [-1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert!(Points::from_number(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Points>("-0.5").is_err());
        assert!(serde_json::from_str::<Points>("\"8\"").is_err());
    }

    #[test]
    fn a_share_is_rounded_to_the_hundredth_and_the_whole_is_whole() {
        assert_eq!(Points::whole(10).share(1, 3), points(3.33));
        assert_eq!(Points::whole(10).share(2, 3), points(6.67));
        assert_eq!(Points::whole(10).share(3, 3), Points::whole(10));
        assert_eq!(Points::whole(10).share(0, 0), Points::ZERO);
    }
}
