//! Why there is no program to run.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Diagnostic;

/// Why an answer could not be run at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Fault {
    /// The compiler refuses the file.
    DoesNotCompile {
        /// Its messages, errors first; there is at least one error.
        diagnostics: Vec<Diagnostic>,
    },
    /// The file compiles, but has not the names or types that the exercise asks for.
    DoesNotFit {
        /// The names that are asked for, as the exercise uses them.
        wanted: String,
        /// The compiler's messages.
        diagnostics: Vec<Diagnostic>,
    },
    /// The compiler did not end in time.
    CompileTimedOut {
        /// The limit in seconds.
        after_s: u64,
    },
    /// The file had something else read into it when it was compiled: a file or the environment.
    ReadsOther {
        /// What, as the compiler names it.
        what: Vec<String>,
    },
    /// The file is too long to be an answer.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
}

impl Fault {
    /// The first error of the compiler, where there is one.
    pub fn first_error(&self) -> Option<&Diagnostic> {
        match self {
            Fault::DoesNotCompile { diagnostics } | Fault::DoesNotFit { diagnostics, .. } => {
                diagnostics.first()
            }
            _ => None,
        }
    }

    fn errors(&self) -> usize {
        match self {
            Fault::DoesNotCompile { diagnostics } | Fault::DoesNotFit { diagnostics, .. } => {
                diagnostics.iter().filter(|d| d.is_error()).count()
            }
            _ => 0,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::DoesNotCompile { .. } => writeln!(f, "It does not compile.")?,
            Fault::DoesNotFit { wanted, .. } => writeln!(
                f,
                "It compiles, but has not what the exercise uses: {wanted}. Keep the stub's names, types and `pub`."
            )?,
            Fault::CompileTimedOut { after_s } => {
                return write!(
                    f,
                    "The compiler did not come to an end within {after_s} s. Is there a macro or a constant that \
                     never ends?"
                );
            }
            Fault::ReadsOther { what } => {
                return write!(
                    f,
                    "It is refused: while it was compiled it had something else read: {}. An answer is one file \
                     of its own: take out `include!`, `include_str!`, `#[path]`, `mod …;` and `env!`.",
                    what.join(", ")
                );
            }
            Fault::TooLarge { bytes, limit } => {
                return write!(
                    f,
                    "It is refused: {bytes} bytes are more than the {limit} that an answer may have."
                );
            }
        }
        if let Some(first) = self.first_error() {
            writeln!(f, "{}", first.rendered)?;
        }
        match self.errors() {
            0 | 1 => Ok(()),
            2 => write!(f, "… and one more error: mend the first one first."),
            super::diagnostic::MOST => write!(f, "… and many more errors: mend the first one first."),
            n => write!(f, "… and {} more errors: mend the first one first.", n - 1),
        }
    }
}
