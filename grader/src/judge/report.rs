//! Feedback as a value.

use replication_lab::time::Time;
use replication_lab::trace::Trace;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Violation;

/// What the judge says of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The exercise's id.
    pub exercise: String,
    /// Its title.
    pub title: String,
    /// Points reached.
    pub points: u32,
    /// Points there are.
    pub max_points: u32,
    /// The scenarios in their order.
    pub scenarios: Vec<ScenarioReport>,
}

/// What the judge says of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioReport {
    /// Its id.
    pub id: String,
    /// What was expected, as a sentence.
    pub title: String,
    /// How it went.
    pub verdict: Verdict,
    /// Points there are for it; all when it passed, else none.
    pub max_points: u32,
    /// Replays it.
    pub seed: u64,
    /// Rules that were broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The first step that differs from the reference's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// What somebody believes whose code behaves like this, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub misconception: Option<Misconception>,
    /// The run in the lab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Trace>,
    /// Further runs of an official grading, with seeds of their own. They are the instructor's: what a learner is shown of
    /// them is in the violations. See [`Report::for_learner`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<HiddenRun>,
}

/// A further run of a scenario, with a seed that nobody knew before the answer was handed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HiddenRun {
    /// Which, from 1 on.
    pub number: u32,
    /// Replays it.
    pub seed: u64,
    /// How it went.
    pub verdict: Verdict,
    /// Rules that were broken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violations: Vec<Violation>,
    /// The first step that differs from the reference's with this seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

/// A known-wrong idea behind a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misconception {
    /// Name of the mutant that behaves the same.
    pub mutant: String,
    /// The idea, and why it doesn't hold.
    pub text: String,
}

/// How a scenario went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Verdict {
    /// As the reference.
    Passed,
    /// Not as the reference, or a rule is broken.
    Failed,
    /// A `todo!()` was reached.
    Unfinished {
        /// Its text.
        message: String,
    },
    /// The code panicked.
    Panicked {
        /// The message.
        message: String,
        /// Where, if known.
        at: Option<String>,
    },
    /// The code did not come back in time.
    TimedOut {
        /// The limit in milliseconds.
        after_ms: u64,
    },
    /// It was not seen to run to its end: an earlier scenario never ended, or the program did.
    NotRun,
}

/// A step in which an answer differs from the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What was asked.
    pub what: String,
    /// What the reference gives; nothing where its run was over.
    pub expected: Option<Value>,
    /// What the answer gave; nothing where its run was over.
    pub got: Option<Value>,
    /// What to see of it in the run: from the beginning of the operation before, to the beginning of the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub during: Option<(Time, Option<Time>)>,
}

impl Report {
    /// Whether every scenario passed.
    pub fn passed(&self) -> bool {
        self.scenarios.iter().all(|scenario| scenario.verdict == Verdict::Passed)
    }

    /// The report without what only the instructor should see: what hidden runs expected.
    pub fn for_learner(&self) -> Report {
        let mut report = self.clone();
        report.scenarios.iter_mut().for_each(|scenario| scenario.hidden.clear());
        report
    }

    /// Whether it is still the stub: the first scenario reached a `todo!()` and none passed.
    pub fn untouched(&self) -> bool {
        self.points == 0
            && matches!(self.scenarios.first(), Some(s) if matches!(s.verdict, Verdict::Unfinished { .. }))
    }

    /// The first scenario that did not pass.
    pub fn first_failure(&self) -> Option<&ScenarioReport> {
        self.scenarios.iter().find(|scenario| scenario.verdict != Verdict::Passed)
    }
}
