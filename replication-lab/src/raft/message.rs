//! What members say to one another, wait for, write down and tell.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::command::{Entry, OpId};
use super::{Position, Term};
use crate::history::Op;
use crate::trace::NodeId;

/// A Raft group: one for the whole cluster, number 0, or one for each range of keys, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupId(pub u16);

impl GroupId {
    /// How its messages and notes begin: nothing if it is the only one.
    pub(super) fn prefix(self) -> String {
        if self.0 == 0 { String::new() } else { format!("r{}: ", self.0) }
    }
}

/// A message, and which group it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Envelope {
    /// The group.
    pub group: GroupId,
    /// The message.
    pub message: Message,
}

/// What is said. Every message between servers carries its sender's term: who hears of a higher one, follows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A candidate asks for a vote.
    RequestVote {
        /// The term that it wants to lead.
        term: Term,
        /// The end of its log.
        log: Position,
        /// Whether it only asks if it would get the vote: nobody's term changes (dissertation, section 9.6).
        pre: bool,
    },
    /// The answer to it.
    Vote {
        /// The voter's term; the term that was asked about, if a pre-vote is granted.
        term: Term,
        /// Whether it votes for the candidate.
        granted: bool,
        /// Whether a pre-vote was asked for.
        pre: bool,
    },
    /// A leader's heartbeat where elections are all there is.
    Heartbeat {
        /// The leader's term.
        term: Term,
    },
    /// The answer to it.
    Heard {
        /// The follower's term; if it is higher, the leader is none any more.
        term: Term,
    },
    /// Entries of a leader's log; none in a heartbeat.
    AppendEntries {
        /// The leader's term.
        term: Term,
        /// The place behind which the entries go: the follower must have this very entry.
        after: Position,
        /// The entries.
        entries: Vec<Entry>,
        /// How many entries of its log are committed.
        committed: u64,
        /// Counts the rounds of heartbeats by which a leader learns that it still leads; 0 if it needn't know.
        round: u64,
    },
    /// The answer to it.
    Appended {
        /// The follower's term; if it is higher, the leader is none any more.
        term: Term,
        /// Up to where its log, on disk, is equal to the leader's; or where the leader should try, if the place
        /// before the entries wasn't there.
        matched: Result<u64, u64>,
        /// The round of the message that this answers.
        round: u64,
    },
    /// A client asks for something.
    Ask {
        /// Which of its operations this is.
        id: OpId,
        /// What it asks for.
        request: Request,
    },
    /// The answer to a client.
    Reply {
        /// Which of its operations this is about.
        id: OpId,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Write a value.
    Put(String, String),
    /// Write a value if another one is there, or if nothing is.
    CompareAndSet(String, Option<String>, String),
    /// Read a value.
    Get {
        /// The key.
        key: String,
        /// Whether any server may answer, with what it knows.
        anywhere: bool,
    },
    /// Change the voting members of a group.
    Members(GroupId, BTreeSet<NodeId>),
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is written.
    Written,
    /// Whether the value was written in place of the other.
    Swapped(bool),
    /// What was read.
    Value(Option<String>),
    /// Ask the leader, if it is known.
    NotLeader(Option<NodeId>),
    /// Members can't be changed now: ask again later.
    Busy,
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.0 > 0 {
            write!(f, "r{}: ", self.group.0)?;
        }
        self.message.fmt(f)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RequestVote { term, log, pre: false } => write!(f, "vote for me in term {term}? log {log}"),
            Self::RequestVote { term, log, pre: true } => {
                write!(f, "would you vote for me in term {term}? log {log}")
            }
            Self::Vote { term, granted: false, .. } => write!(f, "no, in term {term}"),
            Self::Vote { term, granted: true, pre: false } => write!(f, "yes, in term {term}"),
            Self::Vote { term, granted: true, pre: true } => write!(f, "would say yes, in term {term}"),
            Self::Heartbeat { term } => write!(f, "heartbeat of term {term}"),
            Self::Heard { term } => write!(f, "heard, in term {term}"),
            Self::AppendEntries { term, after, entries, committed, .. } => {
                match entries.is_empty() {
                    true => write!(f, "heartbeat of term {term}")?,
                    false => write!(f, "term {term}: append")?,
                }
                for (entry, index) in entries.iter().zip(after.index + 1..) {
                    write!(f, " {index}@{} {}", entry.term, entry.command)?;
                }
                write!(f, " after {after}, committed {committed}")
            }
            Self::Appended { term, matched: Ok(matched), .. } => {
                write!(f, "has all up to {matched}, in term {term}")
            }
            Self::Appended { term, matched: Err(hint), .. } => {
                write!(f, "doesn't fit, try behind {hint}, in term {term}")
            }
            Self::Ask { request, .. } => request.fmt(f),
            Self::Reply { outcome, .. } => outcome.fmt(f),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(key, value) => write!(f, "put {key}={value}"),
            Self::CompareAndSet(key, expected, new) => {
                write!(f, "put {key}={new} if {}", expected.as_deref().unwrap_or("nothing"))
            }
            Self::Get { key, anywhere: false } => write!(f, "get {key}"),
            Self::Get { key, anywhere: true } => write!(f, "get {key} as you know it"),
            Self::Members(_, members) => {
                f.write_str("change members to")?;
                members.iter().try_for_each(|id| write!(f, " s{}", id.0 + 1))
            }
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Written => f.write_str("written"),
            Self::Swapped(true) => f.write_str("set"),
            Self::Swapped(false) => f.write_str("not set: something else is there"),
            Self::Value(Some(value)) => f.write_str(value),
            Self::Value(None) => f.write_str("nothing"),
            Self::NotLeader(Some(leader)) => write!(f, "ask s{}", leader.0 + 1),
            Self::NotLeader(None) => f.write_str("no leader known"),
            Self::Busy => f.write_str("not now"),
        }
    }
}

/// What a member is woken for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// No leader of the group was heard from for an election timeout. The number tells a timeout from those before
    /// it.
    Election(GroupId, u64),
    /// The leader of this term sends its next heartbeat.
    Heartbeat(GroupId, Term),
    /// What this answer depends on is on disk.
    Saved(NodeId, Envelope),
    /// A candidate's vote for itself, in this term, is on disk.
    OwnVote(GroupId, Term),
    /// The leader of this term has its own log on disk up to this place.
    Written(GroupId, Term, u64),
    /// A client begins its next operation.
    Begin,
    /// A client has had no answer to this try of this operation.
    Again(u64, u32),
    /// A client has had enough of waiting for this operation.
    GiveUp(u64),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Election(group, _) => write!(f, "{}election timeout", group.prefix()),
            Self::Heartbeat(group, _) => write!(f, "{}next heartbeat", group.prefix()),
            Self::Saved(..) => f.write_str("answer"),
            Self::OwnVote(group, term) => write!(f, "{}own vote of term {term}", group.prefix()),
            Self::Written(group, _, index) => write!(f, "{}own log up to {index}", group.prefix()),
            Self::Begin => f.write_str("next operation"),
            Self::Again(..) => f.write_str("ask again"),
            Self::GiveUp(_) => f.write_str("gives up"),
        }
    }
}

/// What a server writes to its disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// Its term and its vote in it; the last record of a group counts.
    Ballot {
        /// The group.
        group: GroupId,
        /// The term.
        term: Term,
        /// Whom it voted for.
        vote: Option<NodeId>,
    },
    /// An entry at this place of the group's log; what was there and behind it is gone.
    Entry {
        /// The group.
        group: GroupId,
        /// The place, from 1.
        index: u64,
        /// The entry.
        entry: Entry,
    },
}

/// What a member tells the world outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// It began an election for this term.
    Campaigns(Term),
    /// It leads this term.
    Leads(Term),
    /// It has heard from the leader of this term for the first time.
    Follows(Term, NodeId),
    /// It dropped these entries, because the leader's log has others at their places.
    RolledBack(Vec<Entry>),
    /// A client's operation is over: it was answered, or given up.
    Done(Op),
}
