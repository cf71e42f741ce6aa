//! E9.1 as it is often written on a whiteboard: count the acknowledgements, keep a counter, take the newest answer.

use std::collections::BTreeMap;

use grader::exercises::e9_1::{
    ClientId, NodeId, QuorumClient, QuorumError, QuorumFailed, Replica, Reply, Request, Transport, Version,
    Versioned, Written,
};

#[derive(Clone, Debug, Default)]
pub struct Keeper(BTreeMap<String, Versioned>);

impl Replica for Keeper {
    fn put(&mut self, key: &str, new: Versioned) {
        self.0.insert(key.to_owned(), new);
    }

    fn get(&self, key: &str) -> Option<Versioned> {
        self.0.get(key).cloned()
    }
}

pub struct Client {
    me: ClientId,
    replicas: Vec<NodeId>,
    w: usize,
    r: usize,
    version: u64,
}

impl QuorumClient for Client {
    fn new(me: ClientId, replicas: Vec<NodeId>, w: usize, r: usize) -> Result<Self, QuorumError> {
        Ok(Self { me, replicas, w, r, version: 0 })
    }

    fn write(
        &mut self,
        net: &mut dyn Transport,
        key: &str,
        value: Option<&str>,
    ) -> Result<Written, QuorumFailed> {
        self.version += 1;
        let new =
            Versioned { value: value.map(str::to_owned), version: Version::Counter(self.version, self.me) };
        let mut acks = 0;
        for replica in &self.replicas {
            net.send(*replica, Request::Put { id: self.version, key: key.to_owned(), new: new.clone() });
            if let Some((_, Reply::Stored { .. })) = net.receive() {
                acks += 1;
            }
            if acks == self.w {
                return Ok(Written { acks });
            }
        }
        Err(QuorumFailed { acks })
    }

    fn read(&mut self, net: &mut dyn Transport, key: &str) -> Result<Option<Versioned>, QuorumFailed> {
        let mut answers = Vec::new();
        for replica in self.replicas.iter().take(self.r) {
            net.send(*replica, Request::Get { id: 0, key: key.to_owned() });
            if let Some((_, Reply::Holds { held, .. })) = net.receive() {
                answers.push((*replica, held));
            }
        }
        if answers.len() < self.r {
            return Err(QuorumFailed { acks: answers.len() });
        }
        let newest =
            answers.iter().filter_map(|(_, held)| held.clone()).max_by(|a, b| a.version.cmp(&b.version));
        for (replica, held) in answers {
            if let Some(newest) = newest.clone().filter(|newest| held.as_ref() != Some(newest)) {
                net.send(replica, Request::Put { id: 0, key: key.to_owned(), new: newest });
            }
        }
        Ok(newest)
    }
}
