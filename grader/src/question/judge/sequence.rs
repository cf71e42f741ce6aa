//! Items in order.

use super::super::answer::Answer;
use super::super::bank::Sequence;
use super::super::feedback::{Feedback, Mark, Verdict};

pub(super) fn judge(id: &str, sequence: &Sequence, answer: &Answer) -> Feedback {
    let wanted = sequence.right.len();
    let Some(given) = keys(sequence, answer) else {
        let all: Vec<&str> = sequence.items.iter().map(|i| i.key.as_str()).collect();
        return Feedback::not_understood(
            id,
            format!(
                "I expected {wanted} different ones out of {} in order, and read `{answer}`.",
                all.join(", ")
            ),
        );
    };
    if given == sequence.right || sequence.accept.contains(&given) {
        return Feedback::new(id, Verdict::Right);
    }
    // The order nearest to the answer decides which place is the first wrong one.
    let good = std::iter::once(&sequence.right)
        .chain(&sequence.accept)
        .map(|order| order.iter().zip(&given).take_while(|(a, b)| a == b).count())
        .max()
        .unwrap_or(0);
    let verdict = match good {
        0 => Verdict::Wrong,
        good => Verdict::Partial(good as f64 / wanted as f64),
    };
    let feedback = Feedback::new(id, verdict);
    if let Some(mistake) = sequence.mistakes.iter().find(|m| m.answer == given) {
        return feedback.with(Mark::Wrong, given.join(" "), &mistake.why);
    }
    let feedback = match good {
        0 => feedback,
        good => feedback.with(Mark::Right, given[..good].join(" "), "so far this is in order"),
    };
    let place = &sequence.places[good];
    let key = &given[good];
    let why = place.wrong.get(key).unwrap_or(&place.otherwise);
    feedback.with(Mark::Wrong, format!("{key} at place {}", good + 1), why)
}

/// The keys of an answer: as many as there are places, all different; or a whole answer that the bank explains
/// though it is shorter ("none").
fn keys(sequence: &Sequence, answer: &Answer) -> Option<Vec<String>> {
    let one_letter_each = sequence.items.iter().all(|item| item.key.chars().count() == 1);
    let find = |word: &str| {
        sequence.items.iter().find(|item| item.key.eq_ignore_ascii_case(word)).map(|item| item.key.clone())
    };
    let words: Vec<String> = answer
        .words()
        .iter()
        .flat_map(|word| word.split(['→', '>', '<', '-', '|']))
        .filter(|word| !word.is_empty())
        .map(String::from)
        .collect();
    let given: Vec<String> = match words.as_slice() {
        [word] if matches!(word.to_lowercase().as_str(), "none" | "nothing" | "nobody") => Vec::new(),
        [word] if one_letter_each && find(word).is_none() => {
            word.chars().map(|c| find(&c.to_string())).collect::<Option<_>>()?
        }
        words => words.iter().map(|word| find(word)).collect::<Option<_>>()?,
    };
    let distinct = given.iter().enumerate().all(|(at, key)| !given[..at].contains(key));
    let sound = given.len() == sequence.right.len() && distinct;
    (sound || sequence.mistakes.iter().any(|m| m.answer == given)).then_some(given)
}
