//! A node that beats and a monitor that listens, over the simulated network.

use std::fmt;

use super::Detector;
use crate::network::{LatencyError, Link};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{Effects, Fault, Node, Plan, PlanError, World, WorldError};

/// A watch over one node: several detectors, side by side, see the same heartbeats.
///
/// # Examples
/// ```
/// use replication_lab::detector::{Exponential, Timeout, Watch};
/// use replication_lab::time::Time;
///
/// let watch = Watch { detectors: vec![Box::new(Timeout::new(Time::s(5))), Box::<Exponential>::default()], ..Watch::default() };
/// let watched = watch.run(Some(Time::s(60)), Time::s(120))?;
/// assert!(watched.verdicts[0].detected_after.unwrap() < watched.verdicts[1].detected_after.unwrap());
/// # Ok::<(), replication_lab::detector::WatchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Watch {
    /// How often the node sends a heartbeat. Default 1 s.
    pub interval: Time,
    /// How often the monitor asks its detectors. Default 100 ms.
    pub check: Time,
    /// The link from the node to the monitor.
    pub link: Link,
    /// The detectors.
    pub detectors: Vec<Box<dyn Detector>>,
    /// Whether the run is traced.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            interval: Time::s(1),
            check: Time::ms(100),
            link: Link::default(),
            detectors: Vec::new(),
            trace: false,
            seed: 1,
        }
    }
}

/// What came of a watch.
#[derive(Clone, Debug)]
pub struct Watched {
    /// When the last heartbeat arrived, if any did.
    pub last_heartbeat: Option<Time>,
    /// What each detector said, in their order.
    pub verdicts: Vec<Verdicts>,
    /// What happened, if the run was traced.
    pub trace: Option<Trace>,
}

/// What one detector said during a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// The detector.
    pub name: String,
    /// When it changed its mind: true for a conviction, false for trust again.
    pub changes: Vec<(Time, bool)>,
    /// Convictions of the node while it lived.
    pub false_alarms: usize,
    /// How long the node was dead before it was convicted, for good; nothing if it never was, or never died.
    pub detected_after: Option<Time>,
}

/// A watch that can't be.
#[derive(Clone, Debug, PartialEq)]
pub enum WatchError {
    /// A time that must not be zero.
    Zero(&'static str),
    /// The link can't be.
    Link(LatencyError),
    /// The world can't be.
    World(WorldError),
    /// The crash can't be.
    Crash(PlanError),
}

impl fmt::Display for WatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero(what) => write!(f, "{what} is 0: choose a time above 0"),
            Self::Link(error) => error.fmt(f),
            Self::World(error) => error.fmt(f),
            Self::Crash(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for WatchError {}

const HEART: NodeId = NodeId(0);
const MONITOR: NodeId = NodeId(1);

/// A node of this world.
#[derive(Clone, Debug)]
pub enum Member {
    /// The node that is watched: it beats and does nothing else.
    Heart {
        /// How often.
        interval: Time,
        /// Heartbeats so far.
        beats: u64,
    },
    /// The monitor.
    Monitor {
        /// How often it asks its detectors.
        check: Time,
        /// Its detectors, each with its last verdict: whether it convicts.
        detectors: Vec<(Box<dyn Detector>, bool)>,
    },
}

/// A heartbeat and its number, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat(u64);

impl fmt::Display for Heartbeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "heartbeat {}", self.0)
    }
}

/// What a member is woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The next heartbeat is due.
    Beat,
    /// The detectors are asked.
    Check,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Beat => "next heartbeat",
            Self::Check => "ask the detectors",
        })
    }
}

/// What the monitor tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A heartbeat arrived.
    Heard,
    /// A detector, by its place, changed its mind: whether it convicts.
    Verdict(usize, bool),
}

impl Node for Member {
    type Message = Heartbeat;
    type Timer = Timer;
    type Record = ();
    type Output = Told;

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        match self {
            Self::Heart { .. } => self.timer(Timer::Beat, effects),
            Self::Monitor { check, .. } => effects.after_in_background(*check, Timer::Check),
        }
    }

    fn message(&mut self, _: NodeId, _: Heartbeat, effects: &mut Effects<'_, Self>) {
        if let Self::Monitor { detectors, .. } = self {
            let now = effects.clock();
            detectors.iter_mut().for_each(|(detector, _)| detector.heartbeat(now));
            effects.output(Told::Heard);
            ask(detectors, effects);
        }
    }

    fn timer(&mut self, _: Timer, effects: &mut Effects<'_, Self>) {
        match self {
            Self::Heart { interval, beats } => {
                *beats += 1;
                effects.send(MONITOR, Heartbeat(*beats));
                effects.after_in_background(*interval, Timer::Beat);
            }
            Self::Monitor { check, detectors } => {
                ask(detectors, effects);
                effects.after_in_background(*check, Timer::Check);
            }
        }
    }
}

/// Asks every detector and tells which changed its mind.
fn ask(detectors: &mut [(Box<dyn Detector>, bool)], effects: &mut Effects<'_, Member>) {
    let now = effects.clock();
    for (place, (detector, convicted)) in detectors.iter_mut().enumerate() {
        let convicts = detector.convicts(now);
        if convicts != *convicted {
            *convicted = convicts;
            let verdict = if convicts { "convicts" } else { "trusts again" };
            effects.note(|| format!("{}: {verdict}", detector.name()));
            effects.output(Told::Verdict(place, convicts));
        }
    }
}

impl Watch {
    /// Watches the node until `end`; it crashes at `crash`, or lives.
    ///
    /// # Errors
    /// When a time is zero, or the link or the crash can't be.
    pub fn run(&self, crash: Option<Time>, end: Time) -> Result<Watched, WatchError> {
        self.run_under(&Plan::none(), crash, end)
    }

    /// Watches the node until `end` under other faults besides, in which it is the first node, and the monitor the
    /// second.
    ///
    /// # Errors
    /// When a time is zero, or the link, the crash or another fault can't be.
    pub fn run_under(&self, faults: &Plan, crash: Option<Time>, end: Time) -> Result<Watched, WatchError> {
        for (what, time) in [("the heartbeat interval", self.interval), ("the check period", self.check)] {
            if time == Time::ZERO {
                return Err(WatchError::Zero(what));
            }
        }
        let heart = Member::Heart { interval: self.interval, beats: 0 };
        let detectors = self.detectors.iter().map(|detector| (detector.clone(), false)).collect();
        let monitor = Member::Monitor { check: self.check, detectors };
        let nodes = vec![("heart".into(), heart), ("monitor".into(), monitor)];
        let mut world =
            World::new(self.seed, nodes, self.link.clone(), self.trace).map_err(WatchError::World)?;
        let faults = crash.map_or_else(|| faults.clone(), |at| faults.clone().and(at, Fault::Crash(HEART)));
        world.plan(&faults).map_err(WatchError::Crash)?;
        world.run_until(end);
        Ok(self.watched(&mut world, crash))
    }

    fn watched(&self, world: &mut World<Member>, crash: Option<Time>) -> Watched {
        let mut last_heartbeat = None;
        let mut changes = vec![Vec::new(); self.detectors.len()];
        for (at, _, told) in world.take_outputs() {
            match told {
                Told::Heard => last_heartbeat = Some(at),
                Told::Verdict(place, convicts) => changes[place].push((at, convicts)),
            }
        }
        let death = crash.unwrap_or(Time::NEVER);
        let verdicts = self.detectors.iter().zip(changes).map(|(detector, changes)| {
            let early = |change: &&(Time, bool)| change.1 && change.0 < death;
            let last = changes.last().copied();
            Verdicts {
                name: detector.name(),
                false_alarms: changes.iter().filter(early).count(),
                // Whoever had convicted it already, is right at once.
                detected_after: last.filter(|last| last.1 && crash.is_some()).map(|last| last.0.since(death)),
                changes,
            }
        });
        Watched { last_heartbeat, verdicts: verdicts.collect(), trace: world.trace().cloned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::{Exponential, PhiAccrual, Timeout};
    use crate::network::Latency;

    fn watch(latency: Latency) -> Watch {
        let detectors: Vec<Box<dyn Detector>> = vec![
            Box::new(Timeout::new(Time::ms(2_500))),
            Box::<PhiAccrual>::default(),
            Box::<Exponential>::default(),
        ];
        Watch { detectors, link: Link::new(latency), ..Watch::default() }
    }

    #[test]
    fn transcript_of_a_death_and_its_detection() {
        let traced = Watch { trace: true, check: Time::ms(500), ..watch(Latency::Constant(Time::ms(10))) };
        let watched = traced.run(Some(Time::ms(3_500)), Time::s(60)).unwrap();
        insta::assert_snapshot!(watched.trace.unwrap().transcript());
    }

    #[test]
    fn a_steady_node_is_never_accused() {
        let watched = watch(Latency::Constant(Time::ms(10))).run(None, Time::s(3_600)).unwrap();
        for verdicts in watched.verdicts {
            assert_eq!((verdicts.changes.len(), verdicts.detected_after), (0, None), "{}", verdicts.name);
        }
    }

    #[test]
    fn under_jitter_the_impatient_detector_errs_and_the_patient_one_is_late() {
        let wild = Latency::Exponential(Time::ms(800));
        let watched = watch(wild).run(Some(Time::s(3_600)), Time::s(3_700)).unwrap();
        let [timeout, _, exponential] = &watched.verdicts[..] else { panic!("three detectors") };
        assert!(timeout.false_alarms > 10, "{timeout:?}");
        assert_eq!(exponential.false_alarms, 0, "{exponential:?}");
        assert!(timeout.detected_after < exponential.detected_after);
    }

    #[test]
    fn what_makes_no_watch_says_why() {
        let steady = watch(Latency::Constant(Time::ms(10)));
        let why = |watch: Watch| watch.run(None, Time::s(1)).unwrap_err().to_string();
        assert_eq!(
            why(Watch { interval: Time::ZERO, ..steady.clone() }),
            "the heartbeat interval is 0: choose a time above 0"
        );
        assert_eq!(
            why(Watch { check: Time::ZERO, ..steady }),
            "the check period is 0: choose a time above 0"
        );
    }
}
