//! Space–time diagrams: nodes side by side, time going down, messages as arrows (Lamport, CACM 1978).
//!
//! Rows are events, not milliseconds: a diagram in which nothing overlaps is worth more than one to scale. The
//! times stand at the left.
//!
//! From trace to picture, step by step: [`rows`] finds which events share a height, [`notes`] and [`arrows`] turn
//! them into boxes and arrows, [`labels`] finds room for the arrows' texts and asks for more height where there is
//! none, [`bands`] draws what lasts, and [`operations`] what the reader shall look at.

mod arrows;
mod bands;
mod labels;
mod notes;
mod operations;
mod rows;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::operations::Operation;
use self::rows::{Columns, Heights, LEFT, RowOf, Rows};
use super::Figure;
use super::canvas::{Canvas, Fill, Label, Rect, line, shortened, wrapped};
use super::palette::{FRAME, GREY, INK, SHADE};
use crate::history::{History, Witness};
use crate::trace::Trace;

/// How often rows may move apart until every label has its place.
const PASSES: usize = 60;
/// How far they move apart each time, in pixels.
const STEP: f64 = 9.0;
/// Nearer than this, an arrow that passes seems to end or begin, in pixels.
const NEAR: f64 = 6.0;
/// Most room that a row gets for that.
const MOST_FOR_GRAZES: f64 = 108.0;
/// A diagram higher than this names the nodes again at its foot.
const HIGH: f64 = 640.0;
/// Height of that foot.
const FOOT: f64 = 26.0;

/// The diagram of a trace, with the transcript as its text form. Beyond 90 rows, the rest is left out of the
/// picture, and it says so; the transcript is always whole.
pub fn space_time(trace: &Trace) -> Figure {
    SpaceTime::of(trace).figure()
}

/// The picture of [`space_time`] alone, as an SVG document.
pub fn space_time_svg(trace: &Trace) -> String {
    SpaceTime::of(trace).svg()
}

/// A space–time diagram with a choice of what is shown and what is marked.
///
/// # Examples
/// ```
/// use replication_lab::leaderless::Leaderless;
/// use replication_lab::view::SpaceTime;
///
/// let mut cluster = Leaderless::builder().clients(2).build()?;
/// cluster.write("c1", "x", "1")?;
/// let trace = cluster.trace().expect("a builder's default is to keep it");
/// let figure = SpaceTime::of(trace).mark([1]).figure();
/// assert!(figure.as_text().contains("»   0.000 ms  c1 → A  get x"));
/// # Ok::<(), replication_lab::leaderless::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpaceTime<'a> {
    trace: &'a Trace,
    since: usize,
    marked: BTreeSet<usize>,
    operations: Vec<Operation>,
    why: Option<String>,
}

impl<'a> SpaceTime<'a> {
    /// The whole trace, nothing marked.
    pub fn of(trace: &'a Trace) -> Self {
        Self { trace, since: 0, marked: BTreeSet::new(), operations: Vec::new(), why: None }
    }

    /// Only what happened from a place in the trace on, as [`Trace::since`] has it.
    pub fn since(self, place: usize) -> Self {
        Self { since: place, ..self }
    }

    /// Marks entries, by their places in the whole trace: thicker, and with a `»` before their text. A message is
    /// marked as a whole, by its send or by what became of it.
    pub fn mark(mut self, entries: impl IntoIterator<Item = usize>) -> Self {
        self.marked.extend(entries);
        self
    }

    /// Marks operations, by their places in the history: each with a bar on its client's line and a number, and a
    /// line below the diagram. Places that the history does not have are left out.
    pub fn mark_operations(mut self, history: &History, places: impl IntoIterator<Item = usize>) -> Self {
        for op in places.into_iter().filter_map(|place| history.0.get(place)) {
            self.operations.push(Operation { number: self.operations.len() + 1, op: op.clone() });
        }
        self
    }

    /// Marks the guilty operations of a verdict, and says below the diagram what is wrong with them.
    pub fn witness(self, history: &History, witness: &Witness) -> Self {
        let marked = self.mark_operations(history, witness.operations.iter().copied());
        Self { why: Some(format!("{}.", witness.why.trim_end_matches('.'))), ..marked }
    }

    /// Both forms: the picture and the transcript.
    pub fn figure(&self) -> Figure {
        Figure::svg(&self.svg(), &self.title(), self.text())
    }

    /// The picture alone, as an SVG document.
    pub fn svg(&self) -> String {
        let (trace, marked) = self.window();
        let mut diagram = Diagram::new(&trace, &marked, &self.operations);
        diagram.draw_all(&self.below());
        diagram.canvas.finish(&self.title(), diagram.columns.picture(), diagram.height)
    }

    fn title(&self) -> String {
        format!("Space–time diagram of {}", self.trace.nodes.join(", "))
    }

    /// The part of the trace that is shown, and the marked places in it.
    fn window(&self) -> (Cow<'a, Trace>, BTreeSet<usize>) {
        if self.since == 0 {
            return (Cow::Borrowed(self.trace), self.marked.clone());
        }
        let kept = self.trace.places_since(self.since);
        let places = kept.iter().enumerate().filter(|(_, place)| self.marked.contains(place));
        (Cow::Owned(self.trace.since(self.since)), places.map(|(place, _)| place).collect())
    }

    fn below(&self) -> Vec<String> {
        self.operations.iter().map(Operation::text).chain(self.why.clone()).collect()
    }

    fn text(&self) -> String {
        let (trace, marked) = self.window();
        let transcript = trace.marked_transcript(&marked);
        let below: String = self.below().iter().map(|line| format!("\n{line}")).collect();
        transcript + &below
    }
}

/// A diagram in the making: everything has its place.
struct Diagram<'a> {
    trace: &'a Trace,
    rows: Rows,
    columns: Columns,
    heights: Heights,
    notes: Vec<notes::Note<'a>>,
    note_rooms: Vec<Rect>,
    arrows: Vec<arrows::Arrow>,
    paths: Vec<Vec<(f64, f64)>>,
    labels: Vec<labels::Placed>,
    bars: Vec<(Operation, (Rect, Rect))>,
    canvas: Canvas,
    height: f64,
}

impl<'a> Diagram<'a> {
    fn new(trace: &'a Trace, marked: &BTreeSet<usize>, operations: &[Operation]) -> Self {
        let rows = Rows::of(trace);
        let columns = Columns::of(trace);
        let notes = notes::of(trace, &rows, &columns, |entry| marked.contains(&entry));
        let arrows = arrows::of(trace, &rows, |entry| marked.contains(&entry));
        let row_heights = notes::heights(&notes, &rows);
        let mut room = vec![0.0; rows.rows.len() + 1];
        let mut pass = 0;
        loop {
            let heights = Heights::of(&row_heights, &room);
            let note_rooms = notes::rooms(&notes, &rows, &columns, &heights);
            let place = |operation: &Operation| {
                let room = operations::room(operation, &rows, &columns, &heights)?;
                Some((operation.clone(), room))
            };
            let bars: Vec<_> = operations.iter().filter_map(place).collect();
            let badges = bars.iter().map(|(_, (_, badge))| *badge);
            let foot = Rect { x: 0.0, y: heights.end, width: columns.picture(), height: FOOT };
            let taken: Vec<Rect> = note_rooms.iter().copied().chain(badges).chain([foot]).collect();
            let paths = arrows::paths(&arrows, &columns, &heights);
            let drawn: Vec<labels::Drawn> = arrows.iter().zip(paths).collect();
            let (labels, covers) = labels::place(&drawn, &taken, &columns);
            pass += 1;
            if pass < PASSES {
                // Once for each row, however many ask for it.
                let mut stretch: BTreeSet<usize> = covers.iter().map(|i| arrows[*i].stretched_by()).collect();
                let near = drawn.iter().flat_map(|drawn| grazed(drawn, &rows, &columns, &heights));
                let hidden = drawn.iter().flat_map(|drawn| hidden(drawn, &notes, &note_rooms));
                stretch.extend(near.chain(hidden).filter(|row| room[*row] < MOST_FOR_GRAZES));
                if !stretch.is_empty() {
                    stretch.into_iter().for_each(|row| room[row.min(rows.rows.len())] += STEP);
                    continue;
                }
            }
            let paths = drawn.into_iter().map(|(_, path)| path).collect();
            let (canvas, height) = (Canvas::new(), 0.0);
            return Self {
                trace,
                rows,
                columns,
                heights,
                notes,
                note_rooms,
                arrows,
                paths,
                labels,
                bars,
                canvas,
                height,
            };
        }
    }

    fn draw_all(&mut self, below: &[String]) {
        self.canvas.define(arrows::head());
        self.canvas.define(Fill::Down.definition());
        self.canvas.define(Fill::Paused.definition());
        let Self { trace, rows, columns, heights, canvas, .. } = self;
        bands::draw_cuts(canvas, trace, rows, columns, heights);
        self.draw_times();
        let Self { trace, rows, columns, heights, canvas, .. } = self;
        bands::draw_lives(canvas, trace, rows, columns, heights);
        for (operation, rooms) in &self.bars {
            operations::draw(&mut self.canvas, operation, rooms);
        }
        for (arrow, path) in self.arrows.iter().zip(&self.paths) {
            arrow.draw(&mut self.canvas, path);
        }
        notes::draw(&mut self.canvas, &self.notes, &self.note_rooms);
        for (arrow, placed) in self.arrows.iter().zip(&self.labels) {
            labels::draw(&mut self.canvas, arrow, placed);
        }
        self.draw_heads(14.0);
        let mut end = self.heights.end;
        if end > HIGH {
            self.draw_heads(end);
            end += FOOT;
        }
        self.draw_below(end + 8.0, below);
    }

    /// The nodes' names, at the head or the foot of their lines.
    fn draw_heads(&mut self, y: f64) {
        for (node, name) in self.columns.nodes() {
            let width = self.columns.width - 14.0;
            let x = self.columns.x(node);
            let room = Rect { x: x - width / 2.0, y, width, height: 24.0 };
            self.canvas.add(room.drawn().set("rx", 5).set("fill", SHADE).set("stroke", FRAME));
            let name = shortened(name, width - 8.0, 14.0, true);
            self.canvas.label(&Label::new(name, x, y + 17.0).middle().size(14.0).bold(true));
        }
    }

    /// A time where an instant begins, with a hairline across.
    fn draw_times(&mut self) {
        let mut last = None;
        for (row, what) in self.rows.rows.iter().enumerate() {
            if last == Some(what.at) {
                continue;
            }
            last = Some(what.at);
            let y = self.heights.top(row);
            let hairline = line((LEFT, y), (self.columns.right(), y), FRAME, 1.0);
            self.canvas.add(hairline.set("stroke-dasharray", "1 4"));
            let at = Label::new(what.at.to_string(), LEFT - 8.0, y + 4.0).end();
            self.canvas.label(&at.size(11.0).colour(GREY));
        }
    }

    /// What stands below: what is left out, what is marked, and why.
    fn draw_below(&mut self, top: f64, below: &[String]) {
        let mut lines = Vec::new();
        if self.rows.rows.is_empty() {
            lines.push("Nothing happened.".to_owned());
        }
        if self.rows.left_out > 0 {
            lines.push(format!("… and {} events more: see the transcript.", self.rows.left_out));
        }
        let most = self.columns.picture() - 32.0;
        lines.extend(below.iter().flat_map(|text| wrapped(text, most, 12.0, false, 4)));
        let mut y = top;
        for text in lines {
            y += 18.0;
            self.canvas.label(&Label::new(text, 16.0, y).colour(INK));
        }
        self.height = y + 14.0;
    }
}

/// Where an arrow passes so near to what another node does that it seems to belong to it: the rows above which room
/// parts the two.
fn grazed(drawn: &labels::Drawn, rows: &Rows, columns: &Columns, heights: &Heights) -> Vec<usize> {
    let (arrow, path) = drawn;
    let (start, end) = (path[0], path[path.len() - 1]);
    let (first, last) = arrow.span();
    let between = |row: &usize| match rows.rows[*row].of {
        RowOf::Node(node) if node != arrow.from && node != arrow.to => {
            let share = (columns.x(node) - start.0) / (end.0 - start.0);
            let y = start.1 + (end.1 - start.1) * share;
            let near = heights.top(*row) - NEAR < y && y < heights.bottom(*row) + NEAR;
            // Room above its end takes the arrow down and leaves the row; room above the row takes down the row more
            // than the arrow.
            let apart = match y >= heights.middle(*row) - 1.0 {
                true => (share >= 0.3).then_some(last),
                false => (share <= 0.7).then_some(*row),
            };
            apart.filter(|_| 0.0 < share && share < 1.0 && near)
        }
        _ => None,
    };
    (first + 1..last).filter_map(|row| between(&row)).collect()
}

/// Where an arrow ends behind a box of its own receiver: its last row, for room above it takes the end away from the
/// box.
fn hidden(drawn: &labels::Drawn, notes: &[notes::Note], rooms: &[Rect]) -> Option<usize> {
    let (arrow, path) = drawn;
    let (first, last) = arrow.span();
    let behind = |(note, room): (&notes::Note, &Rect)| {
        let receiver = note.node() == Some(arrow.to) && arrow.from != arrow.to;
        receiver && (first + 1..last).contains(&note.row) && room.crossed_by(path[0], path[path.len() - 1])
    };
    notes.iter().zip(rooms).any(behind).then_some(last)
}

crate::shown_in_notebooks!(SpaceTime<'_>);
