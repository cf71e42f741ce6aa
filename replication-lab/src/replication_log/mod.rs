//! Replication logs: four ways to say what changed.
//!
//! A [`Source`] is a database whose transactions are logged by one [`Method`]; a [`Replica`] applies what the log says.
//!
//! | method | what is shipped | module |
//! |---|---|---|
//! | statement | the SQL text, as written, with its context, or with pinned values | [`pin`] |
//! | physical | bytes of pages, for one major version | [`physical`] |
//! | logical | rows, as PostgreSQL's pgoutput sends them | [`logical`] |
//! | trigger | rows that a trigger wrote down, as JSON | [`trigger`] |
//!
//! # What is simplified
//! One entry is one transaction, logged when it commits. Each method has a log of its own with positions of its own,
//! counted in its bytes; in PostgreSQL logical messages are decoded from the one physical log and bear its positions.
//!
//! # Examples
//! ```
//! use replication_lab::replication_log::{Fixing, Method, Replica, Source};
//! use replication_lab::table_engine::Database;
//! use replication_lab::time::Time;
//!
//! let mut db = Database::new(15, 1);
//! db.execute("CREATE TABLE users (id INT PRIMARY KEY, updated_at TIMESTAMP)")?;
//! db.execute("INSERT INTO users VALUES (42, NOW())")?;
//! let mut leader = Source::new(db, Method::Statement(Fixing::Nothing))?;
//! let mut follower = Replica::of(&leader, leader.db.copy_of_pages(2));
//! leader.execute("UPDATE users SET updated_at = NOW() WHERE id = 42")?;
//! // The follower is two seconds later.
//! follower.db.set_clock(leader.db.clock() + Time::s(2));
//! follower.catch_up(&leader)?;
//! assert_ne!(leader.db.row_hash("users")?, follower.db.row_hash("users")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bytes;
mod compare;
pub mod logical;
mod method;
pub mod physical;
mod statement;
mod stream;
#[cfg(test)]
mod tests;
pub mod trigger;

pub use compare::{
    Follower, Outcome, Verdict, batch_chart, compare, differing_rows, items, outcomes, time_of,
};
pub use method::{ApplyError, Entry, Fixing, Identity, LogError, Method};
pub use statement::{Unsafe, pin};
pub use stream::{Received, Replica, Source};
