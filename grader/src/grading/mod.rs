//! A class graded: from a folder of submissions to results as plain values.
//!
//! 1. [`Class::read`]: who handed in what, and who should have: each attempt's answers, or a reason why there are none.
//! 2. [`Ledger`]: what was assessed once, by what decides it: a second run does only what changed.
//! 3. [`grade`](fn@grade): every answer assessed, on all cores; each result is in the ledger before the next begins, so
//!    whoever is stopped in the middle goes on from there. Of a large class by several processes, each a [`Shard`];
//!    [`merge`](fn@merge) puts their results together.
//! 4. [`mark`](fn@mark): points, from what was seen, the [`Marking`] and the [`Reviews`] of people.
//! 5. [`Results`]: who got what, and what was in force; [`moved`](fn@moved) tells two of them apart.

mod class;
mod hidden;
mod kept;
mod ledger;
mod mark;
mod marking;
mod merge;
mod moved;
mod notes;
mod points;
mod queue;
mod results;
mod reviews;
mod work;

pub use class::{Class, Member, Tried};
pub use hidden::{Hidden, Planned, Secret};
pub use kept::Kept;
pub use ledger::{Ledger, write_whole};
pub use mark::{before_lateness, mark, mark_learner};
pub use marking::{Attempts, Deadline, Marking, PartialCredit, Weights, Worth};
pub use merge::{Part, merge};
pub use moved::{Move, moved};
pub use points::Points;
pub use queue::{Waiting, waiting};
pub use results::{
    Answered, Attempt, Graded, Identity, Late, Learner, Outcome, Results, Reviewed, SCHEMA, Shard, Standing,
};
pub use reviews::{About, Review, Reviews};
pub use work::{Bench, Done, Job, Rules, grade};
