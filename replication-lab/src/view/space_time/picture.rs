//! The diagram as SVG, once everything has its place.

use std::collections::BTreeSet;

use super::layout::{FOOT, Layout, Parts};
use super::rows::{LEFT, RowOf};
use super::steps::Steps;
use super::{arrows, bands, labels, notes, operations};
use crate::trace::Trace;
use crate::view::canvas::{Canvas, Fill, Label, Rect, line, shortened, wrapped};
use crate::view::palette::{FRAME, GREY, INK, SHADE};

/// A diagram higher than this names the nodes again at its foot.
const HIGH: f64 = 640.0;

/// A diagram that is being drawn.
pub(super) struct Picture<'a> {
    trace: &'a Trace,
    parts: &'a Parts<'a>,
    layout: &'a Layout,
    steps: Steps,
    pub(super) canvas: Canvas,
    pub(super) height: f64,
}

impl<'a> Picture<'a> {
    /// The whole diagram, with lines of text below it.
    pub(super) fn of(
        trace: &'a Trace,
        parts: &'a Parts,
        layout: &'a Layout,
        marked: &BTreeSet<usize>,
        below: &[String],
    ) -> Self {
        let steps = Steps::of(trace, &parts.rows, &parts.columns);
        let mut picture = Self { trace, parts, layout, steps, canvas: Canvas::new(), height: 0.0 };
        picture.draw_all(below);
        if !picture.steps.is_empty() {
            let data = picture.steps.data(trace, parts, &layout.heights, marked);
            picture.canvas.carry(data);
        }
        picture
    }

    /// The SVG document.
    pub(super) fn finish(self, title: &str) -> String {
        self.canvas.finish(title, self.parts.columns.picture(), self.height)
    }

    fn draw_all(&mut self, below: &[String]) {
        self.canvas.define(arrows::head());
        self.canvas.define(Fill::Down.definition());
        self.canvas.define(Fill::Paused.definition());
        let (parts, layout) = (self.parts, self.layout);
        bands::draw_cuts(
            &mut self.canvas,
            self.trace,
            &parts.rows,
            &parts.columns,
            &layout.heights,
            &self.steps,
        );
        self.canvas.tagged(&[("data-cursor", String::new())], |_| {});
        self.draw_times();
        bands::draw_lives(&mut self.canvas, self.trace, &parts.rows, &parts.columns, &layout.heights);
        for (operation, rooms) in parts.operations.iter().zip(&layout.operations) {
            let span = operations::span(operation, &parts.rows, &parts.columns);
            if let (Some(rooms), Some((begins, _))) = (rooms, span) {
                let tags = self.steps.of_operation(parts.rows.rows[begins].of, begins);
                operations::draw(&mut self.canvas, operation, rooms, &tags);
            }
        }
        for (arrow, path) in parts.arrows.iter().zip(&layout.paths) {
            arrow.draw(&mut self.canvas, path, &self.steps);
        }
        notes::draw(&mut self.canvas, &parts.notes, &layout.notes, &self.steps);
        for (arrow, placed) in parts.arrows.iter().zip(&layout.labels) {
            labels::draw(&mut self.canvas, arrow, placed, &self.steps);
        }
        self.draw_heads(14.0);
        let mut end = self.layout.heights.end;
        if end > HIGH {
            self.draw_heads(end);
            end += FOOT;
        }
        self.draw_below(end + 8.0, below);
    }

    /// The nodes' names, at the head or the foot of their lines.
    fn draw_heads(&mut self, y: f64) {
        for (node, name) in self.parts.columns.nodes() {
            let width = self.parts.columns.width - 14.0;
            let x = self.parts.columns.x(node);
            let room = Rect { x: x - width / 2.0, y, width, height: 24.0 };
            let name = shortened(name, width - 8.0, 14.0, true);
            let place = self.parts.columns.place(node).to_string();
            self.canvas.tagged(&[("data-head", place.clone()), ("data-nodes", place)], |canvas| {
                canvas.add(room.drawn().set("rx", 5).set("fill", SHADE).set("stroke", FRAME));
                canvas.label(&Label::new(name, x, y + 17.0).middle().size(14.0).bold(true));
            });
        }
    }

    /// A time where an instant begins, with a hairline across.
    fn draw_times(&mut self) {
        let mut last = None;
        for (row, what) in self.parts.rows.rows.iter().enumerate() {
            if last == Some(what.at) {
                continue;
            }
            last = Some(what.at);
            let y = self.layout.heights.top(row);
            let right = self.parts.columns.right();
            let from = self.steps.first_in(row).to_string();
            self.canvas.tagged(&[("data-from", from)], |canvas| {
                // A partition has brackets there.
                if what.of != RowOf::Links {
                    let hairline = line((LEFT, y), (right, y), FRAME, 1.0);
                    canvas.add(hairline.set("stroke-dasharray", "1 4"));
                }
                let at = Label::new(what.at.to_string(), LEFT - 8.0, y + 4.0).end();
                canvas.label(&at.size(11.0).colour(GREY));
            });
        }
    }

    /// What stands below: what is left out, what is marked, and why.
    fn draw_below(&mut self, top: f64, below: &[String]) {
        let mut lines = Vec::new();
        if self.parts.rows.rows.is_empty() {
            lines.push("Nothing happened.".to_owned());
        }
        if self.parts.rows.left_out > 0 {
            lines.push(format!("… and {} events more: see the transcript.", self.parts.rows.left_out));
        }
        let most = self.parts.columns.picture() - 32.0;
        lines.extend(below.iter().flat_map(|text| wrapped(text, most, 12.0, false, 4)));
        let mut y = top;
        // It tells the end, so a reader who plays the events gets it at the end.
        self.canvas.tagged(&[("data-from", self.steps.len().to_string())], |canvas| {
            for text in lines {
                y += 18.0;
                canvas.label(&Label::new(text, 16.0, y).colour(INK));
            }
        });
        self.height = y + 14.0;
    }
}
