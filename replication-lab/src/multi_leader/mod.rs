//! Several leaders: each commits writes by itself and tells the others afterwards.
//!
//! Also called active-active, or master–master. A write waits for no other datacentre, and each one works on when it is
//! cut off. The price: two leaders can change one record at a time, and find out later.
//!
//! - [`MultiLeader`] is the cluster, to drive step by step; [`Settings`] and [`Builder`] what it is made of;
//! - [`Topology`] says who tells whom; [`Delivery`] whether a change waits for what it builds on;
//! - [`Resolution`] says what becomes of concurrent values; values of [types that merge](crate::crdt) need none;
//! - [`Mix`] is a workload, and [`measure`](Mix::measure) what it shows of all this.
//!
//! # What is simplified
//! A record is one value, and is resolved as a whole. What a leader has committed or received is on its disk at once: a
//! crash loses what is on its way, and that is sent again. Confirmations are sent every half second, not with each
//! message. Leaders keep their logs, and what was deleted, for ever. Values that merge are shipped whole.
//!
//! Who writes is not simulated: a write is carried out at its leader in an instant, because a client talks to the
//! nearest one.
//!
//! # Examples
//! ```
//! use replication_lab::multi_leader::MultiLeader;
//!
//! let mut crm = MultiLeader::builder().leaders(&["VA", "EU"]).build()?;
//! crm.put("VA", "row 42", "Alice Smith")?;
//! crm.put("EU", "row 42", "Alice Jones")?;
//! crm.settle();
//! assert_eq!((crm.read("VA", "row 42")?, crm.read("EU", "row 42")?), ("Alice Smith".into(), "Alice Smith".into()));
//! assert_eq!(crm.leader("EU")?.conflicts().len(), 1, "both stamps are 0, so the larger name won");
//! # Ok::<(), replication_lab::multi_leader::MultiLeaderError>(())
//! ```

mod change;
mod cluster;
mod leader;
mod mix;
mod resolution;
mod setup;
mod topology;
mod trial;
mod view;

pub use change::{Action, Change, Message, Resend};
pub use cluster::MultiLeader;
pub use leader::{Conflict, Leader, Record};
pub use mix::{Kind, Measured, Mix};
pub use resolution::{Handler, Met, Resolution, Version};
pub use setup::{Builder, Delivery, MultiLeaderError, Settings};
pub use topology::Topology;
pub use trial::{Deed, Job, Trial};
pub use view::mix_table;

#[cfg(test)]
mod tests;
