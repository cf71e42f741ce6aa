//! The scenarios of E7.2.

use std::collections::BTreeSet;

use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;
use replication_lab::trace::{Entry, Event, NodeId, Trace};

use super::{Found, MOST_SIBLINGS, SiblingStore, TooManySiblings, VersionVector};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<S: SiblingStore>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "w7-2" => w7_2::<S>(notes),
        "blind-puts" => blind_puts::<S>(notes),
        "w7-5" => w7_5::<S>(notes),
        "what-put-returns" => what_put_returns::<S>(notes),
        "one-of-two" => one_of_two::<S>(notes),
        "deleted" => deleted::<S>(notes),
        "syncs" => syncs::<S>(notes),
        "contexts" => contexts::<S>(notes),
        "limit" => limit::<S>(notes),
        "three-servers" => three_servers::<S>(task.seed, notes),
        other => panic!("E7.2 has no scenario {other:?}"),
    }
}

const KEY: &str = "cart";

/// Stores by their names, and what happens to them as a run that can be drawn.
struct Servers<'a, S> {
    stores: Vec<S>,
    names: Vec<String>,
    trace: Trace,
    notes: &'a Recorder,
}

impl<'a, S: SiblingStore> Servers<'a, S> {
    fn new(names: &[&str], notes: &'a Recorder) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let stores = names.iter().map(|name| S::new(name)).collect();
        Self { stores, trace: Trace { nodes: names.clone(), entries: Vec::new() }, names, notes }
    }

    fn place(&self, server: &str) -> usize {
        self.names.iter().position(|name| name == server).expect("scenarios name servers that are there")
    }

    fn happens(&mut self, event: Event) {
        let at = Time::ms(self.trace.entries.len() as u64);
        self.trace.entries.push(Entry { at, event });
        self.notes.keep_run(&self.trace);
    }

    fn note(&mut self, server: &str, text: String) {
        let node = NodeId(self.place(server) as u16);
        self.happens(Event::Note { node, text });
    }

    /// What a server has of the key, for the reader of the run.
    fn holds(&mut self, server: &str) {
        let text = told(self.stores[self.place(server)].get(KEY));
        self.note(server, format!("holds {text}"));
    }

    /// A write. Returns the context that came back; the one it was made with, if it was refused.
    fn put(&mut self, server: &str, value: &str, context: Option<&VersionVector>) -> VersionVector {
        let with = context.map_or("no context".to_owned(), VersionVector::to_string);
        self.note(server, format!("put {value}, {with}"));
        let place = self.place(server);
        let found = self.stores[place].put(KEY, value, context);
        let said = match &found {
            Ok(found) => found.to_string(),
            Err(TooManySiblings) => "refused: too many siblings".to_owned(),
        };
        self.notes.step(format!("put {value} at {server} with {with}"), said);
        self.holds(server);
        found.map_or_else(|_| context.cloned().unwrap_or_default(), |found| found.context)
    }

    fn get(&self, server: &str) -> VersionVector {
        let found = self.stores[self.place(server)].get(KEY);
        self.notes.step(format!("get at {server}"), told(found.clone()));
        found.map(|found| found.context).unwrap_or_default()
    }

    fn delete(&mut self, server: &str, context: &VersionVector) -> VersionVector {
        self.note(server, format!("delete, {context}"));
        let place = self.place(server);
        let found = self.stores[place].delete(KEY, context);
        self.notes.step(format!("delete at {server} with {context}"), found.to_string());
        self.holds(server);
        found.context
    }

    fn sync(&mut self, from: &str, to: &str) {
        let (place, other) = (self.place(from), self.place(to));
        let message = self.trace.entries.len() as u64;
        let (from_id, to_id) = (NodeId(place as u16), NodeId(other as u16));
        self.happens(Event::Send { message, from: from_id, to: to_id, label: "all I have".into() });
        let peer = self.stores[place].clone();
        self.stores[other].sync_from(&peer);
        self.happens(Event::Deliver { message, from: from_id, to: to_id });
        self.holds(to);
    }
}

fn told(found: Option<Found>) -> String {
    found.map_or_else(|| "never heard of it".to_owned(), |found| found.to_string())
}

fn w7_2<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    servers.put("A", "milk", None);
    servers.put("B", "eggs", None);
    servers.sync("A", "B");
    let context = servers.get("B");
    servers.put("B", "milk and eggs", Some(&context));
    servers.get("B");
    servers.sync("B", "A");
    servers.get("A");
}

fn blind_puts<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A"], notes);
    let contexts = ["tea", "rice", "milk"].map(|value| servers.put("A", value, None));
    servers.put("A", "instead of the first two", Some(&contexts[1]));
    let context = servers.get("A");
    servers.put("A", "all of it", Some(&context));
    servers.put("A", "salt", None);
    servers.put("A", "salt", None);
    servers.get("A");
}

fn w7_5<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    let first = servers.put("A", "v1", None);
    servers.put("A", "v2", Some(&first));
    servers.sync("A", "B");
    servers.put("A", "v3", Some(&first));
    servers.get("A");
    servers.sync("A", "B");
    servers.get("B");
    servers.put("A", "v4", Some(&VersionVector::from([("A", 2)])));
}

fn what_put_returns<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    servers.put("B", "eggs", None);
    servers.sync("B", "A");
    let context = servers.put("A", "milk", None);
    servers.put("A", "milk and eggs", Some(&context));
    servers.get("A");
}

fn one_of_two<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    let milk = servers.put("A", "milk", None);
    servers.put("B", "eggs", None);
    servers.sync("B", "A");
    servers.put("A", "oat milk", Some(&milk));
    servers.sync("A", "B");
    servers.get("B");
}

fn deleted<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    servers.get("A");
    let milk = servers.put("A", "milk", None);
    servers.sync("A", "B");
    servers.delete("A", &milk);
    servers.get("A");
    servers.sync("B", "A");
    servers.get("A");
    let eggs = servers.put("B", "eggs", None);
    servers.sync("A", "B");
    servers.get("B");
    servers.sync("B", "A");
    servers.get("A");
    servers.put("A", "bread", None);
    servers.delete("A", &eggs);
    let context = servers.get("A");
    servers.delete("A", &context);
    servers.put("A", "tea", None);
}

fn syncs<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B", "C"], notes);
    let milk = servers.put("A", "milk", None);
    servers.sync("A", "B");
    servers.sync("A", "C");
    let both = servers.put("B", "milk, bread", Some(&milk));
    // C still has what B has replaced.
    servers.sync("C", "B");
    servers.get("B");
    servers.sync("B", "C");
    servers.get("C");
    servers.sync("B", "C");
    servers.sync("C", "C");
    servers.get("C");
    servers.put("A", "milk, tea", Some(&milk));
    servers.sync("A", "C");
    servers.get("C");
    servers.put("C", "milk, bread, jam", Some(&both));
    servers.sync("B", "A");
    servers.sync("C", "A");
    servers.get("A");
    notes.step("keys that nobody wrote", told(servers.stores[0].get("list")));
    let mut list = S::new("D");
    let found = list.put("list", "soap", None).map_or("refused".to_owned(), |found| found.to_string());
    notes.step("put soap at D under another key", found);
    servers.stores[0].sync_from(&list);
    notes.step("that key at A after a sync", told(servers.stores[0].get("list")));
    servers.get("A");
}

fn contexts<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A"], notes);
    servers.put("A", "v1", Some(&VersionVector::default()));
    servers.put("A", "v2", Some(&VersionVector::from([("Q", 3)])));
    servers.put("A", "v3", Some(&VersionVector::from([("A", 7)])));
    servers.put("A", "v4", None);
    servers.put("A", "v5", Some(&VersionVector::from([("A", 8), ("Q", 1)])));
}

fn limit<S: SiblingStore>(notes: &Recorder) {
    let mut servers = Servers::<S>::new(&["A", "B"], notes);
    let mut context = VersionVector::default();
    for number in 1..=MOST_SIBLINGS {
        context = servers.put("A", &format!("v{number}"), None);
    }
    servers.put("A", "one too many", None);
    servers.put("A", "too many, and replaces one that is gone", Some(&VersionVector::from([("Q", 1)])));
    servers.get("A");
    servers.put("B", "from B", None);
    servers.sync("B", "A");
    servers.get("A");
    servers.put("A", "replaces one, and is still too many", Some(&VersionVector::from([("A", 1)])));
    servers.put("A", "replaces five", Some(&context));
    let context = servers.get("A");
    servers.put("A", "all in one", Some(&context));
}

/// Clients that read, write and delete at three servers, which sync now and then.
fn three_servers<S: SiblingStore>(seed: u64, notes: &Recorder) {
    const NAMES: [&str; 3] = ["A", "B", "C"];
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut servers = Servers::<S>::new(&NAMES, notes);
    let mut read: Vec<Option<VersionVector>> = vec![None; 3];
    for number in 1..=30 {
        let server = NAMES[rng.below(3) as usize];
        let client = rng.below(3) as usize;
        match rng.below(8) {
            0 | 1 => {
                let from = NAMES[rng.below(3) as usize];
                if from != server {
                    servers.sync(from, server);
                }
            }
            2..=4 => read[client] = Some(servers.get(server)),
            5 if read[client].is_some() => {
                let context = read[client].clone().unwrap_or_default();
                servers.delete(server, &context);
            }
            _ => {
                servers.put(server, &format!("w{number}"), read[client].as_ref());
            }
        }
    }
    for (from, to) in [("A", "B"), ("B", "C"), ("C", "A"), ("A", "B"), ("B", "C")] {
        servers.sync(from, to);
    }
    let ends: BTreeSet<String> =
        NAMES.iter().map(|name| told(servers.stores[servers.place(name)].get(KEY))).collect();
    notes.step("what the three have in the end", ends.into_iter().collect::<Vec<_>>());
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every store.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let said = step.got.as_str().unwrap_or_default();
            // The value is there after its own put, whatever else is.
            let put = step.what.strip_prefix("put ").and_then(|rest| rest.split(" at ").next());
            if let Some(value) = put
                && !said.starts_with("refused")
                && !said
                    .rsplit_once(" {")
                    .is_some_and(|(values, _)| values.split(" | ").any(|one| one == value))
            {
                broken.push(Violation::new(
                    "what-was-taken-is-there",
                    format!("{}: afterwards there is “{said}”, without it", step.what),
                ));
            }
            if step.what == "what the three have in the end"
                && step.got.as_array().is_some_and(|all| all.len() != 1)
            {
                broken.push(Violation::new(
                    "servers-that-have-synced-agree",
                    format!(
                        "after every server has heard of every write, they have different things: {}",
                        step.got
                    ),
                ));
            }
        }
        broken
    }
}
