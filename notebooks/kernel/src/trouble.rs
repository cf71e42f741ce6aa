//! Why the kernel or the runner could not do its work.

use std::fmt;
use std::path::Path;

/// Wrong usage, or an environment that lacks something. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong, and where.
    pub what: String,
    /// What the reader should do next.
    pub next: String,
}

impl Trouble {
    /// A trouble and the next action.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }

    /// An operation on a file or folder that failed.
    pub fn file(doing: &str, path: &Path, error: impl fmt::Display) -> Self {
        Self::new(
            format!("cannot {doing} {}: {error}", path.display()),
            "check that the folder is yours to write, that the disk is not full, and try again",
        )
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n next: {}", self.what, self.next)
    }
}

impl std::error::Error for Trouble {}
