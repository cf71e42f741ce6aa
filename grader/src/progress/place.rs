//! Where a learner's progress is kept.
//!
//! In `.course/progress.jsonl` of her clone. A program that is started for a learner finds it by itself; the course's own
//! tests and an author's `cargo course run` have none, so that they leave no trace in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names the file with the progress, before anything else is looked at. `cargo course lab` sets it for its kernels. Empty,
/// it means that nothing is kept: `cargo course run` sets it so.
pub const PROGRESS_FILE: &str = "COURSE_PROGRESS";

/// evcxr sets it in the process in which a notebook's cells run, in the course's kernel and in a stock one.
const IN_A_CELL: &str = "EVCXR_IS_RUNTIME";

/// The file, below the top folder of a clone.
const FILE: &str = ".course/progress.jsonl";

/// Where this process keeps the progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file.
    File(PathBuf),
    /// Nowhere, because somebody said so.
    Nowhere,
    /// Nowhere, because this is no learner's process, or there is no clone of the course around it.
    Unknown,
}

impl Place {
    /// That of a notebook's cell, or of any process that is told a file; unknown for all others, such as tests.
    pub fn here() -> Self {
        let in_a_cell = std::env::var_os(IN_A_CELL).is_some();
        let folders = std::env::current_dir().ok().filter(|_| in_a_cell);
        Self::of(std::env::var_os(PROGRESS_FILE), folders.as_deref().into_iter())
    }

    /// That of a learner's test in the package at `compiled_in`. A clone that was moved since is found around the current
    /// folder, which is the package's when cargo starts a test.
    pub(crate) fn of_test(compiled_in: &Path) -> Self {
        let here = std::env::current_dir().ok();
        Self::of(std::env::var_os(PROGRESS_FILE), here.as_deref().into_iter().chain([compiled_in]))
    }

    /// What `told` names, and else the clone around the first of `folders` that lies in one.
    fn of<'a>(told: Option<OsString>, folders: impl Iterator<Item = &'a Path>) -> Self {
        match told {
            Some(file) if file.is_empty() => Self::Nowhere,
            Some(file) => Self::File(file.into()),
            None => folders
                .filter_map(clone_around)
                .next()
                .map_or(Self::Unknown, |root| Self::File(root.join(FILE))),
        }
    }
}

/// The top folder of the clone of the course around `start`: the nearest folder upwards with `grader/exercises` and
/// `replication-lab` in it.
pub fn clone_around(start: &Path) -> Option<&Path> {
    start
        .ancestors()
        .find(|folder| folder.join("grader/exercises").is_dir() && folder.join("replication-lab").is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

    #[test]
    fn what_is_told_goes_first_and_empty_means_nowhere() {
        let notebooks = Path::new(CLONE).join("notebooks");
        let of = |told: Option<&str>| Place::of(told.map(Into::into), [notebooks.as_path()].into_iter());
        assert_eq!(of(Some("/else/where")), Place::File("/else/where".into()));
        assert_eq!(of(Some("")), Place::Nowhere);
        assert_eq!(of(None), Place::File(Path::new(CLONE).join(".course/progress.jsonl")));
    }

    #[test]
    fn the_first_folder_in_a_clone_decides() {
        let of = |folders: &[&str]| Place::of(None, folders.iter().map(Path::new));
        let file = Place::File(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(FILE));
        assert_eq!(of(&["/", env!("CARGO_MANIFEST_DIR")]), file, "a clone that was moved");
        assert_eq!(of(&["/"]), Place::Unknown);
        assert_eq!(of(&[]), Place::Unknown);
    }

    /// This test itself is one: nothing that it checks or answers may be counted.
    #[test]
    fn a_test_of_the_course_keeps_nothing() {
        if std::env::var_os(PROGRESS_FILE).is_none() {
            assert_eq!(Place::here(), Place::Unknown);
        }
    }
}
