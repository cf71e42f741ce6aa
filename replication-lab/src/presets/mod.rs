//! Clusters with the documented defaults of real systems, to be run beside their documented figures.
//!
//! A preset is the lab's cluster with a system's numbers in it. It shows what those numbers bring about by themselves;
//! it is not the system. Each says what is documented, and what is assumed because it is not.

pub mod databases;
pub mod failover;
