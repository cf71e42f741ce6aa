//! Leader–follower replication: one node takes all writes, the others apply its log in the same order.

mod rule;

pub use rule::{Blocked, Rule, RuleError, Standby, SyncState};
