//! What authors write, and what is made from it: stubs from the solutions, notebooks from Markdown.
//!
//! Everything here maps text to text. Reading and writing files is the commands' business.

mod accuracy;
mod crates;
mod markdown;
mod notebook;
pub mod release;
mod stub;

pub use accuracy::{DEMANDED, Row, accuracy, shortcomings, table as accuracy_table};
pub use crates::{check_tests, exercises_lib, solutions_lib};
pub use notebook::{BrokenChapter, Claim, Named, claims, keep_outputs, notebook};
pub use stub::{
    BrokenMarkers, answer_body, answer_file, answer_head, into_cell, out_of_cell, stub, stub_for_cell,
};
