//! What somebody handed in, read with suspicion.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::Serialize;

use super::compile::LARGEST_SOURCE;
use super::sanitise_line;
use crate::authoring::out_of_cell;
use crate::judge::Exercise;
use crate::store::notebook;

/// The longest notebook that is read: pictures in its outputs make it long.
const LARGEST_NOTEBOOK: u64 = 32 * 1024 * 1024;
/// Most entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// What one learner handed in. All texts but the answers themselves are fit to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The learner: the name of the entry.
    pub learner: String,
    /// By exercise, what was found of it.
    pub answers: BTreeMap<String, Handed>,
    /// What the instructor should know: files that were refused or passed over, and why.
    pub notes: Vec<String>,
}

/// What was handed in for one exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Handed {
    /// An answer.
    Answer {
        /// Where it was found, below the entry.
        from: String,
        /// Its text.
        #[serde(skip)]
        text: String,
    },
    /// A file that could not be taken.
    Refused {
        /// Where it was found, below the entry.
        from: String,
        /// Why.
        why: String,
    },
}

/// Reads what `entry` holds: a folder with `eX_Y.rs` files or notebooks in it, in `exercises/`, `exercises/src/`,
/// `src/` or `notebooks/` below it; or a single notebook. Links are not followed. `stubs` are the stubs as files,
/// by exercise: where a file is still the stub, the answer in a notebook counts.
///
/// # Errors
/// When there is nothing in it that could be graded: why, as a sentence.
pub fn ingest(
    entry: &Path,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
) -> Result<Submission, String> {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let kind = fs::symlink_metadata(entry).map_err(|e| format!("it can't be read: {e}"))?.file_type();
    let mut found = Submission { learner: sanitise_line(&name), ..Submission::default() };
    if kind.is_symlink() {
        return Err("it is a symbolic link, and those are not followed".into());
    } else if kind.is_dir() {
        let files = files_below(entry, &mut found.notes)?;
        let mut other = 0;
        // Files of code first: a notebook's answer counts where there is none, or only the stub.
        let (notebooks, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_notebook(file));
        for file in files {
            match exercises
                .iter()
                .find(|e| file.file_name() == Some(format!("{}.rs", e.spec.file_stem()).as_ref()))
            {
                Some(exercise) => take_file(entry, &file, exercise, &mut found),
                None => other += 1,
            }
        }
        for file in notebooks {
            take_notebook(entry, &file, exercises, stubs, &mut found);
        }
        if found.answers.is_empty() {
            return Err(nothing(other, &found.notes));
        }
    } else if kind.is_file() && is_notebook(entry) {
        found.learner = sanitise_line(&entry.file_stem().unwrap_or_default().to_string_lossy());
        take_notebook(entry.parent().unwrap_or(entry), entry, exercises, stubs, &mut found);
        if found.answers.is_empty() {
            return Err(nothing(0, &found.notes));
        }
    } else {
        return Err("it is neither a folder nor a notebook (.ipynb)".into());
    }
    Ok(found)
}

fn nothing(other: usize, notes: &[String]) -> String {
    let seen = match (other, notes) {
        (0, []) => "it is empty".to_owned(),
        (0, notes) => notes.join("; "),
        (other, []) => format!("{other} other files are in it"),
        (other, notes) => format!("{other} other files are in it; {}", notes.join("; ")),
    };
    format!("no answer in it: no file like e6_1.rs and no notebook of the course with answers ({seen})")
}

fn is_notebook(file: &Path) -> bool {
    file.extension().is_some_and(|e| e == "ipynb")
}

/// The regular files in the places where answers lie, in a fixed order.
fn files_below(entry: &Path, notes: &mut Vec<String>) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for place in ["", "exercises", "exercises/src", "src", "notebooks"] {
        let folder = if place.is_empty() { entry.to_path_buf() } else { entry.join(place) };
        match fs::symlink_metadata(&folder) {
            Ok(meta) if meta.is_dir() => {}
            Ok(meta) if meta.is_symlink() => {
                notes.push(format!("{place}/ is a symbolic link, not followed"));
                continue;
            }
            _ => continue,
        }
        let listed = match fs::read_dir(&folder) {
            Ok(listed) => listed,
            Err(e) if place.is_empty() => return Err(format!("its folder can't be read: {e}")),
            Err(e) => {
                notes.push(format!("{place}/ can't be read: {e}"));
                continue;
            }
        };
        let mut paths: Vec<_> = listed.flatten().take(MOST_ENTRIES).map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            match fs::symlink_metadata(&path) {
                Ok(meta) if meta.is_symlink() => {
                    notes.push(format!("{} is a symbolic link, not followed", shown(entry, &path)))
                }
                Ok(meta) if meta.is_file() => files.push(path),
                Ok(meta) if meta.is_dir() => {}
                _ => notes.push(format!("{} is no regular file", shown(entry, &path))),
            }
        }
    }
    Ok(files)
}

fn take_file(entry: &Path, file: &Path, exercise: &Exercise, found: &mut Submission) {
    let from = shown(entry, file);
    let id = exercise.spec.id.clone();
    if let Some(Handed::Answer { from: first, .. }) = found.answers.get(&id) {
        found.notes.push(format!("{from} is passed over: {first} was taken for {id}"));
        return;
    }
    let handed = match read_regular(file, LARGEST_SOURCE) {
        Ok(text) => Handed::Answer { from, text },
        Err(why) => Handed::Refused { from, why },
    };
    found.answers.insert(id, handed);
}

fn take_notebook(
    entry: &Path,
    file: &Path,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
    found: &mut Submission,
) {
    let from = shown(entry, file);
    let read = read_regular(file, LARGEST_NOTEBOOK)
        .and_then(|text| notebook::read_notebook(&text).map_err(|e| sanitise_line(&e.to_string())));
    let notebook = match read {
        Ok(notebook) => notebook,
        Err(why) => {
            found.notes.push(format!("{from}: {why}"));
            return;
        }
    };
    for answer in notebook::answers(&notebook) {
        let Some(exercise) = exercises.iter().find(|e| e.spec.is_called(&answer.id)) else { continue };
        let id = exercise.spec.id.clone();
        let is_stub = |text: &str| stubs.get(&id).is_some_and(|stub| stub.trim() == text.trim());
        let first = match found.answers.get(&id) {
            Some(Handed::Answer { from, text }) if !is_stub(text) => Some(from.clone()),
            Some(Handed::Answer { from, .. }) if answer.untouched() => Some(from.clone()),
            _ => None,
        };
        match first {
            None => {
                found.answers.insert(
                    id,
                    Handed::Answer { from: from.clone(), text: out_of_cell(&answer.source).to_owned() },
                );
            }
            Some(_) if answer.untouched() => {}
            Some(first) => {
                found.notes.push(format!("the answer to {id} in {from} is passed over: {first} was taken"));
            }
        }
    }
}

fn shown(entry: &Path, file: &Path) -> String {
    sanitise_line(&file.strip_prefix(entry).unwrap_or(file).to_string_lossy())
}

/// The text of a regular file of at most `cap` bytes. Opened without following a link and without waiting, as a
/// named pipe would have us do.
fn read_regular(file: &Path, cap: u64) -> Result<String, String> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let opened = File::options().read(true).custom_flags(flags as i32).open(file);
    let read = opened.and_then(|file| {
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        let mut bytes = Vec::new();
        file.take(cap + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = read.map_err(|e| format!("it can't be read: {e}"))?;
    if bytes.len() as u64 > cap {
        return Err(format!("it is longer than {cap} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not a text in UTF-8".to_owned())
}
