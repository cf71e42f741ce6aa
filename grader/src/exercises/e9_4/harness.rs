//! A run of the stream: what clients do, what goes wrong, and what is looked at.

use std::collections::BTreeSet;
use std::error::Error;

use replication_lab::network::{Latency, Link};
use replication_lab::world::{DiskSettings, Fault, Plan, World};

use super::nodes::{Role, Server, Wire};
use super::{Change, Follower, Leader, Mark, NodeId, Position, Settings, Snapshot, Time};
use crate::exercise::Recorder;

pub(super) const L: NodeId = NodeId(0);
pub(super) const F1: NodeId = NodeId(1);
pub(super) const F2: NodeId = NodeId(2);
pub(super) const F3: NodeId = NodeId(3);
const NAMES: [&str; 4] = ["L", "F1", "F2", "F3"];

/// Ends a line of a follower that holds something else than its leader, for the judge.
pub(super) const DIFFERS: &str = " (differs)";
/// The step that says whether a message was too large, for the judge.
pub(super) const LARGEST: &str = "a message held at most so many entries";

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

/// A run.
pub(super) struct Run<'a, L: Leader, F: Follower> {
    pub(super) world: World<Server<L, F>>,
    settings: Settings,
    keys: BTreeSet<String>,
    notes: &'a Recorder,
}

impl<'a, L: Leader + 'static, F: Follower + 'static> Run<'a, L, F> {
    /// `L` leads epoch 1, F1 and F2 follow it, F3 is not in use yet.
    ///
    /// # Errors
    /// When the world can't be.
    pub(super) fn new(seed: u64, settings: Settings, notes: &'a Recorder) -> Result<Self, Box<dyn Error>> {
        Self::traced(seed, settings, true, notes)
    }

    /// As [`new`](Self::new), with a trace or without.
    ///
    /// # Errors
    /// When the world can't be.
    pub(super) fn traced(
        seed: u64,
        settings: Settings,
        tracing: bool,
        notes: &'a Recorder,
    ) -> Result<Self, Box<dyn Error>> {
        let nodes = NAMES.iter().map(|name| ((*name).to_owned(), Server::new(settings))).collect();
        let mut world = World::new(seed, nodes, Link::new(Latency::Constant(Time::ms(1))), tracing)?;
        for id in world.ids() {
            let disk = DiskSettings { sync: Latency::Constant(Time::us(100)), ..DiskSettings::default() };
            world.set_disk(id, disk)?;
        }
        let mut run = Self { world, settings, keys: BTreeSet::new(), notes };
        let begin = Mark { at: Position::new(1, 0), ..Mark::default() };
        let empty = Snapshot { mark: begin, ..Snapshot::default() };
        for id in run.world.ids() {
            let empty = empty.clone();
            run.world.act(id, |server, _| server.snapshot = empty);
        }
        run.world.act(self::L, |server, effects| {
            server.followers = vec![F1, F2];
            server.begin_to_lead(effects);
        });
        run.joins(F1);
        run.joins(F2);
        Ok(run)
    }

    /// Lets time pass, in milliseconds since the beginning.
    pub(super) fn until(&mut self, ms: u64) -> &mut Self {
        self.world.run_until(Time::ms(ms));
        self
    }

    /// A server begins to follow L.
    pub(super) fn joins(&mut self, follower: NodeId) -> &mut Self {
        self.world.act(follower, |server, effects| {
            server.leader = self::L;
            server.follow(effects);
        });
        self
    }

    /// Faults, at once.
    pub(super) fn fault(&mut self, text: &str) -> &mut Self {
        // Scenarios name their own nodes.
        let plan = Plan::parse(&format!("0 ms  {text}"), &NAMES).expect("a scenario's faults are its own");
        for planned in plan.0 {
            let _ = self.world.strike(&planned.fault);
        }
        self
    }

    /// All links are open.
    pub(super) fn heal(&mut self) -> &mut Self {
        let _ = self.world.strike(&Fault::Heal);
        self
    }

    fn begin(&mut self, node: NodeId, what: &str) {
        self.world.act(node, |_, effects| effects.note(|| format!("begins: {what}")));
    }

    /// A client puts a value.
    pub(super) fn put(&mut self, leader: NodeId, key: &str, value: &str) -> &mut Self {
        self.change(leader, Change::Put(key.into(), value.into()))
    }

    /// A client deletes a key.
    pub(super) fn delete(&mut self, leader: NodeId, key: &str) -> &mut Self {
        self.change(leader, Change::Delete(key.into()))
    }

    fn change(&mut self, leader: NodeId, change: Change) -> &mut Self {
        if let Change::Put(key, _) | Change::Delete(key) = &change {
            self.keys.insert(key.clone());
        }
        let what = format!("{}, {}: {change}", self.world.now(), name(leader));
        self.begin(leader, &what);
        let mut said = None;
        self.world.act(leader, |server, effects| {
            said = server.lead(effects, |leader, now, machine| leader.write(change, now, machine));
        });
        let got = match said {
            None => "does not lead".to_owned(),
            Some(Ok(at)) => at.to_string(),
            Some(Err(deposed)) => format!("refused: epoch {} has another leader", deposed.by),
        };
        self.notes.step(what, got);
        self
    }

    /// Puts so many values of keys k1, k2 and so on.
    pub(super) fn puts(&mut self, leader: NodeId, numbers: std::ops::RangeInclusive<u32>) -> &mut Self {
        for number in numbers {
            self.put(leader, &format!("k{number}"), &format!("v{number}"));
        }
        self
    }

    /// From now on a follower applies nothing more.
    pub(super) fn stands_still(&mut self, follower: NodeId) -> &mut Self {
        self.world.act(follower, |server, effects| {
            server.speed = 0;
            effects.note(|| "applies nothing from now on".into());
        });
        self
    }

    /// It applies again.
    pub(super) fn goes_on(&mut self, follower: NodeId) -> &mut Self {
        self.world.act(follower, |server, effects| {
            server.speed = usize::MAX;
            effects.note(|| "applies again".into());
            server.soon(effects);
        });
        self
    }

    /// A follower begins to lead.
    pub(super) fn promote(&mut self, node: NodeId, epoch: u64, followers: &[NodeId]) -> &mut Self {
        let what = format!("{} is promoted into epoch {epoch}", name(node));
        self.begin(node, &what);
        let mut done = false;
        self.world.act(node, |server, effects| done = server.promote(epoch, followers.to_vec(), effects));
        self.notes.step(what, if done { "leads" } else { "does not follow" });
        self
    }

    /// The network delivers once more what `from` sent to `to` as its message number `nth`, counted from 0.
    pub(super) fn again(&mut self, from: NodeId, to: NodeId, nth: usize) -> &mut Self {
        self.world.act(from, |server, effects| {
            let sent = server.sent.iter().filter(|(receiver, _)| *receiver == to);
            if let Some((_, message)) = sent.clone().nth(nth) {
                effects.send(to, Wire::Down(message.clone()));
            }
        });
        self
    }

    /// Looks at a server: how far it is, and what it shows.
    pub(super) fn look(&mut self, node: NodeId, keys: &[&str]) -> &mut Self {
        self.look_at(node, keys, false)
    }

    /// As [`look`](Self::look), and how far behind it believes to be.
    pub(super) fn look_at_lag(&mut self, node: NodeId, keys: &[&str]) -> &mut Self {
        self.look_at(node, keys, true)
    }

    fn look_at(&mut self, node: NodeId, keys: &[&str], with_lag: bool) -> &mut Self {
        let now = self.world.now();
        let what = format!("{now}: {}", name(node));
        self.begin(node, &what);
        let mut got = Vec::new();
        let read: Vec<Option<String>> = match &self.world.node(node).role {
            Role::Idle => {
                got.push("is down".to_owned());
                Vec::new()
            }
            Role::Leads(leader) => keys.iter().map(|key| leader.read(key)).collect(),
            Role::Follows(follower) => {
                got.push(format!("has applied {}", follower.snapshot().mark.at));
                if with_lag {
                    let lag = follower.lag_behind(now);
                    let entries = if lag.entries == 1 { "entry" } else { "entries" };
                    got.push(format!("lag: {} {entries}, {} bytes, {}", lag.entries, lag.bytes, lag.time));
                }
                keys.iter().map(|key| follower.read(key)).collect()
            }
        };
        for (key, value) in keys.iter().zip(read) {
            got.push(match value {
                Some(value) => format!("{key} = {value}"),
                None => format!("no {key}"),
            });
        }
        self.notes.step(what, got);
        self.keep();
        self
    }

    /// How far so many followers are, as the leader knows.
    pub(super) fn replicated(&mut self, leader: NodeId, copies: usize) -> &mut Self {
        let followers = if copies == 1 { "follower" } else { "followers" };
        let what = format!("{}: applied by {copies} {followers}", self.world.now());
        self.begin(leader, &what);
        let at = match &self.world.node(leader).role {
            Role::Leads(leader) => leader.replicated(copies).to_string(),
            _ => "does not lead".into(),
        };
        self.notes.step(what, at);
        self.keep();
        self
    }

    /// Compares followers with their leader, key by key.
    pub(super) fn compare(&mut self, leader: NodeId, followers: &[NodeId]) -> &mut Self {
        let what = format!("{}: compared with {}", self.world.now(), name(leader));
        self.begin(leader, &what);
        let mut lines = Vec::new();
        for id in followers {
            let who = name(*id);
            let (Role::Leads(leader), Role::Follows(follower)) =
                (&self.world.node(leader).role, &self.world.node(*id).role)
            else {
                lines.push(format!("{who} does not follow"));
                continue;
            };
            lines.push(format!("{who} has applied {}", follower.snapshot().mark.at));
            for key in &self.keys {
                let (there, here) = (leader.read(key), follower.read(key));
                if there != here {
                    let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
                    let (there, here) = (shown(there), shown(here));
                    lines.push(format!("{who}: {key} is {here}, and {there} on the leader{DIFFERS}"));
                }
            }
        }
        self.notes.step(what, lines);
        self.keep();
        self
    }

    /// The run is over.
    pub(super) fn over(&mut self) {
        let largest = self.world.ids().map(|id| self.world.node(id).largest).max().unwrap_or(0);
        let batch = self.settings.batch;
        let got = if largest <= batch { format!("{batch} or fewer") } else { largest.to_string() };
        self.notes.step(LARGEST, got);
        self.keep();
    }

    pub(super) fn keep(&self) {
        if let Some(trace) = self.world.trace() {
            self.notes.keep_run(trace);
        }
    }
}
