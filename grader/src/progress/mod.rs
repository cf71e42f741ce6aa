//! What a learner has done: one line an attempt, in a file that only grows, and what comes of these lines.
//!
//! An attempt counts alike whether it was made in a notebook's cell, by `cargo test -p exercises` or by a command:
//! all of them end in [`note_in`] with the file of the same clone. Where that is: [`place`]. What is done, tried and
//! open: [`Progress`]. A cell shows it with [`progress`], a terminal with `cargo course progress`.

mod place;
mod standing;
mod view;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::judge::{Exercise, Report, Verdict};
use crate::question::{self, Feedback, record};

pub use place::{PROGRESS_FILE, Place, clone_around};
pub use standing::{Chapter, Count, Item, Kind, Progress, State};
pub use view::progress;

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Id of the exercise or the question, as it was at the time.
    pub id: String,
    /// Points reached.
    pub points: u32,
    /// Points there were.
    pub max_points: u32,
    /// The scenarios that passed, of an exercise. Lines of the course's first days lack them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<String>,
}

impl Attempt {
    /// What a report says of an attempt at an exercise. A stub that was not touched is none.
    pub fn of(report: &Report) -> Option<Attempt> {
        let passed = report.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Passed);
        (!report.untouched()).then(|| Attempt {
            id: report.exercise.clone(),
            points: report.points,
            max_points: report.max_points,
            passed: passed.map(|scenario| scenario.id.clone()).collect(),
        })
    }

    /// An attempt at a question: one point when the answer is right, none otherwise. What was not understood is no
    /// attempt.
    pub fn at_question(feedback: &Feedback) -> Option<Attempt> {
        let mut attempt = None;
        record(&feedback.id, feedback.verdict, &mut |id, verdict| {
            let points = u32::from(verdict == question::Verdict::Right);
            attempt = Some(Attempt { id: id.into(), points, max_points: 1, passed: Vec::new() });
        });
        attempt
    }

    /// Whether a scenario passed in this attempt; nothing if the line does not say.
    fn passes(&self, scenario: &str) -> Option<bool> {
        match (self.points, self.passed.is_empty()) {
            (0, _) => Some(false),
            (points, true) => (points == self.max_points).then_some(true),
            _ => Some(self.passed.iter().any(|passed| passed == scenario)),
        }
    }
}

/// Notes an attempt in the file of this process, if it has one. A file that can't be written must not cost the learner
/// her feedback: it is ignored here, and `cargo course doctor` tells of it.
pub fn note(attempt: &Attempt) {
    note_at(&Place::here(), attempt);
}

/// Notes an attempt at an exercise, as [`note`].
pub(crate) fn note_exercise(place: &Place, report: &Report) {
    if let Some(attempt) = Attempt::of(report) {
        note_at(place, &attempt);
    }
}

fn note_at(place: &Place, attempt: &Attempt) {
    if let Place::File(file) = place {
        note_in(file, attempt);
    }
}

/// Notes an attempt in `file`, as [`note`].
pub fn note_in(file: &Path, attempt: &Attempt) {
    let Ok(mut line) = serde_json::to_vec(attempt) else { return };
    line.push(b'\n');
    if let Some(folder) = file.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    if let Ok(file) = File::options().create(true).read(true).append(true).open(file) {
        let _ = append(file, line);
    }
}

/// Appends a line under the file's lock, so that the lines of several kernels and tests don't mix. A last line that was
/// cut off, as when the disk was full, is ended first: it must not take this one along.
fn append(mut file: File, mut line: Vec<u8>) -> std::io::Result<()> {
    // A file system without locks still appends; nothing better is to be had there.
    let _ = file.lock();
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            line.insert(0, b'\n');
        }
    }
    file.write_all(&line)
}

/// The attempts in the text of a progress file. Lines that are no attempt, such as one that was cut off when a
/// machine went down, are passed over.
pub fn attempts(text: &str) -> Vec<Attempt> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Whether the learner's code has passed a scenario of an exercise in any of the attempts; nothing if they don't
/// tell.
pub fn passes_in(attempts: &[Attempt], exercise: &str, scenario: &str) -> Option<bool> {
    let exercise = Exercise::find(exercise).ok()?;
    let mine = attempts.iter().filter(|attempt| exercise.spec.is_called(&attempt.id));
    let told: Vec<bool> = mine.filter_map(|attempt| attempt.passes(scenario)).collect();
    if told.is_empty() { None } else { Some(told.contains(&true)) }
}

/// As [`passes_in`], for the attempts in the file of this process.
pub fn passes(exercise: &str, scenario: &str) -> Option<bool> {
    let Place::File(file) = Place::here() else { return None };
    passes_in(&attempts_in(&file).ok()?, exercise, scenario)
}

/// The attempts in `file`; none if it isn't there.
///
/// # Errors
/// When it can't be read.
pub fn attempts_in(file: &Path) -> std::io::Result<Vec<Attempt>> {
    match std::fs::read(file) {
        Ok(bytes) => Ok(attempts(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"id":"E6.2","points":2,"max_points":9,"passed":["clockwise"]}
{"id":"E6.1","points":8,"max_points":8}
{"id":"E6.3","points":3,"max_points":9}
{"id":"E6.4","points":0,"max_points":9}
{"id":"Q6.1","points":1,"max_points":1}
{"id":"E6.2","poi"#;

    #[test]
    fn old_lines_without_scenarios_are_read() {
        let attempts = attempts(FILE);
        assert_eq!(attempts.len(), 5);
        let passes = |exercise: &str, scenario: &str| passes_in(&attempts, exercise, scenario);
        assert_eq!((passes("E6.2", "clockwise"), passes("E6.2", "wrap")), (Some(true), Some(false)));
        assert_eq!(passes("E6.1", "table"), Some(true), "all points: every scenario passed");
        assert_eq!(passes("E6.3", "any"), None, "some points, and nobody knows for which");
        assert_eq!(passes("E6.4", "any"), Some(false));
        assert_eq!((passes("E9.1", "demo"), passes("E0.0", "any")), (None, None));
    }

    #[test]
    fn what_passed_once_counts_after_a_later_failure() {
        let attempt = |passed: &[&str]| Attempt {
            id: "E6.2".into(),
            points: 2,
            max_points: 9,
            passed: passed.iter().map(|id| (*id).to_owned()).collect(),
        };
        let attempts = [attempt(&["wrap"]), attempt(&["clockwise"])];
        assert_eq!(passes_in(&attempts, "E6.2", "wrap"), Some(true));
    }

    #[test]
    fn a_question_gives_its_point_for_a_right_answer_only() {
        let noted = |id: &str, given: &str| Attempt::at_question(&question::answer(id, given));
        let line = |attempt: Attempt| serde_json::to_string(&attempt).unwrap();
        assert_eq!(noted("Q6.1", "4").map(line).unwrap(), r#"{"id":"Q6.1","points":1,"max_points":1}"#);
        assert_eq!(noted("Q6.1", "3").unwrap().points, 0);
        assert_eq!(noted("Q6.3a", "ac").unwrap().points, 0, "partly right");
        assert_eq!(noted("Q6.1", "four"), None);
        assert_eq!(noted("Q6.7#3", "0.5").unwrap().id, "Q6.7");
    }

    #[test]
    fn lines_of_many_threads_are_whole_and_a_torn_one_takes_no_other_along() {
        let folder = std::env::temp_dir().join(format!("course-progress-{}", std::process::id()));
        let file = folder.join("deep/progress.jsonl");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "{\"id\":\"E6.2\",\"poi").unwrap();
        let attempt = |id: usize| Attempt {
            id: format!("E6.{id}"),
            points: 1,
            max_points: 9,
            passed: (0..id).map(|scenario| format!("scenario-{scenario}")).collect(),
        };
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (file, attempt) = (&file, &attempt);
                scope.spawn(move || (0..50).for_each(|at| note_in(file, &attempt(thread * 50 + at))));
            }
        });
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        assert_eq!(text.lines().count(), 401);
        let mut noted = attempts(&text);
        noted.sort_by_key(|attempt| attempt.passed.len());
        assert_eq!(noted, (0..400).map(attempt).collect::<Vec<_>>());
    }
}
