//! A consumer: it applies transactions to a copy of its own, and confirms.

use std::collections::BTreeMap;

use super::message::{Kept, Message, Node, Timer};
use super::setup::{Confirm, Settings};
use crate::log::Lsn;
use crate::replication_log::logical::{Decoder, Message as Logical};
use crate::table_engine::{KeyedChange, Value};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

type Out<'a> = Effects<'a, Node>;

/// The leader's number.
const LEADER: NodeId = NodeId(0);

/// What a consumer has made of the changes, as it lies on its disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// The ends of the transactions that it applied, in that order: one that was applied twice is there twice.
    pub applied: Vec<Lsn>,
    /// The rows, by table and primary key, with columns by name.
    pub rows: BTreeMap<(String, Value), Vec<(String, Value)>>,
}

impl Delivered {
    /// How many different transactions it has applied.
    pub fn transactions(&self) -> usize {
        let mut ends = self.applied.clone();
        ends.sort_unstable();
        ends.dedup();
        ends.len()
    }

    /// How many times it applied a transaction again.
    pub fn repeated(&self) -> usize {
        self.applied.len() - self.transactions()
    }

    fn apply(&mut self, end: Lsn, changes: &[KeyedChange]) {
        self.applied.push(end);
        for change in changes {
            let table = change.table().to_owned();
            if let Some(key) = change.key() {
                self.rows.remove(&(table.clone(), key.clone()));
            }
            if let Some(values) = change.values() {
                // The first column is the primary key here.
                let key = values.first().map_or(Value::Null, |(_, value)| value.clone());
                self.rows.insert((table, key), values.to_vec());
            }
        }
    }
}

/// A consumer.
#[derive(Clone, Debug)]
pub struct Consumer {
    confirm: Confirm,
    confirm_every: Time,
    deduplicate: bool,
    confirm_when_idle: bool,
    decoder: Decoder,
    // What it has received in this connection; nothing before the first message.
    received: Option<Lsn>,
    written: Lsn,
    durable: Lsn,
    confirmed: Lsn,
    // When the leader was heard, by this node's clock.
    heard: Time,
    timeout: Time,
    lost: bool,
}

impl Consumer {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            confirm: settings.confirm,
            confirm_every: settings.confirm_every,
            deduplicate: settings.deduplicate,
            confirm_when_idle: settings.confirm_when_idle,
            decoder: Decoder::default(),
            received: None,
            written: Lsn::default(),
            durable: Lsn::default(),
            confirmed: Lsn::default(),
            heard: Time::ZERO,
            timeout: settings.timeout,
            lost: false,
        }
    }

    /// Whether the leader has told it that its slot is lost: it can't go on without a new copy.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        // A record that was torn by the crash would hide all that is written after it.
        let whole = out.disk().first() + out.disk().trusted().count() as u64;
        out.truncate(whole);
        let last = out.disk().trusted().filter_map(|record| match record {
            Kept::Applied { end, .. } => Some(*end),
            Kept::Log { .. } => None,
        });
        self.written = last.max().unwrap_or_default();
        self.durable = self.written;
        self.connect(out);
        out.after_in_background(self.confirm_every, Timer::Confirm);
    }

    fn connect(&mut self, out: &mut Out<'_>) {
        (self.received, self.heard) = (None, out.clock());
        self.decoder = Decoder::default();
        let after = if self.deduplicate { self.written } else { Lsn::default() };
        out.send(LEADER, Message::Start(after));
    }

    pub(super) fn crash(&mut self) {
        (self.received, self.confirmed) = (None, Lsn::default());
    }

    pub(super) fn message(&mut self, message: Message, out: &mut Out<'_>) {
        self.heard = out.clock();
        match message {
            Message::Transaction { after, end, bytes, .. } => self.transaction(after, end, &bytes, out),
            Message::Streams(after) => self.received = Some(after),
            Message::KeepAlive { sent, end } => {
                let Some(received) = self.received else { return };
                if received < sent {
                    // Something was lost on the way.
                    return self.connect(out);
                }
                if self.confirm_when_idle && self.confirm != Confirm::Never && self.written == self.durable {
                    self.durable = self.durable.max(end);
                    self.written = self.written.max(end);
                }
                if self.confirm == Confirm::WhenDurable {
                    self.confirmed = self.confirmed.max(self.durable);
                }
                // Also a sign of life.
                out.send(LEADER, Message::Confirm(self.confirmed));
            }
            Message::SlotLost => {
                self.lost = true;
                out.note(|| "can't go on: needs a new copy".to_owned());
            }
            Message::Start(_) | Message::Confirm(_) => {}
        }
    }

    fn transaction(&mut self, after: Lsn, end: Lsn, bytes: &[u8], out: &mut Out<'_>) {
        match self.received {
            Some(received) if end <= received => return,
            Some(received) if after > received => return self.connect(out),
            // From a connection that is over.
            None => return,
            Some(_) => self.received = Some(end),
        }
        let Ok(messages) = self.decoder.decode(bytes) else { return self.connect(out) };
        if self.confirm == Confirm::OnReceipt {
            self.send_confirmation(end, out);
        }
        if self.deduplicate && end <= self.written {
            return out.note(|| "has it already".to_owned());
        }
        let changes = messages.into_iter().filter_map(|message| match message {
            Logical::Row { change, .. } => Some(change),
            _ => None,
        });
        if out.append(Kept::Applied { end, changes: changes.collect() }).is_ok() {
            self.written = self.written.max(end);
            out.sync(Timer::Durable(end));
        }
    }

    fn send_confirmation(&mut self, end: Lsn, out: &mut Out<'_>) {
        if end > self.confirmed {
            self.confirmed = end;
            out.send(LEADER, Message::Confirm(end));
        }
    }

    pub(super) fn timer(&mut self, timer: &Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Durable(end) => self.durable = self.durable.max(*end),
            Timer::Confirm => {
                out.after_in_background(self.confirm_every, Timer::Confirm);
                let silent = out.clock().since(self.heard) > self.timeout;
                if (self.received.is_none() || silent) && !self.lost {
                    // The request, or the answer to it, may have been lost; or the leader was away.
                    self.connect(out);
                }
                if self.confirm == Confirm::WhenDurable {
                    self.send_confirmation(self.durable, out);
                }
            }
            Timer::KeepAlive => {}
        }
    }
}

/// What is on a consumer's disk.
pub(super) fn delivered<'r>(records: impl Iterator<Item = &'r Kept>) -> Delivered {
    let mut delivered = Delivered::default();
    for record in records {
        if let Kept::Applied { end, changes } = record {
            delivered.apply(*end, changes);
        }
    }
    delivered
}
