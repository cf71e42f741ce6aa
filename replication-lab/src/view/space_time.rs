//! Space–time diagrams: nodes side by side, time going down, messages as arrows (Lamport, CACM 1978).
//!
//! Rows are events, not milliseconds: a diagram in which nothing overlaps is worth more than one to scale. The
//! times stand at the left.

use std::collections::{BTreeMap, BTreeSet};

use svg::Document;
use svg::node::element::{Definitions, Line, Marker, Path, Rectangle, Text};

use super::Figure;
use crate::time::Time;
use crate::trace::{Event, NodeId, Trace};

/// Most rows of one diagram.
const MOST_ROWS: usize = 90;
const ROW: f64 = 30.0;
const COLUMN: f64 = 150.0;
const LEFT: f64 = 150.0;
const TOP: f64 = 54.0;
const INK: &str = "#1a1a1a";
const BLUE: &str = "#0072b2";
const VERMILION: &str = "#d55e00";
const GREY: &str = "#767676";

/// The diagram of a trace, with the transcript as its text form. Beyond 90 rows, the rest is left out of the
/// picture, and it says so; the transcript is always whole.
pub fn space_time(trace: &Trace) -> Figure {
    let title = format!("Space–time diagram of {}", trace.nodes.join(", "));
    Figure::svg(&space_time_svg(trace), &title, trace.transcript())
}

/// The picture of [`space_time`] alone, as an SVG document.
pub fn space_time_svg(trace: &Trace) -> String {
    draw(trace, &Rows::of(trace)).to_string()
}

/// Which row each entry of the trace is in: what one node does in one instant shares a row.
struct Rows {
    of_entry: Vec<Option<usize>>,
    times: Vec<Time>,
    left_out: usize,
}

impl Rows {
    fn of(trace: &Trace) -> Self {
        let mut of_entry: Vec<Option<usize>> = Vec::new();
        let mut times: Vec<Time> = Vec::new();
        let mut last: Option<(Time, Option<NodeId>)> = None;
        let mut noted = false;
        let mut left_out = 0;
        for entry in &trace.entries {
            let (node, is_note) = match &entry.event {
                // A timer that makes nothing happen is not drawn.
                Event::Timer { .. } => {
                    of_entry.push(None);
                    continue;
                }
                Event::Send { from, .. } | Event::Drop { from, .. } => (Some(*from), false),
                Event::Deliver { to, .. } => (Some(*to), false),
                Event::Crash { node, .. }
                | Event::Restart { node }
                | Event::Pause { node }
                | Event::Resume { node }
                | Event::Disk { node, .. }
                | Event::Condition { node, .. } => (Some(*node), true),
                Event::Note { node, .. } => (Some(*node), true),
                Event::Network { .. } => (None, true),
            };
            // Two texts need two rows.
            if last != Some((entry.at, node)) || (is_note && noted) {
                noted = false;
                times.push(entry.at);
                last = Some((entry.at, node));
            }
            noted |= is_note;
            let row = times.len() - 1;
            if row < MOST_ROWS {
                of_entry.push(Some(row));
            } else {
                of_entry.push(None);
                left_out += 1;
            }
        }
        times.truncate(MOST_ROWS);
        Self { of_entry, times, left_out }
    }
}

fn x(node: NodeId) -> f64 {
    LEFT + COLUMN * node.index() as f64
}

fn y(row: usize) -> f64 {
    TOP + ROW * row as f64
}

fn draw(trace: &Trace, rows: &Rows) -> Document {
    let width = LEFT + COLUMN * trace.nodes.len() as f64 + 60.0;
    let bottom = y(rows.times.len());
    let height = bottom + if rows.left_out > 0 { 50.0 } else { 24.0 };
    let mut document = Document::new()
        .set("viewBox", (0.0, 0.0, width, height))
        .set("width", width)
        .set("height", height)
        .set("font-family", "sans-serif")
        .set("font-size", 12)
        .add(heads())
        .add(Rectangle::new().set("width", width).set("height", height).set("fill", "#ffffff"));
    for (row, at) in rows.times.iter().enumerate() {
        if row == 0 || rows.times[row - 1] != *at {
            document =
                document.add(text(at.to_string(), LEFT - 66.0, y(row) + 4.0, GREY).set("text-anchor", "end"));
        }
    }
    for shape in lifelines(trace, rows, bottom) {
        document = document.add(shape);
    }
    for (i, name) in trace.nodes.iter().enumerate() {
        let name = text(name.clone(), x(NodeId(i as u16)), 24.0, INK);
        document =
            document.add(name.set("text-anchor", "middle").set("font-size", 15).set("font-weight", "bold"));
    }
    for arrow in arrows(trace, rows) {
        document = arrow.add_to(document);
    }
    for note in notes(trace, rows) {
        document = document.add(note);
    }
    if rows.left_out > 0 {
        let more = format!("… and {} events more: see the transcript", rows.left_out);
        document = document.add(text(more, LEFT, bottom + 30.0, INK));
    }
    document
}

fn text(content: String, x: f64, y: f64, colour: &str) -> Text {
    Text::new(content).set("x", x).set("y", y).set("fill", colour)
}

fn heads() -> Definitions {
    let head = |id: &str, colour: &str| {
        Marker::new()
            .set("id", id)
            .set("viewBox", "0 0 8 8")
            .set("refX", 8)
            .set("refY", 4)
            .set("markerWidth", 7)
            .set("markerHeight", 7)
            .set("orient", "auto-start-reverse")
            .add(Path::new().set("d", "M0,0 L8,4 L0,8 z").set("fill", colour))
    };
    Definitions::new().add(head("blue", BLUE)).add(head("vermilion", VERMILION))
}

/// A node's line, broken where it is down.
fn lifelines(trace: &Trace, rows: &Rows, bottom: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    for node in (0..trace.nodes.len() as u16).map(NodeId) {
        let mut from = (TOP - 16.0, true);
        let mut segment = |from: (f64, bool), to: f64| {
            let line = Line::new().set("x1", x(node)).set("x2", x(node)).set("y1", from.0).set("y2", to);
            lines.push(match from.1 {
                true => line.set("stroke", GREY).set("stroke-width", 1.5),
                false => {
                    line.set("stroke", VERMILION).set("stroke-width", 1.5).set("stroke-dasharray", "2 5")
                }
            });
        };
        for (entry, row) in trace.entries.iter().zip(&rows.of_entry) {
            let (Some(row), Event::Crash { node: who, .. } | Event::Restart { node: who }) =
                (row, &entry.event)
            else {
                continue;
            };
            if *who == node {
                segment(from, y(*row));
                from = (y(*row), matches!(entry.event, Event::Restart { .. }));
            }
        }
        segment(from, bottom);
    }
    lines
}

struct Arrow {
    from: (f64, f64),
    to: (f64, f64),
    label: String,
    lost: bool,
}

impl Arrow {
    fn add_to(&self, document: Document) -> Document {
        let ((x1, y1), (x2, y2)) = (self.from, self.to);
        let line =
            Line::new().set("x1", x1).set("y1", y1).set("x2", x2).set("y2", y2).set("stroke-width", 1.5);
        let line = match self.lost {
            true => line.set("stroke", VERMILION).set("stroke-dasharray", "5 4"),
            false => line.set("stroke", BLUE).set("marker-end", "url(#blue)"),
        };
        let colour = if self.lost { VERMILION } else { BLUE };
        // Half a column before the head, where arrows that leave together have parted.
        let share = if x1 == x2 { 0.5 } else { 1.0 - 0.5 * (COLUMN / (x2 - x1).abs()).min(1.0) };
        let (lx, ly) = (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share - 4.0);
        if self.label.is_empty() {
            return document.add(line.set("stroke-dasharray", "2 3"));
        }
        let halo = |label: Text| label.set("text-anchor", "middle").set("font-size", 11);
        let under =
            halo(text(self.label.clone(), lx, ly, "#ffffff")).set("stroke", "#ffffff").set("stroke-width", 4);
        let document = document.add(line).add(under).add(halo(text(self.label.clone(), lx, ly, colour)));
        match self.lost {
            true => document.add(text("✗".into(), x2 - 5.0, y2 + 5.0, VERMILION).set("font-size", 16)),
            false => document,
        }
    }
}

fn arrows(trace: &Trace, rows: &Rows) -> Vec<Arrow> {
    let mut under_way: BTreeMap<u64, (NodeId, usize, &str)> = BTreeMap::new();
    let mut arrows = Vec::new();
    for (entry, row) in trace.entries.iter().zip(&rows.of_entry) {
        let Some(row) = *row else { continue };
        match &entry.event {
            Event::Send { message, from, label, .. } => {
                under_way.insert(*message, (*from, row, label));
            }
            Event::Deliver { message, to, .. } => {
                // A duplicate arrives from the same send.
                if let Some((from, sent, label)) = under_way.get(message) {
                    let (from, to) = ((x(*from), y(*sent)), (x(*to), y(row)));
                    arrows.push(Arrow { from, to, label: (*label).to_owned(), lost: false });
                }
            }
            Event::Drop { message, to, reason, .. } => {
                if let Some((from, sent, label)) = under_way.get(message) {
                    let label = format!("{label} ({})", reason.text());
                    let near = if *from < *to { -30.0 } else { 30.0 };
                    // One that was lost at once still gets a slope.
                    let down = if row == *sent { y(row) + ROW * 0.7 } else { y(row) };
                    let (from, to) = ((x(*from), y(*sent)), (x(*to) + near, down));
                    arrows.push(Arrow { from, to, label, lost: true });
                }
            }
            _ => {}
        }
    }
    let ended = |event: &Event| match event {
        Event::Deliver { message, .. } | Event::Drop { message, .. } => Some(*message),
        _ => None,
    };
    let ended: BTreeSet<u64> = trace.entries.iter().filter_map(|entry| ended(&entry.event)).collect();
    // What has not arrived by the end is a stub that points at its receiver.
    for (entry, row) in trace.entries.iter().zip(&rows.of_entry) {
        let (Event::Send { message, from, to, .. }, Some(row)) = (&entry.event, row) else { continue };
        if !ended.contains(message) {
            let step = if to < from { -26.0 } else { 26.0 };
            let (start, end) = ((x(*from), y(*row)), (x(*from) + step, y(*row) + 9.0));
            arrows.push(Arrow { from: start, to: end, label: String::new(), lost: false });
        }
    }
    arrows
}

fn notes(trace: &Trace, rows: &Rows) -> Vec<Text> {
    let mut notes = Vec::new();
    for (entry, row) in trace.entries.iter().zip(&rows.of_entry) {
        let Some(row) = *row else { continue };
        let at = |node: &NodeId, content: String, colour: &str| {
            text(content, x(*node) + 7.0, y(row) + 15.0, colour)
                .set("font-weight", "bold")
                .set("paint-order", "stroke")
                .set("stroke", "#ffffff")
                .set("stroke-width", 3)
        };
        match &entry.event {
            Event::Note { node, text: content } => notes.push(at(node, content.clone(), INK)),
            Event::Crash { node, .. } => notes.push(at(node, "✝ crashes".into(), VERMILION)),
            Event::Pause { node } => notes.push(at(node, "‖ pauses".into(), VERMILION)),
            Event::Resume { node } => notes.push(at(node, "▸ goes on".into(), INK)),
            Event::Disk { node, text: content } | Event::Condition { node, text: content } => {
                notes.push(at(node, content.clone(), INK));
            }
            Event::Restart { node } => notes.push(at(node, "↻ restarts".into(), INK)),
            Event::Network { text: content, .. } => {
                notes.push(
                    text(format!("⇹ {content}"), LEFT, y(row) + 4.0, VERMILION).set("font-weight", "bold"),
                );
            }
            _ => {}
        }
    }
    notes
}
