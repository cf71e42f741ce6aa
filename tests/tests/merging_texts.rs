//! The lab's text beside one that people use: Automerge, whose sequence is an RGA.

use std::collections::BTreeSet;

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjId, ObjType, ROOT, ReadDoc};
use replication_lab::crdt::Sequence;
use replication_lab::rng::{Rng, Stream};
use replication_lab::view::Table;

/// One replica of a text, once in the lab and once in Automerge.
#[derive(Clone)]
struct Replica {
    name: &'static str,
    lab: Sequence,
    theirs: AutoCommit,
    id: ObjId,
}

impl Replica {
    /// Replicas of one text.
    fn several(text: &str, names: &[&'static str]) -> Vec<Replica> {
        let mut lab = Sequence::default();
        lab.insert_text("base", 0, text).unwrap();
        let mut theirs = AutoCommit::new().with_actor(ActorId::from(b"base"));
        let id = theirs.put_object(ROOT, "text", ObjType::Text).unwrap();
        theirs.splice_text(&id, 0, 0, text).unwrap();
        let replica = |name: &&'static str| {
            let theirs = theirs.fork().with_actor(ActorId::from(name.as_bytes()));
            Replica { name, lab: lab.clone(), theirs, id: id.clone() }
        };
        names.iter().map(replica).collect()
    }

    /// What stands in the lab, and in Automerge.
    fn texts(&self) -> [String; 2] {
        [self.lab.text(), self.theirs.text(&self.id).unwrap()]
    }

    /// Types one character behind another one; at the beginning behind none.
    fn type_behind(&mut self, before: Option<char>, ch: char) {
        let [lab, theirs] = self.texts().map(|text| before.map_or(0, |before| place(&text, before) + 1));
        self.lab.insert(self.name, lab, ch).unwrap();
        self.theirs.splice_text(&self.id, theirs, 0, &ch.to_string()).unwrap();
    }

    fn delete(&mut self, ch: char) {
        let [lab, theirs] = self.texts().map(|text| place(&text, ch));
        self.lab.delete(lab).unwrap();
        self.theirs.splice_text(&self.id, theirs, 1, "").unwrap();
    }

    fn merge(&mut self, other: &Replica) {
        self.lab.merge(&other.lab);
        self.theirs.merge(&mut other.theirs.clone()).unwrap();
    }
}

fn place(text: &str, ch: char) -> usize {
    text.chars().position(|here| here == ch).expect("only what is there is looked for")
}

/// Each hears of the others, in random order and by detours, until everybody has everything.
fn exchange(replicas: &mut [Replica], rng: &mut Rng) {
    let all = 0..replicas.len();
    let mut pairs: Vec<(usize, usize)> = all.clone().flat_map(|a| all.clone().map(move |b| (a, b))).collect();
    for _ in 0..2 {
        rng.shuffle(&mut pairs);
        for (here, from) in &pairs {
            let from = replicas[*from].clone();
            replicas[*here].merge(&from);
        }
    }
}

/// Three replicas type and delete offline, and then exchange. No two characters are the same.
fn edit(seed: u64) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut replicas = Replica::several("abcdefgh", &["ann", "bob", "cem"]);
    let mut expected: BTreeSet<char> = "abcdefgh".chars().collect();
    let mut fresh = '一'..;
    for round in 0..4 {
        let mut runs: Vec<String> = Vec::new();
        let mut gone = BTreeSet::new();
        for replica in &mut replicas {
            let old: Vec<char> = replica.lab.text().chars().collect();
            for _ in 0..2 {
                let mut before = Some(*rng.pick(&old).unwrap()).filter(|_| !rng.chance(0.1));
                before = before.filter(|ch| replica.lab.text().contains(*ch));
                let run: String = fresh.by_ref().take(1 + rng.below(5) as usize).collect();
                for ch in run.chars() {
                    replica.type_behind(before, ch);
                    before = Some(ch);
                }
                runs.push(run);
                let victim = *rng.pick(&old).unwrap();
                if replica.lab.text().contains(victim) {
                    replica.delete(victim);
                    gone.insert(victim);
                }
            }
        }
        exchange(&mut replicas, &mut rng);
        expected.extend(runs.iter().flat_map(|run| run.chars()));
        expected.retain(|ch| !gone.contains(ch));
        let texts = replicas[0].texts();
        for replica in &replicas {
            assert_eq!(replica.texts(), texts, "seed {seed}, round {round}: {} differs", replica.name);
        }
        for text in &texts {
            assert_eq!(text.chars().count(), expected.len(), "seed {seed}, round {round}: {text}");
            assert_eq!(text.chars().collect::<BTreeSet<char>>(), expected, "seed {seed}, round {round}");
            for run in &runs {
                assert!(text.contains(run.as_str()), "seed {seed}, round {round}: {run} is torn in {text}");
            }
        }
    }
}

#[test]
fn both_converge_to_the_same_characters_and_tear_no_run() {
    (0..40).for_each(edit);
}

/// What ann and bob do to “1234” without hearing of each other.
type Change = fn(&mut Replica);

/// Types a word forwards.
fn forwards(replica: &mut Replica, mut before: Option<char>, word: &str) {
    for ch in word.chars() {
        replica.type_behind(before, ch);
        before = Some(ch);
    }
}

/// Types a word from its last letter to its first.
fn backwards(replica: &mut Replica, before: Option<char>, word: &str) {
    word.chars().rev().for_each(|ch| replica.type_behind(before, ch));
}

/// Both are right wherever all replicas agree and both edits are there: which of two concurrent inserts comes first is
/// free. The lab orders them by name; Automerge by a counter, and the later name first. Words that are typed backwards
/// are torn by RGA: each letter is put behind “2”, and so are the other's.
#[test]
fn a_small_run_side_by_side() {
    let cases: [(&str, Change, Change); 6] = [
        ("both type behind 2", |a| forwards(a, Some('2'), "cat"), |b| forwards(b, Some('2'), "DOG")),
        ("both at the beginning", |a| forwards(a, None, "cat"), |b| forwards(b, None, "DOG")),
        ("both backwards behind 2", |a| backwards(a, Some('2'), "cat"), |b| backwards(b, Some('2'), "DOG")),
        ("ann behind 2, bob deletes 2", |a| forwards(a, Some('2'), "cat"), |b| b.delete('2')),
        ("both delete 2", |a| a.delete('2'), |b| b.delete('2')),
        (
            "ann deletes 2, and bob types there",
            |a| a.delete('2'),
            |b| {
                forwards(b, Some('2'), "DO");
                forwards(b, Some('1'), "G");
            },
        ),
    ];
    let mut table = Table::new(["what", "the lab's Sequence", "Automerge"]);
    for (what, by_ann, by_bob) in cases {
        let mut replicas = Replica::several("1234", &["ann", "bob"]);
        by_ann(&mut replicas[0]);
        by_bob(&mut replicas[1]);
        exchange(&mut replicas, &mut Rng::new(1, Stream::Workload));
        assert_eq!(replicas[0].texts(), replicas[1].texts(), "{what}");
        let [lab, theirs] = replicas[0].texts();
        table = table.row([what, &lab, &theirs]);
    }
    insta::assert_snapshot!(table.figure().as_text());
}
