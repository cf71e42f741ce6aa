//! The lab's one source of randomness: named, pinned, and split into streams.
//!
//! The generator is xoshiro256++ (Blackman & Vigna, *Scrambled linear pseudorandom number generators*, 2021),
//! seeded by SplitMix64; each message has a short stream of its own, of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014). Everything drawn from it is computed here from its 64-bit outputs, with `libm` instead of
//! the platform's mathematics, so that the same seed gives the same run on every machine and with every release of
//! the dependencies.
//!
//! # Examples
//! ```
//! use replication_lab::rng::{Rng, Stream};
//! let (mut network, mut faults) = (Rng::new(7, Stream::Network), Rng::new(7, Stream::Faults));
//! assert_eq!(network.bits(), 5_762_714_521_223_783_304, "on every machine");
//! assert_ne!(network.bits(), faults.bits());
//! ```

use rand::{Rng as _, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// What a stream of random numbers is for. Streams of one seed are independent: a draw more in one of them, as a
/// new fault makes it, changes nothing in the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Latency, loss and duplication.
    Network,
    /// Drawing of fault plans.
    Faults,
    /// What clients ask for, and when.
    Workload,
    /// The choices of one node.
    Node(u16),
    /// How long one node's disk takes, and what a crash leaves on it.
    Disk(u16),
}

/// A stream of random numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(Source);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Long(Xoshiro256PlusPlus),
    // The state of SplitMix64.
    Short(u64),
}

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let salt = match stream {
            Stream::Network => 1,
            Stream::Faults => 2,
            Stream::Workload => 3,
            Stream::Node(node) => 0x1_0000 + u64::from(node),
            Stream::Disk(node) => 0x2_0000 + u64::from(node),
        };
        let mut state = split_mix(&mut (seed.wrapping_add(salt.wrapping_mul(0xA076_1D64_78BD_642F))));
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&split_mix(&mut state).to_le_bytes());
        }
        Self(Source::Long(Xoshiro256PlusPlus::from_seed(bytes)))
    }

    /// A stream for a few draws, by SplitMix64 alone: begun in an instant, and independent of all others whose `key`
    /// or `place` differs. The network has one for every message.
    pub(crate) fn short(key: u64, place: u64) -> Self {
        Self(Source::Short(split_mix(&mut (key ^ place.wrapping_mul(0xD1B5_4A32_D192_ED03)))))
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        match &mut self.0 {
            Source::Long(generator) => generator.next_u64(),
            Source::Short(state) => split_mix(state),
        }
    }

    /// A number from 0 up to, but not including, 1, in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A whole number below `bound`; 0 if `bound` is 0. By widening multiplication; the bias, below
    /// `bound` · 2⁻⁶⁴, is left in.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// True with the given probability. Always draws, so that a probability of 0 or 1 doesn't shift the stream.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from the standard normal distribution, by the method of Box & Muller (1958). Draws twice.
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// One of the items; nothing of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let place = self.below(items.len() as u64) as usize;
        items.get(place)
    }

    /// Puts the items in random order (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_pinned() {
        let mut rng = Rng::new(7, Stream::Network);
        let drawn: Vec<_> = (0..3).map(|_| rng.bits()).collect();
        assert_eq!(drawn, PINNED, "a change here changes every recorded run");
    }

    #[test]
    fn short_streams_are_pinned_and_differ() {
        let first = |key, place| Rng::short(key, place).bits();
        assert_eq!(first(7, 1), 13_277_272_462_217_296_312, "a change here changes every recorded run");
        let mut drawn: Vec<_> = (0..1_000).map(|i| first(i / 100, i % 100)).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 1_000);
        let mean = (0..100_000).map(|place| Rng::short(7, place).unit()).sum::<f64>() / 1e5;
        assert!((mean - 0.5).abs() < 0.005, "{mean}");
    }

    const PINNED: [u64; 3] =
        [5_762_714_521_223_783_304, 16_874_496_125_051_194_590, 5_171_952_669_151_529_310];

    #[test]
    fn streams_of_one_seed_differ() {
        let first = |stream| Rng::new(7, stream).bits();
        let streams = [
            Stream::Network,
            Stream::Faults,
            Stream::Workload,
            Stream::Node(0),
            Stream::Node(1),
            Stream::Disk(0),
        ];
        let mut drawn: Vec<_> = streams.into_iter().map(first).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), streams.len());
    }

    #[test]
    fn whole_numbers_are_even_enough() {
        let mut rng = Rng::new(1, Stream::Workload);
        let mut counts = [0; 5];
        for _ in 0..50_000 {
            counts[rng.below(5) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
