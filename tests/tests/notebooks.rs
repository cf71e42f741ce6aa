//! The committed notebooks, executed.

use std::process::Command;

use course_tests::course_root;

fn course(args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_course-tested"))
        .args(args)
        .current_dir(course_root())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn every_committed_notebook_shows_what_its_cells_give() {
    let (code, text) = course(&["run", "--check"]);
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_chapter_that_is_not_there_is_named_with_those_that_are() {
    let (code, text) = course(&["run", "42"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("42") && text.contains('6') && text.contains("next:"), "{text}");
}

/// evcxr shows a value as a programmer would when the cell's last expression holds the notebook's first `?`.
#[test]
fn no_figure_is_shown_as_its_source() {
    let folder = course_root().join("notebooks");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "ipynb") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("Figure { html"), "{}: give the `?` a line of its own", path.display());
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 11);
}
