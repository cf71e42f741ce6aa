//! Where a client sends a read: policies, and what a router remembers to follow them.
//!
//! | policy | reads your own writes | monotonic | what it costs |
//! |---|---|---|---|
//! | [`ReadFrom::Leader`] | ✔ | ✔ | all reads are on the leader |
//! | [`ReadFrom::Followers`], [`ReadFrom::RoundRobin`] | – | – | nothing |
//! | [`ReadFrom::Sticky`] | – | until that follower dies | a user's follower may be a slow one |
//! | [`ReadFrom::LeaderAfterWrite`] | while the lag is below the window | – | reads on the leader, most when writes are most |
//! | [`ReadFrom::Position`] | ✔ | – | some reads of those who wrote wait, a few go to the leader |
//! | [`ReadFrom::Token`] | ✔ | ✔ | some reads wait, a few go to the leader |
//!
//! # Tokens
//! A token is the highest position that a user has written or seen: (epoch, LSN). A read carries it, and a server
//! answers from a state that holds it. A server that is behind lets the read wait for a bounded time and then says
//! so; the client goes to another follower, and then to the leader. Two things are never met by waiting, and are
//! told apart: the entry was lost in a failover ([`Outcome::Lost`](super::Outcome::Lost)), and no log has ever got so
//! far ([`Outcome::Ahead`](super::Outcome::Ahead)). Only who knows a newer epoch than the token's can say the first,
//! and only the leader of the token's own epoch the second. After either the router forgets the session's token, so
//! that a user is told once and can go on. A token of an epoch that a server has not heard of is one to wait for.
//!
//! # Limits
//! Writes carry no token. So a session that has not read since a failover may write on top of what was lost before it is
//! told: monotonic writes and writes that follow reads are not protected against a failover that loses writes. Of
//! several failovers within one session, only the first loss is told.
//!
//! A client remembers every user to the end of the run; a real router drops a token that every follower is past. A
//! server that did not answer is left out for five seconds, then tried again: there is no health check besides.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::setup::Topology;
use crate::log::Position;
use crate::rng::Rng;
use crate::time::Time;
use crate::trace::NodeId;

/// Where clients read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadFrom {
    /// From the leader.
    #[default]
    Leader,
    /// From the nearest server that answers.
    Nearest,
    /// From any server, drawn at random each time.
    Any,
    /// From any but the leader, drawn at random each time.
    Followers,
    /// From one follower after the other, whoever asks.
    RoundRobin,
    /// From the follower that a hash of the user gives: always the same, as long as it answers. By rendezvous hashing
    /// (Thaler & Ravishankar, *A Name-Based Mapping Scheme for Rendezvous*, 1996), so that only its own users move
    /// when a follower dies.
    Sticky,
    /// From the leader for this long after the user's own last write was acknowledged, else from a follower drawn at
    /// random. By the clock of the client's machine.
    LeaderAfterWrite(Time),
    /// From a follower that is past everything that the user wrote; what the user saw is not remembered.
    Position {
        /// How long a server lets a read wait; less than the clients' patience.
        wait: Time,
    },
    /// From a follower that is past everything that the user wrote or saw: see [the module](self).
    Token {
        /// How long a server lets a read wait; less than the clients' patience.
        wait: Time,
    },
}

impl ReadFrom {
    /// The policies that chapter 4 compares.
    pub const COMPARED: [ReadFrom; 6] = [
        Self::Leader,
        Self::Followers,
        Self::RoundRobin,
        Self::Sticky,
        Self::LeaderAfterWrite(Time::s(5)),
        Self::Token { wait: Time::ms(50) },
    ];
}

impl std::fmt::Display for ReadFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Self::Leader => "leader only".to_owned(),
            Self::Nearest => "nearest".to_owned(),
            Self::Any => "any server at random".to_owned(),
            Self::Followers => "any follower at random".to_owned(),
            Self::RoundRobin => "round robin".to_owned(),
            Self::Sticky => "sticky by user".to_owned(),
            Self::LeaderAfterWrite(window) => format!("leader for {} s after a write", window.as_ms() / 1e3),
            Self::Position { wait } => format!("own position, waits {} ms", wait.as_ms()),
            Self::Token { wait } => format!("token, waits {} ms", wait.as_ms()),
        };
        f.pad(&text)
    }
}

/// Who reads and writes through a client: a user, or nobody in particular, which is the client itself.
pub(super) type User = Option<u32>;

/// What a router remembers of a user's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// When the user's last write was acknowledged, by the clock of the machine that took it.
    pub wrote: Option<Time>,
    /// The highest position that the user has written or seen.
    pub token: Position,
    /// A position of an older epoch that the user has written or seen too: whoever wrote in a new epoch has not heard
    /// yet whether the old one was lost. The next read asks for both.
    pub unsettled: Option<Position>,
}

impl Remembered {
    /// What is known when two machines put together what they know.
    pub(super) fn merged(self, other: Self) -> Self {
        let (low, high) = (self.token.min(other.token), self.token.max(other.token));
        let older = (low.epoch < high.epoch && low != Position::default()).then_some(low);
        Self {
            wrote: self.wrote.max(other.wrote),
            token: high,
            unsettled: self.unsettled.or(other.unsettled).or(older),
        }
    }
}

/// A client's router.
#[derive(Clone, Debug, Default)]
pub(super) struct Router {
    sessions: BTreeMap<User, Remembered>,
    // Up to where each server had applied the log when it answered last.
    known: BTreeMap<NodeId, Position>,
    avoided: BTreeMap<NodeId, Time>,
    turn: usize,
}

/// A read that looks for a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) user: User,
    pub(super) client: NodeId,
    pub(super) leader: NodeId,
    pub(super) attempt: u32,
    // Who has said that it is behind.
    pub(super) behind: &'a [NodeId],
    // By the client's clock.
    pub(super) now: Time,
}

impl Router {
    /// Where this read goes.
    pub(super) fn target(&mut self, question: Question<'_>, topology: &Topology, rng: &mut Rng) -> NodeId {
        let Question { user, client, leader, attempt, now, .. } = question;
        self.avoided.retain(|_, until| *until > now);
        let policy = topology.settings.read_from;
        let mut servers = match policy {
            ReadFrom::Leader => return leader,
            ReadFrom::LeaderAfterWrite(window)
                if self.session(user).wrote.is_some_and(|at| now.since(at) < window) =>
            {
                return leader;
            }
            ReadFrom::Nearest => topology.nearest(client),
            ReadFrom::RoundRobin | ReadFrom::Sticky => topology.servers().collect(),
            ReadFrom::Any
            | ReadFrom::Followers
            | ReadFrom::LeaderAfterWrite(_)
            | ReadFrom::Position { .. }
            | ReadFrom::Token { .. } => {
                let mut servers: Vec<_> = topology.servers().collect();
                rng.shuffle(&mut servers);
                servers
            }
        };
        servers.retain(|id| topology.server(*id).is_some_and(|server| !server.idle));
        if !matches!(policy, ReadFrom::Nearest | ReadFrom::Any) && servers.len() > 1 {
            servers.retain(|id| *id != leader);
        }
        let trusts = |id: &&NodeId| !self.avoided.contains_key(id);
        let mut trusted = servers.iter().filter(trusts);
        let chosen = match policy {
            ReadFrom::Position { .. } | ReadFrom::Token { .. } => {
                let token = self.session(user).token;
                let asked = |id: &NodeId| question.behind.contains(id);
                let known = |id: &NodeId| self.known.get(id).is_some_and(|at| *at >= token);
                let left: Vec<NodeId> = trusted.filter(|id| !asked(id)).copied().collect();
                // Every second time one that is known to be past the token. Not each time: what is known of those that
                // are never asked grows old, and one follower would take all the load.
                let explores = token == Position::default() || rng.chance(0.5);
                match left.iter().find(|id| !explores && known(id)).or(left.first()) {
                    Some(follower) if question.behind.len() < 2 => return *follower,
                    _ if !self.avoided.contains_key(&leader) => return leader,
                    other => other.copied(),
                }
            }
            ReadFrom::RoundRobin => {
                let trusted: Vec<NodeId> = trusted.copied().collect();
                self.turn += 1;
                trusted.get((self.turn - 1) % trusted.len().max(1)).copied()
            }
            ReadFrom::Sticky => {
                trusted.max_by_key(|id| (weight(user, client, **id, topology), **id)).copied()
            }
            _ => trusted.next().copied(),
        };
        // If nobody is trusted, go on through all of them.
        let next = attempt as usize % servers.len().max(1);
        chosen.or(servers.get(next).copied()).unwrap_or(leader)
    }

    /// What it remembers of a user.
    pub(super) fn session(&self, user: User) -> Remembered {
        self.sessions.get(&user).copied().unwrap_or_default()
    }

    /// The user brings along what other machines remember.
    pub(super) fn carries(&mut self, user: User, carried: Remembered) {
        let session = self.sessions.entry(user).or_default();
        *session = session.merged(carried);
    }

    /// The user's write is committed.
    pub(super) fn wrote(&mut self, user: User, at: Position, now: Time) {
        self.carries(user, Remembered { wrote: Some(now), token: at, unsettled: None });
    }

    /// A server has told how far it is.
    pub(super) fn knows(&mut self, server: NodeId, at: Position) {
        let known = self.known.entry(server).or_default();
        *known = (*known).max(at);
    }

    /// The user has seen a server's state.
    pub(super) fn saw(&mut self, user: User, server: NodeId, at: Position) {
        self.knows(server, at);
        self.carries(user, Remembered { wrote: None, token: at, unsettled: None });
    }

    /// A server answered from a state that holds what the read had to see, and what was unsettled.
    pub(super) fn settle(&mut self, user: User, wanted: Position) {
        let session = self.sessions.entry(user).or_default();
        session.unsettled = None;
        if session.token == wanted {
            // What that state holds besides is newer, and is seen next.
            session.token = Position::default();
        }
    }

    /// What the user wrote or saw is gone: the session begins anew.
    pub(super) fn forget(&mut self, user: User) {
        self.sessions.remove(&user);
    }

    /// A server did not answer, or refused.
    pub(super) fn avoid(&mut self, server: NodeId, until: Time) {
        self.avoided.insert(server, until);
    }
}

/// The weight of a server for a user: the heaviest is the user's.
fn weight(user: User, client: NodeId, server: NodeId, topology: &Topology) -> u64 {
    let name = topology.server(server).map_or("", |server| server.name.as_str());
    let user = user.map_or(1 << 32 | u64::from(client.0), u64::from);
    xxh3_64_with_seed(name.as_bytes(), user)
}

#[cfg(test)]
mod tests {
    use super::super::LeaderFollower;
    use super::*;
    use crate::rng::Stream;

    fn topology(policy: ReadFrom) -> Topology {
        let cluster = LeaderFollower::builder().followers(4).read_from(policy).build().unwrap();
        Topology::new(cluster.settings().clone()).unwrap()
    }

    fn ask(router: &mut Router, topology: &Topology, user: u32, now: Time, behind: &[NodeId]) -> u16 {
        let mut rng = Rng::new(u64::from(user), Stream::Workload);
        let (client, leader) = (NodeId(5), NodeId(0));
        let question = Question { user: Some(user), client, leader, attempt: 0, behind, now };
        router.target(question, topology, &mut rng).0
    }

    #[test]
    fn a_death_moves_only_the_users_of_the_dead() {
        let topology = topology(ReadFrom::Sticky);
        let mut router = Router::default();
        let all = |router: &mut Router| -> Vec<u16> {
            (0..1_000).map(|user| ask(router, &topology, user, Time::ZERO, &[])).collect()
        };
        let before = all(&mut router);
        assert_eq!(before, all(&mut router));
        for follower in 1..=4 {
            let share = before.iter().filter(|to| **to == follower).count();
            assert!((200..300).contains(&share), "{follower}: {share}");
        }
        router.avoid(NodeId(2), Time::s(5));
        for (before, after) in before.iter().zip(all(&mut router)) {
            assert!(if *before == 2 { after != 2 } else { after == *before }, "{before} to {after}");
        }
    }

    #[test]
    fn who_wrote_lately_reads_from_the_leader_until_the_window_is_over() {
        let topology = topology(ReadFrom::LeaderAfterWrite(Time::s(5)));
        let mut router = Router::default();
        router.wrote(Some(1), Position::new(1, 7), Time::s(10));
        assert_eq!(ask(&mut router, &topology, 1, Time::ms(14_999), &[]), 0);
        assert_ne!(ask(&mut router, &topology, 1, Time::s(15), &[]), 0);
        assert_ne!(ask(&mut router, &topology, 2, Time::s(11), &[]), 0, "another user");
    }

    #[test]
    fn a_token_is_never_lowered_and_those_who_are_past_it_take_most_of_the_load() {
        let topology = topology(ReadFrom::Token { wait: Time::ms(50) });
        let mut router = Router::default();
        for lsn in [8, 3] {
            router.wrote(Some(1), Position::new(1, lsn), Time::ZERO);
        }
        assert_eq!(router.session(Some(1)).token, Position::new(1, 8));
        for follower in [2, 3] {
            router.saw(None, NodeId(follower), Position::new(1, 9));
        }
        let mut asked = [0_u32; 5];
        for user in 0..1_200 {
            router.carries(Some(user), Remembered { token: Position::new(1, 8), ..Remembered::default() });
            asked[usize::from(ask(&mut router, &topology, user, Time::ZERO, &[]))] += 1;
        }
        // A half of all, and a half of the other half.
        assert!(asked[2] + asked[3] > 850 && asked[2].abs_diff(asked[3]) < 100, "{asked:?}");
        assert!(asked[0] == 0 && asked[1] > 50 && asked[4] > 50, "{asked:?}");
        assert!(![0, 2].contains(&ask(&mut router, &topology, 1, Time::ZERO, &[NodeId(2)])));
        assert_eq!(ask(&mut router, &topology, 1, Time::ZERO, &[NodeId(2), NodeId(3)]), 0, "then the leader");
    }
}
