//! Where nodes can stand, and how far apart that is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Latency, Link, Medium};
use crate::time::Time;

/// A region of a public cloud, named by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Region {
    /// Northern Virginia (us-east).
    Virginia,
    /// Oregon (us-west).
    Oregon,
    /// São Paulo.
    SaoPaulo,
    /// Ireland (eu-west).
    Ireland,
    /// Frankfurt (eu-central).
    Frankfurt,
    /// Mumbai.
    Mumbai,
    /// Singapore.
    Singapore,
    /// Tokyo.
    Tokyo,
    /// Sydney.
    Sydney,
}

/// Round trips in ms in the order of [`Region::ALL`], the lower triangle. Medians of what public measurements of
/// cloud regions have shown for years, rounded to 5 ms: realistic, and not to be quoted.
const ROUND_TRIPS_MS: [&[u64]; 9] = [
    &[],
    &[65],
    &[115, 175],
    &[70, 125, 180],
    &[90, 145, 205, 25],
    &[185, 220, 300, 125, 115],
    &[220, 165, 325, 175, 160, 60],
    &[160, 100, 260, 205, 225, 120, 70],
    &[200, 140, 315, 260, 250, 150, 95, 105],
];

/// Between two zones of one region.
const BETWEEN_ZONES: Time = Time::ms(1);

impl Region {
    /// All regions.
    pub const ALL: [Region; 9] = [
        Self::Virginia,
        Self::Oregon,
        Self::SaoPaulo,
        Self::Ireland,
        Self::Frankfurt,
        Self::Mumbai,
        Self::Singapore,
        Self::Tokyo,
        Self::Sydney,
    ];

    /// A typical round trip between two regions; within a region, between two of its zones.
    pub fn round_trip(self, other: Region) -> Time {
        let (a, b) = (self as usize, other as usize);
        match a == b {
            true => BETWEEN_ZONES,
            false => Time::ms(ROUND_TRIPS_MS[a.max(b)][a.min(b)]),
        }
    }

    /// A link from a node in this region to one in another: half the round trip, up to a tenth more.
    pub fn link_to(self, other: Region) -> Link {
        let one_way = self.round_trip(other).as_us() / 2;
        Link::new(Latency::Uniform(Time::us(one_way), Time::us(one_way + one_way / 10)))
    }

    /// Latitude and longitude in degrees.
    pub fn coordinates(self) -> (f64, f64) {
        match self {
            Self::Virginia => (39.0, -77.5),
            Self::Oregon => (45.8, -119.7),
            Self::SaoPaulo => (-23.5, -46.6),
            Self::Ireland => (53.3, -6.3),
            Self::Frankfurt => (50.1, 8.7),
            Self::Mumbai => (19.1, 72.9),
            Self::Singapore => (1.35, 103.8),
            Self::Tokyo => (35.7, 139.7),
            Self::Sydney => (-33.9, 151.2),
        }
    }

    /// The distance along the surface, in km (haversine formula, a sphere of radius 6,371 km).
    pub fn distance_km(self, other: Region) -> f64 {
        let ((lat1, lon1), (lat2, lon2)) = (self.coordinates(), other.coordinates());
        let half_sine = |degrees: f64| {
            let sine = libm::sin(degrees.to_radians() / 2.0);
            sine * sine
        };
        let cosines = libm::cos(lat1.to_radians()) * libm::cos(lat2.to_radians());
        let h = half_sine(lat2 - lat1) + cosines * half_sine(lon2 - lon1);
        2.0 * 6_371.0 * libm::asin(libm::sqrt(h))
    }

    /// The shortest round trip that physics allows over straight fibre; see [`Medium::round_trip`].
    pub fn fibre_floor(self, other: Region) -> Time {
        Medium::Fibre.round_trip(self.distance_km(other)).expect("a distance on a sphere is finite")
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Virginia => "Virginia",
            Self::Oregon => "Oregon",
            Self::SaoPaulo => "São Paulo",
            Self::Ireland => "Ireland",
            Self::Frankfurt => "Frankfurt",
            Self::Mumbai => "Mumbai",
            Self::Singapore => "Singapore",
            Self::Tokyo => "Tokyo",
            Self::Sydney => "Sydney",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_round_trip_is_faster_than_light_in_fibre_and_none_takes_thrice_as_long() {
        for (a, b) in Region::ALL.iter().flat_map(|a| Region::ALL.iter().map(move |b| (*a, *b))) {
            assert_eq!(a.round_trip(b), b.round_trip(a));
            if a != b {
                let factor = a.round_trip(b).as_ms() / a.fibre_floor(b).as_ms();
                assert!((1.0..3.0).contains(&factor), "{a} to {b}: {factor:.2} times the floor");
            }
        }
    }
}
