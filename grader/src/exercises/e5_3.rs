//! E5.3 — Conflict resolvers: five rules for concurrent versions of one record, the same on every leader.

use std::collections::BTreeSet;
use std::fmt;

pub use replication_lab::time::Time;
use serde::{Deserialize, Serialize};

use crate::exercise::Answer;

mod scenarios;

/// What a version says of the record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Content {
    /// It is deleted.
    Deleted,
    /// A text.
    Text(String),
    /// A number.
    Number(i64),
    /// A set of texts.
    Set(BTreeSet<String>),
}

impl Content {
    /// The texts in it: the members of a set, one for a text or a number, none if it is deleted.
    pub fn parts(&self) -> BTreeSet<String> {
        match self {
            Self::Deleted => BTreeSet::new(),
            Self::Text(text) => BTreeSet::from([text.clone()]),
            Self::Number(number) => BTreeSet::from([number.to_string()]),
            Self::Set(set) => set.clone(),
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deleted => f.write_str("deleted"),
            Self::Text(text) => write!(f, "“{text}”"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Set(set) => write!(f, "{{{}}}", set.iter().cloned().collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A version of a record, written on one leader while it knew of no other one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// The leader that took the write.
    pub node: String,
    /// What that leader's clock said. A leader never gives the same stamp to two writes.
    pub stamp: Time,
    /// What it says.
    pub content: Content,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} at {:.3})", self.content, self.node, self.stamp.as_us() as f64 / 1e6)
    }
}

/// What the learner writes, four times: from versions that don't know of each other (at least one; the same one may come
/// several times, and they come in any order) to those that stay.
///
/// Leaders apply a rule whenever a version arrives: to what they hold, which is what stayed the last time, and the new
/// one. In whatever order they get all versions, they must end with the same.
pub type Resolver = fn(versions: &[Version]) -> Vec<Version>;

/// A rule that knows the leaders' ranks, highest first.
pub type RankedResolver = fn(ranks: &[&str], versions: &[Version]) -> Vec<Version>;

/// Wraps a learner's rules.
///
/// - `last_write_wins`: the version with the highest stamp stays. Of equal stamps a deletion wins over everything else,
///   then the node with the larger name. (Cassandra decides ties in this way, by the larger value instead of the name.)
/// - `replica_priority`: the version of the leader with the highest rank stays, whatever the stamps. Leaders that aren't
///   ranked come after all that are, the smaller name first. Of two versions of one leader, the one with the higher stamp.
/// - `union`: one version stays, with all [`parts`](Content::parts) of all versions as a set, in the name of that one of them
///   which has the highest stamp, and of equal stamps the larger node name. A deletion has no parts. If all are deletions,
///   it is a deletion.
/// - `siblings`: all versions stay, each once, by node name, and those of one node by stamp. Whoever reads chooses.
/// - `credit_limit`: a handler that the database calls on a conflict, with a rule of the business. The record is a customer's
///   credit limit. A deletion stays: the customer is gone. Otherwise the lowest limit stays. Of several deletions, and of
///   equal limits, the one with the highest stamp, and of equal stamps the larger node name. (A content that is no number
///   doesn't occur.)
pub fn answer(
    last_write_wins: Resolver,
    replica_priority: RankedResolver,
    union: Resolver,
    siblings: Resolver,
    credit_limit: Resolver,
) -> Answer {
    let rules = scenarios::Rules { last_write_wins, replica_priority, union, siblings, credit_limit };
    Answer::new("E5.3", move |task, notes| scenarios::drive(&rules, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
