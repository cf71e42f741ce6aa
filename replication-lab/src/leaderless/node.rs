//! The nodes of a leaderless world: replicas, clients, and a port for code outside.

use std::collections::VecDeque;
use std::fmt;

use super::client::{Client, Told};
use super::message::{Message, RequestId};
use super::replica::Replica;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// A node of a leaderless world.
#[derive(Clone, Debug)]
pub enum Member {
    /// A storage node.
    Replica(Replica),
    /// A client with a protocol of the lab.
    Client(Client),
    /// A port: code outside the world sends through it and takes what arrived.
    Port(VecDeque<(NodeId, Message)>),
}

/// What a member can be woken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A client's operation has waited long enough.
    GiveUp(RequestId),
    /// A client's write has waited long enough for some replica.
    Hint(RequestId),
    /// A client's pause is over.
    NextJob,
    /// A replica tries to hand over its hints.
    Handoff,
    /// A replica compares itself with another.
    AntiEntropy,
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GiveUp(_) => "time-out",
            Self::Hint(_) => "a replica is silent",
            Self::NextJob => "next operation",
            Self::Handoff => "hand over hints",
            Self::AntiEntropy => "anti-entropy",
        })
    }
}

impl Node for Member {
    type Message = Message;
    type Timer = Timer;
    type Record = ();
    type Output = Told;

    fn start(&mut self, out: &mut Effects<'_, Self>) {
        match self {
            Self::Replica(replica) => replica.start(out),
            Self::Client(client) => client.start(out),
            Self::Port(_) => {}
        }
    }

    fn message(&mut self, from: NodeId, message: Message, out: &mut Effects<'_, Self>) {
        match self {
            Self::Replica(replica) => replica.message(from, message, out),
            Self::Client(client) => client.message(from, message, out),
            Self::Port(inbox) => inbox.push_back((from, message)),
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Self>) {
        match (self, timer) {
            (Self::Client(client), Timer::GiveUp(request)) => client.give_up(request, out),
            (Self::Client(client), Timer::Hint(request)) => client.hint(request, out),
            (Self::Client(client), Timer::NextJob) => client.do_next_job(out),
            (Self::Replica(replica), Timer::Handoff) => replica.handoff(out),
            (Self::Replica(replica), Timer::AntiEntropy) => replica.anti_entropy(out),
            _ => {}
        }
    }

    fn crash(&mut self) {
        match self {
            Self::Replica(replica) => replica.crash(),
            Self::Client(client) => client.crash(),
            Self::Port(inbox) => inbox.clear(),
        }
    }
}
