//! What came of an attack, as a value.

use replication_lab::trace::Trace;
use serde::Serialize;

use super::Rule;

/// What came of an attack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attack {
    /// The exercise's id.
    pub exercise: &'static str,
    /// Its title.
    pub title: String,
    /// How many situations were played, the shrinking not counted.
    pub situations: u64,
    /// The seed of the first; the next one has the next number.
    pub seed: u64,
    /// How often each rule was put to the test.
    pub rules: Vec<Tested>,
    /// How it ended.
    pub outcome: Outcome,
}

/// A rule, and how often it was put to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// The rule.
    pub rule: Rule,
    /// So often something happened that could have broken it.
    pub times: u64,
}

/// How an attack ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Outcome {
    /// No rule was broken.
    Survived,
    /// There is no attack on this exercise.
    NotAttacked {
        /// That, and on which there is one.
        why: String,
    },
    /// The code is a stub, or a part of it is.
    Unfinished {
        /// The text of the `todo!()` that was reached.
        message: String,
    },
    /// A rule was broken.
    Broken(Box<Story>),
}

/// The smallest situation that was found to break a rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    /// The seed of the situation that it was made from: with it, one situation is enough.
    pub seed: u64,
    /// How many situations had been played when the first one broke a rule, that one included.
    pub after: u64,
    /// The situation, in numbered lines.
    pub situation: String,
    /// How many events it has, and how many it had before it was made smaller.
    pub events: [usize; 2],
    /// The rule that is broken.
    pub rule: Rule,
    /// What happened instead.
    pub happened: String,
    /// What was seen, step by step.
    pub steps: Vec<String>,
    /// The run in the lab, if the drill has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<Trace>,
}

impl Attack {
    /// Whether no rule was broken, by code that is whole.
    pub fn survived(&self) -> bool {
        self.outcome == Outcome::Survived
    }

    /// The story of the broken rule, if there is one.
    pub fn story(&self) -> Option<&Story> {
        match &self.outcome {
            Outcome::Broken(story) => Some(story),
            _ => None,
        }
    }
}
