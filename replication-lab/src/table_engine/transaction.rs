//! What a transaction did.

use serde::{Deserialize, Serialize};

use super::heap::PageChange;
use super::page::Page;
use super::schema::Row;
use super::sql::Statement;
use super::value::Timestamp;

/// One row's change: what a logical log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowChange {
    /// A new row.
    Insert {
        /// The table.
        table: String,
        /// The row.
        new: Row,
    },
    /// A row that changed.
    Update {
        /// The table.
        table: String,
        /// The row before.
        old: Row,
        /// The row after.
        new: Row,
    },
    /// A row that vanished.
    Delete {
        /// The table.
        table: String,
        /// The row before.
        old: Row,
    },
}

impl RowChange {
    /// The table.
    pub fn table(&self) -> &str {
        match self {
            Self::Insert { table, .. } | Self::Update { table, .. } | Self::Delete { table, .. } => table,
        }
    }
}

/// A statement as it was carried out, and what it found around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// The statement.
    pub statement: Statement,
    /// What [`Now`](super::Expr::Now) was.
    pub now: Timestamp,
    /// What its random numbers were drawn from.
    pub random_seed: u64,
    /// The first number that it took from its table's sequence, if it took one.
    pub first_id: Option<i64>,
}

/// A change of a page, with the whole page as it is afterwards if it is the first one of this page since the last
/// checkpoint: a page that was torn by a crash can't be repaired by changes (PostgreSQL: `full_page_writes`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRecord {
    /// The change.
    pub change: PageChange,
    /// The page.
    pub image: Option<Page>,
}

/// How much work something was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Rows that were looked at.
    pub examined: u64,
    /// Rows that were written.
    pub written: u64,
    /// Entries of indexes that were written.
    pub index_entries: u64,
}

impl std::ops::AddAssign for Work {
    fn add_assign(&mut self, more: Self) {
        self.examined += more.examined;
        self.written += more.written;
        self.index_entries += more.index_entries;
    }
}

/// A transaction that is committed: everything that any log could say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its number.
    pub transaction: u32,
    /// When it committed, by the node's clock.
    pub at: Timestamp,
    /// Its statements, in order.
    pub statements: Vec<Executed>,
    /// The rows that it changed, in order. Changes of what tables look like, and of sequences, are none.
    pub rows: Vec<RowChange>,
    /// The pages that it changed, in order.
    pub pages: Vec<PageRecord>,
    /// How much work it was.
    pub work: Work,
}

/// A transaction under way: see [`Database::begin`](super::Database::begin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    pub(super) statements: Vec<Executed>,
    pub(super) rows: Vec<RowChange>,
    pub(super) work: Work,
}
