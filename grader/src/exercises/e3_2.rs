//! E3.2 — Four encoders: one transaction as statements, as writes of pages, as rows, as what a trigger wrote down.

use std::fmt;

pub use replication_lab::table_engine::{Timestamp, Value};

use crate::exercise::Answer;

mod nodes;
mod scenarios;

/// A row of `users (id INT PRIMARY KEY, name TEXT, email TEXT, updated_at TIMESTAMP)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The primary key.
    pub id: i64,
    /// A name; `None` is `NULL`, which is not the empty text.
    pub name: Option<String>,
    /// An address.
    pub email: Option<String>,
    /// When the row was changed; µs count.
    pub updated_at: Option<Timestamp>,
}

/// A transaction that the leader has committed: everything that any of the four logs could say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// What `NOW()` was on the leader, in all of them.
    pub now: Timestamp,
    /// What was done to pages, in order.
    pub pages: Vec<PageWrite>,
    /// How tuples on these pages are laid out: the leader's major version.
    pub layout: u16,
    /// The rows that changed, in order.
    pub rows: Vec<RowChange>,
    /// What the leader's trigger wrote into its table, *as a query without `ORDER BY` happens to find it*.
    pub noted: Vec<Noted>,
}

/// A statement as the client sent it: SQL with values apart. One part after the other makes its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement(pub Vec<Part>);

/// A part of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// SQL, to be taken as it is.
    Sql(String),
    /// A value. As SQL it reads like `42`, `NULL`, `'2024-01-15 09:30:01'` or `'it''s'`: with each quote inside doubled.
    /// `to_string()` writes it so.
    Value(Value),
    /// The function `NOW()`.
    Now,
}

/// A write to one page of a file, which holds the table or its index. The two look alike to a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageWrite {
    /// The file.
    pub file: u32,
    /// The page, counted from 0.
    pub block: u32,
    /// The pointer to a tuple that is no longer valid. Pointers are counted from 1. Nothing is known of the tuple itself.
    pub old: Option<u16>,
    /// The pointer to a new tuple, and its bytes. With an old one too, it is the new version of that one.
    pub new: Option<(u16, Vec<u8>)>,
    // With neither, the bytes of tuples that are no longer valid are removed from the page.
}

/// A row's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowChange {
    /// A new row.
    Insert {
        /// The row.
        new: User,
    },
    /// A row that changed. Its key may have changed too.
    Update {
        /// The row before.
        old: User,
        /// The row after.
        new: User,
    },
    /// A row that vanished.
    Delete {
        /// The row before.
        old: User,
    },
}

/// A row of the table into which the leader's trigger writes (there as JSON; here it is read for you).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Its number. They grow in the order in which rows changed.
    pub number: u64,
    /// The primary key of the row that changed: the one *before* the change; of a new row, its own.
    pub key: i64,
    /// The row before; nothing for a new row.
    pub old: Option<User>,
    /// The row after; nothing for a row that vanished.
    pub new: Option<User>,
}

/// Why a log entry can't be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// The bytes are not all that was logged, or make no sense.
    Corrupt,
    /// The log has pages of another layout.
    Layout {
        /// The log's.
        log: u16,
        /// The replica's.
        here: u16,
    },
    /// It doesn't fit what is there: why. The replica's own methods return this.
    Misfit(String),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt => f.write_str("the entry can't be read: fetch it from the leader again"),
            Self::Layout { log, here } => write!(
                f,
                "the log has pages of version {log}, and this is version {here}: run the same one, or ship rows"
            ),
            Self::Misfit(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ApplyError {}

/// A copy of the table, on a node with a clock of its own. Whatever its methods do is done in one transaction, and is seen
/// only after [`commit`](Self::commit). What isn't committed when [`LogEncoder::apply`] returns is rolled back.
pub trait Replica {
    /// How tuples on its pages are laid out: its major version.
    fn layout(&self) -> u16;

    /// Carries a statement out. `NOW()` is what *this* node's clock shows.
    ///
    /// # Errors
    /// When it is none, or can't be carried out. That it finds no row is no error.
    fn execute(&mut self, sql: &str) -> Result<(), ApplyError>;

    /// Does to a page what was done on the leader. It looks at places, not at what is in the bytes.
    ///
    /// # Errors
    /// When the page has no such place.
    fn write_page(&mut self, write: &PageWrite) -> Result<(), ApplyError>;

    /// The row with a key.
    fn row(&self, key: i64) -> Option<User>;

    /// Adds a row.
    ///
    /// # Errors
    /// When one with its key is there.
    fn insert(&mut self, row: &User) -> Result<(), ApplyError>;

    /// Puts a row in the place of the one with this key.
    ///
    /// # Errors
    /// When there is no row with this key; or the new row has another key, and that one is taken.
    fn update(&mut self, key: i64, row: &User) -> Result<(), ApplyError>;

    /// Removes the row with this key.
    ///
    /// # Errors
    /// When there is none.
    fn delete(&mut self, key: i64) -> Result<(), ApplyError>;

    /// Makes all that was done since the last commit visible, and final.
    fn commit(&mut self);
}

/// What the learner writes, four times.
pub trait LogEncoder {
    /// What is shipped for a transaction. The format is yours.
    fn encode(change: &Change) -> Vec<u8>;

    /// Applies what was shipped: all of it, or nothing.
    ///
    /// # Errors
    /// When bytes are missing at the end, however many; when it doesn't fit what is there; and, for a log of pages, when
    /// the replica's layout is another one.
    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError>;
}

/// Wraps a learner's four encoders.
pub fn answer<S, P, L, T>() -> Answer
where
    S: LogEncoder + 'static,
    P: LogEncoder + 'static,
    L: LogEncoder + 'static,
    T: LogEncoder + 'static,
{
    Answer::new("E3.2", scenarios::drive::<S, P, L, T>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
