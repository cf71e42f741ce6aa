//! Failure detectors: from when on is a silent node held for dead?
//!
//! A node sends heartbeats; a monitor knows nothing of it but when they arrived. A [`Detector`] is a plain value that
//! is fed with arrivals and asked for its suspicion at any later time:
//!
//! | detector | suspicion | convicts |
//! |---|---|---|
//! | [`Timeout`] | silence as a share of a fixed span | from 1 on |
//! | [`PhiAccrual`] | φ = −log₁₀ P(a heartbeat comes still later), intervals normal: Akka, Pekko | from 8 on |
//! | [`Exponential`] | the same φ, intervals exponential: Cassandra | above 8 |
//!
//! [`Watch`] runs several of them side by side over the simulated network and says when each convicted: for nothing
//! while the node lived, and how long after it died.
//!
//! # Limits
//! One monitor and one node: no gossip about suspicions, no quorum of monitors. Silence is all there is to see: a
//! detector cannot tell a dead node from a cut link, and whichever is faster also errs more often.
//!
//! # Examples
//! ```
//! use replication_lab::detector::{Detector, Exponential, PhiAccrual, Timeout};
//! use replication_lab::time::Time;
//!
//! let mut detectors: Vec<Box<dyn Detector>> = vec![
//!     Box::new(Timeout::new(Time::s(5))),
//!     Box::new(PhiAccrual::default()),
//!     Box::new(Exponential::default()),
//! ];
//! for detector in &mut detectors {
//!     (1..=2_000).for_each(|second| detector.heartbeat(Time::s(second)));
//! }
//! // After 4.6 s of silence only the accrual detector of Akka is sure; Cassandra's waits for 18.42 intervals.
//! let convicts = |after: Time| detectors.iter().map(|d| d.convicts(Time::s(2_000) + after)).collect::<Vec<_>>();
//! assert_eq!(convicts(Time::ms(4_600)), [false, true, false]);
//! assert_eq!(convicts(Time::ms(18_400)), [true, true, false]);
//! assert_eq!(convicts(Time::ms(18_500)), [true, true, true]);
//! ```

mod exponential;
mod phi;
mod timeout;
mod watch;
mod window;

use std::fmt::Debug;

pub use exponential::{Exponential, ExponentialSettings};
pub use phi::{PhiAccrual, PhiSettings, normal_phi};
pub use timeout::Timeout;
pub use watch::{Member, Timer, Verdicts, Watch, WatchError, Watched};

use crate::time::Time;

/// Decides from the arrivals of heartbeats whether a node is to be held for dead.
pub trait Detector: Debug + Send + Sync {
    /// Its name, in a few words.
    fn name(&self) -> String;
    /// A heartbeat arrives. Arrivals come in the order of their times.
    fn heartbeat(&mut self, at: Time);
    /// How suspicious the silence since the last heartbeat is; it grows with the silence, and is 0 before the first.
    fn suspicion(&self, at: Time) -> f64;
    /// Whether the node is held for dead.
    fn convicts(&self, at: Time) -> bool;
    /// A copy of the detector.
    fn boxed_clone(&self) -> Box<dyn Detector>;
}

impl Clone for Box<dyn Detector> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

/// How long after the last heartbeat, at `last`, a detector convicts, to the microsecond; nothing if it has not
/// convicted after `most`.
pub fn patience(detector: &dyn Detector, last: Time, most: Time) -> Option<Time> {
    if !detector.convicts(last + most) {
        return None;
    }
    let (mut trusts, mut convicts) = (0, most.as_us());
    while convicts - trusts > 1 {
        let middle = trusts.midpoint(convicts);
        match detector.convicts(last + Time::us(middle)) {
            true => convicts = middle,
            false => trusts = middle,
        }
    }
    Some(Time::us(convicts))
}
