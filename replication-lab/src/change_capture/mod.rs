//! Change data capture: a leader streams every change of a row, decoded from its log, to consumers that build
//! something else from them: a search index, a cache, a warehouse.
//!
//! After PostgreSQL's logical decoding: each consumer has a replication slot on the leader. The slot keeps the log that
//! its consumer has not confirmed, however long that takes. What is confirmed is never sent again; what is not
//! confirmed is sent again when the consumer comes back: *at least once*.
//!
//! - [`Capture`] is a leader with consumers, to drive step by step;
//! - [`Confirm`] says when a consumer confirms, and [`Settings`] what else can be set;
//! - [`Capture::peek`] and [`Capture::advance`] let a consumer that is not simulated read a slot;
//! - [`SlotView`] is what the leader knows of a consumer, [`Delivered`] what the consumer has made of the changes.
//!
//! # What is simplified
//! A transaction is sent in one message. A consumer writes a transaction and the position of its end in one record:
//! either both are there after a crash or neither. Slots are kept as if each change of them were synced in an instant.
//! A leader whose disk is full refuses writes and goes on serving consumers (PostgreSQL stops).
//!
//! # Examples
//! ```
//! use replication_lab::change_capture::{Capture, Confirm};
//! use replication_lab::time::Time;
//!
//! let mut capture = Capture::builder().consumers(&["search"]).confirm(Confirm::WhenDurable).build()?;
//! capture.execute("INSERT INTO users VALUES (42, 'Alice')")?;
//! capture.run_for(Time::s(1));
//! assert_eq!(capture.delivered("search")?.transactions(), 1);
//! assert_eq!(capture.slot("search")?.held, 0);
//! # Ok::<(), replication_lab::change_capture::CaptureError>(())
//! ```

mod cluster;
mod consumer;
mod leader;
mod message;
mod setup;
mod trial;
mod view;

pub use cluster::Capture;
pub use consumer::{Consumer, Delivered};
pub use leader::{Leader, SlotView, Transaction};
pub use message::{Kept, Message, Node, Timer};
pub use setup::{Builder, CaptureError, Confirm, Settings};
pub use trial::{Insert, Trial};

#[cfg(test)]
mod tests;
