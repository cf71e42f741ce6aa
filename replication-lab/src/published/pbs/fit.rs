//! The latencies of the production systems that the paper fitted.

use crate::network::Latency;
use crate::rng::Rng;
use crate::time::{Time, TimeError};

/// The latency of one message, one way, in milliseconds: a Pareto body with an exponential tail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneWay {
    /// The share of messages that are drawn from the Pareto distribution; the others are exponential.
    pub pareto_share: f64,
    /// Smallest value of the Pareto distribution, in ms.
    pub minimum_ms: f64,
    /// Its shape α.
    pub shape: f64,
    /// The exponential distribution's rate λ, per ms.
    pub rate_per_ms: f64,
}

impl OneWay {
    /// Draws one latency, in ms, as fine as a float is.
    pub fn draw_ms(&self, rng: &mut Rng) -> f64 {
        let body = rng.chance(self.pareto_share);
        // 1 − unit is above 0, so neither is infinite.
        let u = 1.0 - rng.unit();
        match body {
            true => self.minimum_ms * libm::pow(u, -1.0 / self.shape),
            false => -libm::log(u) / self.rate_per_ms,
        }
    }

    /// The same distribution as a link's latency, which knows whole microseconds, with `extra_ms` on top.
    ///
    /// # Errors
    /// When a parameter makes no time.
    pub fn latency(&self, extra_ms: f64) -> Result<Latency, TimeError> {
        let minimum = Time::from_ms(self.minimum_ms)?;
        let mixture = Latency::Mixture(
            self.pareto_share,
            Box::new(Latency::Pareto { minimum, shape: self.shape }),
            Box::new(Latency::Exponential(Time::from_ms(1.0 / self.rate_per_ms)?)),
        );
        Ok(match Time::from_ms(extra_ms)? {
            Time::ZERO => mixture,
            extra => Latency::Plus(extra, Box::new(mixture)),
        })
    }
}

/// One row of the paper's Table 3: how long the four messages of a write and a read take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The paper's name for it.
    pub name: &'static str,
    /// W: a write's request.
    pub write: OneWay,
    /// A, R and S: its acknowledgement, a read's request and its response.
    pub others: OneWay,
    /// What a message to or from a replica in another datacentre takes on top, in ms, if there are several: one
    /// replica in each, and the coordinators of the write and of the read in any of them, independently.
    pub far_ms: Option<f64>,
}

const SSD: OneWay = OneWay { pareto_share: 0.9122, minimum_ms: 0.235, shape: 10.0, rate_per_ms: 1.66 };
const DISK: OneWay = OneWay { pareto_share: 0.38, minimum_ms: 1.05, shape: 1.51, rate_per_ms: 0.183 };

impl Fit {
    /// LinkedIn's store on solid-state disks.
    pub const LNKD_SSD: Fit = Fit { name: "LNKD-SSD", write: SSD, others: SSD, far_ms: None };

    /// LinkedIn's store on spinning disks.
    pub const LNKD_DISK: Fit = Fit { name: "LNKD-DISK", write: DISK, others: SSD, far_ms: None };

    /// Yammer's Riak. Table 3 prints a shape of 3.35 for writes, but the authors' simulator used 3.5, and only 3.5
    /// gives their results.
    pub const YMMR: Fit = Fit {
        name: "YMMR",
        write: OneWay { pareto_share: 0.939, minimum_ms: 3.0, shape: 3.5, rate_per_ms: 0.0028 },
        others: OneWay { pareto_share: 0.982, minimum_ms: 1.5, shape: 3.8, rate_per_ms: 0.0217 },
        far_ms: None,
    };

    /// LinkedIn's store on spinning disks in three datacentres.
    pub const WAN: Fit = Fit { name: "WAN", write: DISK, others: SSD, far_ms: Some(75.0) };

    /// All four.
    pub const ALL: [Fit; 4] = [Fit::LNKD_SSD, Fit::LNKD_DISK, Fit::YMMR, Fit::WAN];
}
