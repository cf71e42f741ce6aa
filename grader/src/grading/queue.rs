//! What a person should look at.

use std::collections::BTreeMap;

use super::{About, Answered, Results};
use crate::question::Confidence;

/// An answer to a question that waits for a person, once, whoever gave it.
#[derive(Clone, Debug)]
pub struct Waiting<'a> {
    /// The answer, as one of them gave it.
    pub answered: &'a Answered,
    /// Why a person should look; nothing where the judge is sure.
    pub why: Option<&'a str>,
    /// Who gave it.
    pub learners: Vec<&'a str>,
}

/// The answers in free text that wait: those of which the judge is not sure, which count and nobody has decided about; with
/// `all`, all in free text. One question after the other, so that one has its points in mind.
pub fn waiting(results: &Results, all: bool) -> Vec<Waiting<'_>> {
    let mut found: BTreeMap<About, Waiting<'_>> = BTreeMap::new();
    let mut order = Vec::new();
    for learner in &results.learners {
        for answered in &learner.questions {
            let why = match &answered.confidence {
                Some(Confidence::Low { why }) => Some(why.as_str()),
                Some(Confidence::High) => None,
                None => continue,
            };
            let waits =
                why.is_some() && answered.review.is_none() && answered.max_points > super::Points::ZERO;
            if !(waits || all) {
                continue;
            }
            let about = About::answer(answered);
            let one = found.entry(about.clone()).or_insert_with(|| {
                order.push(about);
                Waiting { answered, why, learners: Vec::new() }
            });
            one.learners.push(&learner.learner);
        }
    }
    let mut waiting: Vec<Waiting<'_>> = order.iter().filter_map(|about| found.remove(about)).collect();
    let banks = crate::question::banks();
    let place = |address: &str| {
        let id = crate::question::find(address).map(|(question, _)| question.id.as_str()).unwrap_or_default();
        banks.iter().flat_map(|bank| &bank.questions).position(|question| question.id == id)
    };
    waiting.sort_by_key(|one| (place(&one.answered.question), one.answered.question.clone()));
    waiting
}
