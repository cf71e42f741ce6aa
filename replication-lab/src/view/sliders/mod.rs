//! Pictures with knobs to turn: one frame for each setting, all of them drawn beforehand.
//!
//! A figure holds what its frames share once: every shape says in which frames it is seen ([`merge`](merge::merge)).
//! The still picture is the frame of the start, and the text form is what that frame says, with the knobs' ranges.
//!
//! # Limits
//! Knobs have a few values each, for all settings are drawn: some hundred frames are 60 kB if they are much alike.

mod merge;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::json;
use svg::node::Blob;

use super::canvas::Canvas;
use super::{Figure, Table};

/// Most settings that the text form lists.
const MOST_ROWS: usize = 40;

/// What a reader turns.
#[derive(Clone, Debug)]
pub(crate) struct Knob {
    pub(crate) name: &'static str,
    /// What it is, in a few words.
    pub(crate) means: &'static str,
    /// Its values as they are shown, in order.
    pub(crate) values: Vec<String>,
    /// Which of them is the start.
    pub(crate) start: usize,
}

/// The picture of one setting, and what is said about it.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) canvas: Canvas,
    /// Sentences. Frames that have one in common share it.
    pub(crate) says: Vec<String>,
    /// Its row in the table of the text form, behind the knobs' values.
    pub(crate) row: Vec<String>,
}

/// A figure with knobs.
#[derive(Clone, Debug)]
pub(crate) struct Sliders {
    pub(crate) title: &'static str,
    /// Width and height of every frame.
    pub(crate) size: (f64, f64),
    pub(crate) knobs: Vec<Knob>,
    /// The columns of the text form's table, behind the knobs; empty for none.
    pub(crate) columns: Vec<&'static str>,
}

impl Sliders {
    /// The figure of the frames that `draw` has for the settings: places on the knobs, in their order. It has none for
    /// what is impossible.
    pub(crate) fn figure(&self, mut draw: impl FnMut(&[usize]) -> Option<Frame>) -> Figure {
        let mut frames = Vec::new();
        let grid: Vec<Option<usize>> = self
            .settings()
            .iter()
            .map(|setting| {
                frames.push((setting.clone(), draw(setting)?));
                Some(frames.len() - 1)
            })
            .collect();
        let start: Vec<usize> = self.knobs.iter().map(|knob| knob.start).collect();
        let first = frames.iter().position(|(setting, _)| *setting == start).unwrap_or(0);
        match frames.get(first) {
            Some((start, _)) => {
                let document = self.document(&frames, &grid, start, first);
                Figure::sliders(&document, self.title, self.text(&frames, first))
            }
            None => Figure::text(format!("{}: no setting is possible.", self.title)),
        }
    }

    /// Every setting, the last knob turning fastest.
    fn settings(&self) -> Vec<Vec<usize>> {
        self.knobs.iter().fold(vec![vec![]], |settings, knob| {
            let longer = |setting: Vec<usize>| {
                (0..knob.values.len()).map(move |place| [setting.as_slice(), &[place]].concat())
            };
            settings.into_iter().flat_map(longer).collect()
        })
    }

    fn document(
        &self,
        frames: &[(Vec<usize>, Frame)],
        grid: &[Option<usize>],
        start: &[usize],
        first: usize,
    ) -> String {
        let mut canvas = Canvas::new();
        let (shapes, definitions): (Vec<_>, Vec<_>) =
            frames.iter().map(|(_, frame)| frame.canvas.drawn()).unzip();
        for (definition, _) in merge::merge(&definitions) {
            canvas.define(Blob::new(definition));
        }
        for (shapes, of) in merge::grouped(merge::merge(&shapes)) {
            let add = |canvas: &mut Canvas| shapes.into_iter().for_each(|shape| canvas.add(Blob::new(shape)));
            if of.len() == frames.len() {
                add(&mut canvas);
                continue;
            }
            let mut tags = vec![("data-in", merge::ranges(&of))];
            if !of.contains(&first) {
                tags.push(("display", "none".into()));
            }
            canvas.tagged(&tags, add);
        }
        let mut sentences: BTreeMap<&str, usize> = BTreeMap::new();
        let says: Vec<Vec<usize>> = frames
            .iter()
            .map(|(_, frame)| {
                let place = |sentence| {
                    let next = sentences.len();
                    *sentences.entry(sentence).or_insert(next)
                };
                frame.says.iter().map(String::as_str).map(place).collect()
            })
            .collect();
        let mut sentences: Vec<(&str, usize)> = sentences.into_iter().collect();
        sentences.sort_by_key(|(_, place)| *place);
        let knob = |knob: &Knob| json!({"name": knob.name, "means": knob.means, "values": knob.values});
        let data = json!({
            "knobs": self.knobs.iter().map(knob).collect::<Vec<_>>(),
            "start": start,
            "grid": grid.iter().map(|frame| frame.map_or(json!(-1), |frame| json!(frame))).collect::<Vec<_>>(),
            "frames": says,
            "sentences": sentences.into_iter().map(|(sentence, _)| sentence).collect::<Vec<_>>(),
        });
        canvas.carry(data.to_string());
        canvas.finish(self.title, self.size.0, self.size.1)
    }

    fn text(&self, frames: &[(Vec<usize>, Frame)], first: usize) -> String {
        let (start, frame) = &frames[first];
        let mut lines = vec![self.title.to_owned(), frame.says.join(" "), String::new()];
        for (knob, place) in self.knobs.iter().zip(start) {
            let values = knob.values.join(", ");
            lines.push(format!("{}: {} ({values}; here {})", knob.name, knob.means, knob.values[*place]));
        }
        if frames.len() <= MOST_ROWS && !self.columns.is_empty() {
            let header = self.knobs.iter().map(|knob| knob.name).chain(self.columns.iter().copied());
            let table = frames.iter().fold(Table::new(header), |table, (setting, frame)| {
                let values = self.knobs.iter().zip(setting).map(|(knob, place)| knob.values[*place].clone());
                table.row(values.chain(frame.row.iter().cloned()))
            });
            lines.extend([String::new(), table.figure().as_text().to_owned()]);
        }
        lines.join("\n")
    }
}
