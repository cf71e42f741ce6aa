//! A member of the world: a server or a client.

use super::client::Client;
use super::message::{Envelope, GroupId, Record, Timer, Told};
use super::server::Server;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// A server or a client.
#[derive(Clone, Debug)]
pub enum Member {
    /// A server.
    Server(Server),
    /// A client.
    Client(Client),
}

impl Member {
    /// The server, if it is one.
    pub fn server(&self) -> Option<&Server> {
        match self {
            Self::Server(server) => Some(server),
            Self::Client(_) => None,
        }
    }
}

impl Node for Member {
    type Message = Envelope;
    type Timer = Timer;
    type Record = Record;
    type Output = (GroupId, Told);

    fn start(&mut self, out: &mut Effects<'_, Self>) {
        if let Self::Server(server) = self {
            server.start(out);
        }
    }

    fn message(&mut self, from: NodeId, message: Envelope, out: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => server.message(from, message, out),
            Self::Client(client) => client.message(from, message, out),
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => server.timer(timer, out),
            Self::Client(client) => client.timer(&timer, out),
        }
    }

    fn crash(&mut self) {
        match self {
            Self::Server(server) => server.crash(),
            Self::Client(client) => client.crash(),
        }
    }
}
