//! The nodes of the monitored cluster: databases, the fencing device, observers, and the monitor's port.

use std::collections::BTreeMap;
use std::fmt;

use replication_lab::world::{Effects, Node};

use super::{NodeId, Position, Time};

/// What a leader writes in a second, in bytes of its log.
pub(super) const WRITE: u64 = 500;

/// What the nodes send. Requests have a number that comes back.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Ping(u64),
    Pong(u64, Position),
    IsSilent(u64, NodeId),
    Silent(u64, bool),
    Fence(u64, u64),
    Promote(u64, u64),
    Follow(u64, NodeId, u64),
    Done(u64),
    Refused(u64),
    // A leader's life: a sign to the observers, a write through the device, what was kept to the followers.
    Alive,
    Write(Position),
    Kept(Position),
    Fenced(Position),
    Append(Position),
}

impl Message {
    /// The number of the request that this answers.
    pub(super) fn answers(&self) -> Option<u64> {
        match self {
            Self::Pong(request, _)
            | Self::Silent(request, _)
            | Self::Done(request)
            | Self::Refused(request) => Some(*request),
            _ => None,
        }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ping(_) => f.write_str("ping"),
            Self::Pong(_, at) => write!(f, "I am at {at}"),
            Self::IsSilent(_, node) => write!(f, "is {} silent?", name(*node)),
            Self::Silent(_, true) => f.write_str("it is silent"),
            Self::Silent(_, false) => f.write_str("I hear it"),
            Self::Fence(_, below) => write!(f, "refuse what is below epoch {below}"),
            Self::Promote(_, epoch) => write!(f, "lead epoch {epoch}"),
            Self::Follow(_, leader, epoch) => write!(f, "follow {} in epoch {epoch}", name(*leader)),
            Self::Done(_) => f.write_str("done"),
            Self::Refused(_) => f.write_str("refused"),
            Self::Alive => f.write_str("I lead"),
            Self::Write(at) => write!(f, "write {at}"),
            Self::Kept(at) => write!(f, "kept {at}"),
            Self::Fenced(at) => write!(f, "refused {at}"),
            Self::Append(at) => write!(f, "up to {at}"),
        }
    }
}

/// Names by id: the databases L and F1 to F3, the observers M (the monitor), O1 and O2, the device.
pub(super) const NAMES: [&str; 8] = ["L", "F1", "F2", "F3", "M", "O1", "O2", "device"];
pub(super) const L: NodeId = NodeId(0);
pub(super) const M: NodeId = NodeId(4);
pub(super) const O1: NodeId = NodeId(5);
pub(super) const O2: NodeId = NodeId(6);
pub(super) const DEVICE: NodeId = NodeId(7);

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

/// A database's next write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat(u64);

impl fmt::Display for Beat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("next write")
    }
}

/// A database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    /// How far its log reaches.
    pub(super) at: Position,
    /// The highest epoch that it was told of.
    pub(super) epoch: u64,
    /// Whether it leads that epoch.
    pub(super) leads: bool,
    /// How far it stays behind its leader, as a follower.
    pub(super) lag: u64,
    /// The other databases.
    pub(super) others: Vec<NodeId>,
}

/// A node of this world.
#[derive(Clone, Debug)]
pub(super) enum Member {
    /// A database.
    Database(Database),
    /// Refuses writes of epochs below this one.
    Device(u64),
    /// An observer, and when it last heard whom; silent for longer than the timeout is too long.
    Observer(BTreeMap<NodeId, Time>, Time),
    /// The monitor's port, and what arrived there.
    Port(Vec<Message>),
}

impl Node for Member {
    type Message = Message;
    type Timer = Beat;
    type Record = ();
    // A write that the device let through.
    type Output = (NodeId, Position);

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        if let Member::Database(database) = self {
            database.next_write(effects);
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match self {
            Member::Database(database) => database.message(from, message, effects),
            Member::Port(inbox) => inbox.push(message),
            Member::Device(below) => match message {
                Message::Fence(request, epoch) => {
                    *below = (*below).max(epoch);
                    effects.send(from, Message::Done(request));
                }
                Message::Write(at) if at.epoch < *below => effects.send(from, Message::Fenced(at)),
                Message::Write(at) => {
                    effects.output((from, at));
                    effects.send(from, Message::Kept(at));
                }
                _ => {}
            },
            Member::Observer(heard, timeout) => match message {
                Message::Alive => {
                    heard.insert(from, effects.clock());
                }
                Message::IsSilent(request, node) => {
                    let last = heard.get(&node).copied().unwrap_or(Time::ZERO);
                    let silent = effects.clock() - last > *timeout;
                    effects.send(from, Message::Silent(request, silent));
                }
                _ => {}
            },
        }
    }

    fn timer(&mut self, Beat(epoch): Beat, effects: &mut Effects<'_, Self>) {
        if let Member::Database(database) = self
            && database.leads
            && database.epoch == epoch
        {
            database.write(effects);
            database.next_write(effects);
        }
    }
}

impl Database {
    /// A leader writes half a second after each full one, by its clock.
    fn next_write(&self, effects: &mut Effects<'_, Member>) {
        if self.leads {
            let into_second = effects.clock().as_us() % 1_000_000;
            let span = (1_500_000 - into_second - 1) % 1_000_000 + 1;
            effects.after_in_background(Time::us(span), Beat(self.epoch));
        }
    }

    fn write(&self, effects: &mut Effects<'_, Member>) {
        effects.send(DEVICE, Message::Write(Position::new(self.epoch, self.at.lsn + WRITE)));
        effects.send(O1, Message::Alive);
        effects.send(O2, Message::Alive);
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Member>) {
        match message {
            Message::Ping(request) => effects.send(from, Message::Pong(request, self.at)),
            Message::Promote(request, epoch) => {
                let again = self.leads && self.epoch == epoch;
                if !again && epoch <= self.epoch {
                    return effects.send(from, Message::Refused(request));
                }
                (self.leads, self.epoch) = (true, epoch);
                effects.send(from, Message::Done(request));
                if !again {
                    effects.note(|| format!("leads epoch {epoch}"));
                    self.next_write(effects);
                }
            }
            Message::Follow(request, leader, epoch) => {
                if leader == effects.me() || epoch < self.epoch {
                    return effects.send(from, Message::Refused(request));
                }
                (self.leads, self.epoch) = (false, epoch);
                effects.note(|| format!("follows {} in epoch {epoch}", name(leader)));
                effects.send(from, Message::Done(request));
            }
            Message::Kept(at) if self.leads && at.epoch == self.epoch => {
                self.at = at;
                for other in &self.others {
                    effects.send(*other, Message::Append(at));
                }
            }
            Message::Fenced(at) if self.leads && at.epoch == self.epoch => {
                self.leads = false;
                effects.note(|| "steps down".into());
            }
            // A follower takes nothing from a leader that it was not told to follow.
            Message::Append(at) if !self.leads && at.epoch == self.epoch => {
                self.at = Position::new(at.epoch, at.lsn.saturating_sub(self.lag));
            }
            _ => {}
        }
    }
}
