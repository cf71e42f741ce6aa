//! What must be in no file of an edition.

use std::collections::{BTreeMap, BTreeSet};

use super::Files;
use crate::judge::Spec;
use crate::question::labelled;

/// Shorter lines are anybody's.
const SHORTEST: usize = 30;

/// Where lines of a solution may stand, since the course teaches with them: the lab, the exercises' own simulations, the
/// drills as they are often written on a whiteboard, the notebooks.
const OPEN: &[&str] =
    &["replication-lab/", "grader/src/", "grader/examples/", "grader/tests/", "notebooks/", "exercises/"];

/// A needle that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The edition's file.
    pub file: String,
    /// The text.
    pub needle: String,
    /// What it is from.
    pub from: String,
}

/// Texts that give official answers away, with what they are from: lines of the solutions that no stub has, of the mutants'
/// edits, of model answers and of labelled ones. Short lines are left out, and those that stand in the open: in the lab, the
/// notebooks, the hints.
pub fn needles(full: &Files) -> BTreeMap<String, String> {
    let text = |bytes: &'_ Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut told = String::new();
    let mut needles: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |text: &str, from: &str| {
        for line in text.lines().map(str::trim).filter(|line| line.chars().count() >= SHORTEST) {
            needles.entry(line.to_owned()).or_insert_with(|| from.to_owned());
        }
    };
    for (path, bytes) in full {
        if path.starts_with("solutions/src/e") {
            solved(&text(bytes)).for_each(|line| add(&line, path));
        } else if path.starts_with("grader/exercises/") {
            let Ok(spec) = toml::from_str::<Spec>(&text(bytes)) else { continue };
            let shown =
                spec.hints.iter().chain([&spec.brief]).chain(spec.mutants.iter().map(|m| &m.misconception));
            shown.for_each(|text| told.push_str(text));
            for edit in spec.mutants.iter().flat_map(|mutant| &mutant.edits) {
                add(&edit.find, path);
                add(&edit.put, path);
            }
        } else if path.starts_with("grader/questions/") {
            models_in(bytes).iter().for_each(|model| add(model, path));
        }
        if OPEN.iter().any(|folder| path.starts_with(folder)) && !path.ends_with(".snap") {
            open.extend(text(bytes).lines().map(|line| line.trim().to_owned()));
        }
    }
    // Wrong ones give nothing away, and some of them only repeat the question.
    let enough =
        |case: &&labelled::Case| matches!(case.expect, labelled::Label::Right | labelled::Label::Partial);
    for case in labelled::answers().iter().flat_map(|part| part.answer.iter().filter(enough)) {
        add(&case.text, "grader/questions/answers/");
    }
    needles.retain(|needle, _| !open.contains(needle) && !told.contains(needle.as_str()));
    needles
}

/// The needles that an edition's files hold. Solutions' lines are not looked for in the open folders, where parts of a line may
/// stand by chance; model answers are, since nothing there may have them.
pub fn leaks(edition: &Files, needles: &BTreeMap<String, String>) -> Vec<Leak> {
    let is_open = |path: &str| OPEN.iter().any(|folder| path.starts_with(folder));
    let is_answer = |from: &str| from.starts_with("grader/questions/ch");
    edition
        .iter()
        .flat_map(|(file, bytes)| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let held = needles
                .iter()
                .filter(move |(_, from)| !is_open(file) || is_answer(from))
                .filter(move |(needle, _)| text.contains(needle.as_str()));
            held.map(|(needle, from)| Leak { file: file.clone(), needle: needle.clone(), from: from.clone() })
        })
        .collect()
}

/// The lines between a solution's markers.
fn solved(solution: &str) -> impl Iterator<Item = String> {
    let mut inside = false;
    let lines: Vec<String> = solution
        .lines()
        .filter(|line| {
            let begins = line.trim_start().starts_with("// BEGIN SOLUTION");
            let ends = line.trim_start().starts_with("// END SOLUTION");
            inside = (inside || begins) && !ends;
            inside && !begins
        })
        .map(str::to_owned)
        .collect();
    lines.into_iter()
}

/// The model answers of all banks, each as one line.
pub(super) fn models_of(full: &Files) -> Vec<String> {
    let banks = full.iter().filter(|(path, _)| path.starts_with("grader/questions/"));
    let models = banks.flat_map(|(_, bytes)| models_in(bytes));
    models.map(|model| super::words(&model)).filter(|model| model.chars().count() >= SHORTEST).collect()
}

fn models_in(bank: &[u8]) -> Vec<String> {
    toml::from_str(&String::from_utf8_lossy(bank)).map(|bank| models(&bank)).unwrap_or_default()
}

fn models(value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .flat_map(|(key, value)| match value.as_str() {
                Some(text) if key == "model" => vec![text.to_owned()],
                _ => models(value),
            })
            .collect(),
        toml::Value::Array(items) => items.iter().flat_map(models).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_solution_is_found_and_one_of_the_lab_is_none() {
        let solved = "let everything_that_was_asked_for = 1;";
        let known = "let something_that_the_lab_has_too = 2;";
        let solution = format!(
            "fn f() {{\n    // BEGIN SOLUTION todo!()\n    {solved}\n    {known}\n    // END SOLUTION\n}}\n"
        );
        let full: Files = [
            ("solutions/src/e1_1.rs".to_owned(), solution.into_bytes()),
            ("replication-lab/src/lib.rs".to_owned(), format!("    {known}\n").into_bytes()),
        ]
        .into();
        let needles = needles(&full);
        assert!(needles.contains_key(solved) && !needles.contains_key(known));
        let edition: Files =
            [("docs/help.md".to_owned(), format!("> {solved}\n{known}").into_bytes())].into();
        let found = leaks(&edition, &needles);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].file.as_str(), found[0].from.as_str()),
            ("docs/help.md", "solutions/src/e1_1.rs")
        );
    }
}
