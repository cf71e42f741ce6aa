//! A client: it coordinates its own reads and writes, as Dynamo's clients and Riak's can.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::message::{Message, Purpose, RequestId, listed};
use super::node::{Member, Timer};
use super::setup::{Ask, ReadRepair, Topology};
use super::version::{ClientId, Scheme, Version, Versioned, merge};
use crate::quorum::Required;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

/// What a client is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Store a value under a key; no value deletes.
    Write {
        /// The key.
        key: String,
        /// The value.
        value: Option<String>,
    },
    /// Look a key up.
    Read {
        /// The key.
        key: String,
        /// Ask just these replicas, whatever the settings say.
        from: Option<Vec<NodeId>>,
    },
}

/// When a client begins an operation of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Begin {
    /// So long after it has ended the one before.
    AfterPause(Time),
    /// At this time; at once, if it is late.
    At(Time),
}

/// What a client tells of an operation. The number is unique among the client's operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It began.
    Began(u64, Operation),
    /// A write was acknowledged by enough replicas.
    Written(u64),
    /// A read got enough answers; the newest value, or all concurrent ones.
    Read(u64, Vec<Versioned>),
    /// It did not get enough answers in time. A write may still take effect.
    Failed(u64, u32),
}

/// A client and what it has under way.
#[derive(Clone, Debug)]
pub struct Client {
    topology: Arc<Topology>,
    id: ClientId,
    datacentre: usize,
    requests: RequestId,
    written: u64,
    running: BTreeMap<RequestId, Running>,
    jobs: std::collections::VecDeque<(Begin, Operation)>,
}

#[derive(Clone, Debug)]
struct Running {
    operation: Operation,
    stage: Stage,
    home: Vec<NodeId>,
    // What each replica answered, and then what it is known to hold.
    answers: BTreeMap<NodeId, Vec<Versioned>>,
    acks: BTreeSet<NodeId>,
    // Acknowledgements from outside the home replicas: who stands in for whom.
    stand_ins: BTreeMap<NodeId, NodeId>,
    newest: Vec<Versioned>,
    told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// A write asks for the highest version first.
    Versions,
    Writing,
    Reading,
    /// A read makes sure that a write quorum holds what it will return.
    Repairing,
}

type Out<'a> = Effects<'a, Member>;

impl Client {
    pub(super) fn new(topology: Arc<Topology>, id: ClientId) -> Self {
        let datacentre = topology.datacentre_of(topology.client_node(id));
        Self {
            topology,
            id,
            datacentre,
            requests: 0,
            written: 0,
            running: BTreeMap::new(),
            jobs: std::collections::VecDeque::new(),
        }
    }

    /// Gives the client a list of things to do, one after the other.
    pub fn assign(&mut self, jobs: Vec<(Begin, Operation)>) {
        self.jobs = jobs.into();
    }

    /// Whether it has nothing under way and nothing to do.
    pub fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.running.values().all(|running| running.told)
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        self.next_job(out);
    }

    pub(super) fn crash(&mut self) {
        self.running.clear();
    }

    pub(super) fn next_job(&mut self, out: &mut Out<'_>) {
        match self.jobs.front() {
            Some((Begin::AfterPause(pause), _)) => out.after(*pause, Timer::NextJob),
            Some((Begin::At(time), _)) => out.after(time.since(out.now()), Timer::NextJob),
            None => {}
        }
    }

    pub(super) fn do_next_job(&mut self, out: &mut Out<'_>) {
        if let Some((_, operation)) = self.jobs.pop_front() {
            self.begin(operation, out);
        }
    }

    /// Begins an operation. Returns its number.
    pub fn begin(&mut self, operation: Operation, out: &mut Out<'_>) -> RequestId {
        self.requests += 1;
        let request = self.requests;
        out.output(Told::Began(request, operation.clone()));
        let key = match &operation {
            Operation::Write { key, value } => {
                out.note(|| format!("begins to write {key}={}", value.as_deref().unwrap_or("†")));
                key.clone()
            }
            Operation::Read { key, .. } => {
                out.note(|| format!("begins to read {key}"));
                key.clone()
            }
        };
        let home = self.topology.home(&key);
        let stage = match &operation {
            Operation::Read { .. } => Stage::Reading,
            Operation::Write { .. } => match self.topology.settings.scheme {
                Scheme::ClientCounter | Scheme::Timestamp => Stage::Writing,
                Scheme::ReadThenCount | Scheme::Vector => Stage::Versions,
            },
        };
        let asked = match (&operation, stage) {
            (Operation::Read { from: Some(these), .. }, _) => these.clone(),
            (Operation::Read { .. }, _) => self.whom_to_ask(&home, out),
            _ => home.clone(),
        };
        let running = Running {
            operation,
            stage,
            home,
            answers: BTreeMap::new(),
            acks: BTreeSet::new(),
            stand_ins: BTreeMap::new(),
            newest: Vec::new(),
            told: false,
        };
        self.running.insert(request, running);
        // In the background: nobody waits for the time-out of an operation that ended.
        out.after_in_background(self.topology.settings.timeout, Timer::GiveUp(request));
        if stage == Stage::Writing {
            self.put(request, &[], out);
        } else {
            for replica in asked {
                out.send(replica, Message::Get { request, key: key.clone() });
            }
        }
        request
    }

    fn whom_to_ask(&self, home: &[NodeId], out: &mut Out<'_>) -> Vec<NodeId> {
        if self.topology.settings.ask == Ask::All {
            return home.to_vec();
        }
        let needed = self.needed(self.topology.settings.read);
        let mut drawn = home.to_vec();
        out.rng().shuffle(&mut drawn);
        let mut asked: Vec<NodeId> = Vec::new();
        for replica in drawn {
            let mut counts = self.topology.count(&asked);
            let dc = self.topology.datacentre_of(replica);
            let total: u32 = counts.iter().sum();
            let missing_elsewhere: u32 = needed
                .per_datacentre
                .iter()
                .zip(&counts)
                .map(|(needed, got)| needed.saturating_sub(*got))
                .sum();
            let helps_here = counts[dc] < needed.per_datacentre[dc];
            let room = needed.total.saturating_sub(total) > missing_elsewhere;
            if helps_here || room {
                counts[dc] += 1;
                asked.push(replica);
            }
        }
        asked
    }

    fn needed(&self, level: crate::quorum::Level) -> Required {
        self.topology.required(level, self.datacentre)
    }

    /// Numbers the write of `request` and sends it to all home replicas. `seen` is what a read quorum holds.
    fn put(&mut self, request: RequestId, seen: &[Versioned], out: &mut Out<'_>) {
        let version = self.next_version(seen, out);
        let Some(running) = self.running.get_mut(&request) else { return };
        let Operation::Write { key, value } = running.operation.clone() else { return };
        running.stage = Stage::Writing;
        running.newest = vec![Versioned { value, version }];
        let new = running.newest[0].clone();
        for replica in running.home.clone() {
            let (key, new) = (key.clone(), new.clone());
            out.send(replica, Message::Put { request, key, new, hint_for: None, purpose: Purpose::Write });
        }
        let settings = &self.topology.settings;
        if settings.sloppy || settings.hints {
            out.after(settings.hint_after, Timer::Hint(request));
        }
    }

    fn next_version(&mut self, seen: &[Versioned], out: &mut Out<'_>) -> Version {
        self.written += 1;
        let highest = |of: &dyn Fn(&Version) -> u64| seen.iter().map(|v| of(&v.version)).max().unwrap_or(0);
        match self.topology.settings.scheme {
            Scheme::ClientCounter => Version::Counter(self.written, self.id),
            Scheme::Timestamp => Version::Stamp(out.clock().as_us(), self.id),
            Scheme::ReadThenCount => {
                let counter = |version: &Version| match version {
                    Version::Counter(count, _) => *count,
                    _ => 0,
                };
                Version::Counter(highest(&counter) + 1, self.id)
            }
            Scheme::Vector => {
                let mut merged: BTreeMap<ClientId, u64> = BTreeMap::new();
                for held in seen {
                    if let Version::Vector(counts) = &held.version {
                        for (client, count) in counts {
                            let known = merged.entry(*client).or_default();
                            *known = (*known).max(*count);
                        }
                    }
                }
                let own = merged.entry(self.id).or_default();
                // An earlier write of this client may not have reached the replicas that answered.
                *own = (*own + 1).max(self.written);
                Version::Vector(merged)
            }
        }
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::PutAck { request } => self.acknowledged(from, request, out),
            Message::GetReply { request, values, .. } => self.answered(from, request, values, out),
            _ => {}
        }
    }

    fn acknowledged(&mut self, from: NodeId, request: RequestId, out: &mut Out<'_>) {
        let needed_to_write = self.needed(self.topology.settings.write);
        let sloppy = self.topology.settings.sloppy;
        let Some(running) = self.running.get_mut(&request) else { return };
        let counts_for = match running.stand_ins.get(&from) {
            Some(home) if sloppy => *home,
            Some(_) => return,
            None => from,
        };
        running.acks.insert(counts_for);
        running.answers.insert(from, running.newest.clone());
        let enough = needed_to_write.met_by(&self.topology.count(&running.acks));
        if !enough || running.told {
            return;
        }
        match running.stage {
            Stage::Writing => self.finish(request, Told::Written(request), out),
            Stage::Repairing => {
                let newest = running.newest.clone();
                self.finish(request, Told::Read(request, newest), out);
            }
            Stage::Versions | Stage::Reading => {}
        }
    }

    fn answered(&mut self, from: NodeId, request: RequestId, values: Vec<Versioned>, out: &mut Out<'_>) {
        let needed = self.needed(self.topology.settings.read);
        let Some(running) = self.running.get_mut(&request) else { return };
        if running.stage == Stage::Writing {
            // A late answer to the question for versions.
            return;
        }
        for value in &values {
            merge(&mut running.newest, value.clone());
        }
        running.answers.insert(from, values);
        let enough = needed.met_by(&self.topology.count(running.answers.keys()));
        match running.stage {
            Stage::Versions if enough => {
                let seen = std::mem::take(&mut running.newest);
                running.answers.clear();
                self.put(request, &seen, out);
            }
            Stage::Reading if enough && !running.told => self.read_is_complete(request, out),
            // An answer after the read returned, or while it repairs.
            Stage::Reading | Stage::Repairing
                if self.topology.settings.read_repair != ReadRepair::Off
                    && (running.told || running.stage == Stage::Repairing) =>
            {
                self.repair(request, out);
            }
            _ => {}
        }
    }

    fn read_is_complete(&mut self, request: RequestId, out: &mut Out<'_>) {
        let needed_to_write = self.needed(self.topology.settings.write);
        let Some(running) = self.running.get_mut(&request) else { return };
        let newest = running.newest.clone();
        match self.topology.settings.read_repair {
            ReadRepair::Off => self.finish(request, Told::Read(request, newest), out),
            ReadRepair::Background => {
                self.finish(request, Told::Read(request, newest), out);
                self.repair(request, out);
            }
            ReadRepair::Blocking => {
                running.stage = Stage::Repairing;
                let holders = running.answers.iter().filter(|(_, held)| holds_all(held, &newest));
                running.acks = holders.map(|(replica, _)| *replica).collect();
                if needed_to_write.met_by(&self.topology.count(&running.acks)) {
                    self.finish(request, Told::Read(request, newest), out);
                }
                self.repair(request, out);
            }
        }
    }

    /// Sends what is newest to every replica that answered with less.
    fn repair(&mut self, request: RequestId, out: &mut Out<'_>) {
        let Some(running) = self.running.get_mut(&request) else { return };
        let Operation::Read { key, .. } = &running.operation else { return };
        for (replica, held) in &mut running.answers {
            for new in &running.newest {
                if !held.iter().any(|old| old.version.covers(&new.version)) {
                    let (key, new) = (key.clone(), new.clone());
                    out.send(
                        *replica,
                        Message::Put { request, key, new, hint_for: None, purpose: Purpose::Repair },
                    );
                }
            }
            // Sent once; whether it arrives is another matter.
            held.clone_from(&running.newest);
        }
    }

    fn finish(&mut self, request: RequestId, told: Told, out: &mut Out<'_>) {
        let Some(running) = self.running.get_mut(&request) else { return };
        running.told = true;
        out.note(|| match &told {
            Told::Read(_, values) => format!("reads {}", listed(values)),
            Told::Written(_) => format!("has written {}", listed(&running.newest)),
            Told::Failed(_, answers) => format!("gives up with {answers} answers"),
            Told::Began(..) => String::new(),
        });
        out.output(told);
        self.next_job(out);
    }

    pub(super) fn give_up(&mut self, request: RequestId, out: &mut Out<'_>) {
        let Some(running) = self.running.get(&request) else { return };
        if !running.told {
            let answers = match running.stage {
                Stage::Writing | Stage::Repairing => running.acks.len(),
                Stage::Versions | Stage::Reading => running.answers.len(),
            };
            self.finish(request, Told::Failed(request, answers as u32), out);
        }
        self.running.remove(&request);
    }

    pub(super) fn hint(&mut self, request: RequestId, out: &mut Out<'_>) {
        let Some(running) = self.running.get_mut(&request) else { return };
        let Operation::Write { key, .. } = running.operation.clone() else { return };
        let silent: Vec<_> =
            running.home.iter().filter(|home| !running.acks.contains(home)).copied().collect();
        let mut free = self.topology.stand_ins(&key);
        if free.is_empty() && !self.topology.settings.sloppy {
            // A strict write's hint counts for nothing, so a home replica that is up may keep it.
            free = running.acks.iter().copied().collect();
        }
        for (home, stand_in) in silent.into_iter().zip(free) {
            running.stand_ins.entry(stand_in).or_insert(home);
            let new = running.newest[0].clone();
            let (key, hint_for) = (key.clone(), Some(home));
            out.send(stand_in, Message::Put { request, key, new, hint_for, purpose: Purpose::Write });
        }
    }
}

/// Whether a replica with `held` has everything in `newest`.
fn holds_all(held: &[Versioned], newest: &[Versioned]) -> bool {
    newest.iter().all(|new| held.iter().any(|old| old.version.covers(&new.version)))
}
