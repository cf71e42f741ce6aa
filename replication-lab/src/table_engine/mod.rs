//! A small typed table engine: rows on pages, indexes, sequences, triggers, and the functions that make statements
//! treacherous.
//!
//! A [`Database`] carries out statements of a small part of SQL. What a transaction did comes back as a [`Commit`]:
//! the statements, the rows and the pages that it changed. A replication log ships one of the three, or what a
//! trigger wrote down: see [`replication_log`](crate::replication_log).
//!
//! # What is simplified
//! Rows are written when their transaction commits: there are no locks, and a transaction that comes second to a row
//! is refused. A statement finds rows by the primary key or by reading all pages; secondary indexes only cost. An
//! index is a set of entries without pages of its own, and nothing but an update of the same page removes what is
//! dead. A new column writes the table anew, which is not logged. Types that fit are never converted silently, except
//! that text which reads as a moment or a UUID becomes one.
//!
//! # Examples
//! ```
//! use replication_lab::table_engine::Database;
//! let mut db = Database::new(15, 1);
//! db.execute("CREATE TABLE users (id INT PRIMARY KEY, name TEXT, updated_at TIMESTAMP)")?;
//! db.execute("INSERT INTO users VALUES (42, 'Alice', NOW())")?;
//! let commit = db.execute("UPDATE users SET name = 'Alice Smith' WHERE id = 42")?;
//! assert_eq!((commit.statements.len(), commit.rows.len(), commit.pages.len()), (1, 1, 1));
//! println!("{}", db.view("users")?.figure().as_text());
//! # Ok::<(), replication_lab::table_engine::EngineError>(())
//! ```

mod database;
mod error;
mod evaluate;
mod execute;
mod heap;
mod page;
mod replay;
mod schema;
mod sql;
#[cfg(test)]
pub(crate) mod tests;
mod transaction;
mod value;
mod view;

pub use database::{CHANGE_LOG, Database, Event, Trigger};
pub use error::EngineError;
pub use heap::{File, PageChange, Place, Table};
pub use page::{Layout, PAGE, Page, Slot};
pub use replay::{KeyedChange, Misfit};
pub use schema::{Column, Row, Schema};
pub use sql::{Expr, Operator, Statement};
pub use transaction::{Commit, Executed, PageRecord, RowChange, Transaction, Work};
pub use value::{Timestamp, TimestampError, Type, Value};
