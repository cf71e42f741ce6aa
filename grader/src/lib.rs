//! Exercises, questions and the judge of the replication course.
//!
//! - [`exercise`]: what an exercise is: the learner's [`Answer`](exercise::Answer), the
//!   [`Task`](exercise::Task) that drives it, the [`Observation`](exercise::Observation) that it yields.
//! - [`exercises`]: the exercises themselves, one module each: the API to implement and the scenarios.
//! - [`judge`] (feature `judge`): what decides over an observation, and the feedback.
//! - [`question`] (feature `judge`): the interview questions and what decides over their answers.
//! - `cli` (feature `cli`): the command `course`.
//!
//! A program that holds a stranger's code is linked without the feature `judge`: it can drive the code and
//! report what it saw, but holds no expected observation, no hint and no mutant.

pub mod driver;
pub mod exercise;
pub mod exercises;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "judge")]
pub mod judge;
#[cfg(feature = "judge")]
pub mod progress;
#[cfg(feature = "judge")]
pub mod question;

#[cfg(feature = "judge")]
pub use judge::{check, hint};
