//! Siblings: what a store keeps when two clients write one key and neither knew of the other.
//!
//! A client that writes passes the context that it last got with the key; the server decides which values the new one
//! replaces. How it remembers what each value has seen makes the difference: [`Scheme`] lists six ways. Two are exact or
//! safe in every case: dotted version vectors keep just what is concurrent (Preguiça, Baquero, Almeida, Fonte &
//! Gonçalves, *Dotted version vectors: efficient causality tracking for distributed key-value stores*, 2012; Riak from
//! 2.0), and one merged vector for all values of a key loses nothing, but keeps too much (Riak before 2.0).
//!
//! [`SiblingStore`] is a server's store as a plain value, with [sync](SiblingStore::sync_from) between servers,
//! deletions as tombstones, and a [limit](SiblingLimit) to siblings. [`Siblings`] is servers and clients over the
//! simulated network, operation by operation. [`carts`] lets many clients fill and empty one cart, and measures what
//! each scheme loses.
//!
//! # Limits
//! A put returns the context of all that the server then has, siblings included that this client has not read; a client
//! that writes with it replaces them unread. A context is taken at its word: what it names counts as seen, be it a server
//! that nobody knows, or a number that is not reached yet. A forgotten key's tombstone protects nobody.
//!
//! # Examples
//! The golden case of the paper, on one server A.
//! ```
//! use replication_lab::causality::VersionVector;
//! use replication_lab::siblings::{Scheme, SiblingStore};
//!
//! let write_three = |scheme| {
//!     let mut store = SiblingStore::new("A", scheme);
//!     let first = store.put("x", "v1".to_owned(), &VersionVector::default())?;
//!     store.put("x", "v2".to_owned(), &VersionVector::default())?;
//!     store.put("x", "v3".to_owned(), &first)?;
//!     Ok::<_, replication_lab::siblings::StoreError>(store.values("x").join(" | "))
//! };
//! assert_eq!(write_three(Scheme::Dotted)?, "v2 | v3", "v3's writer had seen v1, and only v1");
//! assert_eq!(write_three(Scheme::MergedVector)?, "v1 | v2 | v3");
//! # Ok::<(), replication_lab::siblings::StoreError>(())
//! ```

pub mod carts;
mod cluster;
mod limit;
mod node;
mod record;
mod scheme;
mod store;
mod syncing;
#[cfg(test)]
mod tests;
mod trial;
mod writing;

pub use cluster::{SiblingError, Siblings, SiblingsSetup};
pub use limit::{SiblingLimit, StoreError};
pub use node::{Answer, Client, Member, Message, Server};
pub use record::{Record, Sibling};
pub use scheme::Scheme;
pub use store::SiblingStore;
pub use trial::{Put, Trial};
pub use writing::Writer;
