//! A class's own edition of the course: what learners get, without what gives official answers away.
//!
//! Files in, files out, both by their path below the top folder:
//! 1. [`edition`]: leaves out the solutions and what needs them, and takes out of the data files what spells them.
//! 2. [`release`]: what an edition says of itself.
//! 3. [`needles`]: texts that must be in no file of an edition, from the full course.
//! 4. [`leaks`]: the needles that are there all the same.
//!
//! What stays, since the course teaches with it: the lab, in which readers find many of the same rules built in another way;
//! the banks with their rubrics, by which an answer is judged on the learner's own machine; the reference's and the mutants'
//! recorded behaviour, from which feedback is made.

mod cut;
mod data;
mod manifest;
mod needles;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use needles::{Leak, leaks, needles};

pub use crate::edition::RELEASE;
use crate::intake::sha256;

/// Files by their path below the top folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Folders of which learners get nothing: the solutions, the tests that need them, and what authors run.
const LEFT_OUT: &[&str] = &["solutions/", "tests/", ".ci/"];
/// What lies there and is shown elsewhere: the pictures in README.md.
const KEPT: &[&str] = &[
    "tests/tests/snapshots/readme__run.snap.svg",
    "tests/browser/player.png",
    "tests/browser/sliders.png",
    "tests/browser/check.png",
];
/// The workspace's members that are left out: their folders, and their crates' names.
const MEMBERS: &[(&str, &str)] = &[("solutions", "solutions"), ("tests", "course-tests")];
/// Labelled answers to free text. The program is compiled with these files, so they stay, and say nothing.
const LABELLED: &str = "grader/questions/answers/";

/// What an edition says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The course's version.
    pub version: String,
    /// The commit that it was made from.
    pub commit: String,
    /// The SHA-256 of every other file, by its path.
    pub files: BTreeMap<String, String>,
}

/// The edition for learners, made from the files of a commit. The same files give the same bytes. What only the members that
/// were left out need is still in Cargo.lock: cargo takes it out.
///
/// # Errors
/// Which file is not as it must be.
pub fn edition(full: &Files) -> Result<Files, String> {
    let mut files = Files::new();
    let models = needles::models_of(full);
    for (path, bytes) in full {
        let shows_a_model = || {
            let text = words(&String::from_utf8_lossy(bytes));
            models.iter().any(|model| text.contains(model))
        };
        if path.starts_with("grader/src/") && path.ends_with(".snap") && shows_a_model() {
            // A test's snapshot of feedback; the test knows that it may be missing.
            continue;
        }
        let left_out = LEFT_OUT.iter().any(|folder| path.starts_with(folder));
        if left_out && !KEPT.contains(&path.as_str()) || path == RELEASE {
            continue;
        }
        let changed = |change: fn(&str) -> Result<String, String>| {
            let text = std::str::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
            change(text).map(String::into_bytes).map_err(|why| format!("{path}: {why}"))
        };
        let bytes = match path.as_str() {
            "Cargo.toml" => changed(|text| manifest::workspace(text, MEMBERS))?,
            path if path.starts_with(LABELLED) => b"# This edition has no labelled answers.\n".to_vec(),
            path if is_data(path, "grader/exercises/") => changed(data::exercise)?,
            path if is_data(path, "grader/questions/") => changed(data::questions)?,
            _ => bytes.clone(),
        };
        files.insert(path.clone(), bytes);
    }
    Ok(files)
}

/// [`RELEASE`] for an edition, with a line break at its end.
///
/// # Errors
/// When the edition has no version.
pub fn release(edition: &Files, commit: &str) -> Result<String, String> {
    let version =
        edition.get("Cargo.toml").and_then(|text| manifest::version(std::str::from_utf8(text).ok()?));
    let release = Release {
        version: version.ok_or("Cargo.toml says no version of the workspace")?,
        commit: commit.to_owned(),
        files: edition.iter().map(|(path, bytes)| (path.clone(), sha256(bytes))).collect(),
    };
    Ok(format!("{}\n", serde_json::to_string_pretty(&release).expect("plain data serialises")))
}

/// Words with one space between them, however the lines were broken.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_data(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|name| name.ends_with(".toml") && !name.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn what_the_readme_shows_is_in_the_edition() {
        let readme = include_str!("../../../../README.md");
        let links = readme.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let shown: Vec<&str> = links
            .map(|(path, _)| path)
            .filter(|path| LEFT_OUT.iter().any(|folder| path.starts_with(folder)))
            .collect();
        assert_eq!(shown, KEPT);
    }

    #[test]
    fn what_learners_get() {
        let full = files(&[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"grader\", \"solutions\"]\n[workspace.package]\nversion = \"0.1.0\"\n",
            ),
            ("README.md", "read"),
            (
                "grader/exercises/E1.1.toml",
                "id = \"E1.1\"\n\n[[mutants]]\nname = \"m\"\nedits = [{ find = \"a\", put = \"b\" }]\n",
            ),
            ("grader/questions/answers/ch01.toml", "[[part]]\nid = \"Q1\"\n"),
            ("solutions/src/e1_1.rs", "fn secret() {}"),
            ("tests/tests/snapshots/readme__run.snap.svg", "<svg/>"),
        ]);
        let made = edition(&full).unwrap();
        let text = |path: &str| String::from_utf8(made[path].clone()).unwrap();
        assert_eq!(
            text("Cargo.toml"),
            "[workspace]\nmembers = [\"grader\"]\n[workspace.package]\nversion = \"0.1.0\"\n"
        );
        assert_eq!(text("grader/exercises/E1.1.toml"), "id = \"E1.1\"\n\n[[mutants]]\nname = \"m\"\n");
        assert!(!text("grader/questions/answers/ch01.toml").contains("part"));
        assert_eq!(text("README.md"), "read");
        assert!(!made.contains_key("solutions/src/e1_1.rs"));
        assert!(made.contains_key("tests/tests/snapshots/readme__run.snap.svg"));
        let release: Release = serde_json::from_str(&release(&made, "abc").unwrap()).unwrap();
        assert_eq!((release.version.as_str(), release.commit.as_str()), ("0.1.0", "abc"));
        assert_eq!(release.files["README.md"], sha256("read"));
        assert_eq!(release.files.len(), made.len());
        assert_eq!(edition(&full).unwrap(), made, "the same files give the same bytes");
    }

    #[test]
    fn a_file_that_is_broken_is_named() {
        let broken = edition(&files(&[("Cargo.toml", "[workspace")])).unwrap_err();
        assert!(broken.starts_with("Cargo.toml: "), "{broken}");
        let none = edition(&files(&[("Cargo.toml", "[workspace]\n")])).unwrap_err();
        assert!(none.contains("members"), "{none}");
    }
}
