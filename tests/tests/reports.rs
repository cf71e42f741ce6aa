//! A class graded and written in every form, as an instructor does it.

use std::fs;

use course_tests::classroom::{Class, attacked, solution};
use course_tests::course_root;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// `course report` on a file: exit code, standard output, standard error.
fn report(results: &std::path::Path, arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::new(COURSE)
        .arg("report")
        .arg(results)
        .args(arguments)
        .current_dir(course_root())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn a_graded_class_is_written_in_every_form() {
    let class = Class::default();
    class.submit("ann", &solution("e6_1"));
    class.submit("bob <b>", &solution("e6_1").replace("w + r > n", "w + r >= n"));
    class.submit("eve", &attacked("println!(\"::error::x\"); panic!(\"<script>{}\", n);"));
    let (code, json, stderr) = class.grade(COURSE, &["--exercise", "E6.1", "--unsandboxed", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let results = class.folder().join(".results.json");
    fs::write(&results, json).unwrap();
    let written = |arguments: &[&str]| {
        let (code, stdout, stderr) = report(&results, arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        stdout
    };
    let json =
        |arguments: &[&str]| -> serde_json::Value { serde_json::from_str(&written(arguments)).unwrap() };

    let table = written(&["--format", "table"]);
    assert!(table.contains("8 of 8") && table.contains("5 of 8"), "{table}");
    assert!(written(&["--format", "table", "--learner", "eve"]).contains("<script>"));
    assert!(written(&["--format", "markdown"]).contains("## Distribution"));
    assert!(written(&["--format", "markdown", "--learner", "ann"]).starts_with("# Feedback for ` ann `"));
    assert_eq!(written(&["--format", "csv"]).lines().count(), 4);
    assert_eq!(
        written(&["--format", "nbgrader-csv", "--assignment", "quorums"]).matches("quorums,").count(),
        3
    );
    assert!(written(&["--format", "junit"]).contains("<testsuite name=\"bob &lt;b&gt;\""));
    let scope = json(&["--format", "gradescope", "--learner", "bob <b>"]);
    assert_eq!((&scope["score"], &scope["tests"][0]["number"]), (&5.into(), &"6.1.1".into()));
    let exercism = json(&["--format", "exercism", "--learner", "ann", "--exercise", "e6_1"]);
    assert_eq!(exercism["status"], "pass");

    let context = class.folder().join(".context.toml");
    fs::write(
        &context,
        "classroom = 'c'\nassignment = 'a'\nsubmission = 'submit/x'\ncommit = 'c'\nrelease = 'r'\nreview = 'r'\n\
         datetime = 2026-11-20T10:00:00Z",
    )
    .unwrap();
    let context = context.to_str().unwrap();
    let room = json(&["--format", "classroom50", "--learner", "ann", "--context", context]);
    assert_eq!((&room["score"], &room["owner"]), (&8.into(), &"ann".into()));

    let outputs = class.folder().join(".outputs");
    fs::write(&outputs, "earlier=1\n").unwrap();
    let log = written(&["--format", "github", "--learner", "eve", "--out", outputs.to_str().unwrap()]);
    let last = log.lines().last().unwrap();
    assert_eq!(last, "::notice title=Autograding report::{\"maxPoints\":8,\"totalPoints\":0}");
    assert!(log.lines().next().unwrap().starts_with("::stop-commands::course-"));
    let outputs = fs::read_to_string(outputs).unwrap();
    assert!(outputs.starts_with("earlier=1\ne6_1=") && outputs.ends_with("\nrunners=e6_1\n"), "{outputs}");

    let pages = class.folder().join(".pages");
    for _again in 0..2 {
        written(&["--format", "html", "--out", pages.to_str().unwrap()]);
        assert_eq!(fs::read_dir(pages.join("learners")).unwrap().count(), 3);
        let index = fs::read_to_string(pages.join("index.html")).unwrap();
        assert!(index.contains("bob &lt;b&gt;") && !index.contains("<script"), "{index}");
    }
}

#[test]
fn what_cannot_be_written_says_what_to_do() {
    let class = Class::default();
    let file = class.folder().join("results.json");
    let problem = |arguments: &[&str]| {
        let (code, stdout, stderr) = report(&file, arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}: {stderr}");
        stderr.replace(class.folder().to_str().unwrap(), "FOLDER")
    };
    let mut told = vec![problem(&["--format", "csv"])];
    fs::write(&file, "{}").unwrap();
    told.push(problem(&["--format", "csv"]));
    let learner = |key: &str| {
        serde_json::json!({"learner": key, "standing": "nothing-handed-in", "points": 0, "max_points": 8, "percent": 0.0,
            "exercises": []})
    };
    let mut results = serde_json::json!({"schema": "replication-course/results/0", "grader": "x",
        "protection": {"sandbox": "none"}, "marking": {}, "learners": [learner("ann"), learner("bob")]});
    fs::write(&file, results.to_string()).unwrap();
    told.push(problem(&["--format", "csv"]));
    results["schema"] = "replication-course/results/1".into();
    fs::write(&file, results.to_string()).unwrap();
    told.push(problem(&["--format", "gradescope"]));
    told.push(problem(&["--format", "gradescope", "--learner", "cid"]));
    told.push(problem(&["--format", "exercism", "--learner", "ann"]));
    told.push(problem(&["--format", "classroom50", "--learner", "ann"]));
    told.push(problem(&["--format", "html"]));
    told.push(problem(&["--format", "html", "--out", class.folder().to_str().unwrap()]));
    insta::assert_snapshot!(told.join("\n"));
}
