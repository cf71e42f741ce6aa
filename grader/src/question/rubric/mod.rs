//! Free text judged by a rubric: required points, misconceptions, and answers that are none.
//!
//! An answer is cut into sentences and clauses; for each word it is known whether it is negated, and for each
//! sentence whether it asserts something, asks it, or quotes it in order to refute it. A point is a few
//! patterns ([`pattern`]); it is present when one of them matches in what the answer asserts, and belongs to the
//! subject that the point is about; whoever says the contrary elsewhere does not make it. A misconception is found in
//! the same way, and fails the answer; one that stands among denials, in an answer with every point, costs only the pass.
//! What people say for the same thing whatever the question ("gone", "vanished", "never happened") is listed once, in
//! `common`; a term of a point that names two of a family of synonyms there means all of it. The question with its
//! blanks left open, and praise ("proven methods, suitably chosen"), earn nothing.
//!
//! # What it cannot do
//! It does not understand. It knows the words that a rubric lists, their stems, and misspellings of the longer
//! ones; a right thought in words that nobody foresaw is missed. A negation reaches to the end of its clause,
//! and a pronoun is taken to mean what the sentence before was about: an involved sentence is misread. Sarcasm,
//! ellipsis ("async does not", "the latter"), an example instead of a statement, an answer that contradicts itself
//! without stating a listed misconception, and fluent nonsense made of a rubric's own phrases are beyond it.
//! Therefore every attempt shows the model answer, and the learner has the last word.

mod common;
mod denial;
mod judge;
mod lines;
pub mod pattern;
mod sentence;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use judge::{Found, Judgement, NoAnswer, Standing};
pub use pattern::{Lexicon, Pattern};
pub use words::distance;

/// What a text must say, and what it must not.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// An answer that says all of it, shown after every attempt.
    pub model: String,
    /// Words of the subject beside those of the patterns; an answer without any of either is on another subject.
    #[serde(default)]
    pub topic: Vec<String>,
    /// Named lists of words for the patterns: `$name`.
    #[serde(default)]
    pub words: BTreeMap<String, Vec<String>>,
    /// Lists of names that exclude each other as the subject of a statement, such as `["sync", "async"]`.
    #[serde(default)]
    pub rivals: Vec<Vec<String>>,
    /// What the answer must say.
    #[serde(rename = "point")]
    pub points: Vec<Point>,
    /// What it must not say.
    #[serde(rename = "misconception", default)]
    pub misconceptions: Vec<Misconception>,
    /// Whether a question says a point too, as in a list of causes to look into; a misconception is never asked.
    #[serde(default)]
    pub asked: bool,
    /// How many of which points suffice; without it every point that is no bonus is required.
    #[serde(rename = "need", default)]
    pub needs: Vec<Need>,
}

/// A point.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// A short name.
    pub id: String,
    /// The point as a sentence.
    pub says: String,
    /// The patterns, each of which says the point.
    pub forms: Vec<String>,
    /// Patterns that say the contrary: whoever says so does not make the point.
    #[serde(default)]
    pub unless: Vec<String>,
    /// The name of the word list that the statement must be about.
    pub subject: Option<String>,
    /// Points that together imply this one.
    #[serde(default)]
    pub implied_by: Vec<String>,
    /// Whether it is welcome and not required.
    #[serde(default)]
    pub bonus: bool,
    /// How often it must be said ("two figures"): in so many places of the answer a form's last term stands.
    #[serde(default = "once")]
    pub times: usize,
}

fn once() -> usize {
    1
}

/// A misconception.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// The patterns, each of which says it.
    pub forms: Vec<String>,
    /// The name of the word list that the statement must be about.
    pub subject: Option<String>,
    /// An answer that holds it: the bank's check that it is recognised.
    pub example: String,
    /// What whoever says so probably thought, and why it isn't so.
    pub why: String,
}

/// So many of these points.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// The points' short names.
    pub of: Vec<String>,
    /// How many of them suffice.
    pub count: usize,
}

impl Rubric {
    /// Everything that is wrong with the rubric as data: patterns that can't be read, names that nobody has, a
    /// model answer that doesn't pass, misconceptions that their own examples don't show.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = self.faults_in_names();
        let prepared = match judge::Prepared::new(self) {
            Ok(prepared) => prepared,
            Err(unreadable) => {
                faults.extend(unreadable);
                return faults;
            }
        };
        if faults.is_empty() {
            let judgement = prepared.judge(&self.model, "");
            // A class's own edition of the course has no models.
            if judgement.standing != Standing::Right && !self.model.is_empty() {
                let missing: Vec<&str> = judgement
                    .points
                    .iter()
                    .filter(|p| !p.present && !p.bonus)
                    .map(|p| p.id.as_str())
                    .collect();
                faults.push(format!(
                    "its own model answer does not pass ({:?}; missing: {}; misconceptions: {})",
                    judgement.standing,
                    missing.join(", "),
                    judgement.misconceptions.len()
                ));
            }
            for (number, misconception) in self.misconceptions.iter().enumerate() {
                let found = prepared.judge(&misconception.example, "").misconceptions;
                if !found.contains(&misconception.why) {
                    faults.push(format!(
                        "misconception {} is not found in its own example `{}`",
                        number + 1,
                        misconception.example
                    ));
                }
            }
        }
        faults
    }

    fn faults_in_names(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let ids: Vec<&str> = self.points.iter().map(|p| p.id.as_str()).collect();
        if self.points.iter().all(|p| p.bonus) {
            faults.push("it requires no point".into());
        }
        for (at, id) in ids.iter().enumerate() {
            if ids[..at].contains(id) {
                faults.push(format!("two points are named `{id}`"));
            }
        }
        let lexicon = Lexicon::new(&self.words, &self.rivals);
        for name in self.rivals.iter().flatten().filter(|name| !lexicon.has(name)) {
            faults.push(format!("the rival `{name}` is no list of words"));
        }
        let subjects =
            self.points.iter().map(|p| &p.subject).chain(self.misconceptions.iter().map(|m| &m.subject));
        for subject in subjects.flatten().filter(|subject| lexicon.rivals_of(subject).is_none()) {
            faults.push(format!("the subject `{subject}` has no rivals, so it decides nothing"));
        }
        let named =
            self.needs.iter().flat_map(|n| &n.of).chain(self.points.iter().flat_map(|p| &p.implied_by));
        for name in named.filter(|name| !ids.contains(&name.as_str())) {
            faults.push(format!("no point is named `{name}`"));
        }
        for need in self.needs.iter().filter(|need| need.count == 0 || need.count > need.of.len()) {
            faults.push(format!("{} of {} points cannot be needed", need.count, need.of.len()));
        }
        for point in self.points.iter().filter(|p| p.forms.is_empty()) {
            faults.push(format!("the point `{}` has no form in which it could be said", point.id));
        }
        faults
    }

    /// Judges an answer. `prompt` is the question's text, so that an answer that only repeats it is known.
    ///
    /// # Panics
    /// When the rubric has [`faults`](Self::faults).
    pub fn judge(&self, answer: &str, prompt: &str) -> Judgement {
        judge::Prepared::new(self).expect("a rubric of a checked bank").judge(answer, prompt)
    }

    /// The points that an answer is asked for: all that are no bonus, or those that are named as needed.
    pub fn asked_for(&self) -> impl Iterator<Item = &Point> {
        let needed = |point: &Point| match self.needs.is_empty() {
            true => !point.bonus,
            false => self.needs.iter().any(|need| need.of.contains(&point.id)),
        };
        self.points.iter().filter(move |point| needed(point))
    }

    /// How many points an answer needs.
    pub fn required(&self) -> usize {
        match self.needs.is_empty() {
            true => self.asked_for().count(),
            false => self.needs.iter().map(|need| need.count).sum(),
        }
    }

    /// The points that an answer still lacks: required ones that it doesn't make. Where so many of some points suffice,
    /// nothing is lacking of those once there are enough.
    pub fn lacking<'j>(&self, judgement: &'j Judgement) -> Vec<&'j Found> {
        let present = |id: &String| judgement.points.iter().any(|p| p.present && p.id == *id);
        let open = |need: &Need| need.of.iter().filter(|id| present(id)).count() < need.count;
        let required = |point: &Found| match self.needs.is_empty() {
            true => !point.bonus,
            false => self.needs.iter().any(|need| need.of.contains(&point.id) && open(need)),
        };
        judgement.points.iter().filter(|point| !point.present && required(point)).collect()
    }
}

#[cfg(test)]
mod tests;
