//! What clients asked and what they were told, with start and end, and the checkers over it.
//!
//! A [`History`] is the list of operations as the clients saw them, nothing of what happened inside the cluster. A
//! checker takes one and returns a [`Verdict`]: the guarantee holds, or it is violated and a [`Witness`] names the
//! guilty operations, or the checker can't tell and says why.
//!
//! | question | checker | what it needs |
//! |---|---|---|
//! | one copy, in real time? | [`linearizable`] | a history |
//! | one copy, in each client's own order? | [`sequential()`] | a history |
//! | do causes come before effects? | [`causal()`] | a history with unique values |
//! | what may one client rely on? | [`sessions`] | a history with unique values, or [`sessions::Receipts`] |
//! | is what readers see a prefix of the log? | [`consistent_prefix`] | a history, its log, what was read together |
//! | which reads were old? | [`stale_reads`] | a history with unique values |
//! | did two clients overwrite each other? | [`lost_updates`] | a history with unique values |
//! | are acknowledged writes still there? | [`durable`], [`lost_writes`] | a history, and what is left |
//! | are all copies equal in the end? | [`converged`] | what every node holds |
//! | who accepted writes, and in which epoch? | [`epochs`] | the accepted writes |
//!
//! [`formats`] reads and writes histories as files, [`generate`] makes them up.
//!
//! # Limits
//! A history knows nothing of what happened inside: a checker that needs more says so in its table above. Times are
//! whole µs of virtual time; in imported histories, the places of the lines. Checkers that search have a budget of
//! states and answer [`Verdict::Unknown`] at its end.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Verdict, formats, linearizable};
//!
//! let log = r#"
//! {:process 0, :type :invoke, :f :put, :key "x", :value "1"}
//! {:process 0, :type :ok, :f :put, :key "x", :value "1"}
//! {:process 1, :type :invoke, :f :get, :key "x", :value nil}
//! {:process 1, :type :ok, :f :get, :key "x", :value ""}
//! "#;
//! let recorded = formats::read("a stale get", log.trim().as_bytes())?;
//! let verdict = linearizable(&recorded.history, 1_000);
//! assert!(matches!(verdict, Verdict::Violated(_)), "{verdict}");
//! # Ok::<(), formats::FormatError>(())
//! ```

pub mod causal;
pub mod convergence;
pub mod durability;
pub mod epochs;
pub mod formats;
pub mod generate;
pub mod linearizability;
pub mod prefix;
pub mod sequential;
pub mod sessions;
mod staleness;
pub mod updates;
mod verdict;
mod versions;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Time;

pub use causal::causal;
pub use convergence::converged;
pub use durability::{Objective, durable};
pub use linearizability::{Limits, linearizable, linearizable_from};
pub use prefix::consistent_prefix;
pub use sequential::sequential;
pub use staleness::{lost_writes, stale_reads};
pub use updates::lost_updates;
pub use verdict::{Verdict, Witness};

/// The operations of a run, in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct History(pub Vec<Op>);

/// One operation of a client on one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// Who.
    pub client: String,
    /// The key.
    pub key: String,
    /// What.
    pub action: Action,
    /// When the client asked.
    pub began: Time,
    /// When it was told; nothing if it never was, or was told that nobody knows. Such an operation may take effect
    /// at any later time, or never.
    pub ended: Option<Time>,
}

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// A write of this value, whatever was there.
    Write(String),
    /// A read: the values that it returned, none if there was nothing, more than one for siblings. Without an end,
    /// it says nothing.
    Read(Vec<String>),
    /// A write of a value on condition that another one is there.
    CompareAndSet {
        /// What must be there; nothing if there must be nothing.
        expected: Option<String>,
        /// What is written in its place.
        new: String,
        /// Whether the client was told that it was. If not, something else was there. Says nothing without an end.
        swapped: bool,
    },
    /// Text that is put behind the text that is there.
    Append(String),
}

impl Op {
    /// The value that this operation put in the place of what was there, or may have put there if it has no end.
    pub fn written(&self) -> Option<&str> {
        match &self.action {
            Action::Write(value) => Some(value),
            Action::CompareAndSet { new, swapped, .. } if *swapped || self.ended.is_none() => Some(new),
            _ => None,
        }
    }

    /// Whether this operation ended before the other one began, by the clock that all share. Operations that touch
    /// in one instant overlap.
    pub fn precedes(&self, other: &Op) -> bool {
        self.ended.is_some_and(|ended| ended < other.began)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, key, .. } = self;
        let open = self.ended.is_none();
        match &self.action {
            Action::Write(value) if open => {
                write!(f, "{client} tries to write {key}={value}, outcome unknown")
            }
            Action::Write(value) => write!(f, "{client} writes {key}={value}"),
            Action::Read(_) if open => write!(f, "{client} reads {key}, no answer"),
            Action::Read(values) if values.is_empty() => write!(f, "{client} reads {key}: nothing"),
            Action::Read(values) => write!(f, "{client} reads {key}: {}", values.join(" | ")),
            Action::CompareAndSet { expected, new, swapped } => {
                let expected = expected.as_deref().unwrap_or("nothing");
                match (open, *swapped) {
                    (true, _) => {
                        write!(f, "{client} tries to set {key} from {expected} to {new}, outcome unknown")
                    }
                    (false, true) => write!(f, "{client} sets {key} from {expected} to {new}"),
                    (false, false) => {
                        write!(f, "{client} fails to set {key} from {expected} to {new}: not {expected}")
                    }
                }
            }
            Action::Append(value) if open => {
                write!(f, "{client} tries to append {value} to {key}, outcome unknown")
            }
            Action::Append(value) => write!(f, "{client} appends {value} to {key}"),
        }
    }
}

impl History {
    /// The keys in it, in order.
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<_> = self.0.iter().map(|op| op.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The clients in it, in order.
    pub fn clients(&self) -> Vec<&str> {
        let mut clients: Vec<_> = self.0.iter().map(|op| op.client.as_str()).collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    /// Whether one operation comes before another in its client's session: both are the same client's, and the
    /// first had ended when the second began. Unlike [`Op::precedes`], an operation that begins in the very
    /// instant in which another one ended comes after it: a client that waits for its answer can do that.
    ///
    /// Takes places in the history, and is false for places that it does not have.
    pub fn in_session(&self, before: usize, after: usize) -> bool {
        let (Some(first), Some(second)) = (self.0.get(before), self.0.get(after)) else { return false };
        before < after
            && first.client == second.client
            && first.ended.is_some_and(|ended| ended <= second.began)
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for op in &self.0 {
            let ended = op.ended.map_or("…".to_owned(), |ended| ended.to_string());
            writeln!(f, "{:>12} to {ended:>12}  {op}", op.began)?;
        }
        Ok(())
    }
}
