//! The timeline as SVG.

use svg::node::element::{LinearGradient, Stop};

use super::HistoryTimeline;
use super::layout::{Bar, Layout};
use crate::history::Action;
use crate::view::canvas::{Canvas, Label, Rect, WIDTH, line, shortened, width_of, wrapped};
use crate::view::palette::{BLUE, CARD, FRAME, GREEN, GREY, Hue, INK, PURPLE, RULE, VERMILION};
use crate::view::time_axis::draw_name;

const LEFT: f64 = 110.0;
const RIGHT: f64 = 24.0;
const BAR: f64 = 24.0;
/// Between rows, with and without points above the bars.
const GAP: f64 = 8.0;
const GAP_WITH_POINTS: f64 = 26.0;
const LANE_GAP: f64 = 8.0;
const SIZE: f64 = 11.0;
/// Between two instants.
const INSTANT: f64 = 12.0;
const SHORT: f64 = 84.0;

/// Where everything is.
struct Places {
    labels: Vec<String>,
    xs: Vec<f64>,
    /// The upper edge of the first row, by lane.
    lanes: Vec<f64>,
    row: f64,
    bottom: f64,
}

impl HistoryTimeline<'_> {
    pub(super) fn picture(&self, layout: &Layout) -> String {
        let places = self.places(layout);
        let mut canvas = Canvas::new();
        for hue in [BLUE, GREEN, PURPLE] {
            canvas.define(fading(hue));
        }
        canvas.label(&Label::new(self.title.clone(), 16.0, 26.0).size(15.0).bold(true));
        draw_instants(&mut canvas, layout, &places);
        for (lane, client) in layout.clients.iter().enumerate() {
            let height = places.row * layout.rows[lane] as f64 - (places.row - BAR);
            let room = Rect { x: LEFT, y: places.lanes[lane], width: 1.0, height };
            draw_name(&mut canvas, client, &room);
            if lane > 0 {
                let y = places.lanes[lane] - (places.row - BAR + LANE_GAP) / 2.0 - 2.0;
                canvas.add(line((16.0, y), (self.width(&places) - 16.0, y), FRAME, 1.0));
            }
        }
        let points = layout.points(&self.order, &places.xs, 14.0);
        for (place, bar) in layout.bars.iter().enumerate() {
            let y = places.lanes[bar.lane] + places.row * bar.row as f64;
            let (x, right) = (places.xs[bar.begin], places.xs[bar.end]);
            let room = Rect { x, y, width: right - x, height: BAR };
            self.draw_bar(&mut canvas, bar, &places.labels[place], &room);
            if let (Some(x), Some(number)) = (points[place], self.number(bar.place)) {
                draw_point(&mut canvas, x, &room, number);
            }
        }
        let width = self.width(&places);
        let mut y = places.bottom + 26.0;
        for (i, sentence) in self.sentences(layout).iter().enumerate() {
            let lead = i == 0 && self.witness.is_some();
            for text in wrapped(sentence, width - 36.0, 12.5, lead, 4) {
                y += 18.0;
                let colour = if lead { VERMILION.ink } else { INK };
                canvas.label(&Label::new(text, 16.0, y).size(12.5).bold(lead).colour(colour));
            }
        }
        canvas.finish(&self.title, width, y + 16.0)
    }

    fn width(&self, places: &Places) -> f64 {
        WIDTH.max(places.xs.last().copied().unwrap_or(0.0) + RIGHT)
    }

    fn places(&self, layout: &Layout) -> Places {
        let full: Vec<String> = layout.bars.iter().map(|bar| self.label(bar.place)).collect();
        let brief: Vec<String> = layout.bars.iter().map(|bar| self.brief(bar.place)).collect();
        let short = brief.iter().map(|label| shortened(label, SHORT, SIZE, true)).collect();
        let numbers = layout.bars.iter().map(|bar| format!("#{}", bar.place));
        let tried: [Vec<String>; 4] = [full, brief, short, numbers.collect()];
        let room = WIDTH - LEFT - RIGHT;
        let last = |labels: &[String]| positions(layout, labels).last().copied().unwrap_or(0.0);
        let labels = tried.iter().find(|labels| last(labels) <= room).unwrap_or(&tried[3]).clone();
        // What room is left is spread over all instants.
        let taken = last(&labels);
        let stretch = if taken > 0.0 { (room / taken).clamp(1.0, 2.5) } else { 1.0 };
        let xs = positions(layout, &labels).iter().map(|x| LEFT + x * stretch).collect();
        let gap = if self.order.is_empty() { GAP } else { GAP_WITH_POINTS };
        let mut y = 50.0 + gap - GAP;
        let mut lanes = Vec::new();
        for rows in &layout.rows {
            lanes.push(y);
            y += (BAR + gap) * *rows as f64 + LANE_GAP;
        }
        Places { labels, xs, lanes, row: BAR + gap, bottom: y }
    }

    fn draw_bar(&self, canvas: &mut Canvas, bar: &Bar, label: &str, room: &Rect) {
        let op = self.op(bar.place);
        // Which action it is stands in the label, or in its title if that is cut; the colour repeats it.
        let hue = match op.action {
            Action::Write(_) | Action::Append(_) => BLUE,
            Action::Read(_) => GREEN,
            Action::CompareAndSet { .. } => PURPLE,
        };
        let guilty = self.is_guilty(bar.place);
        let (edge, thick) = if guilty { (VERMILION.line, 3.0) } else { (hue.line, 1.5) };
        let (left, right) = (room.x, room.right());
        match op.ended {
            Some(_) => {
                let bar = room.drawn().set("fill", hue.tint).set("stroke", edge);
                canvas.add(bar.set("stroke-width", thick));
            }
            None => {
                canvas.add(room.drawn().set("fill", format!("url(#{})", fading_id(hue))));
                for y in [room.y, room.bottom()] {
                    let side = line((left, y), (right, y), edge, thick);
                    canvas.add(side.set("stroke-dasharray", "6 4"));
                }
                canvas.add(line((left, room.y), (left, room.bottom()), edge, thick));
            }
        }
        let text = Label::new(label, left + 8.0, room.y + room.height / 2.0 + SIZE * 0.36);
        let text = text.size(SIZE).bold(guilty).colour(INK);
        if *label == self.label(bar.place) {
            canvas.label(&text);
        } else {
            canvas.titled(&op.to_string(), |canvas| canvas.label(&text));
        }
        if guilty {
            let badge = Rect { x: left - 8.0, y: room.y - 8.0, width: 16.0, height: 16.0 };
            canvas.add(badge.drawn().set("rx", 8).set("fill", VERMILION.ink));
            let sign = Label::new("!", left, room.y + 4.5).middle().size(12.0).bold(true);
            canvas.label(&sign.colour(CARD));
        }
    }
}

/// Where the instants are, from zero.
fn positions(layout: &Layout, labels: &[String]) -> Vec<f64> {
    let need = |bar: &Bar| {
        let label = layout.bars.iter().position(|other| other == bar).map_or("", |place| &labels[place]);
        width_of(label, SIZE, true) + 16.0
    };
    layout.positions(INSTANT, need)
}

/// A hairline at each instant, and its time below where there is room.
fn draw_instants(canvas: &mut Canvas, layout: &Layout, places: &Places) {
    let (top, bottom) = (40.0, places.bottom);
    if let (Some(first), Some(last)) = (places.xs.first(), places.xs.last()) {
        canvas.add(line((*first, bottom), (*last, bottom), RULE, 1.0));
    }
    let mut free = f64::NEG_INFINITY;
    for (at, x) in layout.instants.iter().zip(&places.xs) {
        canvas.add(line((*x, top), (*x, bottom), FRAME, 1.0).set("stroke-dasharray", "2 3"));
        canvas.add(line((*x, bottom), (*x, bottom + 4.0), RULE, 1.0));
        let label = Label::new(at.to_string(), *x, bottom + 16.0).middle().size(10.0).colour(GREY);
        if label.room().x > free {
            free = label.room().right() + 12.0;
            canvas.label(&label);
        }
    }
}

/// The point at which an operation takes effect, with its number in the order.
fn draw_point(canvas: &mut Canvas, x: f64, bar: &Rect, number: usize) {
    // The middle of the bar is left to its text.
    for (from, to) in [(bar.y - 5.0, bar.y + 5.0), (bar.bottom() - 5.0, bar.bottom() + 4.0)] {
        canvas.add(line((x, from), (x, to), INK, 2.5));
    }
    let badge = Rect { x: x - 8.0, y: bar.y - 20.0, width: 16.0, height: 16.0 };
    canvas.add(badge.drawn().set("rx", 8).set("fill", CARD).set("stroke", INK).set("stroke-width", 1.5));
    canvas.label(&Label::new(number.to_string(), x, bar.y - 8.0).middle().size(11.0).bold(true));
}

fn fading_id(hue: Hue) -> &'static str {
    match hue {
        BLUE => "fading-write",
        GREEN => "fading-read",
        _ => "fading",
    }
}

/// The ground of an operation without an end.
fn fading(hue: Hue) -> LinearGradient {
    let stop = |offset, opacity| {
        Stop::new().set("offset", offset).set("stop-color", hue.tint).set("stop-opacity", opacity)
    };
    LinearGradient::new().set("id", fading_id(hue)).add(stop(0.4, 1.0)).add(stop(1.0, 0.0))
}
