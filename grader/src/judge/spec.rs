//! An exercise's data file: `grader/exercises/E….toml`.

use serde::{Deserialize, Serialize};

/// The hints' steps, from the first to the last.
pub const HINT_LEVELS: [&str; 4] = ["a nudge", "the invariant", "the smallest failing run", "an outline"];

/// What an exercise's data file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Such as `E6.1`.
    pub id: String,
    /// Ids that it had in earlier releases of the course: answers to those are answers to this.
    #[serde(default)]
    pub formerly: Vec<String>,
    /// The chapter whose notebook has it, where that is another than its id names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_chapter: Option<u8>,
    /// A few words.
    pub title: String,
    /// What to build, in Markdown: one or two paragraphs for the notebook and the stub.
    pub brief: String,
    /// The expression that wraps the learner's code, with `$` where the path of her names goes:
    /// `e6_1::answer($quorum)`. `e6_1` is the module in `grader::exercises`.
    pub plug: String,
    /// Four hints: [`HINT_LEVELS`].
    pub hints: [String; 4],
    /// The scenarios, in the order in which they run.
    pub scenarios: Vec<Scenario>,
    /// Known-wrong answers, at least five.
    pub mutants: Vec<Mutant>,
}

/// A named, seeded run that drives the learner's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Unique within the exercise, such as `late-repair`.
    pub id: String,
    /// What is expected, as a sentence that is true of a right answer.
    pub title: String,
    /// Points when it passes.
    pub points: u32,
    /// Seed for practice; an official run may draw others.
    pub seed: u64,
    /// Whether what happens in it is drawn from the seed although a right answer is seen to do the same with every seed:
    /// measuring the reference does not show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
    /// Why an official run draws no other seed, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_this_seed: Option<String>,
}

/// A known-wrong answer: the reference with some text replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// Such as `waits-for-nobody`.
    pub name: String,
    /// What somebody who writes this believes, and why it isn't so: second person, for the feedback.
    pub misconception: String,
    /// The scenario that must fail because of it.
    pub fails: String,
    /// Why no situation of the exercise's attack can show it, if none can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen_by_attack: Option<String>,
    /// The replacements that turn the reference into this mutant; a class's own edition has none.
    #[serde(default)]
    pub edits: Vec<Edit>,
}

/// One replacement in the text of the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Text that occurs exactly once in the reference.
    pub find: String,
    /// What stands there instead.
    pub put: String,
}

impl Mutant {
    /// The source of this mutant, from the source of the reference.
    ///
    /// # Errors
    /// When a text to find does not occur exactly once.
    pub fn source(&self, reference: &str) -> Result<String, String> {
        self.edits.iter().try_fold(reference.to_owned(), |source, edit| {
            match source.matches(&edit.find).count() {
                1 => Ok(source.replacen(&edit.find, &edit.put, 1)),
                found => Err(format!(
                    "mutant {}: the text {:?} occurs {found} times in the solution, not once",
                    self.name, edit.find
                )),
            }
        })
    }
}

fn stem(id: &str) -> String {
    id.to_lowercase().replace('.', "_")
}

impl Spec {
    /// All points of the exercise.
    pub fn points(&self) -> u32 {
        self.scenarios.iter().map(|scenario| scenario.points).sum()
    }

    /// Whether this is its id, or was.
    pub fn is_called(&self, id: &str) -> bool {
        self.id == id || self.formerly.iter().any(|old| old == id)
    }

    /// The number of its chapter: 6 for `E6.1`. Nothing for an id of another form.
    pub fn chapter(&self) -> Option<u8> {
        self.id.strip_prefix('E')?.split_once('.')?.0.parse().ok()
    }

    /// The number of the chapter whose notebook has it.
    pub fn taught_in(&self) -> Option<u8> {
        self.in_chapter.or_else(|| self.chapter())
    }

    /// The module's and the files' name: `e6_1` for `E6.1`.
    pub fn file_stem(&self) -> String {
        stem(&self.id)
    }

    /// Whether a file of this stem, in small letters, answers it, or did in an earlier release.
    pub fn is_answered_by(&self, file_stem: &str) -> bool {
        std::iter::once(&self.id).chain(&self.formerly).any(|id| stem(id) == file_stem)
    }

    /// Where a learner's file lies, below the course's top folder.
    pub fn answer_path(&self) -> String {
        format!("exercises/src/{}.rs", self.file_stem())
    }

    /// The plug for code whose names are at `path`, such as `crate::e6_1::`; the empty path for names in scope.
    pub fn plug_at(&self, path: &str) -> String {
        format!("grader::exercises::{}", self.plug.replace('$', path))
    }
}
