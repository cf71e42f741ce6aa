//! Which events share a height, and where the heights and columns are.

use std::collections::BTreeSet;

use crate::time::Time;
use crate::trace::{Event, NodeId, Trace};
use crate::view::canvas::WIDTH;

/// Most rows of one diagram.
pub(super) const MOST_ROWS: usize = 90;
/// Room for the times.
pub(super) const LEFT: f64 = 92.0;
/// Room for the nodes' names.
pub(super) const TOP: f64 = 50.0;
const RIGHT: f64 = 14.0;
/// Between the bottom of a row and the top of the next, if no label needs more.
const GAP: f64 = 26.0;
/// Between the heads of messages that arrive in one row.
pub(super) const ARRIVAL: f64 = 8.0;
/// Height of the text that says how the links change.
pub(super) const BANNER: f64 = 20.0;

/// What a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowOf {
    /// What one node does in one instant: it gets messages, then notes things, then sends messages.
    Node(NodeId),
    /// The links change.
    Links,
    /// A message is lost.
    Loss,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) at: Time,
    pub(super) of: RowOf,
}

/// Which row each entry of the trace is in.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    /// By entry; nothing for what is not drawn.
    pub(super) of_entry: Vec<Option<usize>>,
    /// By row: how much lower the last message arrives than the first.
    pub(super) arrivals: Vec<f64>,
    /// Entries that would be in rows beyond the limit.
    pub(super) left_out: usize,
}

/// The order within a row. What goes back in it needs a new row: a message that leaves before another arrives must
/// not look like an answer to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Arrivals,
    Notes,
    Sends,
}

impl Rows {
    pub(super) fn of(trace: &Trace) -> Self {
        let of_entry = vec![None; trace.len()];
        let mut found = Self { rows: Vec::new(), of_entry, arrivals: Vec::new(), left_out: 0 };
        let mut stage = Stage::Arrivals;
        // Losses in the instant of the send come below the row of the sends, not between them.
        let mut losses: Vec<usize> = Vec::new();
        for (place, entry) in trace.entries.iter().enumerate() {
            let (of, needs) = match &entry.event {
                Event::Drop { .. } => {
                    losses.push(place);
                    continue;
                }
                Event::Network { .. } => (RowOf::Links, Stage::Notes),
                Event::Send { from, .. } => (RowOf::Node(*from), Stage::Sends),
                Event::Deliver { to, .. } => (RowOf::Node(*to), Stage::Arrivals),
                // A timer that makes nothing happen is not drawn.
                Event::Timer { .. } if trace.is_idle_timer(place) => continue,
                local => match local.happens_at() {
                    Some(node) => (RowOf::Node(node), Stage::Notes),
                    None => continue,
                },
            };
            let row = Row { at: entry.at, of };
            let fits = found.rows.last() == Some(&row) && needs >= stage && of != RowOf::Links;
            if !fits {
                found.end_losses(trace, &mut losses);
                found.rows.push(row);
            }
            stage = needs;
            found.of_entry[place] = Some(found.rows.len() - 1);
        }
        found.end_losses(trace, &mut losses);
        found.cut();
        found.count_arrivals(trace);
        found
    }

    fn count_arrivals(&mut self, trace: &Trace) {
        let mut counts = vec![0_u32; self.rows.len()];
        for (entry, row) in trace.entries.iter().zip(&self.of_entry) {
            if let (Event::Deliver { .. }, Some(row)) = (&entry.event, row) {
                counts[*row] += 1;
            }
        }
        self.arrivals = counts.iter().map(|count| ARRIVAL * f64::from(count.saturating_sub(1))).collect();
    }

    fn end_losses(&mut self, trace: &Trace, losses: &mut Vec<usize>) {
        for place in losses.drain(..) {
            self.rows.push(Row { at: trace.entries[place].at, of: RowOf::Loss });
            self.of_entry[place] = Some(self.rows.len() - 1);
        }
    }

    fn cut(&mut self) {
        self.rows.truncate(MOST_ROWS);
        for row in &mut self.of_entry {
            if row.is_some_and(|row| row >= MOST_ROWS) {
                *row = None;
                self.left_out += 1;
            }
        }
    }
}

/// The nodes side by side.
#[derive(Debug)]
pub(super) struct Columns {
    nodes: Vec<(NodeId, String)>,
    /// Of one column.
    pub(super) width: f64,
}

impl Columns {
    /// One column for every node that the trace names, and for those that its events know but it does not.
    pub(super) fn of(trace: &Trace) -> Self {
        let named = (0..trace.nodes.len()).filter_map(|place| u16::try_from(place).ok()).map(NodeId);
        let known = trace.entries.iter().flat_map(|entry| entry.event.nodes());
        let nodes: BTreeSet<NodeId> = named.chain(known).collect();
        let name = |node: NodeId| match trace.nodes.get(node.index()) {
            Some(name) => name.clone(),
            None => format!("node {}", node.0),
        };
        let nodes: Vec<_> = nodes.into_iter().map(|node| (node, name(node))).collect();
        let width = ((WIDTH - LEFT - RIGHT) / nodes.len().max(1) as f64).clamp(96.0, 190.0);
        Self { nodes, width }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &str)> {
        self.nodes.iter().map(|(node, name)| (*node, name.as_str()))
    }

    /// Which column is a node's, from the left.
    pub(super) fn place(&self, node: NodeId) -> usize {
        self.nodes.partition_point(|(other, _)| *other < node)
    }

    /// Where a node's line is.
    pub(super) fn x(&self, node: NodeId) -> f64 {
        LEFT + self.width * (self.place(node) as f64 + 0.5)
    }

    /// Where the last column ends.
    pub(super) fn right(&self) -> f64 {
        LEFT + self.width * self.nodes.len().max(1) as f64
    }

    /// Width of the picture.
    pub(super) fn picture(&self) -> f64 {
        // A single node still leaves room for notices.
        (self.right() + RIGHT).max(420.0)
    }
}

/// Where each row begins and ends.
#[derive(Debug)]
pub(super) struct Heights {
    /// Where messages arrive.
    tops: Vec<f64>,
    /// Where messages leave.
    bottoms: Vec<f64>,
    /// Below the last row.
    pub(super) end: f64,
}

impl Heights {
    /// From the height of each row, and the room that labels need above it; the last is the room below all rows.
    pub(super) fn of(heights: &[f64], room: &[f64]) -> Self {
        let mut found = Self { tops: Vec::new(), bottoms: Vec::new(), end: TOP };
        for (height, room) in heights.iter().zip(room) {
            let top = found.end + GAP + room;
            found.tops.push(top);
            found.end = top + height;
            found.bottoms.push(found.end);
        }
        found.end += GAP + room.last().copied().unwrap_or(0.0);
        found
    }

    pub(super) fn top(&self, row: usize) -> f64 {
        self.tops[row]
    }

    pub(super) fn bottom(&self, row: usize) -> f64 {
        self.bottoms[row]
    }

    pub(super) fn middle(&self, row: usize) -> f64 {
        (self.top(row) + self.bottom(row)) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Entry;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn rows(events: Vec<Event>) -> Vec<Option<usize>> {
        let entries = events.into_iter().map(|event| Entry { at: Time::ZERO, event }).collect();
        Rows::of(&Trace { nodes: vec!["A".into(), "B".into()], entries }).of_entry
    }

    fn send(message: u64) -> Event {
        Event::Send { message, from: A, to: B, label: "m".into() }
    }

    fn note(node: NodeId) -> Event {
        Event::Note { node, text: "n".into() }
    }

    #[test]
    fn one_node_in_one_instant_is_one_row() {
        let deliver = Event::Deliver { message: 9, from: B, to: A };
        assert_eq!(rows(vec![deliver.clone(), note(A), send(1), send(2)]), [Some(0); 4]);
        assert_eq!(rows(vec![note(A), note(B), note(A)]), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn what_leaves_before_a_message_arrives_is_above_it() {
        let deliver = Event::Deliver { message: 9, from: B, to: A };
        assert_eq!(rows(vec![send(1), deliver]), [Some(0), Some(1)]);
    }

    #[test]
    fn losses_do_not_part_the_sends_of_an_instant() {
        use crate::trace::DropReason::Loss;
        let lost = |message| Event::Drop { message, from: A, to: B, reason: Loss };
        let places = rows(vec![send(1), lost(1), send(2), lost(2), note(B)]);
        assert_eq!(places, [Some(0), Some(1), Some(0), Some(2), Some(3)]);
    }
}
