//! E9.1 — A quorum client with read repair, and the replica under it.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
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
    // BEGIN SOLUTION
    values: BTreeMap<String, Versioned>,
    // END SOLUTION
}

impl Replica for Keeper {
    fn put(&mut self, key: &str, new: Versioned) {
        // BEGIN SOLUTION todo!("store {new} under {key}, unless something as new is there")
        if self.values.get(key).is_none_or(|held| held.version < new.version) {
            self.values.insert(key.to_owned(), new);
        }
        // END SOLUTION
    }

    fn get(&self, key: &str) -> Option<Versioned> {
        // BEGIN SOLUTION todo!("look {key} up")
        self.values.get(key).cloned()
        // END SOLUTION
    }
}

/// A client that reads from and writes to quorums.
#[derive(Clone, Debug)]
pub struct Client {
    // Choose what to keep here.
    // BEGIN SOLUTION
    me: ClientId,
    replicas: Vec<NodeId>,
    w: usize,
    r: usize,
    requests: u64,
    // The highest counter that this client has seen or used, by key.
    highest: BTreeMap<String, u64>,
    // END SOLUTION
}

impl QuorumClient for Client {
    fn new(me: ClientId, replicas: Vec<NodeId>, w: usize, r: usize) -> Result<Self, QuorumError> {
        // BEGIN SOLUTION todo!("check W = {w} and R = {r} against {replicas:?} for {me}")
        let n = replicas.len();
        if n == 0 {
            return Err(QuorumError::NoReplicas);
        }
        if w == 0 || w > n {
            return Err(QuorumError::WriteQuorum { w: w as u32, n: n as u32 });
        }
        if r == 0 || r > n {
            return Err(QuorumError::ReadQuorum { r: r as u32, n: n as u32 });
        }
        Ok(Self { me, replicas, w, r, requests: 0, highest: BTreeMap::new() })
        // END SOLUTION
    }

    fn write(
        &mut self,
        net: &mut dyn Transport,
        key: &str,
        value: Option<&str>,
    ) -> Result<Written, QuorumFailed> {
        // BEGIN SOLUTION let _ = net;\ntodo!("ask for versions, number {value:?}, send it to all for {key}, wait for W")
        let answers = self.ask(net, key)?;
        let seen =
            answers.iter().filter_map(|(_, held)| held.as_ref()).map(|held| counter(&held.version)).max();
        let used = self.highest.get(key).copied();
        let next = seen.max(used).unwrap_or(0) + 1;
        self.highest.insert(key.to_owned(), next);
        let new = Versioned { value: value.map(str::to_owned), version: Version::Counter(next, self.me) };

        self.requests += 1;
        let id = self.requests;
        for replica in &self.replicas {
            net.send(*replica, Request::Put { id, key: key.to_owned(), new: new.clone() });
        }
        let mut acks = 0;
        while acks < self.w {
            match net.receive() {
                Some((_, Reply::Stored { id: of })) if of == id => acks += 1,
                Some(_) => {}
                None => return Err(QuorumFailed { acks }),
            }
        }
        Ok(Written { acks })
        // END SOLUTION
    }

    fn read(&mut self, net: &mut dyn Transport, key: &str) -> Result<Option<Versioned>, QuorumFailed> {
        // BEGIN SOLUTION let _ = net;\ntodo!("ask all for {key}, take the newest of R answers, repair the others")
        let answers = self.ask(net, key)?;
        let newest =
            answers.iter().filter_map(|(_, held)| held.clone()).max_by(|a, b| a.version.cmp(&b.version));
        if let Some(newest) = &newest {
            let known = self.highest.entry(key.to_owned()).or_default();
            *known = (*known).max(counter(&newest.version));
            self.requests += 1;
            let id = self.requests;
            for (replica, held) in &answers {
                if held.as_ref() != Some(newest) {
                    net.send(*replica, Request::Put { id, key: key.to_owned(), new: newest.clone() });
                }
            }
        }
        Ok(newest)
        // END SOLUTION
    }
}
// BEGIN SOLUTION

impl Client {
    /// The first R answers to the question what the replicas hold.
    fn ask(
        &mut self,
        net: &mut dyn Transport,
        key: &str,
    ) -> Result<Vec<(NodeId, Option<Versioned>)>, QuorumFailed> {
        self.requests += 1;
        let id = self.requests;
        for replica in &self.replicas {
            net.send(*replica, Request::Get { id, key: key.to_owned() });
        }
        let mut answers = Vec::new();
        while answers.len() < self.r {
            match net.receive() {
                Some((from, Reply::Holds { id: of, held })) if of == id => answers.push((from, held)),
                Some(_) => {}
                None => return Err(QuorumFailed { acks: answers.len() }),
            }
        }
        Ok(answers)
    }
}

fn counter(version: &Version) -> u64 {
    match version {
        Version::Counter(count, _) => *count,
        Version::Stamp(..) | Version::Vector(_) => 0,
    }
}
// END SOLUTION
