//! What somebody handed in, as files in memory: from a folder, a single file, or an archive, read with suspicion.
//!
//! 1. [`arrivals`](fn@arrivals): who handed in what and when, by the names of the entries; [`Roster`] says who should have.
//! 2. [`open_all`]: the files of one attempt that could hold answers, under normalised paths, within a budget. Nothing is
//!    unpacked onto the disk, and nothing is followed that leads elsewhere.
//! 3. [`answers`](fn@answers): which text counts for which exercise and question.

mod answers;
mod archive;
mod arrivals;
mod files;
mod folder;
mod hash;
mod moment;
mod questions;
mod roster;

pub use answers::{Handed, Submission, answers};
pub use arrivals::{Arrival, Part, Who, arrivals};
pub use files::{Budget, Files};
pub use folder::open_all;
pub use hash::sha256;
pub use moment::Moment;
pub use questions::{Said, take_cell};
pub use roster::{Person, Roster};
