//! Entries of a class's folder: a learner's folder, notebook or archive.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use walkdir::WalkDir;

use super::archive::unpack;
use super::arrivals::Part;
use super::files::{Budget, Files, Kind, is_looked_into, kind, text};
use crate::pipeline::sanitise_line;

/// Reads what belongs to one attempt: folders, notebooks, archives, and single answers that a platform put beside each
/// other. Links are not followed.
///
/// # Errors
/// When nothing of it is one of these or can be read: why, as a sentence.
pub fn open_all(parts: &[Part], mut budget: Budget) -> Result<Files, String> {
    let mut files = Files::default();
    let mut refused = Vec::new();
    for part in parts {
        if let Err(why) = open(part, &mut budget, &mut files) {
            refused.push(why);
        }
    }
    match refused.as_slice() {
        [first, ..] if refused.len() == parts.len() => Err(first.clone()),
        _ => {
            files.notes.extend(refused);
            Ok(files)
        }
    }
}

fn open(part: &Part, budget: &mut Budget, files: &mut Files) -> Result<(), String> {
    let meta = fs::symlink_metadata(&part.path).map_err(|e| format!("it can't be read: {e}"))?;
    if meta.is_symlink() {
        return Err("it is a symbolic link, and those are not followed".into());
    } else if meta.is_dir() {
        read_folder(&part.path, budget, files)?;
    } else if meta.is_file() && kind(&part.name).is_some() {
        read_file(&part.path, &part.name, budget, files);
    } else {
        return Err(
            "it is neither a folder nor a notebook (.ipynb) nor an archive (.zip, .tar, .tar.gz)".into()
        );
    }
    Ok(())
}

/// A short text file that a platform wrote; nothing where there is none.
pub(super) fn read_text(file: &Path) -> Option<String> {
    const LARGEST: u64 = 64 << 20;
    let bytes = read_regular(file, LARGEST).ok().filter(|bytes| bytes.len() as u64 <= LARGEST)?;
    String::from_utf8(bytes).ok()
}

fn read_folder(folder: &Path, budget: &mut Budget, files: &mut Files) -> Result<(), String> {
    let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let walk = WalkDir::new(folder).max_depth(budget.depth).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| {
        entry.depth() == 0 || !entry.file_type().is_dir() || is_looked_into(&below(entry.path()))
    });
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) if e.depth() == 0 => return Err(format!("its folder can't be read: {e}")),
            Err(e) => {
                let place = e.path().map(below).unwrap_or_default();
                files.notes.push(format!("{} can't be read", sanitise_line(&place)));
                continue;
            }
        };
        let Some(left) = budget.entries.checked_sub(1) else {
            files.notes.push("it has too many entries; the rest was not looked at".into());
            break;
        };
        budget.entries = left;
        let path = below(entry.path());
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        match entry.file_type() {
            kind if kind.is_dir() => {}
            kind if kind.is_symlink() => {
                files.notes.push(format!("{} is a symbolic link, not followed", sanitise_line(&path)));
            }
            kind if !kind.is_file() => {
                files.notes.push(format!("{} is no regular file", sanitise_line(&path)));
            }
            _ if hidden => {}
            _ => read_file(entry.path(), &path, budget, files),
        }
    }
    Ok(())
}

fn read_file(file: &Path, path: &str, budget: &mut Budget, files: &mut Files) {
    let Some((kind, cap)) = kind(path) else {
        files.others += 1;
        return;
    };
    let bytes = match read_regular(file, cap.min(budget.bytes)) {
        Ok(bytes) => bytes,
        Err(why) => return files.take(path, Err(format!("it can't be read: {why}"))),
    };
    budget.bytes = budget.bytes.saturating_sub(bytes.len() as u64);
    match kind {
        Kind::Archive(format) => unpack(path, &bytes, format, budget, files),
        Kind::Source | Kind::Notebook | Kind::Answers => files.take(path, text(bytes, cap)),
    }
}

/// A regular file, of which one byte more than `cap` is read. Opened without following a link and without waiting, as a
/// named pipe would have us do.
fn read_regular(file: &Path, cap: u64) -> io::Result<Vec<u8>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = File::options().read(true).custom_flags(flags as i32).open(file)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(cap + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
