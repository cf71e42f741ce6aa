//! Simulated clusters for learning database replication.
pub mod quorum;
pub mod time;
pub mod trace;
pub mod view;
