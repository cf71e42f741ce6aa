//! E3.1 — A consumer of changes: from a leader's log into another store, nothing lost and nothing twice.

use std::fmt::{self, Debug};

pub use replication_lab::log::Lsn;
pub use replication_lab::replication_log::ApplyError;
pub use replication_lab::replication_log::logical::{Decoder, Message, Relation};
pub use replication_lab::table_engine::{KeyedChange, Value};

use crate::exercise::Answer;

mod leader;
mod scenarios;
mod sink;
mod stage;

/// The tables that are published.
pub const TABLES: [&str; 2] = ["users", "orders"];

/// Why the consumer comes to its end. Pass it on with `?`: after it, no operation succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// This very process crashes: what is in its memory is gone, and so is the sink's open transaction. It is started
    /// again from the beginning.
    Crashed,
    /// The leader has closed the connection: it was not answered. The consumer is started again.
    Disconnected,
    /// What was asked for can't be: a mistake. The text is the server's.
    Refused(String),
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Crashed => f.write_str("crashed"),
            Self::Disconnected => f.write_str("the leader closed the connection"),
            Self::Refused(text) => write!(f, "refused: {text}"),
        }
    }
}

impl std::error::Error for Stopped {}

impl From<ApplyError> for Stopped {
    fn from(error: ApplyError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A snapshot of the leader's tables that lasts as long as the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SnapshotId(pub u64);

/// A slot has been created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// The first transaction that it will send ends behind this position.
    pub at: Lsn,
    /// What the tables looked like just there.
    pub snapshot: SnapshotId,
}

/// A copy of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it looks like.
    pub relation: Relation,
    /// Its rows, each as an insert.
    pub rows: Vec<KeyedChange>,
}

/// How the stream shall be. The default is what a client library sends that is told nothing: the server refuses it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The version of the protocol. This server speaks version 1.
    pub proto_version: u32,
    /// Whether the name of the publication is sent along.
    pub publication: bool,
}

/// What the leader sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// One message of the plug-in pgoutput, in its binary form: for a [`Decoder`], a new one for each connection.
    Data(Vec<u8>),
    /// A sign of life, which may also come between two messages of one transaction. The leader wants a confirmation
    /// before anything else is received, or it closes the connection.
    KeepAlive {
        /// Where its log ends. Other databases write to it too; what ends before has been sent, or is being sent.
        end: Lsn,
    },
    /// The leader shuts down. The consumer is done for now.
    ShutDown,
}

/// A connection to the leader, for replication.
pub trait Leader {
    /// Whether the publication is there: the list of the tables whose changes are sent.
    ///
    /// # Errors
    /// This and all others: when the consumer is [`Stopped`].
    fn has_publication(&mut self) -> Result<bool, Stopped>;

    /// Creates it, with all of [`TABLES`]. A slot must not be older than its publication.
    fn create_publication(&mut self) -> Result<(), Stopped>;

    /// Whether the consumer's slot is there. It outlives connections: the leader keeps all log for it that is not
    /// confirmed.
    fn has_slot(&mut self) -> Result<bool, Stopped>;

    /// Creates it. Refused, if it is there.
    fn create_slot(&mut self) -> Result<Created, Stopped>;

    /// Drops it. Refused, if it is not there.
    fn drop_slot(&mut self) -> Result<(), Stopped>;

    /// Copies a table: as a snapshot shows it, or else as it is now.
    fn copy(&mut self, table: &str, snapshot: Option<SnapshotId>) -> Result<Copied, Stopped>;

    /// Starts the stream, with the first transaction that is not confirmed.
    fn start(&mut self, options: Options) -> Result<(), Stopped>;

    /// Waits for what comes next.
    fn receive(&mut self) -> Result<Event, Stopped>;

    /// Nothing up to here is needed any more. What is confirmed is never sent again.
    fn confirm(&mut self, flushed: Lsn) -> Result<(), Stopped>;
}

/// The store into which the changes go: a database of its own. It is strict: an insert of a key that is there, a change
/// or delete of one that isn't, a column that it does not know are refused.
pub trait Sink {
    /// The position that the last commit stored; nothing before the first.
    ///
    /// # Errors
    /// This and all others: when the consumer is [`Stopped`].
    fn position(&mut self) -> Result<Option<Lsn>, Stopped>;

    /// Begins a transaction. Nobody sees what happens in it until it is committed.
    fn begin(&mut self) -> Result<(), Stopped>;

    /// Removes all tables.
    fn clear(&mut self) -> Result<(), Stopped>;

    /// Makes a table look like this: creates it, or adds the columns that it lacks.
    fn define(&mut self, relation: &Relation) -> Result<(), Stopped>;

    /// Makes one change.
    fn apply(&mut self, change: &KeyedChange) -> Result<(), Stopped>;

    /// Stores a position with the data.
    fn set_position(&mut self, at: Lsn) -> Result<(), Stopped>;

    /// Commits: all of it is durable, or nothing.
    fn commit(&mut self) -> Result<(), Stopped>;
}

/// What the learner writes.
pub trait Consumer: Debug {
    /// Follows the leader's changes from where the sink stands, until the leader shuts down. Is called anew after each
    /// crash, and knows nothing then but what the leader and the sink say.
    ///
    /// - The publication and the slot are created where they are missing.
    /// - A sink without a position is empty, or was never complete: it gets a copy of all tables, which fits the slot
    ///   without a gap and without an overlap. So does one whose slot is gone: its old content is removed in the same
    ///   transaction. A slot that is there then belongs to an earlier attempt, and is replaced.
    /// - Each of the leader's transactions becomes one of the sink's, and its position is stored with it. Only then it
    ///   is confirmed. One that the sink has already is left out.
    /// - Every keep-alive is answered: with the end of the leader's log if nothing is under way, else with what is
    ///   durable.
    ///
    /// # Errors
    /// Whatever stopped it.
    fn run(leader: &mut dyn Leader, sink: &mut dyn Sink) -> Result<(), Stopped>;

    /// The consumer is not needed any more, and never runs again. Nothing of it may hold log on the leader.
    ///
    /// # Errors
    /// Whatever stopped it; it is called again then.
    fn retire(leader: &mut dyn Leader) -> Result<(), Stopped>;
}

/// Wraps a learner's consumer.
pub fn answer<C: Consumer + 'static>() -> Answer {
    Answer::new("E3.1", scenarios::drive::<C>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;

#[cfg(all(test, feature = "judge"))]
mod tests {
    use super::*;

    /// Writes into the sink while a transaction is still coming, and copies each table whole before the first write.
    #[derive(Debug)]
    struct Streams;

    fn open(sink: &mut dyn Sink, wanted: bool) -> Result<(), Stopped> {
        if wanted { sink.begin() } else { Ok(()) }
    }

    impl Consumer for Streams {
        fn run(leader: &mut dyn Leader, sink: &mut dyn Sink) -> Result<(), Stopped> {
            let position = sink.position()?;
            let (slot, publication) = (leader.has_slot()?, leader.has_publication()?);
            let mut have = match position {
                Some(position) if slot => position,
                _ => {
                    if slot {
                        leader.drop_slot()?;
                    }
                    if !publication {
                        leader.create_publication()?;
                    }
                    let created = leader.create_slot()?;
                    let users = leader.copy(TABLES[0], Some(created.snapshot))?;
                    let orders = leader.copy(TABLES[1], Some(created.snapshot))?;
                    sink.begin()?;
                    sink.clear()?;
                    sink.set_position(created.at)?;
                    for copied in [users, orders] {
                        sink.define(&copied.relation)?;
                        copied.rows.iter().try_for_each(|row| sink.apply(row))?;
                    }
                    sink.commit()?;
                    leader.confirm(created.at)?;
                    created.at
                }
            };
            leader.start(Options { proto_version: 1, publication: true })?;
            let (mut decoder, mut within, mut new) = (Decoder::default(), false, false);
            loop {
                match leader.receive()? {
                    Event::ShutDown => return Ok(()),
                    Event::KeepAlive { end } => leader.confirm(if within { have } else { end })?,
                    Event::Data(bytes) => {
                        for message in decoder.decode(&bytes)? {
                            match message {
                                Message::Begin { end, .. } => {
                                    (within, new) = (true, end > have);
                                    open(sink, new)?;
                                }
                                Message::Relation(relation) if new => sink.define(&relation)?,
                                Message::Row { change, .. } if new => sink.apply(&change)?,
                                Message::Commit { end, .. } => {
                                    if new {
                                        sink.set_position(end)?;
                                        sink.commit()?;
                                        have = end;
                                    }
                                    within = false;
                                }
                                _ => {}
                            }
                        }
                    }
                }
            }
        }

        fn retire(leader: &mut dyn Leader) -> Result<(), Stopped> {
            match leader.has_slot()? {
                true => leader.drop_slot(),
                false => Ok(()),
            }
        }
    }

    #[test]
    fn an_answer_that_is_written_otherwise_passes() {
        let report = crate::check(answer::<Streams>());
        assert!(report.passed(), "{report}");
    }
}
