//! Attacks on an answer: random situations, invariants, and the smallest situation that breaks one.
//!
//! The scenarios of an exercise are few and chosen. An attack draws hundreds of situations from seeds, plays each against
//! the learner's code, and asks of what was seen only what every right answer must do: it never compares with the
//! reference. A situation that breaks a rule is made smaller until nothing more can be taken away.
//!
//! *Situation* → (play, in the exercise's own harness) → *observation* → (rules) → *findings*. A situation is plain data; it
//! travels as the scenario of a [`Task`], so that the same drivers, limits and guards apply to it as to a scenario of the
//! exercise. Playing is part of every build of the grader; drawing, judging and shrinking are behind the feature `judge`.
//!
//! # Limits
//! What no drawn situation reaches is not found, and "no rule was broken" is no proof. What an attack checked, and how
//! often, it says itself.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::exercise::Task;

pub mod e9_1;
pub mod e9_2;
pub mod e9_3;
pub mod e9_4;
pub mod e9_5;

#[cfg(feature = "judge")]
mod drill;
#[cfg(feature = "judge")]
mod hunt;
#[cfg(feature = "judge")]
mod report;
#[cfg(feature = "judge")]
mod shrink;
#[cfg(feature = "judge")]
mod view;

#[cfg(all(test, feature = "judge"))]
mod tests;

#[cfg(feature = "judge")]
pub use drill::{Drill, Findings, Rule};
#[cfg(feature = "judge")]
pub use hunt::{DRILLS, NotAttacked, Player, Settings, attack, attack_with, attacked_by};
#[cfg(feature = "judge")]
pub use report::{Attack, Outcome, Story, Tested};

/// A number of things, in words.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Begins the scenario of a task that is a situation of an attack.
const SITUATION: &str = "situation ";

/// A situation to play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked<S> {
    /// What to play.
    pub situation: S,
    /// Whether the run is kept, to be drawn.
    pub drawn: bool,
}

/// The situation that a task asks to play; nothing if it names a scenario.
pub(crate) fn asked<S: DeserializeOwned>(task: &Task) -> Option<Asked<S>> {
    serde_json::from_str(task.scenario.strip_prefix(SITUATION)?).ok()
}

/// A situation as a task.
#[cfg(feature = "judge")]
pub(crate) fn task<S: Serialize>(situation: S, drawn: bool) -> Task {
    let asked = serde_json::to_string(&Asked { situation, drawn }).expect("situations are plain data");
    Task { scenario: format!("{SITUATION}{asked}"), seed: 0 }
}
