//! The course for platforms that grade by themselves. Text and bytes in, text and bytes out; the files around them lie in
//! `grader/deploy`.

pub mod gradescope;
pub mod nbgrader;
