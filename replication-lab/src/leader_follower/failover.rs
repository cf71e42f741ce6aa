//! How a cluster finds out that its leader is gone, and gets another one.

use super::setup::SetupError;
use crate::detector::{Detector, Timeout};
use crate::time::Time;

/// Whether the old leader is cut off before the new one begins: STONITH, "shoot the other node in the head".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Fencing {
    /// It is not.
    #[default]
    Off,
    /// Its power is switched off, by a device that can be reached whatever the network does.
    On,
    /// The device reports success each time, and works with this probability.
    Unreliable(f64),
}

/// Who is promoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The one that has received most of the log; of equals, the first in the list of servers.
    #[default]
    MostUpToDate,
    /// This one, whatever it has: to see what that costs.
    Always(String),
}

/// How a leader comes back that was down or cut off while another one was elected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returning {
    /// It asks who leads, cuts off what only it has (`pg_rewind`), and follows.
    #[default]
    Follows,
    /// It goes on as the leader that it was, until somebody tells it otherwise.
    Leads,
}

impl Returning {
    pub(super) fn leads(self) -> bool {
        self == Returning::Leads
    }
}

/// The settings of failover. Without observers there is none.
#[derive(Clone, Debug)]
pub struct Failover {
    /// Nodes o1, o2, … that watch the leader and replace it. Default 0.
    pub observers: u16,
    /// Whether more than half of the observers must hold the leader for dead before one of them acts. Default: yes.
    pub majority: bool,
    /// How often each server tells the observers that it is alive, and its followers. Default 1 s.
    pub heartbeat: Time,
    /// A heartbeat that had to wait longer than this for its server's processor counts as none: a health check with a
    /// time-out of its own. Default: however late it comes, it counts.
    pub answer_within: Option<Time>,
    /// What decides from the heartbeats' arrivals that the leader is dead. Default: [`Timeout`] of 30 s.
    pub detector: Box<dyn Detector>,
    /// How often an observer asks its detector. Default 100 ms.
    pub check: Time,
    /// Most entries that a follower may lack to be promoted, against the furthest position that anybody has told;
    /// any number, if nothing. Patroni has such a limit, in bytes: `maximum_lag_on_failover`, 1 MiB.
    pub max_lag: Option<u64>,
    /// Who is promoted.
    pub choice: Choice,
    /// Fencing.
    pub fencing: Fencing,
    /// How long the fence device takes. Default: no time.
    pub fence_takes: Time,
    /// A leader stops accepting writes unless a majority of the observers has heard it within this time, by its own
    /// clock. It must not be longer than the detector waits. Default: no lease.
    pub lease: Option<Time>,
    /// How long a follower takes to become leader once it has applied what it received. Default: no time.
    pub promotion_takes: Time,
    /// How long it takes until clients learn of the new leader: the lifetime of a DNS entry. Default: no time.
    pub endpoint_takes: Time,
    /// How a former leader comes back.
    pub returning: Returning,
    /// Whether servers compare epochs: whoever is of an older one is not listened to, a leader that hears of a newer
    /// one steps down, and positions carry their epoch. Without, a position is a bare number. Default: they do.
    pub epochs: bool,
}

impl Default for Failover {
    fn default() -> Self {
        Self {
            observers: 0,
            majority: true,
            heartbeat: Time::s(1),
            answer_within: None,
            detector: Box::new(Timeout::new(Time::s(30))),
            check: Time::ms(100),
            max_lag: None,
            choice: Choice::default(),
            fencing: Fencing::default(),
            fence_takes: Time::ZERO,
            lease: None,
            promotion_takes: Time::ZERO,
            endpoint_takes: Time::ZERO,
            returning: Returning::default(),
            epochs: true,
        }
    }
}

impl Failover {
    /// How long the detector waits for a heartbeat after a run of punctual ones.
    fn patience(&self) -> Option<Time> {
        let mut detector = self.detector.clone();
        let beats = 100;
        let beat = |number: u64| Time::us(self.heartbeat.as_us().saturating_mul(number));
        (1..=beats).for_each(|number| detector.heartbeat(beat(number)));
        let most = Time::us(self.heartbeat.as_us().saturating_mul(1_000)).max(Time::s(3_600));
        crate::detector::patience(detector.as_ref(), beat(beats), most)
    }

    pub(super) fn validate(&self) -> Result<(), SetupError> {
        if let Fencing::Unreliable(p) = self.fencing
            && !(0.0..=1.0).contains(&p)
        {
            return Err(crate::network::LatencyError::Probability(p).into());
        }
        if self.observers == 0 {
            return Ok(());
        }
        let Some(timeout) = self.patience() else { return Ok(()) };
        if timeout <= self.heartbeat {
            return Err(SetupError::Impatient { timeout, heartbeat: self.heartbeat });
        }
        match self.lease {
            Some(lease) if lease == Time::ZERO => Err(SetupError::Zero("the lease")),
            Some(lease) if lease > timeout => Err(SetupError::Lease { lease, timeout }),
            _ => Ok(()),
        }
    }
}
