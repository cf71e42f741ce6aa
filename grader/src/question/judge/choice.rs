//! One option, or several.

use std::collections::BTreeSet;

use super::super::answer::Answer;
use super::super::bank::{Choice, letter};
use super::super::feedback::{Feedback, Mark, Verdict};

/// The places of the options that an answer names: letters, together or apart, or an option's whole text.
fn chosen(choice: &Choice, answer: &Answer) -> Option<BTreeSet<usize>> {
    let whole = answer.to_string().trim().to_lowercase();
    if let Some(at) = choice.options.iter().position(|o| o.text.to_lowercase() == whole) {
        return Some(BTreeSet::from([at]));
    }
    let words: Vec<String> = answer.words().iter().map(|w| w.to_lowercase()).filter(|w| w != "and").collect();
    let letters: Vec<char> =
        words.iter().flat_map(|word| word.trim_matches(['(', ')', '.']).chars()).collect();
    let place = |c: char| (0..choice.options.len()).find(|at| letter(*at) == c);
    let places: Option<BTreeSet<usize>> = letters.into_iter().map(place).collect();
    places.filter(|places| !places.is_empty())
}

fn last(choice: &Choice) -> char {
    letter(choice.options.len() - 1)
}

fn named(choice: &Choice, at: usize) -> String {
    format!("{}: {}", letter(at), choice.options[at].text)
}

pub(super) fn judge_one(id: &str, choice: &Choice, answer: &Answer) -> Feedback {
    let places = chosen(choice, answer).filter(|places| places.len() == 1);
    let Some(at) = places.and_then(|places| places.first().copied()) else {
        return Feedback::not_understood(
            id,
            format!("I expected one letter from a to {}, and read `{answer}`.", last(choice)),
        );
    };
    let option = &choice.options[at];
    let why = option.why.as_deref().unwrap_or_default();
    if option.right {
        Feedback::new(id, Verdict::Right).with(Mark::Right, named(choice, at), why)
    } else {
        Feedback::new(id, Verdict::Wrong).with(Mark::Wrong, named(choice, at), why)
    }
}

/// The share of a choice of many: right ticks less wrong ticks, of all that are right.
pub(super) fn judge_many(id: &str, choice: &Choice, answer: &Answer) -> Feedback {
    let Some(places) = chosen(choice, answer) else {
        return Feedback::not_understood(
            id,
            format!("I expected letters from a to {}, such as `ab`, and read `{answer}`.", last(choice)),
        );
    };
    let right: BTreeSet<usize> = (0..choice.options.len()).filter(|at| choice.options[*at].right).collect();
    let hits = places.intersection(&right).count();
    let slips = places.difference(&right).count();
    let verdict = match (hits, slips) {
        (hits, 0) if hits == right.len() => Verdict::Right,
        (hits, slips) if hits > slips => Verdict::Partial((hits - slips) as f64 / right.len() as f64),
        _ => Verdict::Wrong,
    };
    let mut feedback = Feedback::new(id, verdict);
    for at in places {
        let option = &choice.options[at];
        let mark = if option.right { Mark::Right } else { Mark::Wrong };
        feedback = feedback.with(mark, named(choice, at), option.why.as_deref().unwrap_or_default());
    }
    match right.len() - hits {
        0 => feedback,
        missing => {
            let count = if missing == 1 {
                "One more is right".to_string()
            } else {
                format!("{missing} more are right")
            };
            feedback.with(Mark::Missing, count, choice.nudge.as_deref().unwrap_or_default())
        }
    }
}
