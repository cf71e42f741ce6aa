//! Done work counts alike, wherever it was done: in a notebook's cell, by `cargo test -p exercises`, by a command.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use course_tests::{copy_course, course_root};
use grader::progress::PROGRESS_FILE;
use serde_json::Value;

/// What is answered in each of the ways.
const EXERCISES: [&str; 2] = ["e0_1", "e6_1"];

/// A learner's clone with right answers.
struct Clone(PathBuf);

impl Clone {
    /// It lies in the same place in every run, so that its tests are compiled once.
    fn new() -> Self {
        let clone = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join("exercises-copy"));
        copy_course(&clone.0);
        for stem in EXERCISES {
            let file = format!("src/{stem}.rs");
            fs::copy(course_root().join("solutions").join(&file), clone.0.join("exercises").join(&file))
                .unwrap();
        }
        let toolbox = course_root().join(".course/toolbox");
        fs::create_dir_all(&toolbox).unwrap();
        fs::create_dir_all(clone.0.join(".course")).unwrap();
        let _ = symlink(toolbox, clone.0.join(".course/toolbox"));
        clone
    }

    fn file(&self) -> PathBuf {
        self.0.join(".course/progress.jsonl")
    }

    /// What `course progress` says after `work`, from nothing.
    fn after(&self, work: impl FnOnce()) -> Value {
        let _ = fs::remove_file(self.file());
        work();
        let said = self.run(Command::new(env!("CARGO_BIN_EXE_course-tested")).args(["progress", "--json"]));
        serde_json::from_str(&said).unwrap()
    }

    fn course(&self, arguments: &[&str]) {
        self.run(Command::new(env!("CARGO_BIN_EXE_course-tested")).args(arguments));
    }

    fn run(&self, command: &mut Command) -> String {
        self.run_in("", command)
    }

    fn run_in(&self, folder: &str, command: &mut Command) -> String {
        let output = command.current_dir(self.0.join(folder)).env_remove(PROGRESS_FILE).output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat())
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// As the process in which evcxr runs cells: nothing but its own variable tells that it is one.
    fn in_a_cell(&self, test: &str) -> Command {
        let mut cell = Command::new(std::env::current_exe().unwrap());
        cell.args(["--exact", test, "--ignored"]).env("EVCXR_IS_RUNTIME", "1");
        cell
    }
}

#[test]
fn cells_tests_and_commands_lead_to_the_same() {
    let clone = Clone::new();
    let cells = clone.after(|| {
        clone.run_in("notebooks", &mut clone.in_a_cell("checks_as_a_cell_does"));
    });
    let tests = clone.after(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["test", "--offline", "--locked", "-p", "exercises", "--"]).args(EXERCISES);
        clone.run(
            cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("exercises-target")),
        );
    });
    let command = clone.after(|| clone.course(&["check", "E0.1", "E6.1"]));
    let done = |progress: &Value| {
        let items = progress["exercises"].as_array().unwrap().iter();
        items.filter(|item| item["state"] == "done").map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(done(&cells), ["E0.1", "E6.1"]);
    assert_eq!(tests, cells);
    assert_eq!(command, cells);
}

#[test]
fn an_answer_counts_in_a_cell_as_at_the_terminal() {
    let clone = tempfile::tempdir().unwrap();
    copy_course(clone.path());
    let clone = Clone(clone.path().to_path_buf());
    let cell = clone.after(|| {
        clone.run_in("notebooks", &mut clone.in_a_cell("answers_as_a_cell_does"));
    });
    let terminal = clone.after(|| clone.course(&["answer", "Q6.1", "4"]));
    assert_eq!(cell["chapters"][6]["questions"]["done"], 1);
    assert_eq!(terminal, cell);

    // An author's run, and a cell far from any clone, leave nothing behind.
    let _ = fs::remove_file(clone.file());
    let author = clone
        .in_a_cell("answers_as_a_cell_does")
        .env(PROGRESS_FILE, "")
        .current_dir(clone.0.join("notebooks"))
        .status();
    let far = clone.in_a_cell("answers_as_a_cell_does").env_remove(PROGRESS_FILE).current_dir("/").status();
    assert!(author.unwrap().success() && far.unwrap().success());
    assert!(!clone.file().exists());
}

#[test]
#[ignore = "started by the tests above, in a process like that of a notebook's cells"]
fn checks_as_a_cell_does() {
    let mine = |exercise: &str| EXERCISES.contains(&exercise.to_lowercase().replace('.', "_").as_str());
    for answer in solutions::answers().into_iter().filter(|answer| mine(answer.exercise())) {
        assert!(grader::check(answer).passed());
    }
}

#[test]
#[ignore = "started by the tests above, in a process like that of a notebook's cells"]
fn answers_as_a_cell_does() {
    assert_eq!(grader::question::answer("Q6.1", 4).verdict, grader::question::Verdict::Right);
}
