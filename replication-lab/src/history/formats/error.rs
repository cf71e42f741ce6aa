//! What can be wrong with a file, and what a format can't say.

use std::fmt;

use super::Format;

/// A file that is no history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError {
    /// The file's name.
    pub file: String,
    /// The line, counted from one; nothing where it is about the whole file.
    pub line: Option<usize>,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It has no operation in it.
    Empty,
    /// It isn't text in UTF-8.
    NotUtf8,
    /// It looks like none of the formats.
    Unrecognised,
    /// The line can't be read; this says what was expected there.
    Broken(String),
    /// An operation that the format doesn't have.
    UnknownOperation(String),
    /// An event that is none of the four.
    UnknownEvent(String),
    /// An operation ends that did not begin.
    UnmatchedCompletion {
        /// Whose.
        process: String,
    },
    /// Another operation ends than the one that began.
    OtherCompletion {
        /// Whose.
        process: String,
        /// The line on which the process began something else.
        began_on: usize,
    },
    /// A process begins an operation before its last one ended.
    InvokedTwice {
        /// Whose.
        process: String,
        /// The line on which the other one began.
        began_on: usize,
    },
    /// An operation's end is earlier than its beginning.
    EndsBeforeItBegins {
        /// Which one in the file, counted from one.
        operation: usize,
    },
}

impl FormatError {
    pub(super) fn at(line: usize, problem: Problem) -> Self {
        Self { file: String::new(), line: Some(line), problem }
    }

    pub(super) fn of_file(problem: Problem) -> Self {
        Self { file: String::new(), line: None, problem }
    }

    pub(super) fn of(self, file: &str) -> Self {
        Self { file: file.to_owned(), ..self }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, problem } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: {problem}"),
            None => write!(f, "{file}: {problem}"),
        }
    }
}

impl std::error::Error for FormatError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Empty => f.write_str("there is no operation in it; was the run recorded?"),
            Problem::NotUtf8 => f.write_str("not UTF-8; is it compressed, or another file?"),
            Problem::Unrecognised => f.write_str(
                "neither Jepsen's log (“INFO  jepsen.util - …”), nor EDN maps (“{:process …}”), nor JSON",
            ),
            Problem::Broken(expected) => write!(f, "can't read this line: expected {expected}"),
            Problem::UnknownOperation(name) => write!(
                f,
                "unknown operation {name}: Jepsen's log has :read, :write and :cas, EDN maps have :get, :put and :append"
            ),
            Problem::UnknownEvent(name) => {
                write!(f, "unknown event {name}: expected :invoke, :ok, :fail or :info")
            }
            Problem::UnmatchedCompletion { process } => {
                write!(f, "process {process} ends an operation that it did not begin; is a line missing?")
            }
            Problem::OtherCompletion { process, began_on } => write!(
                f,
                "process {process} ends another operation than it began on line {began_on}; is a line missing?"
            ),
            Problem::InvokedTwice { process, began_on } => write!(
                f,
                "process {process} begins an operation while the one from line {began_on} is still under way; a \
                 process does one thing at a time"
            ),
            Problem::EndsBeforeItBegins { operation } => {
                write!(f, "operation {operation} ends before it begins")
            }
        }
    }
}

/// Something that a format has no words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    /// The format.
    pub format: Format,
    /// What it can't say, and what to do instead.
    pub why: String,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for ExportError {}
