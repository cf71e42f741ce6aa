//! Space–time diagrams: nodes side by side, time going down, messages as arrows (Lamport, CACM 1978).
//!
//! Rows are events, not milliseconds: a diagram in which nothing overlaps is worth more than one to scale. The
//! times stand at the left.
//!
//! From trace to picture, step by step: [`rows`] finds which events share a height, [`notes`] and [`arrows`] turn
//! them into boxes and arrows, [`labels`] finds room for the arrows' texts, [`layout`] moves rows apart where there is
//! none, and [`picture`] draws it all, [`bands`] what lasts and [`operations`] what the reader shall look at. [`steps`] numbers the events for a reader who
//! plays them.

mod arrows;
mod bands;
mod labels;
mod layout;
mod notes;
mod operations;
mod picture;
mod rows;
mod steps;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::layout::{Layout, Parts};
use self::operations::Operation;
use self::picture::Picture;
use super::Figure;
use crate::history::{History, Witness};
use crate::trace::Trace;

/// The diagram of a trace, with the transcript as its text form. Beyond 90 rows, the rest is left out of the
/// picture, and it says so; the transcript is always whole.
///
/// The picture is still, and carries no script: for reports that run none. [`SpaceTime::figure`] can be played.
pub fn space_time(trace: &Trace) -> Figure {
    SpaceTime::of(trace).still()
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

    /// Both forms: the picture and the transcript. Where scripts run, the events can be played one by one.
    pub fn figure(&self) -> Figure {
        let svg = self.svg();
        // Without a step there is nothing to play.
        match svg.contains("<metadata>") {
            true => Figure::player(&svg, &self.title(), self.text()),
            false => Figure::svg(&svg, &self.title(), self.text()),
        }
    }

    /// Both forms, with no script.
    fn still(&self) -> Figure {
        Figure::svg(&self.svg(), &self.title(), self.text())
    }

    /// The picture alone, as an SVG document.
    pub fn svg(&self) -> String {
        let (trace, marked) = self.window();
        let parts = Parts::of(&trace, &marked, &self.operations);
        let layout = Layout::of(&parts);
        Picture::of(&trace, &parts, &layout, &marked, &self.below()).finish(&self.title())
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

crate::shown_in_notebooks!(SpaceTime<'_>);
