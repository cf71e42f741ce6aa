//! What one client may rely on while it talks to several servers: the four session guarantees.
//!
//! Terry, Demers, Petersen, Spreitzer, Theimer & Welch, *Session Guarantees for Weakly Consistent Replicated
//! Data*, PDIS 1994. A session is what one client does, in its order:
//!
//! ```text
//! read your writes      c1  writes x=1 ──────────────── reads x: not older than 1
//! monotonic reads       c1  reads x: 1 ──────────────── reads x: not older than 1
//! monotonic writes      c1  writes x=1 ── writes y=2        whoever sees y=2, sees x=1 or newer
//! writes follow reads   c1  reads x: 1 ── writes y=2        whoever sees y=2, sees x=1 or newer
//! ```
//!
//! # Two ways to ask
//! The paper defines the guarantees over what the *servers* received. With that knowledge, [`Receipts`] answers
//! exactly. What *clients* saw is less: the functions here take a [`History`] and ask whether it can have come
//! about under the guarantee. That is, whether there are an order of the writes on each key, in which a write that
//! had ended before another began is older, and for each read a set of writes that it saw, such that
//!
//! - every read returned the newest of the writes on its key that it saw, or nothing if it saw none;
//! - [`read_your_writes`]: a read saw the acknowledged writes that its client made before;
//! - [`monotonic_reads`]: a read saw what its client's earlier reads saw;
//! - [`monotonic_writes`]: that, and whoever saw a write saw the acknowledged writes that its client made before;
//! - [`writes_follow_reads`]: that, and whoever saw a write saw what its client's reads had returned before, and
//!   on one key those are older.
//!
//! Where all writes have places in one log, [`count_violations`] counts, in near-linear time, which sessions and
//! operations broke which guarantee.
//!
//! # Limits
//! - Values must be unique on their key; siblings and appended texts make the verdict [`Verdict::Unknown`].
//! - In a store whose clocks are wrong, a later write can lose to an earlier one. Its client sees the older value
//!   come back, and that counts as a violation, whatever the store calls newest.
//! - What one reader saw in two reads, two servers may have answered. So the last two guarantees can only be
//!   judged for readers that see no less than they did before. If [`monotonic_reads`] is violated, their verdict
//!   is [`Verdict::Unknown`]; and if two reads of *different* keys went to two servers of which the second lagged
//!   behind, they look violated although every server received the writes in order. Receipts tell the two apart.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, sessions};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, key: &str, action, began| {
//!     let ended = Some(Time::ms(began + 1));
//!     Op { client: client.into(), key: key.into(), action, began: Time::ms(began), ended }
//! };
//! let write = |value: &str| Action::Write(value.into());
//! let read = |value: &str| Action::Read(vec![value.into()]);
//! let history = History(vec![
//!     op("ann", "photo", write("beach"), 0),
//!     op("ann", "album", write("with the beach"), 2),
//!     op("bob", "album", read("with the beach"), 4),
//!     op("bob", "photo", Action::Read(vec![]), 6),
//! ]);
//! assert!(sessions::read_your_writes(&history).holds() && sessions::monotonic_reads(&history).holds());
//! assert_eq!(
//!     sessions::monotonic_writes(&history).to_string(),
//!     "violated: “bob reads photo: nothing” should have seen “ann writes photo=beach”, after “bob reads album: with the \
//!      beach” had seen what ann wrote later, but found nothing there"
//! );
//! ```
//!
//! [`History`]: super::History
//! [`Verdict::Unknown`]: super::Verdict::Unknown

mod observed;
mod placed;
mod receipts;
#[cfg(test)]
mod tests;

pub use observed::{monotonic_reads, monotonic_writes, read_your_writes, writes_follow_reads};
pub use placed::{Broken, Did, Lineage, PlacedStep, Violations, count_violations};
pub use receipts::{Receipts, Session, Step, WriteId};
