//! Charts, drawn by plotters as SVG.

use std::borrow::Borrow;

use plotters::prelude::*;

use super::palette::hue;
use super::{Figure, Table};

/// Most rows of a chart's text form.
const MOST_ROWS: usize = 24;

/// Most points of a line that get a mark.
const MOST_MARKS: usize = 40;

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

    /// One line more. Points that are no finite numbers are left out.
    pub fn line<P: Borrow<(f64, f64)>>(
        mut self,
        name: impl Into<String>,
        points: impl IntoIterator<Item = P>,
    ) -> Self {
        let points = points.into_iter().map(|point| *point.borrow());
        let points = points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        self.lines.push((name.into(), points));
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        let mut document = String::new();
        // Drawing into a string fails only on a plotting area without room, which the fixed size rules out.
        let drawn = self.draw(&mut document);
        match drawn {
            Ok(()) => Figure::svg(&document, &self.title, self.text()),
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

    fn draw(&self, document: &mut String) -> Result<(), Box<dyn std::error::Error + '_>> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let low_x = points().map(|(x, _)| *x).reduce(f64::min).unwrap_or(0.0);
        let high_x =
            points().map(|(x, _)| *x).reduce(f64::max).filter(|high| *high > low_x).unwrap_or(low_x + 1.0);
        let high_y = points().map(|(_, y)| *y).fold(0.0, f64::max) * 1.05 + 1e-9;
        let low_y = points().map(|(_, y)| *y).fold(0.0, f64::min);
        let area = SVGBackend::with_string(document, (680, 340)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(&self.title, ("sans-serif", 17))
            .margin(12)
            .x_label_area_size(42)
            .y_label_area_size(60)
            .build_cartesian_2d(low_x..high_x, low_y..high_y)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(&self.x)
            .y_desc(&self.y)
            .x_label_formatter(&|x| short(*x))
            .y_label_formatter(&|y| short(*y))
            .label_style(("sans-serif", 13))
            .draw()?;
        for (i, (name, points)) in self.lines.iter().enumerate() {
            let colour: RGBColor = hue(i).line.into();
            chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
            // Shapes differ too, for those who can't tell the colours; a dense line needs none.
            let points = if points.len() > MOST_MARKS { &points[..0] } else { points };
            match i % 3 {
                0 => chart.draw_series(points.iter().map(|at| Circle::new(*at, 4, colour.filled())))?,
                1 => {
                    chart.draw_series(points.iter().map(|at| TriangleMarker::new(*at, 6, colour.filled())))?
                }
                _ => chart.draw_series(points.iter().map(|at| Cross::new(*at, 4, colour.stroke_width(2))))?,
            }
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
        }
        if self.lines.len() < 2 {
            // A single line is named by the title.
            return Ok(area.present()?);
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.85))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", 13))
            .draw()?;
        area.present()?;
        Ok(())
    }
}

crate::shown_in_notebooks!(Chart);

/// A number with as many digits as a reader needs.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
    fn every_point_is_in_the_text() {
        let chart = Chart::new("Lag", "s", "ms").line("B", [(0.0, 1.5), (1.0, 2.25)]).line("C", [(1.0, 7.0)]);
        insta::assert_snapshot!(chart.figure().as_text());
    }
}
