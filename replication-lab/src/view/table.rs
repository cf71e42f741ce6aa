//! Tables.

use std::borrow::Cow;
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
                let _ = write!(out, "<td>{}</td>", html_escape::encode_text(&unbroken(cell)));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
        out
    }
}

/// A number and its unit stay on one line, however narrow the table is.
fn unbroken(cell: &str) -> Cow<'_, str> {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    match cell.split_once(' ') {
        Some((number, unit)) if is_number(number) && !unit.contains(' ') => {
            Cow::Owned(format!("{number}\u{a0}{unit}"))
        }
        _ => Cow::Borrowed(cell),
    }
}

crate::shown_in_notebooks!(Table);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_not_torn_from_its_unit() {
        let table = Table::new(["latency"]).row(["4.3 ms"]).row(["2 rows differ"]).row(["no answer"]);
        let html = table.figure().as_html().to_owned();
        for cell in ["<td>4.3\u{a0}ms</td>", "<td>2 rows differ</td>", "<td>no answer</td>"] {
            assert!(html.contains(cell), "{html}");
        }
        assert!(table.figure().as_text().contains("| 4.3 ms"), "text has plain blanks");
    }
}
