//! The timeline in letters.

use super::HistoryTimeline;
use super::layout::{Bar, Layout};

/// Most columns of the lanes.
const MOST_COLUMNS: usize = 90;
/// Most characters of a client's name.
const MOST_NAME: usize = 18;
/// Most characters of an operation in the list.
const MOST_OPERATION: usize = 68;
/// Characters to which labels are cut if they are too long to stand side by side.
const SHORT: usize = 12;

impl HistoryTimeline<'_> {
    pub(super) fn text(&self, layout: &Layout) -> String {
        let labels = self.labels_that_fit(layout);
        let positions = columns(layout, &labels);
        let points = layout.points(&self.order, &positions, 1.0);
        let longest = layout.clients.iter().map(|client| client.chars().count()).max().unwrap_or(0);
        let width = longest.min(MOST_NAME);
        let mut out = format!("{}\n", self.title);
        for (lane, client) in layout.clients.iter().enumerate() {
            for row in 0..layout.rows[lane] {
                let name: String =
                    if row == 0 { client.chars().take(width).collect() } else { String::new() };
                let here = |bar: &usize| layout.bars[*bar].lane == lane && layout.bars[*bar].row == row;
                let bars: Vec<usize> = (0..layout.bars.len()).filter(here).collect();
                let mut line = Line::default();
                let mut below = Line::default();
                for bar in bars {
                    let Bar { place, begin, end, .. } = layout.bars[bar];
                    let (from, to) = (positions[begin] as usize, positions[end] as usize);
                    line.put(from, &drawn(&labels[bar], to - from, self.op(place).ended.is_some()));
                    if let (Some(point), Some(number)) = (points[bar], self.number(place)) {
                        below.put(point as usize, &number.to_string());
                    }
                }
                out.push_str(format!("{name:width$}  {}", line.0).trim_end());
                out.push('\n');
                if !below.0.is_empty() {
                    out.push_str(&format!("{:width$}  {}\n", "", below.0));
                }
            }
        }
        out.push('\n');
        out.push_str(&self.list(layout));
        for sentence in self.sentences(layout) {
            out.push_str(&format!("\n{sentence}"));
        }
        out
    }

    /// Full labels if there is room for them, else shorter and shorter ones, else numbers.
    fn labels_that_fit(&self, layout: &Layout) -> Vec<String> {
        let places = || layout.bars.iter().map(|bar| bar.place);
        let guilty = |place: usize| if self.is_guilty(place) { "!" } else { "" };
        let full = places().map(|place| format!("{}{}", guilty(place), self.label(place))).collect();
        let brief: Vec<_> = places().map(|place| format!("{}{}", guilty(place), self.brief(place))).collect();
        let short = brief.iter().map(|label| cut(label, SHORT)).collect();
        let numbers = places().map(|place| format!("{}#{place}", guilty(place)));
        for labels in [full, brief, short] {
            if columns(layout, &labels).last().is_none_or(|last| *last < MOST_COLUMNS as f64) {
                return labels;
            }
        }
        numbers.collect()
    }

    fn list(&self, layout: &Layout) -> String {
        let line = |bar: &Bar| {
            let op = self.op(bar.place);
            let number = self.number(bar.place).map_or(String::new(), |number| number.to_string());
            let sign = if self.is_guilty(bar.place) { '!' } else { ' ' };
            let ended = op.ended.map_or("…".to_owned(), |ended| ended.to_string());
            let says = cut(&op.to_string(), MOST_OPERATION);
            format!("{number:>3} {sign} #{:<3} {:>12} to {ended:>12}  {says}\n", bar.place, op.began)
        };
        layout.bars.iter().map(line).collect()
    }
}

/// The text, or its beginning if it is longer.
fn cut(text: &str, most: usize) -> String {
    match text.chars().count() {
        long if long > most => format!("{}…", text.chars().take(most.saturating_sub(1)).collect::<String>()),
        _ => text.to_owned(),
    }
}

/// Where the instants are, in columns.
fn columns(layout: &Layout, labels: &[String]) -> Vec<f64> {
    let need = |bar: &Bar| {
        let label = layout.bars.iter().position(|other| other == bar).map_or("", |place| &labels[place]);
        label.chars().count() as f64 + 1.0
    };
    layout.positions(1.0, need)
}

/// A bar that is so much longer than one column.
fn drawn(label: &str, length: usize, ended: bool) -> String {
    let filled = "-".repeat((length + 1).saturating_sub(label.chars().count() + 2));
    format!("[{label}{filled}{}", if ended { ']' } else { '>' })
}

/// A line to which texts are added from left to right.
#[derive(Default)]
struct Line(String);

impl Line {
    /// Puts a text at a column, or as near behind it as there is room.
    fn put(&mut self, column: usize, text: &str) {
        let length = self.0.chars().count();
        self.0.push_str(&" ".repeat(column.saturating_sub(length)));
        self.0.push_str(text);
    }
}
