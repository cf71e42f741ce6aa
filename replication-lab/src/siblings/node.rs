//! The nodes: a server, and clients that remember the context they last got.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;

use super::store::SiblingStore;
use crate::causality::VersionVector;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// A node of this world.
#[derive(Clone, Debug)]
pub enum Member {
    /// The server with its store, which is on disk.
    Server(SiblingStore),
    /// A client: the context it last got with each key.
    Client(BTreeMap<String, VersionVector>),
}

/// What they say to one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Store this; the writer has seen the context.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What the writer had seen.
        context: VersionVector,
    },
    /// What is there?
    Get {
        /// The key.
        key: String,
    },
    /// This is there, after a put or a get.
    Answer(Answer),
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
            Self::Put { key, value, context } => write!(f, "put {key}={value} {context}"),
            Self::Get { key } => write!(f, "get {key}"),
            Self::Answer(answer) => write!(f, "{answer}"),
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
    type Output = Answer;

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match (self, message) {
            (Self::Server(store), Message::Put { key, value, context }) => {
                store.put(&key, &value, &context);
                effects.note(|| format!("holds {key}: {}", store.describe(&key)));
                answer(store, key, from, effects);
            }
            (Self::Server(store), Message::Get { key }) => answer(store, key, from, effects),
            (Self::Client(seen), Message::Answer(answer)) => {
                seen.entry(answer.key.clone()).or_default().merge(&answer.context);
                effects.output(answer);
            }
            // Servers are not answered, and clients are not asked.
            (Self::Server(_), Message::Answer(_)) | (Self::Client(_), _) => {}
        }
    }

    fn timer(&mut self, _: Infallible, _: &mut Effects<'_, Self>) {}
}

fn answer(store: &SiblingStore, key: String, to: NodeId, effects: &mut Effects<'_, Member>) {
    let answer = Answer { values: store.values(&key), context: store.context(&key), key };
    effects.send(to, Message::Answer(answer));
}
