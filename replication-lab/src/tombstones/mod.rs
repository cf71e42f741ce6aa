//! Tombstones: why a deletion is a write, why it must stay for a while, and what it costs as long as it stays.
//!
//! A store in the manner of Cassandra's: writes go to a table in memory, which is flushed into *runs* that never
//! change; compaction merges runs. A deletion can't change a run. It is a cell of its own, a tombstone, and only
//! compaction removes it: when it is older than `gc_grace`, and no older cell outside the compaction may lie under
//! it.
//!
//! - [`Store`] is one replica's: [`Store::scan`] counts live rows and tombstones, warns, and gives up at a threshold;
//! - [`Replicas`] are three of them with repair; [`resurrection`] is the story of a repair that came too late;
//! - [`queue_pops`] measures a queue that is kept in such a store; [`ReadCost`] and [`Retries`] say what that takes;
//! - [`Rules`] are the four decisions that all of this rests on, as plain functions.
//!
//! (The other stores of this lab keep deletions too, in memory, and forget them by age alone:
//! [`SiblingStore::collect_tombstones`](crate::siblings::SiblingStore::collect_tombstones).)
//!
//! # Limits
//! A cell's stamp is its writer's clock, and a tombstone's age counts from it. There are no tombstones for ranges or
//! whole partitions, no expiry, no disks, no Bloom filters: whether a run may hold a key is told by its first and
//! last one. A scan reads one partition from its beginning.
//!
//! # Examples
//! ```
//! use replication_lab::time::Time;
//! use replication_lab::tombstones::{Key, Settings, Store};
//!
//! let mut store = Store::new(Settings::default());
//! store.put(Key::new("cart", 1), "milk", Time::s(1));
//! store.flush();
//! store.delete(Key::new("cart", 1), Time::s(2));
//! let scan = store.scan("cart", 10)?;
//! assert_eq!((scan.rows.len(), scan.tombstones, scan.cells), (0, 1, 2));
//! // Ten days later the tombstone may go, and with it what lies under it.
//! store.compact_all(Time::s(864_003));
//! assert_eq!(store.cells(), 0);
//! # Ok::<(), replication_lab::tombstones::TooManyTombstones>(())
//! ```

mod cell;
mod compaction;
mod queue;
mod replicas;
mod rules;
mod scan;
mod store;

pub use cell::{Cell, Key, Rows};
pub use compaction::Compaction;
pub use queue::{
    Pop, ReadCost, Retries, queue_chart, queue_pops, queue_pops_by, read_cost_table, retries_table,
};
pub use replicas::{Replicas, resurrection};
pub use rules::{CASSANDRA, Outside, Purge, Rules, Thresholds, Verdict};
pub use scan::{Scan, TooManyTombstones};
pub use store::{Run, Settings, Store};
