//! The scenarios of E3.4.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::rng::{Rng, Stream};

use super::{KeyedChange, Lsn, SearchIndex, Value, Version, words};
use crate::exercise::{Recorder, Task};

/// The step that holds what was found wrong, for the judge.
const PROBLEMS: &str = "what was wrong";
/// So many histories are delivered in random orders.
const ROUNDS: u32 = 60;

pub(super) fn drive<I: SearchIndex>(task: &Task, notes: &Recorder) {
    let mut bench = Bench { index: I::new(), notes };
    match task.scenario.as_str() {
        "search" => bench.searches(),
        "redelivery" => bench.redelivery(),
        "older-later" => bench.older_later(),
        "deleted-before" => bench.deleted_before(),
        "one-transaction" => bench.one_transaction(),
        "keys" => bench.keys(),
        "copy" => bench.copy(),
        "tombstones" => bench.tombstones(),
        "copy-under-way" => bench.copy_under_way(),
        "any-order" => any_order::<I>(task.seed, notes),
        other => panic!("E3.4 has no scenario {other:?}"),
    }
}

fn row(id: i64, text: &str) -> Vec<(String, Value)> {
    vec![("id".into(), id.into()), ("text".into(), text.into())]
}

fn insert(id: i64, text: &str) -> KeyedChange {
    KeyedChange::Insert { table: "articles".into(), values: row(id, text) }
}

fn update(key: i64, id: i64, text: &str) -> KeyedChange {
    KeyedChange::Update { table: "articles".into(), key: key.into(), values: row(id, text) }
}

fn delete(key: i64) -> KeyedChange {
    KeyedChange::Delete { table: "articles".into(), key: key.into() }
}

fn shown(change: &KeyedChange) -> String {
    let text = |values: &[(String, Value)]| {
        values.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>().join(" ")
    };
    match change {
        KeyedChange::Insert { values, .. } => format!("insert {}", text(values)),
        KeyedChange::Update { key, values, .. } => format!("update {key} to {}", text(values)),
        KeyedChange::Delete { key, .. } => format!("delete {key}"),
    }
}

fn found(keys: &[Value]) -> Vec<String> {
    keys.iter().map(Value::to_string).collect()
}

/// A position that reads like this number of two digits: 60 is 0/60, though an LSN is hexadecimal.
const fn lsn(number: u64) -> Lsn {
    Lsn::new(number / 10 * 16 + number % 10)
}

/// An index by itself.
struct Bench<'a, I> {
    index: I,
    notes: &'a Recorder,
}

impl<I: SearchIndex> Bench<'_, I> {
    /// A change comes; then these words are searched.
    fn apply(&mut self, end: u64, place: u32, change: &KeyedChange, words: &[&str]) {
        let version = Version::new(lsn(end), place);
        self.index.apply(version, change);
        self.search(&format!("{version}: {}", shown(change)), words);
    }

    fn copied(&mut self, at: u64, id: i64, text: &str, words: &[&str]) {
        let row = insert(id, text);
        self.index.copied(lsn(at), &row);
        self.search(&format!("{}: {}", Version::of_copy(lsn(at)), shown(&row)), words);
    }

    fn search(&self, what: &str, words: &[&str]) {
        let found: BTreeMap<&str, Vec<String>> =
            words.iter().map(|word| (*word, found(&self.index.search(word)))).collect();
        self.notes.step(format!("{what}; then search"), found);
    }

    fn confirmed(&mut self, upto: u64) {
        self.index.confirmed(lsn(upto));
        self.notes.step(format!("confirmed up to {}: tombstones", lsn(upto)), self.index.tombstones());
    }

    fn searches(&mut self) {
        self.search("an empty index", &["tea"]);
        self.apply(10, 0, &insert(1, "Green tea, green cups"), &["green", "TEA", "cups", "gre", ""]);
        self.apply(20, 0, &insert(2, "Black tea"), &["tea", "black"]);
        self.apply(30, 0, &insert(10, "tea"), &["tea"]);
        self.apply(40, 0, &update(1, 1, "Green coffee"), &["green", "tea", "cups", "coffee"]);
        self.apply(50, 0, &delete(2), &["tea", "black"]);
        let null = KeyedChange::Update {
            table: "articles".into(),
            key: 10.into(),
            values: vec![("id".into(), 10.into()), ("text".into(), Value::Null)],
        };
        self.apply(60, 0, &null, &["tea", "null"]);
        self.apply(70, 0, &insert(2, "Tea again"), &["tea", "black", "again"]);
    }

    /// Half a transaction, a crash, and the transaction from its beginning; and once more.
    fn redelivery(&mut self) {
        self.apply(10, 0, &insert(1, "green tea"), &["tea"]);
        let words = ["tea", "coffee", "rice", "soup"];
        let changes = [update(1, 1, "coffee"), insert(2, "rice tea"), delete(1), update(2, 2, "rice soup")];
        for upto in [2, 4, 4] {
            for (place, change) in changes.iter().enumerate().take(upto) {
                self.apply(20, place as u32, change, &words);
            }
        }
        self.notes.step("tombstones", self.index.tombstones());
    }

    fn older_later(&mut self) {
        let words = ["one", "two", "three"];
        self.apply(30, 0, &update(1, 1, "three"), &words);
        self.apply(20, 0, &update(1, 1, "two"), &words);
        self.apply(10, 0, &insert(1, "one"), &words);
        self.apply(40, 0, &update(1, 1, "two three"), &words);
        // A delete is a change like any other: it can be too old.
        self.apply(25, 0, &delete(1), &words);
    }

    fn deleted_before(&mut self) {
        let words = ["one", "two"];
        self.apply(30, 0, &delete(1), &words);
        self.apply(10, 0, &insert(1, "one"), &words);
        self.apply(20, 0, &update(1, 1, "two"), &words);
        self.apply(40, 0, &insert(1, "one"), &words);
        self.apply(30, 0, &delete(1), &words);
        self.notes.step("tombstones", self.index.tombstones());
    }

    fn one_transaction(&mut self) {
        let words = ["one", "two"];
        self.apply(10, 0, &insert(1, "one"), &words);
        self.apply(10, 1, &update(1, 1, "two"), &words);
        self.apply(10, 2, &delete(1), &words);
        self.apply(10, 3, &insert(1, "one two"), &words);
        self.apply(10, 1, &update(1, 1, "two"), &words);
    }

    fn keys(&mut self) {
        let words = ["tea", "rice"];
        self.apply(10, 0, &insert(1, "tea"), &words);
        self.apply(20, 0, &update(1, 40, "tea"), &words);
        self.apply(30, 0, &insert(1, "rice"), &words);
        self.apply(20, 0, &update(1, 40, "tea"), &words);
        self.apply(40, 0, &update(40, 40, "rice"), &words);
        self.apply(20, 0, &update(1, 40, "tea"), &words);
        // Two rows change places, by way of a third key.
        for (place, (from, to, text)) in
            [(1, 9, "rice"), (40, 1, "tea"), (9, 40, "rice")].into_iter().enumerate()
        {
            self.apply(50, place as u32, &update(from, to, text), &words);
        }
        self.notes.step("tombstones", self.index.tombstones());
    }

    /// The copy was made at 50; changes of before and after come around it.
    fn copy(&mut self) {
        let words = ["old", "copied", "new"];
        self.apply(60, 0, &update(1, 1, "new"), &words);
        self.copied(50, 1, "copied", &words);
        self.apply(70, 0, &delete(2), &words);
        self.copied(50, 2, "copied", &words);
        self.copied(50, 3, "copied", &words);
        self.apply(40, 0, &insert(3, "old"), &words);
        self.apply(30, 0, &delete(3), &words);
        self.apply(50, 0, &update(3, 3, "old"), &words);
        self.apply(80, 0, &update(3, 3, "new"), &words);
        self.index.copy_complete();
        self.search("the copy is complete", &words);
    }

    fn tombstones(&mut self) {
        self.index.copy_complete();
        for id in 1..=4 {
            self.apply(10, id as u32, &insert(id, "tea"), &[]);
        }
        for (end, id) in [(20, 1), (30, 2), (40, 3)] {
            self.apply(end, 0, &delete(id), &["tea"]);
        }
        self.notes.step("tombstones", self.index.tombstones());
        for upto in [19, 20, 15] {
            self.confirmed(upto);
        }
        // What was not confirmed comes late, or again.
        self.apply(30, 0, &delete(2), &["tea"]);
        self.apply(25, 0, &update(3, 3, "black tea"), &["tea"]);
        self.confirmed(35);
        self.apply(38, 0, &update(3, 3, "green tea"), &["tea"]);
        self.confirmed(40);
        self.apply(50, 0, &update(4, 4, "rice"), &["tea", "rice"]);
    }

    /// Rows of the copy are still to come, and they are older than what is confirmed.
    fn copy_under_way(&mut self) {
        self.apply(60, 0, &delete(1), &["tea"]);
        self.apply(70, 0, &delete(2), &["tea"]);
        self.confirmed(65);
        self.copied(50, 1, "tea", &["tea"]);
        self.confirmed(75);
        self.copied(50, 2, "tea", &["tea"]);
        self.copied(50, 3, "tea", &["tea"]);
        self.index.copy_complete();
        self.confirmed(76);
        self.search("after the copy", &["tea"]);
    }
}

/// Something that comes to the index.
#[derive(Clone, Debug)]
enum Comes {
    Copied(Lsn, KeyedChange),
    Change(Version, KeyedChange),
}

const WORDS: [&str; 4] = ["tea", "rice", "soup", "cake"];

/// A history of a small table: its changes, and what it holds after each of its transactions.
type History = (Vec<(Version, KeyedChange)>, Vec<BTreeMap<i64, String>>);

fn history(rng: &mut Rng) -> History {
    let mut table = BTreeMap::<i64, String>::new();
    let (mut changes, mut tables) = (Vec::new(), vec![table.clone()]);
    for transaction in 1..=6 {
        for place in 0..1 + rng.below(3) as u32 {
            let text = |rng: &mut Rng| {
                let two = [WORDS[rng.below(4) as usize], WORDS[rng.below(4) as usize]];
                two.join(" ")
            };
            let id = 1 + rng.below(4) as i64;
            let change = match (table.contains_key(&id), rng.below(3)) {
                (false, _) => insert(id, &text(rng)),
                (true, 0) => delete(id),
                (true, 1) => update(id, id, &text(rng)),
                (true, _) => {
                    let free = (1..=6).find(|free| !table.contains_key(free)).unwrap_or(id);
                    update(id, free, &text(rng))
                }
            };
            match &change {
                KeyedChange::Insert { values, .. } => put(&mut table, values),
                KeyedChange::Update { values, .. } => {
                    table.remove(&id);
                    put(&mut table, values);
                }
                KeyedChange::Delete { .. } => drop(table.remove(&id)),
            }
            changes.push((Version::new(lsn(10 * transaction), place), change));
        }
        tables.push(table.clone());
    }
    (changes, tables)
}

fn put(table: &mut BTreeMap<i64, String>, values: &[(String, Value)]) {
    if let [(_, Value::Int(id)), (_, Value::Text(text))] = values {
        table.insert(*id, text.clone());
    }
}

/// Copies of a table while it changes, changes twice and in any order: in the end the index is what the table is.
fn any_order<I: SearchIndex>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut problems = Vec::new();
    for round in 1..=ROUNDS {
        let (changes, tables) = history(&mut rng);
        let copied = rng.below(tables.len() as u64) as usize;
        let at = lsn(10 * copied as u64);
        let rows = tables[copied].iter().map(|(id, text)| Comes::Copied(at, insert(*id, text)));
        let mut coming: Vec<Comes> = rows.collect();
        // What the copy shows need not come again, but may: the slot begins two transactions before it.
        let begin = lsn((10 * copied as u64).saturating_sub(20));
        for (version, change) in changes.into_iter().filter(|(version, _)| version.end > begin) {
            let times = 1 + rng.below(2);
            coming.extend((0..times).map(|_| Comes::Change(version, change.clone())));
        }
        rng.shuffle(&mut coming);
        let mut index = I::new();
        for comes in &coming {
            match comes {
                Comes::Copied(at, row) => index.copied(*at, row),
                Comes::Change(version, change) => index.apply(*version, change),
            }
        }
        index.copy_complete();
        let last = &tables[tables.len() - 1];
        for word in WORDS {
            let has = |text: &str| words(text).contains(word);
            let expected: BTreeSet<Value> =
                last.iter().filter(|(_, text)| has(text)).map(|(id, _)| Value::Int(*id)).collect();
            let got = index.search(word);
            if got != expected.iter().cloned().collect::<Vec<_>>() {
                let expected = found(&expected.into_iter().collect::<Vec<_>>()).join(", ");
                let order: Vec<String> = coming
                    .iter()
                    .map(|comes| match comes {
                        Comes::Copied(at, row) => format!("{}: {}", Version::of_copy(*at), shown(row)),
                        Comes::Change(version, change) => format!("{version}: {}", shown(change)),
                    })
                    .collect();
                problems.push(format!(
                    "round {round}: “{word}” finds [{}], and [{expected}] have it. What came: {}",
                    found(&got).join(", "),
                    order.join("; ")
                ));
                break;
            }
        }
    }
    // The shortest story tells most.
    problems.sort_by_key(String::len);
    let wrong = format!("{} of {ROUNDS} rounds", problems.len());
    notes.step("rounds that went wrong", wrong);
    problems.truncate(1);
    notes.step(PROBLEMS, problems);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every index.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let problems = seen.steps.iter().filter(|step| step.what == PROBLEMS);
        let problems = problems.filter_map(|step| step.got.as_array()).flatten();
        let texts = problems.filter_map(|problem| problem.as_str());
        texts.map(|text| Violation::new("the-index-becomes-the-table", text)).collect()
    }
}
