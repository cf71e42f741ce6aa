//! A full clone of the course, as git has it.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

use super::{Course, Problem};

/// What is checked out.
pub struct Commit {
    /// Its name.
    pub id: String,
    /// Its files, by their path below the top folder.
    pub files: BTreeMap<String, Vec<u8>>,
}

const FULL_CLONE: &str = "do it in a full clone of the course, with git";

/// Refuses a class's own edition, which has no solutions.
///
/// # Errors
/// When there are none.
pub fn has_solutions(course: &Course) -> Result<(), Problem> {
    match course.path("solutions").is_dir() {
        true => Ok(()),
        false => Err(Problem::new("this is no full clone: it has no solutions", FULL_CLONE)),
    }
}

/// The commit that is checked out. What is not committed is not in it, and is told on standard error.
///
/// # Errors
/// When this is no full clone that git made.
pub fn checked_out(course: &Course) -> Result<Commit, Problem> {
    has_solutions(course)?;
    let id = String::from_utf8_lossy(&git(course, &["rev-parse", "HEAD"])?).trim().to_owned();
    if !git(course, &["status", "--porcelain", "--untracked-files=no"])?.is_empty() {
        eprintln!("What is not committed is left out: what is made is made from commit {id}.");
    }
    let files = unpacked(&git(course, &["archive", "--format=tar", "HEAD"])?)
        .map_err(|why| Problem::new(format!("cannot read what git packed: {why}"), FULL_CLONE))?;
    Ok(Commit { id, files })
}

fn git(course: &Course, arguments: &[&str]) -> Result<Vec<u8>, Problem> {
    let next = "do it in a clone that git made, with git installed";
    let output = Command::new("git")
        .arg("-C")
        .arg(course.root())
        .args(arguments)
        .env("LC_ALL", "C")
        .output()
        .map_err(|e| Problem::new(format!("cannot start git: {e}"), next))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(Problem::new(format!("git: {}", String::from_utf8_lossy(&output.stderr).trim()), next)),
    }
}

/// The files in an archive that git made; anything else in it is refused.
fn unpacked(archive: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().map_err(|e| e.to_string())? {
        let mut entry = entry.map_err(|e| e.to_string())?;
        let path = entry.path().map_err(|e| e.to_string())?.to_string_lossy().into_owned();
        let kind = entry.header().entry_type();
        if kind.is_file() {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(|e| e.to_string())?;
            files.insert(path, bytes);
        } else if !(kind.is_dir() || kind.is_pax_global_extensions()) {
            return Err(format!("{path} is neither a file nor a folder"));
        }
    }
    Ok(files)
}
