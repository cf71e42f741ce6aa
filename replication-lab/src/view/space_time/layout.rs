//! Where everything is.
//!
//! Rows begin as near to one another as they may. Where a label finds no room, or an arrow passes so near to something
//! that it seems to belong to it, rows move apart, and all is placed anew, until nothing asks for more.

use std::collections::BTreeSet;

use super::arrows::{self, Arrow};
use super::labels::{self, Drawn, Placed};
use super::notes::{self, Note};
use super::operations::{self, Operation};
use super::rows::{Columns, Heights, RowOf, Rows};
use crate::trace::Trace;
use crate::view::canvas::Rect;

/// How often rows may move apart.
const PASSES: usize = 60;
/// How far they move apart each time, in pixels.
const STEP: f64 = 9.0;
/// Nearer than this, an arrow that passes seems to end or begin, in pixels.
const NEAR: f64 = 6.0;
/// Most room that a row gets for that.
const MOST_FOR_GRAZES: f64 = 108.0;
/// Height of the nodes' names at the foot of a high diagram.
pub(super) const FOOT: f64 = 26.0;

/// What there is to draw.
pub(super) struct Parts<'a> {
    pub(super) rows: Rows,
    pub(super) columns: Columns,
    pub(super) notes: Vec<Note<'a>>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) operations: &'a [Operation],
}

impl<'a> Parts<'a> {
    /// The parts of a trace, the entries at the marked places marked.
    pub(super) fn of(trace: &'a Trace, marked: &BTreeSet<usize>, operations: &'a [Operation]) -> Self {
        let (rows, columns) = (Rows::of(trace), Columns::of(trace));
        let notes = notes::of(trace, &rows, &columns, |entry| marked.contains(&entry));
        let arrows = arrows::of(trace, &rows, |entry| marked.contains(&entry));
        Self { rows, columns, notes, arrows, operations }
    }
}

/// Where the parts are, each list in the order of its parts.
pub(super) struct Layout {
    pub(super) heights: Heights,
    pub(super) notes: Vec<Rect>,
    pub(super) paths: Vec<Vec<(f64, f64)>>,
    pub(super) labels: Vec<Placed>,
    /// Bar and badge of each operation; nothing for those that are not in the picture.
    pub(super) operations: Vec<Option<(Rect, Rect)>>,
}

impl Layout {
    pub(super) fn of(parts: &Parts) -> Self {
        let row_heights = notes::heights(&parts.notes, &parts.rows);
        let mut room = vec![0.0; parts.rows.rows.len() + 1];
        let mut pass = 1;
        loop {
            let (layout, covering) = Self::attempt(parts, Heights::of(&row_heights, &room));
            let tight = layout.tight(parts, &room);
            let covering = covering.into_iter().map(|arrow| parts.arrows[arrow].stretched_by());
            // Once for each row, however many ask for it.
            let stretch: BTreeSet<usize> = covering.chain(tight).collect();
            if stretch.is_empty() || pass == PASSES {
                return layout;
            }
            for row in stretch {
                room[row.min(parts.rows.rows.len())] += STEP;
            }
            pass += 1;
        }
    }

    /// The layout with these heights, and the arrows whose label covers another text.
    fn attempt(parts: &Parts, heights: Heights) -> (Self, Vec<usize>) {
        let Parts { rows, columns, arrows, .. } = parts;
        let notes = notes::rooms(&parts.notes, rows, columns, &heights);
        let operations: Vec<_> = parts
            .operations
            .iter()
            .map(|operation| operations::room(operation, rows, columns, &heights))
            .collect();
        let badges = operations.iter().flatten().map(|(_, badge)| *badge);
        let foot = Rect { x: 0.0, y: heights.end, width: columns.picture(), height: FOOT };
        let taken: Vec<Rect> = notes.iter().copied().chain(badges).chain([foot]).collect();
        let drawn: Vec<Drawn> = arrows.iter().zip(arrows::paths(arrows, columns, &heights)).collect();
        let (labels, covering) = labels::place(&drawn, &taken, columns);
        let paths = drawn.into_iter().map(|(_, path)| path).collect();
        (Self { heights, notes, paths, labels, operations }, covering)
    }

    /// The rows above which room would part an arrow from what it only passes.
    fn tight(&self, parts: &Parts, room: &[f64]) -> Vec<usize> {
        let arrows = || parts.arrows.iter().zip(&self.paths);
        let grazed = arrows().flat_map(|(arrow, path)| self.grazed(parts, arrow, path));
        let hidden = arrows().filter_map(|(arrow, path)| self.hidden(parts, arrow, path));
        grazed.chain(hidden).filter(|row| room[*row] < MOST_FOR_GRAZES).collect()
    }

    /// Where an arrow passes so near to what another node does that it seems to belong to it.
    fn grazed(&self, parts: &Parts, arrow: &Arrow, path: &[(f64, f64)]) -> Vec<usize> {
        let (start, end) = (path[0], path[path.len() - 1]);
        let (first, last) = arrow.span();
        let between = |row: usize| match parts.rows.rows[row].of {
            RowOf::Node(node) if node != arrow.from && node != arrow.to => {
                let share = (parts.columns.x(node) - start.0) / (end.0 - start.0);
                let y = start.1 + (end.1 - start.1) * share;
                let near = self.heights.top(row) - NEAR < y && y < self.heights.bottom(row) + NEAR;
                // Room above its end takes the arrow down and leaves the row; room above the row takes down the row
                // more than the arrow.
                let apart = match y >= self.heights.middle(row) - 1.0 {
                    true => (share >= 0.3).then_some(last),
                    false => (share <= 0.7).then_some(row),
                };
                apart.filter(|_| 0.0 < share && share < 1.0 && near)
            }
            _ => None,
        };
        (first + 1..last).filter_map(between).collect()
    }

    /// Where an arrow ends behind a box of its own receiver: its last row, for room above that takes the end away
    /// from the box.
    fn hidden(&self, parts: &Parts, arrow: &Arrow, path: &[(f64, f64)]) -> Option<usize> {
        let (first, last) = arrow.span();
        let behind = |(note, room): (&Note, &Rect)| {
            let receiver = note.node() == Some(arrow.to) && arrow.from != arrow.to;
            receiver
                && (first + 1..last).contains(&note.row)
                && room.crossed_by(path[0], path[path.len() - 1])
        };
        parts.notes.iter().zip(&self.notes).any(behind).then_some(last)
    }
}
