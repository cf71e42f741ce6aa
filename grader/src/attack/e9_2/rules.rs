//! What holds for every router.
//!
//! What a user needs on a device is the highest of what that device's router was told: his writes, what he has seen, his
//! tokens. A router that forgets what is replicated may ask more of everybody: up to what every follower had replayed when
//! it forgot. Between the two it is free.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::rng::Rng;

use super::{Asked, Device, Event, Seen, Situation, Told, User, name};
use crate::attack::{Drill, Findings, Rule};
use crate::exercise::Step;
use crate::exercises::e9_2::{NodeId, Position, Route, View};

const WRITES: &str = "users-read-their-writes";
const MONOTONIC: &str = "users-never-see-an-older-state";
const TOKENS: &str = "tokens-count";
const DEAD: &str = "never-to-the-dead";
const SPARED: &str = "the-leader-is-spared";
const BOUNDED: &str = "waits-are-bounded";
const NEEDS: &str = "needs-what-is-his";
const SERVES: &str = "a-follower-serves-if-one-can";
const STARVES: &str = "no-follower-starves";
const PATIENT: &str = "waits-for-one-that-is-near";
const IN_VAIN: &str = "never-waits-in-vain";
const REFUSES: &str = "refuses-only-when-nobody-can";
const MEMORY: &str = "memory-is-bounded";

const fn rule(name: &'static str, says: &'static str) -> Rule {
    Rule { name, says }
}

const RULES: &[Rule] = &[
    rule(
        WRITES,
        "No read goes to a server that does not show what this user has written. “Saved”, and it is gone: he saves again.",
    ),
    rule(
        MONOTONIC,
        "No read goes to a server that shows less than this user has seen. What vanishes again looks like lost data.",
    ),
    rule(
        TOKENS,
        "No read goes to a server that shows less than this user's token from another device asks for.",
    ),
    rule(DEAD, "No read goes to a server that is down or not there, whatever its position was."),
    rule(SPARED, "The leader gets no read when it serves as many as it may: it has the writes to do."),
    rule(
        BOUNDED,
        "No read waits when it has waited as long as its patience. Then somebody must answer, or say no.",
    ),
    rule(
        NEEDS,
        "What a user needs is what he wrote, saw, or has a token for; nobody needs what another one wrote, unless everybody has it.",
    ),
    rule(
        SERVES,
        "If a follower that is up has replayed what the user needs, a follower gets the read. That is what followers are for.",
    ),
    rule(
        STARVES,
        "The draw decides among all followers that have what is needed: none of them is left out. Else one has all the work.",
    ),
    rule(
        PATIENT,
        "While there is patience, a read waits for a follower of the right epoch that lacks a few entries only, instead of bothering the leader.",
    ),
    rule(
        IN_VAIN,
        "A read goes to the leader at once if that one can serve it, and no follower is near. To wait for one that is dead, far, or of another epoch costs time for nothing.",
    ),
    rule(
        REFUSES,
        "A read is refused only when it has waited as long as its patience, and the leader can't serve it either.",
    ),
    rule(
        MEMORY,
        "When a router has forgotten what is replicated, it remembers only users who need more. Else it keeps everybody for ever.",
    ),
];

/// As in the exercise's scenarios.
const PATIENCE: u64 = 100;
const NEAR: u64 = 3;
const LEADER_READS: u32 = 10;

impl Drill for Situation {
    type Event = Event;
    const EXERCISE: &'static str = "E9.2";
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
        for step in steps {
            let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { continue };
            for asked in &seen.asked {
                known.routed(&step.what, asked, &seen.view, findings);
            }
            known.spread(&step.what, &seen, findings);
            for (device, user, told, at) in &seen.told {
                let needs = known.needs.entry((*device, *user)).or_default();
                let place = &mut needs[*told as usize];
                *place = (*place).max(*at);
            }
            if let Some((device, remembered)) = seen.forgot {
                known.forgot(&step.what, device, remembered, &seen.view, findings);
            }
            for (device, user, token) in &seen.tokens {
                let (least, most) = (known.need(*device, *user), known.most(*device, *user));
                findings.test(NEEDS, (least..=most).contains(token), || {
                    format!("after this: “{}”, {} needs {least}, or {most} at most, and by {device} needs {token}", step.what, user.name())
                });
            }
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { return Vec::new() };
        let mut did = Vec::new();
        let mut last = None;
        for asked in &seen.asked {
            if last != Some(asked.route) {
                did.push(format!("after {} ms: {}", asked.waited, asked.route));
            }
            last = Some(asked.route);
        }
        for (_, user, told, at) in &seen.told {
            did.push(match told {
                Told::Wrote => format!("the router is told that {} wrote {at}", user.name()),
                Told::Saw => format!("{} sees {at}", user.name()),
                Told::Token => format!("the token says {at}"),
            });
        }
        did.extend(seen.forgot.map(|(_, remembered)| format!("users it remembers now: {remembered}")));
        if seen.asked.is_empty() {
            did.push(shown(&seen.view));
        }
        vec![format!("{}: {}", step.what, did.join("; "))]
    }
}

fn shown(view: &View) -> String {
    let mut servers: Vec<String> =
        view.leader.iter().map(|leader| format!("{} leads at {}", name(leader.node), leader.at)).collect();
    servers.extend(view.followers.iter().map(|follower| {
        let down = if follower.up { "" } else { ", down" };
        let received = match follower.received == follower.replayed {
            true => String::new(),
            false => format!(", has received {}", follower.received),
        };
        format!("{} shows {}{received}{down}", name(follower.node), follower.replayed)
    }));
    servers.join(", ")
}

/// What the routers were told so far.
#[derive(Default)]
struct Known {
    /// By device and user: the highest that he wrote, that he saw, and that a token said.
    needs: BTreeMap<(Device, User), [Position; 3]>,
    /// By device: the highest that every follower had replayed when its router forgot.
    floor: BTreeMap<Device, Position>,
}

impl Known {
    fn need(&self, device: Device, user: User) -> Position {
        self.needs.get(&(device, user)).into_iter().flatten().copied().max().unwrap_or_default()
    }

    /// The most that a router may take for what a user needs.
    fn most(&self, device: Device, user: User) -> Position {
        self.need(device, user).max(self.floor.get(&device).copied().unwrap_or_default())
    }

    fn routed(&self, what: &str, asked: &Asked, view: &View, findings: &mut Findings) {
        let Asked { user, device, waited, route, .. } = *asked;
        let who = user.name();
        let servers = shown(view);
        let (least, most) = (self.need(device, user), self.most(device, user));
        let up = || view.followers.iter().filter(|follower| follower.up);
        let shows = match route {
            Route::Follower(node) => {
                up().find(|follower| follower.node == node).map(|follower| follower.replayed)
            }
            Route::Leader(node) => view.leader.filter(|leader| leader.node == node).map(|leader| leader.at),
            Route::Wait | Route::Refused => None,
        };
        if let Route::Follower(node) | Route::Leader(node) = route {
            findings.test(DEAD, shows.is_some(), || {
                format!("{what}: the router says “{route}”; {} is not there. {servers}", name(node))
            });
        }
        if let Some(shows) = shows {
            let needs = self.needs.get(&(device, user)).copied().unwrap_or_default();
            for (rule, need, why) in [
                (WRITES, needs[Told::Wrote as usize], "has written"),
                (MONOTONIC, needs[Told::Saw as usize], "has seen"),
                (TOKENS, needs[Told::Token as usize], "has a token for"),
            ] {
                if need > Position::default() {
                    findings.test(rule, shows >= need, || {
                        format!("{what}: the router says “{route}”, which shows {shows}, and {who} {why} {need}. {servers}")
                    });
                }
            }
        }
        if let (Route::Leader(_), Some(leader)) = (route, view.leader) {
            findings.test(SPARED, leader.reads < LEADER_READS, || {
                format!(
                    "{what}: the router sends it to the leader, which serves {} reads already",
                    leader.reads
                )
            });
        }
        let patience = waited < PATIENCE;
        if route == Route::Wait {
            findings.test(BOUNDED, patience, || format!("{what}: after {waited} ms the router lets it wait"));
        }
        if up().any(|follower| follower.replayed >= most) {
            findings.test(SERVES, matches!(route, Route::Follower(_)), || {
                format!("{what}: {who} needs {most} at most, and the router says “{route}”. {servers}")
            });
            return;
        }
        if most > least {
            // Whether one is near depends on which of the two the router asks for.
            return;
        }
        let near = up().any(|follower| {
            follower.replayed.epoch == least.epoch && least.lsn.saturating_sub(follower.replayed.lsn) <= NEAR
        });
        let leader = view.leader.is_some_and(|leader| leader.at >= least && leader.reads < LEADER_READS);
        if patience && near {
            findings.test(PATIENT, route == Route::Wait, || {
                format!(
                    "{what}: {who} needs {least}, and after {waited} ms the router says “{route}”. {servers}"
                )
            });
        } else if leader {
            findings.test(IN_VAIN, route != Route::Wait, || {
                format!(
                    "{what}: {who} needs {least}, and after {waited} ms the router lets it wait. {servers}"
                )
            });
        }
        if route == Route::Refused {
            findings.test(REFUSES, !patience && !leader, || {
                format!("{what}: {who} needs {least}, and after {waited} ms the router refuses it. {servers}")
            });
        }
    }

    /// Whether the draws 0, 1, 2 and so on reach every follower that has what is needed.
    fn spread(&self, what: &str, seen: &Seen, findings: &mut Findings) {
        let at_once: Vec<&Asked> = seen.asked.iter().filter(|asked| asked.waited == 0).collect();
        let [first, _, ..] = at_once.as_slice() else { return };
        let most = self.most(first.device, first.user);
        let ready = seen.view.followers.iter().filter(|follower| follower.up && follower.replayed >= most);
        let ready: BTreeSet<NodeId> = ready.map(|follower| follower.node).collect();
        if ready.len() < 2 {
            return;
        }
        let chosen: BTreeSet<NodeId> = at_once
            .iter()
            .filter_map(|asked| match asked.route {
                Route::Follower(node) => Some(node),
                _ => None,
            })
            .collect();
        let left_out: Vec<_> = ready.difference(&chosen).map(|node| name(*node)).collect();
        findings.test(STARVES, left_out.is_empty(), || {
            format!(
                "{what}: with {} different draws none went to {}. {}",
                at_once.len(),
                left_out.join(", "),
                shown(&seen.view)
            )
        });
    }

    fn forgot(
        &mut self,
        what: &str,
        device: Device,
        remembered: usize,
        view: &View,
        findings: &mut Findings,
    ) {
        let Some(everybody) = view.followers.iter().map(|follower| follower.replayed).min() else { return };
        let floor = self.floor.entry(device).or_default();
        *floor = (*floor).max(everybody);
        let needing = self.needs.keys().filter(|(of, _)| *of == device);
        let needing = needing.filter(|(of, user)| self.need(*of, *user) > everybody).count();
        findings.test(MEMORY, remembered <= needing, || {
            format!("{what}: every follower has replayed {everybody}, {needing} users need more, and it remembers {remembered}")
        });
    }
}
