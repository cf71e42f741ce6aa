//! What belongs to a learner: her answers, her progress, and what was kept before something was overwritten.

mod kept;
pub mod notebook;

pub use kept::{keep, keep_text};
