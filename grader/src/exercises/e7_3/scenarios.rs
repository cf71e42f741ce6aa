//! The scenarios of E7.3.

use std::collections::BTreeSet;

use replication_lab::network::{Latency, Link};
use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;

use super::{Cart, Marked, MergeMarked};
use crate::exercise::{Recorder, Task};
use crate::exercises::merging::{Run, laws};

pub(super) fn drive<C: Cart>(merge_marked: MergeMarked, task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "rule" => rule(merge_marked, notes),
        "rule-fails" => rule_fails::<C>(merge_marked, notes),
        "w7-4" => w7_4::<C>(notes),
        "again" => again::<C>(notes),
        "concurrent" => concurrent::<C>(notes),
        "third" => third::<C>(notes),
        "pieces" => pieces::<C>(notes),
        "pieces-meet" => pieces_meet::<C>(notes),
        "network" => network::<C>(task.seed, notes),
        "laws" => the_laws::<C>(task.seed, notes),
        other => panic!("E7.3 has no scenario {other:?}"),
    }
}

/// A sibling, written as `milk butter†`.
fn marked(text: &str) -> Marked {
    let item = |word: &str| match word.strip_suffix('†') {
        Some(removed) => (removed.to_owned(), false),
        None => (word.to_owned(), true),
    };
    text.split_whitespace().map(item).collect()
}

fn braced(items: impl IntoIterator<Item = String>) -> String {
    format!("{{{}}}", items.into_iter().collect::<Vec<_>>().join(", "))
}

fn by_rule(merge_marked: MergeMarked, siblings: &[&str]) -> BTreeSet<String> {
    let siblings: Vec<Marked> = siblings.iter().map(|text| marked(text)).collect();
    merge_marked(&siblings)
}

fn rule(merge_marked: MergeMarked, notes: &Recorder) {
    let cases: [&[&str]; 8] = [
        &["milk eggs butter", "milk eggs butter†"],
        &["milk eggs butter†", "milk eggs butter"],
        &["milk", "eggs"],
        &["milk", "eggs†", "eggs butter"],
        &["milk† eggs", "milk eggs†"],
        &["milk†"],
        &["milk eggs"],
        &[],
    ];
    for siblings in cases {
        let what = if siblings.is_empty() { "no siblings".to_owned() } else { siblings.join("  |  ") };
        notes.step(what, braced(by_rule(merge_marked, siblings)));
    }
}

/// The rule can't add anything again, and its result does not know what was removed.
fn rule_fails<C: Cart>(merge_marked: MergeMarked, notes: &Recorder) {
    let got = by_rule(merge_marked, &["butter†", "butter"]);
    notes.step("by the rule: butter was removed, and added again by one who knew", braced(got));
    let mut run = run_of::<C>(notes, &["phone", "laptop"]);
    run.add("phone", "butter", 1).ship("phone", "laptop");
    run.remove("phone", "butter").ship("phone", "laptop").add("laptop", "butter", 1).ship("laptop", "phone");
    let all = by_rule(merge_marked, &["milk butter", "milk butter†", "milk butter"]);
    notes.step("by the rule: three siblings at once, butter removed in the second", braced(all));
    let two = by_rule(merge_marked, &["milk butter", "milk butter†"]);
    let then: Vec<String> = two.into_iter().collect();
    let then = by_rule(merge_marked, &[&then.join(" "), "milk butter"]);
    notes.step("by the rule: the first two, and what comes out of that with the third", braced(then));
}

fn show<C: Cart>(cart: &C) -> String {
    braced(cart.items().into_iter().map(|(item, pieces)| format!("{item}: {pieces}")))
}

fn run_of<'a, C: Cart>(notes: &'a Recorder, names: &[&str]) -> Run<'a, C> {
    Run::new(notes, names, C::new, C::merge, show)
}

impl<C: Cart> Run<'_, C> {
    fn add(&mut self, device: &str, item: &str, pieces: u32) -> &mut Self {
        self.act(device, &format!("adds {pieces} × {item}"), |cart| cart.add(item, pieces))
    }

    fn remove(&mut self, device: &str, item: &str) -> &mut Self {
        self.act(device, &format!("removes {item}"), |cart| cart.remove(item))
    }
}

fn w7_4<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone", "laptop"]);
    run.add("phone", "milk", 1).add("phone", "eggs", 1).add("phone", "butter", 1).ship("phone", "laptop");
    run.remove("laptop", "butter").ship("phone", "laptop").ship("laptop", "phone");
    run.remove("phone", "jam");
    run.end();
}

fn again<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone", "laptop"]);
    run.add("phone", "butter", 1).ship("phone", "laptop").remove("laptop", "butter").ship("laptop", "phone");
    run.add("phone", "butter", 1).ship("phone", "laptop");
    run.remove("phone", "butter").add("phone", "butter", 1).remove("phone", "butter");
    run.end();
}

fn concurrent<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone", "laptop"]);
    run.add("phone", "butter", 1).ship("phone", "laptop");
    run.remove("laptop", "butter").add("phone", "butter", 2);
    run.ship("phone", "laptop").ship("laptop", "phone");
    run.add("phone", "jam", 1).add("laptop", "jam", 1).remove("phone", "jam");
    run.ship("laptop", "phone").ship("phone", "laptop");
    run.end();
}

fn third<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone", "laptop", "tablet"]);
    run.add("phone", "milk", 1).add("phone", "butter", 1).ship("phone", "laptop").ship("phone", "tablet");
    let old = run.replicas.state("tablet");
    run.remove("laptop", "butter").ship("laptop", "phone");
    run.ship("tablet", "phone").arrives("the same state comes to the laptop", "tablet", "laptop", &old);
    run.ship("phone", "tablet").arrives("and back to the tablet", "phone", "tablet", &old);
    run.end();
}

fn pieces<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone"]);
    run.add("phone", "milk", 2).add("phone", "milk", 1).add("phone", "eggs", 0).add("phone", "eggs", 6);
    run.remove("phone", "milk").add("phone", "milk", 1);
    run.add("phone", "rice", u32::MAX).add("phone", "rice", u32::MAX);
    run.end();
}

fn pieces_meet<C: Cart>(notes: &Recorder) {
    let mut run = run_of::<C>(notes, &["phone", "laptop"]);
    run.add("phone", "milk", 2).add("laptop", "milk", 1);
    run.ship("phone", "laptop").ship("laptop", "phone").ship("phone", "laptop");
    run.add("phone", "milk", 2).add("laptop", "milk", 2).ship("phone", "laptop").ship("laptop", "phone");
    run.remove("laptop", "milk").add("phone", "milk", 5).ship("laptop", "phone").ship("phone", "laptop");
    run.remove("phone", "milk").add("phone", "milk", 3).ship("phone", "laptop");
    run.end();
}

/// States are lost, doubled and late.
fn network<C: Cart>(seed: u64, notes: &Recorder) {
    let names = ["phone", "laptop", "tablet"];
    let link = Link { loss: 0.2, duplication: 0.3, ..Link::new(Latency::Exponential(Time::ms(40))) };
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut run = Run::over(seed, link, notes, &names, C::new, C::merge, show);
    for _ in 0..16 {
        let who = *rng.pick(&names).unwrap_or(&"phone");
        let item = *rng.pick(&["milk", "eggs", "butter"]).unwrap_or(&"milk");
        let pieces = 1 + rng.below(3) as u32;
        if rng.chance(0.65) {
            run.add(who, item, pieces);
        } else {
            run.remove(who, item);
        }
        for _ in 0..2 {
            let (from, further) = (rng.below(3) as usize, 1 + rng.below(2) as usize);
            run.replicas.send(names[from], names[(from + further) % 3]);
        }
        if rng.chance(0.4) {
            run.replicas.settle();
        }
    }
    run.replicas.mend_the_network();
    run.end();
}

/// Carts that three devices have reached.
fn the_laws<C: Cart>(seed: u64, notes: &Recorder) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut carts: Vec<C> = ["a", "b", "c"].map(C::new).into();
    for round in 1..=4 {
        for _ in 0..6 {
            let (here, from) = (rng.below(3) as usize, rng.below(3) as usize);
            let item = *rng.pick(&["milk", "eggs"]).unwrap_or(&"milk");
            if rng.chance(0.6) {
                carts[here].add(item, 1 + rng.below(3) as u32);
            } else {
                carts[here].remove(item);
            }
            if rng.chance(0.35) {
                let from = carts[from].clone();
                carts[here].merge(&from);
            }
        }
        let shown: Vec<String> = carts.iter().map(show).collect();
        notes.step(format!("round {round}: a, b, c show"), shown.join("; "));
        for (law, got) in laws([&carts[0], &carts[1], &carts[2]], C::merge, show) {
            notes.step(format!("round {round}: {law}"), got);
        }
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::exercises::merging::IN_THE_END;
    use crate::judge::Violation;

    /// What holds for every cart: in the end, all devices show the same.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let text = |got: &serde_json::Value| got.as_str().unwrap_or_default().to_owned();
        let mut ends =
            seen.steps.iter().filter_map(|step| Some((step.what.strip_prefix(IN_THE_END)?, text(&step.got))));
        let Some((first, shown)) = ends.next() else { return Vec::new() };
        let differing = ends.find(|(_, other)| *other != shown);
        let told = |(other, shows): (&str, String)| {
            let why = format!(
                "every state has reached every device, and {first} shows {shown}, {other} shows {shows}"
            );
            Violation::new("all-end-alike", why)
        };
        differing.map(told).into_iter().collect()
    }
}
