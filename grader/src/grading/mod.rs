//! A class graded: from a folder of submissions to results as plain values.
//!
//! 1. [`Class::read`]: the entries of the folder, each a learner's submission or a reason why there is none.
//! 2. [`Ledger`]: what was assessed once, by what decides it: a second run does only what changed.
//! 3. [`grade`](fn@grade): every answer assessed, on all cores; each result is in the ledger before the next begins, so
//!    whoever is stopped in the middle goes on from there.
//! 4. [`Results`]: who got what, and what was in force; [`moved`](fn@moved) tells two of them apart.

mod class;
mod ledger;
mod moved;
mod results;
mod work;

pub use class::{Class, Entry};
pub use ledger::{Ledger, write_whole};
pub use moved::{Move, moved};
pub use results::{Graded, Learner, Outcome, Results, SCHEMA};
pub use work::{Bench, grade};
