//! Free text of the banks: what a person would make of an answer is what its rubric makes of it.

use super::super::bank::{Kind, Part, Question};
use super::super::labelled::{Case, Label, answers};
use super::super::rubric::{Judgement, NoAnswer, Rubric, Standing};
use super::super::{banks, explain};

/// The part of this address, with its question.
fn part(id: &str) -> (&'static Question, &'static Part) {
    let parts = banks()
        .iter()
        .flat_map(|bank| &bank.questions)
        .flat_map(|question| question.parts.iter().enumerate().map(move |(at, part)| (question, at, part)));
    let (question, _, part) =
        parts.into_iter().find(|(question, at, _)| question.address(*at) == id).expect("a bank has it");
    (question, part)
}

fn rubric(id: &str) -> (&'static Rubric, String) {
    let (question, part) = part(id);
    match &part.kind {
        Kind::Text(rubric) => (rubric, format!("{}\n{}", question.prompt, part.prompt)),
        _ => panic!("{id} takes no text"),
    }
}

fn label(judgement: &Judgement) -> Label {
    match judgement.standing {
        Standing::Right => Label::Right,
        Standing::Partial => Label::Partial,
        Standing::Wrong => Label::Wrong,
        Standing::None(NoAnswer::Empty) => Label::Empty,
        Standing::None(NoAnswer::Tiny) => Label::Tiny,
        Standing::None(NoAnswer::Heap) => Label::Heap,
        Standing::None(NoAnswer::Repeats) => Label::Repeats,
        Standing::None(NoAnswer::OffSubject) => Label::OffSubject,
    }
}

#[test]
fn answers_are_judged_as_a_person_would() {
    let mut wrong = Vec::new();
    for answered in answers() {
        let (rubric, prompt) = rubric(&answered.id);
        for case in &answered.answer {
            let judgement = rubric.judge(&case.text, &prompt);
            if label(&judgement) != case.expect {
                let points: Vec<String> = judgement
                    .points
                    .iter()
                    .map(|p| format!("{}{}", if p.present { "+" } else { "-" }, p.id))
                    .collect();
                wrong.push(format!(
                    "{} {}: expected {:?}, found {:?} {} {:?}\n    {}",
                    answered.id,
                    case.kind,
                    case.expect,
                    label(&judgement),
                    points.join(" "),
                    judgement.misconceptions,
                    case.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_is_tried_with_every_kind_of_answer() {
    if crate::edition::is_edition("labelled answers") {
        return;
    }
    let kinds = [
        "right, in plain words",
        "right, with jargon",
        "right, misspelled",
        "right, refuting",
        "partial",
        "negated",
        "swapped",
        "heap",
        "misconception",
        "empty",
        "off-topic",
    ];
    for answered in answers() {
        for kind in kinds {
            let tried = answered.answer.iter().any(|case| case.kind.starts_with(kind));
            assert!(tried, "{} has no answer of the kind `{kind}`", answered.id);
        }
    }
}

/// Each misconception of a rubric is asserted by some answer, and refuted by another that is right.
#[test]
fn every_misconception_is_tried() {
    for answered in answers() {
        let (rubric, prompt) = rubric(&answered.id);
        let judged: Vec<(&Case, Judgement)> =
            answered.answer.iter().map(|case| (case, rubric.judge(&case.text, &prompt))).collect();
        for misconception in &rubric.misconceptions {
            let asserted = judged.iter().any(|(_, j)| j.misconceptions.contains(&misconception.why));
            assert!(asserted, "{}: nobody holds “{}”", answered.id, misconception.example);
        }
        let refuting = judged.iter().filter(|(case, _)| case.kind.starts_with("right, refuting")).count();
        assert_eq!(
            refuting,
            rubric.misconceptions.len(),
            "{}: each misconception is refuted once",
            answered.id
        );
    }
}

#[test]
fn texts_that_are_no_answers_are_recognised() {
    for answered in answers() {
        let (rubric, prompt) = rubric(&answered.id);
        let judge = |text: &str| rubric.judge(text, &prompt).standing;
        assert_eq!(judge("  ?! "), Standing::None(NoAnswer::Empty));
        assert_eq!(judge(&prompt), Standing::None(NoAnswer::Repeats), "{}", answered.id);
        // The rubric's own words without a statement.
        let mut words: Vec<String> = rubric
            .points
            .iter()
            .flat_map(|point| &point.forms)
            .flat_map(|form| form.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.len() > 3)
            .map(String::from)
            .collect();
        words.dedup();
        assert_eq!(judge(&words.join(", ")), Standing::None(NoAnswer::Heap), "{}", answered.id);
    }
}

#[test]
fn a_model_answer_is_what_is_explained() {
    for answered in answers() {
        let (rubric, _) = rubric(&answered.id);
        let explained = explain(&answered.id);
        assert_eq!(explained.parts[0].right.as_deref(), Some(rubric.model.trim()));
    }
}

#[test]
fn every_text_has_a_model_answer() {
    if crate::edition::is_edition("model answers") {
        return;
    }
    for part in banks().iter().flat_map(|bank| &bank.questions).flat_map(|question| &question.parts) {
        let Kind::Text(rubric) = &part.kind else { continue };
        assert!(!rubric.model.trim().is_empty(), "{}", part.prompt);
    }
}
