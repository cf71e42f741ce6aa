//! The class as CSV for a spreadsheet: RFC 4180, one row a learner.

use super::words;
use crate::grading::{Late, Learner, Results};

/// A field that no spreadsheet takes for a formula: where it begins like one, `'` stands in front. Line ends and control
/// characters are shown.
pub fn defused(text: &str) -> String {
    let text = words::line(text);
    // Spreadsheets skip blanks in front of a formula, and know its signs in full width too.
    let first = text.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        // What was a tab or a line end is shown by a backslash now; the mark says that something stood there.
        Some('\\') => format!("'{text}"),
        _ => text,
    }
}

/// One row a learner: key, name, mail, points, max, percent, late, each exercise and each question, notes. An exercise
/// that the grader failed on has `?`, and never a zero; what does not belong to a learner is empty.
pub fn write(results: &Results) -> String {
    let exercises = ids(results, |learner| learner.exercises.iter().map(|graded| &graded.exercise).collect());
    let questions =
        ids(results, |learner| learner.questions.iter().map(|answered| &answered.question).collect());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let head = ["key", "name", "mail", "points", "max", "percent", "late"].map(str::to_owned);
    let ids = exercises.iter().chain(&questions).map(|id| defused(id));
    put(&mut writer, head.into_iter().chain(ids).chain(["notes".to_owned()]));
    for learner in &results.learners {
        put(&mut writer, row(learner, &exercises, &questions).into_iter());
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("all fields are text")
}

fn put(writer: &mut csv::Writer<Vec<u8>>, fields: impl Iterator<Item = String>) {
    writer.write_record(fields.collect::<Vec<_>>()).expect("memory takes every row");
}

/// All ids that any learner has, in the order in which they are met.
fn ids<'a>(results: &'a Results, of: impl Fn(&'a Learner) -> Vec<&'a String>) -> Vec<&'a String> {
    let mut all: Vec<&String> = Vec::new();
    for id in results.learners.iter().flat_map(of) {
        if !all.contains(&id) {
            all.push(id);
        }
    }
    all
}

fn row(learner: &Learner, exercises: &[&String], questions: &[&String]) -> Vec<String> {
    let optional = |text: &Option<String>| text.as_deref().map(defused).unwrap_or_default();
    let mut row = vec![
        defused(&learner.learner),
        optional(&learner.identity.name),
        optional(&learner.identity.mail),
        learner.points.map(|points| points.to_string()).unwrap_or_default(),
        learner.max_points.to_string(),
        learner.percent.map(|percent| percent.to_string()).unwrap_or_default(),
        learner.attempt.as_ref().and_then(|attempt| attempt.late.as_ref()).map(late).unwrap_or_default(),
    ];
    for id in exercises {
        let graded = learner.exercises.iter().find(|graded| graded.exercise == **id);
        row.push(match graded.map(|graded| graded.points) {
            Some(Some(points)) => points.to_string(),
            Some(None) => "?".to_owned(),
            None => String::new(),
        });
    }
    for id in questions {
        let answered = learner.questions.iter().find(|answered| answered.question == **id);
        row.push(answered.map(|answered| answered.points.to_string()).unwrap_or_default());
    }
    let standing = words::standing(learner).into_iter();
    let notes: Vec<String> = standing.chain(learner.notes.iter().map(|note| words::line(note))).collect();
    row.push(defused(&notes.join("; ")));
    row
}

fn late(late: &Late) -> String {
    late.minutes.map_or("yes".to_owned(), |minutes| format!("{minutes} min"))
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample};
    use super::*;

    fn read(text: &str) -> Vec<Vec<String>> {
        let reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(false).from_reader(text.as_bytes());
        let rows = reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }

    #[test]
    fn the_class() {
        let text = write(&sample::class());
        assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains('\n'));
        insta::assert_snapshot!(text.replace("\r\n", "\n"));
    }

    #[test]
    fn hostile_texts_are_read_back_as_they_were_but_for_what_is_documented() {
        let class = hostile::class();
        let rows = read(&write(&class));
        assert_eq!(rows.len(), class.learners.len() + 1);
        for (row, learner) in rows[1..].iter().zip(&class.learners) {
            assert_eq!(row[0], defused(&learner.learner));
            let line = words::line(&learner.learner);
            assert!(row[0] == line || row[0] == format!("'{line}"), "{}", row[0]);
        }
        for field in rows.iter().flatten() {
            let first = field.chars().next();
            assert!(!first.is_some_and(|first| "=+-@\t\r\n|%".contains(first)), "{field:?}");
            assert!(!field.chars().any(char::is_control), "{field:?}");
        }
    }

    #[test]
    fn what_begins_like_a_formula_is_defused() {
        for text in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "  =1", "＝1", "|cmd"] {
            assert!(defused(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(defused("Ann-Marie, \"A\""), "Ann-Marie, \"A\"");
    }
}
