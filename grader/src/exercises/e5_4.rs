//! E5.4 — A topology forwarder: changes go round among several leaders, once to each, and never before their cause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};

pub use replication_lab::trace::NodeId;

use crate::exercise::Answer;

mod harness;
mod scenarios;

/// What a client does to a table of rows with a key and a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Write {
    /// Adds a row.
    Insert(String, String),
    /// Gives a row another value. If there is no such row, nothing happens, and nobody is told: `0 rows updated`.
    Update(String, String),
    /// Deletes a row. If there is no such row, nothing happens.
    Delete(String),
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert(key, value) => write!(f, "insert {key} = {value}"),
            Self::Update(key, value) => write!(f, "update {key} = {value}"),
            Self::Delete(key) => write!(f, "delete {key}"),
        }
    }
}

/// For each leader how many of its changes: the first so many. A leader that isn't named: none. (A version vector of all
/// the data, where chapter 7 has one for each key.)
pub type Counts = BTreeMap<NodeId, u64>;

/// A change, with what must travel along.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The leader that took the write.
    pub origin: NodeId,
    /// Which one of its writes: 1, 2, 3 and so on.
    pub number: u64,
    /// What that leader had applied before, its own changes included. The change may depend on any of these.
    pub after: Counts,
    /// What was written.
    pub write: Write,
}

/// What leaders send each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The change.
    pub change: Change,
    /// Who has the change already, or is sent it now: nobody of these needs it from the receiver.
    pub reached: BTreeSet<NodeId>,
}

/// A leader's machine.
pub trait Machine {
    /// Applies a change to the table.
    fn apply(&mut self, change: &Change);

    /// Sends a message. It arrives later, unless the receiver is down.
    fn send(&mut self, to: NodeId, message: Message);
}

/// What the learner writes. It survives a crash of its machine, as if it were on disk.
pub trait Forwarder: Debug + Clone + Sized {
    /// The forwarder of a leader that sends to these neighbours. The topology is in this alone: in a ring there is one, the
    /// next leader; in a star the root has all others, and they have the root; in all-to-all each has all others.
    fn new(me: NodeId, neighbours: BTreeSet<NodeId>) -> Self;

    /// A client writes here. The change is applied, and sent to all neighbours, with `reached` holding this leader and all of
    /// them.
    fn write(&mut self, write: Write, machine: &mut dyn Machine);

    /// A message arrives. A change that was received before, or that began here, is ignored. Any other is sent on at once to
    /// the neighbours that are not in `reached`, if there are any; they, and this leader, are added to `reached`.
    ///
    /// It is applied when everything in `after` has been applied here, and not before; if that is so now, then now. And then
    /// it may be what others have been waiting for.
    fn receive(&mut self, message: Message, machine: &mut dyn Machine);

    /// The operator has made a link to a leader, which is a neighbour from now on, if it wasn't one. It may lack anything:
    /// it is sent all changes that are here, applied or waiting, in the order in which they came, with `reached` holding
    /// this leader and that one.
    fn connect(&mut self, neighbour: NodeId, machine: &mut dyn Machine);
}

/// Wraps a learner's forwarder.
pub fn answer<F: Forwarder + 'static>() -> Answer {
    Answer::new("E5.4", scenarios::drive::<F>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
