//! What is kept from one grading to the next.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Ledger, Results, Reviews, SCHEMA, Shard, write_whole};
use crate::cli::Problem;
use crate::intake::sha256;
use crate::pipeline::sanitise_json;

/// A folder with the ledger, the last results of each class, and what people decided.
#[derive(Clone, Debug)]
pub struct Kept {
    folder: PathBuf,
}

impl Kept {
    /// In `folder`, which need not exist.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What was assessed by `grader`.
    pub fn ledger(&self, grader: &str) -> Ledger {
        Ledger::at(&self.folder.join("ledger"), grader)
    }

    /// What people decided.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn reviews(&self) -> Result<Reviews, Problem> {
        Reviews::read(&self.folder)
    }

    /// Writes down what people decided.
    ///
    /// # Errors
    /// When the disk is full or read-only.
    pub fn keep_reviews(&self, reviews: &Reviews) -> Result<(), Problem> {
        reviews.write(&self.folder)
    }

    /// Where the last results of a class's folder lie, or of a part of the class.
    pub fn results_file(&self, class: &Path, shard: Option<Shard>) -> PathBuf {
        let class = class.canonicalize().unwrap_or_else(|_| class.to_path_buf());
        let name = sha256(class.as_os_str().as_encoded_bytes());
        let part = shard.map(|Shard { number, of }| format!("-{number}-of-{of}")).unwrap_or_default();
        self.folder.join("results").join(format!("{}{part}.json", &name[..16]))
    }

    /// The last results; none where there are none, or of another form.
    pub fn results(&self, class: &Path, shard: Option<Shard>) -> Option<Results> {
        let text = fs::read(self.results_file(class, shard)).ok()?;
        serde_json::from_slice(&text).ok().filter(|results: &Results| results.schema == SCHEMA)
    }

    /// Keeps results as the last ones, and returns them as JSON.
    ///
    /// # Errors
    /// The JSON, and why it could not be kept.
    pub fn keep_results(&self, class: &Path, results: &Results) -> Result<String, (String, std::io::Error)> {
        let json = sanitise_json(&serde_json::to_string_pretty(results).expect("plain data serialises"));
        match write_whole(&self.results_file(class, results.shard), json.as_bytes()) {
            Ok(()) => Ok(json),
            Err(why) => Err((json, why)),
        }
    }
}
