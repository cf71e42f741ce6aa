//! Clients' operations, marked on their lines from beginning to end.

use super::rows::{Columns, Heights, RowOf, Rows};
use super::steps::Tags;
use crate::history::Op;
use crate::view::canvas::{Canvas, Label, Rect};
use crate::view::palette::{CARD, INK, ORANGE};

/// An operation to be marked.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    /// Its number in the list below the diagram.
    pub(super) number: usize,
    pub(super) op: Op,
}

impl Operation {
    /// What the list below the diagram says.
    pub(super) fn text(&self) -> String {
        let Self { number, op } = self;
        match op.ended {
            Some(ended) => format!("[{number}] {op} ({} to {ended})", op.began),
            None => format!("[{number}] {op} (from {})", op.began),
        }
    }
}

const BADGE: f64 = 16.0;

/// The row in which an operation begins, and the one in which it ends; nothing if its client does nothing in the
/// diagram.
pub(super) fn span(operation: &Operation, rows: &Rows, columns: &Columns) -> Option<(usize, Option<usize>)> {
    let Op { client, began, ended, .. } = &operation.op;
    let node = columns.nodes().find(|(_, name)| name == client).map(|(node, _)| node)?;
    let mine = rows.rows.iter().enumerate().filter(|(_, row)| row.of == RowOf::Node(node));
    let during = mine.filter(|(_, row)| row.at >= *began && ended.is_none_or(|ended| row.at <= ended));
    let during: Vec<(usize, crate::time::Time)> = during.map(|(i, row)| (i, row.at)).collect();
    // At its first instant the client may have ended something else, at its last it may begin anew.
    let (first, last) = (during.first()?.1, during.last()?.1);
    let begins = during.iter().filter(|(_, at)| *at == first).map(|(row, _)| *row).next_back()?;
    let ends = match ended {
        Some(ended) if last == *ended && last != first => {
            during.iter().filter(|(_, at)| *at == last).map(|(row, _)| *row).next()
        }
        Some(_) => during.last().map(|(row, _)| *row),
        None => None,
    };
    Some((begins, ends))
}

/// The bar and the badge of an operation; nothing if its client does nothing in the diagram.
pub(super) fn room(
    operation: &Operation,
    rows: &Rows,
    columns: &Columns,
    heights: &Heights,
) -> Option<(Rect, Rect)> {
    let (begins, ends) = span(operation, rows, columns)?;
    let node = columns.nodes().find(|(_, name)| *name == operation.op.client).map(|(node, _)| node)?;
    let x = columns.x(node);
    let top = heights.top(begins) - 2.0;
    let bottom = ends.map_or(heights.end, |row| heights.bottom(row) + 2.0);
    let bar = Rect { x: x - 5.0, y: top, width: 10.0, height: bottom - top };
    let badge = Rect { x: x - 9.0 - BADGE, y: top - BADGE * 0.75, width: BADGE, height: BADGE };
    Some((bar, badge))
}

pub(super) fn draw(canvas: &mut Canvas, operation: &Operation, (bar, badge): &(Rect, Rect), tags: &Tags) {
    canvas.tagged(tags, |canvas| draw_one(canvas, operation, bar, badge));
}

fn draw_one(canvas: &mut Canvas, operation: &Operation, bar: &Rect, badge: &Rect) {
    let bar =
        bar.drawn().set("data-grow", "").set("rx", 5).set("fill", ORANGE.tint).set("stroke", ORANGE.ink);
    canvas.add(match operation.op.ended {
        Some(_) => bar.set("stroke-width", 2),
        None => bar.set("stroke-width", 2).set("stroke-dasharray", "4 3"),
    });
    let round = badge.drawn().set("rx", BADGE / 2.0).set("fill", CARD).set("stroke", ORANGE.ink);
    canvas.add(round.set("stroke-width", 1.5));
    let at = (badge.x + BADGE / 2.0, badge.y + BADGE / 2.0 + 4.0);
    canvas.label(
        &Label::new(operation.number.to_string(), at.0, at.1).middle().size(11.0).bold(true).colour(INK),
    );
}
