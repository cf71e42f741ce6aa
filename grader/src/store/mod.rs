//! What belongs to a learner: her answers, her progress, and what was kept before something was overwritten.

mod carry;
mod kept;
pub mod notebook;

pub use carry::{Carried, carry_file, carry_notebook};
pub use kept::{keep, keep_text};
