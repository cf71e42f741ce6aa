//! Notes what an answer does while a scenario drives it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use replication_lab::trace::Trace;
use serde::Serialize;

use super::{Ending, Observation, Step};

/// Notes the steps of a scenario. What was noted before a panic or a time-out is kept.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Clone, Debug, Default)]
struct Notes {
    steps: Vec<Step>,
    run: Option<Trace>,
}

impl Recorder {
    /// Notes one step. `got` must be a primitive or a type of the lab or the grader, never one of the learner's:
    /// a type of her own could claim to be equal to anything.
    pub fn step(&self, what: impl Into<String>, got: impl Serialize) {
        let got = serde_json::to_value(got).expect("observations are plain data with text keys");
        self.notes().steps.push(Step { what: what.into(), got });
    }

    /// Keeps the run for the reader. A later call replaces an earlier one.
    pub fn keep_run(&self, run: &Trace) {
        self.notes().run = Some(run.clone());
    }

    /// The observation so far, with its ending.
    pub(crate) fn observation(&self, ending: Ending) -> Observation {
        let notes = self.notes().clone();
        Observation { steps: notes.steps, ending, run: notes.run }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // A panic of the learner's code while a step is noted leaves nothing half done.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
