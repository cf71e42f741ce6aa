//! Free text by its rubric.

use super::super::answer::Answer;
use super::super::feedback::{Feedback, Mark, Verdict};
use super::super::rubric::{Rubric, Standing};

pub(super) fn judge(id: &str, rubric: &Rubric, prompt: &str, answer: &Answer) -> Feedback {
    let judgement = rubric.judge(&answer.to_string(), prompt);
    let verdict = match judgement.standing {
        Standing::Right => Verdict::Right,
        Standing::Partial => Verdict::Partial(judgement.have as f64 / judgement.required as f64),
        Standing::Wrong => Verdict::Wrong,
        Standing::None(reason) => return Feedback::not_understood(id, reason.kindly()),
    };
    let mut feedback = Feedback::new(id, verdict);
    for point in &judgement.points {
        let mark = match (point.present, point.bonus) {
            (true, _) => Mark::Right,
            (false, false) => Mark::Missing,
            (false, true) => Mark::Bonus,
        };
        feedback = feedback.with(mark, &point.says, "");
    }
    for why in &judgement.misconceptions {
        feedback = feedback.with(Mark::Wrong, "", why);
    }
    feedback.model = Some(rubric.model.trim().to_owned()).filter(|model| !model.is_empty());
    feedback
}
