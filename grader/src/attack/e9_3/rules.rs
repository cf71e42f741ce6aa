//! What holds for every failover monitor.
//!
//! The rules follow the monitor's own operations and their answers: it can't know more than these. Who leads is whoever
//! confirmed last that it leads.

use std::collections::{BTreeMap, BTreeSet};

use replication_lab::history::Verdict;
use replication_lab::history::epochs::{fenced, one_writer_per_epoch};
use replication_lab::rng::Rng;

use super::{Did, Seen, Situation, Trouble, name};
use crate::attack::{Drill, Findings, Rule};
use crate::exercise::Step;
use crate::exercises::e9_3::{Alert, Failed, NodeId, Position, Settings, Time};

const ONE_LEADER: &str = "one-leader-an-epoch";
const FENCED_FIRST: &str = "fenced-before-promoted";
const OLD_FENCED: &str = "old-leaders-are-fenced";
const CANDIDATE_FIRST: &str = "a-candidate-before-the-fence";
const NO_SECOND: &str = "no-second-failover-without-a-second-outage";
const SILENCE: &str = "only-after-the-timeout";
const BEATS: &str = "only-after-enough-missed-pings";
const MAJORITY: &str = "a-minority-deposes-nobody";
const LIMIT: &str = "within-the-limit";
const LEAST_BEHIND: &str = "the-least-behind";
const ASKED_ONCE: &str = "asked-once";
const WATCHED: &str = "the-leader-is-watched";
const FOLLOW: &str = "followers-follow-the-leader";
const TOLD: &str = "told-until-they-confirm";
const REPLACED: &str = "the-dead-are-replaced";
const SOMEBODY: &str = "somebody-is-told";
const ONE_ALERT: &str = "one-alert-an-outage";

const fn rule(name: &'static str, says: &'static str) -> Rule {
    Rule { name, says }
}

const RULES: &[Rule] = &[
    rule(
        ONE_LEADER,
        "An epoch is offered to one node only. Two leaders with one number can't be told apart, and both are let through.",
    ),
    rule(
        FENCED_FIRST,
        "Nobody is promoted before the device has confirmed that everything below the new epoch is fenced. Until then the old leader may still write.",
    ),
    rule(
        OLD_FENCED,
        "Once a new leader has written, nothing of an older one gets through: else the histories part.",
    ),
    rule(
        CANDIDATE_FIRST,
        "Nothing is fenced while there is nobody to promote. Else you have a cluster without a leader, for certain.",
    ),
    rule(
        NO_SECOND,
        "After a failover the new leader is the leader: it is replaced only when it has been silent itself, for as long and for as many pings.",
    ),
    rule(
        SILENCE,
        "Nobody is deposed before it has been silent for longer than the timeout. A leader that answers in time is alive.",
    ),
    rule(
        BEATS,
        "Nobody is deposed before enough pings in a row went unanswered. A monitor that stood still itself has heard nobody.",
    ),
    rule(
        MAJORITY,
        "Nobody is deposed unless more than half of all observers find it silent; who does not answer does not agree. Your own link may be what is broken.",
    ),
    rule(
        LIMIT,
        "Whoever is promoted answered in this tick, has a log of the epoch of the furthest known position, and is at most max_lag behind that. What it lacks is lost.",
    ),
    rule(
        LEAST_BEHIND,
        "Of the candidates the one that is least behind is promoted, the lower id among equals. All that it lacks more than that one is lost for nothing.",
    ),
    rule(
        ASKED_ONCE,
        "No node is asked twice in one tick: the two answers can differ, and you decide by one and act by the other.",
    ),
    rule(
        WATCHED,
        "In every tick the leader is pinged, the one that leads now. Whom you don't watch you can't replace.",
    ),
    rule(
        FOLLOW,
        "Whoever is told to follow is told the present leader and its epoch, and no leader is told to follow itself.",
    ),
    rule(
        TOLD,
        "After a failover every other follower is told, in each tick with a leader, until it confirms. Whoever is forgotten follows a dead leader for ever.",
    ),
    rule(
        REPLACED,
        "Once a leader is overdue and a majority agrees, each tick goes as far as it can: candidate, fence, promotion. Every second that you give up is a second without writes.",
    ),
    rule(
        SOMEBODY,
        "If there is no candidate, or no confirmed fence, somebody is woken in this outage. The cluster is down, and nobody knows.",
    ),
    rule(
        ONE_ALERT,
        "Each alert is raised once in an outage. Whoever is woken sixty times a minute switches it off.",
    ),
];

impl Drill for Situation {
    type Event = Trouble;
    const EXERCISE: &'static str = "E9.3";
    const RULES: &'static [Rule] = RULES;

    fn draw(rng: &mut Rng) -> Self {
        super::draw::draw(rng)
    }

    fn events(&self) -> &[Trouble] {
        &self.troubles
    }

    fn with(&self, troubles: Vec<Trouble>) -> Self {
        Self { troubles, ..self.clone() }
    }

    fn simpler(&self) -> Vec<Self> {
        Situation::simpler(self)
    }

    fn judge(&self, steps: &[Step], findings: &mut Findings) {
        let mut known = Known::new(self);
        for step in steps {
            match serde_json::from_value(step.got.clone()) {
                Ok(Seen::Tick { second, did }) => known.tick(second, &did, findings),
                Ok(Seen::Accepted(accepted)) => {
                    for (rule, verdict) in
                        [(ONE_LEADER, one_writer_per_epoch(&accepted)), (OLD_FENCED, fenced(&accepted))]
                    {
                        let why = match verdict {
                            Verdict::Violated(witness) => Some(witness.why),
                            _ => None,
                        };
                        findings.test(rule, why.is_none(), || why.unwrap_or_default());
                    }
                }
                Err(_) => {}
            }
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        match serde_json::from_value(step.got.clone()) {
            // A ping that is answered, and nothing else, is nothing to tell.
            Ok(Seen::Tick { did, .. }) if matches!(did.as_slice(), [] | [Did::Ping(_, Ok(_))]) => Vec::new(),
            Ok(Seen::Tick { second, did }) => {
                let did: Vec<_> = did.iter().map(Did::to_string).collect();
                vec![format!("{second} s: {}", did.join("; "))]
            }
            Ok(Seen::Accepted(accepted)) => accepted
                .iter()
                .map(|write| {
                    format!("the device lets {} write in epoch {}, at {}", write.node, write.epoch, write.at)
                })
                .collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// What a monitor can know.
struct Known {
    settings: Settings,
    leader: NodeId,
    epoch: u64,
    followers: BTreeSet<NodeId>,
    heard: Time,
    missed: u32,
    published: Position,
    fenced: u64,
    offered: BTreeMap<u64, NodeId>,
    astray: BTreeSet<NodeId>,
    alerted: Vec<Alert>,
    failovers: usize,
}

impl Known {
    fn new(situation: &Situation) -> Self {
        let leader = NodeId(0);
        Self {
            settings: Settings { max_lag: situation.max_lag, ..Settings::default() },
            leader,
            epoch: 1,
            followers: situation.followers.iter().map(|listed| listed.node).collect(),
            heard: Time::ZERO,
            missed: 0,
            published: Position::default(),
            fenced: 1,
            offered: BTreeMap::from([(1, leader)]),
            astray: BTreeSet::new(),
            alerted: Vec::new(),
            failovers: 0,
        }
    }

    /// The follower to promote by these answers, and the furthest position that is known.
    fn candidate(&self, did: &[Did]) -> (Option<NodeId>, Position) {
        let answers = || {
            did.iter().filter_map(|did| match did {
                Did::Ping(node, Ok(at)) if self.followers.contains(node) => Some((*node, *at)),
                _ => None,
            })
        };
        let furthest = answers().map(|(_, at)| at).chain([self.published]).max().unwrap_or_default();
        let near = answers().filter(|(_, at)| at.epoch == furthest.epoch);
        let near = near.map(|(node, at)| (furthest.lsn - at.lsn, node));
        (near.filter(|(lag, _)| *lag <= self.settings.max_lag).min().map(|(_, node)| node), furthest)
    }

    fn tick(&mut self, second: u64, did: &[Did], findings: &mut Findings) {
        let now = Time::s(second);
        let at = format!("at {second} s");
        let watched = self.leader;
        self.asked_once(&at, did, findings);
        let ping = did.iter().find_map(|did| match did {
            Did::Ping(node, got) if *node == watched => Some(*got),
            _ => None,
        });
        findings.test(WATCHED, ping.is_some(), || {
            let asked: Vec<_> = did
                .iter()
                .filter_map(|did| match did {
                    Did::Ping(node, _) => Some(name(*node)),
                    _ => None,
                })
                .collect();
            let asked = if asked.is_empty() { "nobody".to_owned() } else { asked.join(", ") };
            format!("{at} {} leads, and you pinged {asked}", name(watched))
        });
        match ping {
            Some(Ok(position)) => {
                (self.heard, self.missed, self.published) = (now, 0, position);
                self.alerted.clear();
            }
            Some(Err(_)) => self.missed += 1,
            None => {}
        }
        let overdue = ping.is_some_and(|got| got.is_err())
            && now - self.heard > self.settings.timeout
            && self.missed >= self.settings.missed_beats;
        let agree: BTreeSet<NodeId> = did
            .iter()
            .filter_map(|did| match did {
                Did::FindsSilent(observer, node, Ok(true)) if *node == watched => Some(*observer),
                _ => None,
            })
            .collect();
        let majority = 2 * (1 + agree.len()) > OBSERVERS;
        let astray = self.astray.clone();
        let mut confirmed = false;
        for (place, step) in did.iter().enumerate() {
            match step {
                Did::Fence(..) | Did::Promote(..) if !confirmed => {
                    self.may_depose(&at, now, step, &agree, findings);
                }
                _ => {}
            }
            match step {
                Did::Fence(below, got) => {
                    let (candidate, furthest) = self.candidate(&did[..place]);
                    findings.test(CANDIDATE_FIRST, candidate.is_some(), || {
                        format!("{at} you had everything below epoch {below} fenced, and of the followers that had answered \
                                 by then none was a candidate (furthest known position: {furthest})")
                    });
                    if got.is_ok() {
                        self.fenced = self.fenced.max(*below);
                    }
                }
                Did::Promote(node, epoch, got) => {
                    self.promoted(&at, *node, *epoch, &did[..place], findings);
                    if got.is_ok() {
                        confirmed = true;
                        let received = did[..place].iter().find_map(|did| match did {
                            Did::Ping(of, Ok(position)) if of == node => Some(*position),
                            _ => None,
                        });
                        (self.leader, self.epoch) = (*node, *epoch);
                        (self.heard, self.missed) = (now, 0);
                        self.published = received.unwrap_or_default();
                        self.followers.remove(node);
                        self.astray = self.followers.clone();
                        self.alerted.clear();
                        self.failovers += 1;
                    }
                }
                Did::Repoint(node, leader, epoch, got) => {
                    let right = *leader == self.leader && *epoch == self.epoch && *node != self.leader;
                    findings.test(FOLLOW, right, || {
                        format!("{at} {step}, while {} leads epoch {}", name(self.leader), self.epoch)
                    });
                    if right && got.is_ok() {
                        self.astray.remove(node);
                    }
                }
                Did::Alert(alert) => {
                    let again = self.alerted.contains(alert);
                    findings.test(ONE_ALERT, !again, || {
                        format!("{at} {step}, for the second time in this outage")
                    });
                    self.alerted.push(*alert);
                }
                Did::Ping(..) | Did::FindsSilent(..) => {}
            }
        }
        if confirmed || ping.is_some_and(|got| got.is_ok()) {
            let due = if confirmed { self.followers.clone() } else { astray };
            self.told(&at, &due, did, findings);
        }
        if overdue && !confirmed {
            self.goes_as_far_as_it_can(&at, did, majority, findings);
        }
    }

    fn asked_once(&self, at: &str, did: &[Did], findings: &mut Findings) {
        let mut asked = BTreeMap::<NodeId, usize>::new();
        for did in did {
            if let Did::Ping(node, _) | Did::FindsSilent(node, ..) = did {
                *asked.entry(*node).or_default() += 1;
            }
        }
        for (node, times) in asked {
            findings.test(ASKED_ONCE, times == 1, || format!("{at} you asked {} {times} times", name(node)));
        }
    }

    /// Whether the leader may be deposed by now.
    fn may_depose(&self, at: &str, now: Time, step: &Did, agree: &BTreeSet<NodeId>, findings: &mut Findings) {
        let leader = name(self.leader);
        let silent = now - self.heard;
        let why = || {
            format!(
                "{at} you did this: {step}. {leader} had been silent for {silent}, through {} pings",
                self.missed
            )
        };
        let (late, missed) = (silent > self.settings.timeout, self.missed >= self.settings.missed_beats);
        if self.failovers > 0 {
            findings.test(NO_SECOND, late && missed, why);
        } else {
            findings.test(SILENCE, late, why);
            findings.test(BEATS, missed, why);
        }
        findings.test(MAJORITY, 2 * (1 + agree.len()) > OBSERVERS, || {
            format!("{at} you did this: {step}. Besides M, only {} of the {} other observers had said that they find {leader} \
                     silent", agree.len(), OBSERVERS - 1)
        });
    }

    fn promoted(&mut self, at: &str, node: NodeId, epoch: u64, before: &[Did], findings: &mut Findings) {
        let who = name(node);
        let other = self.offered.get(&epoch).copied().filter(|other| *other != node);
        findings.test(ONE_LEADER, other.is_none(), || {
            format!("{at} you offered epoch {epoch} to {who}; {} has led it, or may", other.map_or("?", name))
        });
        self.offered.entry(epoch).or_insert(node);
        findings.test(FENCED_FIRST, self.fenced >= epoch, || {
            format!("{at} you promoted {who} into epoch {epoch}; the device has confirmed to refuse what is below epoch {}, \
                     and no more", self.fenced)
        });
        let (candidate, furthest) = self.candidate(before);
        let answer = before.iter().find_map(|did| match did {
            Did::Ping(of, Ok(position)) if *of == node => Some(*position),
            _ => None,
        });
        let near = answer.is_some_and(|answer| {
            answer.epoch == furthest.epoch && furthest.lsn.saturating_sub(answer.lsn) <= self.settings.max_lag
        });
        findings.test(LIMIT, near, || {
            let answer = answer.map_or("did not answer in this tick".to_owned(), |at| format!("is at {at}"));
            format!("{at} you promoted {who}, which {answer}; the furthest known position is {furthest}")
        });
        if near {
            findings.test(LEAST_BEHIND, candidate == Some(node), || {
                format!("{at} you promoted {who}, though {} is nearer to {furthest}, the furthest known position, or as near \
                         with a lower id", candidate.map_or("?", name))
            });
        }
    }

    /// Whether everybody was told who did not follow the leader yet.
    fn told(&self, at: &str, due: &BTreeSet<NodeId>, did: &[Did], findings: &mut Findings) {
        for node in due {
            let told = did.iter().any(|did| matches!(did, Did::Repoint(of, ..) if of == node));
            findings.test(TOLD, told, || {
                format!(
                    "{at} {} leads, {} has not confirmed that it follows, and was not told",
                    name(self.leader),
                    name(*node)
                )
            });
        }
    }

    /// Whether a tick that had to replace the leader, and did not, went as far as it could.
    fn goes_as_far_as_it_can(&self, at: &str, did: &[Did], majority: bool, findings: &mut Findings) {
        let leader = name(self.leader);
        let overdue = format!("{at} {leader} was overdue");
        let unasked = OBSERVERS
            - 1
            - did.iter().filter(|did| matches!(did, Did::FindsSilent(..))).count().min(OBSERVERS - 1);
        if !majority {
            let agree = did.iter().filter(|did| matches!(did, Did::FindsSilent(_, _, Ok(true)))).count();
            let could = 2 * (1 + agree + unasked) > OBSERVERS;
            findings.test(REPLACED, !could, || format!("{overdue}, and you did not ask the observers"));
            return;
        }
        let (candidate, _) = self.candidate(did);
        let pinged = |node: &NodeId| did.iter().any(|did| matches!(did, Did::Ping(of, _) if of == node));
        let Some(candidate) = candidate else {
            let left: Vec<_> =
                self.followers.iter().filter(|node| !pinged(node)).map(|node| name(*node)).collect();
            findings.test(REPLACED, left.is_empty(), || {
                format!("{overdue}, and you did not ask {} whether it can be promoted", left.join(", "))
            });
            let raised = self.alerted.contains(&Alert::NoCandidate);
            findings.test(SOMEBODY, raised || !left.is_empty(), || {
                format!("{overdue}, there was no candidate, and you alerted nobody in this outage")
            });
            return;
        };
        let fence = did.iter().rev().find_map(|did| match did {
            Did::Fence(_, got) => Some(*got),
            _ => None,
        });
        let tried = |got: Option<Result<(), Failed>>| got.is_some();
        findings.test(REPLACED, tried(fence), || {
            format!(
                "{overdue}, a majority agreed, {} was a candidate, and you did not fence",
                name(candidate)
            )
        });
        match fence {
            Some(Err(_)) => {
                let raised = self.alerted.contains(&Alert::NotFenced);
                findings.test(SOMEBODY, raised, || {
                    format!("{overdue}, the device did not confirm, and you alerted nobody in this outage")
                });
            }
            Some(Ok(())) => {
                let promoted = did.iter().any(|did| matches!(did, Did::Promote(..)));
                findings.test(REPLACED, promoted, || {
                    format!("{overdue}, the fence was confirmed, and you promoted nobody")
                });
            }
            None => {}
        }
    }
}

/// All observers, the monitor among them.
const OBSERVERS: usize = 3;
