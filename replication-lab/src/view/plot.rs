//! Curves over two axes, drawn by plotters.

use std::ops::Range;

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::element::ComposedElement;
use plotters::prelude::*;

use super::canvas::{Rect, width_of};
use super::palette::{CARD, Colour, FRAME, GREY, INK, RULE, hue};

/// Pixels.
const SIZE: (u32, u32) = (680, 350);

/// Most marks on a curve: they tell it from others, and a dense curve needs no more.
const MOST_MARKS: usize = 40;
const MARKS_OF_A_DENSE_CURVE: usize = 12;

/// One axis.
pub(super) struct Axis<'a> {
    /// What it measures, with the unit.
    pub(super) name: &'a str,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where its ticks are.
    pub(super) ticks: Vec<f64>,
    /// The text of a tick.
    pub(super) tell: &'a dyn Fn(f64) -> String,
}

/// One curve.
pub(super) struct Curve<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
    /// Points that are marked.
    pub(super) marks: Vec<(f64, f64)>,
}

/// Of these points, those that are marked if all are alike.
pub(super) fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let every = match points.len() {
        few if few <= MOST_MARKS => 1,
        many => many.div_ceil(MARKS_OF_A_DENSE_CURVE),
    };
    points.iter().copied().step_by(every).collect()
}

/// Round numbers from one end of an axis to the other, 1, 2 or 5 times a power of ten apart.
pub(super) fn round_numbers(low: f64, high: f64) -> Vec<f64> {
    let least = (high - low) / 8.0;
    let decade = libm::pow(10.0, libm::floor(libm::log10(least)));
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * decade).into_iter().find(|step| *step >= least);
    let Some(step) = step.filter(|step| step.is_finite() && *step > 0.0) else { return vec![low, high] };
    // Multiples, not sums: rounding errors do not add up.
    let (first, last) = (libm::ceil(low / step), libm::floor(high / step));
    let count = (last - first).clamp(0.0, 20.0) as i32;
    (0..=count).map(|n| (first + f64::from(n)) * step).collect()
}

/// The chart as an SVG document.
///
/// # Errors
/// What plotters has to say if there is no room to draw, which the fixed size rules out.
pub(super) fn plot(title: &str, x: &Axis, y: &Axis, curves: &[Curve]) -> Result<String, String> {
    let mut document = String::new();
    draw(&mut document, title, x, y, curves).map_err(|error| error.to_string())?;
    Ok(document)
}

fn draw<'a>(
    document: &'a mut String,
    title: &str,
    x: &Axis,
    y: &Axis,
    curves: &[Curve],
) -> Result<(), Box<dyn std::error::Error + 'a>> {
    let area = SVGBackend::with_string(document, SIZE).into_drawing_area();
    area.fill(&rgb(CARD))?;
    let edge = [(0, 0), (SIZE.0 as i32 - 1, SIZE.1 as i32 - 1)];
    area.draw(&Rectangle::new(edge, rgb(FRAME)))?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18).into_font().style(FontStyle::Bold).color(&rgb(INK)))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(66)
        .build_cartesian_2d(Scale::of(x), Scale::of(y))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(rgb(FRAME))
        .axis_style(rgb(RULE))
        .x_desc(x.name)
        .y_desc(y.name)
        .x_label_formatter(&|at| (x.tell)(*at))
        .y_label_formatter(&|at| (y.tell)(*at))
        .label_style(("sans-serif", 13).into_font().color(&rgb(GREY)))
        .axis_desc_style(("sans-serif", 14).into_font().color(&rgb(INK)))
        .draw()?;
    for (place, curve) in curves.iter().enumerate() {
        let colour = rgb(hue(place).line);
        chart.draw_series(LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2)))?;
        let marks = curve.marks.iter().map(|at| mark(place, *at, 0));
        chart.draw_series(marks)?.label(curve.name).legend(move |(x, y)| mark(place, (x + 12, y), 12));
    }
    // A single curve is named by the title.
    if curves.len() > 1 {
        chart
            .configure_series_labels()
            .position(free_corner(x, y, curves))
            .legend_area_size(30)
            .background_style(rgb(CARD).mix(0.9))
            .border_style(rgb(FRAME))
            .label_font(("sans-serif", 13).into_font().color(&rgb(INK)))
            .draw()?;
    }
    area.present()?;
    Ok(())
}

/// Where the legend hides the least of the curves.
fn free_corner(x: &Axis, y: &Axis, curves: &[Curve]) -> SeriesLabelPosition {
    use SeriesLabelPosition::*;
    // The plotting area and a line of the legend, roughly, in pixels.
    const AREA: (f64, f64) = (586.0, 252.0);
    const LINE: f64 = 17.0;
    let widest = curves.iter().map(|curve| width_of(curve.name, 13.0, false)).fold(0.0, f64::max);
    let (width, height) = ((widest + 60.0) / AREA.0, (LINE * curves.len() as f64 + 16.0) / AREA.1);
    let share = |axis: &Axis, at: f64| (at - axis.low) / (axis.high - axis.low);
    let hidden = |(left, bottom): (f64, f64)| {
        let room = Rect { x: left, y: bottom, width, height };
        let segments = curves.iter().flat_map(|curve| curve.points.windows(2));
        let place = |(at_x, at_y): (f64, f64)| (share(x, at_x), share(y, at_y));
        segments.filter(|ends| room.crossed_by(place(ends[0]), place(ends[1]))).count()
    };
    let (right, top, middle) = (1.0 - width, 1.0 - height, 0.5 - height / 2.0);
    let corners = [
        (UpperRight, (right, top)),
        (LowerRight, (right, 0.0)),
        (MiddleRight, (right, middle)),
        (UpperLeft, (0.0, top)),
        (LowerLeft, (0.0, 0.0)),
        (MiddleLeft, (0.0, middle)),
        (UpperMiddle, (0.5 - width / 2.0, top)),
        (LowerMiddle, (0.5 - width / 2.0, 0.0)),
    ];
    let freest = corners.into_iter().min_by_key(|(_, corner)| hidden(*corner));
    freest.map_or(UpperRight, |(position, _)| position)
}

fn rgb(colour: Colour) -> RGBColor {
    colour.into()
}

type Pixels = (i32, i32);

/// A line to both sides, an area and an edge.
type Mark<'a, C> = ComposedElement<
    C,
    SVGBackend<'a>,
    PathElement<Pixels>,
    ComposedElement<Pixels, SVGBackend<'a>, Polygon<Pixels>, PathElement<Pixels>>,
>;

/// The mark of a series, with a line of `reach` pixels to both sides. There are six shapes, as there are six hues.
fn mark<'a, C>(series: usize, at: C, reach: i32) -> Mark<'a, C> {
    const ROUND: [Pixels; 9] =
        [(0, -5), (3, -3), (5, 0), (3, 3), (0, 5), (-3, 3), (-5, 0), (-3, -3), (0, -5)];
    let colour = rgb(hue(series).line);
    let (area, fill, edge): (&[Pixels], RGBColor, &[Pixels]) = match series % 6 {
        0 => (&ROUND, colour, &[]),
        1 => (&[(0, -5), (5, 4), (-5, 4)], colour, &[]),
        2 => (&[], colour, &[(-4, -4), (4, 4), (0, 0), (-4, 4), (4, -4)]),
        3 => (&ROUND, rgb(CARD), &ROUND),
        4 => (&[(-4, -4), (4, -4), (4, 4), (-4, 4)], colour, &[]),
        _ => (&[(0, -6), (6, 0), (0, 6), (-6, 0)], colour, &[]),
    };
    let line = if reach > 0 { vec![(-reach, 0), (reach, 0)] } else { Vec::new() };
    EmptyElement::at(at)
        + PathElement::new(line, colour.stroke_width(2))
        + Polygon::new(area, fill.filled())
        + PathElement::new(edge, colour.stroke_width(2))
}

/// An axis with ticks where its owner wants them.
struct Scale {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Scale {
    fn of(axis: &Axis) -> Self {
        let on_it = |tick: &f64| (axis.low..=axis.high).contains(tick);
        Self { low: axis.low, high: axis.high, ticks: axis.ticks.iter().copied().filter(on_it).collect() }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        // `as` takes the not-a-number of an axis without length to zero.
        from + libm::round(f64::from(to - from) * share) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        assert_eq!(round_numbers(0.0, 1.05), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(round_numbers(-3.0, 12.0), [-2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
        assert_eq!(round_numbers(1.0, 5.0), [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]);
    }

    #[test]
    fn no_axis_has_ticks_without_end() {
        for (low, high) in [(0.0, 0.0), (0.0, 1e300), (1e-300, 2e-300), (1e16, 1e16 + 2.0), (-1e308, 1e308)] {
            assert!(round_numbers(low, high).len() <= 21, "{low} to {high}");
        }
    }

    #[test]
    fn dense_curves_have_few_marks() {
        let points: Vec<_> = (0..1_000).map(|i| (f64::from(i), 0.0)).collect();
        assert_eq!([1, 40, 41, 1_000].map(|n| thinned(&points[..n]).len()), [1, 40, 11, 12]);
    }
}
