//! A learner's forwarders as nodes of the world.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt;

use replication_lab::network::{Latency, Link};
use replication_lab::time::Time;
use replication_lab::world::{Effects, Node, Plan, World};

use super::{Change, Forwarder, Machine, Message, NodeId, Write};
use crate::exercise::Recorder;

/// Names by id.
const NAMES: [&str; 5] = ["A", "B", "C", "D", "E"];
/// A leader that has sent so many messages sends no more: something goes round for ever.
const MOST_SENT: usize = 60;

/// The step that lists what went wrong at the tables, for the judge.
pub(super) const TROUBLE: &str = "what was applied twice, or found no row";
/// The step that counts messages, for the judge.
pub(super) const SENT: &str = "messages that each leader has sent";

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

/// `A2: update x = 1`.
fn told(change: &Change) -> String {
    format!("{}{}: {}", name(change.origin), change.number, change.write)
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reached: String = self.reached.iter().map(|node| name(*node)).collect();
        write!(f, "{} ({reached})", told(&self.change))
    }
}

/// Nothing here waits.
#[derive(Clone, Debug)]
pub(super) struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("never")
    }
}

/// A leader: a learner's forwarder, and its table.
#[derive(Clone, Debug)]
pub(super) struct Leader<F> {
    forwarder: F,
    state: State,
}

/// What a leader's machine holds.
#[derive(Clone, Debug, Default)]
struct State {
    rows: BTreeMap<String, String>,
    applied: Vec<(Time, Change)>,
    trouble: Vec<String>,
    sent: usize,
}

struct Port<'a, 'e, F: Forwarder> {
    state: &'a mut State,
    effects: &'a mut Effects<'e, Leader<F>>,
}

impl<F: Forwarder> Machine for Port<'_, '_, F> {
    fn apply(&mut self, change: &Change) {
        let told = told(change);
        let same =
            |(_, other): &(Time, Change)| (other.origin, other.number) == (change.origin, change.number);
        if self.state.applied.iter().any(same) {
            self.state.trouble.push(format!("{told}, again"));
        }
        let rows = &mut self.state.rows;
        let found = match &change.write {
            Write::Insert(key, value) => {
                rows.insert(key.clone(), value.clone());
                true
            }
            Write::Update(key, value) => match rows.get_mut(key) {
                Some(row) => {
                    row.clone_from(value);
                    true
                }
                None => false,
            },
            Write::Delete(key) => rows.remove(key).is_some(),
        };
        let text = if found { format!("applies {told}") } else { format!("applies {told}: no such row") };
        if !found {
            self.state.trouble.push(format!("{told}: no such row"));
        }
        self.effects.note(|| text);
        self.state.applied.push((self.effects.now(), change.clone()));
    }

    fn send(&mut self, to: NodeId, message: Message) {
        self.state.sent += 1;
        if self.state.sent <= MOST_SENT && to.index() < NAMES.len() {
            self.effects.send(to, message);
        }
    }
}

impl<F: Forwarder> Node for Leader<F> {
    type Message = Message;
    type Timer = Never;
    type Record = ();
    type Output = ();

    fn message(&mut self, _: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        let mut port = Port { state: &mut self.state, effects };
        self.forwarder.receive(message, &mut port);
    }

    fn timer(&mut self, _: Never, _: &mut Effects<'_, Self>) {}
}

/// Leaders in a topology.
pub(super) struct Harness<'a, F: Forwarder> {
    world: World<Leader<F>>,
    notes: &'a Recorder,
}

impl<'a, F: Forwarder> Harness<'a, F> {
    /// Leaders A, B and so on, each with its neighbours by name: `["B", "C", "A"]` is a ring. Every link takes 10 ms.
    /// Faults: one a line.
    ///
    /// # Errors
    /// When a fault can't be read.
    pub(super) fn new(
        seed: u64,
        neighbours: &[&str],
        faults: &str,
        notes: &'a Recorder,
    ) -> Result<Self, Box<dyn Error>> {
        let leaders = neighbours.iter().enumerate().map(|(place, others)| {
            let forwarder = F::new(NodeId(place as u16), others.chars().filter_map(id).collect());
            (NAMES[place].to_owned(), Leader { forwarder, state: State::default() })
        });
        let link = Link::new(Latency::Constant(Time::ms(10)));
        let mut world = World::new(seed, leaders.collect(), link, true)?;
        world.plan(&Plan::parse(faults, &NAMES[..neighbours.len()])?)?;
        // Faults at 0 ms come before the first write.
        world.run_until(Time::ZERO);
        Ok(Self { world, notes })
    }

    fn act(&mut self, who: char, what: String, action: impl FnOnce(&mut F, &mut dyn Machine)) {
        let Some(who) = id(who) else { return };
        self.world.act(who, |leader, effects| {
            effects.note(|| what);
            let mut port = Port { state: &mut leader.state, effects };
            action(&mut leader.forwarder, &mut port);
        });
    }

    /// A client writes on a leader.
    pub(super) fn write(&mut self, who: char, write: Write) -> &mut Self {
        let what = format!("a client: {write}");
        self.act(who, what, |forwarder, machine| forwarder.write(write, machine));
        self
    }

    pub(super) fn insert(&mut self, who: char, key: &str, value: &str) -> &mut Self {
        self.write(who, Write::Insert(key.into(), value.into()))
    }

    pub(super) fn update(&mut self, who: char, key: &str, value: &str) -> &mut Self {
        self.write(who, Write::Update(key.into(), value.into()))
    }

    pub(super) fn delete(&mut self, who: char, key: &str) -> &mut Self {
        self.write(who, Write::Delete(key.into()))
    }

    /// The operator makes a link.
    pub(super) fn connect(&mut self, from: char, to: char) -> &mut Self {
        let Some(neighbour) = id(to) else { return self };
        let what = format!("the operator: link to {to}");
        self.act(from, what, |forwarder, machine| forwarder.connect(neighbour, machine));
        self
    }

    pub(super) fn until(&mut self, ms: u64) -> &mut Self {
        self.world.run_until(Time::ms(ms));
        self
    }

    /// Notes what each leader holds.
    pub(super) fn look(&mut self, what: &str) -> &mut Self {
        for id in self.world.ids() {
            let state = &self.world.node(id).state;
            let rows: Vec<String> =
                state.rows.iter().map(|(key, value)| format!("{key} = {value}")).collect();
            let down = if self.world.is_up(id) { "" } else { " (down)" };
            self.notes.step(format!("{what}: rows on {}{down}", name(id)), rows);
        }
        self.keep();
        self
    }

    /// Notes when each leader applied what. At one moment, the order is left open.
    pub(super) fn over(&mut self) {
        let mut trouble = Vec::new();
        let mut sent = BTreeMap::new();
        for id in self.world.ids() {
            let state = &self.world.node(id).state;
            let mut applied: Vec<(Time, String)> =
                state.applied.iter().map(|(at, change)| (*at, told(change))).collect();
            applied.sort();
            let applied: Vec<String> = applied.iter().map(|(at, told)| format!("{at} {told}")).collect();
            self.notes.step(format!("{} has applied", name(id)), applied);
            trouble.extend(state.trouble.iter().map(|what| format!("{}: {what}", name(id))));
            sent.insert(name(id), state.sent.min(MOST_SENT));
        }
        self.notes.step(TROUBLE, trouble);
        self.notes.step(SENT, sent);
        self.keep();
    }

    fn keep(&self) {
        if let Some(trace) = self.world.trace() {
            self.notes.keep_run(trace);
        }
    }
}

fn id(letter: char) -> Option<NodeId> {
    let place = NAMES.iter().position(|name| name.starts_with(letter))?;
    Some(NodeId(place as u16))
}

/// The neighbours of a two-way topology from its links: `AB` is a link between A and B.
pub(super) fn both_ways(leaders: usize, links: &[&str]) -> Vec<String> {
    let of = |name: &str| {
        let others = links.iter().filter(|link| link.contains(name)).map(|link| link.replace(name, ""));
        others.collect::<BTreeSet<String>>().into_iter().collect::<String>()
    };
    NAMES[..leaders].iter().map(|name| of(name)).collect()
}
