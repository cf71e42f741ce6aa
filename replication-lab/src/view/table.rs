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
        // Notebooks set columns to the right, which suits numbers.
        let sides: Vec<&str> = (0..self.header.len())
            .map(|column| if self.is_of_words(column) { " style=\"text-align: left\"" } else { "" })
            .collect();
        let row = |cells: &[String], tag: &str| {
            let mut out = String::from("<tr>");
            for (place, cell) in cells.iter().enumerate() {
                let side = sides.get(place).copied().unwrap_or_default();
                let _ = write!(out, "<{tag}{side}>{}</{tag}>", html_escape::encode_text(&unbroken(cell)));
            }
            out + "</tr>"
        };
        let rows: String = self.rows.iter().map(|cells| row(cells, "td")).collect();
        format!("<table><thead>{}</thead><tbody>{rows}</tbody></table>", row(&self.header, "th"))
    }

    /// Whether most cells begin with a letter, and one is longer than "yes".
    fn is_of_words(&self, column: usize) -> bool {
        let cells: Vec<&str> =
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim()).collect();
        let words = cells.iter().filter(|cell| cell.starts_with(char::is_alphabetic)).count();
        2 * words > cells.len() && cells.iter().any(|cell| cell.chars().count() > 3)
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
    fn words_stand_to_the_left_and_numbers_to_the_right() {
        let table =
            Table::new(["design", "lost", "safe"]).row(["majority", "0", "yes"]).row(["W = 1", "71", "no"]);
        let html = table.figure().as_html().to_owned();
        let left = " style=\"text-align: left\"";
        assert!(html.contains(&format!("<th{left}>design</th><th>lost</th><th>safe</th>")), "{html}");
        assert!(html.contains(&format!("<td{left}>majority</td><td>0</td><td>yes</td>")), "{html}");
    }

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
