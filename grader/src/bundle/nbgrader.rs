//! A chapter as nbgrader's source of an assignment, and the configuration beside it.

use std::collections::BTreeMap;
use std::path::Path;

use nbformat::v4::{Cell, CellMetadata, Notebook};
use serde_json::{Value, json};

use crate::authoring::{answer_body, into_cell};
use crate::judge::Spec;
use crate::store::notebook::{lines, of_course};

/// nbgrader's configuration as it lies in the course; [`config`] fills in where the course is.
const CONFIG: &str = include_str!("../../deploy/nbgrader/nbgrader_config.py");

/// The line of [`CONFIG`] that says where the course is.
const PLACE: &str = "COURSE = \"the clone of the course\"\n";

/// `nbgrader_config.py` for the clone at `course`.
pub fn config(course: &Path) -> String {
    // A string of JSON is one of Python's.
    let place = format!("COURSE = {}\n", json!(course));
    CONFIG.replacen(PLACE, &place, 1)
}

/// The source of an assignment, with solutions and without outputs: `nbgrader generate_assignment` makes from it what
/// learners get, with the stubs of the course. Nothing, if the chapter has no exercises. `solved` are the exercises with their
/// solutions' files, by id.
///
/// The cells that load the lab and the grader lose these two lines: the course's kernel has both loaded, and their path is
/// another in nbgrader's folders.
pub fn assignment(chapter: &Notebook, solved: &BTreeMap<&str, (&Spec, String)>) -> Option<Notebook> {
    let mut made = chapter.clone();
    let mut checks = 0;
    for cell in &mut made.cells {
        let of_exercise = |key: &str| {
            let id = of_course(cell, key)?.as_str()?;
            Some(solved.get(id)?.clone())
        };
        let (answer, check) = (of_exercise("exercise"), of_exercise("check"));
        let Cell::Code { metadata, source, outputs, execution_count, .. } = cell else { continue };
        outputs.clear();
        *execution_count = None;
        if let Some((spec, solution)) = answer {
            let unsolved = std::mem::take(source).concat();
            *source = lines(&into_cell(&spec.file_stem(), answer_body(&solution)));
            put(metadata, &["course", "unsolved"], json!(unsolved));
            let role = json!({"grade": false, "solution": true, "locked": false});
            put(metadata, &["nbgrader"], cell_of_nbgrader(spec, "answer", role));
        } else if let Some((spec, _)) = check {
            checks += 1;
            *source = lines(&format!("{}.for_nbgrader()", source.concat().trim_end()));
            let role = json!({"grade": true, "solution": false, "locked": true, "points": spec.points()});
            put(metadata, &["nbgrader"], cell_of_nbgrader(spec, "check", role));
        } else {
            source
                .retain(|line| !line.starts_with(":dep replication-lab") && !line.starts_with(":dep grader"));
        }
    }
    (checks > 0).then_some(made)
}

/// What nbgrader's schema 3 demands of a cell that it looks at.
fn cell_of_nbgrader(spec: &Spec, what: &str, mut role: Value) -> Value {
    role["schema_version"] = json!(3);
    role["task"] = json!(false);
    role["grade_id"] = json!(format!("{}-{what}", spec.id.replace('.', "-")));
    role
}

fn put(metadata: &mut CellMetadata, path: &[&str], value: Value) {
    let [first, rest @ ..] = path else { return };
    let mut place = metadata.additional.entry((*first).to_owned()).or_insert_with(|| json!({}));
    for key in rest {
        place = &mut place[*key];
    }
    *place = value;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Exercise;
    use crate::store::notebook::read_notebook;

    fn chapter() -> Notebook {
        read_notebook(
            r#"{"metadata": {"kernelspec": {"display_name": "R", "language": "rust", "name": "replication-course"}},
                "nbformat": 4, "nbformat_minor": 5, "cells": [
                {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["Quorums."]},
                {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": 1, "outputs": [], "source":
                  [":dep replication-lab = { path = \"../replication-lab\" }\n", ":dep grader = { path = \"../grader\" }\n", "use grader::check;"]},
                {"cell_type": "code", "id": "c", "metadata": {"course": {"exercise": "E6.1", "stub": "1f"}},
                  "execution_count": 2, "outputs": [], "source": ["mod e6_1 {\n", "todo!()\n", "}"]},
                {"cell_type": "code", "id": "d", "metadata": {"course": {"check": "E6.1"}}, "execution_count": 3,
                  "outputs": [{"output_type": "stream", "name": "stdout", "text": "old"}],
                  "source": ["grader::check(grader::exercises::e6_1::answer(e6_1::quorum))"]}]}"#,
        )
        .unwrap()
    }

    #[test]
    fn answers_and_checks_become_nbgraders_and_nothing_else_does() {
        let spec = Exercise::find("E6.1").unwrap().spec;
        let solution =
            "//! Header.\n\n// BEGIN SOLUTION todo!()\nfn solved() {}\n// END SOLUTION\n".to_owned();
        let made = assignment(&chapter(), &BTreeMap::from([("E6.1", (&spec, solution))])).unwrap();
        insta::assert_snapshot!(nbformat::serialize_notebook(&nbformat::Notebook::V4(made)).unwrap());
    }

    #[test]
    fn without_exercises_there_is_no_assignment() {
        let mut chapter = chapter();
        chapter.cells.truncate(2);
        assert!(assignment(&chapter, &BTreeMap::new()).is_none());
    }

    #[test]
    fn the_configuration_says_where_the_course_is() {
        let made = config(Path::new("/home/ann \"a\" lee/course"));
        assert!(made.contains("\nCOURSE = \"/home/ann \\\"a\\\" lee/course\"\n"), "{made}");
        assert!(!made.contains(PLACE));
    }
}
