//! Exercises, questions and the judge of the replication course.
//!
//! - [`exercise`]: what an exercise is: the learner's [`Answer`](exercise::Answer), the
//!   [`Task`](exercise::Task) that drives it, the [`Observation`](exercise::Observation) that it yields.
//! - [`attack`](mod@attack): random situations against an answer, and the smallest that breaks an invariant.
//! - [`exercises`]: the exercises themselves, one module each: the API to implement and the scenarios.
//! - [`judge`] (feature `judge`): what decides over an observation, and the feedback.
//! - [`question`] (feature `judge`): the interview questions and what decides over their answers.
//! - [`interview`] (feature `judge`): the mock interview over these questions.
//! - [`mod@progress`] (feature `judge`): what a learner has done, wherever it was done.
//! - `cli` (feature `cli`): the command `course`, over `authoring` (stubs and notebooks from their sources),
//!   `bundle` (the course for Gradescope and nbgrader),   `grading` (a class), `intake` (what was handed in, as files), `pipeline` (a stranger's file compiled, run and judged),
//!   `report` (results in other programs' forms and for people), `similarity` (answers that are alike) and `store` (what belongs to a
//!   learner).
//!
//! A program that holds a stranger's code is linked without the feature `judge`: it can drive the code and
//! report what it saw, but holds no expected observation, no hint and no mutant.

pub mod attack;
pub mod driver;
pub mod exercise;
pub mod exercises;

#[cfg(feature = "cli")]
pub mod authoring;
#[cfg(feature = "cli")]
pub mod bundle;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(any(test, feature = "cli"))]
mod edition;
#[cfg(feature = "cli")]
pub mod grading;
#[cfg(feature = "cli")]
pub mod intake;
#[cfg(feature = "judge")]
pub mod interview;
#[cfg(feature = "judge")]
pub mod judge;
#[cfg(feature = "judge")]
mod page;
#[cfg(feature = "cli")]
pub mod pipeline;
#[cfg(feature = "judge")]
pub mod progress;
#[cfg(feature = "judge")]
pub mod question;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "cli")]
pub mod similarity;
#[cfg(feature = "cli")]
pub mod store;

#[cfg(feature = "judge")]
pub use attack::{attack, attack_with};
#[cfg(feature = "judge")]
pub use judge::{check, check_in_test, hint};
#[cfg(feature = "judge")]
pub use progress::progress;
