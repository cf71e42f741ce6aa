//! Simulated clusters for learning database replication.
pub mod view;
