//! What a bank of questions holds: the data of `questions/chNN.toml`.
//!
//! A question has one or more parts; a part is of exactly one [`Kind`], named by the table it carries
//! (`[question.part.numeric]`, `[question.part.one]`, …).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rubric::Rubric;

/// The questions of one chapter.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// The chapter's number.
    pub chapter: u32,
    /// The chapter's title.
    pub title: String,
    /// The questions, in the order in which a learner meets them.
    #[serde(rename = "question")]
    pub questions: Vec<Question>,
}

/// What a question asks for, in the words of an interview's score sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Dimension {
    /// Explain how it works.
    Concept,
    /// Choose, and give the reason.
    Design,
    /// Find the cause.
    Debug,
    /// Read, trace or write code.
    Code,
    /// Know where the field is going.
    Frontier,
}

/// One question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its id, `Q6.1`.
    pub id: String,
    /// A few words.
    pub title: String,
    /// What it asks for.
    pub dimension: Dimension,
    /// The situation, with every figure that an answer needs.
    pub prompt: String,
    /// How an interviewer goes on, shown after a right answer.
    pub interview: Option<String>,
    /// What is to be answered.
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
}

impl Question {
    /// The address of the part at `index`: the question's id, and a letter when there are several parts.
    pub fn address(&self, index: usize) -> String {
        if self.parts.len() == 1 { self.id.clone() } else { format!("{}{}", self.id, letter(index)) }
    }

    /// Whether the part at `index` is answered by what one writes, and not by the code of an exercise.
    pub fn answered_by_text(&self, index: usize) -> bool {
        !matches!(self.parts[index].kind, Kind::Code(_))
    }
}

/// The letter of the option, item or part at `index`: a, b, c …
pub(crate) fn letter(index: usize) -> char {
    char::from(b'a' + u8::try_from(index % 26).expect("below 26"))
}

/// One thing to answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "PartTable")]
pub struct Part {
    /// What this part asks; may be empty when the question's prompt says it all.
    pub prompt: String,
    /// Why the right answer is right, shown after it was given.
    pub explanation: String,
    /// How it is answered and judged.
    pub kind: Kind,
}

/// How a part is answered and judged.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A number.
    Numeric(Numeric),
    /// A number, for figures drawn from a seed.
    Generated(Generated),
    /// One of several options.
    One(Choice),
    /// Any number of several options.
    Many(Choice),
    /// A choice for each row, or for each cell of a matrix.
    Match(Matching),
    /// Items in their order.
    Order(Sequence),
    /// Free text.
    Text(Rubric),
    /// The learner's own code.
    Code(Code),
    /// A schedule that the lab runs.
    Counterexample(Counterexample),
}

/// A number to give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numeric {
    /// The right value.
    pub right: f64,
    /// How far off an answer may be, in the value's own unit.
    #[serde(default)]
    pub tolerance: f64,
    /// How far off an answer may be, as a share of the right value.
    #[serde(default)]
    pub relative: f64,
    /// The unit, as the prompt names it.
    pub unit: Option<String>,
    /// Wrong values that people give, and why.
    #[serde(default)]
    pub wrong: Vec<WrongValue>,
    /// What to say of any other value that is too low.
    pub low: String,
    /// What to say of any other value that is too high.
    pub high: String,
}

/// A wrong value that people give.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongValue {
    /// The value.
    pub value: f64,
    /// What whoever gives it probably thought, and why it isn't so.
    pub why: String,
}

/// A number to give for figures drawn from a seed. Texts may name the figures in braces: `{n}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// The name of the generator: see [`super::generate`].
    pub generator: String,
    /// How far off an answer may be.
    #[serde(default)]
    pub tolerance: f64,
    /// For each mistake that the generator can recognise, what to say.
    #[serde(default)]
    pub wrong: BTreeMap<String, String>,
    /// What to say of any other value that is too low.
    pub low: String,
    /// What to say of any other value that is too high.
    pub high: String,
}

/// Options to choose from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The options; they are lettered in this order.
    pub options: Vec<Choosable>,
    /// Said when right options were left out (for choices of many), without naming them.
    pub nudge: Option<String>,
}

/// An option.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choosable {
    /// What it says.
    pub text: String,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
    /// Why it is right, or what whoever chooses it probably thought and why it isn't so.
    pub why: Option<String>,
}

/// Something with a short key to write in an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What is written in an answer.
    pub key: String,
    /// What it stands for; empty when the key says it.
    #[serde(default)]
    pub text: String,
}

/// Rows, each to be given one of the choices, or one for each column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// The columns' names; none for a plain matching with one choice a row.
    #[serde(default)]
    pub columns: Vec<String>,
    /// What can be chosen.
    pub choices: Vec<Item>,
    /// The rows; they are numbered from 1.
    pub rows: Vec<Row>,
    /// Whole wrong answers that people give.
    #[serde(default)]
    pub mistakes: Vec<WholeAnswer>,
}

impl Matching {
    /// How many choices each row takes.
    pub fn width(&self) -> usize {
        self.columns.len().max(1)
    }
}

/// A row of a matching.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What the row says.
    pub text: String,
    /// For each column the key, or the keys, that are right.
    pub right: Vec<Keys>,
    /// Wrong cells that people give.
    #[serde(default)]
    pub wrong: Vec<WrongCell>,
    /// What to say of any other wrong cell of this row.
    pub otherwise: String,
}

/// One key, or several that are as good.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Keys {
    /// This key alone.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Keys {
    /// All keys that are right.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(key) => std::slice::from_ref(key),
            Self::Any(keys) => keys,
        }
    }

    /// Whether `key` is right.
    pub fn has(&self, key: &str) -> bool {
        self.all().iter().any(|k| k == key)
    }
}

/// A wrong cell of a matching.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongCell {
    /// The column, counted from 1.
    #[serde(default = "one")]
    pub column: usize,
    /// What was chosen.
    pub choice: String,
    /// What whoever chooses it probably thought, and why it isn't so.
    pub why: String,
}

fn one() -> usize {
    1
}

/// A whole wrong answer of a matching or an ordering.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WholeAnswer {
    /// For an ordering the keys in order; for a matching row by row, each row's cells joined by `/`.
    pub answer: Vec<String>,
    /// What whoever answers so probably thought, and why it isn't so.
    pub why: String,
}

/// Items to put in order; there may be more items than places.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// The items to choose from.
    pub items: Vec<Item>,
    /// The keys in their right order.
    pub right: Vec<String>,
    /// Other orders that are as good.
    #[serde(default)]
    pub accept: Vec<Vec<String>>,
    /// What to say when the first wrong item stands at this place: one entry a place.
    pub places: Vec<Place>,
    /// Whole wrong answers that people give; an empty one stands for "none".
    #[serde(default)]
    pub mistakes: Vec<WholeAnswer>,
}

/// A place of an ordering.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What to say of particular items that people put here.
    #[serde(default)]
    pub wrong: BTreeMap<String, String>,
    /// What to say of any other.
    pub otherwise: String,
}

/// A part that the learner's own code answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// The exercise that holds the code.
    pub exercise: String,
    /// The scenario that it must pass.
    pub scenario: String,
    /// What to say when it doesn't pass.
    pub otherwise: String,
}

/// A part answered by a schedule that the lab runs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterexample {
    /// Who decides: see [`super::counterexample::verifier`].
    pub verifier: String,
    /// How a schedule is written.
    pub form: String,
    /// A schedule that is understood, and isn't a counterexample.
    pub example: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartTable {
    #[serde(default)]
    prompt: String,
    explanation: String,
    numeric: Option<Numeric>,
    generated: Option<Generated>,
    one: Option<Choice>,
    many: Option<Choice>,
    #[serde(rename = "match")]
    matching: Option<Matching>,
    order: Option<Sequence>,
    text: Option<Rubric>,
    code: Option<Code>,
    counterexample: Option<Counterexample>,
}

impl TryFrom<PartTable> for Part {
    type Error = String;

    fn try_from(table: PartTable) -> Result<Self, String> {
        let mut kinds: Vec<Kind> = [
            table.numeric.map(Kind::Numeric),
            table.generated.map(Kind::Generated),
            table.one.map(Kind::One),
            table.many.map(Kind::Many),
            table.matching.map(Kind::Match),
            table.order.map(Kind::Order),
            table.text.map(Kind::Text),
            table.code.map(Kind::Code),
            table.counterexample.map(Kind::Counterexample),
        ]
        .into_iter()
        .flatten()
        .collect();
        match (kinds.pop(), kinds.is_empty()) {
            (Some(kind), true) => Ok(Self { prompt: table.prompt, explanation: table.explanation, kind }),
            _ => {
                Err("a part carries exactly one of the tables numeric, generated, one, many, match, order, \
                      text, code, counterexample"
                    .into())
            }
        }
    }
}
