//! Results of a class, as plain values.

use serde::{Deserialize, Serialize};

use crate::intake::Handed;
use crate::judge::Exercise;
use crate::pipeline::{Assessment, Protection};

/// Names the form of [`Results`] as JSON. A field more keeps the number; anything else raises it.
pub const SCHEMA: &str = "replication-course/results/1";

/// All results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: String,
    /// Names what graded: the judge, the lab and the compiler.
    pub grader: String,
    /// What kept the submissions from the rest of the machine.
    pub protection: Protection,
    /// The learners, by name.
    pub learners: Vec<Learner>,
}

/// The results of one learner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Learner {
    /// Who, as the entry's name says it; fit to print.
    pub learner: String,
    /// Points reached. Nothing where nothing could be graded; without those of exercises that were not graded.
    pub points: Option<u32>,
    /// Points there are.
    pub max_points: u32,
    /// Why nothing could be graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What the instructor should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The exercises, in the course's order.
    pub exercises: Vec<Graded>,
}

/// One exercise of one learner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded {
    /// Its id.
    pub exercise: String,
    /// Points reached. Nothing where the grader failed: that is no zero.
    pub points: Option<u32>,
    /// Points there are.
    pub max_points: u32,
    /// How it came out.
    pub outcome: Outcome,
    /// Where the answer was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed: Option<Handed>,
    /// What was seen, and the judge's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Why the grader failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grader_fault: Option<String>,
}

/// How an exercise came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All scenarios as the reference.
    Passed,
    /// Not all.
    Failed,
    /// Nothing was written yet.
    Stub,
    /// No program came of it.
    NotCompiled,
    /// The file was not taken.
    Refused,
    /// There was none.
    NotHandedIn,
    /// The grader failed, not the answer.
    NotGraded,
}

impl Outcome {
    /// In words.
    pub fn shown(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Stub => "still the stub",
            Outcome::NotCompiled => "does not compile",
            Outcome::Refused => "refused",
            Outcome::NotHandedIn => "not handed in",
            Outcome::NotGraded => "not graded: the grader failed",
        }
    }

    /// Of an assessment.
    pub(super) fn of(assessment: &Assessment) -> Self {
        match assessment {
            Assessment { fault: Some(_), .. } => Self::NotCompiled,
            passed if passed.passed() => Self::Passed,
            other if other.report.untouched() => Self::Stub,
            _ => Self::Failed,
        }
    }
}

impl Graded {
    /// An exercise without an assessment.
    pub(super) fn without(exercise: &Exercise, outcome: Outcome, handed: Option<Handed>) -> Self {
        let points = (outcome != Outcome::NotGraded).then_some(0);
        let (id, max_points) = (exercise.spec.id.clone(), exercise.spec.points());
        Self { exercise: id, points, max_points, outcome, handed, assessment: None, grader_fault: None }
    }
}

impl Learner {
    /// The exercises that the grader failed on.
    pub fn not_graded(&self) -> usize {
        self.exercises.iter().filter(|graded| graded.outcome == Outcome::NotGraded).count()
    }
}
