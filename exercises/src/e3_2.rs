//! E3.2 — Four encoders (26 points)
//!
//! One `UPDATE`, four ways to tell a follower of it. Write all four logs for the table `users(id, name, email, updated_at)`:
//! `encode` turns a transaction into bytes, `apply` carries these bytes out on a replica. Which bytes is up to you; nobody
//! looks at them. What counts is what the replica has afterwards.
//!
//! A `Change` holds everything that happened on the leader. Each log uses its own part of it, and no other:
//!
//! - **`StatementLog`** the statements. `NOW()` is asked again wherever it is carried out, and the replica is two seconds late.
//! - **`PhysicalLog`** the writes to pages. They fit a replica that has the leader's pages, and no other. One of another
//!   version is refused with `ApplyError::Layout`.
//! - **`LogicalLog`** the rows, by their keys.
//! - **`TriggerLog`** what a trigger wrote into a table, which has no order of its own.
//!
//! A transaction is applied as a whole, or not at all: call `replica.commit()` when everything is done. And the connection may
//! break at any byte: a piece of an entry that lacks something at its end is an error, never half a transaction. (Damaged
//! bytes in the middle are not tried; a real log has a checksum against those. One table, so no entry has to name it.)
//!
//! Check it with `cargo course check E3.2`, or with
//! `cargo test -p exercises e3_2`. Stuck? `cargo course hint E3.2`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e3_2::{
    ApplyError, Change, LogEncoder, PageWrite, Part, Replica, RowChange, Timestamp, User, Value,
};

/// Ships the statements' text, with the leader's moment in the place of `NOW()`.
pub struct StatementLog;

/// Ships what was written to pages.
pub struct PhysicalLog;

/// Ships the rows that changed.
pub struct LogicalLog;

/// Ships what the trigger wrote down.
pub struct TriggerLog;

impl LogEncoder for StatementLog {
    fn encode(change: &Change) -> Vec<u8> {
        todo!("which texts have the same effect everywhere as {:?}?", change.statements)
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        let _ = replica;
        todo!("carry out the statements in {bytes:?}")
    }
}

impl LogEncoder for PhysicalLog {
    fn encode(change: &Change) -> Vec<u8> {
        todo!("what must another node with the same pages write? {:?}", change.pages)
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        let _ = replica;
        todo!("make the writes in {bytes:?}, if they fit")
    }
}

impl LogEncoder for LogicalLog {
    fn encode(change: &Change) -> Vec<u8> {
        todo!("what must a node with the same rows know? {:?}", change.rows)
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        let _ = replica;
        todo!("change the rows as {bytes:?} say")
    }
}

impl LogEncoder for TriggerLog {
    fn encode(change: &Change) -> Vec<u8> {
        todo!("what did the trigger see, and in which order? {:?}", change.noted)
    }

    fn apply(bytes: &[u8], replica: &mut dyn Replica) -> Result<(), ApplyError> {
        let _ = replica;
        todo!("do what the trigger saw: {bytes:?}")
    }
}
