//! What holds for every hash ring.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::rng::Rng;
use xxhash_rust::xxh3::xxh3_64;

use super::{Answer, COUNTED, Event, Seen, Situation, keys};
use crate::attack::{Drill, Findings, Rule};
use crate::exercise::Step;
use crate::exercises::e9_5::{Moved, Refused};

const DISTINCT: &str = "owners-are-distinct";
const PRESENT: &str = "owners-are-on-the-ring";
const ENOUGH: &str = "as-many-owners-as-wanted";
const ZONES: &str = "owners-are-in-different-zones";
const WRAPS: &str = "the-walk-wraps";
const CLOCKWISE: &str = "the-walk-is-clockwise";
const GAINS: &str = "only-the-new-node-gains-keys";
const LOSES: &str = "only-the-keys-of-the-removed-move";
const TRACE: &str = "what-is-refused-leaves-no-trace";
const HISTORY: &str = "the-order-of-adding-does-not-matter";
const ANSWERS: &str = "says-what-it-did";
const SHARE: &str = "shares-fit-the-weights";
const POSITIONS: &str = "as-many-positions-as-asked";
const LOOK_UP: &str = "a-look-up-hashes-the-key-only";
const MOVED: &str = "says-which-keys-move";

const fn rule(name: &'static str, says: &'static str) -> Rule {
    Rule { name, says }
}

const RULES: &[Rule] = &[
    rule(DISTINCT, "No node stands twice in a list of owners. Two copies on one node are lost together."),
    rule(
        PRESENT,
        "Only nodes that are on the ring own keys. Whoever asks a node that is gone waits for nothing.",
    ),
    rule(
        WRAPS,
        "After the last position comes the first: a key behind all positions belongs to the node at the lowest.",
    ),
    rule(
        CLOCKWISE,
        "The first owner is the node with the nearest position clockwise, one exactly at the key included; the others follow in the order of the walk, of one position the smaller name first. Clients that walk otherwise look in other places.",
    ),
    rule(TRACE, "A node that is refused changes nothing: neither owners nor zones."),
    rule(
        POSITIONS,
        "A node has as many positions as its weight times `vnodes` says, and adding it hashes so many texts.",
    ),
    rule(
        SHARE,
        "A node is the first owner of a share of the keys that fits its weight, within five standard deviations for so many positions and keys. Else one is full before the others.",
    ),
    rule(
        ENOUGH,
        "A key has as many owners as replicas were wanted, or as there are nodes. A copy fewer is a failure fewer that you survive.",
    ),
    rule(
        ZONES,
        "The owners stand in as many zones as they can: one of each zone, before a zone is taken again. A zone fails as a whole.",
    ),
    rule(
        GAINS,
        "When a node joins, nobody else gets keys. That is why the ring is there: with `hash % n`, almost all would move.",
    ),
    rule(
        LOSES,
        "When a node leaves, keys that it did not own stay where they are, and the others lose only it.",
    ),
    rule(
        HISTORY,
        "A ring with the same nodes has the same owners, in whatever order they came, and whoever was there meanwhile. Two clients must agree without talking.",
    ),
    rule(
        ANSWERS,
        "An addition is refused if, and only if, the name is there or the weight is 0; a removal says whether it was there.",
    ),
    rule(
        MOVED,
        "`owners_diff` names just the keys whose set of owners has changed, with who gains and who loses. By this list data is copied, and deleted.",
    ),
    rule(LOOK_UP, "To find owners, the key alone is hashed. Positions are computed when a node joins."),
];

impl Drill for Situation {
    type Event = Event;
    const EXERCISE: &'static str = "E9.5";
    const RULES: &'static [Rule] = RULES;

    fn draw(rng: &mut Rng) -> Self {
        super::draw::draw(rng)
    }

    fn events(&self) -> &[Event] {
        &self.events
    }

    fn with(&self, events: Vec<Event>) -> Self {
        Self { events, ..self.clone() }
    }

    fn simpler(&self) -> Vec<Self> {
        Situation::simpler(self)
    }

    fn judge(&self, steps: &[Step], findings: &mut Findings) {
        let none = vec![Vec::new(); keys().len()];
        let mut known = Known {
            situation: self,
            nodes: BTreeMap::new(),
            positions: BTreeMap::new(),
            trusted: true,
            owners: none.clone(),
            before: none,
        };
        for (event, step) in self.events.iter().zip(steps) {
            let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { continue };
            known.look(&step.what, event, &seen, findings);
            known.before = std::mem::replace(&mut known.owners, seen.owners);
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { return Vec::new() };
        let answer = match seen.answer {
            Answer::Added(Ok(())) => "done".to_owned(),
            Answer::Added(Err(refused)) => refused.to_string(),
            Answer::Removed(true) => "done".to_owned(),
            Answer::Removed(false) => "it is not there".to_owned(),
            Answer::Counted(counts) => counts
                .iter()
                .map(|(node, count)| format!("{node} has {count}"))
                .collect::<Vec<_>>()
                .join(", "),
        };
        let mut lists = BTreeMap::<String, usize>::new();
        for owners in &seen.owners {
            *lists.entry(owners.join(" ")).or_default() += 1;
        }
        let lists: Vec<_> = lists.iter().map(|(list, keys)| format!("[{list}] own {keys}")).collect();
        vec![format!("{}: {answer}. Of {} keys, {}", step.what, seen.owners.len(), lists.join(", "))]
    }
}

/// What is known of the ring: its nodes with zone and weight, and the owners of the keys.
struct Known<'a> {
    situation: &'a Situation,
    nodes: BTreeMap<String, (String, u32)>,
    positions: BTreeMap<String, Vec<u64>>,
    /// Whether all nodes have the positions that they should have; else the walk must be another one.
    trusted: bool,
    owners: Vec<Vec<String>>,
    /// The owners one event earlier.
    before: Vec<Vec<String>>,
}

impl Known<'_> {
    fn hash(&self, text: &str) -> u64 {
        let hash = xxh3_64(text.as_bytes());
        if self.situation.crowded { hash % 64 } else { hash }
    }

    fn look(&mut self, what: &str, event: &Event, seen: &Seen, findings: &mut Findings) {
        let added = |right: Result<(), Refused>, answer: &Answer, findings: &mut Findings| {
            findings
                .test(ANSWERS, *answer == Answer::Added(right), || format!("{what}: it answered {answer:?}"));
        };
        match event {
            Event::Add(node, zone, weight) => {
                let right = match (self.nodes.contains_key(node), weight) {
                    (true, _) => Err(Refused::Twice),
                    (_, 0) => Err(Refused::NoWeight),
                    _ => Ok(()),
                };
                // Of a node that is there and has weight 0, both are true.
                match (right, &seen.answer) {
                    (Err(Refused::Twice), Answer::Added(Err(Refused::NoWeight))) if *weight == 0 => {}
                    (right, answer) => added(right, answer, findings),
                }
                match right {
                    Ok(()) => {
                        self.nodes.insert(node.clone(), (zone.clone(), *weight));
                        let texts =
                            (0..self.situation.vnodes * weight).map(|number| format!("{node}:{number}"));
                        self.positions.insert(node.clone(), texts.map(|text| self.hash(&text)).collect());
                        let positions = (self.situation.vnodes * weight) as usize;
                        self.trusted &= seen.hashed == positions;
                        findings.test(POSITIONS, seen.hashed == positions, || {
                            format!(
                                "{what}: {} texts were hashed, and it has {positions} positions",
                                seen.hashed
                            )
                        });
                        self.gains(what, node, seen, findings);
                    }
                    Err(refused) => {
                        let changed = self
                            .owners
                            .iter()
                            .zip(&seen.owners)
                            .zip(keys())
                            .find(|((old, new), _)| old != new);
                        self.trusted &= changed.is_none() && seen.hashed == 0;
                        findings.test(TRACE, changed.is_none(), || {
                            let change = changed
                                .as_ref()
                                .map_or(String::new(), |((old, new), key)| moved(key, old, new));
                            format!("{what}; it had to be refused ({refused}), and {change}")
                        });
                    }
                }
            }
            Event::Remove(node) => {
                let there = self.nodes.remove(node).is_some();
                self.positions.remove(node);
                findings.test(ANSWERS, seen.answer == Answer::Removed(there), || {
                    format!(
                        "{what}: it answered {:?}, and {}",
                        seen.answer,
                        if there { "it was there" } else { "it was not there" }
                    )
                });
                if there {
                    self.loses(what, node, seen, findings);
                }
            }
            Event::Count => self.shares(what, seen, findings),
        }
        for (key, owners) in keys().iter().zip(&seen.owners) {
            self.owners_of(what, key, owners, findings);
        }
        let other = seen.owners.iter().zip(&seen.fresh).zip(keys()).find(|((here, there), _)| here != there);
        findings.test(HISTORY, other.is_none(), || {
            let ((here, there), key) = other.as_ref().expect("it is tested");
            format!(
                "after this: “{what}”, {key} has the owners {}; on a new ring with the same nodes, {}",
                list(here),
                list(there)
            )
        });
        if !self.nodes.is_empty() {
            findings.test(LOOK_UP, seen.looked == 1, || {
                format!("after this: “{what}”, a look-up hashed {} texts", seen.looked)
            });
        }
        self.moves(what, seen, findings);
    }

    fn gains(&self, what: &str, node: &str, seen: &Seen, findings: &mut Findings) {
        for ((old, new), key) in self.owners.iter().zip(&seen.owners).zip(keys()) {
            let gained = new.iter().any(|owner| owner != node && !old.contains(owner));
            // Where there were too few nodes, nobody loses; the old ones are still there.
            findings.test(GAINS, !gained, || format!("{what}: {}", moved(&key, old, new)));
        }
    }

    fn loses(&self, what: &str, node: &String, seen: &Seen, findings: &mut Findings) {
        for ((old, new), key) in self.owners.iter().zip(&seen.owners).zip(keys()) {
            let holds = match old.contains(node) {
                true => old.iter().all(|owner| owner == node || new.contains(owner)),
                false => old == new,
            };
            findings.test(LOSES, holds, || format!("{what}: {}", moved(&key, old, new)));
        }
    }

    fn owners_of(&self, what: &str, key: &str, owners: &[String], findings: &mut Findings) {
        let after = format!("after this: “{what}”, {key} has the owners {}", list(owners));
        let different: BTreeSet<&String> = owners.iter().collect();
        findings.test(DISTINCT, different.len() == owners.len(), || after.clone());
        let gone = owners.iter().find(|owner| !self.nodes.contains_key(*owner));
        findings.test(PRESENT, gone.is_none(), || {
            format!("{after}, and {} is not there", gone.map_or("?", String::as_str))
        });
        let wanted = self.situation.replicas.min(self.nodes.len());
        findings.test(ENOUGH, different.len() >= wanted && owners.len() <= self.situation.replicas, || {
            format!(
                "{after}; there are {} nodes, and {} replicas were wanted",
                self.nodes.len(),
                self.situation.replicas
            )
        });
        let zones: BTreeSet<&String> = self.nodes.values().map(|(zone, _)| zone).collect();
        let in_zones: BTreeSet<&String> =
            owners.iter().filter_map(|owner| self.nodes.get(owner)).map(|(zone, _)| zone).collect();
        let most = self.situation.replicas.min(zones.len());
        findings.test(ZONES, in_zones.len() == most, || {
            format!("{after}, in {} zones; they could be in {most}", in_zones.len())
        });
        if self.trusted {
            self.walk(&after, key, owners, findings);
        }
    }

    /// Whether the owners are in the order of the walk, and the first is the nearest.
    fn walk(&self, after: &str, key: &str, owners: &[String], findings: &mut Findings) {
        let start = self.hash(key);
        let mut beyond = true;
        let mut nearest = BTreeMap::<&String, u64>::new();
        for (node, positions) in &self.positions {
            beyond &= positions.iter().all(|position| *position < start);
            // The way around, on a ring of all 64-bit numbers.
            if let Some(way) = positions.iter().map(|position| position.wrapping_sub(start)).min() {
                nearest.insert(node, way);
            }
        }
        let Some((_, first)) = nearest.iter().map(|(node, way)| (*way, *node)).min() else { return };
        let rule = if beyond { WRAPS } else { CLOCKWISE };
        findings.test(rule, owners.first() == Some(first), || {
            format!("{after}; the nearest clockwise is {first}")
        });
        let ways: Option<Vec<(u64, &String)>> =
            owners.iter().map(|owner| nearest.get(owner).map(|way| (*way, owner))).collect();
        if let Some(ways) = ways {
            findings
                .test(CLOCKWISE, ways.is_sorted(), || format!("{after}; that is not the order of the walk"));
        }
    }

    fn shares(&self, what: &str, seen: &Seen, findings: &mut Findings) {
        let Answer::Counted(counts) = &seen.answer else { return };
        let positions = |weight: u32| f64::from(self.situation.vnodes * weight);
        let all: f64 = self.nodes.values().map(|(_, weight)| positions(*weight)).sum();
        if self.situation.crowded || !self.trusted {
            return;
        }
        for (node, (_, weight)) in &self.nodes {
            let share = positions(*weight) / all;
            // The share of a node with p of P positions has the variance of a sum of p gaps of P; then the keys are a sample.
            let gaps = share * (1.0 - share) / (all + 1.0);
            let sample = share * (1.0 - share) / COUNTED as f64;
            // A square root is rounded correctly on every machine.
            let bound = 5.0 * (gaps + sample).sqrt();
            let seen = counts.get(node).copied().unwrap_or(0) as f64 / COUNTED as f64;
            let off = if seen > share { seen - share } else { share - seen };
            findings.test(SHARE, off <= bound, || {
                format!("{what}: {node}, of weight {weight}, is the first of {seen:.3} of the keys; {share:.3} would fit, give or take {bound:.3}")
            });
        }
    }

    fn moves(&self, what: &str, seen: &Seen, findings: &mut Findings) {
        let set = |owners: &[String]| owners.iter().cloned().collect::<BTreeSet<String>>();
        let expected: Vec<Moved> = keys()
            .into_iter()
            .zip(self.before.iter().zip(&seen.owners))
            .filter_map(|(key, (old, new))| {
                let (old, new) = (set(old), set(new));
                let (gains, loses) =
                    (new.difference(&old).cloned().collect(), old.difference(&new).cloned().collect());
                (old != new).then_some(Moved { key, gains, loses })
            })
            .collect();
        let told: Vec<Moved> = seen
            .moved
            .iter()
            .map(|moved| {
                let mut moved = moved.clone();
                moved.gains.sort();
                moved.loses.sort();
                moved
            })
            .collect();
        let place =
            (0..told.len().max(expected.len())).find(|place| told.get(*place) != expected.get(*place));
        findings.test(MOVED, place.is_none(), || {
            let text = |moved: Option<&Moved>| {
                moved.map_or("nothing more".to_owned(), |moved| {
                    format!("{} to {} from {}", moved.key, list(&moved.gains), list(&moved.loses))
                })
            };
            let place = place.unwrap_or(0);
            format!("after this: “{what}”, compared with the ring two steps before: by the owners then and now, what moves is {}; the ring says {}", text(expected.get(place)), text(told.get(place)))
        });
    }
}

fn list(nodes: &[String]) -> String {
    format!("[{}]", nodes.join(" "))
}

fn moved(key: &str, old: &[String], new: &[String]) -> String {
    format!("{key} had the owners {}, and has {}", list(old), list(new))
}
