//! What an interviewer asks when an answer lacks a point: `questions/follow_ups.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Asked for a point that has no question of its own yet.
const ANYTHING_ELSE: &str =
    "Go on. Something is missing still: read the question again, and go through all that it asks for.";

/// By the part's address, by the point's short name.
type Questions = BTreeMap<String, BTreeMap<String, String>>;

fn questions() -> &'static Questions {
    static QUESTIONS: OnceLock<Questions> = OnceLock::new();
    QUESTIONS.get_or_init(|| {
        toml::from_str(include_str!("../../questions/follow_ups.toml")).expect("a test reads them")
    })
}

/// The question that leads to a point without making it.
pub(super) fn question(part: &str, point: &str) -> &'static str {
    questions().get(part).and_then(|points| points.get(point)).map_or(ANYTHING_ELSE, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::bank::Kind;
    use crate::question::{banks, ruling};

    /// Each text of the banks, by its address, with its rubric.
    fn texts() -> Vec<(String, &'static crate::question::rubric::Rubric)> {
        let questions = banks().iter().flat_map(|bank| &bank.questions);
        let parts =
            questions.flat_map(|q| q.parts.iter().enumerate().map(|(at, part)| (q.address(at), part)));
        let text = |(address, part): (String, &'static crate::question::bank::Part)| match &part.kind {
            Kind::Text(rubric) => Some((address, rubric)),
            _ => None,
        };
        parts.filter_map(text).collect()
    }

    #[test]
    fn each_point_that_is_required_has_its_question() {
        let mut faults = Vec::new();
        for (address, rubric) in texts() {
            for point in rubric.asked_for() {
                if question(&address, &point.id) == ANYTHING_ELSE {
                    faults.push(format!("{address} has no question for `{}`", point.id));
                }
            }
        }
        for (address, points) in questions() {
            let known = texts().into_iter().find(|(text, _)| text == address);
            for point in points.keys() {
                if known.as_ref().is_none_or(|(_, rubric)| rubric.points.iter().all(|p| p.id != *point)) {
                    faults.push(format!("{address} has no point `{point}`"));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// Said as a statement, a question must not earn the point that it leads to.
    #[test]
    fn no_question_gives_its_point_away() {
        let mut faults = Vec::new();
        for (address, points) in questions() {
            let (bank_question, at, _) = ruling::resolve(address).unwrap();
            for (point, text) in points {
                let judgement = ruling::judgement(bank_question, at, &text.replace('?', ".")).unwrap();
                if judgement.points.iter().any(|found| found.id == *point && found.present) {
                    faults.push(format!("{address} {point}: {text}"));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
