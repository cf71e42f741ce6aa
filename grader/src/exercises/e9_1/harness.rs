//! A learner's client and replicas on the lab's network.

use replication_lab::leaderless::{Leaderless, Message, Purpose, SetupError, Store};
use replication_lab::network::Latency;
use replication_lab::time::Time;

use super::{
    ClientId, NodeId, QuorumClient, QuorumFailed, Replica, Reply, Request, Transport, Version, Versioned,
};
use crate::exercise::Recorder;

/// How long a client waits for a reply before it gives up.
const PATIENCE: Time = Time::ms(50);

/// A learner's replica as a store of the lab.
#[derive(Clone, Debug)]
struct InTheLab<R>(R);

impl<R: Replica + 'static> Store for InTheLab<R> {
    fn get(&self, key: &str) -> Vec<Versioned> {
        self.0.get(key).into_iter().collect()
    }

    fn put(&mut self, key: &str, new: Versioned) -> bool {
        let before = self.0.get(key);
        self.0.put(key, new);
        self.0.get(key) != before
    }

    // Nothing in this exercise compares replicas or keeps hints.
    fn keys(&self) -> Vec<String> {
        Vec::new()
    }

    fn keep_hint(&mut self, _: NodeId, _: &str, _: Versioned) {}

    fn hints(&self) -> Vec<(NodeId, String, Versioned)> {
        Vec::new()
    }

    fn drop_hint(&mut self, _: NodeId, _: &str, _: &Version) {}

    fn boxed_clone(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

/// A cluster of a learner's replicas, and her clients at its ports.
pub(super) struct Harness<'a> {
    pub(super) cluster: Leaderless,
    notes: &'a Recorder,
}

/// A client's end of the network.
pub(super) struct Port<'a> {
    cluster: &'a mut Leaderless,
    client: String,
}

impl Transport for Port<'_> {
    fn send(&mut self, to: NodeId, request: Request) {
        let message = match request {
            Request::Put { id, key, new } => {
                Message::Put { request: id, key, new, hint_for: None, purpose: Purpose::Write }
            }
            Request::Get { id, key } => Message::Get { request: id, key },
        };
        // Both names are the harness's own.
        let _ = self.cluster.port_send(&self.client, to, message);
    }

    fn receive(&mut self) -> Option<(NodeId, Reply)> {
        loop {
            let (from, message) = self.cluster.port_receive(&self.client, PATIENCE).ok().flatten()?;
            match message {
                Message::PutAck { request } => return Some((from, Reply::Stored { id: request })),
                Message::GetReply { request, values, .. } => {
                    return Some((from, Reply::Holds { id: request, held: values.into_iter().next() }));
                }
                _ => {}
            }
        }
    }
}

impl<'a> Harness<'a> {
    /// `n` replicas A, B, C, … with links of one millisecond, and ports c1, c2, c3.
    pub(super) fn new<R: Replica + 'static>(
        n: u32,
        seed: u64,
        notes: &'a Recorder,
    ) -> Result<Self, SetupError> {
        Self::traced::<R>(n, seed, true, notes)
    }

    /// As [`new`](Self::new), with a trace or without.
    pub(super) fn traced<R: Replica + 'static>(
        n: u32,
        seed: u64,
        trace: bool,
        notes: &'a Recorder,
    ) -> Result<Self, SetupError> {
        let cluster = Leaderless::builder()
            .replicas(n)
            .clients(3)
            .write_quorum(1)
            .read_quorum(1)
            .latency(Latency::Constant(Time::ms(1)))
            .seed(seed)
            .trace(trace)
            .build_with_ports(|_| Box::new(InTheLab(R::default())))?;
        Ok(Self { cluster, notes })
    }

    /// A client's end of the network.
    pub(super) fn port(&mut self, client: ClientId) -> Port<'_> {
        Port { cluster: &mut self.cluster, client: client.to_string() }
    }

    /// Whether a client's process runs.
    pub(super) fn runs(&self, client: ClientId) -> bool {
        self.cluster.is_running(&client.to_string()).unwrap_or(false)
    }

    /// The replicas' ids.
    pub(super) fn replicas(&self) -> Vec<NodeId> {
        (0..self.cluster.settings().n() as u16).map(NodeId).collect()
    }

    /// A client that waits for `w` and `r`; a step is noted if it can't be made.
    pub(super) fn client<C: QuorumClient>(&self, number: u16, w: usize, r: usize) -> Option<(C, ClientId)> {
        let id = ClientId(number);
        match C::new(id, self.replicas(), w, r) {
            Ok(client) => Some((client, id)),
            Err(error) => {
                self.notes.step(format!("a client with W = {w}, R = {r}"), error);
                None
            }
        }
    }

    /// Lets a client write, and notes what came of it.
    pub(super) fn write<C: QuorumClient>(
        &mut self,
        (client, id): &mut (C, ClientId),
        key: &str,
        value: Option<&str>,
    ) {
        let what = match value {
            Some(value) => format!("{id} writes {key}={value}"),
            None => format!("{id} deletes {key}"),
        };
        let _ = self.cluster.note(&id.to_string(), format!("begins: {what}"));
        let written = client.write(&mut self.port(*id), key, value);
        let got = match written {
            Ok(written) => format!("written, {} acks", written.acks),
            Err(QuorumFailed { acks }) => format!("failed, {acks} acks"),
        };
        self.told(*id, &what, got);
    }

    /// Lets a client read, and notes what came of it: the value, not its version, which the specification leaves
    /// to the client.
    pub(super) fn read<C: QuorumClient>(&mut self, (client, id): &mut (C, ClientId), key: &str) {
        let what = format!("{id} reads {key}");
        let _ = self.cluster.note(&id.to_string(), format!("begins: {what}"));
        let got = match client.read(&mut self.port(*id), key) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(Versioned { value: None, .. })) => "deleted".to_owned(),
            Ok(Some(Versioned { value: Some(value), .. })) => value,
            Err(QuorumFailed { acks }) => format!("failed, {acks} answers"),
        };
        self.told(*id, &what, got);
    }

    fn told(&mut self, id: ClientId, what: &str, got: String) {
        let _ = self.cluster.note(&id.to_string(), got.clone());
        self.notes.step(what, got);
        self.keep();
    }

    /// Lets everything arrive that is under way, and notes what each replica holds.
    pub(super) fn holdings(&mut self, key: &str) {
        self.cluster.settle();
        let text = |values: Vec<Versioned>| match values.into_iter().next() {
            None => "nothing".to_owned(),
            Some(held) => held.value.unwrap_or_else(|| "deleted".into()),
        };
        let held: Vec<_> = self
            .cluster
            .holdings(key)
            .into_iter()
            .map(|(name, values)| format!("{name}: {}", text(values)))
            .collect();
        self.notes.step(format!("the replicas hold {key}"), held);
        self.keep();
    }

    pub(super) fn keep(&self) {
        if let Some(trace) = self.cluster.trace() {
            self.notes.keep_run(trace);
        }
    }
}
