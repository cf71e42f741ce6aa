//! E3.3 — Make statements safe: values in the place of functions, or a refusal.

pub use replication_lab::replication_log::Unsafe;
pub use replication_lab::table_engine::{Expr, Schema, Statement, Timestamp, Value};

use crate::exercise::Answer;

mod scenarios;

/// The leader, before it carries a statement out.
pub trait Leader {
    /// What `NOW()` is for a statement that begins at this moment. Time goes on: the next call may give another one.
    fn now(&mut self) -> Timestamp;

    /// What the clock shows just now: `SYSDATE()`.
    fn sysdate(&mut self) -> Timestamp;

    /// A random number from `from` to `to`, both included. Another one with each call.
    fn random(&mut self, from: i64, to: i64) -> i64;

    /// A random name. Another one with each call.
    fn uuid(&mut self) -> Value;

    /// The next number of a table's sequence. It is never given again.
    fn next_id(&mut self, table: &str) -> i64;

    /// What a table looks like. [`Schema::serial`] is the place of the column that its sequence numbers, where an `INSERT`
    /// leaves it out or says `NULL`; `key` is the place of the primary key.
    fn schema(&self, table: &str) -> &Schema;

    /// What triggers do when this statement changes a row of its table. They fire on every node.
    fn triggers(&self, statement: &Statement) -> Vec<&Statement>;
}

/// What the learner writes. See the stub.
pub type Pin = fn(statement: &Statement, leader: &mut dyn Leader) -> Result<Statement, Unsafe>;

/// Wraps a learner's function.
pub fn answer(pin: Pin) -> Answer {
    Answer::new("E3.3", move |task, notes| scenarios::drive(pin, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
