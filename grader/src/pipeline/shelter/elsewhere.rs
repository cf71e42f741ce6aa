//! Where there is no bubblewrap.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::{Job, Protection, Shelter, Sheltered, Unavailable};

/// There is none: no value of this type exists.
#[derive(Debug)]
pub enum Bubblewrap {}

impl Bubblewrap {
    /// Finds nothing.
    ///
    /// # Errors
    /// Always.
    pub fn find(_: &Path) -> Result<Self, Unavailable> {
        Err(Unavailable::Missing)
    }
}

impl Shelter for Bubblewrap {
    fn protection(&self) -> Protection {
        match *self {}
    }

    fn command(&self, _: &Job<'_>) -> io::Result<Sheltered> {
        match *self {}
    }
}

/// Nothing is asked inside a sandbox where there is none.
pub fn inside(_: impl Iterator<Item = OsString>) -> Option<u8> {
    None
}
