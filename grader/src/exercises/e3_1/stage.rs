//! Leader, consumer and sink in one run, which can be broken off before any operation.

use std::cell::RefCell;

use replication_lab::time::Time;
use replication_lab::trace::{CrashKind, Entry, Event as Happening, NodeId, Trace};

use super::leader::{Simulated, shown};
use super::sink::{Store, Tables};
use super::{
    Copied, Created, Decoder, Event, KeyedChange, Leader, Lsn, Options, Relation, Sink, SnapshotId, Stopped,
};

const LEADER: NodeId = NodeId(0);
const CONSUMER: NodeId = NodeId(1);
const SINK: NodeId = NodeId(2);

/// Most operations of one life of a consumer.
const MOST: u64 = 2_000;

/// When a consumer crashes: each a single time.
#[derive(Clone, Debug)]
pub(super) enum Crash {
    /// Before this operation, counted from 1.
    Before(u64),
    /// Before the nth operation of this name, counted from 1.
    BeforeThe(&'static str, u32),
}

/// All of it.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) leader: Simulated,
    pub(super) store: Store,
    crash: Option<Crash>,
    dead: bool,
    crashed_at: Option<String>,
    operations: u64,
    decoder: Decoder,
    problems: Vec<String>,
    now: Time,
    messages: u64,
    pub(super) trace: Trace,
}

impl Stage {
    pub(super) fn new(leader: Simulated, crash: Option<Crash>) -> Self {
        let nodes = ["leader", "consumer", "sink"].map(str::to_owned).to_vec();
        Self {
            leader,
            store: Store::default(),
            crash,
            dead: false,
            crashed_at: None,
            operations: 0,
            decoder: Decoder::default(),
            problems: Vec::new(),
            now: Time::ZERO,
            messages: 0,
            trace: Trace { nodes, entries: Vec::new() },
        }
    }

    /// A new life of the consumer begins.
    pub(super) fn begins(&mut self, what: &str) {
        self.note(CONSUMER, format!("begins: {what}"));
        self.operations = 0;
    }

    /// It is over: whatever was not durable is gone.
    pub(super) fn ends(&mut self) -> bool {
        let crashed = std::mem::take(&mut self.dead);
        self.leader.hang_up();
        self.store.open = None;
        self.decoder = Decoder::default();
        crashed
    }

    /// Whether the crash that was planned has come; before what.
    pub(super) fn crashed_at(&self) -> Option<&str> {
        self.crashed_at.as_deref()
    }

    /// What was wrong so far.
    pub(super) fn problems(&mut self) -> Vec<String> {
        std::mem::take(&mut self.problems)
    }

    pub(super) fn problem(&mut self, text: String) {
        self.note(SINK, text.clone());
        if !self.problems.contains(&text) {
            self.problems.push(text);
        }
    }

    fn happens(&mut self, event: Happening) {
        self.trace.entries.push(Entry { at: self.now, event });
    }

    pub(super) fn note(&mut self, node: NodeId, text: String) {
        self.happens(Happening::Note { node, text });
    }

    fn message(&mut self, from: NodeId, to: NodeId, label: &str) {
        self.messages += 1;
        let message = self.messages;
        self.happens(Happening::Send { message, from, to, label: label.into() });
        self.now += Time::ms(1);
        self.happens(Happening::Deliver { message, from, to });
    }

    /// The consumer is about to do something.
    fn operation(&mut self, to: NodeId, name: &str, label: &str) -> Result<(), Stopped> {
        if self.dead {
            return Err(Stopped::Crashed);
        }
        self.operations += 1;
        assert!(
            self.operations <= MOST,
            "your consumer has done {MOST} things in one life: does it do the same over and over?"
        );
        let now = match &mut self.crash {
            Some(Crash::Before(nth)) => *nth == self.operations,
            Some(Crash::BeforeThe(which, nth)) if *which == name => {
                *nth -= 1;
                *nth == 0
            }
            _ => false,
        };
        if now {
            (self.crash, self.dead) = (None, true);
            self.crashed_at = Some(label.to_owned());
            self.note(CONSUMER, format!("was about to: {label}"));
            self.happens(Happening::Crash { node: CONSUMER, reach: CrashKind::Process });
            self.happens(Happening::Restart { node: CONSUMER });
            return Err(Stopped::Crashed);
        }
        if name != "receive" {
            self.message(CONSUMER, to, label);
        }
        Ok(())
    }

    /// The sink must show the leader's data as it was at the position that it has stored.
    fn check_sink(&mut self) {
        let content = &self.store.committed;
        let Some(at) = content.position else {
            if content.tables.values().any(|rows| !rows.is_empty()) {
                let text =
                    "the sink has committed rows without a position: after a crash nobody knows what it has";
                self.problem(text.into());
            }
            return;
        };
        let there = match self.leader.tables_at(at) {
            Some(tables) => tables,
            None => return,
        };
        if let Some(line) = differences(&content.tables.clone(), &there).first() {
            self.problem(format!("the sink has committed up to {at}, and {line} at that position"));
        }
    }

    fn check_confirmed(&mut self, flushed: Lsn) {
        let durable = self.store.committed.position;
        if let Some(end) = self.leader.ends_between(durable, flushed) {
            let durable =
                durable.map_or("nothing".to_owned(), |durable| format!("what ends up to {durable}"));
            self.problem(format!(
                "{flushed} was confirmed, and the sink holds {durable}: after a crash the transaction that ends at {end} \
                 is never sent again"
            ));
        }
    }
}

/// Where tables differ from the leader's.
pub(super) fn differences(here: &Tables, there: &Tables) -> Vec<String> {
    let mut lines = Vec::new();
    let empty = Default::default();
    for (table, expected) in there {
        let found = here.get(table).unwrap_or(&empty);
        let keys: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
        for key in keys {
            let shown = |row: Option<&std::collections::BTreeMap<String, super::Value>>| match row {
                None => "missing".to_owned(),
                Some(row) => {
                    let values: Vec<_> = row.iter().map(|(name, value)| format!("{name} {value}")).collect();
                    format!("{{{}}}", values.join(", "))
                }
            };
            let (a, b) = (found.get(key), expected.get(key));
            if a != b {
                lines.push(format!("{table} {key} is {}, but {} on the leader", shown(a), shown(b)));
            }
        }
    }
    lines
}

/// The consumer's connection to the leader.
pub(super) struct LeaderPort<'a>(pub(super) &'a RefCell<Stage>);
/// Its connection to the sink.
pub(super) struct SinkPort<'a>(pub(super) &'a RefCell<Stage>);

impl LeaderPort<'_> {
    fn ask<T>(
        &self,
        name: &str,
        label: &str,
        act: impl FnOnce(&mut Simulated) -> Result<T, Stopped>,
    ) -> Result<T, Stopped> {
        let mut stage = self.0.borrow_mut();
        stage.operation(LEADER, name, label)?;
        act(&mut stage.leader)
    }
}

impl Leader for LeaderPort<'_> {
    fn has_publication(&mut self) -> Result<bool, Stopped> {
        self.ask("has_publication", "is there a publication?", |leader| Ok(leader.has_publication()))
    }

    fn create_publication(&mut self) -> Result<(), Stopped> {
        self.ask("create_publication", "CREATE PUBLICATION", Simulated::create_publication)
    }

    fn has_slot(&mut self) -> Result<bool, Stopped> {
        self.ask("has_slot", "is there a slot?", |leader| Ok(leader.has_slot()))
    }

    fn create_slot(&mut self) -> Result<Created, Stopped> {
        self.ask("create_slot", "CREATE_REPLICATION_SLOT", Simulated::create_slot)
    }

    fn drop_slot(&mut self) -> Result<(), Stopped> {
        self.ask("drop_slot", "DROP_REPLICATION_SLOT", Simulated::drop_slot)
    }

    fn copy(&mut self, table: &str, snapshot: Option<SnapshotId>) -> Result<Copied, Stopped> {
        let of = if snapshot.is_some() { "of the snapshot" } else { "as it is now" };
        let copied =
            self.ask("copy", &format!("COPY {table}, {of}"), |leader| leader.copy(table, snapshot))?;
        self.0.borrow_mut().message(LEADER, CONSUMER, &format!("{} rows", copied.rows.len()));
        Ok(copied)
    }

    fn start(&mut self, options: Options) -> Result<(), Stopped> {
        self.ask("start", "START_REPLICATION", |leader| leader.start(options))
    }

    fn receive(&mut self) -> Result<Event, Stopped> {
        let event = self.ask("receive", "receive", Simulated::receive)?;
        let mut stage = self.0.borrow_mut();
        let label = shown(&event, &mut stage.decoder);
        stage.message(LEADER, CONSUMER, &label);
        Ok(event)
    }

    fn confirm(&mut self, flushed: Lsn) -> Result<(), Stopped> {
        self.ask("confirm", &format!("confirm {flushed}"), |leader| leader.confirm(flushed))?;
        self.0.borrow_mut().check_confirmed(flushed);
        Ok(())
    }
}

impl SinkPort<'_> {
    fn ask(
        &self,
        name: &str,
        label: &str,
        act: impl FnOnce(&mut Store) -> Result<(), String>,
    ) -> Result<(), Stopped> {
        let mut stage = self.0.borrow_mut();
        stage.operation(SINK, name, label)?;
        act(&mut stage.store).map_err(|text| Stopped::Refused(format!("the sink: {text}")))
    }
}

impl Sink for SinkPort<'_> {
    fn position(&mut self) -> Result<Option<Lsn>, Stopped> {
        self.ask("position", "up to where?", |_| Ok(()))?;
        let mut stage = self.0.borrow_mut();
        let position = stage.store.committed.position;
        let label = position.map_or("no position".to_owned(), |position| format!("up to {position}"));
        stage.message(SINK, CONSUMER, &label);
        Ok(position)
    }

    fn begin(&mut self) -> Result<(), Stopped> {
        self.ask("begin", "BEGIN", Store::begin)
    }

    fn clear(&mut self) -> Result<(), Stopped> {
        self.ask("clear", "clear", Store::clear)
    }

    fn define(&mut self, relation: &Relation) -> Result<(), Stopped> {
        self.ask("define", &format!("define {}", relation.name), |store| store.define(relation))
    }

    fn apply(&mut self, change: &KeyedChange) -> Result<(), Stopped> {
        let label = match change {
            KeyedChange::Insert { table, .. } => format!("INSERT {table}"),
            KeyedChange::Update { table, key, .. } => format!("UPDATE {table} {key}"),
            KeyedChange::Delete { table, key } => format!("DELETE {table} {key}"),
        };
        self.ask("apply", &label, |store| store.apply(change))
    }

    fn set_position(&mut self, at: Lsn) -> Result<(), Stopped> {
        self.ask("set_position", &format!("position {at}"), |store| store.set_position(at))
    }

    fn commit(&mut self) -> Result<(), Stopped> {
        self.ask("commit", "COMMIT", Store::commit)?;
        self.0.borrow_mut().check_sink();
        Ok(())
    }
}
