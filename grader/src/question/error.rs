//! What is wrong with a bank.

use std::fmt;

/// A fault in a bank: the file, the question or part, and what is wrong and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankError {
    /// The bank's file.
    pub file: String,
    /// The question or part; none when the fault is in the file as a whole.
    pub place: Option<String>,
    /// What is wrong.
    pub fault: Fault,
}

/// The faults that a bank can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The file isn't TOML, or not of the bank's form.
    Unreadable(String),
    /// Two questions have the same id.
    DuplicateId,
    /// The id is not `Q` chapter `.` number.
    BadId(u32),
    /// A text that must be there is empty.
    Empty(&'static str),
    /// A question has no part.
    NoParts,
    /// No option is right, or more than one where one is to be chosen.
    RightOptions(usize),
    /// Every option is right, or there are fewer than two.
    NoWrongOption,
    /// More options than letters.
    TooManyOptions(usize),
    /// Two options or keys are the same.
    Twice(String),
    /// A wrong option has no explanation.
    Unexplained(String),
    /// A choice of many lacks what to say when right options were left out.
    NoNudge,
    /// A numeric part knows no wrong value.
    NoWrongValues,
    /// A wrong value is right, or listed twice.
    WrongValue(String),
    /// There is no generator of this name.
    UnknownGenerator(String),
    /// The explanations of a generated part are not those of the generator's mistakes.
    Mistakes(Vec<String>, Vec<String>),
    /// A text names a figure that the generator doesn't draw.
    UnknownFigure(String),
    /// A key that is no choice or item.
    UnknownKey(String),
    /// A wrong cell, place or whole answer is right.
    ExplainsTheRight(String),
    /// A row or a whole answer has too few or too many entries.
    Length {
        /// What it is.
        what: String,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The rubric is faulty.
    Rubric(String),
}

impl fmt::Display for BankError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}: {place}: {}", self.file, self.fault),
            None => write!(f, "{}: {}", self.file, self.fault),
        }
    }
}

impl std::error::Error for BankError {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "it cannot be read: {}", why.trim_end()),
            Self::DuplicateId => f.write_str("another question has this id; give it the next free number"),
            Self::BadId(chapter) => {
                write!(f, "its id does not begin with `Q{chapter}.` and end with a number")
            }
            Self::Empty(what) => write!(f, "its {what} is empty; write it"),
            Self::NoParts => f.write_str("it has nothing to answer; add a [[question.part]]"),
            Self::RightOptions(0) => f.write_str("no option is right; mark one with `right = true`"),
            Self::RightOptions(n) => write!(f, "{n} options are right where one is chosen; use `many`"),
            Self::NoWrongOption => f.write_str("there is nothing to choose between; add a wrong option"),
            Self::TooManyOptions(n) => write!(f, "{n} options, and only 26 letters"),
            Self::Twice(what) => write!(f, "`{what}` is there twice"),
            Self::Unexplained(what) => {
                write!(f, "the wrong option `{what}` has no `why`; say what its reader thought")
            }
            Self::NoNudge => f.write_str("it has no `nudge` for answers that leave right options out"),
            Self::NoWrongValues => f.write_str("it knows no wrong value; add the ones that people give"),
            Self::WrongValue(value) => write!(f, "the wrong value {value} is right, or listed twice"),
            Self::UnknownGenerator(name) => write!(f, "there is no generator `{name}`"),
            Self::Mistakes(expected, found) => {
                write!(f, "it explains the mistakes {found:?}; its generator recognises {expected:?}")
            }
            Self::UnknownFigure(name) => {
                write!(f, "its texts name {{{name}}}, which its generator does not draw")
            }
            Self::UnknownKey(key) => write!(f, "`{key}` is no key of it"),
            Self::ExplainsTheRight(what) => write!(f, "`{what}` is explained as wrong, and is right"),
            Self::Length { what, expected, found } => {
                write!(f, "{what} has {found} entries and needs {expected}")
            }
            Self::Rubric(fault) => write!(f, "its rubric: {fault}"),
        }
    }
}
