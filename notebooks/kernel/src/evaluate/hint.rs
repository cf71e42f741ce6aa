//! What the course has to say to a compiler's message, where a notebook or the lab is the reason for it.

use std::path::{Path, PathBuf};

use evcxr::CompilationError;
use regex::Regex;

use super::origin;
use crate::notebook::Document;

/// What is known around the cell.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The notebook that the cell stands in, if Jupyter said so.
    pub notebook: Option<PathBuf>,
}

/// The hint to the message that is shown first.
pub fn hint(errors: &[CompilationError], around: &Around) -> Option<String> {
    let first =
        errors.iter().filter(|error| error.level() != "warning").find(|error| error.is_from_user_code());
    let error = first.or(errors.first())?;
    let all = [vec![error.message()], error.help(), labels(error)].concat().join("\n");
    of(error.code().unwrap_or_default(), &error.message(), &all, around)
}

fn labels(error: &CompilationError) -> Vec<String> {
    error.spanned_messages().iter().map(|message| message.label.clone()).collect()
}

/// The hint to a message: its code, its first line, and all that it says.
fn of(code: &str, message: &str, all: &str, around: &Around) -> Option<String> {
    let hint = match code {
        // The compiler says which.
        _ if all.contains("similar name") => return None,
        "E0425" | "E0433" | "E0412" | "E0405" | "E0432" => return missing(message, around),
        "E0599" if all.contains("Result<") => {
            "you hold a `Result`, not the value in it. Write `?` behind the call: the cell then ends if it failed."
        }
        "E0599" if all.contains("Option<") => {
            "you hold an `Option`, not the value in it. Say what shall happen when there is none: `match`, `if let`, \
             or `.unwrap_or(…)`."
        }
        "E0308" if all.contains("Result<") => {
            "one side is a `Result`. Write `?` behind a call whose value you want; wrap what you give back in `Ok(…)`."
        }
        "E0308" if all.contains("Option<") => {
            "one side is an `Option`. Wrap a value in `Some(…)`, or take it out with `match` or `if let`."
        }
        "E0277" if all.contains("the `?` operator") => {
            "a `?` can stand at the top of a cell and in functions that return a `Result` or an `Option`, \
             with an error that fits."
        }
        "E0382" => {
            "a value that was given away is gone, also for the cells below. Give a reference (`&x`, `&mut x`), or a \
             copy (`x.clone()`). A variable that an earlier cell gave away comes back when you run the cell that \
             made it."
        }
        "E0384" | "E0596" => "what shall change is bound with `let mut`.",
        "E0499" | "E0502" | "E0506" => {
            "something still borrows the value. End that use first: take out of it what you need (`.clone()`, a \
             number, a `String`) before you change it."
        }
        "E0597" | "E0716" => {
            "a variable of a notebook can't hold a reference into another one. Keep an owned value (`.clone()`, \
             `.to_string()`), or put the whole use into one block `{ … }`."
        }
        "E0004" => "a `match` must say something to every case. The message names those that are missing.",
        "E0046" => "a trait wants all its functions. The message names those that are missing.",
        "E0061" => "count the arguments against the signature that the message shows.",
        "E0658" => "this needs a newer Rust than the course's; there is a way without it.",
        _ if message.starts_with("expected") && message.contains("<end of input>") => {
            "something that was opened isn't closed, or a `;` is missing: look at the end of the cell."
        }
        _ => return None,
    };
    Some(hint.into())
}

/// A name that nothing is known of: a cell further up makes it, or the first cell brings it along.
fn missing(message: &str, around: &Around) -> Option<String> {
    let name = Regex::new("`([A-Za-z_][A-Za-z0-9_]*)`").ok()?.captures(message)?[1].to_string();
    let made = around.notebook.as_deref().and_then(|notebook| maker(notebook, &name));
    Some(match made {
        Some(line) => format!("the cell that begins with `{line}` makes `{name}`. Run that one first."),
        None if message.contains("value") || message.contains("function") => format!(
            "no cell that ran has made `{name}`. Run the cells above in order: Run ▸ Run All Above Selected Cell."
        ),
        None => format!(
            "nothing that is imported is called `{name}`. The chapter's first cell has the `use` lines: run it."
        ),
    })
}

/// The first line of the first cell of a notebook that makes this name, with `let` or as an item.
fn maker(notebook: &Path, name: &str) -> Option<String> {
    let document = Document::read(notebook).ok()?;
    let item = Regex::new(&format!(
        r"\b(fn|struct|enum|trait|type|const|static|mod)\s+{name}\b|\buse\b.*\b{name}\b"
    ))
    .ok()?;
    let made = |source: &str| origin::binds(source, name) || source.lines().any(|line| item.is_match(line));
    document.code().iter().find(|code| made(&code.source)).map(|code| code.first_line().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn say(code: &str, message: &str, all: &str) -> String {
        of(code, message, all, &Around::default()).unwrap_or_else(|| "no hint".into())
    }

    #[test]
    fn a_hint_speaks_of_what_notebooks_and_the_lab_make_of_a_message() {
        let result = "no method named `value` found for enum `Result<Read, Refused>`";
        assert!(say("E0599", result, result).starts_with("you hold a `Result`"));
        let option = "no method named `len` found for enum `Option<String>`";
        assert!(say("E0599", option, option).starts_with("you hold an `Option`"));
        assert_eq!(say("E0599", "no method named `x` found for struct `Ring`", ""), "no hint");
        assert!(say("E0382", "borrow of moved value: `cluster`", "").contains("run the cell that made it"));
        assert!(say("", "expected `;`, found <end of input>", "").contains("end of the cell"));
    }

    #[test]
    fn a_missing_name_leads_to_the_cell_that_makes_it() {
        let scratch = tempfile::tempdir().unwrap();
        let notebook = scratch.path().join("n.ipynb");
        let cell = |id: &str, source: &str| {
            json!({"cell_type": "code", "id": id, "metadata": {}, "source": source, "outputs": [],
            "execution_count": null})
        };
        let cells = [
            cell("a", "use replication_lab::leaderless::*;"),
            cell("b", "// Three replicas.\nlet mut cluster = Leaderless::builder().build()?;"),
            cell("c", "fn quorum(n: usize) -> usize { n / 2 + 1 }"),
        ];
        let text = json!({"nbformat": 4, "nbformat_minor": 5, "cells": cells, "metadata": {"kernelspec":
            {"name": crate::KERNEL_NAME, "display_name": "", "language": "rust"}}});
        std::fs::write(&notebook, text.to_string()).unwrap();
        let around = Around { notebook: Some(notebook) };
        let say = |message: &str| of("E0425", message, message, &around).unwrap();
        let made = "the cell that begins with `// Three replicas.` makes `cluster`. Run that one first.";
        assert_eq!(say("cannot find value `cluster` in this scope"), made);
        assert!(say("cannot find function `quorum` in this scope").contains("fn quorum"));
        assert!(
            say("cannot find value `nobody` in this scope").starts_with("no cell that ran has made `nobody`")
        );
    }
}
