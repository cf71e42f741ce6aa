//! Folders of submissions, graded as an instructor does it. No submission gets a point that it has not earned.

use std::fs;

use course_tests::classroom::{Class, attacked, exercise, grade, has_sandbox, learner, sandbox, solution};
use course_tests::{course_root, skipped};
use grader::pipeline::{NoSandbox, Source, Toolbox};
use serde_json::Value;

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

/// Who learned from another version of the course is told so, and judged all the same.
#[test]
fn another_version_of_the_course_is_told() {
    let class = Class::default();
    let brief = "//! E6.1 — Quorum facts (5 points)\n//!\n//! Write three facts.\n\n";
    class.submit("old", &format!("{brief}{}", grader::authoring::answer_body(&solution("e6_1"))));
    let stub = fs::read_to_string(course_root().join("exercises/src/e6_1.rs")).unwrap();
    class.submit(
        "new",
        &format!(
            "{}{}",
            grader::authoring::answer_head(&stub),
            grader::authoring::answer_body(&solution("e6_1"))
        ),
    );
    class.submit("bare", grader::authoring::answer_body(&solution("e6_1")));
    let results = class.graded(COURSE, &[]);
    let told =
        |name: &str| learner(&results, name)["notes"].to_string().contains("another version of the course");
    assert_eq!(["old", "new", "bare"].map(told), [true, false, false], "{results:#}");
    assert_eq!(["old", "new", "bare"].map(|name| learner(&results, name)["points"].clone()), [8, 8, 8]);
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

/// Whoever is stopped in the middle, at any moment, goes on from there; and a second grading does only what changed.
#[test]
fn a_grading_that_was_killed_goes_on() {
    let class = Class::default();
    for number in 0..6 {
        class.submit(&format!("learner{number}"), &format!("{}// {number}\n", solution("e6_1")));
    }
    let results = class.folder().join(".results");
    let ledger = || walk(&results.join("ledger"));
    let mut command = std::process::Command::new(COURSE);
    command
        .arg("grade")
        .arg(class.folder())
        .args(["--exercise", "E6.1", "--results"])
        .arg(&results)
        .args(sandbox());
    let mut running = command.current_dir(course_root()).stdout(std::process::Stdio::null()).spawn().unwrap();
    while ledger().is_empty() && running.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    running.kill().unwrap();
    running.wait().unwrap();
    let before = ledger();
    assert!((1..6).contains(&before.len()), "it was killed in the middle: {} of 6", before.len());
    let (code, stdout, stderr) = class.grade(COURSE, &[&["--exercise", "E6.1"], sandbox()].concat());
    assert_eq!((code, stdout.matches("8 of 8").count()), (0, 6), "{stdout}{stderr}");
    let after = ledger();
    assert_eq!(after.len(), 6);
    assert!(before.iter().all(|kept| after.contains(kept)), "what was kept was not done again");

    class.submit("learner3", &solution("e6_1").replace("w + r > n", "w + r >= n"));
    let (_, _, stderr) = class.grade(COURSE, &[&["--exercise", "E6.1"], sandbox()].concat());
    assert!(stderr.contains("learner3: E6.1 8 → 5 (another answer was handed in)"), "{stderr}");
    assert_eq!(ledger().len(), 7);
}

/// The files below a folder, with the time of their last change.
fn walk(folder: &std::path::Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(walk(&path));
        } else if path.extension().is_some_and(|end| end == "json") {
            files.extend(fs::metadata(&path).and_then(|meta| meta.modified()).map(|at| (path, at)));
        }
    }
    files
}

#[test]
fn a_disk_that_is_read_only_costs_no_result() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    let nowhere = "/proc/nowhere";
    let arguments = [&["--exercise", "E6.1", "--results", nowhere], sandbox()].concat();
    let (code, stdout, stderr) = grade(COURSE, class.folder(), &arguments);
    assert_eq!((code, stdout.contains("8 of 8")), (0, true), "{stdout}{stderr}");
    assert!(stderr.contains("could not be kept"), "{stderr}");
}

/// `course grade` with a temporary folder of so many bytes.
fn graded_with_room(class: &Class, bytes: u64) -> std::process::Output {
    let folder = class.folder().join(".room");
    fs::create_dir_all(&folder).unwrap();
    std::process::Command::new("bwrap")
        .args(["--dev-bind", "/", "/", "--size", &bytes.to_string(), "--tmpfs"])
        .arg(&folder)
        .arg("--setenv")
        .arg("TMPDIR")
        .arg(&folder)
        .args(["--", COURSE, "grade"])
        .arg(class.folder())
        .args(["--exercise", "E6.1", "--json", "--results"])
        .arg(class.folder().join(".results"))
        .current_dir(course_root())
        .output()
        .unwrap()
}

/// Found when a zero was given for a full disk, and kept.
#[test]
fn a_full_disk_is_no_zero() {
    let help = std::process::Command::new("bwrap")
        .arg("--help")
        .output()
        .map(|help| help.stdout)
        .unwrap_or_default();
    if !has_sandbox() || !String::from_utf8_lossy(&help).contains("--size") {
        skipped("this bubblewrap makes no folder of a given size, so no disk gets full");
        return;
    }
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    // Room for what the sandbox needs, and for no compiled answer.
    let sandbox = fs::metadata(COURSE).unwrap().len();
    let output = graded_with_room(&class, sandbox + 100_000);
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    let graded = exercise(&results, "ann", "E6.1");
    assert_eq!((&graded["outcome"], &graded["points"]), (&"not-graded".into(), &Value::Null), "{graded:#}");
    assert!(graded["grader_fault"].to_string().contains("are left in the temporary folder"), "{graded:#}");
    let without = graded_with_room(&class, 100_000);
    let stderr = String::from_utf8_lossy(&without.stderr);
    assert!(without.status.code() == Some(2) && stderr.contains("make room there"), "{stderr}");
    // Nothing of it is kept.
    assert_eq!(learner(&class.graded(COURSE, &[]), "ann")["points"], 8);
}

/// As when somebody builds a newer course while this one grades.
#[test]
fn libraries_that_went_away_are_no_zero() {
    let checked =
        std::process::Command::new(COURSE).args(["check", "E6.1"]).current_dir(course_root()).output();
    assert_eq!(checked.unwrap().status.code(), Some(1), "the libraries are there, and the stub is no answer");
    let folder = tempfile::tempdir().unwrap();
    course_tests::copy_folder(&course_root().join(".course/toolbox"), folder.path());
    let toolbox = Toolbox::prepare(&course_root(), folder.path(), &|_| {}).unwrap();
    let spec = grader::judge::Exercise::find("E6.1").unwrap().spec;
    let source = Source { text: solution("e6_1"), shown_as: "exercises/src/e6_1.rs".into() };
    let compiled = || toolbox.compile(&NoSandbox, &spec, &source, std::time::Duration::from_secs(60));
    assert!(compiled().unwrap().is_ok());
    fs::remove_dir_all(folder.path()).unwrap();
    let gone = compiled().unwrap_err().to_string();
    assert!(gone.contains("built anew meanwhile"), "{gone}");
}

#[test]
fn two_entries_of_one_name_are_both_graded_and_say_so() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    class.submit("Ann", "wrong");
    let results = class.graded(COURSE, sandbox());
    for name in ["ann", "Ann"] {
        let note = &learner(&results, name)["notes"][0];
        assert!(note.as_str().unwrap().contains("more than one entry of the name"), "{note}");
    }
}
