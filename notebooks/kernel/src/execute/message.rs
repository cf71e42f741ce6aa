//! What an author reads when cells are at fault.

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
