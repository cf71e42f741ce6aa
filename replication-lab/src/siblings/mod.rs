//! Siblings: what a store keeps when two clients write one key and neither knew of the other.
//!
//! A client that writes passes the context that it last got with the key; the server decides which values the new one
//! replaces. How it remembers what each value has seen makes the difference:
//!
//! - [`Scheme::MergedVector`]: one version vector for all values of the key (Riak before 2.0). A write whose context
//!   does not cover that vector is kept beside *all* values, those included that its writer had seen.
//! - [`Scheme::Dotted`]: each value has the context of its writer and a dot, the event that wrote it (Preguiça,
//!   Baquero, Almeida, Fonte & Gonçalves, *Dotted version vectors: efficient causality tracking for distributed
//!   key-value stores*, 2012; Riak from 2.0). A write replaces exactly the values whose dots its context covers.
//!
//! [`SiblingStore`] is the server's store as a plain value; [`Siblings`] is the server and its clients over the
//! simulated network.
//!
//! # Limits
//! One server: no replication between servers, so every dot is its own. Nothing is deleted, and nothing limits the
//! number of siblings (Riak warns at 25 and refuses at 100).
//!
//! # Examples
//! The golden case of the paper, on one server A.
//! ```
//! use replication_lab::causality::VersionVector;
//! use replication_lab::siblings::{Scheme, SiblingStore};
//!
//! let write_three = |scheme| {
//!     let mut store = SiblingStore::new("A", scheme);
//!     let first = store.put("x", "v1", &VersionVector::default());
//!     store.put("x", "v2", &VersionVector::default());
//!     store.put("x", "v3", &first);
//!     store.values("x").join(" | ")
//! };
//! assert_eq!(write_three(Scheme::Dotted), "v2 | v3", "v3's writer had seen v1, and only v1");
//! assert_eq!(write_three(Scheme::MergedVector), "v1 | v2 | v3");
//! ```

mod cluster;
mod node;
mod store;

pub use cluster::{SiblingError, Siblings, SiblingsSetup};
pub use node::{Answer, Member, Message};
pub use store::{Scheme, SiblingStore};
