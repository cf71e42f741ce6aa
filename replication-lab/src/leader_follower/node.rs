//! The nodes of a leader–follower world.

use super::client::Client;
use super::entry::Entry;
use super::message::{Message, Timer, Told};
use super::observer::Observer;
use super::server::Server;
use super::store::IdStore;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// A node of a leader–follower world.
#[derive(Clone, Debug)]
pub enum Member {
    /// A server.
    Server(Box<Server>),
    /// A client.
    Client(Box<Client>),
    /// An observer.
    Observer(Box<Observer>),
    /// A store outside.
    Store(IdStore),
}

impl Node for Member {
    type Message = Message;
    type Timer = Timer;
    type Record = Entry;
    type Output = Told;

    fn start(&mut self, out: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => server.start(out),
            Self::Observer(observer) => observer.start(out),
            Self::Client(_) | Self::Store(_) => {}
        }
    }

    fn message(&mut self, from: NodeId, message: Message, out: &mut Effects<'_, Self>) {
        match (self, message) {
            (Self::Server(server), message) => server.message(from, message, out),
            (Self::Client(client), message) => client.message(from, message, out),
            (Self::Observer(observer), message) => observer.message(from, message, out),
            (Self::Store(store), Message::Store(id, row, epoch)) => store.put(id, row, epoch, out),
            _ => {}
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => server.timer(timer, out),
            Self::Client(client) => client.timer(timer, out),
            Self::Observer(observer) => observer.timer(timer, out),
            Self::Store(_) => {}
        }
    }

    fn crash(&mut self) {
        match self {
            Self::Server(server) => server.crash(),
            Self::Client(client) => client.crash(),
            Self::Observer(observer) => observer.crash(),
            // What it holds is on its disk.
            Self::Store(_) => {}
        }
    }

    fn message_bytes(message: &Message) -> u64 {
        match message {
            Message::Entries { entries, .. } => 50 + entries.iter().map(|entry| entry.bytes).sum::<u64>(),
            Message::Copy(table, ..) | Message::Part(_, table, _) => 50 + 100 * table.rows.len() as u64,
            _ => 100,
        }
    }

    fn record_bytes(entry: &Entry) -> u64 {
        entry.bytes
    }
}
