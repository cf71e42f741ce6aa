//! Answers that are written otherwise, over the lab's types or with tombstones for ever, behave as the references do,
//! also with other seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use grader::exercise::{Answer, Task};
use grader::exercises::{e5_1, e5_2, e5_5, e7_3};
use grader::judge::Exercise;
use replication_lab::crdt;
use replication_lab::operational_transformation as ot;
use solutions::{e5_1 as s5_1, e5_2 as s5_2, e5_5 as s5_5, e7_3 as s7_3};

/// Both do the same in every scenario, with every seed.
fn alike(reference: Answer, otherwise: Answer) {
    for seed in 1..=8 {
        for task in Exercise::find(reference.exercise()).unwrap().tasks() {
            let task = Task { seed, ..task };
            let [one, other] =
                [&reference, &otherwise].map(|answer| answer.observe(&task, Duration::from_secs(60)));
            assert_eq!(one.steps, other.steps, "{} {} with seed {seed}", reference.exercise(), task.scenario);
            assert_eq!(one.ending, other.ending);
            let broken = Exercise::find(reference.exercise()).unwrap().violations(&task, &one);
            assert_eq!(broken, [], "{} {} with seed {seed}", reference.exercise(), task.scenario);
        }
    }
}

#[derive(Clone)]
struct Slots {
    slot: String,
    counter: crdt::GCounter,
}

impl e5_1::Counter for Slots {
    fn start(replica: &str, life: u32, saved: Option<&Self>) -> Self {
        let counter = saved.map(|saved| saved.counter.clone()).unwrap_or_default();
        Self { slot: format!("{life} of {replica}"), counter }
    }

    fn increment(&mut self, by: u64) -> Result<(), e5_1::Overflow> {
        self.counter.increment(&self.slot, by).map_err(|_| e5_1::Overflow)
    }

    fn value(&self) -> u128 {
        self.counter.value()
    }

    fn merge(&mut self, other: &Self) {
        self.counter.merge(&other.counter);
    }
}

#[test]
fn a_counter_over_the_labs() {
    alike(e5_1::answer::<s5_1::GCounter>(), e5_1::answer::<Slots>());
}

struct Lab;

impl e5_2::Editor for Lab {
    fn apply(text: &str, op: e5_2::Op) -> Result<String, e5_2::Beyond> {
        ot::apply(text, &op).map_err(|_| e5_2::Beyond)
    }

    fn transform(op: e5_2::Op, against: e5_2::Op) -> Option<e5_2::Op> {
        ot::transform(op, against)
    }

    fn transform_lists(first: &[e5_2::Op], second: &[e5_2::Op]) -> (Vec<e5_2::Op>, Vec<e5_2::Op>) {
        ot::transform_lists(first, second)
    }
}

#[test]
fn a_transformation_over_the_labs() {
    alike(e5_2::answer::<s5_2::Transformer>(), e5_2::answer::<Lab>());
}

/// One of the lab's types, with the name of the replica that holds it.
#[derive(Clone)]
struct Named<T> {
    me: String,
    state: T,
}

macro_rules! mergeable {
    ($($state:ident),+) => {
        $(impl e5_5::Mergeable for Named<crdt::$state> {
            fn new(replica: &str) -> Self {
                Self { me: replica.to_owned(), state: crdt::$state::default() }
            }

            fn merge(&mut self, other: &Self) {
                self.state.merge(&other.state);
            }
        })+
    };
}

mergeable!(PnCounter, OrSet, LwwRegister, MvRegister);

impl e5_5::PnCounter for Named<crdt::PnCounter> {
    fn increment(&mut self, by: u64) {
        self.state.increment(&self.me, by).unwrap();
    }

    fn decrement(&mut self, by: u64) {
        self.state.decrement(&self.me, by).unwrap();
    }

    fn value(&self) -> i128 {
        self.state.value()
    }
}

impl e5_5::OrSet for Named<crdt::OrSet> {
    fn add(&mut self, item: &str) {
        self.state.add(&self.me, item);
    }

    fn remove(&mut self, item: &str) {
        self.state.remove(item);
    }

    fn items(&self) -> Vec<String> {
        self.state.items().into_iter().map(str::to_owned).collect()
    }
}

impl e5_5::LwwRegister for Named<crdt::LwwRegister> {
    fn set(&mut self, value: &str, time: i64) {
        self.state.set(value, crdt::Stamp::new(time, &self.me));
    }

    fn value(&self) -> Option<String> {
        self.state.value().map(str::to_owned)
    }
}

impl e5_5::MvRegister for Named<crdt::MvRegister> {
    fn set(&mut self, value: &str) {
        self.state.set(&self.me, value);
    }

    fn values(&self) -> Vec<String> {
        self.state.values().into_iter().map(str::to_owned).collect()
    }
}

#[test]
fn four_types_over_the_labs() {
    alike(
        e5_5::answer::<s5_5::Counter, s5_5::Items, s5_5::Last, s5_5::Concurrent>(),
        e5_5::answer::<
            Named<crdt::PnCounter>,
            Named<crdt::OrSet>,
            Named<crdt::LwwRegister>,
            Named<crdt::MvRegister>,
        >(),
    );
}

/// The set with tombstones for ever: every add that was ever heard of, and every one that was taken out.
#[derive(Clone)]
struct Tombstones {
    me: String,
    added: BTreeMap<(String, usize), (String, u32)>,
    removed: BTreeSet<(String, usize)>,
}

impl e7_3::Cart for Tombstones {
    fn new(device: &str) -> Self {
        Self { me: device.to_owned(), added: BTreeMap::new(), removed: BTreeSet::new() }
    }

    fn add(&mut self, item: &str, pieces: u32) {
        let mine = self.added.keys().filter(|(device, _)| *device == self.me).count();
        if pieces > 0 {
            self.added.insert((self.me.clone(), mine), (item.to_owned(), pieces));
        }
    }

    fn remove(&mut self, item: &str) {
        let these = self.added.iter().filter(|(_, (added, _))| added == item);
        self.removed.extend(these.map(|(add, _)| add.clone()));
    }

    fn items(&self) -> BTreeMap<String, u64> {
        let mut items = BTreeMap::new();
        for (_, (item, pieces)) in self.added.iter().filter(|(add, _)| !self.removed.contains(add)) {
            *items.entry(item.clone()).or_default() += u64::from(*pieces);
        }
        items
    }

    fn merge(&mut self, other: &Self) {
        self.added.extend(other.added.clone());
        self.removed.extend(other.removed.iter().cloned());
    }
}

#[test]
fn a_cart_with_tombstones_for_ever() {
    let by_folding = |siblings: &[e7_3::Marked]| {
        let mut items = BTreeSet::new();
        for (item, alive) in siblings.iter().flatten() {
            if *alive && siblings.iter().all(|sibling| sibling.get(item) != Some(&false)) {
                items.insert(item.clone());
            }
        }
        items
    };
    alike(e7_3::answer::<s7_3::Basket>(s7_3::merge_marked), e7_3::answer::<Tombstones>(by_folding));
}
