//! What decides over an observation, and the feedback.
//!
//! An observation passes when it is the reference's: same steps, same ending. Invariants come on top: they say in
//! words *what* is wrong, and hold for every seed, also where no reference was recorded.

mod catalogue;
mod moment;
mod mutants;
mod report;
mod ruling;
mod snapshot;
mod spec;
mod value;
mod view;

use std::path::Path;
use std::time::Duration;

pub use catalogue::{Exercise, UnknownExercise};
pub use mutants::Fingerprints;
pub use report::{Difference, HiddenRun, Misconception, Report, ScenarioReport, Verdict};
pub use ruling::judge;
pub use snapshot::{mutants_text, reference_text};
pub use spec::{Edit, HINT_LEVELS, Mutant, Scenario, Spec};
pub use view::{Audience, ForNbgrader};

use crate::exercise::{Answer, Observation, Task};
use crate::progress::Place;
use replication_lab::view::Figure;

/// A rule that an observation breaks: its name, and a sentence for the learner.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// Short name of the rule, such as `acknowledged-writes-are-read`.
    pub rule: String,
    /// What is wrong and why it matters, with the values that were seen.
    pub why: String,
}

impl Violation {
    /// A broken rule.
    pub fn new(rule: impl Into<String>, why: impl Into<String>) -> Self {
        Self { rule: rule.into(), why: why.into() }
    }
}

/// What holds for every right answer, whatever the seed: the rules that an observation breaks.
pub type Invariants = fn(&Task, &Observation) -> Vec<Violation>;

/// How long one scenario may take in a notebook or a test.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drives an answer through all scenarios of its exercise, judges what was seen, and notes it in the progress.
pub fn check(answer: Answer) -> Report {
    check_at(&Place::here(), answer)
}

/// As [`check`], for a learner's test in the package at `compiled_in`: it counts in the clone around it.
pub fn check_in_test(answer: Answer, compiled_in: &str) -> Report {
    check_at(&Place::of_test(Path::new(compiled_in)), answer)
}

fn check_at(place: &Place, answer: Answer) -> Report {
    let exercise = Exercise::of(&answer);
    let mut seen = Vec::new();
    for task in exercise.tasks() {
        let observation = answer.observe(&task, PATIENCE);
        let left_behind = matches!(observation.ending, crate::exercise::Ending::TimedOut { .. });
        seen.push((task, observation));
        if left_behind {
            // Each further scenario would leave one more thread spinning.
            break;
        }
    }
    let report = judge(&exercise, &seen);
    crate::progress::note_exercise(place, &report);
    report
}

/// A hint for an exercise, from 1 (a nudge) to 4 (an outline).
pub fn hint(exercise: &str, level: usize) -> Figure {
    match Exercise::find(exercise) {
        Ok(exercise) => exercise.hint(level),
        Err(unknown) => Figure::text(unknown.to_string()),
    }
}
