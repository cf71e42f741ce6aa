//! The exercises with all that is known of them.

use std::collections::BTreeMap;
use std::fmt;

use replication_lab::view::Figure;

use super::{Fingerprints, HINT_LEVELS, Spec};
use crate::exercise::{Answer, Observation, Task};
use crate::exercises::{ALL, Entry};
use crate::page::Page;

/// An exercise with its data file and what its reference was seen to do.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Its data file.
    pub spec: Spec,
    /// The reference's observations by scenario, for the seeds of the data file.
    pub reference: BTreeMap<String, Observation>,
    /// The mutants' observations, as fingerprints.
    pub mutants: Fingerprints,
    entry: Entry,
}

/// An id that no exercise has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownExercise {
    asked: String,
}

impl fmt::Display for UnknownExercise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = ALL.iter().map(|entry| entry.id).collect();
        write!(f, "there is no exercise {:?}; there are {}", self.asked, known.join(", "))
    }
}

impl std::error::Error for UnknownExercise {}

impl Exercise {
    /// All exercises, in the order of the chapters.
    pub fn all() -> Vec<Exercise> {
        ALL.iter().map(Self::load).collect()
    }

    /// The exercise with this id, or with this former id. `e6_1`, `E6.1` and `6.1` are the same.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(id: &str) -> Result<Exercise, UnknownExercise> {
        let plain = |id: &str| id.trim().to_uppercase().replace('_', ".").trim_start_matches('E').to_owned();
        let wanted = plain(id);
        if let Some(entry) = ALL.iter().find(|entry| plain(entry.id) == wanted) {
            return Ok(Self::load(entry));
        }
        Self::all()
            .into_iter()
            .find(|e| e.spec.formerly.iter().any(|old| plain(old) == wanted))
            .ok_or_else(|| UnknownExercise { asked: id.to_owned() })
    }

    /// The exercise that `answer` is an answer to.
    pub(super) fn of(answer: &Answer) -> Exercise {
        let entry = ALL.iter().find(|entry| entry.id == answer.exercise());
        Self::load(entry.expect("answers are made by the exercises' own modules"))
    }

    fn load(entry: &Entry) -> Exercise {
        let broken = |what: &str, why: String| -> ! { panic!("{what} of {}: {why}", entry.id) };
        let spec = toml::from_str(entry.spec).unwrap_or_else(|e| broken("data file", e.to_string()));
        let reference = in_snapshot(entry.reference).unwrap_or_else(|e| broken("snapshot", e.to_string()));
        let mutants =
            in_snapshot(entry.mutants).unwrap_or_else(|e| broken("mutants' snapshot", e.to_string()));
        Exercise { spec, reference, mutants, entry: *entry }
    }

    /// The scenarios as tasks, with the seeds of the data file.
    pub fn tasks(&self) -> Vec<Task> {
        let task = |s: &super::Scenario| Task { scenario: s.id.clone(), seed: s.seed };
        self.spec.scenarios.iter().map(task).collect()
    }

    /// The exercise as it is with other seeds: the scenarios of `reference` alone, with the seeds of its tasks, and what the
    /// reference solution was seen to do with them.
    pub fn at_seeds(&self, reference: &[(Task, Observation)]) -> Exercise {
        let mut other = self.clone();
        let task = |id: &str| reference.iter().find(|(task, _)| task.scenario == id);
        other.spec.scenarios.retain(|scenario| task(&scenario.id).is_some());
        for scenario in &mut other.spec.scenarios {
            scenario.seed = task(&scenario.id).map_or(scenario.seed, |(task, _)| task.seed);
        }
        other.reference =
            reference.iter().map(|(task, seen)| (task.scenario.clone(), seen.clone())).collect();
        other
    }

    /// The rules that an observation breaks.
    pub fn violations(&self, task: &Task, seen: &Observation) -> Vec<super::Violation> {
        (self.entry.invariants)(task, seen)
    }

    /// The hint of a level, from 1 to 4; beyond them, the nearest.
    pub fn hint(&self, level: usize) -> Figure {
        let level = level.clamp(1, HINT_LEVELS.len());
        let kind = HINT_LEVELS[level - 1];
        let mut page = Page::new();
        page.heading(&format!(
            "{} {} — hint {level} of {}, {kind}",
            self.spec.id,
            self.spec.title,
            HINT_LEVELS.len()
        ));
        page.markdown(self.spec.hints[level - 1].trim());
        page.figure()
    }
}

/// The JSON in an insta snapshot: what follows its header. An empty snapshot, as an author makes it before the
/// first build, holds nothing.
fn in_snapshot<T: serde::de::DeserializeOwned + Default>(text: &str) -> serde_json::Result<T> {
    match text.splitn(3, "---\n").nth(2) {
        Some(json) if !json.trim().is_empty() => serde_json::from_str(json),
        _ => Ok(T::default()),
    }
}
