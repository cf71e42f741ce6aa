//! What the kernel says: answers that need no evcxr, and how a cell's end is told.

use std::collections::BTreeSet;

use jupyter_protocol::{
    CodeMirrorMode, CommClose, CommInfoReply, ErrorOutput, HelpLink, HistoryReply, IsCompleteReply,
    JupyterMessage, JupyterMessageContent, KernelInfoReply, LanguageInfo, ReplyStatus,
};

use crate::evaluate::compile_error::{self, Told};
use crate::evaluate::hint::{self, Around};
use crate::evaluate::origin::{self, Origins};
use crate::evaluate::{End, Stop};

/// The answer to a request for which evcxr isn't needed.
pub fn at_once(request: &JupyterMessage) -> Option<JupyterMessageContent> {
    Some(match &request.content {
        JupyterMessageContent::KernelInfoRequest(_) => kernel_info().into(),
        JupyterMessageContent::IsCompleteRequest(request) => is_complete(&request.code).into(),
        JupyterMessageContent::HistoryRequest(_) => HistoryReply::default().into(),
        JupyterMessageContent::CommInfoRequest(_) => CommInfoReply::default().into(),
        // The kernel has no widgets.
        JupyterMessageContent::CommOpen(open) => {
            CommClose { comm_id: open.comm_id.clone(), data: serde_json::Map::new() }.into()
        }
        _ => return None,
    })
}

fn kernel_info() -> KernelInfoReply {
    let version = env!("CARGO_PKG_VERSION").to_string();
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: "5.3".into(),
        implementation: env!("CARGO_PKG_NAME").into(),
        banner: format!("The replication course {version}, on evcxr"),
        implementation_version: version,
        language_info: LanguageInfo {
            name: "rust".into(),
            version: "2024".into(),
            mimetype: Some("text/rust".into()),
            file_extension: Some(".rs".into()),
            pygments_lexer: Some("rust".into()),
            codemirror_mode: Some(CodeMirrorMode::Simple("rust".into())),
            nbconvert_exporter: None,
        },
        help_links: vec![HelpLink {
            text: "Rust's standard library".into(),
            url: "https://doc.rust-lang.org/std/".into(),
        }],
        debugger: false,
        error: None,
    }
}

/// Whether a console may execute what was typed.
fn is_complete(code: &str) -> IsCompleteReply {
    if origin::statements(code).is_some() {
        IsCompleteReply::complete()
    } else {
        IsCompleteReply::incomplete("    ".into())
    }
}

/// What is told of a cell that didn't end well; nothing for one that did.
pub fn fault(end: &End, origins: &Origins, around: &Around) -> Option<ErrorOutput> {
    Some(match end {
        End::Well => return None,
        End::CompileErrors(errors) => {
            let Told { name, message, lines } = compile_error::told(errors, hint::hint(errors, around));
            ErrorOutput {
                ename: name,
                evalue: message,
                traceback: lines.iter().map(|line| coloured(line)).collect(),
            }
        }
        End::Refused(text) => error("Refused", text, &[]),
        End::Panicked(text) => {
            let kept = "Variables of earlier cells are still there; those that this cell was making are not.";
            error("Panic", text, &[kept.into()])
        }
        End::Returned(text) => {
            let what = "a `?` ended the cell with this error; what stands behind it did not run.";
            error("Err", text, &[what.into()])
        }
        End::Lost { why, how, variables } => lost(*why, how, variables, origins),
    })
}

fn lost(why: Stop, how: &str, variables: &BTreeSet<String>, origins: &Origins) -> ErrorOutput {
    let (name, text) = match why {
        Stop::Interrupted => ("Interrupted", "interrupted: the cell was stopped.".to_string()),
        Stop::TooLong(limit) => {
            ("TooLong", format!("stopped: it ran longer than {} seconds.", limit.as_secs()))
        }
        Stop::TooMuchMemory(bytes) => {
            let gigabytes = bytes as f64 / f64::from(1 << 30);
            (
                "TooMuchMemory",
                format!("stopped: it took {gigabytes:.1} GB of memory. Bound what it collects or prints."),
            )
        }
        Stop::ByItself => {
            let deep = how.contains("SIGSEGV") || how.contains("overflowed its stack");
            let hint = if deep { "\nA recursion without end does that." } else { "" };
            ("Ended", format!("the cell ended its process. {how}{hint}"))
        }
    };
    let mut more = Vec::new();
    if variables.is_empty() {
        more.push("No variables were lost with it. Functions, types and `use` lines stay.".into());
    } else {
        more.push("Lost with it:".into());
        for variable in variables {
            more.push(format!("  `{variable}`{}", made_by(variable, origins)));
        }
        more.push(
            "The next cell that uses one of them makes it again: the kernel runs these cells anew, without showing \
             their outputs, and says so. Functions, types and `use` lines were not lost."
                .into(),
        );
    }
    error(name, &text, &more)
}

fn made_by(variable: &str, origins: &Origins) -> String {
    let cells = origins.of(&BTreeSet::from([variable.to_string()]));
    let numbers: Vec<usize> = cells.iter().map(|cell| cell.number).collect();
    if numbers.is_empty() { String::new() } else { format!(", made by {}", in_brackets(&numbers)) }
}

/// Cells as the reader sees their numbers: `[3], [5] and [7]`.
fn in_brackets(numbers: &[usize]) -> String {
    listed(numbers.iter().map(|number| format!("[{number}]")))
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => items.concat(),
    }
}

/// What is said when lost variables were made again.
pub fn made_again(variables: &BTreeSet<String>, numbers: &[usize]) -> String {
    let names = listed(variables.iter().map(|name| format!("`{name}`")));
    let cells = if numbers.len() == 1 { "cell" } else { "cells" };
    format!("({names} made again, by running {cells} {})\n", in_brackets(numbers))
}

/// What is said when a lost variable could not be made again.
pub fn not_made_again(number: usize, end: Option<ErrorOutput>) -> ErrorOutput {
    let text =
        format!("this cell needs a variable that was lost, and cell [{number}], which makes it, failed.");
    let why = end.map(|end| end.traceback).unwrap_or_default();
    error(
        "Lost",
        &text,
        &[vec!["Run it again, or the chapter from its beginning.".to_string()], why].concat(),
    )
}

/// An error in the reader's words: its first line stands out.
pub fn error(name: &str, text: &str, more: &[String]) -> ErrorOutput {
    let lines: Vec<String> = format!("error: {text}").lines().map(coloured).collect();
    let evalue = text.lines().next().unwrap_or_default().to_string();
    ErrorOutput { ename: name.into(), evalue, traceback: [lines, more.to_vec()].concat() }
}

/// The line in the colour of its kind, as terminals and Jupyter have it.
fn coloured(line: &str) -> String {
    let colour = if line.starts_with("error") {
        "1;31"
    } else if line.starts_with("     | ") {
        "31"
    } else if line.starts_with("hint: ") || line.starts_with("help: ") || line.starts_with("note: ") {
        "36"
    } else {
        return line.to_string();
    };
    format!("\u{1b}[{colour}m{line}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    fn shown(output: &ErrorOutput) -> String {
        output.traceback.join("\n").replace("\u{1b}[1;31m", "").replace("\u{1b}[0m", "")
    }

    #[test]
    fn an_interrupt_says_what_was_lost_and_what_makes_it_again() {
        let mut origins = Origins::default();
        origins.add(3, "let mut cluster = build()?;");
        origins.add(5, "cluster.crash(\"C\")?;");
        origins.add(6, "let seed = 7;");
        let end = End::Lost {
            why: Stop::Interrupted,
            how: "signal: 9".into(),
            variables: names(&["cluster", "seed"]),
        };
        let output = fault(&end, &origins, &Around::default()).unwrap();
        assert_eq!(
            (output.ename.as_str(), output.evalue.as_str()),
            ("Interrupted", "interrupted: the cell was stopped.")
        );
        insta::assert_snapshot!(shown(&output));
        assert_eq!(
            made_again(&names(&["cluster"]), &[3, 5]),
            "(`cluster` made again, by running cells [3] and [5])\n"
        );
    }

    #[test]
    fn a_panic_and_an_error_are_errors() {
        let panic = fault(
            &End::Panicked("panicked:\nN must not be 0".into()),
            &Origins::default(),
            &Around::default(),
        );
        insta::assert_snapshot!(shown(&panic.unwrap()));
        let returned = fault(
            &End::Returned("NoQuorum { need: 2, got: 1 }".into()),
            &Origins::default(),
            &Around::default(),
        );
        insta::assert_snapshot!(shown(&returned.unwrap()));
    }

    #[test]
    fn what_is_not_rust_yet_is_incomplete() {
        assert_eq!(is_complete("let x = 1;").status, jupyter_protocol::IsCompleteReplyStatus::Complete);
        assert_eq!(
            is_complete("for x in 0..3 {").status,
            jupyter_protocol::IsCompleteReplyStatus::Incomplete
        );
    }
}
