//! What the compiler says.

use serde::{Deserialize, Serialize};

use super::sanitise::sanitise;

/// One message of the compiler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// Such as `E0308`; lints have their name here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The message's first line.
    pub message: String,
    /// File and line, as `file:line`, where it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The whole message as the compiler draws it.
    pub rendered: String,
}

impl Diagnostic {
    /// Whether it keeps the file from being compiled.
    pub fn is_error(&self) -> bool {
        self.level.starts_with("error")
    }
}

#[derive(Deserialize)]
struct Raw {
    message: String,
    level: String,
    code: Option<Code>,
    spans: Vec<Span>,
    rendered: Option<String>,
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: u32,
    is_primary: bool,
}

/// Most messages that are kept, and most characters of each: a macro makes any number of them.
pub(super) const MOST: usize = 50;
const LONGEST: usize = 4_000;

fn cut(text: &str) -> String {
    let text = sanitise(text);
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{} … (cut)", &text[..at]),
        None => text,
    }
}

/// The messages in what `rustc --error-format=json` wrote, errors first, each group in the compiler's order. The
/// closing "aborting due to …" is no message of its own.
pub(super) fn parse(stderr: &str) -> Vec<Diagnostic> {
    let mut all: Vec<Diagnostic> = stderr
        .lines()
        .filter_map(|line| serde_json::from_str::<Raw>(line).ok())
        .filter(|raw| matches!(raw.level.as_str(), "error" | "warning") || raw.level.starts_with("error:"))
        .filter(|raw| !(raw.spans.is_empty() && is_summary(&raw.message)))
        .map(|raw| Diagnostic {
            at: raw.spans.iter().find(|s| s.is_primary).map(|s| format!("{}:{}", s.file_name, s.line_start)),
            level: raw.level,
            code: raw.code.map(|code| code.code),
            rendered: cut(raw.rendered.as_deref().unwrap_or(&raw.message)).trim_end().to_owned(),
            message: cut(&raw.message),
        })
        .collect();
    all.sort_by_key(|diagnostic| !diagnostic.is_error());
    all.truncate(MOST);
    all
}

fn is_summary(message: &str) -> bool {
    message.starts_with("aborting due to") || message.ends_with("emitted")
}
