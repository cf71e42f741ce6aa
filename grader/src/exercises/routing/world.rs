//! Servers that lag, and an application that asks them, in the lab's world.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use replication_lab::network::{Latency, Link};
use replication_lab::world::{Effects, Fault, Node, Plan, World};

use super::{APP, FollowerState, L, LeaderState, MOMENT, NAMES, OLDER_THAN_SEEN, OLDER_THAN_WRITTEN};
use super::{NodeId, Position, Route, Time, View, name};
use crate::exercise::Recorder;

/// A read that has not been answered after this is given up.
const LONGEST: Time = Time::s(3);

/// A router as the application uses it.
pub(in super::super) trait Routed {
    /// Where does this user's read go, that has waited so long already?
    fn route(&mut self, user: &str, waited: Time, view: &View) -> Route;
    /// A write of this user is at this position.
    fn wrote(&mut self, user: &str, at: Position);
    /// A server that shows this position answered this user.
    fn saw(&mut self, user: &str, at: Position);
}

/// What the nodes send. A read and a write have a number that comes back.
#[derive(Clone, Debug)]
enum Message {
    Read(u64),
    Write(u64),
    Answer(u64, Position),
    Entry(Position),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(_) => f.write_str("read"),
            Self::Write(_) => f.write_str("write"),
            Self::Answer(_, at) => write!(f, "I am at {at}"),
            Self::Entry(at) => write!(f, "entry {at}"),
        }
    }
}

/// A follower replays an entry.
#[derive(Clone, Copy, Debug)]
struct Replay(Position);

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "replay {}", self.0)
    }
}

#[derive(Clone, Debug, Default)]
struct Server {
    received: Position,
    replayed: Position,
    // The epoch that it leads, if it does.
    leads: Option<u64>,
    followers: Vec<NodeId>,
    // How long an entry waits before it is replayed.
    delay: Time,
}

impl Server {
    /// The next entry of its epoch.
    fn append(&mut self, effects: &mut Effects<'_, Member>) -> Option<Position> {
        let at = Position::new(self.leads?, self.replayed.lsn + 1);
        (self.received, self.replayed) = (at, at);
        for follower in &self.followers {
            effects.send(*follower, Message::Entry(at));
        }
        Some(at)
    }
}

#[derive(Clone, Debug)]
enum Member {
    Server(Server),
    App(Vec<Message>),
}

impl Node for Member {
    type Message = Message;
    type Timer = Replay;
    type Record = ();
    type Output = ();

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match (self, message) {
            (Member::App(inbox), message) => inbox.push(message),
            (Member::Server(server), Message::Read(number)) => {
                effects.send(from, Message::Answer(number, server.replayed));
            }
            (Member::Server(server), Message::Write(number)) => {
                if let Some(at) = server.append(effects) {
                    effects.send(from, Message::Answer(number, at));
                }
            }
            (Member::Server(server), Message::Entry(at)) if at > server.received => {
                server.received = at;
                effects.after_in_background(server.delay, Replay(at));
            }
            _ => {}
        }
    }

    fn timer(&mut self, Replay(at): Replay, _effects: &mut Effects<'_, Self>) {
        if let Member::Server(server) = self {
            server.replayed = server.replayed.max(at);
        }
    }

    fn crash(&mut self) {
        if let Member::Server(server) = self {
            (server.received, server.leads) = (server.replayed, None);
        }
    }
}

/// A run: clients write and read through a learner's router.
pub(in super::super) struct Run<'a, R> {
    world: World<Member>,
    pub(in super::super) router: R,
    // How many reads of others the leader serves.
    load: u32,
    written: BTreeMap<String, Position>,
    seen: BTreeMap<String, Position>,
    notes: &'a Recorder,
}

impl<'a, R: Routed> Run<'a, R> {
    /// L leads epoch 1, and F1, F2 and so on replay each entry after their delay, in milliseconds.
    ///
    /// # Errors
    /// When the world can't be.
    pub(in super::super) fn new(
        seed: u64,
        router: R,
        delays: &[u64],
        notes: &'a Recorder,
    ) -> Result<Self, Box<dyn Error>> {
        let followers: Vec<NodeId> = (1..=delays.len() as u16).map(NodeId).collect();
        let begin = Position::new(1, 0);
        let server = |delay| Server { received: begin, replayed: begin, delay, ..Server::default() };
        let mut members = vec![Member::Server(Server { leads: Some(1), followers, ..server(Time::ZERO) })];
        members.extend(delays.iter().map(|delay| Member::Server(server(Time::ms(*delay)))));
        members.resize(APP.index(), Member::Server(Server::default()));
        members.push(Member::App(Vec::new()));
        let nodes = NAMES.iter().map(|name| (*name).to_owned()).zip(members).collect();
        let mut world = World::new(seed, nodes, Link::new(Latency::Constant(Time::ms(1))), true)?;
        // Servers that are not in use are down.
        for id in delays.len() + 1..APP.index() {
            let _ = world.strike(&Fault::Kill(NodeId(id as u16)));
        }
        Ok(Self { world, router, load: 0, written: BTreeMap::new(), seen: BTreeMap::new(), notes })
    }

    /// Lets time pass, in milliseconds since the beginning.
    pub(in super::super) fn until(&mut self, ms: u64) -> &mut Self {
        self.world.run_until(Time::ms(ms));
        self
    }

    /// A fault, now.
    pub(in super::super) fn fault(&mut self, text: &str) -> &mut Self {
        let plan = Plan::parse(&format!("0 ms  {text}"), &NAMES).expect("a scenario's faults are its own");
        for planned in plan.0 {
            let _ = self.world.strike(&planned.fault);
        }
        self
    }

    /// From now on a follower replays each entry after so many milliseconds.
    pub(in super::super) fn delay(&mut self, follower: NodeId, ms: u64) -> &mut Self {
        self.world.act(follower, |member, effects| {
            if let Member::Server(server) = member {
                server.delay = Time::ms(ms);
                effects.note(|| format!("replays {ms} ms late"));
            }
        });
        self
    }

    /// Other users' reads keep the leader busy.
    pub(in super::super) fn load(&mut self, reads: u32) -> &mut Self {
        self.load = reads;
        self
    }

    /// A follower leads an epoch from now on, and begins it with an entry.
    pub(in super::super) fn promote(&mut self, node: NodeId, epoch: u64) -> &mut Self {
        let followers = self.servers().into_iter().filter(|other| *other != node).collect();
        self.world.act(node, |member, effects| {
            if let Member::Server(server) = member {
                (server.leads, server.followers) = (Some(epoch), followers);
                server.received = server.replayed;
                effects.note(|| format!("leads epoch {epoch}"));
                server.append(effects);
            }
        });
        self
    }

    /// The servers that are in use: those that ever had a position.
    fn servers(&self) -> Vec<NodeId> {
        let used = |id: &NodeId| matches!(self.world.node(*id), Member::Server(server) if server.replayed > Position::default());
        self.world.ids().filter(used).collect()
    }

    /// What is known of the servers.
    pub(in super::super) fn view(&self) -> View {
        let mut view = View::default();
        for node in self.servers() {
            let Member::Server(server) = self.world.node(node) else { continue };
            let up = self.world.is_running(node);
            match server.leads.filter(|_| up) {
                Some(_) => {
                    view.leader = Some(LeaderState { node, at: server.replayed, reads: self.load });
                }
                // A leader that crashed is no follower.
                None if node == L => {}
                None => view.followers.push(FollowerState {
                    node,
                    up,
                    received: server.received,
                    replayed: server.replayed,
                }),
            }
        }
        view
    }

    fn begin(&mut self, what: &str) {
        self.world.act(APP, |_, effects| effects.note(|| format!("begins: {what}")));
    }

    /// Asks a server, and waits for its answer.
    fn ask(&mut self, node: NodeId, message: impl FnOnce(u64) -> Message) -> Option<Position> {
        let number = self.world.messages();
        self.world.act(APP, |_, effects| effects.send(node, message(number)));
        let end = self.world.now() + LONGEST;
        loop {
            let mut arrived = Vec::new();
            self.world.act(APP, |member, _| {
                if let Member::App(inbox) = member {
                    arrived = std::mem::take(inbox);
                }
            });
            let answer = arrived.into_iter().find_map(|message| match message {
                Message::Answer(to, at) if to == number => Some(at),
                _ => None,
            });
            if answer.is_some() || !self.world.step_until(end) {
                return answer;
            }
        }
    }

    /// A user writes.
    pub(in super::super) fn write(&mut self, user: &str) -> &mut Self {
        let what = format!("{}: {user} writes", self.world.now());
        self.begin(&what);
        let leader = self.view().leader.map(|leader| leader.node);
        let at = leader.and_then(|leader| self.ask(leader, Message::Write));
        if let Some(at) = at {
            self.router.wrote(user, at);
            raise(&mut self.written, user, at);
        }
        self.notes.step(what, at.map_or("nobody answers".into(), |at| at.to_string()));
        self.keep();
        self
    }

    /// A user reads.
    pub(in super::super) fn read(&mut self, user: &str) -> &mut Self {
        let what = format!("{}: {user} reads", self.world.now());
        self.begin(&what);
        let mut waited = Time::ZERO;
        let mut did = Vec::new();
        let node = loop {
            let view = self.view();
            match self.router.route(user, waited, &view) {
                Route::Wait if waited >= LONGEST => {
                    did.push(format!("still waits after {LONGEST}"));
                    break None;
                }
                Route::Wait => {
                    waited += MOMENT;
                    let end = self.world.now() + MOMENT;
                    self.world.run_until(end);
                }
                Route::Refused => {
                    did.push(format!("is refused, after {waited}"));
                    break None;
                }
                Route::Follower(node) | Route::Leader(node) => break Some(node),
            }
        };
        if let Some(node) = node {
            if waited > Time::ZERO {
                did.push(format!("waits {waited}"));
            }
            did.push(match self.ask(node, Message::Read) {
                None => format!("{} does not answer", name(node)),
                Some(at) => {
                    let older =
                        |than: &BTreeMap<String, Position>| than.get(user).is_some_and(|than| at < *than);
                    let wrong = match (older(&self.written), older(&self.seen)) {
                        (true, _) => OLDER_THAN_WRITTEN,
                        (_, true) => OLDER_THAN_SEEN,
                        _ => "",
                    };
                    self.router.saw(user, at);
                    raise(&mut self.seen, user, at);
                    format!("{} shows {at}{wrong}", name(node))
                }
            });
        }
        self.notes.step(what, did);
        self.keep();
        self
    }

    fn keep(&self) {
        if let Some(trace) = self.world.trace() {
            self.notes.keep_run(trace);
        }
    }
}

fn raise(positions: &mut BTreeMap<String, Position>, user: &str, at: Position) {
    let highest = positions.entry(user.to_owned()).or_default();
    *highest = (*highest).max(at);
}
