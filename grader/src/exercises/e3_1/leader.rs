//! The leader: tables, a log, one publication, one slot, and what clients write while somebody listens.

use std::collections::{BTreeMap, VecDeque};

use replication_lab::replication_log::Identity;
use replication_lab::replication_log::logical::Encoder;
use replication_lab::table_engine::{Commit, Database, EngineError};

use super::sink::{Rows, Tables, row};
use super::{
    Copied, Created, Decoder, Event, KeyedChange, Lsn, Message, Options, Relation, SnapshotId, Stopped,
    TABLES,
};

/// When clients do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// As soon as the slot is created.
    SlotCreated,
    /// As soon as a table was copied.
    Copied,
    /// As soon as the stream has started.
    Started,
    /// When there is nothing more to send.
    Idle,
}

/// What clients do.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Statements in one transaction.
    Together(&'static [&'static str]),
    /// One statement, which may be a definition.
    Alone(&'static str),
    /// Another database writes so many bytes of log.
    Elsewhere(u64),
}

#[derive(Clone, Debug)]
struct Logged {
    end: Lsn,
    commit: Commit,
    // As it was just then: the log is decoded with what tables looked like.
    db: Database,
}

#[derive(Clone, Debug, Default)]
struct Session {
    encoder: Encoder,
    // Knows what the consumer has been told of tables.
    decoder: Decoder,
    queue: VecDeque<Event>,
    sent: Lsn,
    owed: bool,
    said_last: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Simulated {
    db: Database,
    end: Lsn,
    log: Vec<Logged>,
    publication: Option<Lsn>,
    slot: Option<(Lsn, Lsn)>,
    snapshots: BTreeMap<SnapshotId, Database>,
    session: Option<Session>,
    script: VecDeque<(When, Act)>,
    // Whether a keep-alive comes in the middle of transactions.
    interrupts: bool,
}

fn refused<T>(text: impl Into<String>) -> Result<T, Stopped> {
    Err(Stopped::Refused(text.into()))
}

/// A statement of a scenario.
fn ours<T>(result: Result<T, EngineError>) -> T {
    result.expect("a scenario's statements are its own")
}

impl Simulated {
    /// A leader on which this has been executed before anybody listened, and what clients will do.
    pub(super) fn new(seed: u64, before: &[&str], script: Vec<(When, Act)>, interrupts: bool) -> Self {
        let mut db = Database::new(15, seed);
        for sql in before {
            ours(db.execute(sql));
        }
        Self {
            db,
            end: Lsn::new(0x16B_3A40),
            log: Vec::new(),
            publication: None,
            slot: None,
            snapshots: BTreeMap::new(),
            session: None,
            script: script.into(),
            interrupts,
        }
    }

    /// The connection is gone.
    pub(super) fn hang_up(&mut self) {
        self.session = None;
        self.snapshots.clear();
    }

    /// Bytes of log that are kept for the slot; nothing without one.
    pub(super) fn held(&self) -> Option<u64> {
        self.slot.and_then(|(_, confirmed)| self.end.checked_sub(confirmed))
    }

    /// Somebody else drops the slot.
    pub(super) fn lose_slot(&mut self) {
        self.slot = None;
    }

    /// Whether clients have something left to do.
    pub(super) fn has_more(&self) -> bool {
        !self.script.is_empty()
    }

    /// Adds to what clients will do.
    pub(super) fn then(&mut self, acts: Vec<(When, Act)>) {
        self.script.extend(acts);
    }

    /// What the published tables hold.
    pub(super) fn tables(&self) -> Tables {
        tables(&self.db)
    }

    /// What they held at a position; and whether that position is one where a transaction ends, or lies between two.
    pub(super) fn tables_at(&self, at: Lsn) -> Option<Tables> {
        self.log.iter().rfind(|logged| logged.end <= at).map(|logged| tables(&logged.db))
    }

    /// The end of a transaction that ends behind the first position and not behind the second.
    pub(super) fn ends_between(&self, after: Option<Lsn>, upto: Lsn) -> Option<Lsn> {
        let begin = after.or(self.slot.map(|(created, _)| created))?;
        self.log.iter().map(|logged| logged.end).find(|end| *end > begin && *end <= upto)
    }

    /// Clients do something now, without a connection.
    pub(super) fn act(&mut self, act: &Act) {
        let commit = match act {
            Act::Elsewhere(bytes) => {
                self.end = Lsn::new(self.end.bytes() + bytes);
                return;
            }
            Act::Alone(sql) => ours(self.db.execute(sql)),
            Act::Together(statements) => {
                let mut transaction = self.db.begin();
                for sql in *statements {
                    ours(self.db.execute_in(&mut transaction, sql));
                }
                ours(self.db.commit(transaction))
            }
        };
        self.end = Lsn::new(self.end.bytes() + 200 * commit.rows.len().max(1) as u64);
        self.log.push(Logged { end: self.end, commit, db: self.db.clone() });
    }

    fn when(&mut self, when: When) {
        while self.script.front().is_some_and(|(due, _)| *due == when) {
            self.next();
        }
    }

    fn next(&mut self) -> bool {
        let next = self.script.pop_front();
        if let Some((_, act)) = &next {
            self.act(act);
        }
        next.is_some()
    }

    pub(super) fn has_publication(&self) -> bool {
        self.publication.is_some()
    }

    pub(super) fn create_publication(&mut self) -> Result<(), Stopped> {
        if self.publication.is_some() {
            return refused("publication \"my_publication\" already exists");
        }
        self.publication = Some(self.end);
        // To create it takes some log, too.
        self.end = Lsn::new(self.end.bytes() + 100);
        Ok(())
    }

    pub(super) fn has_slot(&self) -> bool {
        self.slot.is_some()
    }

    pub(super) fn create_slot(&mut self) -> Result<Created, Stopped> {
        if self.slot.is_some() {
            return refused("replication slot \"my_cdc_slot\" already exists");
        }
        let at = self.end;
        self.slot = Some((at, at));
        let snapshot = SnapshotId(at.bytes());
        self.snapshots.insert(snapshot, self.db.clone());
        self.when(When::SlotCreated);
        Ok(Created { at, snapshot })
    }

    pub(super) fn drop_slot(&mut self) -> Result<(), Stopped> {
        match self.slot.take() {
            Some(_) => Ok(()),
            None => refused("replication slot \"my_cdc_slot\" does not exist"),
        }
    }

    pub(super) fn copy(&mut self, table: &str, snapshot: Option<SnapshotId>) -> Result<Copied, Stopped> {
        let db = match snapshot {
            None => &self.db,
            Some(id) => match self.snapshots.get(&id) {
                Some(db) => db,
                None => return refused("that snapshot is gone with the connection that exported it"),
            },
        };
        let Ok(held) = db.table(table) else { return refused(format!("there is no table {table}")) };
        let schema = held.schema();
        let columns = schema.columns.iter().map(|column| (column.name.clone(), column.kind)).collect();
        let relation = Relation { number: held.file(), name: schema.name.clone(), columns, key: schema.key };
        let names = schema.columns.iter().map(|column| column.name.clone());
        let rows = ours(db.rows(table)).into_values().map(|row| KeyedChange::Insert {
            table: table.to_owned(),
            values: names.clone().zip(row).collect(),
        });
        let copied = Copied { relation, rows: rows.collect() };
        self.when(When::Copied);
        Ok(copied)
    }

    pub(super) fn start(&mut self, options: Options) -> Result<(), Stopped> {
        if options.proto_version != 1 {
            return refused(format!(
                "client sent proto_version={} but we only support protocol 1",
                options.proto_version
            ));
        }
        if !options.publication {
            return refused("publication_names parameter missing");
        }
        let Some((created, confirmed)) = self.slot else {
            return refused("replication slot \"my_cdc_slot\" does not exist");
        };
        if self.publication.is_none_or(|publication| publication >= created) {
            return refused(
                "publication \"my_publication\" does not exist, or did not when the slot was created",
            );
        }
        self.session = Some(Session { sent: confirmed, ..Session::default() });
        self.when(When::Started);
        Ok(())
    }

    pub(super) fn receive(&mut self) -> Result<Event, Stopped> {
        let end = self.end;
        let Some(session) = &mut self.session else { return refused("no stream has been started") };
        if session.owed {
            self.hang_up();
            return Err(Stopped::Disconnected);
        }
        if let Some(event) = session.queue.pop_front() {
            session.owed = matches!(event, Event::KeepAlive { .. });
            return Ok(event);
        }
        if let Some(logged) = self.log.iter().find(|logged| logged.end > session.sent) {
            session.sent = logged.end;
            let bytes =
                ours(session.encoder.encode(&logged.commit, &logged.db, Identity::Default, |_| logged.end));
            session.queue = one_by_one(&bytes, &mut session.decoder).into_iter().map(Event::Data).collect();
            if self.interrupts && session.queue.len() > 4 {
                session.queue.insert(3, Event::KeepAlive { end });
            }
            return self.receive();
        }
        let said_last = session.said_last;
        if self.next() {
            let quiet = self.end > end && self.log.last().is_none_or(|last| last.end <= end);
            if !quiet {
                return self.receive();
            }
        } else if said_last {
            return Ok(Event::ShutDown);
        } else if let Some(session) = &mut self.session {
            session.said_last = true;
        }
        if let Some(session) = &mut self.session {
            session.owed = true;
        }
        Ok(Event::KeepAlive { end: self.end })
    }

    pub(super) fn confirm(&mut self, flushed: Lsn) -> Result<(), Stopped> {
        if let Some(session) = &mut self.session {
            session.owed = false;
        }
        match &mut self.slot {
            Some((_, confirmed)) => {
                *confirmed = (*confirmed).max(flushed.min(self.end));
                Ok(())
            }
            None => refused("replication slot \"my_cdc_slot\" does not exist"),
        }
    }
}

fn tables(db: &Database) -> Tables {
    let table = |name: &str| -> Rows {
        let names = db.table(name).map(|table| table.schema().columns.clone()).unwrap_or_default();
        let named =
            |values: Vec<_>| names.iter().map(|column| column.name.clone()).zip(values).collect::<Vec<_>>();
        let rows = db.rows(name).unwrap_or_default();
        rows.into_iter().map(|(key, values)| (key, row(&named(values)))).collect()
    };
    TABLES.iter().map(|name| ((*name).to_owned(), table(name))).collect()
}

/// A transaction's messages, each by itself: the shortest beginnings that can be read.
fn one_by_one(bytes: &[u8], decoder: &mut Decoder) -> Vec<Vec<u8>> {
    let (mut messages, mut from) = (Vec::new(), 0);
    for upto in 1..=bytes.len() {
        let mut next = decoder.clone();
        if next.decode(&bytes[from..upto]).is_ok() {
            messages.push(bytes[from..upto].to_vec());
            (*decoder, from) = (next, upto);
        }
    }
    messages
}

/// What is in an event, for the run.
pub(super) fn shown(event: &Event, decoder: &mut Decoder) -> String {
    match event {
        Event::KeepAlive { end } => format!("keep-alive, log at {end}"),
        Event::ShutDown => "shuts down".into(),
        Event::Data(bytes) => match decoder.decode(bytes).unwrap_or_default().as_slice() {
            [Message::Begin { transaction, .. }] => format!("BEGIN {transaction}"),
            [message] => message.to_string(),
            _ => "unreadable".into(),
        },
    }
}
