//! The class as nbgrader exports marks: CSV without any quoting.

use super::item::course;
use super::spreadsheet::defused;
use super::words;
use crate::grading::{Learner, Results, before_lateness};

/// The columns, in nbgrader's order.
pub const COLUMNS: &str = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,late_submission_penalty,score,max_score";

/// One row a learner. nbgrader neither writes nor reads quotes: in names `,` becomes `;` and `"` becomes `'`, and what begins
/// like a formula has `'` in front. Where not everything could be graded the scores are empty: there is no place for a word
/// about it, and they would be taken for all there is.
pub fn write(results: &Results, assignment: &str) -> String {
    let due = results.marking.deadline.as_ref().map(|deadline| deadline.due.to_string());
    let mut text = format!("{COLUMNS}\n");
    for learner in &results.learners {
        text.push_str(&row(results, learner, assignment, due.as_deref().unwrap_or_default()));
        text.push('\n');
    }
    text
}

fn row(results: &Results, learner: &Learner, assignment: &str, due: &str) -> String {
    let (last, first) = names(learner);
    let score = learner.points.filter(|_| learner.not_graded() == 0);
    let raw = score.map(|_| before_lateness(learner, &results.marking, course()));
    let number = |points: Option<crate::grading::Points>| points.map(|p| p.to_string()).unwrap_or_default();
    let penalty = raw.zip(score).map(|(raw, score)| raw - score);
    let at = learner.attempt.as_ref().and_then(|attempt| attempt.at.clone()).unwrap_or_default();
    let mail = learner.identity.mail.as_deref().unwrap_or_default();
    let id = learner.identity.id.as_deref().unwrap_or(&learner.learner);
    let fields = [assignment, due, &at, id, &last, &first, mail].map(plain);
    let numbers = [number(raw), number(penalty), number(score), learner.max_points.to_string()];
    fields.into_iter().chain(numbers).collect::<Vec<_>>().join(",")
}

/// A field that needs no quotes.
fn plain(text: &str) -> String {
    defused(&words::line(text).replace(',', ";").replace('"', "'"))
}

/// Last and first name, by the last blank; a name with a comma says it itself.
fn names(learner: &Learner) -> (String, String) {
    let Some(name) = learner.identity.name.as_deref().map(str::trim) else { return Default::default() };
    let (last, first) = match (name.split_once(','), name.rsplit_once(' ')) {
        (Some((last, first)), _) => (last, first),
        (None, Some((first, last))) => (last, first),
        (None, None) => (name, ""),
    };
    (last.trim().to_owned(), first.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::super::{hostile, sample};
    use super::*;

    fn is_whole(text: &str, learners: usize) {
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], COLUMNS);
        assert_eq!(lines.len(), learners + 1);
        for line in &lines[1..] {
            let fields: Vec<&str> = line.split(',').collect();
            assert_eq!(fields.len(), 11, "{line}");
            assert!(!line.contains('"') && !line.contains('\r') && !line.contains('\t'), "{line}");
            assert!(fields.iter().all(|field| !field.starts_with(['=', '+', '-', '@'])), "{line}");
            assert!(
                fields[7..].iter().all(|field| field.is_empty() || field.parse::<f64>().is_ok()),
                "{line}"
            );
        }
    }

    #[test]
    fn the_class() {
        let class = sample::class();
        let text = write(&class, "replication");
        is_whole(&text, class.learners.len());
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_score_is_the_raw_one_without_the_penalty() {
        let class = sample::class();
        let text = write(&class, "replication");
        for line in text.lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').skip(7).filter_map(|field| field.parse().ok()).collect();
            if let [raw, penalty, score, max] = numbers[..] {
                assert!((raw - penalty - score).abs() < 1e-9 && raw <= max, "{line}");
            }
        }
        let late = text.lines().find(|line| line.contains(",late,")).unwrap();
        assert!(late.split(',').nth(8).unwrap().parse::<f64>().unwrap() > 0.0, "{late}");
    }

    #[test]
    fn hostile_names_need_no_quotes_and_python_reads_the_same() {
        let class = hostile::class();
        let text = write(&class, "a,b\"c\n=d");
        is_whole(&text, class.learners.len());
        let program = "import csv, sys, json\nprint(json.dumps(list(csv.reader(open(0, newline='', encoding='utf-8')))))";
        let python = Command::new("python3")
            .args(["-c", program])
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut python = match python {
            Ok(python) => python,
            Err(why) => {
                let _ = std::io::stderr().write_all(format!("SKIPPED: no python3 ({why})\n").as_bytes());
                return;
            }
        };
        python.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = python.wait_with_output().unwrap();
        let rows: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
        let own: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        assert_eq!(rows, own);
    }
}
