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
