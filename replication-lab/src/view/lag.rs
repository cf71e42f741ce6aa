//! How far followers are behind, over time.

use svg::node::element::Path;

use super::canvas::{Canvas, Fill, Label, Rect, WIDTH, line, px, shortened, width_of};
use super::palette::{CARD, FRAME, GREY, INK, RULE, SHADE, hue};
use super::time_axis::{CELLS, TimeAxis, draw_name, text_lanes};
use super::{Figure, Table};
use crate::time::Time;

const LEFT: f64 = 150.0;
const RIGHT: f64 = WIDTH - 40.0;
const LANE: f64 = 74.0;
const GAP: f64 = 14.0;

/// In what lag is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LagUnit {
    /// Seconds.
    Seconds,
    /// Bytes, told in kB, MB and GB of a thousand each.
    Bytes,
}

/// What is known of a follower's lag at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LagReading {
    /// It is so far behind, in the chart's unit.
    Lag(f64),
    /// Nothing was written since the last reading: a lag in time has no value, and is not zero.
    NoTraffic,
    /// The follower is down, or its lag is unknown.
    Down,
}

/// The lag of followers over time: one panel each, of the same scale, with gaps where there is no value. Its text
/// form has one sign a cell of time, and a table.
///
/// # Examples
/// ```
/// use replication_lab::time::Time;
/// use replication_lab::view::{LagChart, LagReading::*, LagUnit};
///
/// let readings = [Lag(0.2), Lag(1.8), Down, Lag(0.4)].into_iter().zip(0..).map(|(lag, s)| (Time::s(s), lag));
/// let chart = LagChart::new("Replication lag", LagUnit::Seconds).follower("B", readings);
/// assert!(chart.figure().as_text().contains("| B        | 1.8 s        | 1000 ms | 400 ms     |"));
/// ```
#[derive(Clone, Debug)]
pub struct LagChart {
    title: String,
    unit: LagUnit,
    followers: Vec<(String, Vec<(Time, LagReading)>)>,
    bands: Vec<(Time, Time, String)>,
}

/// A stretch without values.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    from: Time,
    to: Time,
    down: bool,
}

impl LagChart {
    /// A chart without followers.
    pub fn new(title: impl Into<String>, unit: LagUnit) -> Self {
        Self { title: title.into(), unit, followers: Vec::new(), bands: Vec::new() }
    }

    /// One follower more, with its readings in any order. Readings that are below zero or no finite numbers are left
    /// out.
    pub fn follower(
        mut self,
        name: impl Into<String>,
        readings: impl IntoIterator<Item = (Time, LagReading)>,
    ) -> Self {
        let is_number = |reading: &LagReading| match reading {
            LagReading::Lag(lag) => lag.is_finite() && *lag >= 0.0,
            _ => true,
        };
        let mut readings: Vec<_> = readings.into_iter().filter(|(_, reading)| is_number(reading)).collect();
        readings.sort_by_key(|(at, _)| *at);
        self.followers.push((name.into(), readings));
        self
    }

    /// Shades a span of time in all panels, and says why: a partition, a burst of writes.
    pub fn band(mut self, from: Time, to: Time, why: impl Into<String>) -> Self {
        self.bands.push((from, to.max(from), why.into()));
        self
    }

    fn axis(&self) -> TimeAxis {
        let readings = self.followers.iter().flat_map(|(_, readings)| readings);
        let moments = readings.map(|(at, _)| *at);
        let moments: Vec<Time> =
            moments.chain(self.bands.iter().flat_map(|(from, to, _)| [*from, *to])).collect();
        let first = moments.iter().min().copied().unwrap_or(Time::ZERO);
        TimeAxis::new(first, moments.iter().max().copied().unwrap_or(first), LEFT, RIGHT)
    }

    fn greatest(&self) -> f64 {
        let lags = self.followers.iter().flat_map(|(_, readings)| readings.iter().filter_map(lag_of));
        let greatest = lags.map(|(_, lag)| lag).fold(0.0, f64::max);
        if greatest > 0.0 { greatest } else { 1.0 }
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        Figure::svg(&self.svg(), &self.title, self.text())
    }

    fn svg(&self) -> String {
        let axis = self.axis();
        let top_of_scale = round_up(self.greatest());
        let mut canvas = Canvas::new();
        canvas.define(Fill::Down.definition());
        canvas.label(&Label::new(self.title.clone(), 16.0, 26.0).size(15.0).bold(true));
        let top = if self.bands.is_empty() { 46.0 } else { 66.0 };
        let bottom = top + (LANE + GAP) * self.followers.len().max(1) as f64;
        self.draw_bands(&mut canvas, &axis, top, bottom);
        axis.draw(&mut canvas, top, bottom);
        if self.followers.is_empty() {
            canvas.label(&Label::new("No followers.", LEFT + 8.0, top + 24.0).colour(GREY));
        }
        for (place, (name, readings)) in self.followers.iter().enumerate() {
            let panel =
                Rect { x: LEFT, y: top + (LANE + GAP) * place as f64, width: RIGHT - LEFT, height: LANE };
            self.draw_scale(&mut canvas, &panel, top_of_scale);
            draw_name(&mut canvas, name, &Rect { x: LEFT - 46.0, ..panel });
            draw_gaps(&mut canvas, readings, &axis, &panel);
            let y = |lag: f64| panel.bottom() - panel.height * (lag / top_of_scale).min(1.0);
            draw_line(&mut canvas, readings, place, &axis, panel.bottom(), y);
        }
        canvas.finish(&self.title, WIDTH, bottom + 32.0)
    }

    fn draw_bands(&self, canvas: &mut Canvas, axis: &TimeAxis, top: f64, bottom: f64) {
        let mut free = f64::NEG_INFINITY;
        for (from, to, why) in &self.bands {
            let (x, right) = (axis.x(*from), axis.x(*to));
            let band = Rect { x, y: top - 18.0, width: (right - x).max(2.0), height: bottom - top + 18.0 };
            canvas.add(band.drawn().set("fill", SHADE));
            for edge in [x, right] {
                canvas
                    .add(line((edge, top - 18.0), (edge, bottom), RULE, 1.0).set("stroke-dasharray", "4 3"));
            }
            // A narrow band is named beside it, as far as there is room.
            let start = (x + 5.0).max(free);
            let name = shortened(why, RIGHT - start, 11.0, true);
            let label = Label::new(name, start, top - 5.0).size(11.0).bold(true).colour(INK);
            if start + 30.0 < RIGHT {
                free = label.room().right() + 12.0;
                canvas.label(&label);
            }
        }
    }

    fn draw_scale(&self, canvas: &mut Canvas, panel: &Rect, greatest: f64) {
        canvas.add(line((panel.x, panel.bottom()), (panel.right(), panel.bottom()), RULE, 1.0));
        for share in [0.5, 1.0] {
            let y = panel.bottom() - panel.height * share;
            canvas.add(line((panel.x, y), (panel.right(), y), FRAME, 1.0).set("stroke-dasharray", "2 3"));
        }
        for (share, y) in [(0.0, panel.bottom()), (1.0, panel.y + 8.0)] {
            let text = Label::new(self.unit.text(greatest * share), panel.x - 6.0, y).end();
            canvas.label(&text.size(10.0).colour(GREY));
        }
    }

    fn text(&self) -> String {
        let axis = self.axis();
        let greatest = self.greatest();
        let lanes: Vec<(&str, String)> = self
            .followers
            .iter()
            .map(|(name, readings)| (name.as_str(), cells(readings, &axis, greatest)))
            .collect();
        let strip = text_lanes(&axis, &lanes);
        let bands: String = self
            .bands
            .iter()
            .map(|(from, to, why)| format!("\n{} to {}: {why}", axis.text_of(*from), axis.text_of(*to)))
            .collect();
        let header = ["follower", "greatest lag", "at", "at the end", "no traffic", "down"];
        let table = self.followers.iter().fold(Table::new(header), |table, (name, readings)| {
            let worst = readings.iter().filter_map(lag_of).max_by(|a, b| a.1.total_cmp(&b.1));
            let last = match readings.last() {
                Some((_, LagReading::Lag(lag))) => self.unit.text(*lag),
                Some((_, LagReading::NoTraffic)) => "no traffic".into(),
                Some((_, LagReading::Down)) => "down".into(),
                None => "–".into(),
            };
            let total = |down| {
                let gaps = gaps(readings).into_iter().filter(|gap| gap.down == down);
                axis.text_of(gaps.fold(Time::ZERO, |sum, gap| sum + gap.to.since(gap.from)))
            };
            let (lag, at) = worst
                .map_or(("–".into(), "–".into()), |(at, lag)| (self.unit.text(lag), axis.text_of(at)));
            table.row([name.clone(), lag, at, last, total(false), total(true)])
        });
        format!(
            "{} (▁ to █: up to {}; · no traffic, x down; one cell is {})\n{strip}{bands}\n\n{}",
            self.title,
            self.unit.text(greatest),
            axis.cell_span(),
            table.figure().as_text()
        )
    }
}

crate::shown_in_notebooks!(LagChart);

impl LagUnit {
    /// A lag as a reader wants it.
    fn text(self, lag: f64) -> String {
        let steps: &[(f64, &str)] = match self {
            LagUnit::Seconds => &[(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")],
            LagUnit::Bytes => &[(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")],
        };
        let zero = if self == LagUnit::Seconds { (1.0, "s") } else { (1.0, "B") };
        let (one, name) = steps.iter().copied().find(|(one, _)| lag >= *one).unwrap_or(zero);
        format!("{} {name}", super::chart::short(lag / one))
    }
}

fn lag_of((at, reading): &(Time, LagReading)) -> Option<(Time, f64)> {
    match reading {
        LagReading::Lag(lag) => Some((*at, *lag)),
        _ => None,
    }
}

/// The next of 1, 2, 5, 10, 20, … that is not below the number.
fn round_up(greatest: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(greatest)));
    [1.0, 2.0, 5.0].iter().map(|factor| factor * decade).find(|top| *top >= greatest).unwrap_or(10.0 * decade)
}

/// Where there are no values: from a reading that has none to the next of another kind.
fn gaps(readings: &[(Time, LagReading)]) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for (place, (at, reading)) in readings.iter().enumerate() {
        let down = match reading {
            LagReading::Lag(_) => continue,
            LagReading::NoTraffic => false,
            LagReading::Down => true,
        };
        let to = readings.get(place + 1).map_or(*at, |(next, _)| *next);
        match gaps.last_mut() {
            Some(before) if before.to == *at && before.down == down => before.to = to,
            _ => gaps.push(Gap { from: *at, to, down }),
        }
    }
    gaps
}

fn draw_gaps(canvas: &mut Canvas, readings: &[(Time, LagReading)], axis: &TimeAxis, panel: &Rect) {
    for Gap { from, to, down } in gaps(readings) {
        let (x, right) = (axis.x(from), axis.x(to));
        let gap = Rect { x, width: (right - x).max(2.0), ..*panel };
        let drawn = gap.drawn().set("stroke", RULE).set("stroke-dasharray", "3 3");
        canvas.add(if down { drawn.set("fill", Fill::Down.url()) } else { drawn.set("fill", CARD) });
        let text = if down { "down" } else { "no traffic" };
        let width = width_of(text, 11.0, false);
        if width + 10.0 <= gap.width {
            let (x, y) = (x + gap.width / 2.0, panel.y + panel.height / 2.0);
            let under = Rect { x: x - width / 2.0 - 4.0, y: y - 9.0, width: width + 8.0, height: 18.0 };
            canvas.add(under.drawn().set("rx", 3).set("fill", CARD));
            canvas.label(&Label::new(text, x, y + 4.0).middle().size(11.0).colour(INK));
        }
    }
}

/// The values between gaps, each stretch a line of its own with the area below it; a lone value is a dot.
fn draw_line(
    canvas: &mut Canvas,
    readings: &[(Time, LagReading)],
    place: usize,
    axis: &TimeAxis,
    bottom: f64,
    y: impl Fn(f64) -> f64,
) {
    let hue = hue(place);
    for stretch in readings.split(|reading| lag_of(reading).is_none()).filter(|stretch| !stretch.is_empty()) {
        let points: Vec<_> =
            stretch.iter().filter_map(lag_of).map(|(at, lag)| (axis.x(at), y(lag))).collect();
        let path: Vec<_> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        let ((first, _), (last, end)) = (points[0], points[points.len() - 1]);
        let path = format!("M{}", path.join(" L"));
        let area = format!("{path} L{0},{2} L{1},{2} z", px(last), px(first), px(bottom));
        canvas.add(Path::new().set("d", area).set("fill", hue.tint).set("fill-opacity", 0.75));
        let drawn = Path::new().set("d", path).set("fill", "none").set("stroke", hue.line);
        canvas.add(drawn.set("stroke-width", 2).set("stroke-linejoin", "round"));
        if points.len() == 1 {
            let dot = Rect { x: last - 2.5, y: end - 2.5, width: 5.0, height: 5.0 };
            canvas.add(dot.drawn().set("rx", 2.5).set("fill", hue.line));
        }
    }
}

/// One sign a cell: the greatest lag in it, or why there is none; nothing where nothing was read.
fn cells(readings: &[(Time, LagReading)], axis: &TimeAxis, greatest: f64) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut cells = vec![' '; CELLS];
    for gap in gaps(readings) {
        let (first, last) = (axis.cell(gap.from), axis.cell(gap.to));
        // The cell in which it ends belongs to what follows.
        let last = if gap.to == axis.to { CELLS } else { last.max(first + 1) };
        cells[first..last].fill(if gap.down { 'x' } else { '·' });
    }
    let mut lags: Vec<Option<f64>> = vec![None; CELLS];
    for (place, (at, lag)) in readings.iter().enumerate().filter_map(|(i, r)| Some((i, lag_of(r)?))) {
        // A value holds until the next reading.
        let first = axis.cell(at);
        let until = readings.get(place + 1).map_or(first + 1, |(next, _)| axis.cell(*next).max(first + 1));
        for cell in &mut lags[first..until] {
            *cell = Some(cell.map_or(lag, |other| other.max(lag)));
        }
    }
    for (cell, lag) in cells.iter_mut().zip(lags) {
        if let Some(lag) = lag {
            let level = libm::ceil(lag / greatest * BARS.len() as f64) as usize;
            *cell = BARS[level.clamp(1, BARS.len()) - 1];
        }
    }
    cells.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> LagChart {
        let near = (0..=60).map(|s| (Time::s(s), LagReading::Lag(0.05 + 0.01 * (s % 7) as f64)));
        let far = (0..=60).map(|s| {
            let reading = match s {
                0..=14 => LagReading::Lag(0.2),
                15..=29 => LagReading::Lag(0.2 + 0.6 * (s - 14) as f64),
                30..=41 => LagReading::Down,
                42..=49 => LagReading::Lag(9.2 - 1.1 * (s - 42) as f64),
                _ => LagReading::NoTraffic,
            };
            (Time::s(s), reading)
        });
        LagChart::new("Replication lag", LagUnit::Seconds).follower("near", near).follower("far", far).band(
            Time::s(14),
            Time::s(42),
            "link to far is slow",
        )
    }

    #[test]
    fn lag_grows_a_follower_dies_and_catches_up() {
        insta::assert_snapshot!(chart().figure().as_text());
    }

    #[test]
    fn a_gap_ends_where_there_is_a_value_again() {
        let (_, readings) = &chart().followers[1];
        let gap = |from, to, down| Gap { from: Time::s(from), to: Time::s(to), down };
        assert_eq!(gaps(readings), [gap(30, 42, true), gap(50, 60, false)]);
    }

    #[test]
    fn bytes_are_told_in_thousands() {
        let texts = [0.0, 999.0, 1_048_576.0, 3.2e9, 7e15].map(|lag| LagUnit::Bytes.text(lag));
        assert_eq!(texts, ["0 B", "999 B", "1.049 MB", "3.2 GB", "7000 TB"]);
        assert_eq!(
            [0.0, 0.25, 0.000_3, 90.0].map(|lag| LagUnit::Seconds.text(lag)),
            ["0 s", "250 ms", "300 µs", "90 s"]
        );
    }

    #[test]
    fn what_cannot_be_drawn_gives_a_picture_all_the_same() {
        use LagReading::*;
        let odd = [Lag(f64::NAN), Lag(f64::INFINITY), Lag(-1.0), Lag(1e300), Lag(1e-300), Down, NoTraffic];
        let readings = odd.map(|reading| (Time::NEVER, reading));
        for chart in [
            LagChart::new("", LagUnit::Bytes),
            LagChart::new("", LagUnit::Seconds).follower("none", []),
            LagChart::new("", LagUnit::Bytes).follower("odd", readings).band(Time::s(2), Time::s(1), "late"),
            LagChart::new("", LagUnit::Seconds).follower("zero", [(Time::ZERO, Lag(0.0))]),
        ] {
            assert!(!chart.svg().contains("NaN") && !chart.svg().contains("inf"), "{chart:?}");
            assert!(!chart.figure().as_text().is_empty());
        }
    }
}
