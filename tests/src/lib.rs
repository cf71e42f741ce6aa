//! What the end-to-end tests share: a clone of the course to work in, and the command `course`.

pub mod classroom;
pub mod jupyter;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top folder of this clone.
pub fn course_root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests lie in the clone").to_path_buf()
}

/// A command that runs one of the lab's programs (`replication-lab/examples`), built with these further options of
/// cargo, such as `--release`. What follows `--` goes to the program.
pub fn lab_program(name: &str, build: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(course_root()).args(["run", "--quiet", "--locked", "-p", "replication-lab"]);
    cargo.args(["--example", name]).args(build).arg("--");
    cargo
}

/// Says what is skipped and why. Not by `eprintln!`, which a test that passes keeps to itself.
pub fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}

/// Whether this is a clone that git made; a test that needs its commit says so where it is none, and is skipped.
pub fn has_history() -> bool {
    let git = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(course_root()).output();
    let found = git.is_ok_and(|output| output.status.success());
    if !found {
        skipped("this is no clone that git made, so nothing is made of its commit");
    }
    found
}

/// Copies the course to `to`, as a clone would have it: without what is built or private.
///
/// # Panics
/// When the disk fails: then no test could say anything.
pub fn copy_course(to: &Path) {
    copy(&course_root(), to, &["target", ".git", ".course", ".jj"]);
}

/// Copies a folder with all that is in it.
///
/// # Panics
/// When the disk fails.
pub fn copy_folder(from: &Path, to: &Path) {
    copy(from, to, &[]);
}

fn copy(from: &Path, to: &Path, without: &[&str]) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder can be read").flatten() {
        let name = entry.file_name();
        if without.iter().any(|left_out| name == **left_out) {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            copy(&entry.path(), &to.join(&name), &[]);
        } else {
            let (source, target) = (entry.path(), to.join(&name));
            // An equal file keeps its time, so that cargo does not compile it again.
            if fs::read(&source).ok() != fs::read(&target).ok() {
                fs::copy(&source, &target).expect("the file can be copied");
            }
        }
    }
}
