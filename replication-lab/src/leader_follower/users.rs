//! Many users at a time, each with a session of a few operations.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::client::Outcome;
use super::cluster::LeaderFollower;
use super::entry::OpId;
use super::message::Request;
use super::routing::Remembered;
use super::server::Role;
use super::setup::SetupError;
use crate::history::sessions::{Did, PlacedStep};
use crate::log::Position;
use crate::network::{Latency, LatencyError};
use crate::rng::Rng;
use crate::time::Time;
use crate::trace::NodeId;

/// Users who come, do a few things one after the other, and leave. A user has a key of its own, which nobody else
/// writes, and looks at that of one other user, who comes at about the same time.
///
/// What a user wants does not depend on where reads go: with one seed, all policies have the same users with the same
/// wishes and the same pauses.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// How many.
    pub users: u32,
    /// How many operations each of them carries out.
    pub operations: u32,
    /// How many devices each has; for every operation it takes one at random. Devices of one user go to different
    /// clients, as far as there are enough of them.
    pub devices: u16,
    /// Whether what a router remembers of a user travels with the user from device to device.
    pub shared: bool,
    /// The pause between an answer and the next operation.
    pub think: Latency,
    /// The share of operations that write the user's own key.
    pub writes: f64,
    /// The share of reads that look at the user's own key; the others look at the other user's.
    pub own_reads: f64,
    /// Within which span they come, one after the other.
    pub arrive_within: Time,
}

impl Default for Users {
    /// A thousand users within a minute, of eight operations each, one in five a write, with a second's pause.
    fn default() -> Self {
        Self {
            users: 1_000,
            operations: 8,
            devices: 1,
            shared: false,
            think: Latency::Exponential(Time::s(1)),
            writes: 0.2,
            own_reads: 0.5,
            arrive_within: Time::s(60),
        }
    }
}

/// One operation of a user, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The user's number.
    pub user: u32,
    /// Whose key: its user's number.
    pub key: u32,
    /// When it began.
    pub began: Time,
    /// When it ended.
    pub ended: Time,
    /// The client through which it went.
    pub through: String,
    /// What came of it.
    pub did: VisitDid,
}

/// What came of a user's operation. A key's writes are counted from 1; 0 is “nothing”.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VisitDid {
    /// The key's write of this number was acknowledged, at this position.
    Wrote(u32, Position),
    /// A write was not acknowledged.
    NotWritten,
    /// A server was found to have the key's write of this number.
    Found(u32, String),
    /// The read was told that what the user saw is lost.
    ToldLost,
    /// The read was refused, or not answered.
    NotAnswered,
}

/// What a user did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UserOp {
    pub(super) user: u32,
    pub(super) key: u32,
    pub(super) ended: Time,
    pub(super) took: Time,
    // Of the writes of that key, which one was written or found; the first is 1.
    pub(super) nth: Option<u32>,
    pub(super) through: NodeId,
    pub(super) server: Option<NodeId>,
    pub(super) waited: bool,
    pub(super) came: Came,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    Wrote(Position),
    NotWritten,
    Found { at: Option<Position>, on_leader: bool },
    Restarted,
    Refused,
    Unanswered,
}

#[derive(Clone, Debug)]
struct Session {
    rng: Rng,
    left: u32,
    written: u32,
    carried: Remembered,
}

#[derive(Clone, Debug)]
struct Open {
    user: u32,
    key: u32,
    began: Time,
}

/// The users of a run.
#[derive(Clone, Debug)]
pub(super) struct UserLoad {
    users: Users,
    sessions: Vec<Session>,
    due: BinaryHeap<Reverse<(Time, u32)>>,
    open: BTreeMap<(NodeId, u64), Open>,
    // Which write of which user an operation is, and where each stands in the log.
    asked: BTreeMap<OpId, (u32, u32)>,
    placed: BTreeMap<(u32, u32), Position>,
    waited: BTreeSet<OpId>,
    pub(super) ops: Vec<UserOp>,
}

impl UserLoad {
    pub(super) fn due(&self) -> Time {
        self.due.peek().map_or(Time::NEVER, |Reverse((at, _))| *at)
    }

    pub(super) fn accepted(&mut self, op: OpId, at: Position) {
        if let Some(write) = self.asked.get(&op) {
            self.placed.insert(*write, at);
        }
    }

    pub(super) fn read_waits(&mut self, op: OpId) {
        self.waited.insert(op);
    }

    /// The steps for counting violations.
    pub(super) fn steps(&self) -> Vec<PlacedStep> {
        let step = |op: &UserOp| {
            let did = match op.came {
                Came::Wrote(at) => Did::Wrote(at),
                Came::Found { at, .. } => Did::Found(at),
                Came::Restarted => Did::Restarted,
                Came::NotWritten | Came::Refused | Came::Unanswered => return None,
            };
            Some(PlacedStep { session: op.user, key: op.key, did })
        };
        self.ops.iter().filter_map(step).collect()
    }

    pub(super) fn sessions(&self) -> u32 {
        self.users.users
    }
}

impl LeaderFollower {
    /// Lets users come from now on; those of an earlier call leave. Their keys are `p0`, `p1`, …, and in the history
    /// they are `u0`, `u1`, ….
    ///
    /// # Errors
    /// When a share is not between 0 and 1, or the pause can't be.
    pub fn users(&mut self, users: Users) -> Result<&mut Self, SetupError> {
        users.think.validate()?;
        for share in [users.writes, users.own_reads] {
            if !(0.0..=1.0).contains(&share) {
                return Err(LatencyError::Probability(share).into());
            }
        }
        let now = self.now();
        let gap = users.arrive_within.as_us() / u64::from(users.users.max(1));
        let mut due = Vec::new();
        let seed = self.settings().seed;
        let sessions = (0..users.users).map(|user| {
            let mut rng = Rng::short(seed, u64::from(user));
            let at = gap * u64::from(user) + rng.below(gap.max(1));
            due.push(Reverse((now + Time::us(at), user)));
            Session { rng, left: users.operations, written: 0, carried: Remembered::default() }
        });
        let sessions = sessions.collect();
        self.users = Some(Box::new(UserLoad {
            users,
            sessions,
            due: due.into(),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            placed: BTreeMap::new(),
            waited: BTreeSet::new(),
            ops: Vec::new(),
        }));
        Ok(self)
    }

    /// What the users did so far, in the order in which it ended.
    pub fn visits(&self) -> Vec<Visit> {
        let visit = |op: &UserOp| Visit {
            user: op.user,
            key: op.key,
            began: op.ended - op.took,
            ended: op.ended,
            through: self.name(op.through).to_owned(),
            did: match op.came {
                Came::Wrote(at) => VisitDid::Wrote(op.nth.unwrap_or(0), at),
                Came::NotWritten => VisitDid::NotWritten,
                Came::Found { .. } => {
                    let server = op.server.map_or("?", |server| self.name(server));
                    VisitDid::Found(op.nth.unwrap_or(0), server.to_owned())
                }
                Came::Restarted => VisitDid::ToldLost,
                Came::Refused | Came::Unanswered => VisitDid::NotAnswered,
            },
        };
        self.users.iter().flat_map(|load| load.ops.iter().map(visit)).collect()
    }

    /// Lets time pass until every user has left, or an hour is over.
    pub fn run_users(&mut self) -> &mut Self {
        let end = self.now() + Time::s(3_600);
        let busy = |cluster: &Self| {
            cluster.users.as_ref().is_some_and(|load| !load.due.is_empty() || !load.open.is_empty())
        };
        while busy(self) && self.now() < end {
            self.run_for(Time::ms(500));
        }
        self
    }

    /// Lets the users whose time has come do what they want to.
    pub(super) fn begin_what_users_want(&mut self) {
        let Some(mut load) = self.users.take() else { return };
        while load.due() <= self.now() {
            let Some(Reverse((_, user))) = load.due.pop() else { break };
            self.begin_for(user, &mut load);
        }
        self.users = Some(load);
        self.listen();
    }

    fn begin_for(&mut self, user: u32, load: &mut UserLoad) {
        let Users { users, devices, shared, writes, own_reads, .. } = load.users;
        let Some(session) = load.sessions.get_mut(user as usize).filter(|session| session.left > 0) else {
            return;
        };
        session.left -= 1;
        // Everything is drawn, whether it is needed or not.
        let rng = &mut session.rng;
        let (write, own) = (rng.chance(writes), rng.chance(own_reads));
        let device = rng.below(u64::from(devices.max(1))) as u32;
        let clients: u32 = self.settings().clients.len() as u32;
        let nth = user.wrapping_add(device) % clients;
        let client = NodeId((self.settings().servers.len() as u32 + nth) as u16);
        let key = if write || own { user } else { (user + 1) % users };
        let request = match write {
            true => {
                session.written += 1;
                Request::Put(format!("p{key}"), format!("{user}.{}", session.written))
            }
            false => Request::Get(format!("p{key}")),
        };
        let written = (user, session.written);
        if shared {
            self.carry_to(client, Some(user), session.carried);
        }
        let number = self.begin_unheard(client, request, None, Some(user));
        if number == 0 {
            // The client is down: the user tries again.
            load.sessions[user as usize].left += 1;
            load.due.push(Reverse((self.now() + Time::s(1), user)));
            return;
        }
        load.open.insert((client, number), Open { user, key, began: self.now() });
        if write {
            load.asked.insert(OpId { client, number }, written);
        }
    }

    /// An operation has ended. Says whether it was a user's.
    pub(super) fn user_ended(
        &mut self,
        begun: (NodeId, u64),
        asked_as: u64,
        at: Time,
        outcome: &Outcome,
    ) -> bool {
        let Some(mut load) = self.users.take() else { return false };
        let open = load.open.remove(&begun);
        let known = open.is_some();
        if let Some(Open { user, key, began }) = open {
            let op = OpId { client: begun.0, number: asked_as };
            let (mut nth, mut server) = (None, None);
            let came = match outcome {
                Outcome::Written { position, .. } => {
                    nth = load.asked.get(&op).map(|(_, nth)| *nth);
                    Came::Wrote(*position)
                }
                Outcome::Value { value, from, .. } => {
                    let write: Option<(u32, u32)> = value.as_deref().and_then(|value| {
                        let (user, nth) = value.split_once('.')?;
                        Some((user.parse().ok()?, nth.parse().ok()?))
                    });
                    (nth, server) = (write.map(|(_, nth)| nth), Some(*from));
                    let on_leader = self.server_of(*from).role() == Role::Leader;
                    Came::Found { at: write.and_then(|write| load.placed.get(&write).copied()), on_leader }
                }
                Outcome::Lost { .. } | Outcome::Ahead { .. } => Came::Restarted,
                _ if load.asked.contains_key(&op) => Came::NotWritten,
                Outcome::Refused(_) => Came::Refused,
                Outcome::Unknown | Outcome::Open => Came::Unanswered,
            };
            let waited = load.waited.remove(&op);
            let (took, through) = (at.since(began), begun.0);
            load.ops.push(UserOp { user, key, ended: at, took, nth, through, server, waited, came });
            let carried = load.users.shared.then(|| self.remembered_at(begun.0, Some(user)));
            if let Some(session) = load.sessions.get_mut(user as usize) {
                session.carried = carried.unwrap_or_default();
                let pause = load.users.think.draw(&mut session.rng);
                if session.left > 0 {
                    load.due.push(Reverse((at + pause, user)));
                }
            }
        }
        self.users = Some(load);
        known
    }
}
