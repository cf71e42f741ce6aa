//! The scenarios of E5.3.

use super::{Content, RankedResolver, Resolver, Time, Version};
use crate::exercise::{Recorder, Task};

/// A learner's rules.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) last_write_wins: Resolver,
    pub(super) replica_priority: RankedResolver,
    pub(super) union: Resolver,
    pub(super) siblings: Resolver,
    pub(super) credit_limit: Resolver,
}

type Rule<'a> = &'a dyn Fn(&[Version]) -> Vec<Version>;

/// Stands in the name of every step that tells how many results there are.
const RESULTS: &str = "different results";

fn version(node: &str, ms: u64, content: Content) -> Version {
    Version { node: node.into(), stamp: Time::ms(ms), content }
}

fn text(node: &str, ms: u64, text: &str) -> Version {
    version(node, ms, Content::Text(text.into()))
}

fn set(node: &str, ms: u64, members: &[&str]) -> Version {
    version(node, ms, Content::Set(members.iter().map(|member| (*member).into()).collect()))
}

fn number(node: &str, ms: u64, number: i64) -> Version {
    version(node, ms, Content::Number(number))
}

fn deleted(node: &str, ms: u64) -> Version {
    version(node, ms, Content::Deleted)
}

fn told(versions: &[Version]) -> Vec<String> {
    versions.iter().map(ToString::to_string).collect()
}

/// What a leader holds in the end that gets the versions one by one.
fn arrive(rule: Rule<'_>, versions: &[&Version]) -> Vec<Version> {
    let mut held: Vec<Version> = Vec::new();
    for version in versions {
        held.push((*version).clone());
        held = rule(&held);
    }
    held
}

/// Every order of the numbers below `n`.
fn orders(n: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for item in 0..n {
        let insert = |order: &Vec<usize>| {
            (0..=order.len())
                .map(|at| {
                    let mut longer = order.clone();
                    longer.insert(at, item);
                    longer
                })
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(insert).collect();
    }
    all.sort();
    all
}

struct Bench<'a> {
    notes: &'a Recorder,
}

impl Bench<'_> {
    /// Two leaders, each of which has its own version and then gets the other's.
    fn both(&self, name: &str, rule: Rule<'_>, a: &Version, b: &Version) {
        self.notes.step(format!("{name}, on {}", a.node), told(&arrive(rule, &[a, b])));
        self.notes.step(format!("{name}, on {}", b.node), told(&arrive(rule, &[b, a])));
    }

    /// All orders in which the versions can arrive, one by one and all at once; and one that comes twice.
    fn every_order(&self, name: &str, rule: Rule<'_>, versions: &[Version]) {
        let mut results: Vec<Vec<String>> = Vec::new();
        for order in orders(versions.len()) {
            let arriving: Vec<&Version> = order.iter().filter_map(|place| versions.get(*place)).collect();
            let at_once: Vec<Version> = arriving.iter().map(|version| (*version).clone()).collect();
            let again: Vec<&Version> = arriving.iter().chain(arriving.first()).copied().collect();
            for got in [arrive(rule, &arriving), rule(&at_once), arrive(rule, &again)] {
                let got = told(&got);
                if !results.contains(&got) {
                    results.push(got);
                }
            }
        }
        self.notes.step(format!("{name}: {RESULTS} over all orders of arrival"), results.len());
        self.notes.step(format!("{name}: the result, or the first of them"), results.first());
    }
}

pub(super) fn drive(rules: &Rules, task: &Task, notes: &Recorder) {
    let bench = Bench { notes };
    let lww: Rule<'_> = &|versions| (rules.last_write_wins)(versions);
    let priority: Rule<'_> = &|versions| (rules.replica_priority)(&["VA", "EU"], versions);
    let union: Rule<'_> = &|versions| (rules.union)(versions);
    let siblings: Rule<'_> = &|versions| (rules.siblings)(versions);
    let limit: Rule<'_> = &|versions| (rules.credit_limit)(versions);
    match task.scenario.as_str() {
        "address" => {
            let moves = text("VA", 1_705_312_000_001, "456 Oak Ave, NYC");
            let spelled = text("EU", 1_705_312_000_003, "123 Main Street, NYC");
            bench.both("last write wins", lww, &moves, &spelled);
            bench.both("priority VA, EU", priority, &moves, &spelled);
            bench.both("union", union, &moves, &spelled);
            bench.both("siblings", siblings, &moves, &spelled);
        }
        "resurrected" => {
            let created = text("VA", 100_000, "a customer");
            bench.both("the deletion's clock is 1 s slow", lww, &created, &deleted("EU", 99_400));
            bench.both("both clocks are right", lww, &created, &deleted("EU", 100_400));
            bench.both("equal stamps, the deletion on EU", lww, &created, &deleted("EU", 100_000));
            bench.both("equal stamps, the deletion on ZH", lww, &created, &deleted("ZH", 100_000));
            bench.both("equal stamps, two texts", lww, &text("VA", 5, "one"), &text("EU", 5, "two"));
            bench.both("equal stamps, two deletions", lww, &deleted("VA", 5), &deleted("EU", 5));
        }
        "priority" => {
            let ranked: Rule<'_> = &|versions| (rules.replica_priority)(&["TK", "VA", "EU"], versions);
            bench.both("ranks TK, VA, EU", ranked, &text("VA", 9, "new"), &text("TK", 5, "old"));
            bench.both("ranks TK, VA, EU", ranked, &text("ZH", 9, "unranked"), &text("EU", 5, "ranked"));
            bench.both(
                "ranks TK, VA, EU",
                ranked,
                &text("ZH", 9, "unranked"),
                &text("SY", 5, "unranked too"),
            );
            bench.both("ranks TK, VA, EU", ranked, &deleted("EU", 9), &text("VA", 5, "there"));
            let twice = [text("VA", 5, "first"), text("EU", 9, "other"), text("VA", 7, "second")];
            bench.every_order("two of one leader", ranked, &twice);
        }
        "union" => {
            let (full, less) = (set("VA", 5, &["milk", "eggs", "butter"]), set("EU", 9, &["milk", "eggs"]));
            bench.both("EU has removed the butter", union, &full, &less);
            bench.both("EU has deleted the cart", union, &full, &deleted("EU", 9));
            bench.both("both have deleted the cart", union, &deleted("VA", 5), &deleted("EU", 9));
            bench.both("equal stamps", union, &set("VA", 5, &["milk"]), &set("EU", 5, &["eggs"]));
            bench.both("one text twice", union, &text("VA", 5, "Alice"), &text("EU", 9, "Alice"));
            bench.both("a name", union, &text("VA", 5, "Alice Smith"), &text("EU", 5, "Alice Jones"));
        }
        "siblings" => {
            let (full, gone) = (set("VA", 5, &["milk"]), deleted("EU", 9));
            bench.both("a cart, and its deletion", siblings, &full, &gone);
            bench.both("one text twice", siblings, &text("VA", 5, "Alice"), &text("EU", 9, "Alice"));
            let three = [text("VA", 5, "one"), text("TK", 5, "two"), text("VA", 3, "zero")];
            bench.every_order("three versions", siblings, &three);
        }
        "handler" => {
            bench.both("two limits", limit, &number("VA", 5, 500), &number("EU", 9, 2_000));
            bench.both("equal limits", limit, &number("VA", 5, 500), &number("EU", 9, 500));
            bench.both("equal limits and stamps", limit, &number("VA", 5, 500), &number("EU", 5, 500));
            bench.both("the customer is gone", limit, &deleted("VA", 5), &number("EU", 9, 200));
            bench.both("deleted twice", limit, &deleted("VA", 9), &deleted("EU", 5));
            let three = [number("VA", 5, 1_000), number("EU", 9, 100), number("TK", 7, 400)];
            bench.every_order("three limits", limit, &three);
            let gone = [number("VA", 5, 1_000), deleted("EU", 9), number("TK", 7, 400)];
            bench.every_order("gone between two limits", limit, &gone);
        }
        "orders" => {
            let mixed = [text("VA", 5, "one"), deleted("EU", 5), text("TK", 5, "two"), text("SY", 3, "zero")];
            let rules = [("last write wins", lww), ("priority VA, EU", priority), ("siblings", siblings)];
            for (name, rule) in rules {
                bench.every_order(name, rule, &mixed);
            }
            let texts = [text("VA", 5, "c"), text("EU", 5, "b"), text("TK", 7, "a"), deleted("SY", 9)];
            bench.every_order("last write wins, the latest a deletion", lww, &texts);
            bench.every_order("union", union, &texts);
        }
        other => panic!("E5.3 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use std::collections::BTreeMap;

    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every rule: all leaders end with the same.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        let mut first: BTreeMap<String, &crate::exercise::Step> = BTreeMap::new();
        for step in &seen.steps {
            if step.what.contains(RESULTS) && step.got.as_u64().is_some_and(|results| results > 1) {
                broken.push(Violation::new(
                    "every-order-the-same",
                    format!(
                        "{} = {}: leaders that get the same versions stay different",
                        step.what, step.got
                    ),
                ));
            }
        }
        // The two leaders of one conflict are next to each other.
        for pair in seen.steps.chunks(2) {
            let [a, b] = pair else { continue };
            let (Some((name, _)), Some((other, _))) =
                (a.what.rsplit_once(", on "), b.what.rsplit_once(", on "))
            else {
                continue;
            };
            if name == other && a.got != b.got && first.insert(name.to_owned(), a).is_none() {
                broken.push(Violation::new(
                    "both-leaders-the-same",
                    format!(
                        "{} gives {}, {} gives {}: the leaders stay different, and nobody reports an error",
                        a.what, a.got, b.what, b.got
                    ),
                ));
            }
        }
        broken
    }
}
