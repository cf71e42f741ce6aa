//! A learner's monitor at a port of the world.

use std::collections::BTreeMap;
use std::error::Error;

use replication_lab::history::epochs::Accepted;
use replication_lab::network::{Latency, Link};
use replication_lab::world::{Fault, Plan, World};

use super::nodes::{DEVICE, Database, L, M, Member, Message, NAMES, O1, O2, name};
use super::{Alert, Cluster, Failed, Monitor, NodeId, Ops, PATIENCE, Position, Settings, Time};
use crate::attack::e9_3::Did;
use crate::exercise::Recorder;

/// Where the leader's log ends at the beginning: ten megabytes.
const BEGIN: u64 = 10_000_000;

/// What stands between a follower and its leader where it is told.
const FOLLOW: &str = " shall follow ";

/// The step that says who let writes through, for the judge.
pub(super) const ACCEPTED: &str = "the first and the last write of each run that the device let through";
/// The step that counts how often one node was asked in one tick.
pub(super) const ASKED: &str = "a node was asked at most so many times in one tick";

/// A cluster and a learner's monitor.
pub(super) struct Harness<'a, T> {
    world: World<Member>,
    monitor: T,
    accepted: Vec<(Time, NodeId, Position)>,
    asked: usize,
    followers: usize,
    mute: Option<NodeId>,
    notes: &'a Recorder,
}

/// How often the most asked node was asked.
fn asked(did: &[Did]) -> usize {
    let mut asked = BTreeMap::<NodeId, usize>::new();
    for did in did {
        if let Did::Ping(node, _) | Did::FindsSilent(node, ..) = did {
            *asked.entry(*node).or_default() += 1;
        }
    }
    asked.into_values().max().unwrap_or(0)
}

/// The monitor's operations during one tick.
struct Port<'w> {
    world: &'w mut World<Member>,
    did: Vec<Did>,
    mute: &'w mut Option<NodeId>,
}

impl Port<'_> {
    /// Sends a request and waits for its answer. Answers to earlier requests come too late.
    fn call(&mut self, to: NodeId, request: impl FnOnce(u64) -> Message) -> Result<Message, Failed> {
        let number = self.world.messages();
        self.world.act(M, |_, effects| effects.send(to, request(number)));
        let end = self.world.now() + PATIENCE;
        loop {
            let mut arrived = Vec::new();
            self.world.act(M, |member, _| {
                if let Member::Port(inbox) = member {
                    arrived = std::mem::take(inbox);
                }
            });
            match arrived.into_iter().find(|message| message.answers() == Some(number)) {
                Some(Message::Refused(_)) => return Err(Failed::Refused),
                Some(answer) => return Ok(answer),
                None => {}
            }
            if !self.world.step_until(end) {
                return Err(Failed::NoAnswer);
            }
        }
    }

    /// As [`call`](Self::call), for what changes something.
    fn change(
        &mut self,
        to: NodeId,
        request: impl FnOnce(u64) -> Message,
        did: impl FnOnce(Result<(), Failed>) -> Did,
    ) -> Result<(), Failed> {
        let result = self.call(to, request).map(|_| ());
        self.did.push(did(result));
        result
    }
}

impl Ops for Port<'_> {
    fn ping(&mut self, node: NodeId) -> Result<Position, Failed> {
        let got = match self.call(node, Message::Ping) {
            Ok(Message::Pong(_, at)) => Ok(at),
            Ok(_) => Err(Failed::NoAnswer),
            Err(failed) => Err(failed),
        };
        self.did.push(Did::Ping(node, got));
        got
    }

    fn finds_silent(&mut self, observer: NodeId, node: NodeId) -> Result<bool, Failed> {
        let got = match self.call(observer, |request| Message::IsSilent(request, node)) {
            Ok(Message::Silent(_, silent)) => Ok(silent),
            Ok(_) => Err(Failed::NoAnswer),
            Err(failed) => Err(failed),
        };
        self.did.push(Did::FindsSilent(observer, node, got));
        got
    }

    fn fence(&mut self, below: u64) -> Result<(), Failed> {
        self.change(DEVICE, |request| Message::Fence(request, below), |got| Did::Fence(below, got))
    }

    fn promote(&mut self, node: NodeId, epoch: u64) -> Result<(), Failed> {
        if self.mute.take_if(|mute| *mute == node).is_some() {
            // Both nodes are there.
            let _ = self.world.strike(&Fault::Cut(node, M));
        }
        self.change(node, |request| Message::Promote(request, epoch), |got| Did::Promote(node, epoch, got))
    }

    fn repoint(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed> {
        self.change(
            node,
            |request| Message::Follow(request, leader, epoch),
            |got| Did::Repoint(node, leader, epoch, got),
        )
    }

    fn alert(&mut self, alert: Alert) {
        let did = Did::Alert(alert);
        self.world.act(M, |_, effects| effects.note(|| did.to_string()));
        self.did.push(did);
    }
}

impl<'a, T: Monitor> Harness<'a, T> {
    /// L leads epoch 1; F1, F2 and so on follow it, so many bytes behind. The monitor is told of them in the order of
    /// `listed`, by their numbers. Faults: one a line.
    ///
    /// # Errors
    /// When a fault can't be carried out.
    pub(super) fn new(
        seed: u64,
        settings: Settings,
        lags: &[u64],
        listed: &[u16],
        faults: &str,
        notes: &'a Recorder,
    ) -> Result<Self, Box<dyn Error>> {
        Self::planned(seed, settings, lags, listed, &Plan::parse(faults, &NAMES)?, true, notes)
    }

    /// As [`new`](Self::new), with a plan of faults, and with a trace or without.
    ///
    /// # Errors
    /// When a fault can't be carried out.
    pub(super) fn planned(
        seed: u64,
        settings: Settings,
        lags: &[u64],
        listed: &[u16],
        faults: &Plan,
        tracing: bool,
        notes: &'a Recorder,
    ) -> Result<Self, Box<dyn Error>> {
        let followers: Vec<NodeId> = listed.iter().copied().map(NodeId).collect();
        let databases = || [L].into_iter().chain(followers.iter().copied());
        let database = |id: u16| {
            let lag = usize::from(id).checked_sub(1).and_then(|place| lags.get(place)).copied().unwrap_or(0);
            Member::Database(Database {
                at: Position::new(1, BEGIN - lag),
                epoch: 1,
                leads: id == 0,
                lag,
                others: databases().filter(|other| other.0 != id).collect(),
            })
        };
        let observer = || Member::Observer(BTreeMap::new(), settings.timeout);
        let mut members: Vec<Member> = (0..4).map(database).collect();
        members.extend([Member::Port(Vec::new()), observer(), observer(), Member::Device(1)]);
        let nodes = NAMES.iter().map(|name| (*name).to_owned()).zip(members).collect();
        let mut world = World::new(seed, nodes, Link::new(Latency::Constant(Time::ms(1))), tracing)?;
        world.plan(faults)?;
        let cluster = Cluster { leader: L, epoch: 1, followers: followers.clone(), observers: vec![O1, O2] };
        let monitor = T::new(settings, cluster, Time::ZERO);
        Ok(Self {
            world,
            monitor,
            accepted: Vec::new(),
            asked: 0,
            followers: followers.len(),
            mute: None,
            notes,
        })
    }

    /// Lets the monitor tick every second, the last time at `end`; what it does from `noted` on is noted.
    pub(super) fn ticks(&mut self, noted: u64, end: u64) {
        let first = self.world.now().as_us() / 1_000_000 + 1;
        for second in first..=end {
            let Some((did, what)) = self.tick(second) else { continue };
            self.asked = asked(&did).max(self.asked);
            let changes = did.iter().filter(|did| !matches!(did, Did::Ping(..) | Did::FindsSilent(..)));
            let mut changes: Vec<String> = changes.map(Did::to_string).collect();
            // Followers are told in any order.
            changes.chunk_by_mut(|a, b| a.contains(FOLLOW) && b.contains(FOLLOW)).for_each(<[String]>::sort);
            if second >= noted {
                self.notes.step(what, changes);
            }
            self.keep();
        }
    }

    /// Lets the monitor tick at this second: what it does, and how the tick is called. Nothing if it does not run.
    pub(super) fn tick(&mut self, second: u64) -> Option<(Vec<Did>, String)> {
        self.world.run_until(Time::s(second));
        if !self.world.is_running(M) {
            return None;
        }
        let what = format!("tick at {second} s");
        self.world.act(M, |_, effects| effects.note(|| format!("begins: {what}")));
        let mut port = Port { world: &mut self.world, did: Vec::new(), mute: &mut self.mute };
        self.monitor.tick(Time::s(second), &mut port);
        Some((port.did, what))
    }

    /// Lets time pass, in milliseconds since the beginning.
    pub(super) fn until(&mut self, ms: u64) {
        self.world.run_until(Time::ms(ms));
    }

    /// A fault, now.
    pub(super) fn strike(&mut self, fault: &Fault) {
        // One that is impossible now does nothing.
        let _ = self.world.strike(fault);
    }

    /// The node that leads the highest epoch, of those that run.
    pub(super) fn leader(&self) -> Option<NodeId> {
        let leads = |id: &NodeId| match self.world.node(*id) {
            Member::Database(database) if database.leads && self.world.is_running(*id) => {
                Some(database.epoch)
            }
            _ => None,
        };
        self.world.ids().filter_map(|id| Some((leads(&id)?, id))).max().map(|(_, id)| id)
    }

    /// From the moment when it is promoted, nothing that this node says reaches the monitor; until all links are open.
    pub(super) fn mute_when_promoted(mut self, node: u16) -> Self {
        self.mute = Some(NodeId(node));
        self
    }

    /// A follower has caught up: it is only so far behind now, and will be.
    pub(super) fn catches_up(&mut self, follower: u16, lag: u64) {
        let end = match self.world.node(L) {
            Member::Database(leader) => leader.at,
            _ => return,
        };
        self.world.act(NodeId(follower), |member, effects| {
            if let Member::Database(database) = member {
                (database.lag, database.at) = (lag, Position::new(end.epoch, end.lsn - lag));
                effects.note(|| format!("has caught up, to {lag} bytes"));
            }
        });
    }

    /// Notes who leads and who follows, and what the device let through.
    pub(super) fn over(mut self) {
        let half = self.world.now() + Time::ms(400);
        self.world.run_until(half);
        let mut roles = Vec::new();
        for id in self.world.ids().take(1 + self.followers) {
            let Member::Database(database) = self.world.node(id) else { continue };
            let (who, epoch) = (name(id), database.epoch);
            roles.push(match (self.world.is_running(id), database.leads) {
                (false, _) => format!("{who} is down or stands still"),
                (true, true) => format!("{who} leads epoch {epoch}"),
                (true, false) => format!("{who} does not lead, and knows of epoch {epoch}"),
            });
        }
        self.notes.step("in the end", roles);
        let accepted = self.accepted();
        self.notes.step(ACCEPTED, accepted);
        self.notes.step(ASKED, self.asked);
        self.keep();
    }

    /// The writes that the device let through: of each run of writes by one leader, the first and the last.
    pub(super) fn accepted(&mut self) -> Vec<Accepted> {
        let outputs = self.world.take_outputs();
        self.accepted.extend(outputs.into_iter().map(|(at, _, (writer, position))| (at, writer, position)));
        let mut ends = Vec::new();
        for run in self.accepted.chunk_by(|a, b| a.1 == b.1 && a.2.epoch == b.2.epoch) {
            ends.push(run[0]);
            if run.len() > 1 {
                ends.push(run[run.len() - 1]);
            }
        }
        ends.into_iter()
            .map(|(at, writer, position)| Accepted {
                node: name(writer).to_owned(),
                epoch: position.epoch,
                at,
            })
            .collect()
    }

    pub(super) fn keep(&self) {
        if let Some(trace) = self.world.trace() {
            self.notes.keep_run(trace);
        }
    }
}
