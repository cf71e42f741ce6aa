//! An observer: it watches the leader, and replaces it when it is silent for too long.
//!
//! One of them carries out the failover, step by step: somebody to promote is chosen before anybody is cut off; then
//! the old leader is fenced; then the new one is promoted; then everybody is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::failover::{Choice, Fencing};
use super::message::{Health, Message, Timer, Told};
use super::node::Member;
use super::setup::Topology;
use crate::detector::Detector;
use crate::log::Position;
use crate::quorum::majority;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

type Out<'a> = Effects<'a, Member>;

/// An observer, and what it knows.
#[derive(Clone, Debug)]
pub struct Observer {
    topology: Arc<Topology>,
    leader: NodeId,
    epoch: u64,
    detector: Box<dyn Detector>,
    // What each server told last, and when it arrived by this observer's clock.
    seen: BTreeMap<NodeId, (Time, Health)>,
    // The furthest position that anybody has told.
    furthest: Position,
    suspects: bool,
    // On disk, as if written in an instant: for which epoch it has agreed to whose failover.
    agreed: (u64, Option<NodeId>),
    // Until when it leaves the failover to whom it has agreed to.
    holds_off: Time,
    step: Step,
}

/// How far a failover is.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Watching,
    /// It asks the other observers.
    Claiming {
        epoch: u64,
        agree: BTreeSet<NodeId>,
        since: Time,
    },
    /// It looks for somebody to promote.
    Choosing {
        epoch: u64,
        alerted: bool,
    },
    /// The fence device is at work.
    Fencing {
        epoch: u64,
        winner: NodeId,
    },
    /// The winner is told to lead until it says that it does.
    Promoting {
        epoch: u64,
        winner: NodeId,
        since: Time,
    },
}

impl Observer {
    pub(super) fn new(topology: Arc<Topology>) -> Self {
        Self {
            detector: topology.settings.failover.detector.clone(),
            topology,
            leader: NodeId(0),
            epoch: 1,
            seen: BTreeMap::new(),
            furthest: Position::default(),
            suspects: false,
            agreed: (1, None),
            holds_off: Time::ZERO,
            step: Step::Watching,
        }
    }

    /// From now on these settings hold.
    pub(super) fn set_topology(&mut self, topology: Arc<Topology>) {
        self.topology = topology;
    }

    /// Whom it takes for the leader, and of which epoch.
    pub fn leader(&self) -> (NodeId, u64) {
        (self.leader, self.epoch)
    }

    /// How suspicious the leader's silence is to it at a moment, by its clock.
    pub fn suspicion(&self, at: Time) -> f64 {
        self.detector.suspicion(at)
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        // They take turns, so that not all of them want to carry out a failover in the same instant.
        let failover = &self.topology.settings.failover;
        let first = self.topology.observers().next().map_or(0, |first| first.0);
        let turn = u64::from(out.me().0 - first) + 1;
        let span = failover.check.as_us() * turn / u64::from(failover.observers.max(1));
        out.after_in_background(Time::us(span.max(1)), Timer::Check);
    }

    pub(super) fn crash(&mut self) {
        self.step = Step::Watching;
        self.seen.clear();
        self.suspects = false;
        self.detector = self.topology.settings.failover.detector.clone();
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Heartbeat(health) => self.heartbeat(from, health, out),
            Message::Claim(epoch) => {
                let free = epoch > self.agreed.0 || self.agreed == (epoch, Some(from));
                let idle = matches!(self.step, Step::Watching | Step::Claiming { .. });
                if epoch > self.epoch && free && idle && self.detector.convicts(out.clock()) {
                    self.agreed = (epoch, Some(from));
                    self.step = Step::Watching;
                    self.holds_off = out.clock() + self.patience();
                    out.send(from, Message::Agree(epoch));
                }
            }
            Message::Agree(epoch) => {
                if let Step::Claiming { epoch: mine, agree, .. } = &mut self.step
                    && *mine == epoch
                {
                    agree.insert(from);
                    self.count_votes(out);
                }
            }
            Message::Endpoint(leader, epoch) => self.learn(leader, epoch, out),
            _ => {}
        }
    }

    fn heartbeat(&mut self, from: NodeId, health: Health, out: &mut Out<'_>) {
        if self.topology.settings.failover.answer_within.is_some_and(|most| health.waited > most) {
            return;
        }
        let now = out.clock();
        self.seen.insert(from, (now, health));
        self.furthest = self.furthest.max(health.received);
        if health.leads && health.epoch > self.epoch {
            self.learn(from, health.epoch, out);
        }
        if health.leads && from == self.leader && health.epoch == self.epoch {
            self.detector.heartbeat(now);
            self.suspects = self.suspects && self.detector.convicts(now);
            out.send(from, Message::Heard(self.epoch, health.sent));
            return;
        }
        // Whoever does not know the leader learns of it here: a returning leader, a follower that was cut off.
        let deposed = self.topology.settings.failover.epochs && health.leads && health.epoch < self.epoch;
        let astray = !health.leads && (health.upstream.is_none() || health.epoch < self.epoch);
        if (deposed || astray) && self.step == Step::Watching {
            out.send(from, Message::Repoint(self.leader, self.epoch));
        }
    }

    /// There is a new leader.
    fn learn(&mut self, leader: NodeId, epoch: u64, out: &mut Out<'_>) {
        if epoch <= self.epoch {
            return;
        }
        let mine = matches!(&self.step, Step::Promoting { epoch: e, winner, .. } if *e == epoch && *winner == leader);
        (self.leader, self.epoch) = (leader, epoch);
        self.detector = self.topology.settings.failover.detector.clone();
        self.detector.heartbeat(out.clock());
        self.suspects = false;
        self.agreed.0 = self.agreed.0.max(epoch);
        self.step = Step::Watching;
        if mine {
            self.tell_everybody(out);
        }
    }

    fn tell_everybody(&mut self, out: &mut Out<'_>) {
        let (leader, epoch) = self.leader();
        for server in self.topology.servers().filter(|server| *server != leader) {
            out.send(server, Message::Repoint(leader, epoch));
        }
        let me = out.me();
        for observer in self.topology.observers().filter(|observer| *observer != me) {
            out.send(observer, Message::Endpoint(leader, epoch));
        }
        match self.topology.settings.failover.endpoint_takes {
            Time::ZERO => self.publish(epoch, out),
            span => out.after(span, Timer::Publish(epoch)),
        }
    }

    fn publish(&mut self, epoch: u64, out: &mut Out<'_>) {
        if epoch == self.epoch {
            for client in self.topology.clients() {
                out.send(client, Message::Endpoint(self.leader, epoch));
            }
            out.output(Told::Published(self.leader, epoch));
        }
    }

    pub(super) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Check => {
                out.after_in_background(self.topology.settings.failover.check, Timer::Check);
                self.check(out);
            }
            Timer::Fenced(epoch) => {
                if let Step::Fencing { epoch: mine, winner } = self.step
                    && mine == epoch
                {
                    self.cut_off(out);
                    self.promote(epoch, winner, out);
                }
            }
            Timer::Publish(epoch) => self.publish(epoch, out),
            _ => {}
        }
    }

    fn check(&mut self, out: &mut Out<'_>) {
        let now = out.clock();
        if self.detector.convicts(now) && !self.suspects {
            self.suspects = true;
            let (leader, epoch) = self.leader();
            let name = self.topology.server(leader).map_or("?", |server| server.name.as_str());
            out.note(|| format!("holds {name}, the leader of epoch {epoch}, for dead"));
            out.output(Told::Suspects(epoch));
        }
        let patience = self.patience();
        match self.step.clone() {
            Step::Watching if self.detector.convicts(now) && now >= self.holds_off => self.claim(out),
            Step::Watching => {}
            // The leader is back before anybody else was asked to lead.
            Step::Claiming { .. } | Step::Choosing { .. } if !self.detector.convicts(now) => {
                out.note(|| "the leader is back".into());
                self.step = Step::Watching;
            }
            Step::Claiming { since, .. } if now.since(since) >= self.topology.settings.failover.heartbeat => {
                self.claim(out)
            }
            Step::Claiming { epoch, .. } => self.ask_for_votes(epoch, out),
            Step::Choosing { epoch, .. } => {
                // As long as it looks for somebody, the others leave it to it.
                self.ask_for_votes(epoch, out);
                self.choose(out);
            }
            Step::Fencing { .. } => {}
            Step::Promoting { since, .. } if now.since(since) >= patience => {
                // The winner does not answer: once more from the beginning, with an epoch of its own.
                self.step = Step::Watching;
                self.claim(out);
            }
            Step::Promoting { epoch, winner, .. } => out.send(winner, Message::Promote(epoch)),
        }
    }

    /// How long the rest of a failover may take before somebody else may try.
    fn patience(&self) -> Time {
        let failover = &self.topology.settings.failover;
        failover.heartbeat + failover.heartbeat + failover.fence_takes + failover.promotion_takes
    }

    /// Wants to carry out a failover.
    fn claim(&mut self, out: &mut Out<'_>) {
        let epoch = self.epoch.max(self.agreed.0) + 1;
        self.agreed = (epoch, Some(out.me()));
        // Two who claim at the same time would block each other for ever: the pause until the next try is drawn.
        let heartbeat = self.topology.settings.failover.heartbeat.as_us();
        let since = out.clock() + Time::us(out.rng().below(heartbeat + 1));
        self.step = Step::Claiming { epoch, agree: BTreeSet::from([out.me()]), since };
        self.ask_for_votes(epoch, out);
        self.count_votes(out);
    }

    fn ask_for_votes(&self, epoch: u64, out: &mut Out<'_>) {
        if self.topology.settings.failover.majority {
            let me = out.me();
            for observer in self.topology.observers().filter(|observer| *observer != me) {
                out.send(observer, Message::Claim(epoch));
            }
        }
    }

    fn count_votes(&mut self, out: &mut Out<'_>) {
        let Step::Claiming { epoch, agree, .. } = &self.step else { return };
        let failover = &self.topology.settings.failover;
        let needed = if failover.majority { majority(u32::from(failover.observers)) } else { 1 };
        if agree.len() as u32 >= needed {
            self.step = Step::Choosing { epoch: *epoch, alerted: false };
            self.choose(out);
        }
    }

    /// Chooses whom to promote; only then is the old leader cut off.
    fn choose(&mut self, out: &mut Out<'_>) {
        let Step::Choosing { epoch, alerted } = self.step else { return };
        match self.candidate(out.clock()) {
            Err(why) => {
                if !alerted {
                    out.note(|| format!("ALERT: {why}"));
                    out.output(Told::Alert(why));
                    self.step = Step::Choosing { epoch, alerted: true };
                }
            }
            Ok(winner) => {
                if self.topology.settings.failover.fencing == Fencing::Off {
                    return self.promote(epoch, winner, out);
                }
                self.step = Step::Fencing { epoch, winner };
                out.note(|| "fences the old leader".into());
                out.after(self.topology.settings.failover.fence_takes, Timer::Fenced(epoch));
            }
        }
    }

    /// Who is to lead.
    fn candidate(&self, now: Time) -> Result<NodeId, String> {
        let failover = &self.topology.settings.failover;
        let name = |id: NodeId| self.topology.server(id).map_or("", |server| server.name.as_str());
        let fresh = |(id, (at, health)): (&NodeId, &(Time, Health))| {
            // Whoever has been silent as long as a leader may be, is no candidate either.
            let silent = now.since(*at) >= failover.heartbeat + failover.heartbeat + failover.heartbeat;
            (*id != self.leader && !silent && !health.leads).then_some((*id, health.received))
        };
        let alive: Vec<_> = self.seen.iter().filter_map(fresh).collect();
        if let Choice::Always(wanted) = &failover.choice {
            let found = alive.iter().find(|(id, _)| name(*id) == wanted);
            return found.map(|(id, _)| *id).ok_or_else(|| format!("{wanted} is to be promoted, and silent"));
        }
        // `max_by_key` takes the last of equals: the list is turned round, so that it is the first server.
        let best = alive.iter().rev().max_by_key(|(_, received)| *received);
        let Some((winner, received)) = best else {
            return Err("nobody is left to promote".into());
        };
        let lag = self.furthest.lsn.saturating_sub(received.lsn);
        match failover.max_lag {
            Some(most) if lag > most => {
                Err(format!("{} lacks {lag} entries, and at most {most} are allowed", name(*winner)))
            }
            _ => Ok(*winner),
        }
    }

    /// The fence device reports success. Whether it told the truth is another question.
    fn cut_off(&mut self, out: &mut Out<'_>) {
        let works = match self.topology.settings.failover.fencing {
            Fencing::Off => false,
            Fencing::On => true,
            Fencing::Unreliable(probability) => out.rng().chance(probability),
        };
        if works {
            out.output(Told::Fence(self.leader));
        }
    }

    fn promote(&mut self, epoch: u64, winner: NodeId, out: &mut Out<'_>) {
        self.step = Step::Promoting { epoch, winner, since: out.clock() };
        let name = self.topology.server(winner).map(|server| server.name.clone()).unwrap_or_default();
        out.note(|| format!("promotes {name} to epoch {epoch}"));
        out.output(Told::Promotes(winner, epoch, self.leader));
        out.send(winner, Message::Promote(epoch));
    }
}
