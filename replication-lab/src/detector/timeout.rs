//! A fixed time-out.

use super::Detector;
use crate::time::Time;

/// Convicts after a fixed span of silence: what most failover tools do (Patroni's `ttl`, MongoDB's
/// `electionTimeoutMillis`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeout {
    after: Time,
    last: Option<Time>,
}

impl Timeout {
    /// Convicts after this much silence.
    pub fn new(after: Time) -> Self {
        Self { after, last: None }
    }
}

impl Detector for Timeout {
    fn name(&self) -> String {
        format!("time-out of {}", self.after)
    }

    fn heartbeat(&mut self, at: Time) {
        self.last = Some(at);
    }

    fn suspicion(&self, at: Time) -> f64 {
        let Some(last) = self.last else { return 0.0 };
        at.since(last).as_us() as f64 / self.after.as_us().max(1) as f64
    }

    fn convicts(&self, at: Time) -> bool {
        self.last.is_some_and(|last| at.since(last) >= self.after)
    }

    fn boxed_clone(&self) -> Box<dyn Detector> {
        Box::new(self.clone())
    }
}
