//! The servers of the stream: a learner's leader and followers as nodes of the world.

use std::collections::BTreeMap;
use std::fmt;

use replication_lab::world::{Effects, Node};

use super::{
    Body, Entry, Follower, Leader, Machine, Message, NodeId, Position, Settings, Snapshot, Status, Time,
};

/// How long a follower waits before it applies what has come.
const BEFORE_APPLYING: Time = Time::us(500);
/// A leader's heartbeat.
const BEAT: Time = Time::s(1);

/// What the nodes send.
#[derive(Clone, Debug)]
pub(super) enum Wire {
    /// From a leader.
    Down(Message),
    /// From a follower.
    Up(Status),
}

impl fmt::Display for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(status) => {
                write!(f, "applied {}", status.applied)?;
                status.wants.map_or(Ok(()), |wants| write!(f, ", wants what follows {wants}"))
            }
            Self::Down(Message { tip, body }) => match body {
                Body::Heartbeat => write!(f, "epoch {}, end {}", tip.epoch, tip.end.at),
                Body::Snapshot(snapshot) => write!(f, "snapshot at {}", snapshot.mark.at),
                Body::Entries(entries) => match entries.as_slice() {
                    [] => f.write_str("no entries"),
                    [only] => write!(f, "{}: {}", only.mark.at, only.change),
                    [first, .., last] => write!(f, "{} to {}", first.mark.at, last.mark.at),
                },
            },
        }
    }
}

/// What a node is woken for.
#[derive(Clone, Debug)]
pub(super) enum Timer {
    Tick,
    Apply,
    // All that was appended before is on the disk: the message leaves.
    Safe(NodeId, Message),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tick => "heartbeat",
            Self::Apply => "apply",
            Self::Safe(..) => "on disk",
        })
    }
}

/// What a node does at present.
#[derive(Clone, Debug)]
pub(super) enum Role<L, F> {
    /// It is down, or not in use yet.
    Idle,
    Leads(L),
    Follows(F),
}

/// A server, and what is on its disk besides the log: the log is in the disk's records.
#[derive(Clone, Debug)]
pub(super) struct Server<L, F> {
    pub(super) role: Role<L, F>,
    pub(super) settings: Settings,
    // A leader's epoch, and the highest that a follower knew.
    pub(super) epoch: u64,
    pub(super) leads: bool,
    pub(super) snapshot: Snapshot,
    pub(super) followers: Vec<NodeId>,
    // To whom a follower reports.
    pub(super) leader: NodeId,
    // How many entries it applies at once; it stands still at 0.
    pub(super) speed: usize,
    // Most entries that it ever sent in one message.
    pub(super) largest: usize,
    // Most entries that it ever applied at once.
    pub(super) waited: u64,
    // How often a follower applied something when a message came, and how often it told a lower epoch than it knew.
    pub(super) eager: usize,
    pub(super) back: usize,
    // The highest epoch that followers told a leader of, since it started.
    pub(super) heard: u64,
    // What a follower received in the epoch that it knows and has not applied: by the position before it, its own.
    received: BTreeMap<Position, Position>,
    // Whether more of that came than there is room for.
    overflow: bool,
    // How often it had to have the next entry, and did not apply it.
    pub(super) dropped: usize,
    // What it applied without having received it in the epoch that it knew, with that epoch.
    pub(super) stray: Vec<(u64, Position)>,
    applies: bool,
    // What was sent from here to whom, for a network that sends it again.
    pub(super) sent: Vec<(NodeId, Message)>,
}

impl<L, F> Server<L, F> {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            role: Role::Idle,
            settings,
            epoch: 1,
            leads: false,
            snapshot: Snapshot::default(),
            followers: Vec::new(),
            leader: NodeId(0),
            speed: usize::MAX,
            largest: 0,
            waited: 0,
            eager: 0,
            back: 0,
            heard: 0,
            received: BTreeMap::new(),
            overflow: false,
            dropped: 0,
            stray: Vec::new(),
            applies: false,
            sent: Vec::new(),
        }
    }
}

/// The machine of a leader while it handles something.
struct Here<'a, 'b, L: Leader, F: Follower> {
    effects: &'a mut Effects<'b, Server<L, F>>,
    largest: &'a mut usize,
    sent: &'a mut Vec<(NodeId, Message)>,
}

impl<L: Leader, F: Follower> Machine for Here<'_, '_, L, F> {
    fn append(&mut self, entry: &Entry) {
        // The disk has no limit.
        let _ = self.effects.append(entry.clone());
    }

    fn send(&mut self, to: NodeId, message: Message) {
        if let Body::Entries(entries) = &message.body {
            *self.largest = (*self.largest).max(entries.len());
        }
        self.sent.push((to, message.clone()));
        self.effects.sync(Timer::Safe(to, message));
    }
}

impl<L: Leader, F: Follower> Server<L, F> {
    /// Does something as a leader, on its machine. Nothing, if it does not lead.
    pub(super) fn lead<R>(
        &mut self,
        effects: &mut Effects<'_, Self>,
        action: impl FnOnce(&mut L, Time, &mut dyn Machine) -> R,
    ) -> Option<R> {
        let now = effects.now();
        let Role::Leads(leader) = &mut self.role else { return None };
        let mut machine = Here { effects, largest: &mut self.largest, sent: &mut self.sent };
        Some(action(leader, now, &mut machine))
    }

    /// Begins to follow, with what is on the disk, and reports.
    pub(super) fn follow(&mut self, effects: &mut Effects<'_, Self>) {
        self.leads = false;
        self.received.clear();
        self.overflow = false;
        let mut follower = F::start(self.epoch, self.snapshot.clone(), self.settings.room);
        let status = follower.apply_pending(0);
        self.role = Role::Follows(follower);
        effects.send(self.leader, Wire::Up(status));
    }

    /// A follower begins to lead, with what it has applied.
    pub(super) fn promote(
        &mut self,
        epoch: u64,
        followers: Vec<NodeId>,
        effects: &mut Effects<'_, Self>,
    ) -> bool {
        let Role::Follows(follower) = &self.role else { return false };
        (self.snapshot, self.epoch, self.followers) = (follower.snapshot(), epoch, followers);
        self.begin_to_lead(effects);
        true
    }

    /// Begins to lead, with what is on the disk.
    pub(super) fn begin_to_lead(&mut self, effects: &mut Effects<'_, Self>) {
        (self.leads, self.heard) = (true, 0);
        let entries: Vec<Entry> = effects.disk().trusted().cloned().collect();
        let now = effects.now();
        let mut machine = Here { effects, largest: &mut self.largest, sent: &mut self.sent };
        let leader = L::start(
            self.epoch,
            self.snapshot.clone(),
            &entries,
            &self.followers,
            self.settings,
            now,
            &mut machine,
        );
        self.role = Role::Leads(leader);
        let into_second = now.as_us() % 1_000_000;
        effects.after_in_background(Time::us(1_000_000 - into_second), Timer::Tick);
    }

    /// Takes down what a message brings that counts, for whoever looks.
    fn expect(&mut self, message: &Message) {
        if message.tip.epoch < self.epoch {
            return;
        }
        if message.tip.epoch > self.epoch {
            self.received.clear();
            self.overflow = false;
        }
        let applied = self.snapshot.mark.at;
        if let Body::Entries(entries) = &message.body {
            let ahead = entries.iter().filter(|entry| entry.mark.at > applied);
            self.received.extend(ahead.map(|entry| (entry.after, entry.mark.at)));
        }
        self.overflow |= self.received.len() > self.settings.room;
    }

    /// Applies what waits soon.
    pub(super) fn soon(&mut self, effects: &mut Effects<'_, Self>) {
        if !self.applies {
            self.applies = true;
            effects.after(BEFORE_APPLYING, Timer::Apply);
        }
    }

    fn apply(&mut self, effects: &mut Effects<'_, Self>) {
        self.applies = false;
        let (speed, leader) = (self.speed, self.leader);
        let Role::Follows(follower) = &mut self.role else { return };
        if speed == 0 {
            return;
        }
        let before = follower.snapshot().mark.at;
        let status = follower.apply_pending(speed);
        self.snapshot = follower.snapshot();
        let applied = self.snapshot.mark.at;
        if applied != before && !self.received.values().any(|at| *at == applied) {
            self.stray.push((self.epoch, applied));
        }
        let waited = self.received.values().filter(|at| before < **at && **at <= applied).count();
        self.waited = self.waited.max(waited as u64);
        self.received.retain(|_, at| *at > applied);
        self.overflow &= !self.received.is_empty();
        self.dropped += usize::from(!self.overflow && self.received.contains_key(&applied));
        if applied != before {
            effects.note(|| format!("has applied {applied}"));
            effects.send(leader, Wire::Up(status));
            self.soon(effects);
        }
    }
}

impl<L: Leader, F: Follower> Node for Server<L, F> {
    type Message = Wire;
    type Timer = Timer;
    type Record = Entry;
    type Output = ();

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        // At the beginning of a run the harness says who does what; later, a server goes on with what it did.
        if effects.now() > Time::ZERO {
            match self.leads {
                true => self.begin_to_lead(effects),
                false => self.follow(effects),
            }
        }
    }

    fn message(&mut self, from: NodeId, message: Wire, effects: &mut Effects<'_, Self>) {
        match (&mut self.role, message) {
            (Role::Leads(_), Wire::Up(status)) => {
                self.heard = self.heard.max(status.epoch);
                self.lead(effects, |leader, now, machine| leader.receive(from, status, now, machine));
            }
            (Role::Follows(_), Wire::Down(message)) => {
                let epoch = message.tip.epoch;
                self.expect(&message);
                let Role::Follows(follower) = &mut self.role else { return };
                let (before, copied) =
                    (follower.snapshot().mark.at, matches!(message.body, Body::Snapshot(_)));
                let status = follower.receive(message);
                self.snapshot = follower.snapshot();
                self.eager += usize::from(!copied && self.snapshot.mark.at != before);
                self.back += usize::from(status.epoch < self.epoch);
                if epoch >= self.epoch {
                    (self.epoch, self.leader) = (epoch, from);
                }
                effects.send(from, Wire::Up(status));
                self.soon(effects);
            }
            // A leader that hears another one as a follower would does not listen: it learns of it from followers.
            _ => {}
        }
    }

    fn timer(&mut self, timer: Timer, effects: &mut Effects<'_, Self>) {
        match timer {
            Timer::Safe(to, message) => effects.send(to, Wire::Down(message)),
            Timer::Apply => self.apply(effects),
            Timer::Tick => {
                if self.lead(effects, |leader, now, machine| leader.tick(now, machine)).is_some() {
                    effects.after_in_background(BEAT, Timer::Tick);
                }
            }
        }
    }

    fn crash(&mut self) {
        (self.role, self.applies) = (Role::Idle, false);
    }
}
