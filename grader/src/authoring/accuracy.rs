//! How well the rubrics judge the answers of `questions/answers/`.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::question::bank::Kind;
use crate::question::labelled::{Case, Label, Labelled};
use crate::question::{Bank, Outcome, rule};

/// The share of answers on which a rubric must agree with a person, over all and for each part, in percent.
pub const DEMANDED: usize = 95;

/// How many right answers in different words, and how many wrong ones, each part must have been tried with.
pub const TRIED: usize = 3;

/// From this share of common words on, in percent, two answers count as said in the same words.
const SAME_WORDS: usize = 60;

/// How a part's rubric judges the answers to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The part's address.
    pub part: String,
    /// How many answers there are.
    pub answers: usize,
    /// How many right ones, in different words.
    pub right: usize,
    /// How many that are wrong.
    pub wrong: usize,
    /// How many heaps of terms.
    pub heaps: usize,
    /// On how many the rubric says what a person says: pass, partial or fail.
    pub agreed: usize,
    /// Answers that are not right, and pass.
    pub false_passes: usize,
    /// Right answers that don't pass.
    pub false_fails: usize,
    /// Wrong ones, or none at all, that pass.
    pub wrong_that_pass: usize,
    /// Heaps that pass, or get a part.
    pub heaps_that_pass: usize,
    /// Each answer on which they disagree, with what either says.
    pub disagreements: Vec<String>,
}

/// The rows of all parts with free text whose address is wanted, also of those without an answer, in the order of the
/// banks.
pub fn accuracy(banks: &[Bank], answers: &[Labelled], wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    let questions = banks.iter().flat_map(|bank| &bank.questions);
    let texts = questions.flat_map(|question| {
        let takes_text = |at: &usize| matches!(question.parts[*at].kind, Kind::Text(_));
        (0..question.parts.len()).filter(takes_text).map(|at| question.address(at))
    });
    texts
        .filter(|part| wanted(part))
        .map(|part| {
            let cases: Vec<&Case> =
                answers.iter().filter(|labelled| labelled.id == part).flat_map(|l| &l.answer).collect();
            row(part, &cases)
        })
        .collect()
}

fn row(part: String, cases: &[&Case]) -> Row {
    let mut row = Row { answers: cases.len(), right: different(cases), part, ..Row::default() };
    for case in cases {
        let expected = match case.expect {
            Label::Right => Outcome::Pass,
            Label::Partial => Outcome::Partial,
            _ => Outcome::Fail,
        };
        let found = rule(&row.part, &case.text).map_or(Outcome::Fail, |ruling| ruling.verdict);
        let passes = found == Outcome::Pass;
        let heap = case.expect == Label::Heap;
        row.wrong += usize::from(case.expect == Label::Wrong);
        row.heaps += usize::from(heap);
        row.agreed += usize::from(found == expected);
        row.false_passes += usize::from(passes && expected != Outcome::Pass);
        row.false_fails += usize::from(!passes && expected == Outcome::Pass);
        row.wrong_that_pass += usize::from(passes && expected == Outcome::Fail);
        row.heaps_that_pass += usize::from(heap && found != Outcome::Fail);
        if found != expected {
            row.disagreements
                .push(format!("{expected:?} by a person, {found:?} by the rubric: {}", case.text));
        }
    }
    row
}

/// How many of the right answers are said in different words, each from all that were counted before.
fn different(cases: &[&Case]) -> usize {
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let mut counted: Vec<BTreeSet<String>> = Vec::new();
    for case in cases.iter().filter(|case| case.expect == Label::Right) {
        let mine = words(&case.text);
        let same = |other: &BTreeSet<String>| {
            mine.intersection(other).count() * 100 >= mine.union(other).count() * SAME_WORDS
        };
        if !counted.iter().any(same) {
            counted.push(mine);
        }
    }
    counted.len()
}

/// What is demanded of the rows and isn't so.
pub fn shortcomings(rows: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    let agrees = |agreed: usize, answers: usize| agreed * 100 >= answers * DEMANDED;
    let (agreed, answers) = (sum(rows, |row| row.agreed), sum(rows, |row| row.answers));
    if !agrees(agreed, answers) {
        found.push(format!("over all, {agreed} of {answers} agree: below {DEMANDED} %"));
    }
    for row in rows {
        let part = &row.part;
        if !agrees(row.agreed, row.answers) {
            found.push(format!("{part}: {} of {} agree: below {DEMANDED} %", row.agreed, row.answers));
        }
        if row.heaps_that_pass > 0 {
            found.push(format!("{part}: a heap passes"));
        }
        if row.wrong_that_pass > 0 {
            found.push(format!("{part}: a wrong answer passes"));
        }
        for (what, has, wanted) in [
            ("right answers in different words", row.right, TRIED),
            ("wrong answers", row.wrong, TRIED),
            ("heaps", row.heaps, 1),
        ] {
            if has < wanted {
                found.push(format!("{part}: {what}: {has}, and {wanted} are wanted"));
            }
        }
    }
    found
}

/// The rows as a table, with their sum.
pub fn table(rows: &[Row]) -> String {
    let head = [
        "part",
        "answers",
        "right",
        "wrong",
        "heaps",
        "agree",
        "",
        "false passes",
        "false fails",
        "heaps that pass",
    ];
    let line = |name: &str, of: &dyn Fn(fn(&Row) -> usize) -> usize| -> [String; 10] {
        let (agreed, answers) = (of(|row| row.agreed), of(|row| row.answers));
        // Rounded down: what is shown as 100 % is all of them.
        let percent =
            (agreed * 100).checked_div(answers).map_or_else(|| "—".into(), |percent| format!("{percent} %"));
        let number = |value: fn(&Row) -> usize| of(value).to_string();
        [
            name.to_string(),
            answers.to_string(),
            number(|row| row.right),
            number(|row| row.wrong),
            number(|row| row.heaps),
            agreed.to_string(),
            percent,
            number(|row| row.false_passes),
            number(|row| row.false_fails),
            number(|row| row.heaps_that_pass),
        ]
    };
    let mut lines: Vec<[String; 10]> = vec![head.map(String::from)];
    lines.extend(rows.iter().map(|row| line(&row.part, &|value| value(row))));
    lines.push(line("all", &|value| sum(rows, value)));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..10).map(width).collect();
    let shown = |line: &[String; 10]| {
        let cell = |(column, text): (usize, &String)| match column {
            0 => format!("{text:<width$}", width = widths[0]),
            _ => format!("{text:>width$}", width = widths[column]),
        };
        line.iter().enumerate().map(cell).collect::<Vec<_>>().join("  ").trim_end().to_string()
    };
    lines.iter().map(shown).collect::<Vec<_>>().join("\n")
}

fn sum(rows: &[Row], of: fn(&Row) -> usize) -> usize {
    rows.iter().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::{banks, labelled};

    #[test]
    fn the_rubrics_judge_as_people_do() {
        if crate::edition::is_edition("labelled answers") {
            return;
        }
        let rows = accuracy(banks(), &labelled::answers(), |_| true);
        let short = shortcomings(&rows);
        assert!(short.is_empty(), "{}\n\n{}", short.join("\n"), table(&rows));
        insta::assert_snapshot!(table(&rows));
    }

    #[test]
    fn what_falls_short_is_named() {
        let case = |expect, text: &str| Case { kind: String::new(), text: text.into(), expect };
        let answers = [Labelled {
            id: "Q9.6".into(),
            answer: vec![
                case(
                    Label::Wrong,
                    "Last write wins: the other client's write is lost, although it was acknowledged.",
                ),
                case(Label::Right, "Last write wins, and of two writes one is lost silently."),
                case(Label::Right, "Last write wins, and of two writes one is silently lost."),
                case(Label::Right, "It is a clock."),
                case(Label::Heap, "Last write wins. The other write is lost."),
            ],
        }];
        let rows: Vec<Row> = accuracy(banks(), &answers, |part| part == "Q9.6");
        insta::assert_snapshot!(format!("{}\n\n{}", table(&rows), shortcomings(&rows).join("\n")));
        let untried = accuracy(banks(), &[], |_| true);
        assert!(shortcomings(&untried).iter().any(|s| s == "Q9.6: heaps: 0, and 1 are wanted"));
    }
}
