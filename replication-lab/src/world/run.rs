//! The loop that makes things happen.

use super::queue::Queue;
use super::{Effects, Fault, Node, Plan};
use crate::network::{Fate, Network};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::{CrashKind, DropReason, Entry, Event, NodeId, Trace};

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

/// Most events of one run: a protocol that never comes to rest is stopped here.
pub const EVENT_LIMIT: u64 = 50_000_000;

/// A simulated world.
#[derive(Clone, Debug)]
pub struct World<N: Node> {
    now: Time,
    places: Vec<Place<N>>,
    network: Network,
    queue: Queue<Pending<N>>,
    // Events in the queue that are no housekeeping.
    foreground: u64,
    events: u64,
    messages: u64,
    held: Vec<Held<N>>,
    outputs: Vec<(Time, NodeId, N::Output)>,
    trace: Option<Trace>,
    seed: u64,
}

#[derive(Clone, Debug)]
struct Place<N> {
    node: N,
    name: String,
    rng: Rng,
    up: bool,
    // Counts crashes, so that timers from before one don't fire after it.
    life: u32,
    clock_error_us: i64,
    sends_left: Option<u32>,
}

#[derive(Clone, Debug)]
enum Pending<N: Node> {
    Message { number: u64, from: NodeId, to: NodeId, message: N::Message },
    Timer { node: NodeId, life: u32, background: bool, timer: N::Timer },
    Fault(Fault),
}

#[derive(Clone, Debug)]
struct Held<N: Node> {
    number: u64,
    from: NodeId,
    to: NodeId,
    message: N::Message,
}

impl<N: Node> World<N> {
    /// A world with these nodes, named, on this network. All randomness comes from `seed`.
    pub fn new(seed: u64, nodes: Vec<(String, N)>, link: crate::network::Link, tracing: bool) -> Self {
        let names = nodes.iter().map(|(name, _)| name.clone()).collect();
        let places = nodes.into_iter().enumerate().map(|(i, (name, node))| Place {
            node,
            name,
            rng: Rng::new(seed, Stream::Node(i as u16)),
            up: true,
            life: 0,
            clock_error_us: 0,
            sends_left: None,
        });
        let mut world = Self {
            now: Time::ZERO,
            places: places.collect(),
            network: Network::new(link, Rng::new(seed, Stream::Network)),
            queue: Queue::new(),
            foreground: 0,
            events: 0,
            messages: 0,
            held: Vec::new(),
            outputs: Vec::new(),
            trace: tracing.then(|| Trace { nodes: names, entries: Vec::new() }),
            seed,
        };
        for node in world.ids() {
            world.act(node, |node, effects| node.start(effects));
        }
        world
    }

    /// All nodes, in the order in which they were given.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<N> {
        (0..self.places.len() as u16).map(NodeId)
    }

    /// A node's state.
    pub fn node(&self, id: NodeId) -> &N {
        &self.places[id.index()].node
    }

    /// A node's name.
    pub fn name(&self, id: NodeId) -> &str {
        &self.places[id.index()].name
    }

    /// Whether a node is up.
    pub fn is_up(&self, id: NodeId) -> bool {
        self.places[id.index()].up
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The links.
    pub fn network(&mut self) -> &mut Network {
        &mut self.network
    }

    /// The trace, if one is kept.
    pub fn trace(&self) -> Option<&Trace> {
        self.trace.as_ref()
    }

    /// Takes what the nodes have told so far.
    pub fn take_outputs(&mut self) -> Vec<(Time, NodeId, N::Output)> {
        std::mem::take(&mut self.outputs)
    }

    /// Plans faults.
    pub fn plan(&mut self, plan: &Plan) {
        for planned in &plan.0 {
            self.queue.plan(planned.at, Pending::Fault(planned.fault.clone()));
            self.foreground += 1;
        }
    }

    /// Lets a fault strike at once.
    pub fn strike(&mut self, fault: &Fault) {
        match fault {
            Fault::Crash(node) => self.crash(*node),
            Fault::CrashAfterSends(node, sends) => self.places[node.index()].sends_left = Some(*sends),
            Fault::Restart(node) => self.restart(*node),
            Fault::Cut(from, to) => {
                self.network.cut(*from, *to);
                self.note_network(fault);
            }
            Fault::Partition(left, right) => {
                for (a, b) in left.iter().flat_map(|a| right.iter().map(move |b| (*a, *b))) {
                    self.network.cut(a, b);
                    self.network.cut(b, a);
                }
                self.note_network(fault);
            }
            Fault::Heal => {
                self.network.heal();
                self.note_network(fault);
            }
            Fault::Clock(node, us) => {
                self.places[node.index()].clock_error_us = *us;
                self.note_network(fault);
            }
        }
    }

    /// Acts on a node from outside, now: what `action` makes it do is carried out as if an event had caused it.
    /// Nothing happens to a node that is down.
    pub fn act(&mut self, id: NodeId, action: impl FnOnce(&mut N, &mut Effects<'_, N>)) {
        let now = self.now;
        let tracing = self.trace.is_some();
        let place = &mut self.places[id.index()];
        if !place.up {
            return;
        }
        let clock = if place.clock_error_us >= 0 {
            now + Time::us(place.clock_error_us.unsigned_abs())
        } else {
            now.since(Time::us(place.clock_error_us.unsigned_abs()))
        };
        let mut effects = Effects {
            me: id,
            clock,
            now,
            tracing,
            rng: &mut place.rng,
            sends: Vec::new(),
            timers: Vec::new(),
            notes: Vec::new(),
            outputs: Vec::new(),
        };
        action(&mut place.node, &mut effects);
        let Effects { sends, timers, notes, outputs, .. } = effects;
        let life = place.life;
        for text in notes {
            self.note(|| Event::Note { node: id, text });
        }
        self.outputs.extend(outputs.into_iter().map(|output| (now, id, output)));
        for (span, background, timer) in timers {
            self.foreground += u64::from(!background);
            self.queue.plan(now + span, Pending::Timer { node: id, life, background, timer });
        }
        for (to, message) in sends {
            self.send(id, to, message);
        }
    }

    fn send(&mut self, from: NodeId, to: NodeId, message: N::Message) {
        if !self.places[from.index()].up {
            return;
        }
        let number = self.messages;
        self.messages += 1;
        self.note(|| Event::Send { message: number, from, to, label: message.to_string() });
        match self.network.fate(from, to) {
            Fate::Lost(reason) => self.note(|| Event::Drop { message: number, from, to, reason }),
            Fate::Held => self.held.push(Held { number, from, to, message }),
            Fate::Arrives(first, second) => {
                if let Some(second) = second {
                    self.arrive_after(second, number, from, to, message.clone());
                }
                self.arrive_after(first, number, from, to, message);
            }
        }
        if let Some(left) = &mut self.places[from.index()].sends_left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.crash(from);
            }
        }
    }

    fn arrive_after(&mut self, latency: Time, number: u64, from: NodeId, to: NodeId, message: N::Message) {
        self.foreground += 1;
        self.queue.plan(self.now + latency, Pending::Message { number, from, to, message });
    }

    /// Lets the oldest message that waits on a held link arrive after `latency`. Says whether there was one.
    pub fn let_go(&mut self, from: NodeId, to: NodeId, latency: Time) -> bool {
        let Some(place) = self.held.iter().position(|held| held.from == from && held.to == to) else {
            return false;
        };
        let Held { number, from, to, message } = self.held.remove(place);
        self.arrive_after(latency, number, from, to, message);
        true
    }

    fn crash(&mut self, id: NodeId) {
        let place = &mut self.places[id.index()];
        if !place.up {
            return;
        }
        place.up = false;
        place.life += 1;
        place.sends_left = None;
        place.node.crash();
        self.note(|| Event::Crash { node: id, reach: CrashKind::Machine });
    }

    fn restart(&mut self, id: NodeId) {
        if self.places[id.index()].up {
            return;
        }
        self.places[id.index()].up = true;
        self.note(|| Event::Restart { node: id });
        self.act(id, |node, effects| node.start(effects));
    }

    fn note_network(&mut self, fault: &Fault) {
        let cut = self.network.cuts();
        let text = fault.describe(|id| self.name(id).to_owned());
        self.note(|| Event::Network { text, cut });
    }

    fn note(&mut self, event: impl FnOnce() -> Event) {
        let at = self.now;
        if let Some(trace) = &mut self.trace {
            trace.entries.push(Entry { at, event: event() });
        }
    }

    /// Lets the next event happen. Says whether there was one.
    pub fn step(&mut self) -> bool {
        let Some((at, pending)) = self.queue.pop() else { return false };
        self.now = at;
        self.events += 1;
        match pending {
            Pending::Message { number, from, to, message } => {
                self.foreground -= 1;
                if self.places[to.index()].up {
                    self.note(|| Event::Deliver { message: number, from, to });
                    self.act(to, |node, effects| node.message(from, message, effects));
                } else {
                    self.note(|| Event::Drop { message: number, from, to, reason: DropReason::Down });
                }
            }
            Pending::Timer { node, life, background, timer } => {
                self.foreground -= u64::from(!background);
                let place = &self.places[node.index()];
                if place.up && place.life == life {
                    self.note(|| Event::Timer { node, label: timer.to_string() });
                    self.act(node, |node, effects| node.timer(timer, effects));
                }
            }
            Pending::Fault(fault) => {
                self.foreground -= 1;
                self.strike(&fault);
            }
        }
        true
    }

    /// Lets the next event happen if it is not later than `end`; else it is `end` now. Says whether there was one.
    pub fn step_until(&mut self, end: Time) -> bool {
        let due = self.queue.next_at().is_some_and(|at| at <= end);
        if due {
            return self.step();
        }
        self.now = self.now.max(end);
        false
    }

    /// Lets everything up to and including `end` happen; then it is `end`.
    pub fn run_until(&mut self, end: Time) -> Ended {
        let first = self.events;
        while self.queue.next_at().is_some_and(|at| at <= end) {
            if self.events - first >= EVENT_LIMIT {
                return Ended::Limit;
            }
            self.step();
        }
        self.now = self.now.max(end);
        Ended::Time
    }

    /// Lets things happen until nothing but housekeeping is left.
    pub fn run_until_quiet(&mut self) -> Ended {
        let first = self.events;
        while self.foreground > 0 {
            if self.events - first >= EVENT_LIMIT {
                return Ended::Limit;
            }
            self.step();
        }
        Ended::Quiet
    }

    /// Whether nothing but housekeeping is left to happen.
    pub fn is_quiet(&self) -> bool {
        self.foreground == 0
    }
}
