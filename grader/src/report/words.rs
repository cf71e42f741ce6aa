//! What several forms say in the same words.

use crate::grading::{Answered, Graded, Late, Learner, Outcome, Points, Results, Reviewed, Standing};
use crate::intake::Handed;
use crate::pipeline::{sanitise, sanitise_line};
use crate::question;

/// Longest name or note that is shown, in characters.
const LONGEST: usize = 300;

/// A stranger's text on one line, fit to print, and cut where nobody would read on.
pub(super) fn line(text: &str) -> String {
    cut(&sanitise_line(text), LONGEST)
}

/// A text of the course or of the judge as one paragraph, fit to print.
pub(super) fn paragraph(text: &str) -> String {
    cut(&sanitise_line(&text.split_whitespace().collect::<Vec<_>>().join(" ")), 2_000)
}

/// The start of a text, with a word about the rest.
pub(super) fn cut(text: &str, longest: usize) -> String {
    const NOTICE: &str = " … (cut)";
    match text.chars().count() <= longest {
        true => text.to_owned(),
        false => {
            let kept = longest.saturating_sub(NOTICE.chars().count());
            text.chars().take(kept).chain(NOTICE.chars()).collect()
        }
    }
}

/// The learner's name and key, as far as they differ.
pub(super) fn called(learner: &Learner) -> String {
    match learner.identity.name.as_deref() {
        Some(name) if name != learner.learner => format!("{} ({})", line(name), line(&learner.learner)),
        _ => line(&learner.learner),
    }
}

/// `7.5 of 8`, with a question mark where the grader failed on a part.
pub(super) fn points_of(learner: &Learner) -> String {
    match learner.points {
        Some(points) if learner.not_graded() > 0 => format!("{points}+? of {}", learner.max_points),
        Some(points) => format!("{points} of {}", learner.max_points),
        None => format!("— of {}", learner.max_points),
    }
}

/// `93.75 %`, or a dash.
pub(super) fn percent_of(learner: &Learner) -> String {
    learner.percent.map_or("—".to_owned(), |percent| format!("{percent} %"))
}

/// What held while the class was graded: the protection, and how often hidden runs were made.
pub(super) fn in_force(results: &Results) -> String {
    let hidden = hidden(results).map(|told| format!(" {told}")).unwrap_or_default();
    format!("Protection: {}.{hidden}", results.protection)
}

/// How often hidden runs were made, as a sentence; nothing where there were none.
pub(super) fn hidden(results: &Results) -> Option<String> {
    let times = match results.hidden? {
        1 => "once more".to_owned(),
        many => format!("{many} times more"),
    };
    Some(format!(
        "Every scenario that depends on its seed ran {times}, with seeds of its own for every answer."
    ))
}

/// How late, and what it costs.
pub(super) fn late(late: &Late) -> String {
    let by = match late.minutes {
        None => "late, as the learning platform says".to_owned(),
        Some(minutes) if minutes < 120 => format!("late by {minutes} min"),
        Some(minutes) if minutes < 48 * 60 => format!("late by {} h", minutes.div_ceil(60)),
        Some(minutes) => format!("late by {} days", minutes.div_ceil(24 * 60)),
    };
    format!("{by}: {} % less", late.costs_percent)
}

/// A person's word.
pub(super) fn reviewed(review: &Reviewed) -> String {
    let Reviewed { points, of, note, by } = review;
    let by = if by.is_empty() { String::new() } else { format!(" ({})", line(by)) };
    let note = if note.is_empty() { String::new() } else { format!(": {}", line(note)) };
    format!("a person decided: {points} of {of} points{by}{note}")
}

/// What goes with an exercise as a whole: lateness, a person's word, the grader's fault.
pub(super) fn about_exercise(graded: &Graded) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(graded.grader_fault.iter().map(|why| {
        format!("not graded: the grader failed, which is no zero; somebody should grade it: {}", line(why))
    }));
    notes.extend(graded.review.iter().map(reviewed));
    notes.extend(graded.late.iter().filter(|late| late.costs_percent > 0).map(late));
    notes
}

/// Why there is no program, where the answer's file could not be taken or made into one.
pub(super) fn obstacle(graded: &Graded) -> Option<String> {
    match (&graded.handed, &graded.assessment) {
        (Some(Handed::Refused { from, why }), _) => Some(format!("refused: {}: {}", line(from), line(why))),
        (_, Some(assessment)) => assessment.fault.as_ref().map(|fault| sanitise(&fault.to_string())),
        _ if graded.outcome == Outcome::NotHandedIn => Some("nothing was handed in for it".to_owned()),
        _ => None,
    }
}

/// What the program printed, with a heading for each stream.
pub(super) fn printed(graded: &Graded) -> Vec<(&'static str, String)> {
    let Some(printed) = graded.assessment.as_ref().map(|seen| &seen.printed) else { return Vec::new() };
    [("standard output", &printed.stdout), ("standard error", &printed.stderr)]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| {
            let end = if printed.cut { "\n… (cut)" } else { "" };
            (name, format!("{}{end}", sanitise(text).trim_end()))
        })
        .collect()
}

/// How a part of a question came out.
pub(super) fn outcome_of(answered: &Answered) -> &'static str {
    match answered.verdict {
        Some(question::Outcome::Pass) => "right",
        Some(question::Outcome::Partial) => "partly right",
        Some(question::Outcome::Fail) => "wrong",
        None => "not answered",
    }
}

/// What the judge says of an answer, line by line.
pub(super) fn about_answer(answered: &Answered) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(answered.found.iter().map(|point| format!("there: {}", line(point))));
    notes.extend(answered.missing.iter().map(|point| format!("missing: {}", line(point))));
    notes.extend(answered.misconceptions.iter().map(|wrong| line(wrong)));
    if let Some(question::Confidence::Low { why }) = &answered.confidence {
        notes.push(format!("the judge is not sure, a person should look: {}", line(why)));
    }
    notes.extend(answered.review.iter().map(reviewed));
    notes.extend(answered.late.iter().filter(|late| late.costs_percent > 0).map(late));
    notes
}

/// What stands first where not everything, or nothing, of a learner was graded.
pub(super) fn standing(learner: &Learner) -> Option<String> {
    let ungraded: Vec<String> = learner
        .exercises
        .iter()
        .filter(|graded| graded.points.is_none())
        .map(|graded| line(&graded.exercise))
        .collect();
    match learner.standing {
        Standing::NothingHandedIn => Some("nothing was handed in".to_owned()),
        Standing::Unreadable => {
            let why = learner.problem.as_deref().unwrap_or("nobody knows why");
            Some(format!("nothing could be graded: {}", line(why)))
        }
        Standing::Graded if !ungraded.is_empty() => Some(format!(
            "the grader failed on {}: the points are without it, and that is no zero",
            ungraded.join(", ")
        )),
        Standing::Graded => None,
    }
}

/// The command that runs an exercise's scenarios again, with the same seeds.
pub(super) fn command(exercise: &str) -> String {
    format!("cargo course check {}", line(exercise))
}

/// A number of points as JSON has it.
pub(super) fn number(points: Points) -> serde_json::Value {
    serde_json::to_value(points).expect("a number serialises")
}
