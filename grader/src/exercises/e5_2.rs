//! E5.2 — Operational transformation: a change is rewritten to fit a text that others have changed meanwhile.

use std::fmt;

pub use replication_lab::operational_transformation::Op;

use crate::exercise::Answer;

mod scenarios;

/// A change that does not fit its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond;

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("beyond the text")
    }
}

impl std::error::Error for Beyond {}

/// What the learner writes. Places are counted in characters, Rust's `char`s, from 0.
pub trait Editor {
    /// The text after a change.
    ///
    /// # Errors
    /// When it inserts behind the end (inserting *at* the end is fine), or deletes where nothing is.
    fn apply(text: &str, op: Op) -> Result<String, Beyond>;

    /// What `op` becomes when `against` has been applied already. Both were made on the same text by different people
    /// who did not know of each other. Nothing, if nothing is left to do.
    ///
    /// Of two inserts at one place, the one of the smaller site stands first. An insert at the place of a deleted
    /// character stays where it is.
    fn transform(op: Op, against: Op) -> Option<Op>;

    /// The same for two lists, each made on the same text: what `first` becomes after all of `second`, and what `second`
    /// becomes after all of `first`. Within a list, each change is made on the text that the ones before it left.
    fn transform_lists(first: &[Op], second: &[Op]) -> (Vec<Op>, Vec<Op>);
}

/// Wraps a learner's editor.
pub fn answer<E: Editor + 'static>() -> Answer {
    Answer::new("E5.2", scenarios::drive::<E>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
