//! One link, in one direction.

use serde::{Deserialize, Serialize};

use super::latency::probability;
use super::{Latency, LatencyError};
use crate::time::Time;

/// How one link treats its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// How long a message takes once it is on the link.
    pub latency: Latency,
    /// Probability that a message is lost.
    pub loss: f64,
    /// Probability that a message arrives twice, the second time with a latency of its own.
    pub duplication: f64,
    /// Bytes a second; without limit, if nothing. Messages that leave together queue up for the link.
    #[serde(default)]
    pub bandwidth: Option<u64>,
    /// Whether messages arrive in the order in which they were sent, as over one TCP connection. If not, a message
    /// with a shorter latency overtakes an earlier one.
    #[serde(default)]
    pub in_order: bool,
}

impl Default for Link {
    /// Half a millisecond to two milliseconds, nothing lost, nothing twice, no limit, any order.
    fn default() -> Self {
        Self {
            latency: Latency::Uniform(Time::us(500), Time::ms(2)),
            loss: 0.0,
            duplication: 0.0,
            bandwidth: None,
            in_order: false,
        }
    }
}

impl Link {
    /// A link with this latency that loses nothing.
    pub fn new(latency: Latency) -> Self {
        Self { latency, ..Self::default() }
    }

    /// Whether messages can be sent over it.
    ///
    /// # Errors
    /// Says which parameter is impossible.
    pub fn validate(&self) -> Result<(), LatencyError> {
        probability(self.loss)?;
        probability(self.duplication)?;
        if self.bandwidth == Some(0) {
            return Err(LatencyError::Bandwidth);
        }
        self.latency.validate()
    }

    /// How long a message of this size occupies the link.
    pub(super) fn occupied_by(&self, bytes: u64) -> Time {
        match self.bandwidth {
            None => Time::ZERO,
            Some(rate) => {
                let us = u128::from(bytes) * 1_000_000 / u128::from(rate.max(1));
                Time::us(u64::try_from(us).unwrap_or(u64::MAX))
            }
        }
    }
}
