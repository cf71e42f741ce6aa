//! Questions.
pub mod answer;
pub mod bank;
pub mod counterexample;
pub mod generate;
pub mod id;
pub mod number;
pub mod rubric;
pub use answer::Answer;
