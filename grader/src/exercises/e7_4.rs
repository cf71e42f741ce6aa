//! E7.4 — Happens-before from a message log: by following messages, and by vector clocks.

use std::collections::BTreeMap;
use std::fmt;

use crate::exercise::Answer;

mod scenarios;

/// What one process logged, in the order in which it happened there. Nothing orders the logs of two processes but their
/// messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessLog {
    /// The process.
    pub process: String,
    /// What happened.
    pub events: Vec<Event>,
}

/// Something that happened at a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name, which no other event has.
    pub name: String,
    /// The numbers of the messages that arrive with it. A message may arrive twice, at two events; nothing says that
    /// somebody has logged that it was sent.
    pub receives: Vec<u32>,
    /// The numbers of the messages that leave with it. Each message leaves once at most; some never arrive.
    pub sends: Vec<u32>,
}

/// A vector clock: of each process, how many events are in an event's past, itself included. Processes of which it
/// knows nothing are left out.
pub type Clock = BTreeMap<String, u64>;

/// Such logs can't be: some event would have happened before itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impossible;

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a message is received before it is sent: check the order of each log, and the message numbers",
        )
    }
}

/// Whether `a` happened before `b`: whether a path leads from `a` to `b`, along the processes and along the messages. No
/// event happened before itself.
///
/// # Errors
/// When the logs can't be.
pub type HappensBefore = fn(&[ProcessLog], &str, &str) -> Result<bool, Impossible>;

/// The vector clock of every event, by its name.
///
/// # Errors
/// When the logs can't be.
pub type Clocks = fn(&[ProcessLog]) -> Result<BTreeMap<String, Clock>, Impossible>;

/// All pairs of events of which neither happened before the other: each pair once, the event that stands earlier in the
/// logs first, ordered by the first event's place and then by the second's.
///
/// # Errors
/// When the logs can't be.
pub type ConcurrentPairs = fn(&[ProcessLog]) -> Result<Vec<(String, String)>, Impossible>;

/// Wraps a learner's functions.
pub fn answer(happens_before: HappensBefore, clocks: Clocks, concurrent_pairs: ConcurrentPairs) -> Answer {
    Answer::new("E7.4", move |task, notes| {
        scenarios::drive(&scenarios::Functions { happens_before, clocks, concurrent_pairs }, task, notes);
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
