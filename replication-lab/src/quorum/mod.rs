//! Quorum arithmetic: which read and write quorums meet, and what happens when they don't.
//!
//! A write is acknowledged by W of N replicas, a read hears R of them. If W + R > N, every read quorum shares a
//! replica with every write quorum (Gifford, *Weighted voting for replicated data*, SOSP 1979).

mod calculator;
mod facts;
mod level;
mod view;

pub use calculator::quorum_calculator;
pub use facts::{QuorumError, QuorumFacts, all_facts, facts};
pub use level::{Level, LevelError, Required, majority, overlap_guaranteed, required};
pub use view::every_quorum;
