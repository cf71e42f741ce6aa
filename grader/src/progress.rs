//! What a learner has done: one line an attempt, in a file that only grows.
//!
//! The file's name comes from the environment variable [`PROGRESS_FILE`]; the course's kernel and the command
//! `course` set it. Without it, as in tests and on another kernel, nothing is written.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::judge::Report;

/// Names the file with the progress.
pub const PROGRESS_FILE: &str = "COURSE_PROGRESS";

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Id of the exercise or the question, as it was at the time.
    pub id: String,
    /// Points reached.
    pub points: u32,
    /// Points there were.
    pub max_points: u32,
}

impl Attempt {
    /// What a report says of an attempt at an exercise. A stub that was not touched is none.
    pub fn of(report: &Report) -> Option<Attempt> {
        let Report { exercise, points, max_points, .. } = report;
        (!report.untouched()).then(|| Attempt {
            id: exercise.clone(),
            points: *points,
            max_points: *max_points,
        })
    }
}

/// Notes an attempt at an exercise.
pub(crate) fn note_exercise(report: &Report) {
    if let Some(attempt) = Attempt::of(report) {
        note(&attempt);
    }
}

/// Notes an attempt, where the environment names a file. A file that can't be written must not cost the learner
/// her feedback: it is ignored here, and `cargo course doctor` tells of it.
pub fn note(attempt: &Attempt) {
    if let Some(file) = std::env::var_os(PROGRESS_FILE).map(PathBuf::from) {
        note_in(&file, attempt);
    }
}

/// Notes an attempt in `file`, as [`note`].
pub fn note_in(file: &Path, attempt: &Attempt) {
    let Ok(mut line) = serde_json::to_vec(attempt) else { return };
    line.push(b'\n');
    if let Some(folder) = file.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    // One write in append mode: lines of several kernels don't mix.
    if let Ok(mut file) = std::fs::File::options().create(true).append(true).open(file) {
        let _ = file.write_all(&line);
    }
}

/// The attempts in the text of a progress file. Lines that are no attempt, such as one that was cut off when a
/// machine went down, are passed over.
pub fn attempts(text: &str) -> Vec<Attempt> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}
