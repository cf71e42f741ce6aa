//! Answers in notebooks.

use std::fmt;

use nbformat::v4::{Cell, Notebook};
use serde_json::Value;

/// The kernel that the course's notebooks name.
pub const KERNEL: &str = "replication-course";

/// Why a file is no notebook of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no notebook at all, or a damaged one.
    Broken {
        /// What the reader of the format says.
        why: String,
    },
    /// A notebook of another format than nbformat 4.5.
    OldFormat,
    /// A notebook that names another kernel.
    OtherKernel {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Broken { why } => write!(f, "it is not a readable notebook: {why}"),
            Unreadable::OldFormat => {
                write!(f, "its format is not nbformat 4.5: open it in JupyterLab and save it again")
            }
            Unreadable::OtherKernel { name } => write!(
                f,
                "it is a notebook of the kernel {name:?}, not of the course's ({KERNEL:?}): choose \
                 \"Replication course (Rust)\" in it"
            ),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Reads a notebook as a learner may have left it. Its outputs are not looked at.
///
/// # Errors
/// When it is none, or none for the course's kernel.
pub fn read_notebook(text: &str) -> Result<Notebook, Unreadable> {
    let mut value: Value =
        serde_json::from_str(text).map_err(|e| Unreadable::Broken { why: e.to_string() })?;
    for cell in value.get_mut("cells").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(outputs) = cell.get_mut("outputs") {
            *outputs = Value::Array(Vec::new());
        }
    }
    read_with_outputs(&value.to_string())
}

/// Reads a notebook of the course's own, with its outputs.
///
/// # Errors
/// As [`read_notebook`].
pub fn read_with_outputs(text: &str) -> Result<Notebook, Unreadable> {
    let broken = |why: String| Unreadable::Broken { why };
    let notebook = match nbformat::parse_notebook(text) {
        Ok(nbformat::Notebook::V4(notebook)) => notebook,
        Ok(nbformat::Notebook::V4QuirksMode(quirks)) => quirks.repair(),
        Ok(_) | Err(nbformat::NotebookError::UnsupportedVersion(..)) => return Err(Unreadable::OldFormat),
        Err(error) => return Err(broken(error.to_string())),
    };
    match &notebook.metadata.kernelspec {
        // A stock Rust kernel is as good: the notebooks run on it.
        Some(kernel) if kernel.name != KERNEL && kernel.name != "rust" => {
            Err(Unreadable::OtherKernel { name: kernel.name.clone() })
        }
        _ => Ok(notebook),
    }
}

/// A value below the key `course` of a cell's metadata.
pub fn of_course<'a>(cell: &'a Cell, key: &str) -> Option<&'a Value> {
    cell.metadata().additional.get("course")?.get(key)
}

/// What a code cell holds an answer to.
fn asked(cell: &Cell) -> Option<(Asked, &str)> {
    let id = |key| of_course(cell, key).and_then(Value::as_str);
    match cell {
        Cell::Code { .. } => {
            id("exercise").map(|id| (Asked::Exercise, id)).or_else(|| Some((Asked::Question, id("answer")?)))
        }
        _ => None,
    }
}

/// What an answer is an answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An exercise.
    Exercise,
    /// A question, or a part of one.
    Question,
}

/// An answer in a notebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellAnswer {
    /// What it answers.
    pub asked: Asked,
    /// The exercise's or question's id when the notebook was built.
    pub id: String,
    /// The cell's source.
    pub source: String,
    /// The mark of the stub that the cell was built with.
    pub stub: Option<String>,
}

impl CellAnswer {
    /// Whether it is still the stub that the cell was built with.
    pub fn untouched(&self) -> bool {
        self.stub.as_deref() == Some(&mark_of(&self.source))
    }
}

/// The answers to exercises and questions in a notebook, in the cells' order, untouched stubs among them.
pub fn all_answers(notebook: &Notebook) -> Vec<CellAnswer> {
    let answer = |cell: &Cell| {
        let (asked, id) = asked(cell)?;
        Some(CellAnswer {
            asked,
            id: id.to_owned(),
            source: cell.source().concat(),
            stub: of_course(cell, "stub").and_then(Value::as_str).map(str::to_owned),
        })
    };
    notebook.cells.iter().filter_map(answer).collect()
}

/// Puts an answer into the cells that are made for it: those of an exercise or a question for which `is_it` holds. Their outputs go:
/// they were the stub's. Returns the marks of the stubs that stood there; none where there is no such cell.
pub fn put_answer(notebook: &mut Notebook, is_it: impl Fn(&str) -> bool, source: &str) -> Vec<String> {
    let mut stubs = Vec::new();
    for cell in &mut notebook.cells {
        if !asked(cell).is_some_and(|(_, id)| is_it(id)) {
            continue;
        }
        stubs.push(of_course(cell, "stub").and_then(Value::as_str).unwrap_or_default().to_owned());
        if let Cell::Code { source: lines_of_cell, outputs, execution_count, .. } = cell {
            *lines_of_cell = lines(source);
            outputs.clear();
            *execution_count = None;
        }
    }
    stubs
}

/// A short mark of a text, by which it is recognised; blank space at its ends does not count.
pub fn mark_of(text: &str) -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.trim().as_bytes()))
}

/// A text as the lines of a cell.
pub fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read_notebook(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_notebook_of_the_course_says_why() {
        let python = r#"{"metadata": {"kernelspec": {"display_name": "P", "name": "python3"}},
            "nbformat": 4, "nbformat_minor": 5, "cells": []}"#;
        insta::assert_snapshot!(
            [error("{\"cells\": ["), error("{}"), error("[]"), error(python)].join("\n"), @r#"
        it is not a readable notebook: EOF while parsing a list at line 1 column 11
        its format is not nbformat 4.5: open it in JupyterLab and save it again
        its format is not nbformat 4.5: open it in JupyterLab and save it again
        it is a notebook of the kernel "python3", not of the course's ("replication-course"): choose "Replication course (Rust)" in it
        "#);
    }
}
