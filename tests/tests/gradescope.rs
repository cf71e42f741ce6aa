//! The autograder for Gradescope, as Gradescope runs it: unpacked, and without a network.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use course_tests::classroom::{has_sandbox, solution, wrong};
use course_tests::{copy_folder, course_root, has_history};
use serde_json::{Value, json};
use tempfile::TempDir;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// `/autograder`, with the archive unpacked in `source`.
struct Autograder(TempDir);

impl Autograder {
    fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("autograder.zip");
        let made = Command::new(COURSE)
            .args(["bundle", "gradescope"])
            .arg(&archive)
            .args(options)
            .current_dir(course_root())
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let autograder = Self(folder);
        autograder.unpack(&archive);
        autograder.is_set_up();
        autograder
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn unpack(&self, archive: &Path) {
        let mut archive = zip::ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).unwrap();
            let path = self.path("source").join(&*entry.name().unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            fs::write(&path, bytes).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(entry.unix_mode().unwrap())).unwrap();
        }
    }

    /// What `setup.sh` leaves, without compiling all of it again: the command, and the libraries for answers.
    fn is_set_up(&self) {
        let program = self.path("source/course/target/release/course");
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        symlink(COURSE, program).unwrap();
        let checked =
            Command::new(COURSE).args(["check", "E6.1"]).current_dir(course_root()).output().unwrap();
        assert_eq!(checked.status.code(), Some(1), "the libraries are there, and the stub is no answer");
        let (mine, its) = (course_root().join(".course/toolbox"), self.path("source/course/.course/toolbox"));
        for library in fs::read_dir(mine).unwrap().map(|entry| entry.unwrap().path()) {
            if library.join("toolbox.json").is_file() {
                copy_folder(&library, &its.join(library.file_name().unwrap()));
            }
        }
    }

    fn submit(&self, users: &Value, files: &[(&str, &str)]) {
        let metadata = json!({
            "id": 123456, "created_at": "2026-11-20T10:00:00.365935-08:00", "submission_method": "upload",
            "assignment": {"title": "Week 6", "total_points": "17.0", "due_date": "2026-11-20T23:59:00.000000-08:00"},
            "users": users, "previous_submissions": [],
        });
        fs::write(self.path("submission_metadata.json"), metadata.to_string()).unwrap();
        for (name, text) in files {
            let path = self.path("submission").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// `run_autograder`; without a network where a namespace can be had.
    fn run(&self) -> Output {
        let mut command = match has_sandbox() {
            true => {
                let mut offline = Command::new("bwrap");
                offline.args(["--dev-bind", "/", "/", "--unshare-net", "--"]);
                offline.arg(self.path("source/run_autograder"));
                offline
            }
            false => Command::new(self.path("source/run_autograder")),
        };
        command.env("AUTOGRADER", self.0.path()).current_dir(self.0.path()).output().unwrap()
    }

    fn results(&self) -> Option<Value> {
        Some(serde_json::from_str(&fs::read_to_string(self.path("results/results.json")).ok()?).unwrap())
    }
}

/// Only where this machine has no sandbox.
fn unsandboxed() -> &'static [&'static str] {
    if has_sandbox() { &[] } else { &["--unsandboxed"] }
}

#[test]
fn a_submission_is_graded_offline() {
    if !has_history() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("marks.toml");
    fs::write(&marks, "exercises = [\"E6.1\", \"E6.2\", \"E6.3\"]\n").unwrap();
    let options = [&["--marks", marks.to_str().unwrap()], unsandboxed()].concat();
    let autograder = Autograder::new(&options);
    let users = json!([{"id": 3, "name": "Ann Lee", "email": "ann@example.org"}]);
    autograder.submit(
        &users,
        &[
            ("exercises/src/e6_1.rs", &solution("e6_1")),
            ("e6_2.rs", "pub fn broken( {"),
            ("notes.txt", "hello"),
        ],
    );
    let output = autograder.run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results = autograder.results().unwrap();
    assert_eq!(results["score"], 8, "{results:#}");
    assert_eq!(results["extra_data"]["learner"], "ann@example.org");
    let earned = |exercise: &str| {
        let tests = results["tests"].as_array().unwrap().iter();
        tests
            .filter(|test| test["tags"][0] == exercise)
            .map(|test| test["score"].as_f64().unwrap())
            .sum::<f64>()
    };
    assert_eq!([earned("E6.1"), earned("E6.2"), earned("E6.3")], [8.0, 0.0, 0.0]);
    let shown = results["output"].as_str().unwrap();
    let protection = if has_sandbox() { "bubblewrap" } else { "no sandbox" };
    assert!(shown.contains(protection), "{shown}");
}

/// The attacker of this test writes what Gradescope reads, from inside.
#[test]
fn a_submission_writes_no_results_of_its_own() {
    if !has_history() || !has_sandbox() {
        return;
    }
    let autograder = Autograder::new(&[]);
    let place = autograder.path("results");
    fs::create_dir_all(&place).unwrap();
    fs::set_permissions(&place, fs::Permissions::from_mode(0o777)).unwrap();
    let forged = place.join("results.json");
    let attack = format!("let _ = std::fs::write({forged:?}, \"{{\\\"score\\\": 1000}}\");");
    autograder.submit(
        &json!([{"name": "Eve"}]),
        &[("e6_1.rs", &wrong(&attack)), ("results.json", "{\"score\": 9}")],
    );
    let output = autograder.run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(autograder.results().unwrap()["score"], 0);
}

/// Gradescope then says that the autograder failed, which costs nobody a point.
#[test]
fn where_grading_fails_there_are_no_results() {
    if !has_history() {
        return;
    }
    let autograder = Autograder::new(unsandboxed());
    autograder.submit(&json!([{"name": "Ann"}]), &[("e6_1.rs", &solution("e6_1"))]);
    fs::write(autograder.path("submission_metadata.json"), "[]").unwrap();
    let output = autograder.run();
    assert!(!output.status.success());
    assert_eq!(autograder.results(), None);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("not what Gradescope writes"), "{told}");
}

#[test]
fn the_scripts_can_be_read() {
    for script in ["setup.sh", "run_autograder"] {
        let path = course_root().join("grader/deploy/gradescope").join(script);
        let output = Command::new("bash").arg("-n").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A mistake of the instructor's is told when the archive is made.
#[test]
fn marks_that_cannot_be_read_make_no_archive() {
    if !has_history() {
        return;
    }
    let mut marks = tempfile::NamedTempFile::new().unwrap();
    marks.write_all(b"exercise = 1\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.zip");
    let made = Command::new(COURSE)
        .args(["bundle", "gradescope"])
        .arg(&archive)
        .arg("--marks")
        .arg(marks.path())
        .current_dir(course_root())
        .output()
        .unwrap();
    assert_eq!(made.status.code(), Some(2));
    assert!(!archive.exists());
}
