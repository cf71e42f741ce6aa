//! Drills: something is wrong, and only its metrics are seen. Name the cause, take an action, see what it brings about.
//!
//! A drill is a leader, two followers and a spare, with users who read and write, an index of rows outside that
//! refuses a second row under an id, and observers who replace a leader that is silent. Something goes wrong; the run
//! goes on up to the alarm. Whatever is shown comes out of that run. [`Drill::act`] carries an action out on the very
//! same run at the alarm and measures a minute later, beside the same minute without it; the [`Verdict`] compares the
//! two. No table says which action is right.
//!
//! | symptom | looks like it | trap |
//! |---|---|---|
//! | lag that grows | lag that stays the same | “the network” |
//! | lag that stays the same | lag that grows | “replay is too slow” |
//! | stale reads, now and then | data comes and goes | sticky sessions |
//! | data appears, then disappears | stale reads | “data was lost” |
//! | duplicate keys after a failover | two nodes accept writes | drop the unique constraint; UUIDs alone |
//! | two nodes accept writes | duplicate keys | “let them sync” |
//!
//! # What is simplified
//! An entry's replay takes a fixed time, which parallel apply divides by four: real workers wait for one another. Every
//! node reads a new configuration in the same instant. Fencing is a power switch that always works. What a router
//! knows of a user travels with the user between two devices. The spare copies the leader in an instant.
//!
//! # Limits
//! A verdict looks at what went wrong, and at what was destroyed or failed. Whether the price is worth it, reads on the
//! leader and reads that wait, it leaves to who reads the table. It judges the last 30 seconds of one minute: what a
//! spare brings in an hour, it does not see. One client reaches both sides of a network that is cut, so that stopping a
//! server makes nobody homeless.
//!
//! # Examples
//! ```
//! use replication_lab::drill::{Action, Cause, Drill, Situation, Verdict};
//!
//! let drill = Drill::of(Situation::StaleReads, 7)?;
//! println!("{}", drill.metrics());
//! assert!(!drill.diagnose(Cause::Cache).right);
//! assert!(drill.diagnose(Cause::ReadsIgnoreOwnWrites).right);
//! let sticky = drill.act(Action::StickySessions)?;
//! assert_ne!(sticky.verdict, Verdict::Cured, "a follower can be behind, and the same one each time");
//! let position = drill.act(Action::ReadByPosition)?;
//! assert_eq!(position.verdict, Verdict::Cured);
//! println!("{}", position.figure());
//! # Ok::<(), replication_lab::drill::DrillError>(())
//! ```

mod action;
mod diagnosis;
mod effect;
mod measure;
mod scene;
mod situation;
pub mod view;

use std::fmt;

pub use action::Action;
pub use diagnosis::Diagnosis;
pub use effect::{Effect, Verdict};
pub use measure::{Harm, Measured};
pub use situation::{Cause, Situation};

use crate::leader_follower::SetupError;
use crate::view::Figure;
use measure::Facts;
use scene::Scene;

/// A system in which something is wrong, at the moment of the alarm.
#[derive(Clone, Debug)]
pub struct Drill {
    scene: Scene,
    waiting: Measured,
}

impl Drill {
    /// A drill whose situation, rates, delays and moment the seed draws, run up to the alarm.
    ///
    /// # Errors
    /// When the system can't be built, or no alarm goes off.
    pub fn new(seed: u64) -> Result<Self, DrillError> {
        let (situation, numbers) = situation::drawn(seed);
        Self::in_scene(Scene::new(situation, numbers, seed)?)
    }

    /// A drill of a given situation, for authors and tests; its numbers are drawn by the seed.
    ///
    /// # Errors
    /// When the system can't be built, or no alarm goes off.
    pub fn of(situation: Situation, seed: u64) -> Result<Self, DrillError> {
        let (_, numbers) = situation::drawn(seed);
        Self::in_scene(Scene::new(situation, numbers, seed)?)
    }

    fn in_scene(scene: Scene) -> Result<Self, DrillError> {
        let waiting = Measured::of(&scene.with(Action::Wait)?, scene.alarm);
        Ok(Self { scene, waiting })
    }

    /// What is wrong: the solution.
    pub fn situation(&self) -> Situation {
        self.scene.situation
    }

    /// Everything that can be seen at the alarm: the alarm itself; each follower's lag over time; the servers, with
    /// how far each is and how quickly it answers; who accepts writes; the ids that were issued last; what one user
    /// did. The panels are the same in every drill.
    pub fn metrics(&self) -> Figure {
        view::metrics(&self.scene.cluster, &self.scene.says)
    }

    /// Whether this is the cause, and what in the metrics tells.
    pub fn diagnose(&self, cause: Cause) -> Diagnosis {
        Diagnosis::of(cause, self.scene.situation, &Facts::of(&self.scene.cluster))
    }

    /// Takes an action at the alarm, and measures a minute later. The drill stays as it is: try another one.
    ///
    /// # Errors
    /// When the action can't be carried out on this system.
    pub fn act(&self, action: Action) -> Result<Effect, DrillError> {
        let cluster = self.scene.with(action)?;
        let acting = Measured::of(&cluster, self.scene.alarm);
        Ok(Effect {
            action,
            verdict: Verdict::of(&self.waiting, &acting),
            waiting: self.waiting.clone(),
            acting,
            situation: self.scene.situation,
            alarm: self.scene.alarm,
            cluster,
        })
    }

    /// The metrics.
    pub fn figure(&self) -> Figure {
        self.metrics()
    }
}

crate::shown_in_notebooks!(Drill);

/// A drill that can't be run.
#[derive(Clone, Debug, PartialEq)]
pub enum DrillError {
    /// Its system can't be, or an action does not fit it.
    Setup(SetupError),
    /// Nobody noticed anything: the situation, and the seed.
    NoAlarm(Situation, u64),
}

impl fmt::Display for DrillError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::NoAlarm(situation, seed) => {
                write!(f, "seed {seed}, {situation}: no alarm went off; choose another seed")
            }
        }
    }
}

impl std::error::Error for DrillError {}

impl From<SetupError> for DrillError {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

#[cfg(test)]
mod tests;
