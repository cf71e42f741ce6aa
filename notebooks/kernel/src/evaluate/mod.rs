//! Evaluating cells: what the kernel under Jupyter and the runner without it have in common.
//!
//! A [`Session`] is evcxr's context and the process in which it runs the cells. It takes a cell's source and gives
//! back plain data, [`Evaluated`]: what was shown, and how the cell [ended](End). That process can be lost: a cell
//! ends it, is interrupted, or takes too much. Then all variables are gone, and [`origin`] knows which cells made them.

pub mod compile_error;
pub mod complaint;
pub mod hint;
pub mod lines;
pub mod origin;
pub mod stop;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use evcxr::{CommandContext, CompilationError, EvalContextOutputs, EvalOutputs};
use serde_json::Value;

use crate::Trouble;
use crate::warm::settings::PRELUDE_VARIABLE;
use crate::warm::std_sources;
use complaint::Complaint;
use lines::Lines;
pub use stop::{Stop, Stopper};

/// A longer text of a value is cut; bytes.
const LONGEST_TEXT: usize = 200_000;

/// A longer form of a value than text, such as HTML, is left out, because its half would be broken; bytes.
const LONGEST_FORM: usize = 8_000_000;

/// evcxr, and the process in which it runs the cells.
pub struct Session {
    context: CommandContext,
    /// What the cell printed so far.
    pub stdout: Lines,
    stderr: Lines,
    stopper: Arc<Stopper>,
}

/// evcxr in the current private folder.
///
/// # Errors
/// When it doesn't start.
pub fn open() -> Result<(CommandContext, EvalContextOutputs), evcxr::Error> {
    let opened = CommandContext::new()?;
    std_sources::reveal().map_err(|error| evcxr::Error::from(error.to_string()))?;
    Ok(opened)
}

/// How a cell went.
#[derive(Debug)]
pub struct Evaluated {
    /// The value that it showed, by media type.
    pub shown: BTreeMap<String, Value>,
    /// What it wrote on standard error, unless [`End`] says it.
    pub complaints: Vec<String>,
    /// How it ended.
    pub end: End,
}

/// How a cell ended.
#[derive(Debug)]
pub enum End {
    /// It ran to its end.
    Well,
    /// It doesn't compile.
    CompileErrors(Vec<CompilationError>),
    /// evcxr refuses it, in these words.
    Refused(String),
    /// It panicked; the message, and where.
    Panicked(String),
    /// A `?` left it with this error.
    Returned(String),
    /// Its process ended, and with it all variables.
    Lost {
        /// Why.
        why: Stop,
        /// What is known of how: the exit status, the last lines on standard error.
        how: String,
        /// The variables that are gone.
        variables: BTreeSet<String>,
    },
}

impl Session {
    /// Starts evcxr in the current private folder and loads the lab.
    ///
    /// # Errors
    /// When evcxr doesn't start, or the lab doesn't compile.
    pub fn start() -> Result<Self, Trouble> {
        let next =
            "run `cargo course lab` to make the kernel's build folder anew, then `cargo course doctor`";
        let failed = |e: evcxr::Error| Trouble::new(format!("the kernel does not start: {e}"), next);
        let (mut context, outputs) = open().map_err(failed)?;
        let (stdout, stderr) = (Lines::collect(outputs.stdout), Lines::collect(outputs.stderr));
        context.execute(":load_config --quiet").map_err(failed)?;
        let stopper = Arc::new(Stopper::of(context.process_handle()));
        Ok(Self { context, stdout, stderr, stopper })
    }

    /// Stops the cell that is being evaluated, from another thread.
    pub fn stopper(&self) -> Arc<Stopper> {
        self.stopper.clone()
    }

    /// The names of the variables that there are.
    pub fn variables(&self) -> BTreeSet<String> {
        let names = self.context.variables_and_types().map(|(name, _)| name.to_string());
        names.filter(|name| name != PRELUDE_VARIABLE).collect()
    }

    /// Evaluates a cell. `limit`: it is stopped when it runs longer.
    ///
    /// What it prints is left in [`stdout`](Self::stdout), from which it may be taken meanwhile.
    pub fn evaluate(&mut self, source: &str, limit: Option<Duration>) -> Evaluated {
        self.stdout.begin();
        self.stderr.begin();
        let before = self.variables();
        let watch = self.stopper.watch(limit);
        let result = self.context.execute(source);
        let stopped = watch.end();
        let complaints = complaint::lines(&self.stderr, &self.context.process_handle());
        match result {
            Ok(outputs) => {
                let shown = forms(outputs);
                let (end, complaints) = match Complaint::of(&complaints, source, shown.is_empty()) {
                    Complaint::None => (End::Well, Vec::new()),
                    Complaint::Lines => (End::Well, complaints),
                    Complaint::Panic(text) => (End::Panicked(text), Vec::new()),
                    Complaint::Returned(text) => (End::Returned(text), Vec::new()),
                };
                Evaluated { shown, complaints, end }
            }
            Err(evcxr::Error::SubprocessTerminated(how)) => {
                let how = [how.as_str()].into_iter().chain(complaints.iter().map(String::as_str));
                let how = how.collect::<Vec<_>>().join("\n").trim_end().to_string();
                let variables = &before - &self.variables();
                Evaluated::ended(End::Lost { why: stopped.unwrap_or(Stop::ByItself), how, variables })
            }
            Err(evcxr::Error::CompilationErrors(errors)) => Evaluated::ended(End::CompileErrors(errors)),
            Err(error) => Evaluated::ended(End::Refused(error.to_string())),
        }
    }

    /// What could stand at `position`, in bytes.
    ///
    /// # Errors
    /// When rust-analyzer cannot tell.
    pub fn completions(&mut self, source: &str, position: usize) -> Result<evcxr::Completions, String> {
        self.context.completions(source, position).map_err(|error| error.to_string())
    }

    /// The documentation of what stands at `position`, in bytes, as text and as HTML.
    pub fn hover(&mut self, source: &str, position: usize) -> Option<(String, String)> {
        let found = self.context.hover_at(source, position).ok()?;
        (found.0 != "No documentation found").then_some(found)
    }
}

impl Evaluated {
    fn ended(end: End) -> Self {
        Self { shown: BTreeMap::new(), complaints: Vec::new(), end }
    }
}

fn forms(outputs: EvalOutputs) -> BTreeMap<String, Value> {
    let form = |(form, content): (String, String)| {
        let content = if form.contains("json") {
            serde_json::from_str(&content).unwrap_or(Value::String(content))
        } else if form == "text/plain" {
            Value::String(cut(content))
        } else if content.len() > LONGEST_FORM {
            return None;
        } else {
            Value::String(content)
        };
        Some((form, content))
    };
    outputs.content_by_mime_type.into_iter().filter_map(form).collect()
}

/// A text that is too long for a notebook, cut with a notice.
fn cut(text: String) -> String {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let end = text.floor_char_boundary(LONGEST_TEXT);
    format!("{}…\n… cut here: {} bytes more.", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_characters_and_says_so() {
        assert_eq!(cut("W + R > N".into()), "W + R > N");
        let cut = cut("é".repeat(LONGEST_TEXT));
        assert!(
            cut.ends_with(&format!("é…\n… cut here: {LONGEST_TEXT} bytes more.")),
            "{}",
            &cut[LONGEST_TEXT..]
        );
    }
}
