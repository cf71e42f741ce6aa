//! A trace as text that a person reads from top to bottom.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{CrashKind, DropReason, Event, Trace};

impl Trace {
    /// The trace as text: one line an event, with its time in front.
    ///
    /// `A → B  put k=v2` is a message that leaves, `A ⇥ B  put k=v2` the same message arriving, `A ✗ B` one that
    /// is lost, `●` a state that changed, `⏰` a timer, `✝` a crash, `↻` a restart, `‖` a pause and `▸` its end, `▤`
    /// a disk, `⚙` a clock, a load or a disk's speed that changed, `⇹` a change of the network.
    /// Timers that made nothing happen are left out.
    pub fn transcript(&self) -> String {
        let mut labels = BTreeMap::new();
        let mut out = String::new();
        for (place, entry) in self.entries.iter().enumerate() {
            if self.is_idle_timer(place) {
                continue;
            }
            let line = match &entry.event {
                Event::Send { message, from, to, label } => {
                    labels.insert(*message, label.as_str());
                    format!("{} → {}  {label}", self.name(*from), self.name(*to))
                }
                Event::Deliver { message, from, to } => {
                    let label = labels.get(message).copied().unwrap_or("?");
                    format!("{} ⇥ {}  {label}", self.name(*from), self.name(*to))
                }
                Event::Drop { message, from, to, reason } => {
                    let label = labels.get(message).copied().unwrap_or("?");
                    format!("{} ✗ {}  {label}  ({})", self.name(*from), self.name(*to), reason.text())
                }
                Event::Timer { node, label } => format!("{} ⏰ {label}", self.name(*node)),
                Event::Crash { node, reach: CrashKind::Machine } => format!("{} ✝ crashes", self.name(*node)),
                Event::Crash { node, reach: CrashKind::Process } => {
                    format!("{} ✝ is killed", self.name(*node))
                }
                Event::Pause { node } => format!("{} ‖ pauses", self.name(*node)),
                Event::Resume { node } => format!("{} ▸ goes on", self.name(*node)),
                Event::Disk { node, text } => format!("{} ▤ {text}", self.name(*node)),
                Event::Condition { node, text } => format!("{} ⚙ {text}", self.name(*node)),
                Event::Restart { node } => format!("{} ↻ restarts", self.name(*node)),
                Event::Network { text, .. } => format!("⇹ {text}"),
                Event::Note { node, text } => format!("{} ● {text}", self.name(*node)),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{:>12}  {line}", entry.at);
        }
        out
    }

    /// Whether this is a timer that made its node do nothing.
    fn is_idle_timer(&self, place: usize) -> bool {
        let Event::Timer { node, .. } = &self.entries[place].event else { return false };
        let acts = |event: &Event| match event {
            Event::Send { from: who, .. } | Event::Note { node: who, .. } => who == node,
            _ => false,
        };
        !self
            .entries
            .get(place + 1)
            .is_some_and(|next| next.at == self.entries[place].at && acts(&next.event))
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
