//! What happens to one node alone, in boxes on its line, and what happens to the links, in banners across all lines.

use super::rows::{BANNER, Columns, Heights, LEFT, Rows};
use super::steps::Steps;
use crate::trace::{Event, NodeId, Trace};
use crate::view::canvas::{Canvas, Label, Rect, shortened, width_of, wrapped};
use crate::view::palette::{CARD, Colour, FRAME, GREY, INK, SHADE, VERMILION};

const SIZE: f64 = 11.0;
const LINE: f64 = 13.5;
const PADDING: f64 = 3.5;
/// Between boxes, and between a box and the messages of its row.
const SPACE: f64 = 4.0;
const MOST_LINES: usize = 3;

/// A box or a banner.
#[derive(Debug)]
pub(super) struct Note<'a> {
    pub(super) row: usize,
    /// Its entry in the trace.
    pub(super) entry: usize,
    event: &'a Event,
    full: String,
    lines: Vec<String>,
    marked: bool,
}

impl Note<'_> {
    /// On whose line it is; nothing for a banner.
    pub(super) fn node(&self) -> Option<NodeId> {
        self.event.happens_at()
    }

    fn height(&self) -> f64 {
        match self.event {
            Event::Network { .. } => BANNER,
            _ => self.lines.len() as f64 * LINE + 2.0 * PADDING,
        }
    }

    fn width(&self) -> f64 {
        let width = |line: &String| width_of(line, SIZE, self.is_bold());
        self.lines.iter().map(width).fold(0.0, f64::max) + 2.0 * PADDING + 4.0
    }

    fn is_bold(&self) -> bool {
        self.marked || matches!(self.event, Event::Crash { .. } | Event::Network { .. })
    }

    /// Colours of the text, the ground and the edge.
    fn colours(&self) -> (Colour, Colour, Colour) {
        match self.event {
            Event::Crash { .. } | Event::Network { .. } => (VERMILION.ink, VERMILION.tint, VERMILION.line),
            Event::Timer { .. } => (GREY, CARD, FRAME),
            Event::Note { .. } => (INK, SHADE, FRAME),
            _ => (INK, CARD, GREY),
        }
    }
}

/// All boxes and banners, in order. A state that a node notes needs no sign.
pub(super) fn of<'a>(
    trace: &'a Trace,
    rows: &Rows,
    columns: &Columns,
    marked: impl Fn(usize) -> bool,
) -> Vec<Note<'a>> {
    let entries = trace.entries.iter().zip(&rows.of_entry).enumerate();
    let drawn = entries.filter_map(|(entry, (what, row))| Some((entry, &what.event, (*row)?)));
    let note = |(entry, event, row): (usize, &'a Event, usize)| {
        let full = match event {
            Event::Network { text, .. } => format!("⇹ {text}"),
            Event::Note { text, .. } => text.clone(),
            // The sign of the transcript is a picture in many fonts.
            Event::Timer { label, .. } => format!("◷ {label}"),
            local => local.by_itself().map(|(_, sign, text)| format!("{sign} {text}"))?,
        };
        let marked = marked(entry);
        let full = if marked { format!("» {full}") } else { full };
        let most = match event {
            Event::Network { .. } => columns.right() - LEFT - 16.0,
            _ => columns.width - 2.0 * PADDING - 12.0,
        };
        let lines = match event {
            Event::Network { .. } => vec![shortened(&full, most, SIZE, true)],
            _ => wrapped(&full, most, SIZE, true, MOST_LINES),
        };
        Some(Note { row, entry, event, full, lines, marked })
    };
    drawn.filter_map(note).collect()
}

/// How high each row is because of them.
pub(super) fn heights(notes: &[Note], rows: &Rows) -> Vec<f64> {
    let mut heights = rows.arrivals.clone();
    for (i, note) in notes.iter().enumerate() {
        let is_first = i == 0 || notes[i - 1].row != note.row;
        heights[note.row] += note.height() + if is_first { 2.0 * SPACE } else { SPACE };
    }
    heights
}

/// Where they are.
pub(super) fn rooms(notes: &[Note], rows: &Rows, columns: &Columns, heights: &Heights) -> Vec<Rect> {
    let mut rooms: Vec<Rect> = Vec::new();
    let mut last = None;
    for note in notes {
        let y = match (last, rooms.last()) {
            (Some(row), Some(above)) if row == note.row => above.bottom() + SPACE,
            _ => heights.top(note.row) + rows.arrivals[note.row] + SPACE,
        };
        last = Some(note.row);
        let (width, height) = (note.width(), note.height());
        let x = match note.node() {
            Some(node) => columns.x(node) - width / 2.0,
            None => LEFT + 4.0,
        };
        rooms.push(Rect { x, y, width, height });
    }
    rooms
}

pub(super) fn draw(canvas: &mut Canvas, notes: &[Note], rooms: &[Rect], steps: &Steps) {
    for (note, room) in notes.iter().zip(rooms) {
        let draw = |canvas: &mut Canvas| draw_one(canvas, note, room);
        canvas.tagged(&steps.of_note(note), |canvas| {
            if note.lines.iter().any(|line| line.ends_with('…')) {
                canvas.titled(&note.full, draw);
            } else {
                draw(canvas);
            }
        });
    }
}

fn draw_one(canvas: &mut Canvas, note: &Note, room: &Rect) {
    let (ink, ground, edge) = note.colours();
    let edge = if note.marked { INK } else { edge };
    let frame = room.drawn().set("rx", 4).set("fill", ground).set("stroke", edge);
    canvas.add(frame.set("stroke-width", if note.marked { 2.5 } else { 1.0 }));
    for (i, text) in note.lines.iter().enumerate() {
        let y = room.y + PADDING + LINE * (i as f64 + 0.5) + SIZE * 0.36;
        let label = Label::new(text.clone(), room.x + room.width / 2.0, y).middle();
        canvas.label(&label.size(SIZE).bold(note.is_bold()).colour(ink));
    }
}
