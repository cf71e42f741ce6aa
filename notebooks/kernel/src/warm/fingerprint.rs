//! What a template is made from, as one number.

use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;
use xxhash_rust::xxh3::Xxh3;

use super::settings::SETTINGS;
use crate::Trouble;

/// How the template is made.
const MAKING: &str = "notebooks/kernel/src/warm";

/// Changes whenever the template must be made anew: with the compiler, the pinned versions (evcxr's among them), the
/// sources of the lab and of the light grader, how the template is made, and the settings above.
///
/// It is the same in every program that this code is linked into: two of them may share a home.
///
/// # Errors
/// When the clone cannot be read.
pub fn fingerprint(course: &Path) -> Result<String, Trouble> {
    let mut hash = Xxh3::new();
    let rustc = Command::new("rustc").arg("-vV").output().map_err(|e| {
        Trouble::new(format!("cannot run rustc: {e}"), "install Rust from https://rustup.rs and try again")
    })?;
    hash.update(&rustc.stdout);
    for text in SETTINGS {
        hash.update(text.as_bytes());
    }
    let tops = ["Cargo.toml", "Cargo.lock"].map(|file| course.join(file));
    let sources = ["replication-lab", "grader", MAKING].map(|part| sources(&course.join(part)));
    for file in tops.into_iter().chain(sources.into_iter().flatten()) {
        let bytes = std::fs::read(&file).map_err(|e| Trouble::file("read", &file, e))?;
        if let Ok(below) = file.strip_prefix(course) {
            hash.update(below.to_string_lossy().as_bytes());
        }
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(format!("{:032x}", hash.digest128()))
}

/// The files of a crate that reach the notebooks, in order. The command line doesn't, nor do tests.
fn sources(crate_folder: &Path) -> Vec<PathBuf> {
    let outside = ["src/cli", "src/bin", "tests", "target"].map(|folder| crate_folder.join(folder));
    WalkDir::new(crate_folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            !outside.iter().any(|folder| entry.path() == folder) && entry.file_name() != "snapshots"
        })
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(folder: &Path) {
        for (file, text) in [
            ("Cargo.toml", ""),
            ("Cargo.lock", ""),
            ("replication-lab/src/lib.rs", "a"),
            ("grader/src/lib.rs", "b"),
            ("grader/src/cli/mod.rs", "c"),
            ("notebooks/kernel/src/warm/vendor.rs", "d"),
            ("notebooks/kernel/src/serve/mod.rs", "e"),
        ] {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn the_fingerprint_changes_with_what_reaches_the_notebooks_and_with_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        course(scratch.path());
        let mut before = fingerprint(scratch.path()).unwrap();
        let mut changed = |file: &str| {
            std::fs::write(scratch.path().join(file), "changed").unwrap();
            let after = fingerprint(scratch.path()).unwrap();
            std::mem::replace(&mut before, after.clone()) != after
        };
        assert!(!changed("grader/src/cli/mod.rs"));
        assert!(!changed("notebooks/kernel/src/serve/mod.rs"));
        assert!(changed("grader/src/lib.rs"));
        assert!(changed("notebooks/kernel/src/warm/vendor.rs"));
    }
}
