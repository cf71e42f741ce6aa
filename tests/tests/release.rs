//! A class's own edition: what learners get, and what they don't.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use course_tests::{course_root, has_history};
use grader::authoring::release::{Files, RELEASE, Release, edition, leaks, needles};
use grader::intake::sha256;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

fn release(folder: &Path) -> (i32, String) {
    let output = Command::new(COURSE).arg("release").arg(folder).current_dir(course_root()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn files(root: &Path) -> Files {
    fn add(folder: &Path, root: &Path, files: &mut Files) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                if ![".git", ".course", "target", ".jj"].contains(&below.as_str()) {
                    add(&path, root, files);
                }
            } else if path.file_name() != Some(".git".as_ref()) {
                files.insert(below, fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    add(root, root, &mut found);
    found
}

#[test]
fn an_edition_is_whole_and_gives_nothing_away() {
    if !has_history() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    assert_eq!(release(&one).0, 0, "{}", release(&one).1);
    assert_eq!(release(&other).0, 0);
    let made = files(&one);
    assert!(made == files(&other), "the same clone gives the same bytes");

    let says: Release = serde_json::from_slice(&made[RELEASE]).unwrap();
    assert_eq!(says.files.len() + 1, made.len());
    assert!(says.files.iter().all(|(path, hash)| sha256(&made[path]) == *hash));
    assert!(made.keys().all(|path| !path.starts_with("solutions/") && !path.starts_with(".ci/")));

    let full = files(&course_root());
    let needles = needles(&full);
    assert!(needles.len() > 2_000, "{} lines are looked for", needles.len());
    let found = leaks(&made, &needles);
    assert!(found.is_empty(), "{found:#?}");
    assert!(leaks(&full, &needles).len() >= needles.len(), "each of them is in the full course");
    for (path, notebook) in full.iter().filter(|(path, _)| path.ends_with(".ipynb")) {
        assert!(made.get(path) == Some(notebook), "{path}");
    }

    // The lock file is what cargo would write: it has nothing to change.
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version=1"])
        .current_dir(&one)
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    assert!(!String::from_utf8_lossy(&metadata.stdout).contains("course-tests"));

    let (code, stderr) = release(&one);
    assert!(code == 2 && stderr.contains("is not empty"), "{stderr}");
}

/// A file that somebody adds is looked through as the others are.
#[test]
fn a_solution_that_lies_elsewhere_is_found() {
    let mut full = files(&course_root());
    let solution = full["solutions/src/e9_4.rs"].clone();
    full.insert("docs/help.md".to_owned(), solution);
    let found = leaks(&edition(&full).unwrap(), &needles(&full));
    assert!(!found.is_empty() && found.iter().all(|leak| leak.file == "docs/help.md"), "{found:#?}");
}
