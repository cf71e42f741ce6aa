//! From a part and an answer to feedback: one module a type.

mod choice;
mod matching;
mod numeric;
mod outside;
mod sequence;
mod text;

use super::answer::Answer;
use super::bank::{Kind, Question};
use super::counterexample::{self, Verifier};
use super::feedback::{Feedback, Verdict};
use super::generate;
use super::id::FIRST_DRAWING;

/// What a judgement needs beside the bank: who rules on schedules, and how the learner's code did.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// The verifier of a name.
    pub verifier: &'o dyn Fn(&str) -> Option<Verifier>,
    /// Whether the learner's code passes a scenario of an exercise; none where nobody can tell from here.
    pub passes: &'o dyn Fn(&str, &str) -> Option<bool>,
}

/// The lab's verifiers, and the progress of this process.
impl Default for Outside<'_> {
    fn default() -> Self {
        Self { verifier: &counterexample::verifier, passes: &crate::progress::passes }
    }
}

/// The longest answer that is read, in bytes: some ten pages.
pub const LONGEST: usize = 20_000;

/// Judges an answer to the part at `at`, for the drawing `seed` or the first.
pub fn judge(
    question: &Question,
    at: usize,
    seed: Option<u64>,
    answer: &Answer,
    outside: Outside,
) -> Feedback {
    let part = &question.parts[at];
    let id = question.address(at);
    let length = answer.to_string().len();
    if length > LONGEST {
        return Feedback::not_understood(
            &id,
            format!("Your answer has {length} bytes, and I read {LONGEST} at the most. Shorten it."),
        );
    }
    let mut feedback = match &part.kind {
        Kind::Numeric(numeric) => numeric::judge(&id, numeric, answer),
        Kind::Generated(generated) => {
            numeric::judge_drawn(&id, generated, seed.unwrap_or(FIRST_DRAWING), answer)
        }
        Kind::One(choice) => choice::judge_one(&id, choice, answer),
        Kind::Many(choice) => choice::judge_many(&id, choice, answer),
        Kind::Match(matching) => matching::judge(&id, matching, answer),
        Kind::Order(sequence) => sequence::judge(&id, sequence, answer),
        Kind::Text(rubric) => {
            text::judge(&id, rubric, &format!("{}\n{}", question.prompt, part.prompt), answer)
        }
        Kind::Code(code) => outside::judge_code(&id, code, outside),
        Kind::Counterexample(c) => outside::judge_schedule(&id, c, answer, outside),
    };
    if feedback.verdict == Verdict::Right {
        let figures = super::asked::figures(question, seed.unwrap_or(FIRST_DRAWING));
        feedback.explanation = Some(generate::fill(&part.explanation, &figures));
    }
    // The follow-up belongs to the whole question: after the last part that is answered here, whatever the
    // text was worth.
    let last = question.parts.iter().rposition(|part| !matches!(part.kind, Kind::Code(_)));
    if last == Some(at) && (feedback.verdict == Verdict::Right || feedback.model.is_some()) {
        feedback.interview = question.interview.clone();
    }
    feedback
}
