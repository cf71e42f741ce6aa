//! Answers carried from one release of the course into the next: text to text.

use super::notebook::{CellAnswer, all_answers, put_answer, read_notebook, read_with_outputs};
use crate::authoring::{answer_body, answer_head};
use crate::authoring::{into_cell, out_of_cell};

/// A learner's file for the new release: her work below the new head.
pub fn carry_file(mine: &str, new_stub: &str) -> String {
    format!("{}{}", answer_head(new_stub), answer_body(mine))
}

/// What came of carrying the answers of a notebook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// The new notebook's text, with the answers in it.
    pub text: String,
    /// Ids, as they are now, of the exercises and questions whose answer was put back.
    pub put: Vec<String>,
    /// Of these, those whose stub is another now.
    pub changed: Vec<String>,
    /// Answers that have no place in the new notebook.
    pub left: Vec<CellAnswer>,
}

/// Puts the answers in `mine` into `new`. `renamed` says what an exercise or a question is called now.
///
/// # Errors
/// When one of them can't be read: which, and why.
pub fn carry_notebook(mine: &str, new: &str, renamed: impl Fn(&str) -> String) -> Result<Carried, String> {
    let mine = read_notebook(mine).map_err(|e| format!("your notebook: {e}"))?;
    let mut notebook = read_with_outputs(new).map_err(|e| format!("the new notebook: {e}"))?;
    let mut carried = Carried::default();
    for answer in all_answers(&mine).into_iter().filter(|answer| !answer.untouched()) {
        let now = renamed(&answer.id);
        let source = match now == answer.id {
            true => answer.source.clone(),
            // The module around the answer carries the exercise's name; questions keep theirs.
            false => into_cell(&now.to_lowercase().replace('.', "_"), out_of_cell(&answer.source)),
        };
        let stubs = put_answer(&mut notebook, |id| id == now, &source);
        if stubs.is_empty() {
            carried.left.push(answer);
            continue;
        }
        if answer.stub.as_ref() != stubs.first() {
            carried.changed.push(now.clone());
        }
        carried.put.push(now);
    }
    carried.text =
        nbformat::serialize_notebook(&nbformat::Notebook::V4(notebook)).map_err(|e| e.to_string())?;
    Ok(carried)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::notebook::{all_answers, mark_of};

    fn notebook(cells: &[(&str, &str, &str)]) -> String {
        let cells: Vec<_> = cells
            .iter()
            .enumerate()
            .map(|(n, (exercise, stub, source))| {
                serde_json::json!({
                    "cell_type": "code", "id": format!("c{n}"), "execution_count": 1, "outputs": [],
                    "metadata": {"course": {"exercise": exercise, "stub": mark_of(stub)}}, "source": [source],
                })
            })
            .collect();
        let whole = serde_json::json!({"metadata": {}, "nbformat": 4, "nbformat_minor": 5, "cells": cells});
        whole.to_string()
    }

    #[test]
    fn answers_follow_their_exercise_and_say_where_the_stub_changed() {
        let mine = notebook(&[
            ("E6.1", "old stub", "mine"),
            ("E6.2", "stub", "stub"),
            ("E6.3", "s", "renamed one"),
            ("E6.9", "s", "gone"),
        ]);
        let new = notebook(&[("E6.1", "new stub", "new stub"), ("E6.2", "stub", "stub"), ("E6.4", "s", "s")]);
        let renamed = |id: &str| if id == "E6.3" { "E6.4".to_owned() } else { id.to_owned() };
        let carried = carry_notebook(&mine, &new, renamed).unwrap();
        assert_eq!((carried.put, carried.changed), (vec!["E6.1".into(), "E6.4".into()], vec!["E6.1".into()]));
        assert_eq!(carried.left[0].source, "gone");
        let sources: Vec<_> = all_answers(&read_notebook(&carried.text).unwrap())
            .into_iter()
            .map(|answer| answer.source)
            .collect();
        assert_eq!(sources, ["mine", "stub", "mod e6_4 {\nrenamed one\n}"]);
    }

    #[test]
    fn answers_to_questions_are_carried_too() {
        let cell = |source: &str| {
            serde_json::json!({
                "cells": [{
                    "cell_type": "code", "id": "q", "execution_count": null, "outputs": [],
                    "metadata": {"course": {"answer": "Q6.1", "stub": mark_of("// answer")}}, "source": [source],
                }],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 5
            })
            .to_string()
        };
        let carried = carry_notebook(&cell("answer(4)"), &cell("// answer"), str::to_owned).unwrap();
        assert_eq!((carried.put, carried.changed), (vec!["Q6.1".to_owned()], Vec::<String>::new()));
        assert!(carried.text.contains("answer(4)"));
        let untouched = carry_notebook(&cell("// answer"), &cell("// answer"), str::to_owned).unwrap();
        assert_eq!(untouched.put, Vec::<String>::new());
    }

    #[test]
    fn a_file_gets_the_new_head() {
        assert_eq!(
            carry_file("//! old\n\nfn mine() {}\n", "//! new\n//! brief\n\nfn stub() {}\n"),
            "//! new\n//! brief\n\nfn mine() {}\n"
        );
    }
}
