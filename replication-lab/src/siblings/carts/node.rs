//! Servers with one cart, and clients that fill and empty it.

use std::fmt;

use super::cart::{Cart, ITEMS, Merge, WriteId};
use crate::causality::VersionVector;
use crate::network::Latency;
use crate::siblings::{Record, SiblingStore, Writer};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// The one key.
pub(super) const KEY: &str = "cart";

/// How long a client waits for an answer before it goes on.
const PATIENCE: Time = Time::ms(100);

#[derive(Clone, Debug)]
pub(super) enum Member {
    Server(Server),
    Client(Client),
}

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) store: SiblingStore<Cart>,
    pub(super) peers: Vec<NodeId>,
    pub(super) sync_every: Time,
}

#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) name: String,
    /// Its place among the clients, which its writes are numbered by.
    pub(super) place: u32,
    pub(super) servers: Vec<NodeId>,
    pub(super) left: u32,
    pub(super) reads: f64,
    pub(super) removes: f64,
    pub(super) pause: Latency,
    pub(super) merge: Merge,
    pub(super) written: u32,
    /// The operation that it is at.
    pub(super) operation: u32,
    pub(super) waits: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Message {
    Get { operation: u32 },
    Carts { operation: u32, siblings: Vec<Cart>, context: VersionVector },
    Put { operation: u32, cart: Cart, writer: Writer },
    Taken { operation: u32, write: WriteId },
    Refused { operation: u32, write: WriteId },
    Sync(Record<Cart>),
}

#[derive(Clone, Debug)]
pub(super) enum Timer {
    Sync,
    Begin,
    GiveUp(u32),
}

/// What the measures hear.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// A client writes, having read these writes; it adds an item, or removes one.
    Writes { write: WriteId, read: Vec<WriteId>, item: usize, adds: bool },
    /// A client has read these siblings.
    Reads(Vec<WriteId>),
    /// A server has taken a write in.
    Took(WriteId),
    /// A client knows that its write was taken.
    Acknowledged(WriteId),
    /// A write was one too many.
    Refused,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get { .. } => f.write_str("get cart"),
            Self::Carts { siblings, context, .. } => {
                write!(f, "{} siblings {context}", siblings.len())
            }
            Self::Put { cart, writer, .. } => write!(f, "put {cart} {}", writer.context),
            Self::Taken { write, .. } => write!(f, "#{write} taken"),
            Self::Refused { write, .. } => write!(f, "#{write} refused"),
            Self::Sync(record) => write!(f, "have {record}"),
        }
    }
}

impl fmt::Display for Cart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.write)
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync",
            Self::Begin => "go on",
            Self::GiveUp(_) => "give up",
        })
    }
}

impl Node for Member {
    type Message = Message;
    type Timer = Timer;
    type Record = ();
    type Output = Told;

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => effects.after_in_background(server.sync_every, Timer::Sync),
            Self::Client(client) => client.rest(effects),
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match self {
            Self::Server(server) => server.message(from, message, effects),
            Self::Client(client) => client.message(from, message, effects),
        }
    }

    fn timer(&mut self, timer: Timer, effects: &mut Effects<'_, Self>) {
        match (self, timer) {
            (Self::Server(server), Timer::Sync) => {
                server.tell_all(effects);
                effects.after_in_background(server.sync_every, Timer::Sync);
            }
            (Self::Client(client), Timer::Begin) => client.begin(effects),
            (Self::Client(client), Timer::GiveUp(operation)) if client.is_at(operation) => {
                client.rest(effects)
            }
            _ => {}
        }
    }
}

impl Server {
    fn tell_all(&self, effects: &mut Effects<'_, Member>) {
        if let Some(record) = self.store.record(KEY) {
            for peer in &self.peers {
                effects.send(*peer, Message::Sync(record.clone()));
            }
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Member>) {
        match message {
            Message::Get { operation } => {
                let (siblings, context) = (self.store.values(KEY), self.store.context(KEY));
                effects.send(from, Message::Carts { operation, siblings, context });
            }
            Message::Put { operation, cart, writer } => {
                self.store.set_clock(effects.clock());
                let write = cart.write;
                if self.store.put(KEY, cart, writer).is_err() {
                    return effects.send(from, Message::Refused { operation, write });
                }
                effects.output(Told::Took(write));
                effects.note(|| format!("holds {}", self.store.describe(KEY)));
                effects.send(from, Message::Taken { operation, write });
                self.tell_all(effects);
            }
            Message::Sync(record) => {
                if self.store.sync_key(KEY, &record) {
                    effects.note(|| format!("holds {}", self.store.describe(KEY)));
                }
            }
            Message::Carts { .. } | Message::Taken { .. } | Message::Refused { .. } => {}
        }
    }
}

impl Client {
    /// Whether it still waits for this operation.
    fn is_at(&self, operation: u32) -> bool {
        self.waits && self.operation == operation
    }

    pub(super) fn is_done(&self) -> bool {
        self.left == 0 && !self.waits
    }

    fn rest(&mut self, effects: &mut Effects<'_, Member>) {
        self.waits = false;
        if self.left > 0 {
            let pause = self.pause.draw(effects.rng());
            effects.after(pause, Timer::Begin);
        }
    }

    fn begin(&mut self, effects: &mut Effects<'_, Member>) {
        self.left -= 1;
        self.operation += 1;
        self.waits = true;
        effects.after(PATIENCE, Timer::GiveUp(self.operation));
        let Some(server) = effects.rng().pick(&self.servers).copied() else { return };
        if effects.rng().chance(self.reads) {
            effects.send(server, Message::Get { operation: self.operation });
        } else {
            self.write(server, &[], VersionVector::default(), effects);
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Member>) {
        match message {
            Message::Carts { operation, siblings, context } if self.is_at(operation) => {
                effects.output(Told::Reads(siblings.iter().map(|cart| cart.write).collect()));
                self.write(from, &siblings, context, effects);
            }
            Message::Taken { operation, write } => {
                effects.output(Told::Acknowledged(write));
                if self.is_at(operation) {
                    self.rest(effects);
                }
            }
            Message::Refused { operation, .. } => {
                effects.output(Told::Refused);
                if self.is_at(operation) {
                    self.rest(effects);
                }
            }
            _ => {}
        }
    }

    /// Merges what it has read, changes one item, and writes. Who has read nothing adds an item.
    fn write(
        &mut self,
        server: NodeId,
        siblings: &[Cart],
        context: VersionVector,
        effects: &mut Effects<'_, Member>,
    ) {
        self.written += 1;
        let write = 10_000 * self.place + self.written;
        let mut cart = Cart::merged(siblings);
        cart.write = write;
        let inside: Vec<usize> = cart.items(self.merge).into_iter().collect();
        let outside: Vec<usize> = (0..ITEMS.len()).filter(|item| !inside.contains(item)).collect();
        let removes = effects.rng().chance(self.removes);
        let adds = inside.is_empty() || !outside.is_empty() && !removes;
        let choice = if adds { &outside } else { &inside };
        let Some(item) = effects.rng().pick(choice).copied() else { return };
        match adds {
            true => cart.add(item),
            false => cart.remove(item, self.merge),
        }
        let read = siblings.iter().map(|cart| cart.write).collect();
        effects.output(Told::Writes { write, read, item, adds });
        let writer = Writer { client: self.name.clone(), number: u64::from(self.written), context };
        effects.send(server, Message::Put { operation: self.operation, cart, writer });
    }
}
