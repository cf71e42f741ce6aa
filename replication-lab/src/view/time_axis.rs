//! Time from left to right, to scale: what the views with one lane a node share.

use super::canvas::{Canvas, Label, Rect, line, shortened};
use super::palette::{FRAME, GREY, RULE};
use crate::time::Time;

/// Cells of a lane in the text form.
pub(super) const CELLS: usize = 72;
/// Most characters of a lane's name in the text form.
const MOST_NAME: usize = 16;
/// About so many ticks are wanted.
const TICKS: u64 = 8;

/// A span of time on a stretch of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TimeAxis {
    pub(super) from: Time,
    pub(super) to: Time,
    left: f64,
    right: f64,
}

impl TimeAxis {
    /// The axis from one moment to another, between two coordinates. A span without length becomes a millisecond.
    pub(super) fn new(from: Time, to: Time, left: f64, right: f64) -> Self {
        let to = if to > from { to } else { from + Time::ms(1) };
        Self { from, to, left, right }
    }

    fn span(&self) -> u64 {
        self.to.since(self.from).as_us().max(1)
    }

    /// Where a moment is, at the nearer end for those outside.
    pub(super) fn x(&self, at: Time) -> f64 {
        let share = at.since(self.from).as_us() as f64 / self.span() as f64;
        self.left + (self.right - self.left) * share.min(1.0)
    }

    /// The cell of the text form in which a moment is, at the nearer end for those outside.
    pub(super) fn cell(&self, at: Time) -> usize {
        let share = u128::from(at.since(self.from).as_us()) * CELLS as u128 / u128::from(self.span());
        share.min(CELLS as u128 - 1) as usize
    }

    fn step(&self) -> u64 {
        round_step(self.span() / TICKS)
    }

    /// A moment or a span, exact, in the unit that suits the axis.
    pub(super) fn text_of(&self, at: Time) -> String {
        text_of(at, self.step())
    }

    /// Round moments in the span, with their texts.
    pub(super) fn ticks(&self) -> Vec<(Time, String)> {
        let step = self.step();
        let first = self.from.as_us().div_ceil(step);
        let last = self.to.as_us() / step;
        (first..=last).map(|n| Time::us(n * step)).map(|at| (at, text_of(at, step))).collect()
    }

    /// Gridlines between two heights, and the texts of the ticks below.
    pub(super) fn draw(&self, canvas: &mut Canvas, top: f64, bottom: f64) {
        canvas.add(line((self.left, bottom), (self.right, bottom), RULE, 1.0));
        let mut free = f64::NEG_INFINITY;
        for (at, text) in self.ticks() {
            let x = self.x(at);
            canvas.add(line((x, top), (x, bottom), FRAME, 1.0));
            canvas.add(line((x, bottom), (x, bottom + 4.0), RULE, 1.0));
            let label = Label::new(text, x, bottom + 17.0).middle().size(11.0).colour(GREY);
            if label.room().x > free {
                free = label.room().right() + 6.0;
                canvas.label(&label);
            }
        }
    }

    /// One cell of the text form, in time.
    pub(super) fn cell_span(&self) -> String {
        let us = self.span() as f64 / CELLS as f64;
        let (unit, name) = if us >= 1e6 { (1e6, "s") } else { (1e3, "ms") };
        format!("{:.3} {name}", us / unit)
    }
}

/// The next of 1, 2, 5, 10, 20, … that is not below the number.
fn round_step(least: u64) -> u64 {
    let mut decade: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = decade.saturating_mul(factor);
            if step >= least {
                return step;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

/// A moment in the unit that suits steps of so many microseconds.
fn text_of(at: Time, step: u64) -> String {
    let (unit, name) = if step >= 1_000_000 { (1_000_000, "s") } else { (1_000, "ms") };
    let (whole, rest) = (at.as_us() / unit, at.as_us() % unit);
    if rest == 0 {
        return format!("{whole} {name}");
    }
    let digits = format!("{rest:0width$}", width = if unit == 1_000 { 3 } else { 6 });
    format!("{whole}.{} {name}", digits.trim_end_matches('0'))
}

/// The name of a lane, left of it.
pub(super) fn draw_name(canvas: &mut Canvas, name: &str, lane: &Rect) {
    let name = shortened(name, lane.x - 24.0, 13.0, true);
    let label = Label::new(name, lane.x - 10.0, lane.y + lane.height / 2.0 + 4.5).end();
    canvas.label(&label.size(13.0).bold(true));
}

/// The lanes of a text form, each with its name before its cells, and the axis below.
pub(super) fn text_lanes(axis: &TimeAxis, lanes: &[(&str, String)]) -> String {
    let longest = lanes.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let width = longest.min(MOST_NAME);
    let mut out = String::new();
    for (name, cells) in lanes {
        let name = match name.chars().count() {
            long if long > width => format!("{}…", name.chars().take(width - 1).collect::<String>()),
            _ => format!("{name:<width$}"),
        };
        out.push_str(format!("{name}  {cells}").trim_end());
        out.push('\n');
    }
    let (from, to) = (axis.text_of(axis.from), axis.text_of(axis.to));
    let rest = CELLS.saturating_sub(from.chars().count());
    format!("{out}{:width$}  {from}{to:>rest$}", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(from: Time, to: Time) -> String {
        let axis = TimeAxis::new(from, to, 0.0, 100.0);
        axis.ticks().into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(Time::ZERO, Time::ms(40)), "0 ms 5 ms 10 ms 15 ms 20 ms 25 ms 30 ms 35 ms 40 ms");
        assert_eq!(ticks(Time::ms(990), Time::ms(1_490)), "1000 ms 1100 ms 1200 ms 1300 ms 1400 ms");
        assert_eq!(ticks(Time::ZERO, Time::s(3)), "0 ms 500 ms 1000 ms 1500 ms 2000 ms 2500 ms 3000 ms");
        assert_eq!(
            ticks(Time::ZERO, Time::us(12)),
            "0 ms 0.001 ms 0.002 ms 0.003 ms 0.004 ms 0.005 ms 0.006 ms 0.007 ms 0.008 ms 0.009 ms 0.01 ms 0.011 ms 0.012 ms"
        );
    }

    #[test]
    fn no_span_has_ticks_without_end() {
        for (from, to) in [(Time::ZERO, Time::ZERO), (Time::ZERO, Time::NEVER), (Time::NEVER, Time::NEVER)] {
            assert!(TimeAxis::new(from, to, 0.0, 100.0).ticks().len() <= 20);
        }
    }

    #[test]
    fn moments_outside_lie_at_the_ends() {
        let axis = TimeAxis::new(Time::ms(10), Time::ms(20), 100.0, 200.0);
        assert_eq!([5, 10, 15, 20, 25].map(|ms| axis.x(Time::ms(ms))), [100.0, 100.0, 150.0, 200.0, 200.0]);
        assert_eq!([5, 10, 15, 20, 25].map(|ms| axis.cell(Time::ms(ms))), [0, 0, 36, 71, 71]);
    }
}
