//! Copies of build folders.
//!
//! Compiled libraries are hard-linked, because compilers replace them and never write into them; all else is copied with
//! its modification time, from which cargo sees that nothing needs compiling.

use std::path::Path;

use filetime::FileTime;
use walkdir::WalkDir;

use crate::warm::library;

/// Copies a build folder so that cargo takes the copy for as fresh as the original.
///
/// # Errors
/// When a file cannot be read or made.
pub fn copy_build_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    let entries = WalkDir::new(from).into_iter().filter_entry(|entry| entry.file_name() != "incremental");
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        let below = path.strip_prefix(from).map_err(std::io::Error::other)?;
        let target = to.join(below);
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(&target)?;
        } else if is_library(path) {
            link_or_copy(path, &target)?;
        } else {
            copy_with_time(path, &target)?;
        }
    }
    Ok(())
}

fn is_library(path: &Path) -> bool {
    let shared = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(library::FILE));
    shared || path.extension().is_some_and(|ending| ending == "rlib" || ending == "rmeta")
}

/// A second name for a file that nobody writes into, or a copy where the file system has no such names.
///
/// # Errors
/// When neither can be made.
pub fn link_or_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::hard_link(from, to).or_else(|_| copy_with_time(from, to))
}

fn copy_with_time(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::copy(from, to)?;
    let time = FileTime::from_last_modification_time(&std::fs::metadata(from)?);
    filetime::set_file_mtime(to, time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_keeps_modification_times_and_is_no_link_to_what_is_written_anew() {
        let scratch = tempfile::tempdir().unwrap();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        std::fs::create_dir_all(from.join("deps")).unwrap();
        for name in ["x.d", "libx.rlib"] {
            std::fs::write(from.join("deps").join(name), "first").unwrap();
        }
        let long_ago = FileTime::from_unix_time(1_000, 0);
        filetime::set_file_mtime(from.join("deps/x.d"), long_ago).unwrap();
        copy_build_folder(&from, &to).unwrap();
        let copied = std::fs::metadata(to.join("deps/x.d")).unwrap();
        assert_eq!(FileTime::from_last_modification_time(&copied), long_ago);
        std::fs::write(to.join("deps/x.d"), "second").unwrap();
        assert_eq!(std::fs::read_to_string(from.join("deps/x.d")).unwrap(), "first");
        assert_eq!(std::fs::read_to_string(to.join("deps/libx.rlib")).unwrap(), "first");
    }
}
