//! Positions in a replication log.
//!
//! A log is one sequence of changes. Whoever has applied it up to a position has seen everything before it, so one
//! number says how far a copy is. PostgreSQL counts bytes ([`Lsn`]); the lab's clusters count entries. Both are only
//! comparable within one history: after a failover the same number may name two different changes, so a cluster
//! compares a [`Position`], which carries the epoch.

mod lsn;
mod position;

pub use lsn::{Lsn, LsnError};
pub use position::Position;
