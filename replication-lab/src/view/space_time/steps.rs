//! The events of a diagram one by one, for a reader who plays them.
//!
//! A step is an event that is drawn, counted from 1, from the top of the picture to its foot: a loss in the instant of
//! its send comes after the other sends of that instant, as in the picture. Step 0 is before all of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::arrows::{Arrow, Fate};
use super::layout::Parts;
use super::notes::Note;
use super::operations;
use super::rows::{Columns, Heights, RowOf, Rows};
use crate::trace::{Event, NodeId, Trace};
use crate::view::canvas::px;

/// Which step each event is.
#[derive(Debug)]
pub(super) struct Steps {
    /// The entries of the trace, by step.
    entries: Vec<usize>,
    /// By entry; nothing for what is not drawn.
    of_entry: Vec<Option<usize>>,
    /// By row.
    first: Vec<usize>,
    /// The nodes' columns.
    columns: BTreeMap<NodeId, usize>,
    /// By number.
    messages: BTreeMap<u64, Life>,
}

/// What became of a message.
#[derive(Debug)]
struct Life {
    place: usize,
    sent: Option<usize>,
    /// When it first arrived or was lost.
    ended: Option<usize>,
    words: Vec<String>,
}

/// Attributes of a group of shapes, for the script.
pub(super) type Tags = Vec<(&'static str, String)>;

impl Steps {
    pub(super) fn of(trace: &Trace, rows: &Rows, columns: &Columns) -> Self {
        let mut drawn: Vec<(usize, usize)> = Vec::new();
        drawn.extend(rows.of_entry.iter().enumerate().filter_map(|(entry, row)| Some(((*row)?, entry))));
        drawn.sort_unstable();
        let mut of_entry = vec![None; rows.of_entry.len()];
        let mut first = vec![usize::MAX; rows.rows.len()];
        for (i, (row, entry)) in drawn.iter().enumerate() {
            of_entry[*entry] = Some(i + 1);
            first[*row] = first[*row].min(i + 1);
        }
        let columns = columns.nodes().map(|(node, _)| (node, columns.place(node))).collect();
        let entries: Vec<usize> = drawn.into_iter().map(|(_, entry)| entry).collect();
        let messages = lives(trace, &entries);
        Self { entries, of_entry, first, columns, messages }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The step of an entry.
    pub(super) fn at(&self, entry: usize) -> Option<usize> {
        self.of_entry.get(entry).copied().flatten()
    }

    /// The first step in a row.
    pub(super) fn first_in(&self, row: usize) -> usize {
        self.first[row]
    }

    /// The step at which a message's way ends; never reached if it does not.
    pub(super) fn end_of(&self, arrow: &Arrow) -> usize {
        arrow.ended_by.and_then(|entry| self.at(entry)).unwrap_or(self.len() + 1)
    }

    /// A duplicate is seen when it arrives: nobody knows of it before. What is under way at the end of the diagram is
    /// drawn as such, as far as it goes.
    pub(super) fn of_arrow(&self, arrow: &Arrow) -> Tags {
        let from = match arrow.fate {
            Fate::ArrivesAgain => self.end_of(arrow),
            _ => self.at(arrow.began_by).unwrap_or(0),
        };
        let mut tags = vec![("data-from", from.to_string())];
        if matches!(arrow.fate, Fate::Arrives | Fate::Lost(_)) {
            tags.push(("data-until", self.end_of(arrow).to_string()));
        }
        tags.extend(self.about(arrow));
        tags
    }

    /// Its text tells what becomes of it, so it comes at the end of its way.
    pub(super) fn of_label(&self, arrow: &Arrow) -> Tags {
        let from = match arrow.fate {
            Fate::UnderWay => self.at(arrow.began_by).unwrap_or(0),
            _ => self.end_of(arrow),
        };
        let mut tags = vec![("data-label", from.to_string())];
        tags.extend(self.about(arrow));
        tags
    }

    fn about(&self, arrow: &Arrow) -> Tags {
        let nodes = [arrow.from, arrow.to].map(|node| self.column(node).to_string());
        let place = self.messages.get(&arrow.message).map(|life| ("data-message", life.place.to_string()));
        place.into_iter().chain([("data-nodes", nodes.join(" "))]).collect()
    }

    pub(super) fn of_note(&self, note: &Note) -> Tags {
        let mut tags = vec![("data-from", self.at(note.entry).unwrap_or(0).to_string())];
        tags.extend(note.node().map(|node| ("data-nodes", self.column(node).to_string())));
        tags
    }

    /// A client's operation that begins in a row.
    pub(super) fn of_operation(&self, client: RowOf, begins: usize) -> Tags {
        let mut tags = vec![("data-from", self.first_in(begins).to_string())];
        if let RowOf::Node(client) = client {
            tags.push(("data-nodes", self.column(client).to_string()));
        }
        tags
    }

    fn column(&self, node: NodeId) -> usize {
        self.columns.get(&node).copied().unwrap_or(0)
    }

    /// What the script is told: see `player.js`.
    pub(super) fn data(
        &self,
        trace: &Trace,
        parts: &Parts,
        heights: &Heights,
        marked: &BTreeSet<usize>,
    ) -> String {
        // The transcript's sign of a timer is a picture in many fonts.
        let lines = trace.lines().map(|(entry, line)| (entry, line.replacen('⏰', "◷", 1)));
        let lines: BTreeMap<usize, String> = lines.collect();
        let marked = self.marked(parts, marked);
        let step = |(i, entry): (usize, &usize)| {
            let event = &trace.entries[*entry].event;
            let nodes: Vec<usize> = match (event, event.happens_at()) {
                (Event::Network { .. }, _) => self.columns.values().copied().collect(),
                (_, Some(node)) => vec![self.column(node)],
                _ => event.nodes().into_iter().map(|node| self.column(node)).collect(),
            };
            let life = message_of(event).and_then(|message| self.messages.get(&message));
            let line = lines.get(entry).map_or("", String::as_str);
            json!([
                trace.entries[*entry].at.to_string(),
                line,
                parts.rows.of_entry[*entry],
                nodes,
                life.map_or(json!(-1), |life| json!(life.place)),
                u8::from(marked.contains(&(i + 1))),
            ])
        };
        let steps: Vec<Value> = self.entries.iter().enumerate().map(step).collect();
        let rows = (0..parts.rows.rows.len()).map(|row| [px(heights.top(row)), px(heights.bottom(row))]);
        let mut messages: Vec<&Life> = self.messages.values().collect();
        messages.sort_by_key(|life| life.place);
        let told =
            |life: &Life| json!([life.sent.unwrap_or(0), life.ended.unwrap_or(0), life.words.join(", ")]);
        let nodes: Vec<&str> = parts.columns.nodes().map(|(_, name)| name).collect();
        let data = json!({
            "steps": steps,
            "rows": rows.collect::<Vec<_>>(),
            "nodes": nodes,
            "messages": messages.into_iter().map(told).collect::<Vec<_>>(),
        });
        data.to_string()
    }

    /// The marked steps: marked entries, and where marked operations begin and end.
    fn marked(&self, parts: &Parts, entries: &BTreeSet<usize>) -> BTreeSet<usize> {
        let last_in = |row: usize| self.first.get(row + 1).map_or(self.len(), |next| next - 1);
        let spans = parts.operations.iter().filter_map(|operation| {
            let (begins, ends) = operations::span(operation, &parts.rows, &parts.columns)?;
            Some([Some(self.first_in(begins)), ends.map(last_in)])
        });
        let of_entries = entries.iter().filter_map(|entry| self.at(*entry));
        of_entries.chain(spans.flatten().flatten()).collect()
    }
}

fn message_of(event: &Event) -> Option<u64> {
    match event {
        Event::Send { message, .. } | Event::Deliver { message, .. } | Event::Drop { message, .. } => {
            Some(*message)
        }
        _ => None,
    }
}

/// The life of every message that is drawn, in the order of their first steps.
fn lives(trace: &Trace, entries: &[usize]) -> BTreeMap<u64, Life> {
    let mut lives: BTreeMap<u64, Life> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        let (at, event) = (trace.entries[*entry].at, &trace.entries[*entry].event);
        let Some(message) = message_of(event) else { continue };
        let place = lives.len();
        let life = lives.entry(message).or_insert(Life { place, sent: None, ended: None, words: Vec::new() });
        let words = match event {
            Event::Send { .. } => format!("sent {at}"),
            Event::Drop { reason, .. } => format!("lost {at} ({})", reason.text()),
            _ if life.ended.is_some() => format!("again {at}"),
            _ => format!("arrived {at}"),
        };
        life.words.push(words);
        match event {
            Event::Send { .. } => life.sent = Some(i + 1),
            _ => life.ended = life.ended.or(Some(i + 1)),
        }
    }
    for life in lives.values_mut() {
        if life.sent.is_none() {
            life.words.insert(0, "sent before".into());
        }
        if life.ended.is_none() {
            life.words.push("still under way when the diagram ends".into());
        }
    }
    lives
}
