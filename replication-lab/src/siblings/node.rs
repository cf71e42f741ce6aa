//! The nodes: servers that tell each other what they have, and clients that remember the context they last got.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;

use super::record::Record;
use super::store::SiblingStore;
use super::writing::Writer;
use crate::causality::VersionVector;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// A node of this world.
#[derive(Clone, Debug)]
pub enum Member {
    /// A server.
    Server(Server),
    /// A client.
    Client(Client),
}

/// A server: its store, which is on disk, and the servers that it tells of every write.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) store: SiblingStore,
    pub(super) peers: Vec<NodeId>,
}

/// A client.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The context it last got with each key.
    pub(super) seen: BTreeMap<String, VersionVector>,
    /// How many writes it has made.
    pub(super) written: u64,
}

/// What they say to one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Store this; nothing is a deletion.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Option<String>,
        /// Who writes, and what it had seen.
        writer: Writer,
    },
    /// What is there?
    Get {
        /// The key.
        key: String,
    },
    /// This is there, after a put or a get.
    Answer(Answer),
    /// The put was not taken.
    Refused {
        /// Why.
        why: String,
    },
    /// This is what another server has of a key.
    Sync {
        /// The key.
        key: String,
        /// What is there.
        record: Record,
    },
}

/// What a server has of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The key.
    pub key: String,
    /// Its values: siblings, if there are several.
    pub values: Vec<String>,
    /// To be passed with the next write.
    pub context: VersionVector,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, value: Some(value), writer } => {
                write!(f, "put {key}={value} {}", writer.context)
            }
            Self::Put { key, value: None, writer } => write!(f, "delete {key} {}", writer.context),
            Self::Get { key } => write!(f, "get {key}"),
            Self::Answer(answer) => write!(f, "{answer}"),
            Self::Refused { .. } => f.write_str("refused"),
            Self::Sync { key, record } => write!(f, "have {key}: {record}"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values = if self.values.is_empty() { "nothing".to_owned() } else { self.values.join(" | ") };
        write!(f, "{}: {values} {}", self.key, self.context)
    }
}

impl Node for Member {
    type Message = Message;
    // Nobody waits for a time.
    type Timer = Infallible;
    type Record = ();
    type Output = Result<Answer, String>;

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match (self, message) {
            (Self::Server(server), Message::Put { key, value, writer }) => {
                server.put(key, value, writer, from, effects);
            }
            (Self::Server(server), Message::Get { key }) => server.answer(key, from, effects),
            (Self::Server(server), Message::Sync { key, record }) => {
                if server.store.sync_key(&key, &record) {
                    effects.note(|| format!("holds {key}: {}", server.store.describe(&key)));
                }
            }
            (Self::Client(client), Message::Answer(answer)) => {
                client.seen.entry(answer.key.clone()).or_default().merge(&answer.context);
                effects.output(Ok(answer));
            }
            (Self::Client(_), Message::Refused { why }) => effects.output(Err(why)),
            // Servers are not answered, and clients are not asked.
            (Self::Server(_), Message::Answer(_) | Message::Refused { .. }) | (Self::Client(_), _) => {}
        }
    }

    fn timer(&mut self, _: Infallible, _: &mut Effects<'_, Self>) {}
}

impl Server {
    fn put(
        &mut self,
        key: String,
        value: Option<String>,
        writer: Writer,
        from: NodeId,
        effects: &mut Effects<'_, Member>,
    ) {
        self.store.set_clock(effects.clock());
        let taken = match value {
            Some(value) => self.store.put(&key, value, writer),
            None => self.store.delete(&key, writer),
        };
        if let Err(error) = taken {
            return effects.send(from, Message::Refused { why: error.to_string() });
        }
        effects.note(|| format!("holds {key}: {}", self.store.describe(&key)));
        for peer in self.peers.clone() {
            self.tell(&key, peer, effects);
        }
        self.answer(key, from, effects);
    }

    /// Sends another server what this one has of a key.
    pub(super) fn tell(&self, key: &str, peer: NodeId, effects: &mut Effects<'_, Member>) {
        if let Some(record) = self.store.record(key) {
            effects.send(peer, Message::Sync { key: key.to_owned(), record: record.clone() });
        }
    }

    fn answer(&self, key: String, to: NodeId, effects: &mut Effects<'_, Member>) {
        let answer = Answer { values: self.store.values(&key), context: self.store.context(&key), key };
        effects.send(to, Message::Answer(answer));
    }
}
