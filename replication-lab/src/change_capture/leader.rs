//! The leader: it writes, decodes its log, and keeps what slots hold.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{Kept, Message, Node, Timer};
use super::setup::{CaptureError, Settings};
use crate::log::Lsn;
use crate::replication_log::logical::Encoder;
use crate::replication_log::{Identity, physical};
use crate::table_engine::{Commit, Database, EngineError, Row, RowChange, Value};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

type Out<'a> = Effects<'a, Node>;

/// A transaction in the log.
#[derive(Clone, Debug)]
struct Logged {
    end: Lsn,
    commit: Commit,
    says: String,
    /// Whether it changed a table that is published.
    published: bool,
}

/// A consumer's slot.
#[derive(Clone, Debug)]
struct Slot {
    confirmed: Lsn,
    /// Up to where the consumer was sent something in this connection; nothing, if there is no connection.
    sent: Option<Lsn>,
    encoder: Encoder,
    /// When the consumer was heard, by this node's clock.
    heard: Time,
    lost: bool,
}

/// What the leader knows of a consumer, as `pg_replication_slots` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotView {
    /// Whether the consumer is connected.
    pub active: bool,
    /// Up to where it has confirmed.
    pub confirmed: Lsn,
    /// Bytes of log that are kept for it.
    pub held: u64,
    /// Whether the leader has given it up.
    pub lost: bool,
}

/// A committed transaction, decoded from the log for a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Where it ends in the log.
    pub end: Lsn,
    /// Its logical messages: see [`Decoder`](crate::replication_log::logical::Decoder).
    pub bytes: Vec<u8>,
}

/// Why a slot can't be read or moved by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotRefusal {
    None,
    Active,
    Lost,
    Ahead(Lsn),
}

/// The leader.
#[derive(Clone, Debug)]
pub struct Leader {
    db: Database,
    publication: BTreeSet<String>,
    keep_alive: Time,
    timeout: Time,
    max_slot_keep: Option<u64>,
    end: Lsn,
    // By the place of the record on the disk.
    log: BTreeMap<u64, Logged>,
    slots: BTreeMap<NodeId, Slot>,
}

impl Leader {
    pub(super) fn new(settings: &Settings) -> Result<Self, CaptureError> {
        let mut db = Database::new(15, settings.seed);
        for sql in &settings.schema {
            db.execute(sql)?;
        }
        let end = Lsn::new(0x16B_3A40);
        let slot = || Slot {
            confirmed: end,
            sent: None,
            encoder: Encoder::default(),
            heard: Time::ZERO,
            lost: false,
        };
        let slots = (1..=settings.consumers.len() as u16).map(|id| (NodeId(id), slot())).collect();
        let publication = settings.publication.iter().cloned().collect();
        let Settings { keep_alive, timeout, max_slot_keep, .. } = *settings;
        Ok(Self { db, publication, keep_alive, timeout, max_slot_keep, end, log: BTreeMap::new(), slots })
    }

    /// Its database.
    pub fn db(&self) -> &Database {
        &self.db
    }

    /// Where its log ends.
    pub fn end(&self) -> Lsn {
        self.end
    }

    /// What it knows of a consumer; nothing if there is no slot.
    pub fn slot(&self, consumer: NodeId) -> Option<SlotView> {
        let slot = self.slots.get(&consumer)?;
        let held = if slot.lost { 0 } else { self.end.checked_sub(slot.confirmed).unwrap_or_default() };
        Some(SlotView { active: slot.sent.is_some(), confirmed: slot.confirmed, held, lost: slot.lost })
    }

    pub(super) fn drop_slot(&mut self, consumer: NodeId, out: &mut Out<'_>) {
        self.slots.remove(&consumer);
        self.forget(out);
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.keep_alive, Timer::KeepAlive);
    }

    pub(super) fn crash(&mut self) {
        self.slots.values_mut().for_each(|slot| slot.sent = None);
    }

    /// Carries a statement out, logs it, and sends it to whom it may concern.
    pub(super) fn execute(&mut self, sql: &str, out: &mut Out<'_>) -> Result<Commit, CaptureError> {
        let mut db = self.db.clone();
        db.set_clock(crate::table_engine::Timestamp::START + out.clock());
        let commit = db.execute(sql)?;
        let bytes = physical::size(&commit, db.layout());
        let end = Lsn::new(self.end.bytes() + bytes);
        let held = self.slots.values().map(|slot| self.end.checked_sub(slot.confirmed).unwrap_or_default());
        let full = CaptureError::DiskFull { held: held.max().unwrap_or_default() };
        let place = out.append(Kept::Log { end, bytes }).map_err(|_| full)?;
        out.sync(Timer::Durable(end));
        (self.db, self.end) = (db, end);
        let published = commit.rows.iter().any(|change| self.publishes(change));
        let says = self.says(&commit);
        out.note(|| format!("{says}, log at {end}"));
        self.log.insert(place, Logged { end, commit: commit.clone(), says, published });
        let consumers: Vec<_> = self.slots.keys().copied().collect();
        for consumer in consumers {
            self.send_on(consumer, out);
        }
        self.forget(out);
        Ok(commit)
    }

    fn publishes(&self, change: &RowChange) -> bool {
        self.publication.is_empty() || self.publication.contains(change.table())
    }

    fn says(&self, commit: &Commit) -> String {
        let one = |change: &RowChange| {
            let schema = self.db.table(change.table()).map(|table| table.schema().clone());
            let (verb, row) = match change {
                RowChange::Insert { new, .. } => ("INSERT", new),
                RowChange::Update { new, .. } => ("UPDATE", new),
                RowChange::Delete { old, .. } => ("DELETE", old),
            };
            schema.map_or_else(
                |_| verb.to_owned(),
                |schema| format!("{verb} {} {}", schema.name, schema.key_of(row)),
            )
        };
        match &commit.rows[..] {
            [] => "definition".to_owned(),
            [change] => one(change),
            [first, rest @ ..] => format!("{} and {} more", one(first), rest.len()),
        }
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        let Some(slot) = self.slots.get_mut(&from) else { return out.send(from, Message::SlotLost) };
        slot.heard = out.clock();
        match message {
            Message::Start(after) if !slot.lost => {
                let begin = after.max(slot.confirmed);
                (slot.sent, slot.encoder) = (Some(begin), Encoder::default());
                out.send(from, Message::Streams(begin));
                self.send_on(from, out);
            }
            Message::Confirm(end) if !slot.lost => {
                slot.confirmed = slot.confirmed.max(end.min(self.end));
                self.forget(out);
            }
            Message::Start(_) => out.send(from, Message::SlotLost),
            _ => {}
        }
    }

    pub(super) fn timer(&mut self, timer: &Timer, out: &mut Out<'_>) {
        if *timer != Timer::KeepAlive {
            return;
        }
        out.after_in_background(self.keep_alive, Timer::KeepAlive);
        for (consumer, slot) in &mut self.slots {
            if out.clock().since(slot.heard) > self.timeout {
                slot.sent = None;
            }
            if let Some(sent) = slot.sent {
                out.send(*consumer, Message::KeepAlive { sent, end: self.end });
            }
        }
    }

    /// Sends a consumer what comes next.
    fn send_on(&mut self, consumer: NodeId, out: &mut Out<'_>) {
        let Some(slot) = self.slots.get_mut(&consumer) else { return };
        let Some(begin) = slot.sent else { return };
        let mut sent = begin;
        let published = published_after(&self.log, begin, &self.publication);
        for (Transaction { end, bytes }, says) in published.encoded(&mut slot.encoder, &self.db) {
            out.send(consumer, Message::Transaction { after: sent, end, bytes, says });
            sent = end;
        }
        slot.sent = Some(sent);
    }

    /// The slot of a consumer that isn't connected.
    fn idle_slot(&mut self, consumer: NodeId) -> Result<&mut Slot, SlotRefusal> {
        match self.slots.get_mut(&consumer) {
            None => Err(SlotRefusal::None),
            Some(slot) if slot.lost => Err(SlotRefusal::Lost),
            Some(slot) if slot.sent.is_some() => Err(SlotRefusal::Active),
            Some(slot) => Ok(slot),
        }
    }

    /// What a slot holds, without moving it.
    pub(super) fn peek(&mut self, consumer: NodeId) -> Result<Vec<Transaction>, SlotRefusal> {
        let begin = self.idle_slot(consumer)?.confirmed;
        let published = published_after(&self.log, begin, &self.publication);
        let held = published.encoded(&mut Encoder::default(), &self.db);
        Ok(held.into_iter().map(|(transaction, _)| transaction).collect())
    }

    /// Confirms for a consumer up to a position.
    pub(super) fn advance(
        &mut self,
        consumer: NodeId,
        to: Lsn,
        out: &mut Out<'_>,
    ) -> Result<(), SlotRefusal> {
        let end = self.end;
        let slot = self.idle_slot(consumer)?;
        if to > end {
            return Err(SlotRefusal::Ahead(end));
        }
        slot.confirmed = slot.confirmed.max(to);
        self.forget(out);
        Ok(())
    }

    /// Removes log that no slot needs, and gives up slots that hold too much.
    fn forget(&mut self, out: &mut Out<'_>) {
        if let Some(most) = self.max_slot_keep {
            for slot in self.slots.values_mut() {
                let held = self.end.checked_sub(slot.confirmed).unwrap_or_default();
                if held > most && !slot.lost {
                    (slot.lost, slot.sent) = (true, None);
                    out.note(|| format!("gives a slot up: it holds {held} bytes"));
                }
            }
        }
        let needed = self.slots.values().filter(|slot| !slot.lost).map(|slot| slot.confirmed).min();
        let needed = needed.unwrap_or(self.end);
        let first = self.log.iter().find(|(_, logged)| logged.end > needed).map(|(place, _)| *place);
        let first = first.unwrap_or(out.disk().end());
        self.log = self.log.split_off(&first);
        out.drop_before(first);
    }
}

/// The logged transactions after a position that are published, with the rows that are.
struct Published<'l>(Vec<(&'l Logged, Vec<RowChange>)>);

fn published_after<'l>(
    log: &'l BTreeMap<u64, Logged>,
    begin: Lsn,
    publication: &BTreeSet<String>,
) -> Published<'l> {
    let keeps = |change: &&RowChange| publication.is_empty() || publication.contains(change.table());
    let wanted = log.values().filter(|logged| logged.end > begin && logged.published);
    Published(
        wanted.map(|logged| (logged, logged.commit.rows.iter().filter(keeps).cloned().collect())).collect(),
    )
}

impl Published<'_> {
    /// As messages, each with what is in it in short.
    fn encoded(self, encoder: &mut Encoder, db: &Database) -> Vec<(Transaction, String)> {
        let one = |(logged, rows): (&Logged, Vec<RowChange>)| {
            let (end, commit) = (logged.end, Commit { rows, ..logged.commit.clone() });
            let bytes = encoder.encode(&commit, db, Identity::Default, |_| end).ok()?;
            Some((Transaction { end, bytes }, logged.says.clone()))
        };
        self.0.into_iter().filter_map(one).collect()
    }
}

/// The rows of a table as a consumer that is right would have them: by primary key, with columns by name.
pub(super) fn published_rows(db: &Database, table: &str) -> Result<Rows, EngineError> {
    let columns = &db.table(table)?.schema().columns;
    let named = |row: Row| columns.iter().map(|column| column.name.clone()).zip(row).collect();
    Ok(db.rows(table)?.into_iter().map(|(key, row)| (key, named(row))).collect())
}

pub(super) type Rows = BTreeMap<Value, Vec<(String, Value)>>;
