//! What one cell gave.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One executed code cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ran {
    /// Its number among the code cells, from 1.
    pub number: usize,
    /// Its outputs, in the notebook's format.
    pub outputs: Vec<Value>,
    /// What is wrong with it, if anything.
    pub fault: Option<Fault>,
}

/// Why a cell fails the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", content = "detail", rename_all = "kebab-case")]
pub enum Fault {
    /// It doesn't compile; the compiler's messages.
    CompileError(String),
    /// It compiles, and the author declared that it must not.
    Compiles,
    /// It panicked; what it wrote on standard error.
    Panic(String),
    /// A `?` ended it with this error.
    Returned(String),
    /// It wrote on standard error.
    StandardError(String),
    /// It showed something without a plain text form; the forms it has.
    NoText(Vec<String>),
    /// It ended the process that runs the cells; how.
    Ended(String),
    /// It ran longer than this many seconds.
    TooLong(u64),
}

impl Fault {
    /// Whether the cells below can still be executed to some purpose. After a compile error or a lost process
    /// they would fail for want of what this cell should have defined.
    pub fn lets_go_on(&self) -> bool {
        matches!(
            self,
            Self::Compiles | Self::StandardError(_) | Self::NoText(_) | Self::Panic(_) | Self::Returned(_)
        )
    }

    /// What is wrong, and what to do about it.
    pub fn explain(&self) -> String {
        match self {
            Self::CompileError(text) => {
                format!("it does not compile. Correct the cell in `notebooks/src`.\n{text}")
            }
            Self::Compiles => {
                "it compiles, but its metadata says that it must not (`expect: compile-error`). \
                               Break it again, or take the mark away."
                    .into()
            }
            Self::Panic(text) => format!("it panics. Correct the cell or what it calls.\n{text}"),
            Self::Returned(text) => {
                format!(
                    "a `?` ends it with an error. Correct the cell, or show the error as a value.\n{text}"
                )
            }
            Self::StandardError(text) => {
                format!("it writes on standard error. Print with `println!` or show a value instead.\n{text}")
            }
            Self::NoText(forms) => format!(
                "its output has no text form, only {}. Emit `text/plain` too: it is what a terminal, GitHub and \
                 a screen reader show.",
                forms.join(" and ")
            ),
            Self::Ended(how) => format!("it ended the kernel's process, and all variables are gone. {how}"),
            Self::TooLong(seconds) => {
                format!("it ran longer than {seconds} seconds and was stopped. Bound the simulation.")
            }
        }
    }
}
