//! Replicas that ship their states over the lab's network.

use std::fmt;

use replication_lab::network::{Latency, Link};
use replication_lab::time::Time;
use replication_lab::trace::{NodeId, Trace};
use replication_lab::world::{Effects, Node, World, WorldError};

use crate::exercise::Recorder;

/// What a replica does with a state that arrives.
pub(super) type Merge<S> = fn(&mut S, &S);
/// A state, as a reader sees it.
pub(super) type Show<S> = fn(&S) -> String;

/// A state on its way, and its text at the time when it was sent.
#[derive(Clone)]
pub(super) struct Shipped<S> {
    state: S,
    text: String,
}

impl<S> fmt::Display for Shipped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<S> fmt::Debug for Shipped<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

struct Replica<S> {
    state: S,
    merge: Merge<S>,
    show: Show<S>,
}

impl<S: Clone> Node for Replica<S> {
    type Message = Shipped<S>;
    type Timer = &'static str;
    type Record = ();
    type Output = ();

    fn message(&mut self, _: NodeId, message: Shipped<S>, effects: &mut Effects<'_, Self>) {
        (self.merge)(&mut self.state, &message.state);
        let text = (self.show)(&self.state);
        effects.note(|| format!("holds {text}"));
    }

    fn timer(&mut self, _: &'static str, _: &mut Effects<'_, Self>) {}
}

/// A run of replicas. Nobody sends anything by itself.
pub(super) struct Replicas<S: Clone> {
    world: World<Replica<S>>,
    names: Vec<String>,
}

impl<S: Clone> Replicas<S> {
    /// Replicas with their first states.
    ///
    /// # Errors
    /// When the world can't be.
    pub(super) fn new(
        seed: u64,
        link: Link,
        states: Vec<(&str, S)>,
        merge: Merge<S>,
        show: Show<S>,
    ) -> Result<Self, WorldError> {
        let names = states.iter().map(|(name, _)| (*name).to_owned()).collect();
        let nodes = states.into_iter().map(|(name, state)| (name.to_owned(), Replica { state, merge, show }));
        Ok(Self { world: World::new(seed, nodes.collect(), link, true)?, names })
    }

    fn id(&self, name: &str) -> NodeId {
        let place = self.names.iter().position(|known| known == name);
        NodeId(place.expect("scenarios name their own replicas") as u16)
    }

    /// Notes in the trace that a step begins, in the step's words.
    pub(super) fn begin(&mut self, name: &str, step: &str) {
        self.world.act(self.id(name), |_, effects| effects.note(|| format!("begins: {step}")));
    }

    /// Changes a replica's state, as a step. Returns its text.
    pub(super) fn change(&mut self, name: &str, step: &str, change: impl FnOnce(&mut S)) -> String {
        self.begin(name, step);
        let mut text = String::new();
        self.world.act(self.id(name), |replica, effects| {
            change(&mut replica.state);
            text = (replica.show)(&replica.state);
            effects.note(|| format!("holds {text}"));
        });
        text
    }

    /// Sends a replica's state to another one; it is on its way.
    pub(super) fn send(&mut self, from: &str, to: &str) {
        let state = self.state(from);
        self.send_state(from, to, &state);
    }

    /// Sends a state that a replica held earlier.
    pub(super) fn send_state(&mut self, from: &str, to: &str, state: &S) {
        let to = self.id(to);
        self.world.act(self.id(from), |replica, effects| {
            let text = (replica.show)(state);
            effects.send(to, Shipped { state: state.clone(), text });
        });
    }

    /// Lets everything arrive that is on its way.
    pub(super) fn settle(&mut self) {
        self.world.run_until_quiet();
    }

    /// Sends, and lets it arrive. Returns the text of what the receiver holds then.
    pub(super) fn ship(&mut self, from: &str, to: &str) -> String {
        self.send(from, to);
        self.settle();
        self.text(to)
    }

    /// A replica's state.
    pub(super) fn state(&self, name: &str) -> S {
        self.world.node(self.id(name)).state.clone()
    }

    /// A replica's state, as text.
    pub(super) fn text(&self, name: &str) -> String {
        let replica = self.world.node(self.id(name));
        (replica.show)(&replica.state)
    }

    /// From now on, no message is lost or doubled. What is on its way arrives.
    pub(super) fn mend_the_network(&mut self) {
        self.settle();
        for from in self.world.ids() {
            for to in self.world.ids().filter(|to| *to != from) {
                let link = Link::new(Latency::Constant(Time::ms(10)));
                // Both are nodes of this world.
                let _ = self.world.network().set(from, to, link);
            }
        }
    }

    /// Everything that is on its way arrives, and then every state at every replica, twice round.
    pub(super) fn exchange_all(&mut self) {
        self.settle();
        for _ in 0..2 {
            for from in self.names.clone() {
                for to in self.names.clone() {
                    if from != to {
                        self.ship(&from, &to);
                    }
                }
            }
        }
    }

    /// The run.
    pub(super) fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }
}

/// What the steps begin with that say what a replica shows in the end, for the judge.
pub(super) const IN_THE_END: &str = "in the end, at ";

/// A run of replicas, and its notes: whatever is done is a step, and with each step the run so far is kept.
pub(super) struct Run<'a, S: Clone> {
    pub(super) replicas: Replicas<S>,
    pub(super) notes: &'a Recorder,
    names: Vec<String>,
}

impl<'a, S: Clone> Run<'a, S> {
    /// Over a network that takes 10 ms for each message, and loses none.
    pub(super) fn new(
        notes: &'a Recorder,
        names: &[&str],
        first: fn(&str) -> S,
        merge: Merge<S>,
        show: Show<S>,
    ) -> Self {
        Self::over(1, Link::new(Latency::Constant(Time::ms(10))), notes, names, first, merge, show)
    }

    /// Over any network. `first` gives a replica its state, by its name.
    pub(super) fn over(
        seed: u64,
        link: Link,
        notes: &'a Recorder,
        names: &[&str],
        first: fn(&str) -> S,
        merge: Merge<S>,
        show: Show<S>,
    ) -> Self {
        let states = names.iter().map(|name| (*name, first(name))).collect();
        let replicas = Replicas::new(seed, link, states, merge, show);
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { replicas: replicas.expect("the scenarios' worlds are right"), notes, names }
    }

    pub(super) fn keep(&self) {
        if let Some(trace) = self.replicas.trace() {
            self.notes.keep_run(trace);
        }
    }

    /// A replica does something, and shows what it holds then.
    pub(super) fn act(&mut self, name: &str, what: &str, action: impl FnOnce(&mut S)) -> &mut Self {
        let step = format!("{name}: {what}");
        let text = self.replicas.change(name, &step, action);
        self.notes.step(step, text);
        self.keep();
        self
    }

    /// A replica's state travels.
    pub(super) fn ship(&mut self, from: &str, to: &str) -> &mut Self {
        let step = format!("{from} → {to}: {to} shows");
        self.replicas.begin(from, &step);
        let text = self.replicas.ship(from, to);
        self.notes.step(step, text);
        self.keep();
        self
    }

    /// A state from earlier arrives.
    pub(super) fn arrives(&mut self, what: &str, from: &str, to: &str, state: &S) -> &mut Self {
        let step = format!("{what}: {to} shows");
        self.replicas.begin(from, &step);
        self.replicas.send_state(from, to, state);
        self.replicas.settle();
        self.notes.step(step, self.replicas.text(to));
        self.keep();
        self
    }

    /// Everybody hears of everything, and shows what it holds then.
    pub(super) fn end(&mut self) {
        self.replicas.exchange_all();
        self.show_all();
    }

    /// The same, with a step of its own before what they show.
    pub(super) fn end_with(&mut self, what: &str, got: String) {
        if let Some(name) = self.names.first() {
            self.replicas.begin(name, what);
        }
        self.replicas.exchange_all();
        self.notes.step(what, got);
        self.show_all();
    }

    fn show_all(&mut self) {
        for name in &self.names {
            let step = format!("{IN_THE_END}{name}");
            self.replicas.begin(name, &step);
            self.notes.step(step, self.replicas.text(name));
        }
        self.keep();
    }
}

/// How the laws of merging come out for three states: for each law, “holds”, or the two texts that differ.
pub(super) fn laws<S: Clone>(states: [&S; 3], merge: Merge<S>, show: Show<S>) -> [(&'static str, String); 4] {
    let [a, b, c] = states;
    let merged = |a: &S, b: &S| {
        let mut a = a.clone();
        merge(&mut a, b);
        a
    };
    let compare = |one: &S, other: &S| match (show(one), show(other)) {
        (one, other) if one == other => "holds".to_owned(),
        (one, other) => format!("{one} and {other}"),
    };
    let ab = merged(a, b);
    [
        ("a ⊔ b = b ⊔ a", compare(&ab, &merged(b, a))),
        ("(a ⊔ b) ⊔ c = a ⊔ (b ⊔ c)", compare(&merged(&ab, c), &merged(a, &merged(b, c)))),
        ("a ⊔ a = a", compare(&merged(a, a), a)),
        ("(a ⊔ b) ⊔ a = a ⊔ b", compare(&merged(&ab, a), &ab)),
    ]
}
