//! Clients: each does one operation after the other, and asks again until it is told what came of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::command::OpId;
use super::message::{Envelope, GroupId, Message, Outcome, Request, Timer, Told};
use super::node::Member;
use super::settings::Settings;
use crate::history::{Action, Op};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

/// Something for a client to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Job {
    /// How long it waits after its last operation.
    pub pause: Time,
    /// What it asks for.
    pub request: Request,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    settings: Arc<Settings>,
    name: String,
    jobs: VecDeque<Job>,
    number: u64,
    running: Option<Running>,
    // Whom it takes for the leader of each group.
    leaders: BTreeMap<GroupId, NodeId>,
    // The servers, the nearest first.
    nearest: Vec<NodeId>,
}

#[derive(Clone, Debug)]
struct Running {
    id: OpId,
    group: GroupId,
    request: Request,
    began: Time,
    tries: u32,
    asked: NodeId,
    // Whether it waits before it asks again, because nobody could serve it.
    pausing: bool,
}

impl Client {
    /// The client at this place among the clients, from 0.
    pub(super) fn new(settings: Arc<Settings>, place: u16) -> Self {
        let name = format!("c{}", place + 1);
        let mut nearest: Vec<NodeId> = (0..settings.servers).map(NodeId).collect();
        if let Some(here) = settings.clients_in.get(usize::from(place)) {
            nearest.sort_by_key(|server| here.round_trip(settings.servers_in[server.index()]));
        }
        let (jobs, leaders) = (VecDeque::new(), BTreeMap::new());
        Self { settings, name, jobs, number: 0, running: None, leaders, nearest }
    }

    /// Whether it has nothing to do.
    pub fn is_idle(&self) -> bool {
        self.running.is_none() && self.jobs.is_empty()
    }

    pub(super) fn assign(&mut self, jobs: impl IntoIterator<Item = Job>, out: &mut Effects<'_, Member>) {
        let idle = self.is_idle();
        self.jobs.extend(jobs);
        if idle {
            self.next(out);
        }
    }

    /// Has this server asked first from now on, for this group.
    pub(super) fn believe(&mut self, group: GroupId, leader: NodeId) {
        self.leaders.insert(group, leader);
    }

    pub(super) fn next(&mut self, out: &mut Effects<'_, Member>) {
        match self.jobs.front() {
            Some(job) if job.pause == Time::ZERO => self.begin(out),
            Some(job) => out.after(job.pause, Timer::Begin),
            None => {}
        }
    }

    fn begin(&mut self, out: &mut Effects<'_, Member>) {
        if self.running.is_some() {
            return;
        }
        let Some(Job { request, .. }) = self.jobs.pop_front() else { return };
        self.number += 1;
        let id = OpId { client: out.me(), number: self.number };
        let group = self.settings.group_of(&request);
        let asked = self.first_choice(group, &request);
        self.running =
            Some(Running { id, group, request, began: out.now(), tries: 0, asked, pausing: false });
        out.after_in_background(self.settings.patience, Timer::GiveUp(self.number));
        self.ask(out);
    }

    fn first_choice(&self, group: GroupId, request: &Request) -> NodeId {
        let members = self.settings.members_of(group);
        let near = self.nearest.iter().copied().find(|id| members.contains(id)).unwrap_or(NodeId(0));
        match request {
            Request::Get { anywhere: true, .. } => near,
            _ => self.leaders.get(&group).copied().or(self.settings.home_of(group)).unwrap_or(near),
        }
    }

    fn ask(&mut self, out: &mut Effects<'_, Member>) {
        let Some(running) = &mut self.running else { return };
        (running.tries, running.pausing) = (running.tries + 1, false);
        let (number, tries) = (running.id.number, running.tries);
        let message = Message::Ask { id: running.id, request: running.request.clone() };
        out.send(running.asked, Envelope { group: running.group, message });
        out.after(self.settings.retry_after, Timer::Again(number, tries));
    }

    /// Turns to the next server, in the order of their distance.
    fn turn(&mut self) {
        let Some(running) = &mut self.running else { return };
        let members = self.settings.members_of(running.group);
        let order: Vec<NodeId> = self.nearest.iter().copied().filter(|id| members.contains(id)).collect();
        let at = order.iter().position(|id| *id == running.asked);
        running.asked = order[at.map_or(0, |at| (at + 1) % order.len())];
        self.leaders.remove(&running.group);
    }

    pub(super) fn message(&mut self, from: NodeId, envelope: Envelope, out: &mut Effects<'_, Member>) {
        let Message::Reply { id, outcome } = envelope.message else { return };
        let Some(running) = self.running.as_mut().filter(|running| running.id == id) else { return };
        match outcome {
            Outcome::NotLeader(Some(leader)) if leader != from => {
                running.asked = leader;
                self.leaders.insert(running.group, leader);
                self.ask(out);
            }
            Outcome::NotLeader(_) => {
                self.turn();
                self.wait(out);
            }
            Outcome::Busy => self.wait(out),
            outcome => {
                if !matches!(running.request, Request::Get { anywhere: true, .. }) {
                    self.leaders.insert(running.group, from);
                }
                self.end(Some(outcome), out);
            }
        }
    }

    /// Asks again after a while: nobody can serve it now.
    fn wait(&mut self, out: &mut Effects<'_, Member>) {
        if let Some(running) = &mut self.running {
            (running.tries, running.pausing) = (running.tries + 1, true);
            out.after(self.settings.retry_pause, Timer::Again(running.id.number, running.tries));
        }
    }

    pub(super) fn timer(&mut self, timer: &Timer, out: &mut Effects<'_, Member>) {
        let is_running =
            |number: u64| self.running.as_ref().is_some_and(|running| running.id.number == number);
        match timer {
            Timer::Begin => self.begin(out),
            Timer::Again(number, tries) if is_running(*number) => {
                let Some(running) = self.running.as_ref().filter(|running| running.tries == *tries) else {
                    return;
                };
                if !running.pausing {
                    self.turn();
                }
                self.ask(out);
            }
            Timer::GiveUp(number) if is_running(*number) => self.end(None, out),
            _ => {}
        }
    }

    fn end(&mut self, outcome: Option<Outcome>, out: &mut Effects<'_, Member>) {
        let Some(running) = self.running.take() else { return };
        let group = running.group;
        if let Some(op) = self.op(&running, outcome, out.now()) {
            out.output((group, Told::Done(op)));
        }
        self.next(out);
    }

    fn op(&self, running: &Running, outcome: Option<Outcome>, now: Time) -> Option<Op> {
        let ended = outcome.as_ref().map(|_| now);
        let (key, action) = match (&running.request, outcome) {
            (Request::Put(key, value), _) => (key, Action::Write(value.clone())),
            (Request::CompareAndSet(key, expected, new), outcome) => {
                let swapped = outcome == Some(Outcome::Swapped(true));
                (key, Action::CompareAndSet { expected: expected.clone(), new: new.clone(), swapped })
            }
            (Request::Get { key, .. }, Some(Outcome::Value(value))) => {
                (key, Action::Read(value.into_iter().collect()))
            }
            (Request::Get { key, .. }, _) => (key, Action::Read(Vec::new())),
            (Request::Members(..), _) => return None,
        };
        Some(Op { client: self.name.clone(), key: key.clone(), action, began: running.began, ended })
    }

    /// The operation that it waits for.
    pub(super) fn open(&self) -> Option<Op> {
        self.running.as_ref().and_then(|running| self.op(running, None, running.began))
    }

    pub(super) fn crash(&mut self) {
        self.running = None;
        self.jobs.clear();
    }
}
