//! What a failure detector costs: failovers for nothing while everybody lives, and time without writes when the
//! leader dies.

use super::builder::Builder;
use super::client::Load;
use super::cluster::LeaderFollower;
use super::setup::SetupError;
use crate::detector::Detector;
use crate::explore::in_parallel;
use crate::network::Latency;
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::percentile;
use crate::world::{Fault, Plan};

/// What living servers suffer from.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// How often each server stands still in an hour, at random times: garbage collection, a virtual machine that is
    /// moved, a disk that hangs.
    pub pauses_per_hour: f64,
    /// For how long.
    pub pause: Latency,
    /// How long heartbeats take to the observers.
    pub heartbeats: Latency,
}

impl Default for Weather {
    /// Six pauses an hour of 3 s on average, one in twenty of them longer than 9 s; heartbeats of a few ms.
    fn default() -> Self {
        Self {
            pauses_per_hour: 6.0,
            pause: Latency::Exponential(Time::s(3)),
            heartbeats: Latency::LogNormal { median: Time::ms(2), sigma: 0.8 },
        }
    }
}

/// What a failure detector costs.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectorCost {
    /// The detector.
    pub name: String,
    /// Failovers from a living leader, in an hour.
    pub false_failovers_per_hour: f64,
    /// How long nobody could write after the leader's machine died in calm weather: the median of 21 runs.
    pub outage: Time,
}

const RUNS: u64 = 21;

/// Runs three servers and three observers with this detector for so many hours under this weather, one seed an hour,
/// and lets the leader die in calm weather besides. A heartbeat comes every second.
///
/// # Errors
/// When the detector is more impatient than that, or the weather can't be.
pub fn detector_cost(
    detector: &dyn Detector,
    weather: &Weather,
    hours: u64,
) -> Result<DetectorCost, SetupError> {
    weather.pause.validate()?;
    weather.heartbeats.validate()?;
    let seeds: Vec<u64> = (1..=hours).collect();
    let of_hour = |seed: &u64| false_failovers(detector, weather, *seed);
    let false_failovers: u32 =
        in_parallel(&seeds, of_hour).into_iter().collect::<Result<Vec<_>, _>>()?.iter().sum();
    let runs: Vec<u64> = (1..=RUNS).collect();
    let outages = in_parallel(&runs, |seed| outage(detector, *seed));
    let mut outages = outages.into_iter().collect::<Result<Vec<_>, _>>()?;
    outages.sort_unstable();
    Ok(DetectorCost {
        name: detector.name(),
        false_failovers_per_hour: f64::from(false_failovers) / hours.max(1) as f64,
        outage: percentile(&outages, 0.5).unwrap_or_default(),
    })
}

fn builder(detector: &dyn Detector, seed: u64) -> Builder {
    LeaderFollower::builder().trace(false).seed(seed).change_failover(|failover| {
        failover.observers = 3;
        failover.detector = detector.boxed_clone();
    })
}

const HOUR: Time = Time::s(3_600);

fn false_failovers(detector: &dyn Detector, weather: &Weather, seed: u64) -> Result<u32, SetupError> {
    let mut cluster = builder(detector, seed).build()?;
    for server in ["L", "F1", "F2"] {
        for observer in ["o1", "o2", "o3"] {
            cluster.set_latency(server, observer, weather.heartbeats.clone())?;
        }
    }
    cluster.plan(&pauses(weather, 3, HOUR, seed))?;
    cluster.run_until(HOUR);
    Ok(cluster.measures().false_failovers)
}

/// Pauses of so many servers, each at times of its own, until a moment.
pub(super) fn pauses(weather: &Weather, servers: u16, until: Time, seed: u64) -> Plan {
    let mut rng = Rng::new(seed, Stream::Faults);
    let mut plan = Plan::none();
    for server in (0..servers).map(NodeId) {
        let mut at = Time::ZERO;
        loop {
            let hours = -libm::log(1.0 - rng.unit()) / weather.pauses_per_hour.max(1e-9);
            at += Time::us(libm::fmin(hours * 3.6e9, 1e15) as u64);
            let goes_on = at + weather.pause.draw(&mut rng).max(Time::us(1));
            if goes_on >= until {
                break;
            }
            plan = plan.and(at, Fault::Pause(server)).and(goes_on, Fault::Resume(server));
            at = goes_on + Time::ms(1);
        }
    }
    plan
}

fn outage(detector: &dyn Detector, seed: u64) -> Result<Time, SetupError> {
    let mut cluster = builder(detector, seed).build()?;
    cluster.load("c1", Load { writes: 50.0, ..Load::default() })?;
    // Any moment of a second is as likely as any other.
    let crash = Time::s(60) + Time::us(Rng::new(seed, Stream::Faults).below(1_000_000));
    cluster.run_until(crash).crash("L")?;
    let mut end = crash;
    loop {
        end += Time::s(5);
        cluster.run_until(end);
        match cluster.first_accepted_after(crash) {
            Some(outage) => return Ok(outage),
            None if end.since(crash) > HOUR => return Ok(Time::NEVER),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Timeout;

    #[test]
    fn patience_costs_outages_and_saves_false_failovers() {
        let of = |s| detector_cost(&Timeout::new(Time::s(s)), &Weather::default(), 4).unwrap();
        let (hasty, patient) = (of(2), of(30));
        assert!(hasty.false_failovers_per_hour > 2.0, "{hasty:?}");
        assert_eq!(patient.false_failovers_per_hour, 0.0);
        assert!(hasty.outage < Time::s(3) && patient.outage > Time::s(28), "{hasty:?} {patient:?}");
    }

    #[test]
    fn calm_weather_deposes_nobody() {
        let calm = Weather { pauses_per_hour: 0.0, ..Weather::default() };
        let cost = detector_cost(&Timeout::new(Time::s(2)), &calm, 2).unwrap();
        assert_eq!(cost.false_failovers_per_hour, 0.0);
    }
}
