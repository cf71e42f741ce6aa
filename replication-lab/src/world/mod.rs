//! The simulated world: virtual time, an event queue, nodes, links, clocks, disks and faults, in one thread.
//!
//! A [`Node`] is a deterministic state machine: a message or a timer goes in, [`Effect`]s come out. Nothing else
//! reaches it. The [`World`] carries the effects out: it delivers messages with the latency that their link draws,
//! fires timers, writes disks, lets a [`Plan`] of [`Fault`]s strike, and notes everything in a
//! [`Trace`](crate::trace::Trace), unless that is switched off. The exhaustive search ([`crate::explore`]) drives the
//! same nodes and carries the effects out in every possible order instead.
//!
//! # Model
//! | part | what it does | unit |
//! |---|---|---|
//! | time | virtual, jumps from event to event; ties in the order in which they were planned | whole µs |
//! | link | latency, loss, duplication, order, bandwidth, for each direction: [`crate::network`] | bytes/s |
//! | clock | offset, jump, drift; timers run at the clock's rate | µs, ppm |
//! | [`Disk`] | one log of records; a sync takes time; a crash of the machine loses or tears what is not synced | bytes |
//! | process | up, paused, overloaded (one event after the other), down | |
//!
//! # Limits
//! Handling an event takes no time, unless a node is [overloaded](Fault::Slow); its queue has no end then. A node
//! may keep state that survives a crash without writing it to its disk, as if each change were synced in an instant:
//! what [`Node::crash`] does not drop, survives. Nodes neither join nor leave.
//!
//! # Examples
//! Two nodes play ping-pong; the second is down for a while, so the first asks again.
//! ```
//! use replication_lab::network::Link;
//! use replication_lab::time::Time;
//! use replication_lab::trace::NodeId;
//! use replication_lab::world::{Effects, Node, Plan, World};
//!
//! struct Player;
//! impl Node for Player {
//!     type Message = &'static str;
//!     type Timer = &'static str;
//!     type Record = ();
//!     type Output = ();
//!     fn start(&mut self, effects: &mut Effects<'_, Self>) {
//!         if effects.me() == NodeId(0) {
//!             effects.after(Time::ms(5), "again");
//!         }
//!     }
//!     fn message(&mut self, from: NodeId, message: &'static str, effects: &mut Effects<'_, Self>) {
//!         if message == "ping" {
//!             effects.send(from, "pong");
//!         }
//!     }
//!     fn timer(&mut self, _: &'static str, effects: &mut Effects<'_, Self>) {
//!         effects.send(NodeId(1), "ping");
//!         effects.after_in_background(Time::ms(5), "again");
//!     }
//! }
//!
//! let nodes = vec![("A".into(), Player), ("B".into(), Player)];
//! let mut world = World::new(7, nodes, Link::default(), true)?;
//! world.plan(&Plan::parse("1 ms  B crashes\n8 ms  B restarts", &["A", "B"])?)?;
//! world.run_until(Time::ms(12));
//! let transcript = world.trace().unwrap().transcript();
//! assert!(transcript.contains("A ✗ B  ping  (receiver down)"));
//! assert!(transcript.contains("A ⇥ B  ping") && transcript.contains("B → A  pong"));
//! assert!(world.faults().all_bit());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod clock;
mod disk;
mod fault;
mod look;
mod node;
mod place;
mod queue;
mod run;
mod strike;

pub use disk::{Disk, DiskFull, Remainder, Stored};
pub use fault::{Fault, FaultReport, Plan, PlanError, PlanTextError, Planned, Strike};
pub use node::{Effect, Effects, Node};
pub use place::DiskSettings;
pub use run::{Ended, World, WorldError};
