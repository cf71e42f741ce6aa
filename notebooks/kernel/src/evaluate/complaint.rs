//! What a cell wrote on standard error: a panic, the error that a `?` gave back, or lines of its own.
//!
//! evcxr reports neither a panic nor an error that left the cell through `?`: to it, both cells have ended well. They
//! are told apart by what they leave on standard error.

use std::io::Write;
use std::process::Child;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use syn::visit::Visit;

use super::lines::Lines;
use super::origin;

/// Standard error reaches us through a thread of evcxr's, and a cell's last line may come a moment after the
/// cell's end: how long to wait between two looks.
const STRAGGLERS: Duration = Duration::from_millis(2);

/// How often to look before standard error is believed to be silent.
const LOOKS: u32 = 5000;

/// Written behind a cell's own lines: when it arrives, all lines before it have arrived.
const LAST_LINE: &str = "course-kernel: the last line";

/// What the lines mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// There are none.
    None,
    /// A panic: its message and its place.
    Panic(String),
    /// The error that a `?` gave back.
    Returned(String),
    /// Lines of the cell's own.
    Lines,
}

/// What the cell wrote on standard error, to the last line.
pub fn lines(stderr: &Lines, process: &Mutex<Child>) -> Vec<String> {
    if mark(process).is_err() {
        // A process that is being replaced, or a system without `/proc`: what comes within a moment counts.
        std::thread::sleep(STRAGGLERS * 10);
        return stderr.take();
    }
    let mut lines = Vec::new();
    for _ in 0..LOOKS {
        lines.extend(stderr.take());
        if let Some(begun) = lines.last().and_then(|line: &String| line.strip_suffix(LAST_LINE)) {
            let begun = begun.to_string();
            lines.pop();
            lines.extend((!begun.is_empty()).then_some(begun));
            break;
        }
        if stderr.notice().is_some() {
            // The mark is among what was cut.
            break;
        }
        std::thread::sleep(STRAGGLERS);
    }
    lines
}

/// Writes [`LAST_LINE`] into the pipe that the cells' process writes its standard error to.
fn mark(process: &Mutex<Child>) -> std::io::Result<()> {
    let id = process.lock().unwrap_or_else(PoisonError::into_inner).id();
    let mut pipe = std::fs::OpenOptions::new().write(true).open(format!("/proc/{id}/fd/2"))?;
    writeln!(pipe, "{LAST_LINE}")
}

impl Complaint {
    /// What the lines of a cell mean that ran to its end, as evcxr has it, and showed `nothing` or something.
    ///
    /// An error that a `?` gave back can't be told from lines that the cell wrote itself, if it has a `?` and shows
    /// nothing. It is then taken for an error: to go on after one would be worse.
    pub fn of(lines: &[String], source: &str, nothing: bool) -> Self {
        // Its backtrace names only evcxr's machinery.
        let told = lines.iter().take_while(|line| *line != "stack backtrace:");
        let told: Vec<String> =
            told.map(|line| without_generated(line)).filter(|line| !line.is_empty()).collect();
        let text = told.join("\n");
        if lines.is_empty() {
            Self::None
        } else if lines.iter().any(|line| line.contains("panicked at")) {
            Self::Panic(text)
        } else if nothing && asks(source) {
            Self::Returned(text)
        } else {
            Self::Lines
        }
    }
}

/// A panic's line without the thread's name and number, and without a place in source that evcxr generated.
fn without_generated(line: &str) -> String {
    match line.split_once(" panicked at ") {
        Some((_, place)) if place.starts_with("src/lib.rs:") => "panicked:".into(),
        Some((_, place)) => format!("panicked at {place}"),
        None => line.to_string(),
    }
}

/// Whether a `?` may leave the cell: one that stands in no function and no closure of it.
fn asks(source: &str) -> bool {
    struct Search(bool);
    impl<'ast> Visit<'ast> for Search {
        fn visit_expr_try(&mut self, _: &'ast syn::ExprTry) {
            self.0 = true;
        }
        fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
        fn visit_item(&mut self, _: &'ast syn::Item) {}
        fn visit_macro(&mut self, call: &'ast syn::Macro) {
            self.0 |= call.tokens.to_string().contains('?');
        }
    }
    let mut search = Search(false);
    for statement in origin::statements(source).unwrap_or_default() {
        search.visit_stmt(&statement);
    }
    search.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_string).collect()
    }

    #[test]
    fn a_panic_is_told_without_what_changes_from_run_to_run() {
        let lines = lines(
            "\nthread '<unnamed>' (11753) panicked at /c/replication-lab/src/ring.rs:7:9:\nN must not be 0\nstack backtrace:\n   0: rust_begin_unwind",
        );
        let told = "panicked at /c/replication-lab/src/ring.rs:7:9:\nN must not be 0";
        assert_eq!(Complaint::of(&lines, "ring(0)", false), Complaint::Panic(told.into()));
        assert_eq!(without_generated("thread 'main' (3) panicked at src/lib.rs:116:8:"), "panicked:");
    }

    #[test]
    fn an_error_that_left_through_a_question_mark_is_told_from_a_line_of_the_cells_own() {
        let lines = lines("NoQuorum { need: 2, got: 1 }");
        let returned = Complaint::Returned("NoQuorum { need: 2, got: 1 }".into());
        assert_eq!(Complaint::of(&lines, "cluster.write(\"c1\", \"x\", \"1\")?;", true), returned);
        assert_eq!(Complaint::of(&lines, "eprintln!(\"NoQuorum\");", true), Complaint::Lines);
        assert_eq!(Complaint::of(&lines, "cluster.write(1)?;\ncluster.table()", false), Complaint::Lines);
        assert_eq!(Complaint::of(&[], "cluster.write(1)?;", true), Complaint::None);
    }

    #[test]
    fn a_question_mark_in_a_function_of_the_cell_leaves_that_function_only() {
        assert!(asks(":dep x = \"1\"\nfor node in nodes { node.stop()?; }"));
        assert!(asks("println!(\"{}\", cluster.read(\"x\")?);"));
        assert!(!asks("fn f() -> Result<(), E> { g()?; Ok(()) }\nlet h = || { g()?; Ok(()) };"));
    }
}
