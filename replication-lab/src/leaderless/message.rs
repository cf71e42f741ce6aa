//! What clients and replicas say to one another.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::version::Versioned;
use crate::trace::NodeId;

/// Number of a request: unique among the requests of the node that sends it.
pub type RequestId = u64;

/// A message between nodes of a leaderless store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Store this, and say when it is done.
    Put {
        /// Comes back with the acknowledgement.
        request: RequestId,
        /// The key.
        key: String,
        /// What to store.
        new: Versioned,
        /// The replica that it is meant for, when that is not the receiver: a hint to hand over later.
        hint_for: Option<NodeId>,
        /// Why it is sent.
        purpose: Purpose,
    },
    /// It is stored, or something at least as new was there already.
    PutAck {
        /// The request.
        request: RequestId,
    },
    /// What is stored under this key?
    Get {
        /// Comes back with the answer.
        request: RequestId,
        /// The key.
        key: String,
    },
    /// This is stored; nothing if nothing is.
    GetReply {
        /// The request.
        request: RequestId,
        /// The key.
        key: String,
        /// The values; more than one only for concurrent writes under version vectors.
        values: Vec<Versioned>,
    },
    /// Anti-entropy, first step: the hashes of the sender's Merkle tree, leaf by leaf, of the keys that both hold.
    Tree {
        /// One hash for each leaf.
        leaves: Vec<u64>,
    },
    /// Anti-entropy, second step: what the sender has in the leaves that differ.
    Leaves {
        /// Which leaves.
        leaves: Vec<usize>,
        /// Key and values in them.
        entries: Vec<(String, Vec<Versioned>)>,
        /// Whether the receiver shall answer with its own.
        answer: bool,
    },
}

/// Why something is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A client's write.
    Write,
    /// Read repair.
    Repair,
    /// A hint, handed over to the replica it was kept for.
    Handoff,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, new, hint_for, purpose, .. } => {
                let what = match purpose {
                    Purpose::Write => "put",
                    Purpose::Repair => "repair",
                    Purpose::Handoff => "handoff",
                };
                write!(f, "{what} {key}={new}")?;
                match hint_for {
                    Some(_) => f.write_str(" (hint)"),
                    None => Ok(()),
                }
            }
            Self::PutAck { .. } => f.write_str("ack"),
            Self::Get { key, .. } => write!(f, "get {key}"),
            Self::GetReply { key, values, .. } => write!(f, "{key}: {}", listed(values)),
            Self::Tree { leaves } => write!(f, "tree of {} leaves", leaves.len()),
            Self::Leaves { leaves, entries, .. } => {
                write!(f, "{} differing leaves, {} keys", leaves.len(), entries.len())
            }
        }
    }
}

/// The values as text.
pub fn listed(values: &[Versioned]) -> String {
    if values.is_empty() {
        return "nothing".into();
    }
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
}
