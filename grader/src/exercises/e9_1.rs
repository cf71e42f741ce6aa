//! E9.1 — A quorum client with read repair, and the replica under it.

use std::fmt::Debug;

pub use replication_lab::leaderless::{ClientId, Version, Versioned};
pub use replication_lab::quorum::QuorumError;
pub use replication_lab::trace::NodeId;

use crate::attack::asked;
use crate::exercise::Answer;

mod attack;
mod harness;
mod scenarios;

/// What a client asks of a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Store this, unless something as new is there. Answered by [`Reply::Stored`].
    Put {
        /// Chosen by the client; comes back with the reply.
        id: u64,
        /// The key.
        key: String,
        /// What to store.
        new: Versioned,
    },
    /// What is stored here? Answered by [`Reply::Holds`].
    Get {
        /// Chosen by the client; comes back with the reply.
        id: u64,
        /// The key.
        key: String,
    },
}

/// What a replica answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is stored, or something as new was there.
    Stored {
        /// The request's number.
        id: u64,
    },
    /// This is stored; nothing if nothing is.
    Holds {
        /// The request's number.
        id: u64,
        /// The value and its version.
        held: Option<Versioned>,
    },
}

/// The network, as a client sees it.
pub trait Transport {
    /// Sends a request. Never waits, and never says whether it arrives.
    fn send(&mut self, to: NodeId, request: Request);

    /// Waits for the next reply, to *any* request of this client, also an earlier one's. Nothing if none comes for a
    /// while: then give up.
    fn receive(&mut self) -> Option<(NodeId, Reply)>;
}

/// A write that enough replicas acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many had when it returned: W.
    pub acks: usize,
}

/// An operation that did not get enough replies. A write may still have reached some replicas, and may be read later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuorumFailed {
    /// How many replicas replied to the last thing that was asked.
    pub acks: usize,
}

/// The replica's part: what it keeps.
pub trait Replica: Clone + Debug + Default + Send {
    /// Stores a value, unless what is there is newer or the same. Versions are [`Version::Counter`]s: `a > b` says
    /// that `a` is newer.
    fn put(&mut self, key: &str, new: Versioned);

    /// What is stored.
    fn get(&self, key: &str) -> Option<Versioned>;
}

/// The client's part.
pub trait QuorumClient: Sized {
    /// A client of these replicas that waits for `w` acknowledgements and `r` answers.
    ///
    /// # Errors
    /// Numbers that make no quorum: N first, then W, then R.
    fn new(me: ClientId, replicas: Vec<NodeId>, w: usize, r: usize) -> Result<Self, QuorumError>;

    /// Writes a value, or a deletion.
    ///
    /// First asks all replicas for their versions and waits for R answers; then sends the value, numbered one above
    /// the highest counter that it has ever seen or used for the key, to *all* replicas, and returns as soon as W
    /// have stored it.
    ///
    /// # Errors
    /// When too few replicas reply.
    fn write(
        &mut self,
        net: &mut dyn Transport,
        key: &str,
        value: Option<&str>,
    ) -> Result<Written, QuorumFailed>;

    /// Reads a key: asks all replicas, waits for R answers, returns the newest; before it returns, it sends the newest
    /// to those of the R that answered with less, without waiting for their reply. Nothing if the key was never
    /// written; a value of `None` if it was deleted.
    ///
    /// # Errors
    /// When too few replicas reply.
    fn read(&mut self, net: &mut dyn Transport, key: &str) -> Result<Option<Versioned>, QuorumFailed>;
}

/// Wraps a learner's replica and client.
pub fn answer<R: Replica + 'static, C: QuorumClient + 'static>() -> Answer {
    Answer::new("E9.1", |task, notes| match asked(task) {
        Some(asked) => attack::play::<R, C>(&asked, notes),
        None => scenarios::drive::<R, C>(task, notes),
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
