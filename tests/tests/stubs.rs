//! The stubs fail, and pass once the solutions' bodies stand in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use course_tests::{copy_course, course_root};

/// `cargo test -p exercises` in a copy of the course: whether it passed, and what it said.
fn cargo_test(copy: &Path) -> (bool, String) {
    let output = Command::new("cargo")
        .args(["test", "--offline", "--locked", "-p", "exercises", "--no-fail-fast"])
        .current_dir(copy)
        // The copy lies in the same place in every run, so this is compiled once.
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("exercises-target"))
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

fn answers(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.file_name().is_some_and(|name| name != "lib.rs"));
    files.sort();
    files
}

#[test]
fn exercises_fail_as_stubs_and_pass_as_solutions() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exercises-copy");
    copy_course(&copy);
    let stubs = answers(&copy.join("exercises/src"));
    let solutions = answers(&course_root().join("solutions/src"));
    assert_eq!(stubs.len(), solutions.len());

    let (passed, said) = cargo_test(&copy);
    assert!(!passed);
    assert!(
        said.contains(&format!("0 passed; {} failed", stubs.len())),
        "every stub fails by itself:\n{said}"
    );
    assert!(said.contains("Still the stub"), "{said}");
    assert!(!said.contains("warning:"), "{said}");

    for (stub, solution) in stubs.iter().zip(&solutions) {
        fs::copy(solution, stub).unwrap();
    }
    let (passed, said) = cargo_test(&copy);
    assert!(passed, "{said}");
    assert!(said.contains(&format!("{} passed; 0 failed", stubs.len())), "{said}");
}
