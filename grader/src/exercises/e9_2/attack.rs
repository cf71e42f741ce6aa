//! Plays a situation of an attack.

use std::collections::BTreeMap;

use super::scenarios::SETTINGS;
use super::{FollowerState, LeaderState, MOMENT, NodeId, Position, Route, Router, Time, View};
use crate::attack;
use crate::attack::e9_2::{Asked, Device, Event, Seen, Situation, Told, User};
use crate::exercise::Recorder;
use crate::exercises::routing::L;

const USERS: [User; 3] = [User(0), User(1), User(2)];
const DEVICES: [Device; 2] = [Device::Laptop, Device::Phone];

/// The servers, as far as a router sees them.
struct Servers {
    /// Where the leader's log ends, and who leads.
    end: Position,
    leader: Option<NodeId>,
    load: u32,
    /// Where the log of the present epoch begins.
    begin: Position,
    /// Where the first leader's log ended when it was deposed.
    deposed: Option<Position>,
    mistaken: bool,
    followers: Vec<FollowerState>,
}

impl Servers {
    fn view(&self) -> View {
        let leader = match self.deposed.filter(|_| self.mistaken) {
            Some(at) => Some(LeaderState { node: L, at, reads: self.load }),
            None => self.leader.map(|node| LeaderState { node, at: self.end, reads: self.load }),
        };
        View { leader, followers: self.followers.clone() }
    }

    fn append(&mut self, count: u64) -> Option<Position> {
        self.leader?;
        self.end.lsn += count;
        Some(self.end)
    }

    fn follower(&mut self, node: NodeId) -> Option<&mut FollowerState> {
        self.followers.iter_mut().find(|follower| follower.node == node)
    }

    fn replay(&mut self, node: NodeId, count: u64) {
        let (begin, end) = (self.begin, self.end);
        let Some(follower) = self.follower(node).filter(|follower| follower.up) else { return };
        // What it has of an older epoch, and the new leader's log has not, is cut off.
        let from = match follower.replayed.epoch == end.epoch {
            true => follower.replayed.lsn,
            false => follower.replayed.lsn.min(begin.lsn.saturating_sub(1)),
        };
        let lsn = (from + count).min(end.lsn);
        let reached = match lsn < begin.lsn {
            true => Position::new(follower.replayed.epoch, lsn),
            false => Position::new(end.epoch, lsn),
        };
        follower.replayed = follower.replayed.max(reached);
        follower.received = follower.received.max(follower.replayed);
    }

    fn fail_over(&mut self, node: NodeId) {
        let Some(place) = self.followers.iter().position(|follower| follower.node == node && follower.up)
        else {
            return;
        };
        let winner = self.followers.remove(place);
        if self.leader == Some(L) {
            self.deposed = Some(self.end);
        }
        self.begin = Position::new(self.end.epoch + 1, winner.replayed.lsn + 1);
        (self.leader, self.end) = (Some(node), self.begin);
    }
}

struct Played<R> {
    servers: Servers,
    routers: BTreeMap<Device, R>,
    /// Writes that are not reported yet.
    late: Vec<(Device, User, Position)>,
    /// Tokens as they were last carried.
    carried: BTreeMap<(Device, User), Position>,
    asked: Vec<Asked>,
    told: Vec<(Device, User, Told, Position)>,
}

pub(super) fn play<R: Router>(asked: &attack::Asked<Situation>, notes: &Recorder) {
    let Situation { followers, events } = &asked.situation;
    let begin = Position::new(1, 0);
    let follower = |node| FollowerState { node: NodeId(node), up: true, received: begin, replayed: begin };
    let servers = Servers {
        end: begin,
        leader: Some(L),
        load: 0,
        begin,
        deposed: None,
        mistaken: false,
        followers: (1..=*followers).map(follower).collect(),
    };
    let mut played = Played {
        servers,
        routers: DEVICES.map(|device| (device, R::new(SETTINGS))).into(),
        late: Vec::new(),
        carried: BTreeMap::new(),
        asked: Vec::new(),
        told: Vec::new(),
    };
    for event in events {
        let forgot = played.happens(event);
        let tokens = DEVICES.iter().flat_map(|device| USERS.map(|user| (*device, user)));
        let tokens = tokens.map(|(device, user)| (device, user, played.token(device, user))).collect();
        let (asked, told) = (std::mem::take(&mut played.asked), std::mem::take(&mut played.told));
        notes.step(event.to_string(), Seen { view: played.servers.view(), asked, told, forgot, tokens });
    }
}

impl<R: Router> Played<R> {
    /// What a router forgot, if that is what happens.
    fn happens(&mut self, event: &Event) -> Option<(Device, usize)> {
        match event {
            Event::Write(user, device, late) => {
                if let Some(at) = self.servers.append(1) {
                    self.wrote(*user, *device, at, *late);
                }
            }
            Event::OthersWrite(count) => drop(self.servers.append(*count)),
            Event::Read(user, device, draw) => self.read(*user, *device, *draw),
            Event::Reads(user, device) => {
                for draw in 0..self.servers.followers.len() as u64 {
                    self.ask(*user, *device, 0, draw);
                }
            }
            Event::Replay(node, count) => self.servers.replay(*node, *count),
            Event::Receive(node) => {
                let end = self.servers.end;
                if let Some(follower) = self.servers.follower(*node) {
                    follower.received = follower.received.max(end);
                }
            }
            Event::Down(node) => {
                if let Some(follower) = self.servers.follower(*node) {
                    follower.up = false;
                }
            }
            Event::Up(node) => {
                if let Some(follower) = self.servers.follower(*node) {
                    follower.up = true;
                }
            }
            Event::Load(reads) => self.servers.load = *reads,
            Event::LeaderGone => self.servers.leader = None,
            Event::Failover(node) => self.servers.fail_over(*node),
            Event::Mistaken(mistaken) => self.servers.mistaken = *mistaken,
            Event::Newcomer(lsn) => {
                let (node, at) = (NodeId(4), Position::new(1, *lsn));
                if self.servers.follower(node).is_none() && self.servers.leader != Some(node) {
                    self.servers.followers.push(FollowerState { node, up: true, received: at, replayed: at });
                }
            }
            Event::Token(user, to, fresh) => self.carry(*user, *to, *fresh),
            Event::Forget(device) => {
                let view = self.servers.view();
                let router = self.routers.get_mut(device)?;
                router.forget_replicated(&view);
                return Some((*device, router.remembered()));
            }
        }
        None
    }

    fn token(&self, device: Device, user: User) -> Position {
        self.routers.get(&device).map(|router| router.token(user.name())).unwrap_or_default()
    }

    fn wrote(&mut self, user: User, device: Device, at: Position, late: bool) {
        if late {
            self.late.push((device, user, at));
            return;
        }
        let mut reports = vec![at];
        self.late.retain(|(of, by, at)| {
            let due = (of, by) == (&device, &user);
            reports.extend(due.then_some(*at));
            !due
        });
        for at in reports {
            if let Some(router) = self.routers.get_mut(&device) {
                router.record_write(user.name(), at);
            }
            self.told.push((device, user, Told::Wrote, at));
        }
    }

    fn ask(&mut self, user: User, device: Device, waited: u64, draw: u64) -> Route {
        let view = self.servers.view();
        let Some(router) = self.routers.get_mut(&device) else { return Route::Refused };
        let route = router.route_read(user.name(), Time::ms(waited), &view, draw);
        self.asked.push(Asked { user, device, waited, draw, route });
        route
    }

    fn read(&mut self, user: User, device: Device, draw: u64) {
        // A little longer than any patience.
        let longest = (SETTINGS.patience + MOMENT + MOMENT).as_us() / 1_000;
        let moment = MOMENT.as_us() / 1_000;
        let mut waited = 0;
        let mut route = self.ask(user, device, waited, draw);
        while route == Route::Wait && waited < longest {
            waited += moment;
            route = self.ask(user, device, waited, draw);
        }
        let view = self.servers.view();
        let shows = match route {
            Route::Follower(node) => {
                let mut up = view.followers.iter().filter(|follower| follower.up);
                up.find(|follower| follower.node == node).map(|follower| follower.replayed)
            }
            Route::Leader(node) => view.leader.filter(|leader| leader.node == node).map(|leader| leader.at),
            Route::Wait | Route::Refused => None,
        };
        if let Some(at) = shows {
            if let Some(router) = self.routers.get_mut(&device) {
                router.record_read(user.name(), at);
            }
            self.told.push((device, user, Told::Saw, at));
        }
    }

    fn carry(&mut self, user: User, to: Device, fresh: bool) {
        let from = if to == Device::Laptop { Device::Phone } else { Device::Laptop };
        let now = self.token(from, user);
        let before = self.carried.insert((from, user), now).unwrap_or_default();
        let token = if fresh { now } else { before };
        if let Some(router) = self.routers.get_mut(&to) {
            router.with_token(user.name(), token);
        }
        self.told.push((to, user, Told::Token, token));
    }
}
