//! Where the course lies, and the folders in it.

use std::path::{Path, PathBuf};

use super::Problem;
use crate::progress::clone_around;

/// A clone of the course.
#[derive(Clone, Debug)]
pub struct Course {
    root: PathBuf,
}

impl Course {
    /// The course around `start`: the nearest folder upwards with `grader/exercises` and `replication-lab` in it.
    ///
    /// # Errors
    /// When there is none.
    pub fn around(start: &Path) -> Result<Self, Problem> {
        clone_around(start).map(|root| Self { root: root.to_path_buf() }).ok_or_else(|| {
            Problem::new(
                format!("{} is not inside a clone of the course", start.display()),
                "change into the folder that `git clone` made and try again",
            )
        })
    }

    /// The top folder of the clone.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the top folder.
    pub fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// The folder for what is made on this machine and belongs to this clone: `.course`, ignored by git.
    pub fn private(&self, below: &str) -> PathBuf {
        self.root.join(".course").join(below)
    }
}
