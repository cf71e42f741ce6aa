//! The folder of a class.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::Problem;
use crate::intake::{Budget, Submission, answers, open};
use crate::judge::Exercise;
use crate::pipeline::sanitise_line;

/// A class's submissions.
#[derive(Clone, Debug)]
pub struct Class {
    /// The entries, by name.
    pub entries: Vec<Entry>,
}

/// One entry of the folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Whose it is: the entry's name, without what says that it is a notebook or an archive. Fit to print.
    pub learner: String,
    /// What was handed in, or why there is nothing to grade.
    pub read: Result<Submission, String>,
}

impl Class {
    /// Reads the entries of `folder`. Hidden ones, such as `.git`, are nobody's. `stubs` are the stubs as files, by
    /// exercise.
    ///
    /// # Errors
    /// When the folder is no class's.
    pub fn read(
        folder: &Path,
        exercises: &[Exercise],
        stubs: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let mut entries: Vec<Entry> = paths(folder)?
            .iter()
            .map(|path| {
                let learner = name(path);
                let files = open(path, Budget::default());
                let read = files.and_then(|files| answers(&learner, files, exercises, stubs));
                Entry { learner: sanitise_line(&learner), read }
            })
            .collect();
        note_doubles(&mut entries);
        Ok(Self { entries })
    }
}

/// A learner whose name two entries have is told apart by nobody: both are graded, and both say so.
fn note_doubles(entries: &mut [Entry]) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries.iter() {
        *count.entry(entry.learner.to_lowercase()).or_default() += 1;
    }
    for entry in entries {
        if let (Ok(submission), 2..) = (&mut entry.read, count[&entry.learner.to_lowercase()]) {
            let note = format!("there is more than one entry of the name {}", entry.learner);
            submission.notes.insert(0, note);
        }
    }
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let next = "name a folder in which each entry is one learner's folder, notebook or archive";
    let listed = fs::read_dir(folder).map_err(|e| Problem::file("read the folder", folder, &e, next))?;
    let mut paths: Vec<_> = listed.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| !path.file_name().unwrap_or_default().as_encoded_bytes().starts_with(b"."));
    paths.sort();
    if paths.is_empty() {
        return Err(Problem::new(format!("{} is empty", folder.display()), next));
    }
    let answer = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|e| e == "rs");
    if paths.iter().any(answer) {
        return Err(Problem::new(
            format!("{} holds answers itself: it looks like one learner's folder", folder.display()),
            "name the folder above it",
        ));
    }
    Ok(paths)
}

fn name(entry: &Path) -> String {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let ends = [".ipynb", ".zip", ".tar", ".tar.gz", ".tgz"];
    let without = ends.iter().find_map(|end| name.strip_suffix(end)).filter(|_| entry.is_file());
    without.unwrap_or(&name).to_owned()
}
