//! E7.5 — An auditor of last write wins: which acknowledged writes are gone, and was it the right ones?

pub use replication_lab::time::Time;
use serde::{Deserialize, Serialize};

use crate::exercise::Answer;

mod scenarios;

/// A write that was acknowledged, with what only an observer from outside knows: when it really was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Its number, different from all others.
    pub id: u32,
    /// The record.
    pub key: String,
    /// The node that took it.
    pub node: String,
    /// When it was made, in true time.
    pub at: Time,
    /// What the node's clock said.
    pub stamp: Time,
    /// Whether it deletes the record.
    pub deletes: bool,
    /// Writes of the same key that this writer saw, because her node showed them. What *their* writers had seen, this
    /// one knows as well.
    pub saw: Vec<u32>,
}

/// What became of the writes of one key when every node had received all of them. Each write is kept, overwritten or lost. Ids
/// are in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    /// The record.
    pub key: String,
    /// The write that stays: the one with the highest stamp. Of equal stamps a deletion wins, then the larger node name.
    pub kept: u32,
    /// Writes that aren't kept, and that another write saw: somebody has knowingly written something else.
    pub overwritten: Vec<u32>,
    /// Writes that aren't kept, though no other write saw them: nobody meant to replace them.
    pub lost: Vec<u32>,
    /// Of the lost: those that were made *later* than the write that is kept, in true time.
    pub lost_though_later: Vec<u32>,
    /// Of the lost: those whose writer knew of the write that is kept, from `saw` directly or by way of others. They were
    /// meant to replace it.
    pub lost_though_it_knew: Vec<u32>,
    /// Of the lost: those with the same stamp as the write that is kept. A rule that has nothing to do with time decided.
    pub lost_by_tie: Vec<u32>,
}

/// What the learner writes: the audit of all writes, in whatever order they are listed; one for each key, by key.
pub type Auditor = fn(writes: &[Write]) -> Vec<Audit>;

/// Wraps a learner's auditor.
pub fn answer(audit: Auditor) -> Answer {
    Answer::new("E7.5", move |task, notes| scenarios::drive(audit, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
