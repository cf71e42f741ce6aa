//! How a server remembers what values have seen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a server remembers what the values of a key have seen, and so, which ones a new value replaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The stamp of the server's clock, and the server's name for ties: the latest stamp is kept, and nothing else.
    /// Contexts are empty and ignored. **Loses** all but one of several concurrent writes.
    LastWriteWins,
    /// A version vector with a slot for each *client*, which numbers its own writes. Exact for clients that read their
    /// own writes. A client that doesn't **loses** them: its earlier writes count as seen, read or not. And the vector
    /// grows with every client that ever wrote.
    ClientVector,
    /// A version vector with a slot for each server, written as in many tutorials: the writer's context, with the
    /// server's slot one higher; without a context, 1. **Wrong**: two writes with one context get one and the same
    /// vector, and a server that meets the second takes it for the first.
    ServerVector,
    /// As before, but the server's slot is one above all that the server has counted for the key. **Wrong**: the
    /// second of two writes with one context gets the larger vector, and replaces the first, of which its writer knew
    /// nothing.
    MaxPlusOne,
    /// One version vector for all values of a key, merged from those of its writes (Riak before 2.0). Loses nothing,
    /// and keeps values that their writers have replaced.
    MergedVector,
    /// A context and a dot for each value (Preguiça et al. 2012; Riak from 2.0). Keeps exactly what is concurrent.
    #[default]
    Dotted,
}

impl Scheme {
    /// All of them, in the order in which they are told.
    pub const ALL: [Scheme; 6] = [
        Self::LastWriteWins,
        Self::ClientVector,
        Self::ServerVector,
        Self::MaxPlusOne,
        Self::MergedVector,
        Self::Dotted,
    ];
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LastWriteWins => "last write wins",
            Self::ClientVector => "a slot a client",
            Self::ServerVector => "context + 1",
            Self::MaxPlusOne => "maximum + 1",
            Self::MergedVector => "merged vector",
            Self::Dotted => "dotted",
        })
    }
}
