//! A leader that logs, and a replica that applies.

use std::fmt;

use super::logical::{Decoder, Encoder};
use super::method::{ApplyError, Entry, Fixing, LogError, Method};
use super::trigger::Poller;
use super::{logical, physical, statement, trigger};
use crate::log::Lsn;
use crate::table_engine::{Commit, Database, EngineError, Statement, Transaction, Work};

/// A database whose changes are logged in one way.
#[derive(Clone, Debug)]
pub struct Source {
    /// The database.
    pub db: Database,
    method: Method,
    end: Lsn,
    log: Vec<Entry>,
    encoder: Encoder,
    poller: Poller,
}

impl Source {
    /// Logs the changes of a database from now on. With triggers, the changes of every table are captured from now on.
    ///
    /// # Errors
    /// When triggers can't be set up.
    pub fn new(mut db: Database, method: Method) -> Result<Self, EngineError> {
        if method == Method::Trigger {
            let tables: Vec<_> = db.table_names().into_iter().map(str::to_owned).collect();
            for table in tables.iter().filter(|table| *table != crate::table_engine::CHANGE_LOG) {
                db.capture_changes(table)?;
            }
        }
        let end = Lsn::new(0x16B_3A40);
        Ok(Self { db, method, end, log: Vec::new(), encoder: Encoder::default(), poller: Poller::default() })
    }

    /// Where the log ends.
    pub fn end(&self) -> Lsn {
        self.end
    }

    /// All that has been logged.
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// What has been logged after a position.
    pub fn after(&self, position: Lsn) -> &[Entry] {
        &self.log[self.log.partition_point(|entry| entry.end <= position)..]
    }

    /// Carries a statement out and logs it.
    ///
    /// # Errors
    /// When it can't be carried out, or, with [`Fixing::Pinned`], not logged safely. Nothing has been done then.
    pub fn execute(&mut self, sql: &str) -> Result<Commit, LogError> {
        let statement: Statement = sql.parse()?;
        let statement = match self.method {
            Method::Statement(Fixing::Pinned) => statement::pin(&statement, &mut self.db)?,
            _ => statement,
        };
        let commit = self.db.run(&statement)?;
        self.note(&commit)?;
        Ok(commit)
    }

    /// Commits a transaction and logs it.
    ///
    /// # Errors
    /// When it can't be committed.
    pub fn commit(&mut self, transaction: Transaction) -> Result<Commit, LogError> {
        let commit = self.db.commit(transaction)?;
        self.note(&commit)?;
        Ok(commit)
    }

    fn note(&mut self, commit: &Commit) -> Result<(), EngineError> {
        let after = self.end;
        let ends = |bytes: usize| Lsn::new(after.bytes() + bytes as u64);
        let bytes = match self.method {
            Method::Statement(fixing) => statement::encode(commit, fixing),
            Method::Physical => physical::encode(commit, self.db.layout()),
            Method::Logical(identity) => self.encoder.encode(commit, &self.db, identity, ends)?,
            Method::Trigger => self.poller.poll(&self.db)?.1,
        };
        if !bytes.is_empty() {
            self.end = ends(bytes.len());
            self.log.push(Entry { after, end: self.end, bytes });
        }
        Ok(())
    }
}

/// A copy that follows a log.
#[derive(Clone, Debug)]
pub struct Replica {
    /// The database.
    pub db: Database,
    method: Method,
    // The database whose log it follows.
    system: u64,
    applied: Lsn,
    decoder: Decoder,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is applied; so much work it was.
    Applied(Work),
    /// It had been applied before.
    Duplicate,
}

impl fmt::Display for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied(work) => write!(f, "applied, {} rows", work.written),
            Self::Duplicate => f.write_str("had it already"),
        }
    }
}

impl Replica {
    /// A copy that stands where the source's log ends now.
    pub fn of(source: &Source, db: Database) -> Self {
        let (method, system, applied) = (source.method, source.db.system(), source.end);
        Self { db, method, system, applied, decoder: Decoder::default() }
    }

    /// Up to where it has applied the log.
    pub fn applied(&self) -> Lsn {
        self.applied
    }

    /// Applies an entry, unless it has been applied.
    ///
    /// # Errors
    /// When it is not the next one, or can't be applied. Nothing of it has been applied then.
    pub fn receive(&mut self, entry: &Entry) -> Result<Received, ApplyError> {
        if entry.end <= self.applied {
            return Ok(Received::Duplicate);
        }
        if entry.after != self.applied {
            return Err(ApplyError::Gap { applied: self.applied, after: entry.after });
        }
        if entry.end.checked_sub(entry.after) != Some(entry.bytes.len() as u64) {
            return Err(ApplyError::Corrupt("an entry of the log"));
        }
        let work = match self.method {
            Method::Statement(_) => statement::apply(&entry.bytes, &mut self.db)?,
            Method::Physical => physical::apply(entry.after, &entry.bytes, self.system, &mut self.db)?,
            Method::Logical(_) => logical::apply(&entry.bytes, &mut self.decoder, &mut self.db)?,
            Method::Trigger => trigger::apply(&entry.bytes, &mut self.db)?,
        };
        self.applied = entry.end;
        Ok(Received::Applied(work))
    }

    /// Applies what a source has logged and this copy has not.
    ///
    /// # Errors
    /// At the first entry that can't be applied; this copy stands before it then.
    pub fn catch_up(&mut self, source: &Source) -> Result<Work, ApplyError> {
        let mut work = Work::default();
        for entry in source.after(self.applied) {
            if let Received::Applied(more) = self.receive(entry)? {
                work += more;
            }
        }
        Ok(work)
    }
}
