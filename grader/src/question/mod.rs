//! Questions: the banks, how they are asked, and how answers are judged.
//!
//! ```
//! use grader::question::{Verdict, answer, ask};
//! println!("{}", ask("Q6.1").figure());
//! assert_eq!(answer("Q6.1", 4).verdict, Verdict::Right);
//! ```
//! A question with several parts is answered part by part: `answer("Q6.4b", 2)`. A generated one has as many
//! drawings as one likes: `ask("Q6.7#2")`, `answer("Q6.7#2", 0.1)`.

pub mod answer;
pub mod asked;
pub mod bank;
pub mod counterexample;
pub mod error;
pub mod explained;
pub mod feedback;
pub mod generate;
pub mod id;
pub mod judge;
#[cfg(any(test, feature = "cli"))]
pub mod labelled;
pub mod load;
pub mod number;
pub mod rubric;
pub mod ruling;

pub use answer::Answer;
pub use asked::Asked;
pub use bank::{Bank, Question};
pub use explained::Explained;
pub use feedback::{Feedback, Verdict};
pub use id::{Address, UnknownQuestion};
pub use judge::Outside;
pub use load::banks;
pub use ruling::{Confidence, Outcome, Ruling, rule};

use crate::progress::Attempt;

/// The question, and the address that was meant.
///
/// # Errors
/// When there is no such question or part; with ids that are spelled alike.
pub fn find(id: &str) -> Result<(&'static Question, Address), UnknownQuestion> {
    let found = Address::read(id).and_then(|address| {
        let question = banks().iter().flat_map(|b| &b.questions).find(|q| q.id == address.question)?;
        let part = match (address.part, question.parts.len()) {
            (Some(0), 1) => None,
            (part, parts) if part.is_none_or(|part| part < parts) => part,
            _ => return None,
        };
        Some((question, Address { part, ..address }))
    });
    found.ok_or_else(|| {
        let known: Vec<String> = banks()
            .iter()
            .flat_map(|b| &b.questions)
            .flat_map(|q| (0..q.parts.len()).map(|at| q.address(at)))
            .collect();
        UnknownQuestion { id: id.trim().into(), close: id::close(id, &known) }
    })
}

/// Puts a question.
pub fn ask(id: &str) -> Asked {
    match find(id) {
        Ok((question, address)) => Asked::new(question, address.seed),
        Err(unknown) => Asked::unknown(&unknown),
    }
}

/// Judges an answer, and notes it in the progress.
pub fn answer(id: &str, answer: impl Into<Answer>) -> Feedback {
    let feedback = answer_with(id, &answer.into(), Outside::default());
    if let Some(attempt) = Attempt::at_question(&feedback) {
        crate::progress::note(&attempt);
    }
    feedback
}

/// Judges an answer with other verifiers, or with other knowledge of how the learner's code does. Notes nothing.
pub fn answer_with(id: &str, answer: &Answer, outside: Outside) -> Feedback {
    let (question, address) = match find(id) {
        Ok(found) => found,
        Err(unknown) => return Feedback::not_understood(&unknown.id, unknown.to_string()),
    };
    match (address.part, question.parts.len()) {
        (None, parts) if parts > 1 => {
            let addresses: Vec<String> = (0..parts).map(|at| question.address(at)).collect();
            let expected =
                format!("This question has several parts; answer {} one by one.", addresses.join(", "));
            Feedback::not_understood(&question.id, expected)
        }
        (part, _) => judge::judge(question, part.unwrap_or(0), address.seed, answer, outside),
    }
}

/// Gives the right answer and why it is right, for whoever is stuck.
pub fn explain(id: &str) -> Explained {
    match find(id) {
        Ok((question, address)) => Explained::new(question, &address),
        Err(unknown) => Explained::unknown(&unknown),
    }
}

/// Tells `keeper` of a verdict on a question's part, under its address without the number of a drawing.
/// What was not understood is not told.
pub fn record(id: &str, verdict: Verdict, keeper: &mut dyn FnMut(&str, Verdict)) {
    if verdict != Verdict::NotUnderstood {
        keeper(id.split('#').next().unwrap_or(id), verdict);
    }
}

#[cfg(test)]
mod tests;
