//! A client: it writes to whom it takes for the leader, and reads where it was told to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::entry::OpId;
use super::message::{Message, Reply, Request, Timer, Told};
use super::node::Member;
use super::routing::{Question, ReadFrom, Remembered, Router, User};
use super::setup::{Retry, Topology};
use crate::log::Position;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Effects;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The write is committed.
    Written {
        /// Its place in the log.
        position: Position,
        /// The id that a row got.
        id: Option<String>,
    },
    /// What the key had, and where.
    Value {
        /// The value; nothing if there was none.
        value: Option<String>,
        /// Who answered.
        from: NodeId,
        /// The last entry that was applied there.
        applied: Position,
    },
    /// What the user wrote or saw is gone: it was lost in a failover.
    Lost {
        /// What the read had to see.
        wanted: Position,
        /// The last entry before it that was kept.
        kept: Position,
    },
    /// What the read had to see is in no log: it is from the future, or the leader lost it in a crash.
    Ahead {
        /// What the read had to see.
        wanted: Position,
        /// Where the leader's log ends.
        end: Position,
    },
    /// A server refused, and why. It has not been done.
    Refused(&'static str),
    /// No answer came. A write may have been done, or still be done, or never.
    Unknown,
    /// It has not ended yet.
    Open,
}

impl Outcome {
    /// Whether the client got what it asked for.
    pub fn succeeded(&self) -> bool {
        matches!(self, Outcome::Written { .. } | Outcome::Value { .. })
    }

    /// The value that a read returned.
    pub fn value(&self) -> Option<&str> {
        match self {
            Outcome::Value { value, .. } => value.as_deref(),
            _ => None,
        }
    }

    /// The position of a write that was committed.
    pub fn position(&self) -> Option<Position> {
        match self {
            Outcome::Written { position, .. } => Some(*position),
            _ => None,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Written { position, id: None } => write!(f, "committed at {position}"),
            Outcome::Written { position, id: Some(id) } => write!(f, "committed at {position}, id {id}"),
            Outcome::Value { value, .. } => f.write_str(value.as_deref().unwrap_or("nothing")),
            Outcome::Lost { wanted, kept } => write!(
                f,
                "refused: the write that you saw, {wanted}, is lost: the log went on after {kept}; begin a new session"
            ),
            Outcome::Ahead { wanted, end } => {
                write!(f, "refused: {wanted} is in no log, the leader's ends at {end}; begin a new session")
            }
            Outcome::Refused(why) => write!(f, "refused: {why}"),
            Outcome::Unknown => f.write_str("no answer, outcome unknown"),
            Outcome::Open => f.write_str("no answer yet"),
        }
    }
}

/// What a client does by itself, at a steady pace whatever answers it gets: as many users do who know nothing of
/// one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Writes per second.
    pub writes: f64,
    /// Reads per second.
    pub reads: f64,
    /// Keys k0, k1, … that are written and read, one after the other. With none, each write inserts a row and reads
    /// look for the newest.
    pub keys: u32,
    /// Whether the pauses are drawn (exponential, a Poisson process) or all equal.
    pub random: bool,
    /// Until when.
    pub until: Time,
}

impl Default for Load {
    fn default() -> Self {
        Self { writes: 10.0, reads: 0.0, keys: 10, random: false, until: Time::NEVER }
    }
}

#[derive(Clone, Debug)]
struct Open {
    request: Request,
    // With which number it was asked: it has another one if it was asked again blindly.
    asked_as: u64,
    attempt: u32,
    to: NodeId,
    user: User,
    // Whether the router chose the server, or the caller.
    routed: bool,
    // Who has said that it is behind what the read must see.
    behind: Vec<NodeId>,
    // What the read must see.
    wanted: Position,
}

/// How long a client does not read from a server that has not answered.
const AVOIDED_FOR: Time = Time::s(5);

/// A client, and what it has under way.
#[derive(Clone, Debug)]
pub struct Client {
    topology: Arc<Topology>,
    numbers: u64,
    open: BTreeMap<u64, Open>,
    // By the number with which it was asked.
    asked: BTreeMap<u64, u64>,
    // Where writes go: what it was told last, and where its open connections lead.
    endpoint: (NodeId, u64),
    connected: Option<NodeId>,
    router: Router,
    load: Load,
    loads: u32,
    written: u64,
    read: u64,
}

type Out<'a> = Effects<'a, Member>;

impl Client {
    pub(super) fn new(topology: Arc<Topology>) -> Self {
        Self {
            topology,
            numbers: 0,
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            endpoint: (NodeId(0), 1),
            connected: None,
            router: Router::default(),
            load: Load { writes: 0.0, reads: 0.0, ..Load::default() },
            loads: 0,
            written: 0,
            read: 0,
        }
    }

    /// From now on these settings hold.
    pub(super) fn set_topology(&mut self, topology: Arc<Topology>) {
        self.topology = topology;
    }

    /// Whether it waits for no answer.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Begins an operation for a user, at this server or where the settings say. Returns its number.
    pub(super) fn begin(
        &mut self,
        request: Request,
        at: Option<NodeId>,
        user: User,
        out: &mut Out<'_>,
    ) -> u64 {
        let number = self.numbers + 1;
        self.begin_as(request, at, user, number, out)
    }

    /// As [`begin`](Self::begin), under the number of an operation that was asked for before.
    pub(super) fn begin_as(
        &mut self,
        request: Request,
        at: Option<NodeId>,
        user: User,
        asked_as: u64,
        out: &mut Out<'_>,
    ) -> u64 {
        self.numbers += 1;
        let number = self.numbers;
        out.output(Told::Began(number, request.clone()));
        let to = at.unwrap_or_else(|| self.target(&request, user, 0, &[], out));
        let (routed, behind, wanted) = (at.is_none(), Vec::new(), Position::default());
        let open = Open { request, asked_as, attempt: 0, to, user, routed, behind, wanted };
        self.open.insert(number, open);
        self.ask(number, out);
        number
    }

    /// What the router remembers of a user.
    pub(super) fn remembers(&self, user: User) -> Remembered {
        self.router.session(user)
    }

    /// A user brings along what other machines remember.
    pub(super) fn carries(&mut self, user: User, carried: Remembered) {
        self.router.carries(user, carried);
    }

    fn ask(&mut self, number: u64, out: &mut Out<'_>) {
        let Some(open) = self.open.get_mut(&number) else { return };
        self.asked.insert(open.asked_as, number);
        let op = OpId { client: out.me(), number: open.asked_as };
        let (to, attempt) = (open.to, open.attempt);
        let request = match (&open.request, self.topology.settings.read_from) {
            (Request::Get(key), ReadFrom::Position { wait } | ReadFrom::Token { wait }) if open.routed => {
                let session = self.router.session(open.user);
                open.wanted = session.token;
                match open.wanted == Position::default() {
                    true => open.request.clone(),
                    false => {
                        let (at_least, older) = (open.wanted, session.unsettled);
                        Request::GetAt { key: key.clone(), at_least, older, wait }
                    }
                }
            }
            (request, _) => request.clone(),
        };
        if request.is_write() {
            self.connected = Some(to);
        }
        out.send(to, Message::Request(op, request));
        out.after_in_background(self.topology.settings.timeout, Timer::GiveUp(number, attempt));
    }

    fn target(
        &mut self,
        request: &Request,
        user: User,
        attempt: u32,
        behind: &[NodeId],
        out: &mut Out<'_>,
    ) -> NodeId {
        let leader = self.endpoint.0;
        if request.is_write() {
            return self.connected.filter(|_| self.topology.settings.pooled).unwrap_or(leader);
        }
        let question = Question { user, client: out.me(), leader, attempt, behind, now: out.clock() };
        self.router.target(question, &self.topology, out.rng())
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Reply(op, reply) => self.answered(from, op, reply, out),
            Message::Endpoint(leader, epoch) => self.hears_of(leader, epoch),
            _ => {}
        }
    }

    /// Learns where to write.
    pub(super) fn hears_of(&mut self, leader: NodeId, epoch: u64) {
        if epoch > self.endpoint.1 {
            self.endpoint = (leader, epoch);
        }
    }

    fn answered(&mut self, from: NodeId, op: OpId, reply: Reply, out: &mut Out<'_>) {
        let Some(number) = self.asked.remove(&op.number) else { return };
        let Some(open) = self.open.get(&number) else { return };
        let write = open.request.is_write();
        let outcome = match reply {
            Reply::Written { position, id } => {
                if let (Some(id), Request::Insert(row), Some(store)) =
                    (&id, &open.request, self.topology.store())
                {
                    out.send(store, Message::Store(id.clone(), row.clone(), position.epoch));
                }
                // Who does not need the time does not look at the clock: a wrong one harms nobody then.
                let now = match self.topology.settings.read_from {
                    ReadFrom::LeaderAfterWrite(_) => out.clock(),
                    _ => Time::ZERO,
                };
                self.router.wrote(open.user, position, now);
                Outcome::Written { position, id }
            }
            Reply::Value { value, applied } => {
                match self.topology.settings.read_from {
                    // What the user wrote is asked for as long as the session lasts.
                    ReadFrom::Position { .. } => self.router.knows(from, applied),
                    _ => {
                        if open.wanted != Position::default() {
                            self.router.settle(open.user, open.wanted);
                        }
                        self.router.saw(open.user, from, applied);
                    }
                }
                Outcome::Value { value, from, applied }
            }
            Reply::NotYet(_) => {
                if let Some(open) = self.open.get_mut(&number) {
                    open.behind.push(from);
                }
                if self.again(number, from, out) {
                    return;
                }
                self.open.remove(&number);
                let refused = Outcome::Refused("no server has applied what you saw yet");
                return out.output(Told::Ended(number, op.number, refused));
            }
            Reply::Lost { wanted, kept } => {
                self.router.forget(open.user);
                Outcome::Lost { wanted, kept }
            }
            Reply::Ahead(end) => {
                self.router.forget(open.user);
                Outcome::Ahead { wanted: open.wanted, end }
            }
            Reply::NotLeader => {
                self.connected = None;
                Outcome::Refused("not the leader")
            }
            Reply::Refused(why) => Outcome::Refused(why),
        };
        if let Outcome::Refused(_) = outcome {
            if !write {
                self.router.avoid(from, out.clock() + AVOIDED_FOR);
            }
            // Nothing has been done: asking somebody else is safe, if there is somebody else.
            if self.again(number, from, out) {
                return;
            }
        }
        self.open.remove(&number);
        out.output(Told::Ended(number, op.number, outcome));
    }

    /// Tries elsewhere, if there is an elsewhere. Says whether it did.
    fn again(&mut self, number: u64, failed: NodeId, out: &mut Out<'_>) -> bool {
        let Some(open) = self.open.get(&number) else { return false };
        let (request, attempt) = (open.request.clone(), open.attempt + 1);
        let (user, behind) = (open.user, open.behind.clone());
        // A write that was sent to this very server is a question to it alone.
        let asked_this_one = request.is_write() && !open.routed;
        if asked_this_one || attempt as usize > self.topology.settings.servers.len() {
            return false;
        }
        let to = self.target(&request, user, attempt, &behind, out);
        if to == failed {
            return false;
        }
        if let Some(open) = self.open.get_mut(&number) {
            (open.attempt, open.to, open.routed) = (attempt, to, true);
        }
        self.ask(number, out);
        true
    }

    pub(super) fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::GiveUp(number, attempt) => self.give_up(number, attempt, out),
            Timer::NextWrite(load) if load == self.loads => self.next_write(out),
            Timer::NextRead(load) if load == self.loads => self.next_read(out),
            _ => {}
        }
    }

    fn give_up(&mut self, number: u64, attempt: u32, out: &mut Out<'_>) {
        let Some(open) = self.open.get_mut(&number).filter(|open| open.attempt == attempt) else { return };
        let silent = open.to;
        if !open.request.is_write() {
            self.router.avoid(silent, out.clock() + AVOIDED_FOR);
            if self.again(number, silent, out) {
                return;
            }
        } else {
            self.connected = None;
            match self.topology.settings.retry {
                Retry::Never => {}
                Retry::Blindly | Retry::WithKey => {
                    open.attempt += 1;
                    if self.topology.settings.retry == Retry::Blindly {
                        self.numbers += 1;
                        open.asked_as = self.numbers;
                    }
                    open.to = self.endpoint.0;
                    return self.ask(number, out);
                }
            }
        }
        let asked_as = self.open.remove(&number).map_or(number, |open| open.asked_as);
        out.output(Told::Ended(number, asked_as, Outcome::Unknown));
    }

    /// Begins to do something by itself.
    pub(super) fn begin_load(&mut self, load: Load, out: &mut Out<'_>) {
        self.load = load;
        self.loads += 1;
        if self.load.writes > 0.0 {
            self.next_write(out);
        }
        if self.load.reads > 0.0 {
            self.next_read(out);
        }
    }

    fn pause(&self, per_second: f64, out: &mut Out<'_>) -> Time {
        let share = if self.load.random { -libm::log(1.0 - out.rng().unit()) } else { 1.0 };
        Time::us((libm::round(1e6 * share / per_second) as u64).max(1))
    }

    fn next_write(&mut self, out: &mut Out<'_>) {
        if out.now() >= self.load.until {
            return;
        }
        let pause = self.pause(self.load.writes, out);
        out.after_in_background(pause, Timer::NextWrite(self.loads));
        self.written += 1;
        let value = format!("{}.{}", out.me().0, self.written);
        let request = match self.load.keys {
            0 => Request::Insert(value),
            keys => Request::Put(format!("k{}", self.written % u64::from(keys)), value),
        };
        self.begin(request, None, None, out);
    }

    fn next_read(&mut self, out: &mut Out<'_>) {
        if out.now() >= self.load.until {
            return;
        }
        let pause = self.pause(self.load.reads, out);
        out.after_in_background(pause, Timer::NextRead(self.loads));
        self.read += 1;
        let key = format!("k{}", self.read % u64::from(self.load.keys.max(1)));
        self.begin(Request::Get(key), None, None, out);
    }

    pub(super) fn crash(&mut self) {
        self.open.clear();
        self.asked.clear();
        self.connected = None;
    }
}
