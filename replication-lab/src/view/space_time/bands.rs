//! What lasts: nodes that are up, down or paused, and links that are cut.

use super::rows::{Columns, Heights, LEFT, Rows, TOP};
use super::steps::Steps;
use crate::trace::{Event, NodeId, Trace};
use crate::view::canvas::{Canvas, Fill, Rect, line};
use crate::view::palette::{GREY, RULE, VERMILION};

/// What a node's line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Up,
    Down,
    Paused,
}

/// The node's line, in pieces: how it is from where to where.
fn lives(trace: &Trace, rows: &Rows, heights: &Heights, node: NodeId) -> Vec<(Life, f64, f64)> {
    let changes = trace.entries.iter().zip(&rows.of_entry).filter_map(|(entry, row)| {
        let (who, before, after) = match &entry.event {
            Event::Crash { node, .. } => (node, Life::Up, Life::Down),
            Event::Restart { node } => (node, Life::Down, Life::Up),
            Event::Pause { node } => (node, Life::Up, Life::Paused),
            Event::Resume { node } => (node, Life::Paused, Life::Up),
            _ => return None,
        };
        let row = row.filter(|_| *who == node)?;
        // Its box belongs to the time in which the node is up.
        let y = if after == Life::Up { heights.top(row) } else { heights.bottom(row) };
        Some((before, after, y))
    });
    let mut pieces = Vec::new();
    let (mut life, mut from) = (None, TOP - 12.0);
    for (before, after, y) in changes {
        // Only the first change tells what was before the diagram began.
        pieces.push((life.unwrap_or(before), from, y));
        (life, from) = (Some(after), y);
    }
    pieces.push((life.unwrap_or(Life::Up), from, heights.end));
    pieces
}

pub(super) fn draw_lives(
    canvas: &mut Canvas,
    trace: &Trace,
    rows: &Rows,
    columns: &Columns,
    heights: &Heights,
) {
    for (node, _) in columns.nodes() {
        let x = columns.x(node);
        for (life, from, to) in lives(trace, rows, heights, node) {
            let bar = |width| Rect { x: x - width / 2.0, y: from, width, height: to - from };
            let tags = [("data-nodes", columns.place(node).to_string())];
            canvas.tagged(&tags, |canvas| match life {
                Life::Up => canvas.add(line((x, from), (x, to), RULE, 1.5).set("data-grow", "")),
                Life::Down => {
                    let bar = bar(13.0).drawn().set("fill", Fill::Down.url()).set("stroke", VERMILION.line);
                    canvas.add(bar.set("stroke-dasharray", "3 3").set("data-grow", ""));
                }
                Life::Paused => {
                    let bar = bar(9.0).drawn().set("fill", Fill::Paused.url()).set("stroke", GREY);
                    canvas.add(bar.set("data-grow", ""));
                }
            });
        }
    }
}

/// While links are cut, the ground is shaded, between brackets at its sides.
pub(super) fn draw_cuts(
    canvas: &mut Canvas,
    trace: &Trace,
    rows: &Rows,
    columns: &Columns,
    heights: &Heights,
    steps: &Steps,
) {
    let mut began: Option<f64> = None;
    let mut bands = Vec::new();
    for (place, (entry, row)) in trace.entries.iter().zip(&rows.of_entry).enumerate() {
        let (Event::Network { cut, .. }, Some(row)) = (&entry.event, row) else { continue };
        match (began, cut.is_empty()) {
            (None, false) => began = Some(heights.top(*row)),
            (Some(from), true) => {
                bands.push((from, heights.bottom(*row), steps.at(place)));
                began = None;
            }
            _ => {}
        }
    }
    bands.extend(began.map(|from| (from, heights.end, None)));
    for (from, to, healed) in bands {
        let (left, right) = (LEFT, columns.right());
        let band = Rect { x: left, y: from, width: right - left, height: to - from };
        canvas.add(band.drawn().set("fill", VERMILION.tint).set("data-grow", ""));
        for (edge, inwards) in [(left, 10.0), (right, -10.0)] {
            let bracket = |from, to| line(from, to, VERMILION.line, 2.0);
            canvas.add(bracket((edge, from), (edge, to)).set("data-grow", ""));
            canvas.add(bracket((edge, from), (edge + inwards, from)).set("data-grow", ""));
            if let Some(step) = healed {
                canvas.add(bracket((edge, to), (edge + inwards, to)).set("data-from", step));
            }
        }
    }
}
