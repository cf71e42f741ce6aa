//! Why a command could not do its work, and what to do next.

use std::fmt;

/// A command that could not do its work: wrong usage, or an environment that lacks something. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, and where.
    pub what: String,
    /// What the reader should do next.
    pub next: String,
}

impl Problem {
    /// A problem and the next action.
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into() }
    }

    /// For an operation on a file that failed.
    pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error, next: &str) -> Self {
        Self::new(format!("cannot {doing} {}: {error}", path.display()), next)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}\n next: {}", self.what, self.next)
    }
}

impl std::error::Error for Problem {}
