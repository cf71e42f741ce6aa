//! A server: leader, follower, or on its way to be one.
//!
//! | file | what |
//! |---|---|
//! | `commit` | a leader takes writes, and says when they are committed |
//! | `stream` | the upstream side of replication: who follows, what is sent, what log is kept |
//! | `follow` | the downstream side: entries arrive, are written, flushed, applied; a diverged log is cut back |
//! | `copy` | how a new follower gets its first copy |
//! | `wait` | a read that must see a position waits for it |
//! | `lead` | heartbeats, leases, promotion, and following somebody else |

mod commit;
mod copy;
mod follow;
mod lead;
mod stream;
mod wait;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use copy::CopyMethod;

use super::entry::{Entry, OpId, Table};
use super::journal::Journal;
use super::message::{Confirmed, Job, Message, Reply, Request, Timer, Told};
use super::node::Member;
use super::rule::Blocked;
use super::setup::{ServerSettings, Topology};
use crate::log::Position;
use crate::network::Latency;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

pub(super) type Out<'a> = Effects<'a, Member>;

/// What a server is at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes writes.
    Leader,
    /// It follows, or looks for somebody to follow.
    Follower(Option<NodeId>),
    /// It is to become the leader of this epoch, and is not yet.
    Promoting(u64),
    /// It stands by and has nothing.
    Idle,
    /// It gets its first copy from this one.
    Copying(NodeId),
    /// It has stopped for good: its disk is full.
    Stopped,
}

/// A server, with all that it knows.
#[derive(Clone, Debug)]
pub struct Server {
    topology: Arc<Topology>,
    // On disk, as if each change were synced in an instant; the log itself goes through the world's disk.
    journal: Journal,
    epoch: u64,
    led: bool,
    copied: bool,
    slots: BTreeMap<NodeId, u64>,
    // In memory.
    role: Role,
    table: Table,
    confirmed: Confirmed,
    downstreams: BTreeMap<NodeId, Downstream>,
    pending: BTreeMap<u64, Pending>,
    blocked: Option<Blocked>,
    degraded: bool,
    writing_log: bool,
    next_id: u64,
    applying: bool,
    asked_at: Option<Time>,
    // What has been copied of live files, and how many files there are.
    parts: Option<(Table, u32)>,
    heard: BTreeMap<NodeId, Time>,
    busy_until: Time,
    // How long followers wait for what they are sent, where that was changed during the run.
    waits: BTreeMap<NodeId, Latency>,
    // For every follower, what was drawn of that, and in which second.
    drawn: BTreeMap<NodeId, (u64, Time)>,
    // Reads that wait for a position.
    waiting: Vec<wait::Waiting>,
}

/// A follower as its upstream sees it.
#[derive(Clone, Debug)]
struct Downstream {
    name: String,
    sent: u64,
    confirmed: Confirmed,
    heard: Time,
    // When the last thing that waits to be sent is due: nothing overtakes it.
    due: Time,
}

/// A write that waits to be committed.
#[derive(Clone, Debug)]
struct Pending {
    op: OpId,
    id: Option<String>,
}

impl Server {
    pub(super) fn new(topology: Arc<Topology>, id: NodeId) -> Self {
        let settings = &topology.settings;
        let idle = settings.servers[id.index()].idle;
        let at = if idle { Position::default() } else { Position::new(1, settings.log_starts_after) };
        let leads = id == NodeId(0);
        Self {
            journal: Journal::starting(at),
            epoch: 1,
            led: leads,
            copied: !idle,
            slots: BTreeMap::new(),
            role: if idle { Role::Idle } else { Role::Follower(None) },
            table: Table::default(),
            confirmed: Confirmed { written: at.lsn, flushed: at.lsn, applied: at.lsn },
            downstreams: BTreeMap::new(),
            pending: BTreeMap::new(),
            blocked: None,
            degraded: false,
            writing_log: false,
            next_id: 1,
            applying: false,
            asked_at: None,
            parts: None,
            heard: BTreeMap::new(),
            busy_until: Time::ZERO,
            waits: BTreeMap::new(),
            drawn: BTreeMap::new(),
            waiting: Vec::new(),
            topology,
        }
    }

    /// From now on these settings hold.
    pub(in crate::leader_follower) fn set_topology(&mut self, topology: Arc<Topology>) {
        self.topology = topology;
    }

    /// What it is at present.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The highest epoch that it knows.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The end of its log.
    pub fn received(&self) -> Position {
        self.journal.end()
    }

    /// How far it has written, flushed and applied its log.
    pub fn confirmed(&self) -> Confirmed {
        self.confirmed
    }

    /// Its rows, as a reader sees them.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The entry with this number, if it is kept.
    pub fn entry(&self, lsn: u64) -> Option<&Entry> {
        self.journal.get(lsn)
    }

    /// Whether an operation is in its log, applied or not.
    pub fn holds(&self, op: OpId) -> bool {
        let (applied, end) = (self.confirmed.applied, self.journal.end().lsn);
        self.table.ops.contains(&op) || self.journal.range(applied + 1, end).any(|entry| entry.op == Some(op))
    }

    /// The operations in the log that it keeps.
    pub(in crate::leader_follower) fn logged_ops(&self) -> impl Iterator<Item = OpId> {
        self.journal.range(self.journal.first(), self.journal.end().lsn).filter_map(|entry| entry.op)
    }

    /// The number of the first entry that is kept.
    pub fn first_kept(&self) -> u64 {
        self.journal.first()
    }

    /// Bytes of the log that it keeps.
    pub fn log_bytes(&self) -> u64 {
        self.journal.bytes()
    }

    /// Why commits wait here, if they do and it is not for followers that are merely slow.
    pub fn blocked(&self) -> Option<&Blocked> {
        self.blocked.as_ref()
    }

    /// Writes that wait to be committed.
    pub fn waiting_writes(&self) -> usize {
        self.pending.len()
    }

    fn settings(&self, me: NodeId) -> &ServerSettings {
        &self.topology.settings.servers[me.index()]
    }

    pub(super) fn start(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.topology.settings.failover.heartbeat, Timer::Tick);
        let me = out.me();
        if !self.copied {
            return;
        }
        self.recover(out);
        let first_time = self.epoch == 1 && out.now() == Time::ZERO;
        let goes_on = first_time || self.topology.settings.failover.returning.leads();
        match self.led {
            true if goes_on => self.take_the_lead(out),
            true => {
                self.role = Role::Follower(None);
                out.note(|| "was the leader; asks who leads now".into());
            }
            false => match self.topology.upstreams[me.index()].filter(|_| self.epoch == 1) {
                Some(upstream) => self.follow(upstream, out),
                None => self.role = Role::Follower(None),
            },
        }
        self.heartbeat(out);
    }

    /// Reads the log from the disk, and makes the table anew.
    fn recover(&mut self, out: &mut Out<'_>) {
        if let Some(torn) = self.journal.recover(out.disk()) {
            out.truncate(torn);
        }
        let end = self.journal.end();
        self.confirmed = Confirmed { written: end.lsn, flushed: end.lsn, applied: end.lsn };
        self.table = self.journal.table(end.lsn);
    }

    pub(super) fn crash(&mut self) {
        self.role = if self.copied { Role::Follower(None) } else { Role::Idle };
        self.table = Table::default();
        self.downstreams.clear();
        self.pending.clear();
        self.waiting.clear();
        self.heard.clear();
        self.blocked = None;
        (self.degraded, self.writing_log, self.applying) = (false, false, false);
        (self.asked_at, self.parts) = (None, None);
        self.busy_until = Time::ZERO;
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Request(op, request) => self.take(op, request, out),
            Message::Follow(after, name) => self.followed_by(from, after, name, out),
            Message::Entries { epoch, after, entries } => self.receive(from, epoch, after, entries, out),
            Message::Confirm(confirmed) => self.confirmed_by(from, confirmed, out),
            Message::Reset if self.role == Role::Follower(Some(from)) => self.follow(from, out),
            Message::LogGone(first) => self.log_gone(from, first, out),
            Message::Rewind(to) => self.rewind(from, to, out),
            Message::CopyAll(slot) => self.give_copy(from, slot, out),
            Message::Copy(table, at, epochs) => self.restore_copy(from, *table, at, epochs, out),
            Message::CopyPart(part, of) => self.give_part(from, part, of, out),
            Message::Part(part, rows, at) => self.take_part(from, part, *rows, at, out),
            Message::Heard(epoch, sent) => self.heard_by(from, epoch, sent),
            Message::Promote(epoch) => self.promote(epoch, out),
            Message::Repoint(leader, epoch) => self.repoint(leader, epoch, out),
            _ => {}
        }
    }

    pub(super) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Flushed(lsn) => self.flushed(lsn, out),
            Timer::WriteLog => {
                self.writing_log = false;
                self.write_log(out);
            }
            Timer::Ship(to, lsn) => self.ship(to, lsn, out),
            Timer::Tick => self.tick(out),
            Timer::Done(job) => self.carry_out(job, out),
            Timer::FallBack(lsn) => self.fall_back(lsn, out),
            Timer::Promoted(epoch) => self.promoted(epoch, out),
            Timer::StopWaiting(op) => self.stop_waiting(op, out),
            _ => {}
        }
    }

    /// A client asks: at once if the processor is free and the work costs nothing, else when its turn comes.
    fn take(&mut self, op: OpId, request: Request, out: &mut Out<'_>) {
        let costs = self.topology.settings.costs;
        let cost = if request.is_write() { costs.write } else { costs.read };
        let waits = self.busy_until.since(out.now());
        if !request.is_write() && costs.shed_after.is_some_and(|most| waits > most) {
            out.send(op.client, Message::Reply(op, Reply::Refused("overloaded")));
            return;
        }
        self.work(cost, Job::Request(op, request), out);
    }

    /// Does a piece of work when all that came before it is done, and its own time is over.
    fn work(&mut self, cost: Time, job: Job, out: &mut Out<'_>) {
        // Work takes the time that it takes, whatever the clock shows.
        let now = out.now();
        if cost == Time::ZERO && self.busy_until <= now {
            return self.carry_out(job, out);
        }
        self.busy_until = self.busy_until.max(now) + cost;
        let span = self.busy_until.since(now);
        match job {
            Job::Heartbeat(_) => out.after_in_background(span, Timer::Done(job)),
            _ => out.after(span, Timer::Done(job)),
        }
    }

    fn carry_out(&mut self, job: Job, out: &mut Out<'_>) {
        match job {
            Job::Request(op, Request::Get(key)) => self.read(op, &key, out),
            Job::Request(op, Request::GetAt { key, at_least, older, wait }) => {
                self.read_at_least(op, key, (at_least, older), wait, out);
            }
            Job::Request(op, write) => self.accept(op, &write, out),
            Job::Apply => self.applied_one(out),
            Job::Heartbeat(due) => self.tell_observers(due, out),
        }
    }

    /// Housekeeping that goes on for ever.
    fn tick(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.topology.settings.failover.heartbeat, Timer::Tick);
        self.heartbeat(out);
        self.keep_in_touch(out);
        self.forget_log(out);
    }

    fn told_waiting(&mut self, blocked: Option<Blocked>, out: &mut Out<'_>) {
        if self.blocked != blocked {
            if let Some(why) = &blocked {
                out.note(|| format!("commits wait: {why}"));
            }
            out.output(Told::Waits(blocked.clone()));
            self.blocked = blocked;
        }
    }
}
