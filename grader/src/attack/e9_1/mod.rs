//! Attacks on the quorum client and its replicas: crashes, slow links, clients that die in the middle of a write.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::counted;
use crate::exercises::e9_1::{ClientId, NodeId, Versioned};

#[cfg(feature = "judge")]
mod draw;
#[cfg(feature = "judge")]
mod rules;

/// A cluster, and what happens to it, one thing after the other. Links take one millisecond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// How many replicas: A, B, C and so on.
    pub n: u32,
    /// How many acknowledgements a client waits for.
    pub w: usize,
    /// How many answers a client waits for.
    pub r: usize,
    /// What happens. The clients are c1 to c3.
    pub events: Vec<Event>,
}

/// Something that happens. What is impossible at the time, such as a crash of what is down, does not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A client writes a value.
    Write(ClientId, String),
    /// A client deletes the key.
    Delete(ClientId),
    /// A client reads the key.
    Read(ClientId),
    /// A replica crashes. What it stored stays.
    Crash(NodeId),
    /// A replica is back.
    Restart(NodeId),
    /// A client crashes when it has sent so many messages more; it never comes back.
    ClientCrashes(ClientId, u32),
    /// Messages from a client to a replica take so many milliseconds.
    SlowTo(ClientId, NodeId, u64),
    /// Messages from a replica to a client take so many milliseconds.
    SlowFrom(NodeId, ClientId, u64),
    /// Everything arrives that is under way.
    Settle,
    /// Somebody makes a client of so many replicas with other W and R.
    Make(u16, usize, usize),
}

/// What was seen of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What a client was asked to do, and what it did.
    pub op: Option<Op>,
    /// Whether a client with other W and R could be made.
    pub made: Option<bool>,
    /// What each replica holds afterwards.
    pub held: Vec<Option<Versioned>>,
}

/// An operation of a client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// Who.
    pub client: ClientId,
    /// What it did with its network, in order.
    pub wire: Vec<Wire>,
    /// What came of it.
    pub result: OpResult,
}

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpResult {
    /// A write, and how many acknowledgements it told, or with how many it failed.
    Write(Result<usize, usize>),
    /// A read, and what it returned, or with how many answers it failed.
    Read(Result<Option<Versioned>, usize>),
}

/// One step of a client on its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// It asked a replica what it holds.
    Get(NodeId),
    /// It sent a replica something to store.
    Put(NodeId, Versioned),
    /// A replica said what it holds; whether to a question of this operation.
    Holds(NodeId, Option<Versioned>, bool),
    /// A replica said that it has stored something; whether for this operation.
    Stored(NodeId, bool),
    /// Nothing came for a while.
    Nothing,
}

/// The replica's name: A, B, C and so on.
pub(crate) fn replica(node: NodeId) -> char {
    char::from(b'A' + node.0.min(25) as u8)
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(client, value) => write!(f, "{client} writes {value}"),
            Self::Delete(client) => write!(f, "{client} deletes"),
            Self::Read(client) => write!(f, "{client} reads"),
            Self::Crash(node) => write!(f, "{} crashes", replica(*node)),
            Self::Restart(node) => write!(f, "{} is back, with what it had stored", replica(*node)),
            Self::ClientCrashes(client, sends) => {
                write!(f, "{client} will crash after {sends} more messages")
            }
            Self::SlowTo(client, node, ms) => {
                write!(f, "from now on messages from {client} to {} take {ms} ms", replica(*node))
            }
            Self::SlowFrom(node, client, ms) => {
                write!(f, "from now on messages from {} to {client} take {ms} ms", replica(*node))
            }
            Self::Settle => f.write_str("everything arrives that is under way"),
            Self::Make(n, w, r) => write!(f, "somebody makes a client of {n} replicas with W = {w}, R = {r}"),
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let replicas = counted(u64::from(self.n), "replica", "replicas");
        write!(f, "1. {replicas}, W = {}, R = {}; one key", self.w, self.r)?;
        for (number, event) in self.events.iter().enumerate() {
            write!(f, "\n{}. {event}", number + 2)?;
        }
        Ok(())
    }
}
