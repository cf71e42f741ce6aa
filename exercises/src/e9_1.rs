//! E9.1 — The quorum client (20 points)
//!
//! The coding drill of many interviews: a client that writes to and reads from quorums, with read repair. Here it runs on a
//! network that loses, delays and reorders, against replicas that crash, next to other clients.
//!
//! Write both sides:
//!
//! - `Keeper`, the replica: it keeps a value only if it is newer than what it has.
//! - `Client`: `write` asks for versions, numbers the value, sends it to **all** replicas and waits for W. `read` asks all,
//!   takes the newest of R answers, and sends it to those of the R that are behind.
//!
//! `net.send` never waits. `net.receive` hands you the next reply to *any* of your requests; `None` means that nothing comes
//! any more: give up, and say how many replied.
//!
//! Check it with `cargo course check E9.1`, or with
//! `cargo test -p exercises e9_1`. Stuck? `cargo course hint E9.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e9_1::{
    ClientId, NodeId, QuorumClient, QuorumError, QuorumFailed, Replica, Reply, Request, Transport, Version,
    Versioned, Written,
};

/// What a replica keeps.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    // Choose what to keep here.
}

impl Replica for Keeper {
    fn put(&mut self, key: &str, new: Versioned) {
        todo!("store {new} under {key}, unless something as new is there")
    }

    fn get(&self, key: &str) -> Option<Versioned> {
        todo!("look {key} up")
    }
}

/// A client that reads from and writes to quorums.
#[derive(Clone, Debug)]
pub struct Client {
    // Choose what to keep here.
}

impl QuorumClient for Client {
    fn new(me: ClientId, replicas: Vec<NodeId>, w: usize, r: usize) -> Result<Self, QuorumError> {
        todo!("check W = {w} and R = {r} against {replicas:?} for {me}")
    }

    fn write(
        &mut self,
        net: &mut dyn Transport,
        key: &str,
        value: Option<&str>,
    ) -> Result<Written, QuorumFailed> {
        let _ = net;
        todo!("ask for versions, number {value:?}, send it to all for {key}, wait for W")
    }

    fn read(&mut self, net: &mut dyn Transport, key: &str) -> Result<Option<Versioned>, QuorumFailed> {
        let _ = net;
        todo!("ask all for {key}, take the newest of R answers, repair the others")
    }
}
