//! Messages as arrows.

use std::collections::{BTreeMap, BTreeSet};

use svg::node::element::{Marker, Path};

use super::rows::{ARRIVAL, Columns, Heights, Rows};
use super::steps::Steps;
use crate::trace::{DropReason, Event, NodeId, Trace};
use crate::view::canvas::{Canvas, px, shortened, width_of};
use crate::view::palette::{BLUE, Hue, VERMILION};

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives once more.
    ArrivesAgain,
    /// It is lost.
    Lost(DropReason),
    /// It has not arrived when the diagram ends.
    UnderWay,
    /// It arrives, and was sent before the diagram begins.
    SentBefore,
}

/// One way of a message through the diagram.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    /// The row in which it leaves, or in which it arrives if it left before the diagram begins.
    sent: usize,
    /// The row in which it ends.
    ended: Option<usize>,
    /// The message's number, and the entries that begin and end this way of it.
    pub(super) message: u64,
    pub(super) began_by: usize,
    pub(super) ended_by: Option<usize>,
    pub(super) label: String,
    pub(super) fate: Fate,
    pub(super) marked: bool,
}

/// Share of the way that a message goes before it is lost.
const LOST_AFTER: f64 = 0.62;
/// How far a stub reaches, across and down.
const STUB: (f64, f64) = (44.0, 20.0);

impl Arrow {
    /// The rows from which and to which it leads.
    pub(super) fn span(&self) -> (usize, usize) {
        (self.sent, self.ended.unwrap_or(self.sent))
    }

    /// The row above which room makes it longer.
    pub(super) fn stretched_by(&self) -> usize {
        match self.fate {
            Fate::UnderWay => self.sent + 1,
            _ => self.ended.unwrap_or(self.sent),
        }
    }

    /// The line that it follows.
    /// `slot` is how many of its kind are above it: messages that arrive in its row, or stubs that leave from it.
    fn path(&self, columns: &Columns, heights: &Heights, slot: usize) -> Vec<(f64, f64)> {
        let (x1, x2) = (columns.x(self.from), columns.x(self.to));
        let towards = if x2 < x1 { -1.0 } else { 1.0 };
        let start = (x1, heights.bottom(self.sent));
        let apart = ARRIVAL * slot as f64;
        let end_y = self.ended.map_or(start.1 + STUB.1, |row| heights.top(row) + apart);
        match self.fate {
            Fate::UnderWay => vec![start, (x1 + towards * STUB.0, start.1 + STUB.1 + 2.0 * apart)],
            Fate::SentBefore => {
                let y = heights.top(self.sent) + apart;
                vec![(x2 - towards * STUB.0, y - STUB.1), (x2, y)]
            }
            _ if self.from == self.to => {
                let bulge = (columns.width * 0.3).min(40.0);
                let middle = (x1 + bulge, (start.1 + end_y) / 2.0);
                match self.fate {
                    Fate::Lost(_) => vec![start, middle],
                    _ => vec![start, middle, (x2, end_y)],
                }
            }
            Fate::Lost(DropReason::Down) => vec![start, (x2 - towards * 12.0, end_y)],
            Fate::Lost(_) => vec![start, (x1 + (x2 - x1) * LOST_AFTER, end_y)],
            Fate::Arrives | Fate::ArrivesAgain => vec![start, (x2, end_y)],
        }
    }

    /// Its text: what became of it stays, what it says is shortened to fit.
    pub(super) fn text(&self, most: f64, size: f64) -> String {
        let outcome = match self.fate {
            Fate::Arrives | Fate::SentBefore => String::new(),
            Fate::ArrivesAgain => " (again)".into(),
            Fate::Lost(reason) => format!(" ({})", reason.text()),
            Fate::UnderWay => " (under way)".into(),
        };
        let most = most - width_of(&outcome, size, self.marked);
        shortened(&self.label, most, size, self.marked) + &outcome
    }

    pub(super) fn hue(&self) -> Hue {
        match self.fate {
            Fate::Lost(_) => VERMILION,
            _ => BLUE,
        }
    }

    /// Draws it; `steps` says at which steps of the player there is what of it.
    pub(super) fn draw(&self, canvas: &mut Canvas, path: &[(f64, f64)], steps: &Steps) {
        canvas.tagged(&steps.of_arrow(self), |canvas| self.draw_line(canvas, path, steps));
    }

    fn draw_line(&self, canvas: &mut Canvas, path: &[(f64, f64)], steps: &Steps) {
        let points: Vec<_> = path.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        let line = Path::new()
            .set("d", format!("M{}", points.join(" L")))
            .set("fill", "none")
            .set("stroke", self.hue().line)
            .set("stroke-linejoin", "round")
            .set("stroke-width", if self.marked { 3.5 } else { 1.5 });
        canvas.add(match self.fate {
            Fate::Arrives | Fate::SentBefore => line.set("marker-end", "url(#head)"),
            Fate::ArrivesAgain => line.set("marker-end", "url(#head)").set("stroke-dasharray", "9 3 2 3"),
            Fate::Lost(_) => line.set("stroke-dasharray", "5 4"),
            Fate::UnderWay => line.set("stroke-dasharray", "2 3"),
        });
        let (Fate::Lost(_), Some((x, y))) = (self.fate, path.last()) else { return };
        let cross = format!("M{0},{1} l10,10 m0,-10 l-10,10", px(x - 5.0), px(y - 5.0));
        let cross = Path::new().set("d", cross).set("fill", "none").set("stroke", VERMILION.line);
        let cross = cross.set("stroke-width", if self.marked { 4.0 } else { 2.5 });
        canvas.add(cross.set("data-from", steps.end_of(self)));
    }
}

/// The lines that arrows follow. Messages that arrive in one row come in one instant: they are put one below the
/// other so that their lines do not cross, the steepest first.
pub(super) fn paths(arrows: &[Arrow], columns: &Columns, heights: &Heights) -> Vec<Vec<(f64, f64)>> {
    let mut arrivals: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, arrow) in arrows.iter().enumerate() {
        match arrow.fate {
            Fate::Arrives | Fate::ArrivesAgain | Fate::SentBefore => {
                arrivals.entry(arrow.ended.unwrap_or(arrow.sent)).or_default().push(place);
            }
            Fate::Lost(_) | Fate::UnderWay => {}
        }
    }
    let slope = |arrow: &Arrow| {
        let path = arrow.path(columns, heights, 0);
        let ((x1, y1), (x2, y2)) = (path[0], path[path.len() - 1]);
        (y2 - y1) / (x2 - x1).abs().max(1.0)
    };
    let mut slots = vec![0; arrows.len()];
    let mut stubs: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    for (place, arrow) in arrows.iter().enumerate().filter(|(_, arrow)| arrow.fate == Fate::UnderWay) {
        let slot = stubs.entry((arrow.sent, arrow.to < arrow.from)).or_default();
        slots[place] = *slot;
        *slot += 1;
    }
    for mut places in arrivals.into_values() {
        places.sort_by(|a, b| slope(&arrows[*b]).total_cmp(&slope(&arrows[*a])));
        for (slot, place) in places.into_iter().enumerate() {
            slots[place] = slot;
        }
    }
    arrows.iter().zip(slots).map(|(arrow, slot)| arrow.path(columns, heights, slot)).collect()
}

/// The head of every arrow.
pub(super) fn head() -> Marker {
    Marker::new()
        .set("id", "head")
        .set("viewBox", "0 0 8 8")
        .set("refX", 8)
        .set("refY", 4)
        .set("markerWidth", 9)
        .set("markerHeight", 9)
        .set("markerUnits", "userSpaceOnUse")
        .set("orient", "auto")
        .add(Path::new().set("d", "M0,0.5 L8,4 L0,7.5 z").set("fill", BLUE.line))
}

/// All arrows, in the order in which they end; those under way come last.
pub(super) fn of(trace: &Trace, rows: &Rows, marked: impl Fn(usize) -> bool) -> Vec<Arrow> {
    let mut sent: BTreeMap<u64, (usize, usize, &str)> = BTreeMap::new();
    let mut ended: BTreeSet<u64> = BTreeSet::new();
    let mut arrows = Vec::new();
    for (place, (entry, row)) in trace.entries.iter().zip(&rows.of_entry).enumerate() {
        let Some(row) = *row else { continue };
        let (message, from, to, lost) = match &entry.event {
            Event::Send { message, label, .. } => {
                sent.insert(*message, (place, row, label));
                continue;
            }
            Event::Deliver { message, from, to } => (message, *from, *to, None),
            Event::Drop { message, from, to, reason } => (message, *from, *to, Some(*reason)),
            _ => continue,
        };
        let again = !ended.insert(*message);
        let Some((send, left, label)) = sent.get(message) else {
            // A loss without its send has no place to be drawn at: it is in the transcript.
            if lost.is_none() {
                let (label, fate) = ("sent before".to_owned(), Fate::SentBefore);
                let marked = marked(place);
                let (message, began_by, ended_by) = (*message, place, Some(place));
                let (sent, ended) = (row, None);
                arrows.push(Arrow {
                    from,
                    to,
                    sent,
                    ended,
                    message,
                    began_by,
                    ended_by,
                    label,
                    fate,
                    marked,
                });
            }
            continue;
        };
        let fate = match (lost, again) {
            (Some(reason), _) => Fate::Lost(reason),
            (None, true) => Fate::ArrivesAgain,
            (None, false) => Fate::Arrives,
        };
        let label = (*label).to_owned();
        let marked = marked(place) || marked(*send);
        let (message, began_by, ended_by) = (*message, *send, Some(place));
        let (sent, ended) = (*left, Some(row));
        arrows.push(Arrow { from, to, sent, ended, message, began_by, ended_by, label, fate, marked });
    }
    let under_way = sent.iter().filter(|(message, _)| !ended.contains(message));
    arrows.extend(under_way.filter_map(|(message, (place, row, label))| {
        let Event::Send { from, to, .. } = trace.entries[*place].event else { return None };
        let (label, marked) = ((*label).to_owned(), marked(*place));
        let (message, began_by, ended_by) = (*message, *place, None);
        let (sent, ended, fate) = (*row, None, Fate::UnderWay);
        Some(Arrow { from, to, sent, ended, message, began_by, ended_by, label, fate, marked })
    }));
    for arrow in arrows.iter_mut().filter(|arrow| arrow.marked) {
        arrow.label = format!("» {}", arrow.label);
    }
    arrows
}
