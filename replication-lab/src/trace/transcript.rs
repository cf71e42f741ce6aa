//! A trace as text that a person reads from top to bottom.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{CrashKind, DropReason, Event, NodeId, Trace};

impl Trace {
    /// The trace as text: one line an event, with its time in front.
    ///
    /// `A → B  put k=v2` is a message that leaves, `A ⇥ B  put k=v2` the same message arriving, `A ✗ B` one that
    /// is lost, `●` a state that changed, `⏰` a timer, `✝` a crash, `↻` a restart, `‖` a pause and `▸` its end, `▤`
    /// a disk, `⚙` a clock, a load or a disk's speed that changed, `⇹` a change of the network.
    /// Timers that made nothing happen are left out.
    pub fn transcript(&self) -> String {
        self.marked_transcript(&BTreeSet::new())
    }

    /// The transcript with a `»` in front of the entries at these places.
    pub(crate) fn marked_transcript(&self, marked: &BTreeSet<usize>) -> String {
        let mut out = String::new();
        for (place, line) in self.lines() {
            let sign = if marked.contains(&place) { "»" } else { "" };
            let at = self.entries[place].at.to_string();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{sign}{at:>width$}  {line}", width = 12 - sign.chars().count());
        }
        out
    }

    /// The lines of the transcript without their times, each with its entry's place.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, String)> {
        let mut labels: BTreeMap<u64, &str> = BTreeMap::new();
        let shown = self.entries.iter().enumerate().filter(|(place, _)| !self.is_idle_timer(*place));
        shown.map(move |(place, entry)| {
            let between =
                |sign, from: &NodeId, to: &NodeId| format!("{} {sign} {}", self.name(*from), self.name(*to));
            let line = match &entry.event {
                Event::Send { message, from, to, label } => {
                    labels.insert(*message, label.as_str());
                    format!("{}  {label}", between('→', from, to))
                }
                Event::Deliver { message, from, to } => {
                    let label = labels.get(message).copied().unwrap_or("?");
                    format!("{}  {label}", between('⇥', from, to))
                }
                Event::Drop { message, from, to, reason } => {
                    let label = labels.get(message).copied().unwrap_or("?");
                    format!("{}  {label}  ({})", between('✗', from, to), reason.text())
                }
                Event::Network { text, .. } => format!("⇹ {text}"),
                local => local.by_itself().map_or_else(String::new, |(node, sign, text)| {
                    format!("{} {sign} {text}", self.name(node))
                }),
            };
            (place, line)
        })
    }

    /// Whether this is a timer that made its node do nothing.
    pub(crate) fn is_idle_timer(&self, place: usize) -> bool {
        let Event::Timer { node, .. } = &self.entries[place].event else { return false };
        let acts = |event: &Event| match event {
            Event::Send { from: who, .. } | Event::Note { node: who, .. } | Event::Disk { node: who, .. } => {
                who == node
            }
            _ => false,
        };
        !self
            .entries
            .get(place + 1)
            .is_some_and(|next| next.at == self.entries[place].at && acts(&next.event))
    }
}

impl Event {
    /// What happens to one node alone: where, its sign and its text. Nothing for messages and links.
    pub(crate) fn by_itself(&self) -> Option<(NodeId, char, &str)> {
        Some(match self {
            Event::Timer { node, label } => (*node, '⏰', label),
            Event::Crash { node, reach: CrashKind::Machine } => (*node, '✝', "crashes"),
            Event::Crash { node, reach: CrashKind::Process } => (*node, '✝', "is killed"),
            Event::Restart { node } => (*node, '↻', "restarts"),
            Event::Pause { node } => (*node, '‖', "pauses"),
            Event::Resume { node } => (*node, '▸', "goes on"),
            Event::Disk { node, text } => (*node, '▤', text),
            Event::Condition { node, text } => (*node, '⚙', text),
            Event::Note { node, text } => (*node, '●', text),
            Event::Send { .. } | Event::Deliver { .. } | Event::Drop { .. } | Event::Network { .. } => {
                return None;
            }
        })
    }
}

impl DropReason {
    /// The reason in a few words.
    pub fn text(self) -> &'static str {
        match self {
            DropReason::Loss => "lost",
            DropReason::Partition => "link cut",
            DropReason::Down => "receiver down",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::samples::every_event;

    #[test]
    fn every_kind_of_event_has_its_line() {
        insta::assert_snapshot!(every_event().transcript());
    }

    #[test]
    fn marked_lines_keep_their_place() {
        let trace = every_event();
        let marked = trace.marked_transcript(&BTreeSet::from([1, 9]));
        let signs: Vec<_> = marked.lines().filter(|line| line.starts_with('»')).collect();
        assert_eq!(
            signs,
            ["»   0.000 ms  A → B  append x=1", "»   2.000 ms  A ⚙ clock is ahead by 40.000 ms"]
        );
        assert_eq!(marked.replace('»', " "), trace.transcript());
    }
}
