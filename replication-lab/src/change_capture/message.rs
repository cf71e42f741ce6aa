//! What leader and consumers say to one another, and what they are.

use std::fmt;

use super::consumer::Consumer;
use super::leader::Leader;
use crate::log::Lsn;
use crate::table_engine::KeyedChange;
use crate::trace::NodeId;
use crate::world::{Effects, Node as WorldNode};

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A consumer asks for everything after a position; from where its slot stands, if that is further (PostgreSQL:
    /// `START_REPLICATION SLOT … LOGICAL`).
    Start(Lsn),
    /// The stream begins after this position.
    Streams(Lsn),
    /// A transaction.
    Transaction {
        /// Where the one ends that was sent before it.
        after: Lsn,
        /// Where it ends.
        end: Lsn,
        /// The logical messages.
        bytes: Vec<u8>,
        /// What is in it, in short.
        says: String,
    },
    /// All transactions of interest up to the first position have been sent; the log goes up to the second.
    KeepAlive {
        /// Where the last one ends that was sent.
        sent: Lsn,
        /// Where the log ends.
        end: Lsn,
    },
    /// A consumer needs nothing up to here any more.
    Confirm(Lsn),
    /// The slot is gone, or the log that it needs.
    SlotLost,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(after) if *after == Lsn::default() => f.write_str("START"),
            Self::Start(after) => write!(f, "START after {after}"),
            Self::Streams(after) => write!(f, "streams after {after}"),
            Self::Transaction { says, .. } => f.write_str(says),
            Self::KeepAlive { end, .. } => write!(f, "keep-alive {end}"),
            Self::Confirm(end) => write!(f, "CONFIRM {end}"),
            Self::SlotLost => f.write_str("the slot is lost"),
        }
    }
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq)]
pub enum Timer {
    /// The leader says how far it is.
    KeepAlive,
    /// A consumer confirms.
    Confirm,
    /// What a node wrote is on its disk, up to this transaction's end.
    Durable(Lsn),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeepAlive => f.write_str("say how far"),
            Self::Confirm => f.write_str("time to confirm"),
            Self::Durable(end) => write!(f, "durable up to {end}"),
        }
    }
}

/// A record on a node's disk.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    /// The leader's log: a transaction.
    Log {
        /// Where it ends.
        end: Lsn,
        /// Bytes of log.
        bytes: u64,
    },
    /// A consumer's: a transaction's changes with the position of its end.
    Applied {
        /// The position.
        end: Lsn,
        /// The changes.
        changes: Vec<KeyedChange>,
    },
}

/// A node.
#[derive(Clone, Debug)]
pub enum Node {
    /// The leader.
    Leader(Box<Leader>),
    /// A consumer.
    Consumer(Box<Consumer>),
}

impl WorldNode for Node {
    type Message = Message;
    type Timer = Timer;
    type Record = Kept;
    type Output = ();

    fn start(&mut self, out: &mut Effects<'_, Self>) {
        match self {
            Self::Leader(leader) => leader.start(out),
            Self::Consumer(consumer) => consumer.start(out),
        }
    }

    fn message(&mut self, from: NodeId, message: Message, out: &mut Effects<'_, Self>) {
        match self {
            Self::Leader(leader) => leader.message(from, message, out),
            Self::Consumer(consumer) => consumer.message(message, out),
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Self>) {
        match self {
            Self::Leader(leader) => leader.timer(&timer, out),
            Self::Consumer(consumer) => consumer.timer(&timer, out),
        }
    }

    fn crash(&mut self) {
        match self {
            Self::Leader(leader) => leader.crash(),
            Self::Consumer(consumer) => consumer.crash(),
        }
    }

    fn message_bytes(message: &Message) -> u64 {
        match message {
            Message::Transaction { bytes, .. } => bytes.len() as u64,
            _ => 30,
        }
    }

    fn record_bytes(record: &Kept) -> u64 {
        match record {
            Kept::Log { bytes, .. } => *bytes,
            Kept::Applied { changes, .. } => 100 * changes.len() as u64,
        }
    }
}
