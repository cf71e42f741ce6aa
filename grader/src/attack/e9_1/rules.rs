//! What holds for every quorum client and every replica.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::rng::Rng;

use super::{Event, Op, OpResult, Seen, Situation, Wire, replica};
use crate::attack::{Drill, Findings, Rule};
use crate::exercise::Step;
use crate::exercises::e9_1::{ClientId, NodeId, Version, Versioned};

const READ: &str = "acknowledged-writes-are-read";
const NOT_BACK: &str = "a-replica-never-goes-back";
const ON_W: &str = "acknowledged-means-stored-on-w";
const R_ANSWERED: &str = "a-read-has-r-answers";
const ONE_VALUE: &str = "one-version-one-value";
const HIGHER: &str = "a-new-write-is-newer";
const WRITTEN: &str = "what-is-read-was-written";
const NEWEST: &str = "the-newest-answer-is-returned";
const REPAIRED: &str = "stale-answers-are-repaired";
const ALL_SENT: &str = "every-replica-is-sent-the-write";
const ALL_ASKED: &str = "every-replica-is-asked";
const SUCCEEDS: &str = "succeeds-when-enough-reply";
const TOLD: &str = "says-how-many-replied";
const BOUNDS: &str = "quorums-have-bounds";

const fn rule(name: &'static str, says: &'static str) -> Rule {
    Rule { name, says }
}

const RULES: &[Rule] = &[
    rule(
        READ,
        "With W + R > N, a read that overlaps nothing returns the last acknowledged write, or a newer one. That is what the quorums are for.",
    ),
    rule(
        ON_W,
        "When a write is acknowledged, at least W replicas hold it, or something newer. Otherwise “written” means nothing.",
    ),
    rule(
        NOT_BACK,
        "The version that a replica holds never goes down. An old value that arrives late must not undo a newer one.",
    ),
    rule(
        ONE_VALUE,
        "No version is ever given to two writes. Which of two values with one version is read is a matter of luck.",
    ),
    rule(
        HIGHER,
        "A write gets a version above all that its client has seen or used for the key. Else it is acknowledged, and older than what it should replace.",
    ),
    rule(WRITTEN, "A read returns what some write wrote, value and version."),
    rule(
        R_ANSWERED,
        "A read succeeds only if R different replicas have answered it, and not an earlier question.",
    ),
    rule(
        NEWEST,
        "A read returns the newest of the answers that it waited for, a deletion included. Nothing means that the key was never written.",
    ),
    rule(
        REPAIRED,
        "Before a read returns, it sends the newest value to each replica that answered it with less. Else the next read may ask only those, and time runs backwards.",
    ),
    rule(
        ALL_SENT,
        "A write is sent to all N replicas, however few it waits for. The others would get it by luck.",
    ),
    rule(ALL_ASKED, "A question goes to all N replicas: you can't know which of them are dead."),
    rule(
        SUCCEEDS,
        "An operation fails only if too few replicas replied, and none replied any more. While replies come, there is hope.",
    ),
    rule(
        TOLD,
        "A write that succeeds tells W acknowledgements; one that fails tells fewer. Whoever reads the result must be able to believe it.",
    ),
    rule(
        BOUNDS,
        "A client is made if, and only if, 1 ≤ W ≤ N and 1 ≤ R ≤ N. With W = 0 a write is acknowledged that nobody has.",
    ),
];

impl Drill for Situation {
    type Event = Event;
    const EXERCISE: &'static str = "E9.1";
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
        let mut known = Known::default();
        for (event, step) in self.events.iter().zip(steps) {
            let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { continue };
            if let (Event::Make(n, w, r), Some(made)) = (event, seen.made) {
                let n = usize::from(*n);
                let right = n > 0 && (1..=n).contains(w) && (1..=n).contains(r);
                findings.test(BOUNDS, made == right, || {
                    let made = if made { "could be made" } else { "was refused" };
                    format!("a client of {n} replicas with W = {w}, R = {r} {made}")
                });
            }
            if let Some(op) = &seen.op {
                known.operation(self, &step.what, event, op, &seen.held, findings);
            }
            known.holdings(&step.what, seen.held, findings);
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { return Vec::new() };
        let held = seen.held.iter().enumerate().map(|(node, held)| {
            format!(
                "{} {}",
                replica(NodeId(node as u16)),
                held.as_ref().map_or("–".to_owned(), Versioned::to_string)
            )
        });
        let held = held.collect::<Vec<_>>().join(", ");
        let did = match seen.op.map(|op| op.result) {
            None => return vec![format!("{}. Held: {held}", step.what)],
            Some(OpResult::Write(Ok(acks))) => format!("written, {acks} acks"),
            Some(OpResult::Write(Err(acks))) => format!("failed, {acks} acks"),
            Some(OpResult::Read(Ok(None))) => "nothing".to_owned(),
            Some(OpResult::Read(Ok(Some(got)))) => got.to_string(),
            Some(OpResult::Read(Err(answers))) => format!("failed, {answers} answers"),
        };
        vec![format!("{}: {did}. Held: {held}", step.what)]
    }
}

/// What is known of the run so far.
#[derive(Default)]
struct Known {
    held: Vec<Option<Versioned>>,
    /// Every write that was sent to a replica, by its version.
    writes: BTreeMap<Version, Sent>,
    /// The last acknowledged write.
    acknowledged: Option<Versioned>,
    /// The highest version that each client has seen or used.
    highest: BTreeMap<ClientId, Version>,
}

/// A write that was sent to a replica.
struct Sent {
    new: Versioned,
    /// How many were before it.
    before: usize,
    acknowledged: bool,
}

impl Known {
    /// Whether a read may return this after the last acknowledged write: that one, a later one, or an earlier one that
    /// never was acknowledged and is newer by its version: it may still take effect.
    fn is_fresh(&self, got: &Versioned, last: &Versioned) -> bool {
        let (Some(sent), Some(after)) = (self.writes.get(&got.version), self.writes.get(&last.version))
        else {
            return false;
        };
        sent.before >= after.before || !sent.acknowledged && got.version > last.version
    }

    fn holdings(&mut self, what: &str, held: Vec<Option<Versioned>>, findings: &mut Findings) {
        for (node, (before, now)) in self.held.iter().zip(&held).enumerate() {
            if before == now {
                continue;
            }
            let (old, new) =
                (before.as_ref().map(|held| &held.version), now.as_ref().map(|held| &held.version));
            findings.test(NOT_BACK, old <= new, || {
                let shown = |held: &Option<Versioned>| {
                    held.as_ref().map_or("nothing".to_owned(), Versioned::to_string)
                };
                let name = replica(NodeId(node as u16));
                format!("{name} held {}, and after this: “{what}”, it holds {}", shown(before), shown(now))
            });
        }
        self.held = held;
    }

    fn operation(
        &mut self,
        situation: &Situation,
        what: &str,
        event: &Event,
        op: &Op,
        held: &[Option<Versioned>],
        findings: &mut Findings,
    ) {
        let n = situation.n as usize;
        let asked: BTreeSet<NodeId> = op
            .wire
            .iter()
            .filter_map(|wire| match wire {
                Wire::Get(node) => Some(*node),
                _ => None,
            })
            .collect();
        findings.test(ALL_ASKED, asked.len() == n, || {
            format!("{what}: {} of {n} replicas were asked", asked.len())
        });
        // A write waits for answers until it sends the value; what comes later it need not look at.
        let before_puts = op
            .wire
            .iter()
            .take_while(|wire| matches!(op.result, OpResult::Read(_)) || !matches!(wire, Wire::Put(..)));
        let answers: BTreeMap<NodeId, &Option<Versioned>> = before_puts
            .filter_map(|wire| match wire {
                Wire::Holds(node, held, true) => Some((*node, held)),
                _ => None,
            })
            .collect();
        let gave_up = matches!(op.wire.last(), Some(Wire::Nothing));
        match &op.result {
            OpResult::Write(result) => {
                self.write(situation, what, event, op, &answers, held, *result, findings)
            }
            OpResult::Read(Ok(got)) => self.read(situation, what, op, &answers, got, findings),
            OpResult::Read(Err(_)) => {
                findings.test(SUCCEEDS, answers.len() < situation.r && gave_up, || {
                    format!("{what}: {} replicas had answered when it failed", answers.len())
                });
            }
        }
        let seen = answers.values().filter_map(|held| held.as_ref()).map(|held| held.version.clone());
        let used = op.wire.iter().filter_map(|wire| match wire {
            Wire::Put(_, new) => Some(new.version.clone()),
            _ => None,
        });
        if let Some(highest) = seen.chain(used).max() {
            let known = self.highest.entry(op.client).or_insert_with(|| highest.clone());
            *known = highest.max(known.clone());
        }
    }

    fn read(
        &mut self,
        situation: &Situation,
        what: &str,
        op: &Op,
        answers: &BTreeMap<NodeId, &Option<Versioned>>,
        got: &Option<Versioned>,
        findings: &mut Findings,
    ) {
        let shown =
            |held: &Option<Versioned>| held.as_ref().map_or("nothing".to_owned(), Versioned::to_string);
        if let (true, Some(acknowledged)) =
            (situation.w + situation.r > situation.n as usize, &self.acknowledged)
        {
            let fresh = got.as_ref().is_some_and(|got| self.is_fresh(got, acknowledged));
            findings.test(READ, fresh, || {
                format!("{what}, after {acknowledged} was acknowledged, and gets {}", shown(got))
            });
        }
        findings.test(R_ANSWERED, answers.len() >= situation.r, || {
            format!("{what}: it returned when {} replicas had answered", answers.len())
        });
        let newest =
            answers.values().filter_map(|held| held.as_ref()).max_by(|a, b| a.version.cmp(&b.version));
        findings.test(NEWEST, newest == got.as_ref(), || {
            format!(
                "{what}: the newest answer was {}, and it returned {}",
                shown(&newest.cloned()),
                shown(got)
            )
        });
        let Some(got) = got else { return };
        let written = self.writes.get(&got.version).is_some_and(|sent| sent.new == *got);
        findings.test(WRITTEN, written, || format!("{what}: it returned {got}, which nobody wrote"));
        for (node, held) in answers {
            if held.as_ref().is_none_or(|held| held.version < got.version) {
                let sent =
                    op.wire.iter().any(|wire| matches!(wire, Wire::Put(to, new) if to == node && new == got));
                findings.test(REPAIRED, sent, || {
                    format!(
                        "{what}: {} answered with {}, the read returned {got}, and did not send it there",
                        replica(*node),
                        shown(held)
                    )
                });
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that is known of one write")]
    fn write(
        &mut self,
        situation: &Situation,
        what: &str,
        event: &Event,
        op: &Op,
        answers: &BTreeMap<NodeId, &Option<Versioned>>,
        held: &[Option<Versioned>],
        result: Result<usize, usize>,
        findings: &mut Findings,
    ) {
        let (n, w) = (situation.n as usize, situation.w);
        let puts: Vec<(NodeId, &Versioned)> = op
            .wire
            .iter()
            .filter_map(|wire| match wire {
                Wire::Put(node, new) => Some((*node, new)),
                _ => None,
            })
            .collect();
        let acks: BTreeSet<NodeId> = op
            .wire
            .iter()
            .filter_map(|wire| match wire {
                Wire::Stored(node, true) => Some(*node),
                _ => None,
            })
            .collect();
        if let Some((_, new)) = puts.first() {
            let sent: BTreeSet<NodeId> =
                puts.iter().filter(|(_, put)| put == new).map(|(node, _)| *node).collect();
            findings.test(ALL_SENT, sent.len() == n, || {
                format!("{what}: {new} was sent to {} of {n} replicas", sent.len())
            });
            let value = match event {
                Event::Write(_, value) => Some(value.clone()),
                _ => None,
            };
            findings.test(WRITTEN, new.value == value, || format!("{what}: it sent {new}"));
            let other = self.writes.get(&new.version);
            findings.test(ONE_VALUE, other.is_none(), || {
                format!(
                    "{what} as {new}, and {} has that version already",
                    other.map_or("?".to_owned(), |sent| sent.new.to_string())
                )
            });
            let seen = answers.values().filter_map(|held| held.as_ref()).map(|held| &held.version);
            let highest = seen.chain(self.highest.get(&op.client)).max();
            findings.test(HIGHER, highest.is_none_or(|highest| new.version > *highest), || {
                format!(
                    "{what} as {new}, and its client has seen or used version {}",
                    highest.map_or("?".to_owned(), Version::to_string)
                )
            });
            let sent = Sent { new: (*new).clone(), before: self.writes.len(), acknowledged: result.is_ok() };
            self.writes.insert(new.version.clone(), sent);
        }
        let gave_up = matches!(op.wire.last(), Some(Wire::Nothing));
        match (result, puts.first()) {
            (Ok(told), Some((_, new))) => {
                let on = held
                    .iter()
                    .filter(|held| held.as_ref().is_some_and(|held| held.version >= new.version))
                    .count();
                findings.test(ON_W, on >= w, || {
                    format!("{what} as {new}: it was acknowledged, with W = {w}, when {on} replicas held it")
                });
                findings.test(TOLD, told == w, || format!("{what}: it told {told} acks, with W = {w}"));
                self.acknowledged = Some((*new).clone());
            }
            (Ok(told), None) => {
                findings.test(ON_W, false, || {
                    format!("{what}: it told {told} acks, and nothing was sent to any replica")
                });
            }
            (Err(told), Some(_)) => {
                findings.test(SUCCEEDS, acks.len() < w && gave_up, || {
                    format!("{what}: {} replicas had acknowledged it when it failed", acks.len())
                });
                findings.test(TOLD, told < w, || {
                    format!("{what}: it failed, with W = {w}, and told {told} acks")
                });
            }
            (Err(_), None) => {
                findings.test(SUCCEEDS, answers.len() < situation.r && gave_up, || {
                    format!(
                        "{what}: {} replicas had answered when it gave up, before it sent anything",
                        answers.len()
                    )
                });
            }
        }
    }
}
