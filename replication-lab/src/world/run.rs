//! The loop that makes things happen.

use std::fmt;

use smol_str::SmolStr;

use super::fault::{FaultReport, PlanError, Strike};
use super::node::{Effect, Effects, Node};
use super::place::{DiskSettings, Input, Place};
use super::queue::Queue;
use super::{Fault, Plan, Planned};
use crate::network::{Cause, Fate, LatencyError, Link, Network};
use crate::time::Time;
use crate::trace::{DropReason, Entry, Event, NodeId, Trace};

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left to happen but housekeeping.
    Quiet,
    /// The time that was asked for is reached.
    Time,
    /// The limit of events is reached: something goes on for ever.
    Limit,
}

/// Most events of one call: a protocol that never comes to rest is stopped here.
pub const EVENT_LIMIT: u64 = 50_000_000;

/// A world that can't be.
#[derive(Clone, Debug, PartialEq)]
pub enum WorldError {
    /// It has no nodes.
    NoNodes,
    /// It has more nodes than can be numbered.
    TooManyNodes(usize),
    /// A link, or a disk's latency, can't be.
    Latency(LatencyError),
    /// There is no such node.
    NoSuchNode(NodeId),
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNodes => f.write_str("a world without nodes: give it at least one"),
            Self::TooManyNodes(nodes) => write!(f, "{nodes} nodes: a world has at most 1000"),
            Self::Latency(error) => error.fmt(f),
            Self::NoSuchNode(id) => write!(f, "there is no node #{}", id.0),
        }
    }
}

impl std::error::Error for WorldError {}

impl From<LatencyError> for WorldError {
    fn from(error: LatencyError) -> Self {
        Self::Latency(error)
    }
}

/// Most nodes of a world: the network keeps a line for every pair.
const MOST_NODES: usize = 1_000;

/// A simulated world.
#[derive(Clone, Debug)]
pub struct World<N: Node> {
    pub(super) now: Time,
    pub(super) places: Vec<Place<N>>,
    pub(super) network: Network,
    pub(super) queue: Queue<Pending<N>>,
    pub(super) strikes: Vec<Strike>,
    pub(super) names: Vec<String>,
    pub(super) started: bool,
    overflowed: bool,
    // Events in the queue that are no housekeeping.
    pub(super) foreground: u64,
    pub(super) events: u64,
    pub(super) messages: u64,
    pub(super) held: Vec<Held<N>>,
    outputs: Vec<(Time, NodeId, N::Output)>,
    pub(super) trace: Option<Trace>,
    pub(super) seed: u64,
    // What the node that acts does; here so that the memory is used again.
    done: Vec<Effect<N>>,
    label: String,
}

/// The text of a message or a timer, made in a buffer that is used again. Short ones need no memory of their own.
fn label(buffer: &mut String, shown: &impl fmt::Display) -> SmolStr {
    buffer.clear();
    // Writing to a string cannot fail.
    let _ = fmt::write(buffer, format_args!("{shown}"));
    SmolStr::new(buffer.as_str())
}

#[derive(Clone, Debug)]
pub(super) enum Pending<N: Node> {
    Message { number: u64, from: NodeId, to: NodeId, message: N::Message },
    Timer { node: NodeId, life: u32, background: bool, timer: N::Timer },
    Synced { node: NodeId, life: u32, end: u64, timer: N::Timer },
    // A busy node has finished what it was working on.
    Worked { node: NodeId, life: u32 },
    Fault(Cause),
}

#[derive(Clone, Debug)]
pub(super) struct Held<N: Node> {
    pub(super) number: u64,
    pub(super) from: NodeId,
    pub(super) to: NodeId,
    pub(super) message: N::Message,
}

impl<N: Node> World<N> {
    /// A world with these nodes, named, every link of the network being `link`. All randomness comes from `seed`.
    /// The nodes start when the world first moves, so that links and disks can be set before.
    ///
    /// # Errors
    /// When there are no nodes, or more than 1,000, or the link can't be.
    pub fn new(seed: u64, nodes: Vec<(String, N)>, link: Link, tracing: bool) -> Result<Self, WorldError> {
        match nodes.len() {
            0 => return Err(WorldError::NoNodes),
            nodes if nodes > MOST_NODES => return Err(WorldError::TooManyNodes(nodes)),
            _ => {}
        }
        let (names, nodes): (Vec<_>, Vec<_>) = nodes.into_iter().unzip();
        let network = Network::new(nodes.len(), link, seed)?;
        let places = nodes.into_iter().enumerate();
        Ok(Self {
            now: Time::ZERO,
            places: places.map(|(i, node)| Place::new(node, seed, NodeId(i as u16))).collect(),
            network,
            queue: Queue::new(),
            strikes: Vec::new(),
            started: false,
            overflowed: false,
            foreground: 0,
            events: 0,
            messages: 0,
            held: Vec::new(),
            outputs: Vec::new(),
            trace: tracing.then(|| Trace { nodes: names.clone(), entries: Vec::new() }),
            names,
            seed,
            done: Vec::new(),
            label: String::new(),
        })
    }

    /// The links.
    pub fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// Sets how a node's disk behaves from now on.
    ///
    /// # Errors
    /// When there is no such node, or the disk can't be.
    pub fn set_disk(&mut self, id: NodeId, settings: DiskSettings) -> Result<(), WorldError> {
        settings.sync.validate()?;
        if !(0.0..=1.0).contains(&settings.tearing) {
            return Err(LatencyError::Probability(settings.tearing).into());
        }
        let place = self.places.get_mut(id.index()).ok_or(WorldError::NoSuchNode(id))?;
        place.disk.set_capacity(settings.capacity);
        place.disk.begin_at(settings.first);
        place.disk_settings = settings;
        Ok(())
    }

    /// Takes what the nodes have told so far.
    pub fn take_outputs(&mut self) -> Vec<(Time, NodeId, N::Output)> {
        std::mem::take(&mut self.outputs)
    }

    /// As [`take_outputs`](Self::take_outputs), into an empty buffer whose memory is used again.
    pub(crate) fn swap_outputs(&mut self, buffer: &mut Vec<(Time, NodeId, N::Output)>) {
        debug_assert!(buffer.is_empty());
        std::mem::swap(&mut self.outputs, buffer);
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out on these nodes, or begins in the past; then nothing is planned.
    pub fn plan(&mut self, plan: &Plan) -> Result<(), PlanError> {
        plan.validate(self.places.len())?;
        if let Some(past) = plan.0.iter().find(|planned| planned.at < self.now) {
            return Err(PlanError::Past(past.clone(), self.now));
        }
        for planned in &plan.0 {
            let cause = self.strikes.len() as Cause;
            self.strikes.push(Strike::new(planned.clone()));
            self.enqueue(planned.at, true, Pending::Fault(cause));
        }
        Ok(())
    }

    /// Lets a fault strike at once. One that is impossible now, such as the crash of a node that is down, does
    /// nothing.
    ///
    /// # Errors
    /// When it names a node that isn't there, or a value that can't be.
    pub fn strike(&mut self, fault: &Fault) -> Result<(), PlanError> {
        let planned = Planned { at: self.now, fault: fault.clone() };
        Plan::check(&planned, self.places.len())?;
        self.begin();
        let cause = self.strikes.len() as Cause;
        self.strikes.push(Strike::new(planned));
        self.carry_out_fault(cause);
        Ok(())
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        FaultReport { nodes: self.names.clone(), strikes: self.strikes.clone() }
    }

    /// Leaves a message out of the story: the `nth` from one node to another, counted from 0, vanishes without a
    /// trace, as if it had never been sent.
    ///
    /// # Errors
    /// When there is no such node.
    pub fn leave_out(&mut self, from: NodeId, to: NodeId, nth: u32) -> Result<(), WorldError> {
        if let Some(id) = [from, to].into_iter().find(|id| id.index() >= self.places.len()) {
            return Err(WorldError::NoSuchNode(id));
        }
        self.network.leave_out(from, to, nth);
        Ok(())
    }

    fn begin(&mut self) {
        if !self.started {
            self.started = true;
            for node in self.ids() {
                self.act(node, |node, effects| node.start(effects));
            }
        }
    }

    /// Acts on a node from outside, now: what `action` makes it do is carried out as if an event had caused it.
    /// Nothing happens to a node that is down or paused.
    pub fn act(&mut self, id: NodeId, action: impl FnOnce(&mut N, &mut Effects<'_, N>)) {
        self.begin();
        let now = self.now;
        let tracing = self.trace.is_some();
        let place = &mut self.places[id.index()];
        if place.unusual && !place.runs() {
            return;
        }
        let mut done = std::mem::take(&mut self.done);
        let mut effects = Effects {
            me: id,
            now,
            clock: place.clock,
            clock_read: false.into(),
            append_refused: false,
            tracing,
            rng: &mut place.rng,
            disk: &mut place.disk,
            done: &mut done,
        };
        action(&mut place.node, &mut effects);
        let (clock_read, refused) = (effects.clock_read.get(), effects.append_refused);
        if place.unusual {
            let Place { afflictions: afflicted, .. } = place;
            let guilty = [afflicted.clock.filter(|_| clock_read), afflicted.full_disk.filter(|_| refused)];
            for cause in guilty.into_iter().flatten() {
                self.bites(cause);
            }
        }
        let life = self.places[id.index()].life;
        for effect in done.drain(..) {
            self.carry_out(id, life, effect);
        }
        self.done = done;
    }

    /// Changes something about a node, whether it runs or not: a setting, nothing that it would have to react to.
    pub(crate) fn change(&mut self, id: NodeId, change: impl FnOnce(&mut N)) {
        change(&mut self.places[id.index()].node);
    }

    fn carry_out(&mut self, id: NodeId, life: u32, effect: Effect<N>) {
        match effect {
            Effect::Send(to, message) => self.send(id, to, message),
            Effect::After(span, background, timer) => {
                let at = self.now + self.places[id.index()].clock.true_span(span);
                self.enqueue(at, !background, Pending::Timer { node: id, life, background, timer });
            }
            Effect::Sync(end, timer) => {
                let (at, cause) = self.places[id.index()].sync_done_at(self.now);
                if let Some(cause) = cause {
                    self.bites(cause);
                }
                self.enqueue(at, true, Pending::Synced { node: id, life, end, timer });
            }
            Effect::Note(text) => self.note(|| Event::Note { node: id, text }),
            Effect::Output(output) => self.outputs.push((self.now, id, output)),
        }
    }

    fn enqueue(&mut self, at: Time, foreground: bool, pending: Pending<N>) {
        if self.queue.plan(at, pending) {
            self.foreground += u64::from(foreground);
        } else {
            self.overflowed = true;
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: N::Message) {
        let place = &self.places[from.index()];
        if place.unusual && !place.up {
            return;
        }
        let Some(fate) = self.network.fate(self.now, from, to, || N::message_bytes(&message)) else { return };
        let number = self.messages;
        self.messages += 1;
        if self.trace.is_some() {
            let label = label(&mut self.label, &message);
            self.note(|| Event::Send { message: number, from, to, label });
        }
        match fate {
            Fate::Lost(reason) => self.note(|| Event::Drop { message: number, from, to, reason }),
            Fate::Held => self.held.push(Held { number, from, to, message }),
            Fate::Arrives(first, second) => {
                if let Some(second) = second {
                    let message = message.clone();
                    self.enqueue(second, true, Pending::Message { number, from, to, message });
                }
                self.enqueue(first, true, Pending::Message { number, from, to, message });
            }
        }
        if self.network.has_guilty() {
            for cause in self.network.take_guilty() {
                self.strikes[cause as usize].bites += 1;
            }
        }
        if self.places[from.index()].unusual {
            self.count_send(from);
        }
    }

    /// Lets the oldest message that waits on a held link arrive after `latency`. Says whether there was one.
    pub fn let_go(&mut self, from: NodeId, to: NodeId, latency: Time) -> bool {
        let Some(place) = self.held.iter().position(|held| held.from == from && held.to == to) else {
            return false;
        };
        let Held { number, from, to, message } = self.held.remove(place);
        self.enqueue(self.now + latency, true, Pending::Message { number, from, to, message });
        true
    }

    pub(super) fn bites(&mut self, cause: Cause) {
        self.strikes[cause as usize].bites += 1;
    }

    pub(super) fn note(&mut self, event: impl FnOnce() -> Event) {
        let at = self.now;
        if let Some(trace) = &mut self.trace {
            trace.entries.push(Entry { at, event: event() });
        }
    }

    /// Something comes to a node: it handles it now, or later if its process is paused or busy.
    pub(super) fn arrive(&mut self, id: NodeId, input: Input<N>) {
        if self.places[id.index()].unusual && !self.is_free(id) {
            return self.put_off(id, input);
        }
        self.handle(id, input);
    }

    pub(super) fn handle(&mut self, id: NodeId, input: Input<N>) {
        match input {
            Input::Message { number, from, message } => {
                self.note(|| Event::Deliver { message: number, from, to: id });
                self.act(id, |node, effects| node.message(from, message, effects));
            }
            Input::Timer(timer) => {
                if self.trace.is_some() {
                    let label = label(&mut self.label, &timer);
                    self.note(|| Event::Timer { node: id, label });
                }
                self.act(id, |node, effects| node.timer(timer, effects));
            }
            Input::Synced { end, timer } => {
                self.note(|| Event::Disk { node: id, text: format!("synced up to {end}") });
                self.act(id, |node, effects| node.timer(timer, effects));
            }
        }
    }

    pub(super) fn drop_message(&mut self, message: u64, from: NodeId, to: NodeId) {
        self.note(|| Event::Drop { message, from, to, reason: DropReason::Down });
    }

    pub(super) fn work(&mut self, id: NodeId, span: Time) {
        let life = self.places[id.index()].life;
        self.enqueue(self.now + span, true, Pending::Worked { node: id, life });
    }

    /// Lets the next event happen. Says whether there was one.
    pub fn step(&mut self) -> bool {
        self.begin();
        let Some((at, pending)) = self.queue.pop() else { return false };
        self.now = at;
        self.events += 1;
        match pending {
            Pending::Message { number, from, to, message } => {
                self.foreground -= 1;
                self.arrive(to, Input::Message { number, from, message });
            }
            Pending::Timer { node, life, background, timer } => {
                self.foreground -= u64::from(!background);
                if self.places[node.index()].life == life {
                    self.arrive(node, Input::Timer(timer));
                }
            }
            Pending::Synced { node, life, end, timer } => {
                self.foreground -= 1;
                if self.places[node.index()].life == life {
                    self.places[node.index()].disk.finish_sync(end);
                    self.arrive(node, Input::Synced { end, timer });
                }
            }
            Pending::Worked { node, life } => {
                self.foreground -= 1;
                if self.places[node.index()].life == life {
                    self.worked(node);
                }
            }
            Pending::Fault(cause) => {
                self.foreground -= 1;
                self.carry_out_fault(cause);
            }
        }
        true
    }

    /// Lets the next event happen if it is not later than `end`; else it is `end` now. Says whether there was one.
    pub fn step_until(&mut self, end: Time) -> bool {
        self.begin();
        let due = self.queue.next_at().is_some_and(|at| at <= end);
        if due {
            return self.step();
        }
        self.now = self.now.max(end);
        false
    }

    /// Lets everything up to and including `end` happen; then it is `end`.
    pub fn run_until(&mut self, end: Time) -> Ended {
        self.begin();
        let first = self.events;
        while self.queue.next_at().is_some_and(|at| at <= end) {
            if self.events - first >= EVENT_LIMIT || self.overflowed {
                return Ended::Limit;
            }
            self.step();
        }
        self.now = self.now.max(end);
        Ended::Time
    }

    /// Lets things happen until nothing but housekeeping is left. What waits at a paused node, or on a link that is
    /// held, is not waited for.
    pub fn run_until_quiet(&mut self) -> Ended {
        self.begin();
        let first = self.events;
        while self.foreground > 0 {
            if self.events - first >= EVENT_LIMIT || self.overflowed {
                return Ended::Limit;
            }
            self.step();
        }
        Ended::Quiet
    }
}
