//! Histories that are made up: clients at work on one perfect copy, or on a copy with one flaw.
//!
//! Every operation takes effect at a moment drawn between its beginning and its end, on a copy that does one thing
//! after the other, so what comes out is linearizable. With a [`Flaw`], one operation is treated wrongly. For
//! tests, for benchmarks, and to see what the [file formats](super::formats) look like.
//!
//! # Examples
//! ```
//! use replication_lab::history::generate::{Flaw, Generator, Kind};
//! use replication_lab::history::linearizable;
//!
//! let fine = Generator { kind: Kind::Register, clients: 3, operations: 60, keys: 1, ..Generator::default() };
//! let flawed = Generator { flaw: Some(Flaw::StaleRead), ..fine.clone() };
//! assert!(linearizable(&fine.generate().history, 10_000).holds());
//! assert!(!linearizable(&flawed.generate().history, 10_000).holds());
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::formats::Recorded;
use super::{Action, History, Op};
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// What the clients work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Registers: one read for every write.
    Register,
    /// Registers, as Jepsen's test of etcd has them: reads, writes and compare-and-sets in equal shares.
    CompareAndSet,
    /// Texts that are empty at first: nine gets and nine appends for every two puts.
    Text,
}

/// What goes wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A read returns what was there before a write that had been acknowledged when the read began.
    StaleRead,
    /// A write or an append is acknowledged and never takes effect.
    LostWrite,
}

/// What to make up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generator {
    /// How many clients are at work at a time.
    pub clients: u32,
    /// Operations of all clients together.
    pub operations: u32,
    /// Keys: k0, k1, ….
    pub keys: u32,
    /// What the keys hold.
    pub kind: Kind,
    /// How many different values there are in registers; none to make every written value unique. What is appended
    /// is always unique.
    pub values: Option<u32>,
    /// Share of operations that never get an answer. Their client goes on under a new name, as Jepsen's do.
    pub unfinished: f64,
    /// The longest time that an operation waits before it takes effect, and once more before it ends.
    pub longest: Time,
    /// What goes wrong. It may leave a history that is linearizable all the same: where nobody reads in time, or
    /// where operations overlap.
    pub flaw: Option<Flaw>,
    /// The same seed, the same history.
    pub seed: u64,
}

impl Default for Generator {
    /// Ten clients, 400 operations on ten texts; all of them end, nothing goes wrong.
    fn default() -> Self {
        Self {
            clients: 10,
            operations: 400,
            keys: 10,
            kind: Kind::Text,
            values: None,
            unfinished: 0.0,
            longest: Time::ms(1),
            flaw: None,
            seed: 1,
        }
    }
}

/// An operation and when it takes effect; nothing if it never does.
struct Planned {
    op: Op,
    effect: Option<Time>,
}

impl Generator {
    /// Makes a history. Without clients or keys it is empty.
    pub fn generate(&self) -> Recorded {
        let mut planned = self.plan();
        planned.sort_by_key(|planned| planned.op.began);
        let mut faults = Rng::new(self.seed, Stream::Faults);
        if self.flaw == Some(Flaw::LostWrite) {
            let changes = |planned: &Planned| {
                planned.op.ended.is_some() && !matches!(planned.op.action, Action::Read(_))
            };
            let places: Vec<_> = (0..planned.len()).filter(|place| changes(&planned[*place])).collect();
            if let Some(place) = faults.pick(&places) {
                planned[*place].effect = None;
            }
        }
        let initially = (self.kind == Kind::Text).then(String::new);
        let mut ops: Vec<Op> = planned.iter().map(|planned| planned.op.clone()).collect();
        let changes = answer(&mut ops, &planned, initially.as_ref());
        if self.flaw == Some(Flaw::StaleRead) {
            make_stale(&mut ops, &changes, &mut faults);
        }
        Recorded { history: History(ops), initially }
    }

    fn plan(&self) -> Vec<Planned> {
        let mut rng = Rng::new(self.seed, Stream::Workload);
        let mut clients: Vec<(Time, u32)> = (0..self.clients).map(|client| (Time::ZERO, client)).collect();
        let mut planned = Vec::new();
        let wait = |rng: &mut Rng| Time::us(1 + rng.below(self.longest.as_us()));
        for number in 0..self.operations {
            let Some((free, client)) = clients.iter_mut().min() else { break };
            if self.keys == 0 {
                break;
            }
            let began = *free + wait(&mut rng);
            let effect = began + wait(&mut rng);
            let ended = effect + wait(&mut rng);
            let key = format!("k{}", rng.below(u64::from(self.keys)));
            let action = self.action(*client, number, &mut rng);
            let finishes = !rng.chance(self.unfinished);
            // Half of what gets no answer takes effect, perhaps much later.
            let late = effect + Time::us(rng.below(20 * self.longest.as_us()));
            let takes_effect = rng.chance(0.5);
            let op =
                Op { client: format!("p{client}"), key, action, began, ended: finishes.then_some(ended) };
            let effect = if finishes { Some(effect) } else { takes_effect.then_some(late) };
            planned.push(Planned { op, effect });
            *free = ended;
            if !finishes {
                *client += self.clients;
            }
        }
        planned
    }

    fn action(&self, client: u32, number: u32, rng: &mut Rng) -> Action {
        let value = |rng: &mut Rng| match self.values {
            Some(values) => rng.below(u64::from(values)).to_string(),
            None => (number + 1).to_string(),
        };
        let share = rng.unit();
        match self.kind {
            Kind::Register if share < 0.5 => Action::Write(value(rng)),
            Kind::CompareAndSet if share < 1.0 / 3.0 => Action::Write(value(rng)),
            Kind::CompareAndSet if share < 2.0 / 3.0 => {
                let expected = match self.values {
                    Some(_) => value(rng),
                    // One of the last few that were written, so that some succeed.
                    None => u64::from(number).saturating_sub(rng.below(8)).to_string(),
                };
                Action::CompareAndSet { expected: Some(expected), new: value(rng), swapped: false }
            }
            Kind::Text if share < 0.45 => Action::Append(format!("x {client} {number} y")),
            Kind::Text if share < 0.55 => Action::Write(format!("x {client} {number} y")),
            _ => Action::Read(Vec::new()),
        }
    }
}

/// A change of a key: who made it, and what was there before.
struct Change {
    place: usize,
    before: Option<String>,
}

/// Lets the operations take effect one after the other, and fills in what they are told. Returns every key's
/// changes.
fn answer(ops: &mut [Op], planned: &[Planned], initially: Option<&String>) -> BTreeMap<String, Vec<Change>> {
    let effects = planned.iter().enumerate().filter_map(|(place, planned)| Some((planned.effect?, place)));
    let mut effects: Vec<_> = effects.collect();
    effects.sort_unstable();
    let mut copy: BTreeMap<String, String> = BTreeMap::new();
    let mut changes: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    for (_, place) in effects {
        let op = &mut ops[place];
        let before = copy.get(&op.key).or(initially).cloned();
        let after = match &mut op.action {
            Action::Read(values) => {
                if op.ended.is_some() {
                    *values = before.into_iter().collect();
                }
                continue;
            }
            Action::Write(value) => value.clone(),
            Action::Append(value) => before.clone().unwrap_or_default() + value,
            Action::CompareAndSet { expected, .. } if *expected != before => continue,
            Action::CompareAndSet { new, swapped, .. } => {
                *swapped = op.ended.is_some();
                new.clone()
            }
        };
        changes.entry(op.key.clone()).or_default().push(Change { place, before });
        copy.insert(op.key.clone(), after);
    }
    changes
}

/// Gives one read what was there before a change that had been acknowledged when the read began, and that began
/// after the change before it had been acknowledged: there is no doubt about which one is newer.
fn make_stale(ops: &mut [Op], changes: &BTreeMap<String, Vec<Change>>, rng: &mut Rng) {
    let mut old: Vec<(usize, Option<String>)> = Vec::new();
    for (place, op) in ops.iter().enumerate() {
        if op.ended.is_none() || !matches!(op.action, Action::Read(_)) {
            continue;
        }
        let changes = changes.get(&op.key).map_or(&[][..], Vec::as_slice);
        let newest = (0..changes.len()).rev().find(|n| ops[changes[*n].place].precedes(op));
        let Some(newest) = newest else { continue };
        let new = &ops[changes[newest].place];
        let settled = changes[..newest].iter().all(|change| ops[change.place].precedes(new));
        let before = &changes[newest].before;
        if settled && !matches!(&op.action, Action::Read(values) if values.first() == before.as_ref()) {
            old.push((place, before.clone()));
        }
    }
    if let Some((place, before)) = rng.pick(&old) {
        ops[*place].action = Action::Read(before.iter().cloned().collect());
    }
}
