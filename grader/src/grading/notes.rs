//! What the instructor should know of a class.

use std::collections::BTreeMap;

use super::{Identity, Learner, Member, Standing};

/// What the notes on a class depend on. A learner read and a learner graded say the same, so that the notes on parts that
/// were graded apart can be worked out again for the whole.
pub(super) struct Known<'a> {
    learner: &'a str,
    identity: &'a Identity,
    handed_in: bool,
}

impl<'a> From<&'a Member> for Known<'a> {
    fn from(member: &'a Member) -> Self {
        let Member { learner, identity, attempts, .. } = member;
        Self { learner, identity, handed_in: !attempts.is_empty() }
    }
}

impl<'a> From<&'a Learner> for Known<'a> {
    fn from(graded: &'a Learner) -> Self {
        let Learner { learner, identity, standing, .. } = graded;
        Self { learner, identity, handed_in: *standing != Standing::NothingHandedIn }
    }
}

/// Names that several learners have, and how a roster and the folder differ.
pub(super) fn class_notes<'a>(learners: impl Iterator<Item = Known<'a>> + Clone) -> Vec<String> {
    let mut notes = Vec::new();
    let mut doubles: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for known in learners.clone() {
        let name = known.identity.name.as_deref().unwrap_or(known.learner);
        doubles.entry(name.to_lowercase()).or_default().push(known.learner);
    }
    for (name, who) in doubles.iter().filter(|(_, who)| who.len() > 1) {
        notes.push(format!(
            "more than one learner is called {name}: {}; each is graded alone",
            who.join(", ")
        ));
    }
    if learners.clone().any(|known| known.identity.on_roster.is_some()) {
        let missing = learners.clone().filter(|known| !known.handed_in).count();
        let strangers = learners.filter(|known| known.identity.on_roster == Some(false)).count();
        notes.push(format!(
            "{missing} of the roster handed in nothing; {strangers} who handed in are not on the roster"
        ));
    }
    notes
}
