//! What servers say to one another, wait for, write down and tell.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Position, Term};
use crate::trace::NodeId;

/// A message between servers. Every one carries its sender's term: who hears of a higher one, follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A candidate asks for a vote.
    RequestVote {
        /// The candidate's term.
        term: Term,
        /// The end of its log.
        log: Position,
    },
    /// The answer to it.
    Vote {
        /// The voter's term.
        term: Term,
        /// Whether it votes for the candidate.
        granted: bool,
    },
    /// A leader's heartbeat. (Entries will ride on it.)
    AppendEntries {
        /// The leader's term.
        term: Term,
    },
    /// The answer to it.
    Appended {
        /// The follower's term; if it is higher, the leader is none any more.
        term: Term,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestVote { term, log } => write!(f, "vote for me in term {term}? log {log}"),
            Self::Vote { term, granted: true } => write!(f, "yes, in term {term}"),
            Self::Vote { term, granted: false } => write!(f, "no, in term {term}"),
            Self::AppendEntries { term } => write!(f, "heartbeat of term {term}"),
            Self::Appended { term } => write!(f, "heard, in term {term}"),
        }
    }
}

/// What a server is woken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// No leader was heard from for an election timeout. The number tells a timeout from those before it.
    Election(u64),
    /// The leader of this term sends its next heartbeat.
    Heartbeat(Term),
    /// What this answer depends on is on disk.
    Saved(NodeId, Message),
    /// A candidate's vote for itself, in this term, is on disk.
    OwnVote(Term),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Election(_) => f.write_str("election timeout"),
            Self::Heartbeat(_) => f.write_str("next heartbeat"),
            Self::Saved(..) => f.write_str("answer"),
            Self::OwnVote(term) => write!(f, "own vote of term {term}"),
        }
    }
}

/// What a server writes to its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// Its term and its vote in it; the last record counts.
    Ballot {
        /// The term.
        term: Term,
        /// Whom it voted for.
        vote: Option<NodeId>,
    },
}

/// What a server tells the world outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// It began an election for this term.
    Campaigns(Term),
    /// It leads this term.
    Leads(Term),
    /// It has heard from the leader of this term for the first time.
    Follows(Term, NodeId),
}
