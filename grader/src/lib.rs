//! Exercises, questions and the judge of the replication course.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "judge")]
pub mod question;
