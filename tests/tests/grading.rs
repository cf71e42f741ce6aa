//! Folders of submissions, graded as an instructor does it. No submission gets a point that it has not earned.

use std::fs;

use course_tests::classroom::{Class, attacked, grade, learner, sandbox, solution};
use course_tests::course_root;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

#[test]
fn reference_stub_and_mutant_come_out_right() {
    let class = Class::default();
    let stem = "e9_1";
    let exercise = grader::judge::Exercise::find("E9.1").unwrap();
    let mutant = exercise.spec.mutants.iter().find(|m| m.name == "stops-at-w").unwrap();
    let stub = fs::read_to_string(course_root().join("exercises/src/e9_1.rs")).unwrap();
    let texts =
        [("mutant", mutant.source(&solution(stem)).unwrap()), ("reference", solution(stem)), ("stub", stub)];
    for (learner, text) in &texts {
        class.put(learner, "exercises/src/e9_1.rs", text);
    }
    let (code, stdout, stderr) = class.grade(COURSE, &["--exercise", "E9.1", "--unsandboxed"]);
    assert_eq!(code, 0, "{stderr}");
    insta::assert_snapshot!(stdout);
}

#[test]
fn what_is_no_submission_says_so() {
    let class = Class::default();
    let at = |name: &str| class.folder().join(name);
    fs::create_dir_all(at("empty")).unwrap();
    fs::create_dir_all(at("other")).unwrap();
    fs::write(at("other/essay.txt"), "x").unwrap();
    fs::create_dir_all(at("links")).unwrap();
    std::os::unix::fs::symlink(course_root().join("solutions/src/e6_1.rs"), at("links/e6_1.rs")).unwrap();
    std::os::unix::fs::symlink(course_root().join("solutions"), at("link")).unwrap();
    fs::write(at("broken.ipynb"), "{").unwrap();
    fs::write(at("file.txt"), "x").unwrap();
    fs::create_dir_all(at("huge")).unwrap();
    fs::write(at("huge/e6_1.rs"), vec![b' '; 300 * 1024]).unwrap();
    fs::create_dir_all(at("binary")).unwrap();
    fs::write(at("binary/e6_1.rs"), [0xff, 0xfe, 0x00]).unwrap();
    class.submit("evil\u{1b}[31m\u{202e}", &attacked(""));
    let (code, stdout, stderr) = class.grade(COURSE, &["--exercise", "E6.1", "--unsandboxed"]);
    assert_eq!(code, 0, "{stderr}");
    insta::assert_snapshot!(stdout);
}

#[test]
fn a_folder_that_cannot_be_graded_is_a_mistake_of_usage() {
    let class = Class::default();
    let (code, _, stderr) = class.grade(COURSE, &[]);
    assert!(code == 2 && stderr.contains("is empty"), "{stderr}");
    let (code, _, stderr) = grade(COURSE, &class.folder().join("nowhere"), &[]);
    assert!(code == 2 && stderr.contains("cannot read the folder"), "{stderr}");
    fs::write(class.folder().join("e6_1.rs"), "x").unwrap();
    let (code, _, stderr) = class.grade(COURSE, &[]);
    assert!(code == 2 && stderr.contains("one learner's folder"), "{stderr}");
}

#[test]
fn a_notebook_is_a_submission() {
    let class = Class::default();
    let answer = solution("e6_1");
    let cell = serde_json::json!({
        "cell_type": "code", "id": "a", "execution_count": 1, "outputs": [{"output_type": "nonsense"}],
        "metadata": {"course": {"exercise": "E6.1", "stub": "0"}},
        "source": grader::authoring::answer_body(&answer)
    });
    let notebook = serde_json::json!({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    fs::write(class.folder().join("ann.ipynb"), notebook.to_string()).unwrap();
    assert_eq!(learner(&class.graded(COURSE, &[]), "ann")["points"], 8);
}

#[test]
fn what_was_in_force_stands_in_the_results() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    assert_eq!(class.graded(COURSE, &["--unsandboxed"])["protection"]["sandbox"], "none");
    if sandbox().is_empty() {
        let protection = &class.graded(COURSE, &[])["protection"];
        assert_eq!(protection["sandbox"], "bubblewrap", "{protection}");
    }
}

/// Where there is no sandbox, an instructor must insist.
#[test]
fn without_a_sandbox_nothing_is_graded() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    let output = assert_cmd::Command::new(COURSE)
        .arg("grade")
        .arg(class.folder())
        .args(["--exercise", "E6.1"])
        .current_dir(course_root())
        .env("PATH", class.folder())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    insta::assert_snapshot!(stderr);
}
