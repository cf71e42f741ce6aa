//! `course release`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::clone::{Commit, checked_out};
use super::{Course, Problem, Verdict};
use crate::authoring::release::{Files, RELEASE, edition, leaks, needles, release};

/// The arguments of `course release`.
#[derive(clap::Args)]
pub struct Args {
    /// Where to: a folder that is empty or not there yet.
    folder: PathBuf,
}

/// Runs the command: writes what learners get, from the commit that is checked out.
///
/// # Errors
/// When there is no commit to make it from, the folder has something in it, or something would be given away.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let folder = &args.folder;
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        let what = format!("{} is not empty, and nothing there is overwritten", folder.display());
        return Err(Problem::new(what, "name a new folder"));
    }
    let Commit { id: commit, files: full } = checked_out(course)?;
    let mend = |why| Problem::new(why, "correct it, commit, and make the edition again");
    let mut made = edition(&full).map_err(mend)?;
    let needles = needles(&full);
    if let Some(leak) = leaks(&made, &needles).first() {
        return Err(Problem::new(
            format!("{} would give away a line of {}: {:?}", leak.file, leak.from, leak.needle),
            "take it out there, or leave the file out in `grader/src/authoring/release/mod.rs`",
        ));
    }
    write(folder, &made)?;
    made.insert("Cargo.lock".to_owned(), locked(folder)?);
    let release = release(&made, &commit).map_err(mend)?.into_bytes();
    write(folder, &Files::from([(RELEASE.to_owned(), release.clone())]))?;
    made.insert(RELEASE.to_owned(), release);
    say!(
        "{} files of {}, from commit {commit}: {}\n{} lines of solutions, mutants, model answers and labelled answers are in \
         none of them.",
        made.len(),
        full.len(),
        folder.display(),
        needles.len()
    );
    Ok(Verdict::Good)
}

/// The lock file, after cargo took out what nobody needs any more. Without the network if it can.
fn locked(folder: &Path) -> Result<Vec<u8>, Problem> {
    let cargo = |more: &[&str]| {
        Command::new("cargo").args(["metadata", "--format-version=1"]).args(more).current_dir(folder).output()
    };
    let tried = cargo(&["--offline"]).and_then(|first| match first.status.success() {
        true => Ok(first),
        false => cargo(&[]),
    });
    let next = "mend that, remove the folder, and make the edition again";
    let output = tried.map_err(|e| Problem::new(format!("cannot start cargo: {e}"), next))?;
    if !output.status.success() {
        return Err(Problem::new(format!("cargo: {}", String::from_utf8_lossy(&output.stderr).trim()), next));
    }
    let file = folder.join("Cargo.lock");
    fs::read(&file).map_err(|e| Problem::file("read", &file, &e, next))
}

fn write(folder: &Path, files: &Files) -> Result<(), Problem> {
    for (path, bytes) in files {
        let to = folder.join(path);
        let written = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&to, bytes));
        written.map_err(|e| Problem::file("write", &to, &e, "is the disk full or the folder read-only?"))?;
    }
    Ok(())
}
