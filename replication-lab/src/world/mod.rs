//! The simulated world: virtual time, an event queue, nodes, links and faults, in one thread.
//!
//! A [`Node`] is a deterministic state machine: a message or a timer goes in, [`Effects`] come out. Nothing else
//! reaches it. The world carries the effects out: it delivers messages with the latency that their link draws,
//! fires timers, applies a plan of [`Fault`]s, and notes everything in a [`Trace`], unless that is switched off.
//!
//! # Limits
//! Processing takes no time: what a node does, it does in the instant of the event. A node's state is its disk,
//! synced before anything leaves the node, unless [`Node::crash`] drops it.

mod fault;
mod node;
mod queue;
mod run;

pub use fault::{Fault, Plan, Planned};
pub use node::{Effects, Node};
pub use run::{Ended, World};
