//! E6.4 — A replica with read repair, hints and anti-entropy.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};

pub use replication_lab::leaderless::{ClientId, Version, Versioned};
pub use replication_lab::trace::NodeId;

use replication_lab::leaderless::{Leaderless, ReadRepair, Scheme, Store};
use replication_lab::time::Time;

use crate::exercise::{Answer, Recorder, Task};

/// The versions of a replica's keys.
pub type Digest = BTreeMap<String, Version>;

/// What the learner writes: the part of a replica that decides what is kept. Versions are
/// [`Version::Counter`]s here: `a > b` says that `a` is newer, and no two writes have the same one.
pub trait Replica: Clone + Debug + Default + Send {
    /// Takes a write in, unless what is there is newer or the same. Writes, repairs, hints that are handed over and
    /// anti-entropy all come this way, in any order, some of them twice. A value of `None` is a deletion.
    fn write(&mut self, key: &str, new: Versioned);

    /// What is kept under a key: nothing if there never was anything, a value of `None` if it was deleted.
    fn read(&self, key: &str) -> Option<Versioned>;

    /// The keys and versions of everything that is kept.
    fn digest(&self) -> Digest;

    /// What is kept here that a replica with this digest lacks, in the order of the keys.
    fn missing_in(&self, theirs: &Digest) -> Vec<(String, Versioned)>;

    /// Keeps a value for `home`, which can't be reached. It is not this replica's own. Of several hints for one key
    /// and home, the newest remains.
    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned);

    /// The hints that are kept, in the order of homes and keys.
    fn hints(&self) -> Vec<(NodeId, String, Versioned)>;

    /// `home` now holds this version of the key: what is kept for it there and not newer can go.
    fn handed_over(&mut self, home: NodeId, key: &str, version: &Version);

    /// Read repair: given what each replica that was asked answered, who must be sent what, in the order of the
    /// answers.
    fn repairs(answers: &[(NodeId, Option<Versioned>)]) -> Vec<(NodeId, Versioned)>;
}

/// Wraps a learner's replica.
pub fn answer<R: Replica + 'static>() -> Answer {
    Answer::new("E6.4", drive::<R>)
}

fn version(counter: u64, client: u16) -> Version {
    Version::Counter(counter, ClientId(client))
}

fn value(text: &str, counter: u64, client: u16) -> Versioned {
    Versioned { value: Some(text.into()), version: version(counter, client) }
}

fn deleted(counter: u64, client: u16) -> Versioned {
    Versioned { value: None, version: version(counter, client) }
}

fn drive<R: Replica + 'static>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "version-check" => version_check::<R>(notes),
        "deletions" => deletions::<R>(notes),
        "read-repair" => read_repair::<R>(notes),
        "hints" => hints::<R>(notes),
        "anti-entropy" => anti_entropy::<R>(notes),
        "in-a-cluster" => in_a_cluster::<R>(task.seed, notes),
        other => panic!("E6.4 has no scenario {other:?}"),
    }
}

/// What is kept under a key, as text.
struct Shown(Option<Versioned>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("nothing"),
            Some(held) => write!(f, "{held}"),
        }
    }
}

fn version_check<R: Replica>(notes: &Recorder) {
    let mut replica = R::default();
    let note = |replica: &R, what: &str| notes.step(what, Shown(replica.read("user:42")).to_string());
    note(&replica, "before any write");
    for (what, new) in [
        ("after Bob@1.c1", value("Bob", 1, 1)),
        ("after Alice@3.c1", value("Alice", 3, 1)),
        ("after a late Carol@2.c2", value("Carol", 2, 2)),
        ("after Alice@3.c1 once more", value("Alice", 3, 1)),
        ("after Dave@3.c2: same counter, higher client", value("Dave", 3, 2)),
        ("after a late Alice@3.c1", value("Alice", 3, 1)),
    ] {
        replica.write("user:42", new);
        note(&replica, what);
    }
    notes.step("another key", Shown(replica.read("user:43")).to_string());
}

fn deletions<R: Replica>(notes: &Recorder) {
    let mut replica = R::default();
    replica.write("cart", value("milk", 1, 1));
    replica.write("cart", deleted(2, 1));
    notes.step("after the deletion", Shown(replica.read("cart")).to_string());
    replica.write("cart", value("milk", 1, 1));
    notes.step("after the old write comes once more", Shown(replica.read("cart")).to_string());
    notes.step("the digest", digest(&replica));
    let mut other = R::default();
    other.write("cart", value("milk", 1, 1));
    let sent = replica.missing_in(&other.digest());
    notes.step("what a replica with the old write lacks", sent.iter().map(entry).collect::<Vec<_>>());
    let repairs = R::repairs(&[(NodeId(0), replica.read("cart")), (NodeId(1), other.read("cart"))]);
    notes.step("repairs for A: deleted, B: the old write", repairs.iter().map(repair).collect::<Vec<_>>());
    replica.write("cart", value("eggs", 3, 1));
    notes.step("after a newer write", Shown(replica.read("cart")).to_string());
}

fn digest<R: Replica>(replica: &R) -> Vec<String> {
    replica.digest().into_iter().map(|(key, version)| format!("{key}@{version}")).collect()
}

fn entry((key, held): &(String, Versioned)) -> String {
    format!("{key}={held}")
}

fn name(node: NodeId) -> char {
    char::from(b'A' + node.0 as u8)
}

fn repair((node, new): &(NodeId, Versioned)) -> String {
    format!("{new} to {}", name(*node))
}

fn read_repair<R: Replica>(notes: &Recorder) {
    let (old, new) = (Some(value("Bob", 1, 1)), Some(value("Alice", 2, 1)));
    let cases = [
        ("A: Alice@2, C: Bob@1", vec![(0, new.clone()), (2, old.clone())]),
        ("A: Alice@2, B: Alice@2", vec![(0, new.clone()), (1, new.clone())]),
        ("A: Bob@1, B: nothing, C: Alice@2", vec![(0, old.clone()), (1, None), (2, new.clone())]),
        ("A: nothing, B: nothing", vec![(0, None), (1, None)]),
        ("A: Eve@2.c2, B: Alice@2.c1", vec![(0, Some(value("Eve", 2, 2))), (1, new)]),
        ("nobody answered", vec![]),
    ];
    for (what, answers) in cases {
        let answers: Vec<_> = answers.into_iter().map(|(node, held)| (NodeId(node), held)).collect();
        notes.step(what, R::repairs(&answers).iter().map(repair).collect::<Vec<_>>());
    }
}

fn hints<R: Replica>(notes: &Recorder) {
    let mut keeper = R::default();
    let (a, b) = (NodeId(0), NodeId(1));
    let note = |keeper: &R, what: &str| {
        let hints = keeper.hints();
        let shown = hints.iter().map(|(home, key, new)| format!("for {}: {key}={new}", name(*home)));
        notes.step(what, shown.collect::<Vec<_>>());
    };
    keeper.keep_hint(a, "x", value("one", 1, 1));
    keeper.keep_hint(b, "x", value("one", 1, 1));
    keeper.keep_hint(a, "y", value("why", 4, 1));
    note(&keeper, "three hints");
    notes.step("a read of x", Shown(keeper.read("x")).to_string());
    notes.step("the digest", digest(&keeper));
    keeper.keep_hint(a, "x", value("two", 2, 1));
    keeper.keep_hint(a, "x", value("one", 1, 1));
    note(&keeper, "a newer hint for A's x, and then the old one again");
    keeper.handed_over(a, "x", &version(1, 1));
    note(&keeper, "A has taken x@1.c1");
    keeper.handed_over(a, "x", &version(2, 1));
    note(&keeper, "A has taken x@2.c1");
    keeper.handed_over(b, "x", &version(1, 1));
    keeper.handed_over(b, "z", &version(1, 1));
    note(&keeper, "B has taken x@1.c1, and a z that nobody kept");
}

fn anti_entropy<R: Replica>(notes: &Recorder) {
    let (mut left, mut right) = (R::default(), R::default());
    left.write("cold", value("kept for years", 1, 1));
    left.write("both", value("new", 3, 1));
    left.write("same", value("same", 2, 2));
    right.write("both", value("old", 2, 1));
    right.write("same", value("same", 2, 2));
    right.write("right", value("only here", 1, 2));
    let (to_right, to_left) = (left.missing_in(&right.digest()), right.missing_in(&left.digest()));
    notes.step("what the right one lacks", to_right.iter().map(entry).collect::<Vec<_>>());
    notes.step("what the left one lacks", to_left.iter().map(entry).collect::<Vec<_>>());
    to_right.into_iter().for_each(|(key, new)| right.write(&key, new));
    to_left.into_iter().for_each(|(key, new)| left.write(&key, new));
    notes.step("the left one's digest afterwards", digest(&left));
    notes.step("the right one's digest afterwards", digest(&right));
}

/// A learner's replica in the lab's cluster.
#[derive(Clone, Debug)]
struct InTheLab<R>(R);

impl<R: Replica + 'static> Store for InTheLab<R> {
    fn get(&self, key: &str) -> Vec<Versioned> {
        self.0.read(key).into_iter().collect()
    }

    fn put(&mut self, key: &str, new: Versioned) -> bool {
        let before = self.0.read(key);
        self.0.write(key, new);
        self.0.read(key) != before
    }

    fn keys(&self) -> Vec<String> {
        self.0.digest().into_keys().collect()
    }

    fn keep_hint(&mut self, home: NodeId, key: &str, new: Versioned) {
        self.0.keep_hint(home, key, new);
    }

    fn hints(&self) -> Vec<(NodeId, String, Versioned)> {
        self.0.hints()
    }

    fn drop_hint(&mut self, home: NodeId, key: &str, version: &Version) {
        self.0.handed_over(home, key, version);
    }

    fn boxed_clone(&self) -> Box<dyn Store> {
        Box::new(self.clone())
    }
}

/// Five nodes, three replicas, sloppy quorums: two home replicas miss a write and get it back by handoff; a third one
/// missed a cold key and gets it by anti-entropy.
fn in_a_cluster<R: Replica + 'static>(seed: u64, notes: &Recorder) {
    let built = Leaderless::builder()
        .replicas(3)
        .nodes(5)
        .clients(2)
        .sloppy(true)
        .hints(true)
        // One client writes, so its own count is enough, and a write need not ask the replicas that are down.
        .versions(Scheme::ClientCounter)
        .read_repair(ReadRepair::Background)
        .anti_entropy(Some(Time::ms(200)))
        .seed(seed)
        .build_with(|_| Box::new(InTheLab(R::default())));
    let Ok(mut cluster) = built else { return };
    let home = cluster.home("user:42");
    let run = |cluster: &mut Leaderless| -> Result<(), replication_lab::leaderless::SetupError> {
        let step = |what: &str, got: String| notes.step(what, got);
        step("Bob is written", cluster.write("c1", "user:42", "Bob")?.to_string());
        cluster.settle().crash(&home[0])?.crash(&home[1])?;
        step(
            "Alice is written while two of three are down",
            cluster.write("c1", "user:42", "Alice")?.to_string(),
        );
        cluster.settle();
        step("hints are kept", cluster.hints().len().to_string());
        cluster.restart(&home[0])?.restart(&home[1])?;
        let early = cluster.read_from("c2", &[&home[0], &home[1]], "user:42")?;
        step("the two are read before the handoff", early.to_string());
        cluster.run_for(Time::ms(400)).settle();
        step("hints are kept after the handoff", cluster.hints().len().to_string());
        let late = cluster.read_from("c2", &[&home[0], &home[1]], "user:42")?;
        step("the two are read after the handoff", late.to_string());
        let cold = cluster.home("cold:1");
        cluster.crash(&cold[2])?;
        step("a cold key is written while one is down", cluster.write("c1", "cold:1", "ice")?.to_string());
        cluster.settle().restart(&cold[2])?;
        cluster.run_for(Time::s(3)).settle();
        step("its replicas differ in the end", cluster.diverged("cold:1").to_string());
        step("user:42's replicas differ in the end", cluster.diverged("user:42").to_string());
        Ok(())
    };
    let ran = run(&mut cluster);
    debug_assert!(ran.is_ok(), "all names are the cluster's own");
    if let Some(trace) = cluster.trace() {
        notes.keep_run(trace);
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every replica.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let got =
            |what: &str| seen.steps.iter().find(|step| step.what == what).and_then(|step| step.got.as_str());
        let mut broken = Vec::new();
        if task.scenario == "in-a-cluster" {
            if got("user:42's replicas differ in the end") == Some("true")
                || got("its replicas differ in the end") == Some("true")
            {
                broken.push(Violation::new(
                    "replicas-converge",
                    "after every fault is over and housekeeping had its time, replicas of a key still differ",
                ));
            }
            if got("the two are read after the handoff").is_some_and(|read| !read.starts_with("Alice")) {
                broken.push(Violation::new(
                    "acknowledged-writes-survive",
                    "Alice was acknowledged and handed over, and a read of the home replicas does not return her",
                ));
            }
        }
        if task.scenario == "deletions"
            && got("after the old write comes once more").is_some_and(|held| held.starts_with("milk"))
        {
            broken.push(Violation::new(
                "the-deleted-stay-dead",
                "a late copy of an old write brought a deleted value back",
            ));
        }
        broken
    }
}
