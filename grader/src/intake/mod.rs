//! What somebody handed in, as files in memory: from a folder, a single file, or an archive, read with suspicion.
//!
//! 1. [`open`]: the files that could hold answers, under normalised paths, within a budget. Nothing is unpacked onto the
//!    disk, and nothing is followed that leads elsewhere.
//! 2. [`answers`](fn@answers): which text counts for which exercise.

mod answers;
mod archive;
mod files;
mod folder;
mod hash;

pub use answers::{Handed, Submission, answers};
pub use files::{Budget, Files};
pub use folder::open;
pub use hash::sha256;
