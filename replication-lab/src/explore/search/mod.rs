//! Every order of events in a small scope.
//!
//! The nodes are those of [`World`](crate::world::World); here their effects are carried out in every order that an
//! asynchronous network allows: any message that is on its way may arrive next, any timer that is set may fire next,
//! any sync that is asked for may be done next; and, as far as the [`Limits`] go, messages are lost or arrive twice,
//! machines die with every possible remainder of their unsynced writes, and come back. The search goes breadth first,
//! so that the first violation has the shortest path. A state that was reached before is not searched again.
//!
//! # Model
//! Time does not exist: latencies, bandwidth and time-outs say nothing about which comes first. A clock that a node
//! reads shows one microsecond more each time that this node reads a clock. A node's random draws are the same at
//! every step, so that a state is only what the nodes hold: what a protocol does under other draws (an election
//! time-out, say) is covered as far as the order of events covers it.
//!
//! # Limits
//! States are told apart by 64 bits of hash: among ten million states, two are confused with a probability of about
//! 3 in a million, and then one is not searched. Seen states stay in memory: about 40 bytes each.
//!
//! # Why not Stateright
//! Its `Model` would do the search. It brings dozens of crates, a web server among them, into every kernel; and a
//! search that starts again from any state reached, with crashes that enumerate what a disk keeps, needs the part
//! that is here anyway: how effects become states. A test runs Stateright over the same nodes and counts the same
//! states.

mod found;
mod limits;
mod rename;
mod run;
mod state;
mod step;

pub use found::Found;
pub use limits::{Limits, LimitsError};
pub use rename::Rename;
pub use run::{Explored, Outcome, Search};
pub use state::{Searchable, State};
pub use step::Action;
