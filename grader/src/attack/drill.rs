//! What an attack needs to know of a drill.

use std::fmt::Display;

use replication_lab::rng::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::exercise::Step;
use crate::judge::Violation;

/// Something that holds for every right answer in every situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Short, such as `fenced-before-promoted`.
    pub name: &'static str,
    /// What is expected, and why it matters: a sentence or two.
    pub says: &'static str,
}

/// The code must not panic, whatever happens.
pub(super) const NO_PANIC: Rule = Rule {
    name: "does-not-panic",
    says: "Your code never panics: a process that dies in a situation that can happen is one more outage.",
};
/// The code must come back.
pub(super) const COMES_BACK: Rule = Rule {
    name: "comes-back",
    says: "Every call comes back: whoever waits for ever can't do anything else.",
};

/// A kind of situation, how to draw it, what must hold in it, and what can be taken away from it. Its `Display` is a list
/// of numbered steps.
pub trait Drill: Clone + PartialEq + Display + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What happens in a situation. Any of its events can be left out.
    type Event: Clone;

    /// The exercise's id.
    const EXERCISE: &'static str;

    /// The rules, the gravest first: of several that are broken, the first is told.
    const RULES: &'static [Rule];

    /// Draws a situation.
    fn draw(rng: &mut Rng) -> Self;

    /// What happens.
    fn events(&self) -> &[Self::Event];

    /// The same situation with these events.
    fn with(&self, events: Vec<Self::Event>) -> Self;

    /// The same situation with something simpler besides the events: fewer servers, a shorter time. The simplest first.
    fn simpler(&self) -> Vec<Self>;

    /// Puts every rule to the test on what was seen.
    fn judge(&self, steps: &[Step], findings: &mut Findings);

    /// A step as lines for a reader; nothing where there is nothing to see.
    fn tell(step: &Step) -> Vec<String>;
}

/// What came of putting rules to the test.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How often each rule was really put to the test, by its name.
    pub tested: Vec<(&'static str, u64)>,
    /// The rules that did not hold.
    pub broken: Vec<Violation>,
}

impl Findings {
    /// Puts a rule to the test once.
    pub fn test(&mut self, rule: &'static str, holds: bool, why: impl FnOnce() -> String) {
        match self.tested.iter_mut().find(|(name, _)| *name == rule) {
            Some((_, times)) => *times += 1,
            None => self.tested.push((rule, 1)),
        }
        if !holds {
            self.broken.push(Violation::new(rule, why()));
        }
    }

    /// The gravest of the broken rules.
    pub fn gravest(&self, rules: &[Rule]) -> Option<(Rule, &Violation)> {
        rules
            .iter()
            .find_map(|rule| Some((*rule, self.broken.iter().find(|broken| broken.rule == rule.name)?)))
    }
}
