//! Plays a situation of an attack.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::leaderless::SetupError;
use replication_lab::network::Latency;
use replication_lab::time::Time;

use super::harness::{Harness, Port};
use super::{
    ClientId, NodeId, QuorumClient, QuorumFailed, Replica, Reply, Request, Transport, Versioned, Written,
};
use crate::attack::Asked;
use crate::attack::e9_1::{Event, Op, OpResult, Seen, Situation, Wire, replica};
use crate::exercise::Recorder;

const KEY: &str = "x";

/// A client's network during one operation, with what it did there.
struct Logged<'a> {
    port: Port<'a>,
    ours: BTreeSet<u64>,
    wire: Vec<Wire>,
}

impl Transport for Logged<'_> {
    fn send(&mut self, to: NodeId, request: Request) {
        let (id, wire) = match &request {
            Request::Put { id, new, .. } => (*id, Wire::Put(to, new.clone())),
            Request::Get { id, .. } => (*id, Wire::Get(to)),
        };
        self.ours.insert(id);
        self.wire.push(wire);
        self.port.send(to, request);
    }

    fn receive(&mut self) -> Option<(NodeId, Reply)> {
        let received = self.port.receive();
        self.wire.push(match &received {
            None => Wire::Nothing,
            Some((from, Reply::Holds { id, held })) => {
                Wire::Holds(*from, held.clone(), self.ours.contains(id))
            }
            Some((from, Reply::Stored { id })) => Wire::Stored(*from, self.ours.contains(id)),
        });
        received
    }
}

pub(super) fn play<R: Replica + 'static, C: QuorumClient>(asked: &Asked<Situation>, notes: &Recorder) {
    // A situation that can't be is nobody's fault but ours: then nothing is seen.
    let _ = played::<R, C>(asked, notes);
}

fn played<R: Replica + 'static, C: QuorumClient>(
    Asked { situation, drawn }: &Asked<Situation>,
    notes: &Recorder,
) -> Result<(), SetupError> {
    let mut world = Harness::traced::<R>(situation.n, 1, *drawn, notes)?;
    let mut clients: BTreeMap<ClientId, C> = BTreeMap::new();
    for number in 1..=3 {
        if let Some((client, id)) = world.client::<C>(number, situation.w, situation.r) {
            clients.insert(id, client);
        }
    }
    let name = |node: &NodeId| replica(*node).to_string();
    for event in &situation.events {
        let mut op = None;
        let mut made = None;
        match event {
            Event::Write(client, value) => {
                op = operation(&mut world, &mut clients, *client, event, Some(Some(value)))
            }
            Event::Delete(client) => op = operation(&mut world, &mut clients, *client, event, Some(None)),
            Event::Read(client) => op = operation(&mut world, &mut clients, *client, event, None),
            // A node that is not there, because the situation was made smaller, can't crash.
            Event::Crash(node) => drop(world.cluster.crash(&name(node))),
            Event::Restart(node) => drop(world.cluster.restart(&name(node))),
            Event::ClientCrashes(client, sends) => {
                drop(world.cluster.crash_after_sends(&client.to_string(), *sends));
            }
            Event::SlowTo(client, node, ms) => {
                let latency = Latency::Constant(Time::ms(*ms));
                drop(world.cluster.set_latency(&client.to_string(), &name(node), latency));
            }
            Event::SlowFrom(node, client, ms) => {
                let latency = Latency::Constant(Time::ms(*ms));
                drop(world.cluster.set_latency(&name(node), &client.to_string(), latency));
            }
            Event::Settle => drop(world.cluster.settle()),
            Event::Make(n, w, r) => {
                made = Some(C::new(ClientId(1), (0..*n).map(NodeId).collect(), *w, *r).is_ok());
            }
        }
        let held = world.cluster.holdings(KEY).into_iter().map(|(_, held)| held.into_iter().next()).collect();
        notes.step(event.to_string(), Seen { op, made, held });
    }
    if *drawn {
        world.keep();
    }
    Ok(())
}

/// Lets a client do something, if it still runs: write a value, delete, or read.
fn operation<C: QuorumClient>(
    world: &mut Harness<'_>,
    clients: &mut BTreeMap<ClientId, C>,
    id: ClientId,
    event: &Event,
    write: Option<Option<&String>>,
) -> Option<Op> {
    let client = clients.get_mut(&id)?;
    if !world.runs(id) {
        return None;
    }
    drop(world.cluster.note(&id.to_string(), format!("begins: {event}")));
    let mut net = Logged { port: world.port(id), ours: BTreeSet::new(), wire: Vec::new() };
    let result = match write {
        Some(value) => {
            let written = client.write(&mut net, KEY, value.map(String::as_str));
            OpResult::Write(written.map(|Written { acks }| acks).map_err(|QuorumFailed { acks }| acks))
        }
        None => {
            let read: Result<Option<Versioned>, QuorumFailed> = client.read(&mut net, KEY);
            OpResult::Read(read.map_err(|QuorumFailed { acks }| acks))
        }
    };
    Some(Op { client: id, wire: net.wire, result })
}
