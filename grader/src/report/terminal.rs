//! The class as a table for a terminal or a file of text, and what there is to say of each learner.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};

use super::Statistics;
use super::words;
use crate::cli::in_detail;
use crate::grading::{Answered, Graded, Learner, Outcome, Results, Standing};
use crate::intake::Handed;
use crate::pipeline::sanitise;

/// Of the table, in columns, on any terminal and in a file.
const WIDTH: u16 = 100;

/// The class: notes first, then a row for each learner, what counts for all, and each learner's details. Fit to print.
pub fn class(results: &Results) -> String {
    let mut out: String = results.notes.iter().map(|note| format!("note: {}\n", words::line(note))).collect();
    let (absent, present): (Vec<&Learner>, Vec<&Learner>) =
        results.learners.iter().partition(|learner| learner.standing == Standing::NothingHandedIn);
    if !present.is_empty() {
        out.push_str(&format!("{}\n", table(&present)));
    }
    if !absent.is_empty() {
        let names: Vec<String> = absent.iter().map(|learner| words::called(learner)).collect();
        out.push_str(&format!("Nothing handed in ({}): {}.\n", absent.len(), names.join(", ")));
    }
    let statistics = Statistics::of(results);
    if let Some(percent) = statistics.percent.filter(|_| statistics.counted > 1) {
        out.push_str(&format!(
            "Of {} learners: mean {:.1} %, median {:.1} %, half of them between {:.1} and {:.1} %.\n",
            statistics.counted, percent.mean, percent.median, percent.lower_quartile, percent.upper_quartile
        ));
    }
    out.push_str(&format!("{}\n", words::in_force(results)));
    for learner in &results.learners {
        out.push_str(&details(learner));
    }
    sanitise(&out).trim_end().to_owned() + "\n"
}

/// One learner: the row and the details. Fit to print.
pub fn learner(results: &Results, learner: &Learner) -> String {
    let table = table(&[learner]);
    sanitise(&format!("{table}\n{}\n{}", words::in_force(results), details(learner))).trim_end().to_owned()
        + "\n"
}

fn table(learners: &[&Learner]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(["learner", "points", "result"]);
    for learner in learners {
        table.add_row([words::called(learner), words::points_of(learner), result(learner)]);
    }
    table
}

fn result(learner: &Learner) -> String {
    if let Some(problem) = &learner.problem {
        return format!("nothing to grade: {}", words::line(problem));
    }
    let late = learner.attempt.as_ref().and_then(|attempt| attempt.late.as_ref()).map(words::late);
    let exercise = |g: &Graded| {
        let points = g.points.map_or("?".to_owned(), |points| points.to_string());
        let by = if g.review.is_some() { ", by a person" } else { "" };
        format!("{} {} ({points}/{}{by})", words::line(&g.exercise), g.outcome.shown(), g.max_points)
    };
    let question = |answered: &Answered| {
        let by = if answered.review.is_some() { ", by a person" } else { "" };
        let points = format!("{}/{}{by}", answered.points, answered.max_points);
        format!("{} {} ({points})", words::line(&answered.question), words::outcome_of(answered))
    };
    let exercises = learner.exercises.iter().map(exercise);
    let rows = late.into_iter().chain(exercises).chain(learner.questions.iter().map(question));
    rows.collect::<Vec<_>>().join("\n")
}

/// What a learner should be told, and what the instructor should know of her submission.
fn details(learner: &Learner) -> String {
    let mut out = String::new();
    for note in &learner.notes {
        out.push_str(&format!("note: {}\n", words::line(note)));
    }
    for graded in &learner.exercises {
        out.push_str(&of_exercise(graded));
    }
    for answered in &learner.questions {
        for note in words::about_answer(answered) {
            out.push_str(&format!("{}: {note}\n", words::line(&answered.question)));
        }
    }
    if out.is_empty() { out } else { format!("\n── {} ──\n{out}", words::called(learner)) }
}

fn of_exercise(graded: &Graded) -> String {
    let mut out = String::new();
    let id = words::line(&graded.exercise);
    if let Some(why) = &graded.grader_fault {
        out.push_str(&format!("{id} was not graded: {}\n", words::line(why)));
    }
    if let Some(review) = &graded.review {
        out.push_str(&format!("{id}: {}\n", words::reviewed(review)));
    }
    match (&graded.handed, &graded.assessment) {
        (Some(Handed::Refused { from, why }), _) => {
            out.push_str(&format!("{id} refused: {}: {}\n", words::line(from), words::line(why)));
        }
        (_, Some(assessment)) if matches!(graded.outcome, Outcome::Failed | Outcome::NotCompiled) => {
            out.push_str(&in_detail(assessment));
        }
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample};
    use super::*;

    #[test]
    fn the_class_at_a_glance() {
        let text = class(&sample::class());
        let widest =
            text.lines().take_while(|line| !line.starts_with("Protection")).map(|line| line.chars().count());
        assert!(widest.max() <= Some(usize::from(WIDTH)), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn hostile_texts_hold_no_control_character() {
        let results = hostile::class();
        for text in results.learners.iter().map(|one| learner(&results, one)).chain([class(&results)]) {
            assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
            assert!(!text.contains('\u{202E}') && !text.contains('\u{200B}'));
        }
    }
}
