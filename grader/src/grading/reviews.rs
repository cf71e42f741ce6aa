//! What people decided, kept from one grading to the next.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Answered, Graded, Points, Reviewed, write_whole};
use crate::cli::Problem;
use crate::intake::Handed;

/// Every word of a person, in a file that a person can read: `reviews.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviews {
    words: Vec<Review>,
}

/// One word of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
    /// Points given.
    pub points: Points,
    /// Of how many: where the marking changes later, the share stays.
    pub of: Points,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
}

/// What a person's word is about. It holds as long as the answer is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", untagged)]
pub enum About {
    /// An answer to a part of a question, whoever gave it.
    Answer {
        /// The part's address.
        question: String,
        /// The start of the answer's SHA-256.
        mark: String,
    },
    /// One learner's exercise.
    Exercise {
        /// Who.
        learner: String,
        /// The exercise's id.
        exercise: String,
        /// The start of the answer's SHA-256; empty where there was none.
        mark: String,
    },
}

impl About {
    /// This answer to a question.
    pub fn answer(answered: &Answered) -> Self {
        Self::Answer { question: answered.question.clone(), mark: answered.mark.clone() }
    }

    /// This learner's exercise.
    pub fn exercise(learner: &str, graded: &Graded) -> Self {
        let mark = match &graded.handed {
            Some(Handed::Answer { mark, .. }) => mark.clone(),
            _ => String::new(),
        };
        Self::Exercise { learner: learner.to_owned(), exercise: graded.exercise.clone(), mark }
    }
}

impl Reviewed {
    /// Of points that there are now.
    pub fn share(&self, max: Points) -> Points {
        max.scaled(self.points, self.of)
    }
}

impl Reviews {
    /// Where they lie in the folder of what is kept.
    pub fn file(kept: &Path) -> PathBuf {
        kept.join("reviews.json")
    }

    /// Those that were written down; none without a file.
    ///
    /// # Errors
    /// When the file is there and can't be read: to go on without it would undo what people decided.
    pub fn read(kept: &Path) -> Result<Self, Problem> {
        let file = Self::file(kept);
        let text = match fs::read(&file) {
            Ok(text) => text,
            Err(none) if none.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(why) => {
                return Err(Problem::file(
                    "read",
                    &file,
                    &why,
                    "make it readable: it holds what people decided",
                ));
            }
        };
        match serde_json::from_slice(&text) {
            Ok(words) => Ok(Self { words }),
            Err(why) => Err(Problem::new(
                format!("{} holds no reviews: {why}", file.display()),
                "mend it, or move it away and lose what people decided",
            )),
        }
    }

    /// Writes them down.
    ///
    /// # Errors
    /// When the disk is full or read-only.
    pub fn write(&self, kept: &Path) -> Result<(), Problem> {
        let mut json = serde_json::to_vec_pretty(&self.words).expect("plain data serialises");
        json.push(b'\n');
        let file = Self::file(kept);
        write_whole(&file, &json)
            .map_err(|why| Problem::file("write", &file, &why, "make room, and review again"))
    }

    /// Takes a word; a later one about the same goes before an earlier one.
    pub fn note(&mut self, review: Review) {
        self.words.retain(|word| word.about != review.about);
        self.words.push(review);
    }

    /// Takes a word back. Returns whether there was one.
    pub fn forget(&mut self, about: &About) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word.about != *about);
        self.words.len() < before
    }

    fn about(&self, about: &About) -> Option<Reviewed> {
        let word = self.words.iter().find(|word| word.about == *about)?;
        let Review { points, of, note, by, .. } = word.clone();
        Some(Reviewed { points, of, note, by })
    }

    /// The word about this answer.
    pub fn of_question(&self, answered: &Answered) -> Option<Reviewed> {
        self.about(&About::answer(answered))
    }

    /// The word about this learner's exercise.
    pub fn of_exercise(&self, learner: &str, graded: &Graded) -> Option<Reviewed> {
        self.about(&About::exercise(learner, graded))
    }

    /// Exercises of learners about which there is a word that holds no more, since another answer was handed in: whose,
    /// and which.
    pub fn outdated<'a>(&'a self, learners: &'a [super::Learner]) -> Vec<(&'a str, &'a str)> {
        let now: BTreeMap<(&str, &str), About> = learners
            .iter()
            .flat_map(|l| {
                l.exercises.iter().map(move |g| ((&*l.learner, &*g.exercise), About::exercise(&l.learner, g)))
            })
            .collect();
        let mut outdated: Vec<_> = self
            .words
            .iter()
            .filter_map(|word| match &word.about {
                About::Exercise { learner, exercise, .. } => {
                    let about = now.get(&(learner.as_str(), exercise.as_str()))?;
                    (*about != word.about && self.about(about).is_none())
                        .then_some((learner.as_str(), exercise.as_str()))
                }
                About::Answer { .. } => None,
            })
            .collect();
        outdated.sort_unstable();
        outdated.dedup();
        outdated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(about: About, points: u32) -> Review {
        let (points, of) = (Points::whole(points), Points::whole(4));
        Review { about, points, of, note: "says how far".into(), by: "prof".into() }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let kept = tempfile::tempdir().unwrap();
        assert_eq!(Reviews::read(kept.path()).unwrap(), Reviews::default(), "without a file");
        let answer = About::Answer { question: "Q9.2".into(), mark: "ab".into() };
        let exercise =
            About::Exercise { learner: "ann".into(), exercise: "E6.1".into(), mark: String::new() };
        let mut reviews = Reviews::default();
        reviews.note(review(answer.clone(), 1));
        reviews.note(review(exercise.clone(), 2));
        reviews.note(review(answer.clone(), 3));
        reviews.write(kept.path()).unwrap();
        let read = Reviews::read(kept.path()).unwrap();
        assert_eq!(read, reviews);
        assert_eq!(read.about(&answer).unwrap().points, Points::whole(3), "the later word counts");
        assert!(reviews.forget(&exercise) && !reviews.forget(&exercise));
    }

    #[test]
    fn a_file_that_can_not_be_read_is_not_passed_over() {
        let kept = tempfile::tempdir().unwrap();
        for broken in
            ["", "{}", "[{}]", "[{\"question\": \"Q9.2\", \"mark\": \"a\", \"points\": -1, \"of\": 4}]"]
        {
            write_whole(&Reviews::file(kept.path()), broken.as_bytes()).unwrap();
            let told = Reviews::read(kept.path()).unwrap_err().to_string();
            assert!(told.contains("holds no reviews"), "{told}");
        }
    }
}
