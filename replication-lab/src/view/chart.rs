//! Charts of lines.

use std::borrow::Borrow;

use super::plot::{Axis, Curve, plot, round_numbers, thinned};
use super::{Figure, Table};

/// Most rows of a chart's text form.
const MOST_ROWS: usize = 24;

/// Numbers from here on have infinite differences.
const MOST: f64 = 1e300;

/// A chart of lines over a common x axis. Its text form is the table of its points, thinned to at most 24 rows.
///
/// # Examples
/// ```
/// use replication_lab::view::Chart;
/// let chart = Chart::new("Stale reads", "R", "share").line("W = 1", [(1.0, 0.667), (2.0, 0.333), (3.0, 0.0)]);
/// assert!(chart.figure().as_text().contains("0.333"));
/// ```
#[derive(Clone, Debug)]
pub struct Chart {
    title: String,
    x: String,
    y: String,
    lines: Vec<(String, Vec<(f64, f64)>)>,
}

impl Chart {
    /// A chart without lines; the axes' names hold their units.
    pub fn new(title: impl Into<String>, x: impl Into<String>, y: impl Into<String>) -> Self {
        Self { title: title.into(), x: x.into(), y: y.into(), lines: Vec::new() }
    }

    /// One line more. Points that are no finite numbers, or further than 1e300 from zero, are left out.
    pub fn line<P: Borrow<(f64, f64)>>(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = P>,
    ) -> Self {
        let points = points.into_iter().map(|point| *point.borrow());
        let drawable = |number: f64| number.abs() < MOST;
        let points = points.filter(|(x, y)| drawable(*x) && drawable(*y)).collect();
        self.lines.push((name.into(), points));
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        match self.draw() {
            Ok(document) => Figure::svg(&document, &self.title, self.text()),
            Err(error) => Figure::text(format!("{}\n(no picture: {error})", self.text())),
        }
    }

    fn text(&self) -> String {
        let mut xs: Vec<f64> =
            self.lines.iter().flat_map(|(_, points)| points.iter().map(|(x, _)| *x)).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        let every = xs.len().div_ceil(MOST_ROWS).max(1);
        let thinned = match every {
            1 => String::new(),
            _ => format!("; one in {every} of {} points", xs.len()),
        };
        let xs: Vec<f64> = xs.into_iter().step_by(every).collect();
        let header = std::iter::once(self.x.clone()).chain(self.lines.iter().map(|(name, _)| name.clone()));
        let table = xs.iter().fold(Table::new(header), |table, x| {
            let at =
                |points: &[(f64, f64)]| points.iter().find(|(there, _)| there == x).map_or("".into(), number);
            table.row(std::iter::once(short(*x)).chain(self.lines.iter().map(|(_, points)| at(points))))
        });
        format!("{} ({}{thinned})\n{}", self.title, self.y, table.figure().as_text())
    }

    fn draw(&self) -> Result<String, String> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let low_x = points().map(|(x, _)| *x).reduce(f64::min).unwrap_or(0.0);
        let high_x =
            points().map(|(x, _)| *x).reduce(f64::max).filter(|high| *high > low_x).unwrap_or(low_x + 1.0);
        let high_y = points().map(|(_, y)| *y).fold(0.0, f64::max) * 1.05 + 1e-9;
        let low_y = points().map(|(_, y)| *y).fold(0.0, f64::min);
        let axis = |name, low, high| Axis { name, low, high, ticks: round_numbers(low, high), tell: &short };
        let curves = self.lines.iter();
        let curves =
            curves.map(|(name, points)| Curve { name, points: points.clone(), marks: thinned(points) });
        let curves: Vec<Curve> = curves.collect();
        let (x, y) = (axis(&self.x, low_x, high_x), axis(&self.y, low_y, high_y));
        plot(&self.title, &x, &y, &curves)
    }
}

crate::shown_in_notebooks!(Chart);

/// A number with as many digits as a reader needs.
pub(super) fn short(number: f64) -> String {
    let plain = |text: &str| match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text.to_owned(),
    };
    let size = number.abs();
    if size == 0.0 || (0.001..1e12).contains(&size) {
        // Adding zero takes the sign from minus zero.
        return plain(&format!("{:.3}", number + 0.0));
    }
    let text = format!("{number:.2e}");
    match text.split_once('e') {
        Some((digits, power)) => format!("{}e{power}", plain(digits)),
        None => text,
    }
}

fn number((_, y): &(f64, f64)) -> String {
    short(*y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_without_points_is_drawn_all_the_same() {
        let figure = Chart::new("Nothing", "x", "y").line::<(f64, f64)>("none", []).figure();
        assert!(figure.as_html().starts_with("<img alt=\"Nothing\""), "{}", figure.as_text());
    }

    #[test]
    fn numbers_have_the_digits_that_a_reader_needs() {
        let numbers = [0.0, -0.0, 100.0, 0.6667, 1.88e-6, -2e-300, 5_000_000.0, 3.2e15];
        assert_eq!(numbers.map(short), ["0", "0", "100", "0.667", "1.88e-6", "-2e-300", "5000000", "3.2e15"]);
    }

    #[test]
    fn every_point_is_in_the_text() {
        let chart = Chart::new("Lag", "s", "ms").line("B", [(0.0, 1.5), (1.0, 2.25)]).line("C", [(1.0, 7.0)]);
        insta::assert_snapshot!(chart.figure().as_text());
    }
}
