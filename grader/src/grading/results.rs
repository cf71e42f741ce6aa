//! Results of a class, as plain values.

use serde::{Deserialize, Serialize};

use super::{Marking, Points};
use crate::intake::Handed;
use crate::judge::Exercise;
use crate::pipeline::{Assessment, Protection};
use crate::question;

/// Names the form of [`Results`] as JSON. A field more keeps the number; anything else raises it.
pub const SCHEMA: &str = "replication-course/results/1";

/// All results: what was seen of every answer, and the points that the marking gives for it. Points can be worked out
/// again from the rest, by [`mark`](fn@super::mark).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA`].
    pub schema: String,
    /// Names what graded: the judge, the lab and the compiler.
    pub grader: String,
    /// What kept the submissions from the rest of the machine.
    pub protection: Protection,
    /// Which part of a class this is; nothing for a whole one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// How often every scenario that depends on its seed ran more, with seeds of its own for every answer; nothing where it
    /// ran once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<u32>,
    /// What counts how much.
    pub marking: Marking,
    /// What the instructor should know of the class, such as names that were told apart by nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The learners, by their keys.
    pub learners: Vec<Learner>,
}

/// A part of a class, graded by a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which, from 1 on.
    pub number: u32,
    /// Of how many.
    pub of: u32,
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// Reads `2/8`.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.split_once('/').and_then(|(number, of)| {
            Some(Self { number: number.trim().parse().ok()?, of: of.trim().parse().ok()? })
        });
        read.filter(|shard| (1..=shard.of).contains(&shard.number))
            .ok_or_else(|| format!("{text:?} is no part of a class: write 1/8 to 8/8 for eight parts"))
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The results of one learner. All texts are fit to print.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Learner {
    /// Who: the learner's id of the roster where there is one, else as the entry's name says it. No two learners have the
    /// same.
    pub learner: String,
    /// Name, mail and what else is known.
    #[serde(default)]
    pub identity: Identity,
    /// How it stands.
    pub standing: Standing,
    /// Points reached. Nothing where nothing could be graded; without those of exercises that were not graded.
    pub points: Option<Points>,
    /// Points there are.
    pub max_points: Points,
    /// What was reached in percent, with the marking's weights. Nothing where nothing could be graded.
    pub percent: Option<f64>,
    /// Why nothing could be graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The attempt that counts; nothing where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
    /// What the instructor should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The exercises that count, in the course's order.
    pub exercises: Vec<Graded>,
    /// The questions that count or were answered, part by part, in the course's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Answered>,
}

/// How a learner's submission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// There is something that was graded.
    Graded,
    /// There is something, and nothing in it could be graded: somebody should look.
    Unreadable,
    /// On the roster, and nothing came.
    NothingHandedIn,
}

/// Who a learner is, as the folder of submissions and the roster say it. Never from what was handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The roster's id, such as a number of matriculation or a login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The full name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Whether the roster has this learner; nothing without a roster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_roster: Option<bool>,
}

/// One of the times that a learner handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The entry of the folder that it came from.
    pub from: String,
    /// Which of the learner's, from 1 on.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// When, in UTC, RFC 3339; nothing where the folder does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Whether the learning platform calls it late.
    #[serde(default)]
    pub called_late: bool,
    /// How late it is; nothing if it is not, or has no deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

/// How late something was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Minutes behind the deadline, rounded up; nothing where only the platform says that it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u64>,
    /// What it costs, in percent of the points reached.
    pub costs_percent: u8,
}

/// One exercise of one learner.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Graded {
    /// Its id.
    pub exercise: String,
    /// Its title.
    pub title: String,
    /// Points reached. Nothing where the grader failed: that is no zero.
    pub points: Option<Points>,
    /// Points there are.
    pub max_points: Points,
    /// How it came out.
    pub outcome: Outcome,
    /// Where the answer was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handed: Option<Handed>,
    /// How late it was, where it counts less for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// What was seen, and the judge's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// Why the grader failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grader_fault: Option<String>,
    /// A person's word, which counts instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Reviewed>,
}

/// One part of a question, answered by one learner or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The part's address, such as `Q6.4b`.
    pub question: String,
    /// The question's title.
    pub title: String,
    /// Points reached.
    pub points: Points,
    /// Points there are; none for a question that does not count.
    pub max_points: Points,
    /// How it was judged; nothing where there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<question::Outcome>,
    /// The answer, fit to print; empty where there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The start of the SHA-256 of the answer as it was given: a person's word holds for all that are the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub mark: String,
    /// Where it was found.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// Of free text, the points that are there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<String>,
    /// Of free text, the points that are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What is wrong in it, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub misconceptions: Vec<String>,
    /// For free text, how sure the judge is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<question::Confidence>,
    /// How late it was, where it counts less for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// A person's word, which counts instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Reviewed>,
}

/// What a person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// The points that were given, before what lateness costs.
    pub points: Points,
    /// Of how many there were.
    pub of: Points,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// How an exercise came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// An exercise without an assessment and without points yet.
    pub(super) fn without(exercise: &Exercise, outcome: Outcome, handed: Option<Handed>) -> Self {
        Self {
            exercise: exercise.spec.id.clone(),
            title: exercise.spec.title.clone(),
            points: None,
            max_points: Points::ZERO,
            outcome,
            handed,
            late: None,
            assessment: None,
            grader_fault: None,
            review: None,
        }
    }
}

impl Answered {
    /// A part of a question without an answer, and without points yet.
    pub(crate) fn blank(part: &str) -> Self {
        Self {
            question: part.to_owned(),
            title: question::find(part).map(|(question, _)| question.title.clone()).unwrap_or_default(),
            points: Points::ZERO,
            max_points: Points::ZERO,
            verdict: None,
            text: String::new(),
            mark: String::new(),
            from: String::new(),
            found: Vec::new(),
            missing: Vec::new(),
            misconceptions: Vec::new(),
            confidence: None,
            late: None,
            review: None,
        }
    }
}

impl Learner {
    /// The exercises that the grader failed on.
    pub fn not_graded(&self) -> usize {
        self.exercises.iter().filter(|graded| graded.outcome == Outcome::NotGraded).count()
    }

    /// The name if it is known, else the key.
    pub fn name(&self) -> &str {
        self.identity.name.as_deref().unwrap_or(&self.learner)
    }
}
