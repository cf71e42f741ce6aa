//! Attacks on the replication stream: lost, late and repeated messages, servers that crash or stand still, new leaders.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::counted;
use crate::exercises::e9_4::{NodeId, Position, Time};

#[cfg(feature = "judge")]
mod draw;
#[cfg(feature = "judge")]
mod rules;

/// A stream, and what happens to it, one thing after the other, a millisecond apart. L leads epoch 1; F1 and F2 follow it.
/// In the end everything is mended, and a few heartbeats pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// So many entries a leader's log keeps.
    pub keep: usize,
    /// So many entries go into one message.
    pub batch: usize,
    /// So many entries wait at a follower.
    pub room: usize,
    /// What happens.
    pub events: Vec<Event>,
}

/// Something that happens. What is impossible at the time, such as a write to a server that does not lead, does not
/// happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A client puts a value.
    Put(NodeId, String, String),
    /// A client deletes a key.
    Delete(NodeId, String),
    /// A client puts so many values.
    Puts(NodeId, u32),
    /// Nothing happens for so many milliseconds.
    Wait(u64),
    /// A server's process dies. Its disk keeps everything.
    Kill(NodeId),
    /// It is started again.
    Restart(NodeId),
    /// Nothing gets through between two servers, in either direction.
    Cut(NodeId, NodeId),
    /// Messages from one server to another take so many milliseconds more; 0 ends that.
    Delay(NodeId, NodeId, u64),
    /// All links are as they were.
    Heal,
    /// The network delivers once more what one server sent to another as its message of this number, counted from 0.
    Again(NodeId, NodeId, usize),
    /// A follower applies nothing more.
    StandsStill(NodeId),
    /// It applies again.
    GoesOn(NodeId),
    /// F3 begins to follow whoever was promoted last, with nothing.
    Joins,
    /// A follower is promoted into the next epoch. Whoever led before does not hear of it.
    Promote(NodeId),
    /// A log alone: entries of these epochs are appended to it behind `base`, and it is asked for what follows a position.
    Log(Asked),
}

/// What a log alone is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its base, in epoch 1.
    pub base: u64,
    /// How many entries it keeps.
    pub keep: usize,
    /// The epoch of each entry, in order.
    pub epochs: Vec<u64>,
    /// What follows this position?
    pub after: Position,
    /// At most so many.
    pub most: usize,
}

/// What was seen of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When.
    pub now: Time,
    /// Each write that was asked of a server: what it answered.
    pub wrote: Vec<Wrote>,
    /// Who leads from now on, and which epoch.
    pub promoted: Option<(NodeId, u64)>,
    /// What the log alone answered, and how often it looked at an entry; `None` for an answer: not in this log.
    pub log: Option<(Option<Vec<Position>>, u64)>,
    /// The servers L, F1, F2 and F3 a moment later.
    pub servers: Vec<Server>,
}

/// A write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wrote {
    /// To whom.
    pub leader: NodeId,
    /// The key, and its value; none for a deletion.
    pub change: (String, Option<String>),
    /// Its position; none if it was refused.
    pub at: Option<Position>,
    /// The highest epoch of which a follower had told this leader since it started.
    pub heard: u64,
    /// When.
    pub now: Time,
}

/// What a server shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// What it does.
    pub role: Role,
    /// The most entries that it ever sent in one message.
    pub largest: usize,
    /// The most entries that it ever applied at once: so many had waited.
    pub waited: u64,
    /// How often it applied something when a message came.
    pub eager: usize,
    /// How often it told a lower epoch than one that it knew.
    pub back: usize,
    /// How often it had received what comes next, with room for it, and did not apply it.
    pub dropped: usize,
    /// What it applied without having received it in the epoch that it knew then, with that epoch.
    pub stray: Vec<(u64, Position)>,
}

/// What a server does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is down, or not in use.
    Idle,
    /// It leads.
    Leads {
        /// This epoch.
        epoch: u64,
        /// What it holds, key by key.
        data: BTreeMap<String, String>,
        /// What it says that one, two and three followers have applied.
        replicated: [Position; 3],
    },
    /// It follows.
    Follows {
        /// The highest epoch that it knows.
        epoch: u64,
        /// How far it has applied the log.
        applied: Position,
        /// What it holds by its snapshot.
        data: BTreeMap<String, String>,
        /// What it answers, key by key.
        read: BTreeMap<String, String>,
        /// How far behind it believes to be, in entries and bytes.
        behind: (u64, u64),
        /// How old it believes its data may be.
        age: Time,
    },
}

/// The name of a server.
pub(crate) fn name(node: NodeId) -> &'static str {
    ["L", "F1", "F2", "F3"].get(node.index()).copied().unwrap_or("?")
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(to, key, value) => write!(f, "a client puts {key} = {value} on {}", name(*to)),
            Self::Delete(to, key) => write!(f, "a client deletes {key} on {}", name(*to)),
            Self::Puts(to, count) => {
                write!(f, "clients put {} on {}", counted(u64::from(*count), "value", "values"), name(*to))
            }
            Self::Wait(ms) => write!(f, "{ms} ms pass"),
            Self::Kill(node) => write!(f, "{} dies; its disk keeps everything", name(*node)),
            Self::Restart(node) => write!(f, "{} is started again", name(*node)),
            Self::Cut(a, b) => {
                write!(f, "nothing gets through between {} and {} any more", name(*a), name(*b))
            }
            Self::Delay(from, to, ms) => {
                write!(f, "from now on messages from {} to {} take {ms} ms more", name(*from), name(*to))
            }
            Self::Heal => f.write_str("all links are as they were"),
            Self::Again(from, to, nth) => {
                write!(f, "message {nth} from {} to {} comes once more", name(*from), name(*to))
            }
            Self::StandsStill(node) => write!(f, "{} applies nothing from now on", name(*node)),
            Self::GoesOn(node) => write!(f, "{} applies again", name(*node)),
            Self::Joins => f.write_str("F3 begins to follow, with nothing"),
            Self::Promote(node) => write!(f, "{} is promoted into the next epoch", name(*node)),
            Self::Log(Asked { base, keep, epochs, after, most }) => {
                let epochs: Vec<_> = epochs.iter().map(u64::to_string).collect();
                write!(
                    f,
                    "a log behind {base}@1 that keeps {keep} entries gets entries of the epochs {}, and is asked for at most \
                     {most} after {after}",
                    epochs.join(" ")
                )
            }
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keep, batch, room, events } = self;
        write!(
            f,
            "1. L leads, F1 and F2 follow. A log keeps {keep} entries, a message holds {batch}, {room} wait at a follower"
        )?;
        for (number, event) in events.iter().enumerate() {
            write!(f, "\n{}. {event}", number + 2)?;
        }
        write!(f, "\n{}. everything is mended, and a few seconds pass", events.len() + 2)
    }
}
