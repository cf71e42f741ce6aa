//! A class whose submissions are graded as an instructor does it: a folder, and one command.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::{course_root, skipped};

/// The solution of an exercise, by the stem of its file.
///
/// # Panics
/// When there is none.
pub fn solution(stem: &str) -> String {
    fs::read_to_string(course_root().join(format!("solutions/src/{stem}.rs"))).expect("it has a solution")
}

/// The solution of E6.1 with `attack` at the start of its function.
pub fn attacked(attack: &str) -> String {
    solution("e6_1").replace("    // BEGIN SOLUTION", &format!("    {attack}\n    // BEGIN SOLUTION"))
}

/// A wrong answer to E6.1 with `attack` at the start of its function: it earns what a wrong answer earns, nothing.
pub fn wrong(attack: &str) -> String {
    wrong_with("", attack)
}

/// [`wrong`], with `items` beside the function.
pub fn wrong_with(items: &str, attack: &str) -> String {
    let facts = "Ok(QuorumFacts { overlap: true, min_overlap: 9, write_tolerance: 9, read_tolerance: 9, \
                 stale_probability: 9.0, write_write_overlap: true })";
    format!(
        "//! An attack.\nuse grader::exercises::e6_1::{{QuorumError, QuorumFacts}};\n{items}\n\
         /// Wrong.\n#[allow(unreachable_code)]\npub fn quorum(n: u32, w: u32, r: u32) -> Result<QuorumFacts, QuorumError> {{\n    \
         let _ = (n, w, r);\n    {attack}\n    {facts}\n}}\n"
    )
}

/// A folder of submissions.
#[derive(Debug)]
pub struct Class(TempDir);

impl Default for Class {
    fn default() -> Self {
        Self(TempDir::new().expect("a folder can be made"))
    }
}

impl Class {
    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file into a learner's folder.
    ///
    /// # Panics
    /// When the disk fails.
    pub fn put(&self, learner: &str, file: &str, text: impl AsRef<[u8]>) {
        let path = self.folder().join(learner).join(file);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Hands in an answer to E6.1.
    pub fn submit(&self, learner: &str, text: &str) {
        self.put(learner, "e6_1.rs", text);
    }

    /// `course grade` with these arguments: exit code, standard output, standard error.
    ///
    /// # Panics
    /// When the command can't be started.
    pub fn grade(&self, program: &str, arguments: &[&str]) -> (i32, String, String) {
        // Hidden entries are nobody's.
        let results = self.folder().join(".results");
        let results = results.to_str().expect("its path is text");
        grade(program, self.folder(), &[arguments, &["--results", results]].concat())
    }

    /// The results of E6.1 as JSON; further exercises by their `--exercise`.
    ///
    /// # Panics
    /// When the class can't be graded.
    pub fn graded(&self, program: &str, more: &[&str]) -> Value {
        let arguments = [&["--exercise", "E6.1", "--seconds", "2", "--json"], sandbox(), more].concat();
        let (code, stdout, stderr) = self.grade(program, &arguments);
        assert_eq!(code, 0, "{stderr}");
        serde_json::from_str(&stdout).expect("it is JSON")
    }
}

/// `course grade` on a folder.
///
/// # Panics
/// When the command can't be started.
pub fn grade(program: &str, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::new(program)
        .arg("grade")
        .arg(folder)
        .args(arguments)
        .current_dir(course_root())
        .env("GRADER_SECRET", "s3cret-of-the-grader")
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Whether bubblewrap is installed and may make its namespaces here, as some containers forbid. What needs it says so
/// where it may not, and is skipped.
pub fn has_sandbox() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let tried = std::process::Command::new("bwrap")
            .args(["--unshare-all", "--ro-bind", "/", "/", "--", "true"])
            .output();
        let why = match tried {
            Ok(output) if output.status.success() => return true,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        skipped(&format!("bubblewrap does not run here ({why}), so nothing here runs in a sandbox"));
        false
    })
}

/// The arguments with which a class is graded on this machine: in a sandbox where there is one.
pub fn sandbox() -> &'static [&'static str] {
    if has_sandbox() { &[] } else { &["--unsandboxed"] }
}

/// A learner's results.
///
/// # Panics
/// When there are none.
pub fn learner<'a>(results: &'a Value, name: &str) -> &'a Value {
    let learners = results["learners"].as_array().expect("there are learners");
    learners
        .iter()
        .find(|learner| learner["learner"] == name)
        .unwrap_or_else(|| panic!("{name} is not in {results:#}"))
}

/// What a learner got for an exercise.
///
/// # Panics
/// When there is no such result.
pub fn exercise<'a>(results: &'a Value, name: &str, exercise: &str) -> &'a Value {
    let exercises = learner(results, name)["exercises"].as_array().expect("there are exercises");
    exercises
        .iter()
        .find(|graded| graded["exercise"] == exercise)
        .unwrap_or_else(|| panic!("{exercise} of {name} is not in {results:#}"))
}
