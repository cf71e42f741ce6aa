//! What an author reads when cells are at fault.

use evcxr::CompilationError;

use super::Record;
use crate::notebook::Document;

/// All faults of a notebook as text; empty when there are none.
pub fn faults(document: &Document, record: &Record) -> String {
    let code = document.code();
    let mut parts = Vec::new();
    for ran in &record.cells {
        let (Some(fault), Some(cell)) = (&ran.fault, code.get(ran.number - 1)) else { continue };
        let title = format!("{}, cell {} `{}`", document.path.display(), cell.number, cell.first_line());
        parts.push(format!("{title}: {}", fault.explain()));
    }
    let left = code.len() - record.cells.len();
    if left > 0 {
        parts.push(format!("{}: not executed: {} below.", document.path.display(), cells(left)));
    }
    parts.join("\n\n")
}

/// So many cells, in words.
pub fn cells(count: usize) -> String {
    if count == 1 { "1 cell".into() } else { format!("{count} cells") }
}

/// A compiler's message without colours and without anything of evcxr's generated code.
pub fn compile_error(error: &CompilationError) -> Vec<String> {
    let mut lines = vec![match error.code() {
        Some(code) => format!("error[{code}]: {}", error.message()),
        None => format!("error: {}", error.message()),
    }];
    for spanned in error.spanned_messages() {
        let Some(span) = &spanned.span else { continue };
        let (Some(first), Some(last)) = (spanned.lines.first(), spanned.lines.last()) else { continue };
        lines.push(format!("{:>4} | {first}", span.start_line));
        let last_line = first.chars().count() + 1;
        let (line_end, tail) = if span.start_line == span.end_line {
            (span.end_column, String::new())
        } else {
            (last_line, format!("{:>4} | {last}", span.end_line))
        };
        let width = line_end.saturating_sub(span.start_column).max(1);
        let indent = " ".repeat(span.start_column.saturating_sub(1));
        lines.push(format!("     | {indent}{} {}", "^".repeat(width), spanned.label).trim_end().to_string());
        if !tail.is_empty() {
            lines.push(tail);
        }
    }
    lines.extend(
        error
            .help()
            .iter()
            .flat_map(|help| format!("help: {help}").lines().map(str::to_string).collect::<Vec<_>>()),
    );
    lines.extend(error.evcxr_extra_hint().map(|hint| format!("note: {hint}")));
    lines
}
