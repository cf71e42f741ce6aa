//! What something else decides: the learner's code in its exercise, a schedule in the lab.

use super::super::answer::Answer;
use super::super::bank::{Code, Counterexample};
use super::super::counterexample::Holding;
use super::super::feedback::{Feedback, Mark, Verdict};
use super::Outside;

pub(super) fn judge_code(id: &str, code: &Code, outside: Outside) -> Feedback {
    let about = format!("{}, scenario `{}`", code.exercise, code.scenario);
    match (outside.passes)(&code.exercise, &code.scenario) {
        Some(true) => Feedback::new(id, Verdict::Right).with(Mark::Right, about, ""),
        Some(false) => Feedback::new(id, Verdict::Wrong).with(Mark::Wrong, about, &code.otherwise),
        None => Feedback::not_understood(
            id,
            format!(
                "Your code answers this, not a text. Write exercise {0} and check it, below its cell or with `cargo \
                 course check {0}`; its scenario `{1}` decides. Then answer again: any text will do.",
                code.exercise, code.scenario
            ),
        ),
    }
}

pub(super) fn judge_schedule(
    id: &str,
    asked: &Counterexample,
    answer: &Answer,
    outside: Outside,
) -> Feedback {
    let schedule = match answer {
        Answer::List(lines) => lines.join("\n"),
        other => other.to_string(),
    };
    if schedule.trim().is_empty() {
        return Feedback::not_understood(id, "The schedule is empty. Write one step a line.");
    }
    let Some(verify) = (outside.verifier)(&asked.verifier) else {
        return Feedback::not_understood(
            id,
            format!(
                "This build of the course lacks the run `{}` that decides; get a newer one.",
                asked.verifier
            ),
        );
    };
    let ruling = verify(&schedule);
    let mut feedback = match &ruling.holds {
        Holding::Holds => Feedback::new(id, Verdict::Right).with(Mark::Right, "", &ruling.explanation),
        Holding::DoesNotHold => Feedback::new(id, Verdict::Wrong).with(Mark::Wrong, "", &ruling.explanation),
        Holding::NotUnderstood { line, expected } => {
            let read = schedule.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
            let feedback = Feedback::not_understood(
                id,
                format!("Line {line}: I expected {expected}, and read `{read}`."),
            );
            if ruling.explanation.is_empty() {
                feedback
            } else {
                feedback.with(Mark::Note, "", &ruling.explanation)
            }
        }
    };
    feedback.run = ruling.figure;
    feedback
}
