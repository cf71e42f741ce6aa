//! Which text of a submission counts for which exercise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::arrivals::is_answer;
use super::files::{Files, Kind};
use super::questions::{self, Said};
use super::sha256;
use crate::authoring::{answer_body, answer_head, into_cell, out_of_cell};
use crate::exercises::ALL;
use crate::judge::Exercise;
use crate::pipeline::sanitise_line;
use crate::store::notebook::{self, Asked, mark_of};

/// What one learner handed in. All texts but the answers themselves are fit to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The learner.
    pub learner: String,
    /// By exercise, what was found of it.
    pub answers: BTreeMap<String, Handed>,
    /// By the address of a question's part, what was said.
    pub questions: BTreeMap<String, Said>,
    /// What the instructor should know: files that were refused or passed over, and why.
    pub notes: Vec<String>,
}

/// What was handed in for one exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Handed {
    /// An answer.
    Answer {
        /// Where it was found, below the entry.
        from: String,
        /// The start of its SHA-256: two answers with the same are the same.
        mark: String,
        /// Its text.
        #[serde(skip)]
        text: String,
    },
    /// A file that could not be taken.
    Refused {
        /// Where it was found, below the entry.
        from: String,
        /// Why.
        why: String,
    },
}

impl Handed {
    fn answer(from: &str, text: &str) -> Self {
        let mark = sha256(text)[..16].to_owned();
        Self::Answer { from: from.to_owned(), mark, text: text.to_owned() }
    }
}

/// The answers in a learner's files: `e6_1.rs`, wherever it lies, and the answers' cells of notebooks. Files of code
/// come first: a notebook's answer counts where there is none, or only the stub. Answers to questions are in `answers.json`, a
/// list as `course answer --batch` takes it, and in the notebooks' cells. `stubs` are the stubs as files, by
/// exercise.
///
/// # Errors
/// When there is nothing in them that could be graded: why, as a sentence.
pub fn answers(
    learner: &str,
    files: Files,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
) -> Result<Submission, String> {
    let mut found =
        Submission { learner: sanitise_line(learner), notes: files.notes.clone(), ..Submission::default() };
    let mut others = files.others;
    for (from, text) in files.of(Kind::Source) {
        let name = from.rsplit('/').next().unwrap_or(&from).to_lowercase();
        let stem = name.strip_suffix(".rs").unwrap_or(&name);
        match exercises.iter().find(|e| e.spec.is_answered_by(stem)) {
            Some(exercise) => take_file(from, text, exercise, stubs, &mut found),
            None => {
                // Of exercises that don't count today nothing is said.
                let known = || ALL.iter().any(|entry| entry.id.to_lowercase().replace('.', "_") == stem);
                if is_answer(&name) && !known() {
                    let note =
                        format!("{from} answers no exercise of this course: is it of another version of it?");
                    found.notes.push(note);
                }
                others += 1;
            }
        }
    }
    for (from, text) in files.of(Kind::Answers) {
        match text {
            Ok(text) => questions::take_list(&from, text, &mut found),
            Err(why) => found.notes.push(format!("{from}: {why}")),
        }
    }
    for (from, text) in files.of(Kind::Notebook) {
        match text {
            Ok(text) => take_notebook(&from, text, exercises, stubs, &mut found),
            Err(why) => found.notes.push(format!("{from}: {why}")),
        }
    }
    match found.answers.is_empty() && found.questions.is_empty() {
        true => Err(nothing(others, &found.notes)),
        false => Ok(found),
    }
}

fn nothing(others: usize, notes: &[String]) -> String {
    let seen = match (others, notes) {
        (0, []) => "it is empty".to_owned(),
        (0, notes) => notes.join("; "),
        (others, []) => format!("{others} other files are in it"),
        (others, notes) => format!("{others} other files are in it; {}", notes.join("; ")),
    };
    format!("no answer in it: no file like e6_1.rs and no notebook of the course with answers ({seen})")
}

/// A stub begins with its exercise's brief, and a cell has the mark of its stub: who kept them, and has others than this course
/// gives now, learned from another version of it.
fn tell_version(from: &str, id: &str, is_other: bool, found: &mut Submission) {
    if is_other {
        found.notes.push(format!(
            "{from}: {id} is of another version of the course, and is judged as this one asks for it"
        ));
    }
}

fn take_file(
    from: String,
    text: Result<&str, &str>,
    exercise: &Exercise,
    stubs: &BTreeMap<String, String>,
    found: &mut Submission,
) {
    let id = exercise.spec.id.clone();
    if let Some(Handed::Answer { from: first, .. }) = found.answers.get(&id) {
        found.notes.push(format!("{from} is passed over: {first} was taken for {id}"));
        return;
    }
    let handed = match text {
        Ok(text) => {
            let head = answer_head(text);
            let is_a_stubs = head.lines().next().is_some_and(|line| line.ends_with(" points)"));
            let is_other = is_a_stubs
                && stubs.get(&id).is_some_and(|stub| answer_head(stub).trim_end() != head.trim_end());
            tell_version(&from, &id, is_other, found);
            Handed::answer(&from, text)
        }
        Err(why) => Handed::Refused { from, why: why.to_owned() },
    };
    found.answers.insert(id, handed);
}

fn take_notebook(
    from: &str,
    text: &str,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
    found: &mut Submission,
) {
    let notebook = match notebook::read_notebook(text) {
        Ok(notebook) => notebook,
        Err(why) => {
            found.notes.push(format!("{from}: {}", sanitise_line(&why.to_string())));
            return;
        }
    };
    for answer in notebook::all_answers(&notebook) {
        if answer.asked == Asked::Question {
            questions::take_cell(from, &answer, found);
            continue;
        }
        let Some(exercise) = exercises.iter().find(|e| e.spec.is_called(&answer.id)) else { continue };
        let id = exercise.spec.id.clone();
        let cell = stubs.get(&id).map(|stub| into_cell(&exercise.spec.file_stem(), answer_body(stub)));
        let is_other = answer.stub.is_some() && cell.is_some_and(|cell| answer.stub != Some(mark_of(&cell)));
        tell_version(from, &id, is_other, found);
        let is_stub = |text: &str| stubs.get(&id).is_some_and(|stub| stub.trim() == text.trim());
        let first = match found.answers.get(&id) {
            Some(Handed::Answer { from, text, .. }) if !is_stub(text) => Some(from.clone()),
            Some(Handed::Answer { from, .. }) if answer.untouched() => Some(from.clone()),
            _ => None,
        };
        match first {
            None => {
                found.answers.insert(id, Handed::answer(from, out_of_cell(&answer.source)));
            }
            Some(_) if answer.untouched() => {}
            Some(first) => {
                found.notes.push(format!("the answer to {id} in {from} is passed over: {first} was taken"));
            }
        }
    }
}
