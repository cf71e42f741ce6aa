//! Verdicts as a script or an instructor reads them: pass, partial or fail, with the points that were found.

use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::bank::{Kind, Part, Question};
use super::feedback::{Mark, Verdict};
use super::id::Address;
use super::judge::{LONGEST, Outside};
use super::rubric::{Judgement, NoAnswer, Standing};
use super::{answer_with, find};

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Right.
    Pass,
    /// Free text with at least half of what is required and nothing that is wrong.
    Partial,
    /// Wrong, or no answer.
    Fail,
}

/// How sure the judge of free text is. Measured on answers that nobody had fitted the rubrics to: of those that pass nearly
/// all do so rightly, and what is judged wrongly is mostly a right answer in words that nobody foresaw, judged partial or
/// wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "level")]
pub enum Confidence {
    /// A person would hardly judge otherwise.
    High,
    /// A person should look.
    Low {
        /// Why.
        why: String,
    },
}

/// What there is to say of one answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ruling {
    /// The address of the part that was judged.
    pub part: String,
    /// How it ends.
    pub verdict: Outcome,
    /// The points of free text that the answer makes, also those that are welcome and not required.
    pub points_found: Vec<String>,
    /// The points that are still required.
    pub points_missing: Vec<String>,
    /// For free text what to say to each misconception in it; for any other part why the answer is wrong.
    pub misconceptions: Vec<String>,
    /// Why the text is no answer.
    pub no_answer: Option<NoAnswer>,
    /// What else there is to say, as of an answer in a form that can't be read.
    pub remarks: Vec<String>,
    /// For free text, how sure the judge is.
    pub confidence: Option<Confidence>,
}

/// The part that `id` names. Without a letter it is the question's only part, or its only part with free text.
///
/// # Errors
/// A sentence, when there is no such part, or several could be meant.
pub fn resolve(id: &str) -> Result<(&'static Question, usize, Address), String> {
    let (question, address) = find(id).map_err(|unknown| unknown.to_string())?;
    let texts: Vec<usize> = (0..question.parts.len()).filter(|at| is_text(&question.parts[*at])).collect();
    let at = match (address.part, question.parts.len(), texts.as_slice()) {
        (Some(at), ..) | (None, _, &[at]) => at,
        (None, 1, _) => 0,
        _ => {
            let parts: Vec<String> = (0..question.parts.len()).map(|at| question.address(at)).collect();
            return Err(format!(
                "{} has several parts, and not one alone takes free text; name one of {}",
                question.id,
                parts.join(", ")
            ));
        }
    };
    Ok((question, at, address))
}

/// Judges free text, with the question's own words known; none for a part of another kind.
pub fn judgement(question: &Question, at: usize, text: &str) -> Option<Judgement> {
    let part = &question.parts[at];
    match &part.kind {
        Kind::Text(rubric) => Some(rubric.judge(text, &format!("{}\n{}", question.prompt, part.prompt))),
        _ => None,
    }
}

/// Judges an answer to the part that `id` names (see [`resolve`]), for a script. Notes nothing.
///
/// # Errors
/// A sentence, when there is no such part, when code answers it and no text can, or when the text is too long.
pub fn rule(id: &str, text: &str) -> Result<Ruling, String> {
    let (question, at, address) = resolve(id)?;
    if text.len() > LONGEST {
        return Err(format!(
            "the text has {} bytes, and answers of up to {LONGEST} bytes are read",
            text.len()
        ));
    }
    if let Kind::Code(code) = &question.parts[at].kind {
        let part = question.address(at);
        return Err(format!("{part} is answered by code, not by text: see exercise {}", code.exercise));
    }
    Ok(match judgement(question, at, text) {
        Some(judgement) => of_text(question, at, &judgement),
        None => of_choice(question, at, &address, text),
    })
}

fn of_text(question: &Question, at: usize, judgement: &Judgement) -> Ruling {
    let (verdict, no_answer) = match judgement.standing {
        Standing::Right => (Outcome::Pass, None),
        Standing::Partial => (Outcome::Partial, None),
        Standing::Wrong => (Outcome::Fail, None),
        Standing::None(reason) => (Outcome::Fail, Some(reason)),
    };
    let Kind::Text(rubric) = &question.parts[at].kind else { unreachable!("it was judged as text") };
    Ruling {
        part: question.address(at),
        verdict,
        points_found: judgement.points.iter().filter(|p| p.present).map(|p| p.says.clone()).collect(),
        points_missing: rubric.lacking(judgement).iter().map(|point| point.says.clone()).collect(),
        misconceptions: judgement.misconceptions.clone(),
        no_answer,
        remarks: no_answer.map(|reason| reason.kindly().to_string()).into_iter().collect(),
        confidence: Some(confidence(judgement)),
    }
}

fn confidence(judgement: &Judgement) -> Confidence {
    let low = |why: &str| Confidence::Low { why: why.to_owned() };
    let Judgement { have, required, .. } = judgement;
    match judgement.standing {
        Standing::Right => Confidence::High,
        Standing::None(NoAnswer::Heap) => {
            low("it reads like a list of terms; a person may see statements in it")
        }
        Standing::None(_) => Confidence::High,
        Standing::Partial if !judgement.misconceptions.is_empty() => {
            low("every point is there beside something wrong")
        }
        Standing::Partial => low("what is missing may be there in other words"),
        Standing::Wrong if judgement.misconceptions.is_empty() => {
            low("the points may be there in other words")
        }
        Standing::Wrong if 2 * have >= *required => low("something wrong stands among points that are right"),
        Standing::Wrong => Confidence::High,
    }
}

/// A choice or a number is right or it isn't: a part of it is no pass.
fn of_choice(question: &Question, at: usize, address: &Address, text: &str) -> Ruling {
    let part = question.address(at);
    let drawn = address.seed.map(|seed| format!("#{seed}")).unwrap_or_default();
    let nobody = |_: &str, _: &str| None;
    let outside = Outside { passes: &nobody, ..Outside::default() };
    let feedback = answer_with(&format!("{part}{drawn}"), &Answer::from(text), outside);
    let said = |marks: &[Mark]| -> Vec<String> {
        let mine = feedback.details.iter().filter(|detail| marks.contains(&detail.mark));
        mine.map(super::feedback::Detail::line).filter(|line| !line.is_empty()).collect()
    };
    let right = feedback.verdict == Verdict::Right;
    let empty = !right && text.trim().is_empty();
    Ruling {
        part,
        verdict: if right { Outcome::Pass } else { Outcome::Fail },
        points_found: Vec::new(),
        points_missing: Vec::new(),
        misconceptions: if right { Vec::new() } else { said(&[Mark::Wrong]) },
        no_answer: empty.then_some(NoAnswer::Empty),
        remarks: if right { Vec::new() } else { said(&[Mark::Missing, Mark::Note]) },
        confidence: None,
    }
}

fn is_text(part: &Part) -> bool {
    matches!(part.kind, Kind::Text(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_without_a_letter_names_the_only_text() {
        let part = |id: &str| resolve(id).map(|(question, at, _)| question.address(at));
        assert_eq!(part("Q8.2").unwrap(), "Q8.2b");
        assert_eq!(part("8.2 a").unwrap(), "Q8.2a");
        assert_eq!(part("Q9.1").unwrap(), "Q9.1");
        assert_eq!(
            part("Q6.4").unwrap_err(),
            "Q6.4 has several parts, and not one alone takes free text; name one of Q6.4a, Q6.4b, Q6.4c"
        );
        assert!(part("Q6.77").unwrap_err().starts_with("there is no question `Q6.77`"));
    }

    #[test]
    fn what_is_enough_lacks_nothing() {
        if crate::edition::is_edition("model answers") {
            return;
        }
        let (question, at, _) = resolve("Q10.8").unwrap();
        let Kind::Text(rubric) = &question.parts[at].kind else { panic!("it takes text") };
        let ruling = rule("Q10.8", &rubric.model).unwrap();
        assert_eq!((ruling.verdict, ruling.points_missing), (Outcome::Pass, vec![]));
        let ruling =
            rule("Q10.8", "Two devices may take the same name, or spend the balance twice.").unwrap();
        assert!(ruling.points_missing.len() >= 2, "{ruling:?}");
    }

    #[test]
    fn numbers_and_choices_pass_or_fail() {
        let verdict = |id: &str, text: &str| rule(id, text).map(|ruling| ruling.verdict);
        assert_eq!(verdict("Q6.1", "4"), Ok(Outcome::Pass));
        assert_eq!(verdict("Q6.1", "3"), Ok(Outcome::Fail));
        assert_eq!(verdict("Q6.3a", "ac"), Ok(Outcome::Fail), "a part of the options is no pass");
        assert_eq!(verdict("Q6.1", "four"), Ok(Outcome::Fail));
        assert_eq!(rule("Q6.1", " ").unwrap().no_answer, Some(NoAnswer::Empty));
        assert!(rule("Q9.13a", "done").unwrap_err().contains("answered by code"));
    }
}
