//! Tables.

use std::fmt::Display;
use std::fmt::Write;

use super::Figure;

/// A table with a header: text drawn by comfy-table, and an HTML table.
///
/// # Examples
/// ```
/// use replication_lab::view::Table;
/// let table = Table::new(["N", "overlap"]).row(["3", "yes"]);
/// assert_eq!(table.figure().as_text().lines().last(), Some("| 3 | yes     |"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(header: impl IntoIterator<Item = impl Display>) -> Self {
        Self { header: header.into_iter().map(|cell| cell.to_string()).collect(), rows: Vec::new() }
    }

    /// One row more.
    pub fn row(mut self, cells: impl IntoIterator<Item = impl Display>) -> Self {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header(&self.header);
        for row in &self.rows {
            table.add_row(row);
        }
        Figure::new(self.html(), table.to_string())
    }

    fn html(&self) -> String {
        let mut out = String::from("<table><thead><tr>");
        for cell in &self.header {
            let _ = write!(out, "<th>{}</th>", html_escape::encode_text(cell));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            out.push_str("<tr>");
            for cell in row {
                let _ = write!(out, "<td>{}</td>", html_escape::encode_text(cell));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
        out
    }
}

crate::shown_in_notebooks!(Table);
