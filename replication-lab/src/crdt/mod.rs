//! Types that merge: each replica changes its own copy, and copies that have seen the same changes are equal.
//!
//! A *state-based* type (a CvRDT) has a `merge` that is commutative, associative and idempotent, and no change makes
//! a state smaller: then it doesn't matter in which order states arrive, how often, or by which way (Shapiro, Preguiça,
//! Baquero & Zawirski, *Conflict-free replicated data types*, SSS 2011; all basic types are in their *A comprehensive
//! study of convergent and commutative replicated data types*, INRIA RR-7506, 2011).
//!
//! - [`GCounter`], [`PnCounter`]: counts that only grow, and counts that go both ways;
//! - [`LwwRegister`], [`MvRegister`]: one value; of two that were set concurrently, the one with the larger stamp, or
//!   both;
//! - [`OrSet`]: things are added and removed; an add that the remover had not seen stays;
//! - [`Sequence`]: a text;
//! - [`Crdt`]: any of them.
//!
//! An *operation-based* type (a CmRDT) ships the change instead of the state: [`OpCounter`], [`OpSet`]. Operations are
//! smaller, but each must arrive exactly once, and after those that it builds on: [`Inbox`] sees to that.
//!
//! Replicas are told apart by name.
//!
//! # Limits
//! - A name belongs to one replica for ever. A replica that has lost its state and comes back under its old name counts
//!   its events from 1 again: others take the new ones for those that they know, and drop them. It must come back under
//!   a new name.
//! - What has been merged stays: a counter has a slot for every replica that ever counted, a version vector a number for
//!   every replica that ever wrote, a sequence every character that was ever typed. Real systems collect that garbage
//!   once they know that everyone has seen it (Riak prunes actors, Yjs turns deleted runs into ranges).
//! - States are shipped whole. Real systems ship deltas (Almeida, Shoker & Baquero, *Delta state replicated data types*,
//!   2018).
//! - To converge is not to be right. No merge keeps a rule over several replicas, such as “no balance below zero” or
//!   “names are unique”.
//!
//! # Examples
//! ```
//! use replication_lab::crdt::GCounter;
//!
//! let (mut va, mut eu) = (GCounter::default(), GCounter::default());
//! va.increment("va", 5)?;
//! eu.increment("eu", 3)?;
//! va.merge(&eu);
//! eu.merge(&va);
//! eu.merge(&va);
//! assert_eq!(va, eu);
//! assert_eq!(eu.to_string(), "{eu: 3, va: 5} = 8", "merging again changes nothing");
//! # Ok::<(), replication_lab::crdt::CrdtError>(())
//! ```

mod any;
mod counter;
mod error;
mod inbox;
#[cfg(test)]
mod laws;
mod operation;
mod or_set;
mod register;
mod sequence;

pub use any::Crdt;
pub use counter::{GCounter, PnCounter};
pub use error::CrdtError;
pub use inbox::{Envelope, Inbox};
pub use operation::{OpCounter, OpSet, Operation};
pub use or_set::OrSet;
pub use register::{LwwRegister, MvRegister, Stamp};
pub use sequence::Sequence;

use crate::causality::{Dot, VersionVector};

/// A replica's next event, which is seen here at once.
fn next_dot(seen: &mut VersionVector, replica: &str) -> Dot {
    let dot = Dot { server: replica.to_owned(), counter: seen.counter(replica) + 1 };
    seen.add(&dot);
    dot
}
