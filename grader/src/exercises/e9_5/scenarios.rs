//! The scenarios of E9.5.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64;

use super::{Hash, HashRing, Settings};
use crate::exercise::{Recorder, Task};

thread_local! {
    /// How many texts this thread has hashed.
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

/// How many texts are hashed meanwhile.
pub(super) fn hashed(during: impl FnOnce()) -> usize {
    let before = HASHED.get();
    during();
    HASHED.get() - before
}

/// XXH3, 64 bits.
pub(super) fn xxh3(text: &str) -> u64 {
    HASHED.set(HASHED.get() + 1);
    xxh3_64(text.as_bytes())
}

/// A hash of 64 different values: nodes collide.
pub(super) fn crowded(text: &str) -> u64 {
    xxh3(text) % 64
}

/// Positions that are made up: `k95` is at 95, `kmax` at the end, nodes where the table says.
fn by_hand(text: &str) -> u64 {
    const NODES: [(&str, u64); 13] = [
        ("A:0", 10),
        ("B:0", 30),
        ("C:0", 55),
        ("D:0", 75),
        ("E:0", 90),
        ("A:1", 60),
        ("B:1", 20),
        ("C:1", 5),
        ("D:1", 45),
        ("E:1", 70),
        ("X:0", 50),
        ("Y:0", 50),
        ("Z:0", 80),
    ];
    let node = NODES.iter().find(|(name, _)| *name == text).map(|(_, at)| *at);
    let key = text.strip_prefix('k').and_then(|number| number.parse().ok());
    node.or(key).unwrap_or(u64::MAX)
}

fn settings(hash: Hash, vnodes: u32, replicas: usize) -> Settings {
    Settings { hash, vnodes, replicas }
}

/// A ring with these nodes: `name zone weight`.
fn ring<R: HashRing>(settings: Settings, nodes: &[(&str, &str, u32)]) -> R {
    let mut ring = R::new(settings);
    for (node, zone, weight) in nodes {
        let _ = ring.add_node(node, zone, *weight);
    }
    ring
}

/// A ring with nodes of these letters, all in one zone.
fn plain<R: HashRing>(settings: Settings, letters: &str) -> R {
    let mut ring = R::new(settings);
    for letter in letters.chars() {
        let _ = ring.add_node(&node(letter), "z", 1);
    }
    ring
}

/// `nodeA` for the letter of a large ring; a node by hand has the letter alone.
fn node(letter: char) -> String {
    if letter.is_ascii_lowercase() {
        format!("node{}", letter.to_ascii_uppercase())
    } else {
        letter.to_string()
    }
}

const KEYS: usize = 1_000;

fn keys() -> Vec<String> {
    (0..KEYS).map(|i| format!("key:{i}")).collect()
}

/// What one scenario looks at.
struct Bench<'a> {
    notes: &'a Recorder,
}

impl Bench<'_> {
    fn lists<R: HashRing>(&self, name: &str, ring: &R, keys: &[&str]) {
        for key in keys {
            self.notes.step(format!("{name}: replicas({key:?})"), ring.replicas(key));
        }
    }

    /// How many keys each node is the first for.
    fn firsts<R: HashRing>(&self, what: &str, ring: &R) {
        let mut firsts = BTreeMap::<String, usize>::new();
        for key in keys() {
            *firsts.entry(ring.replicas(&key).first().cloned().unwrap_or_default()).or_default() += 1;
        }
        self.notes.step(format!("{what}: of {KEYS} keys, each node is the first for"), firsts);
    }

    /// How many of the keys have another list.
    fn differ<R: HashRing>(&self, what: &str, a: &R, b: &R) {
        let differ = keys().iter().filter(|key| a.replicas(key) != b.replicas(key)).count();
        self.notes.step(format!("{what}: of {KEYS} keys, so many have another list"), differ);
    }

    /// How many keys `owners_diff` names, and how many of them gain and lose which nodes.
    fn moved<R: HashRing>(&self, what: &str, before: &R, after: &R) {
        let mut changes = BTreeMap::<String, usize>::new();
        let moved = before.owners_diff(after, &keys());
        for moved in &moved {
            let (gains, loses) = (moved.gains.join(" "), moved.loses.join(" "));
            *changes.entry(format!("{gains} instead of {loses}")).or_default() += 1;
        }
        self.notes.step(format!("{what}: of {KEYS} keys, so many move"), moved.len());
        self.notes.step(format!("{what}: what they gain, and lose"), changes);
    }
}

pub(super) fn drive<R: HashRing + 'static>(task: &Task, notes: &Recorder) {
    let bench = Bench { notes };
    match task.scenario.as_str() {
        "clockwise" => {
            let ring: R = plain(settings(by_hand, 1, 3), "DBEAC");
            bench.lists("ring", &ring, &["k40", "k11", "k55", "k56", "k30", "k75"]);
        }
        "wrap" => {
            let ring: R = plain(settings(by_hand, 1, 3), "ABCDE");
            bench.lists("ring", &ring, &["k80", "k90", "k91", "kmax", "k0", "k10"]);
            bench.lists("empty", &R::new(settings(by_hand, 1, 3)), &["k40"]);
        }
        "virtual-nodes" => {
            bench.lists(
                "two positions each",
                &plain::<R>(settings(by_hand, 2, 3), "ABCDE"),
                &["k15", "k58", "k80"],
            );
            bench.lists("six wanted", &plain::<R>(settings(by_hand, 2, 6), "ABCDE"), &["k15", "k91"]);
            bench.lists("one wanted", &plain::<R>(settings(by_hand, 2, 1), "ABCDE"), &["k71"]);
        }
        "drill" => drill::<R>(&bench),
        "weights" => {
            let mut ring: R = plain(settings(xxh3, 10, 3), "abcd");
            let count = hashed(|| {
                let _ = ring.add_node("nodeE", "z", 1);
            });
            notes.step("texts that are hashed to add nodeE, with 10 positions for weight 1", count);
            bench.firsts("five nodes of weight 1", &ring);
            let count = hashed(|| {
                let _ = ring.add_node("nodeF", "z", 3);
            });
            notes.step("texts that are hashed to add nodeF, of weight 3", count);
            bench.firsts("and nodeF of weight 3", &ring);
        }
        "twice" => {
            let before: R = plain(settings(xxh3, 50, 3), "abcde");
            let mut ring: R = plain(settings(xxh3, 50, 3), "abcde");
            notes.step("nodeA is added again", ring.add_node("nodeA", "z", 1));
            notes
                .step("nodeA is added again, with weight 4, in another zone", ring.add_node("nodeA", "y", 4));
            notes.step("nodeF is added with weight 0", ring.add_node("nodeF", "z", 0));
            bench.differ("before and after", &before, &ring);
            notes.step("nodeA is removed", ring.remove_node("nodeA"));
            let without: R = plain(settings(xxh3, 50, 3), "bcde");
            bench.differ("compared with a ring that never had nodeA", &without, &ring);
        }
        "collision" => collision::<R>(&bench),
        "removal" => removal::<R>(&bench),
        "zones" => zones::<R>(&bench),
        "few-zones" => few_zones::<R>(&bench),
        "diff" => {
            let keys = ["k58", "k40", "k15", "k80", "k91", "k56", "k70"].map(str::to_owned);
            let two = settings(by_hand, 1, 2);
            let (before, after): (R, R) = (plain(two, "ABDE"), plain(two, "ABCD"));
            notes.step("E leaves and C joins, two replicas", before.owners_diff(&after, &keys));
            notes.step("the other way round", after.owners_diff(&before, &keys));
            notes.step("compared with itself", before.owners_diff(&before, &keys));
            // With two positions each, C comes before A for some keys, and both hold all of them.
            let (one, two): (R, R) =
                (plain(settings(by_hand, 1, 2), "AC"), plain(settings(by_hand, 2, 2), "AC"));
            bench.lists("A and C, one position each", &one, &["k15", "k80"]);
            bench.lists("A and C, two positions each", &two, &["k15", "k80"]);
            notes.step("the same nodes in another order", one.owners_diff(&two, &keys));
        }
        other => panic!("E9.5 has no scenario {other:?}"),
    }
}

/// The source's demonstration, with XXH3.
fn drill<R: HashRing>(bench: &Bench<'_>) {
    let before: R = plain(settings(xxh3, 150, 3), "abcde");
    bench.lists("five nodes", &before, &["user:42", "user:99"]);
    let count = hashed(|| {
        let _ = before.replicas("user:42");
    });
    bench.notes.step("texts that are hashed to find user:42", count);
    bench.firsts("five nodes", &before);
    let mut after: R = plain(settings(xxh3, 150, 3), "abcde");
    let count = hashed(|| {
        let _ = after.add_node("nodeF", "z", 1);
    });
    bench.notes.step("texts that are hashed to add nodeF", count);
    bench.lists("with nodeF", &after, &["user:42", "user:99"]);
    bench.moved("nodeF joins", &before, &after);
}

fn collision<R: HashRing>(bench: &Bench<'_>) {
    let mut ring: R = plain(settings(by_hand, 1, 2), "XYZ");
    bench.lists("X and Y at 50, Z at 80", &ring, &["k45", "k50", "k51"]);
    bench.lists(
        "added in another order",
        &plain::<R>(settings(by_hand, 1, 2), "ZYX"),
        &["k45", "k50", "k51"],
    );
    bench.notes.step("X is removed", ring.remove_node("X"));
    bench.lists("without X", &ring, &["k45", "k51"]);
    let crowded = settings(crowded, 10, 2);
    let mut after: R = plain(crowded, "abcde");
    bench.differ("50 positions on 64 places, added in another order", &after, &plain(crowded, "dbeac"));
    after.remove_node("nodeA");
    bench.differ(
        "and without nodeA, compared with a ring that never had it",
        &after,
        &plain(crowded, "bcde"),
    );
}

fn removal<R: HashRing>(bench: &Bench<'_>) {
    let before: R = plain(settings(xxh3, 50, 3), "abcde");
    let mut after: R = plain(settings(xxh3, 50, 3), "abcde");
    bench.notes.step("nodeB is removed", after.remove_node("nodeB"));
    bench.moved("nodeB is removed", &before, &after);
    let had: BTreeSet<String> =
        keys().into_iter().filter(|key| before.replicas(key).contains(&node('b'))).collect();
    let moved = before.owners_diff(&after, &keys());
    let others = moved.iter().filter(|moved| !had.contains(&moved.key)).count();
    bench.notes.step("so many had nodeB", had.len());
    bench.notes.step("so many move that did not have it", others);
    bench.notes.step("nodeB is removed again", after.remove_node("nodeB"));
    bench.notes.step("nodeQ, which was never there, is removed", after.remove_node("nodeQ"));
    bench.notes.step("nodeB is added again", after.add_node("nodeB", "z", 1));
    bench.differ("then, compared with the beginning", &before, &after);
    bench.notes.step("nodeG joins, with weight 4", after.add_node("nodeG", "z", 4));
    bench.notes.step("nodeG is removed", after.remove_node("nodeG"));
    bench.differ("then, compared with the beginning", &before, &after);
}

/// In how many zones the replicas of keys stand; the zone is the first letter of a node's name.
fn spread<R: HashRing>(ring: &R) -> BTreeMap<String, usize> {
    let mut spread = BTreeMap::new();
    for key in keys() {
        let list = ring.replicas(&key);
        let zones: BTreeSet<Option<char>> = list.iter().map(|node| node.chars().next()).collect();
        *spread.entry(format!("{} nodes in {} zones", list.len(), zones.len())).or_default() += 1;
    }
    spread
}

fn zones<R: HashRing>(bench: &Bench<'_>) {
    let by_hand = settings(by_hand, 1, 3);
    let small: R =
        ring(by_hand, &[("A", "1", 1), ("B", "1", 1), ("C", "2", 1), ("D", "3", 1), ("E", "3", 1)]);
    bench.lists("A and B in zone 1, C in 2, D and E in 3", &small, &["k5", "k20", "k40", "k70", "k80"]);
    let racks: R = ring(
        settings(xxh3, 50, 3),
        &["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"].map(|node| (node, &node[..1], 1)),
    );
    bench.notes.step(format!("nine nodes in three zones: of {KEYS} keys"), spread(&racks));
    bench.lists("nine nodes in three zones", &racks, &["key:1", "key:2", "key:3", "key:4"]);
    let one = plain::<R>(by_hand, "ABCDE");
    let each: R = ring(by_hand, &["A", "B", "C", "D", "E"].map(|node| (node, node, 1)));
    bench.differ("all in one zone, or each in its own", &one, &each);
}

fn few_zones<R: HashRing>(bench: &Bench<'_>) {
    let two: R =
        ring(settings(xxh3, 50, 3), &["a1", "a2", "a3", "b1", "b2", "b3"].map(|node| (node, &node[..1], 1)));
    bench.notes.step(format!("six nodes in two zones: of {KEYS} keys"), spread(&two));
    let by_hand = settings(by_hand, 1, 3);
    let nodes = [("A", "1", 1), ("B", "1", 1), ("C", "1", 1), ("D", "2", 1), ("E", "2", 1)];
    let mut small: R = ring(by_hand, &nodes);
    bench.lists("A, B and C in zone 1, D and E in 2", &small, &["k5", "k40", "k60", "k80"]);
    let four = Settings { replicas: 4, ..by_hand };
    bench.lists("the same, four replicas", &ring::<R>(four, &nodes), &["k5", "k80"]);
    bench.lists("the same, nine replicas", &ring::<R>(Settings { replicas: 9, ..by_hand }, &nodes), &["k5"]);
    small.remove_node("D");
    bench.lists("without D", &small, &["k5", "k60"]);
    small.remove_node("E");
    bench.lists("without D and E", &small, &["k5", "k60"]);
    let _ = small.add_node("D", "3", 1);
    bench.lists("with D in zone 3", &small, &["k5", "k60"]);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every ring.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let lists = seen.steps.iter().filter(|step| step.what.contains("replicas("));
        lists
            .filter_map(|step| {
                let list: Vec<String> = serde_json::from_value(step.got.clone()).ok()?;
                let twice = list.iter().find(|node| list.iter().filter(|other| other == node).count() > 1)?;
                Some(Violation::new(
                    "a-node-counts-once",
                    format!("{} lists {twice} twice: two copies on one node are lost together", step.what),
                ))
            })
            .collect()
    }
}
