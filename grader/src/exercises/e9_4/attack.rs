//! Plays a situation of an attack.

use std::collections::BTreeMap;

use replication_lab::world::Fault;

use super::harness::{F1, F2, F3, L, Run};
use super::nodes::{Role, Server, Wire};
use super::{Change, Data, Follower, Leader, Mark, NodeId, Position, ReplicationLog, Settings, Time, looks};
use crate::attack::Asked;
use crate::attack::e9_4::{self, Event, Seen, Situation, Wrote};
use crate::exercise::Recorder;

/// All servers.
const ALL: [NodeId; 4] = [L, F1, F2, F3];
/// How long it takes until everybody has caught up, when everything is mended: three heartbeats, and a little.
const MENDED: u64 = 3_400;

struct Played<'a, T: Leader, F: Follower> {
    run: Run<'a, T, F>,
    wrote: Vec<Wrote>,
    /// The keys of all changes so far, to read them.
    keys: Data,
    joined: bool,
    leader: NodeId,
    epoch: u64,
    puts: u32,
}

pub(super) fn play<G: ReplicationLog, T: Leader + 'static, F: Follower + 'static>(
    Asked { situation, drawn }: &Asked<Situation>,
    notes: &Recorder,
) {
    let Situation { keep, batch, room, events } = situation;
    let settings = Settings { keep: *keep, batch: *batch, room: *room };
    // A situation that can't be is nobody's fault but ours: then nothing is seen.
    let Ok(run) = Run::<T, F>::traced(1, settings, *drawn, notes) else { return };
    let mut played =
        Played { run, wrote: Vec::new(), keys: Data::new(), joined: false, leader: L, epoch: 1, puts: 0 };
    for event in events {
        let mut log = None;
        let mut promoted = None;
        match event {
            Event::Put(to, key, value) => played.change(*to, Change::Put(key.clone(), value.clone())),
            Event::Delete(to, key) => played.change(*to, Change::Delete(key.clone())),
            Event::Puts(to, count) => {
                for _ in 0..*count {
                    played.puts += 1;
                    let number = played.puts;
                    played.change(*to, Change::Put(format!("k{}", number % 5), format!("n{number}")));
                }
            }
            Event::Wait(ms) => played.wait(*ms),
            Event::Kill(node) => played.strike(&Fault::Kill(*node)),
            Event::Restart(node) => played.strike(&Fault::Restart(*node)),
            Event::Cut(a, b) => played.strike(&Fault::Partition(vec![*a], vec![*b])),
            Event::Delay(from, to, ms) => played.strike(&Fault::Delay(*from, *to, Time::ms(*ms))),
            Event::Heal => played.strike(&Fault::Heal),
            Event::Again(from, to, nth) => played.again(*from, *to, *nth),
            Event::StandsStill(node) => played.speed(*node, 0),
            Event::GoesOn(node) => played.speed(*node, usize::MAX),
            Event::Joins => {
                if !played.joined {
                    played.joined = true;
                    played.joins();
                }
            }
            Event::Promote(node) => promoted = played.promote(*node),
            Event::Log(asked) => log = Some(ask::<G>(asked)),
        }
        played.wait(1);
        played.note(event.to_string(), promoted, log, notes);
    }
    played.strike(&Fault::Heal);
    for node in ALL {
        played.strike(&Fault::Restart(node));
        played.speed(node, usize::MAX);
    }
    if played.joined {
        // Its first report may have met nobody: it connects again.
        played.joins();
    }
    played.wait(MENDED);
    played.note("when everything is mended".into(), None, None, notes);
    if *drawn {
        played.run.keep();
    }
}

/// What a log alone answers, and how often it looked at an entry.
fn ask<G: ReplicationLog>(asked: &e9_4::Asked) -> (Option<Vec<Position>>, u64) {
    let mut log = G::new(Mark { at: Position::new(1, asked.base), ..Mark::default() }, asked.keep);
    for (number, epoch) in asked.epochs.iter().enumerate() {
        log.append(*epoch, Change::Put("x".into(), number.to_string()), Time::ms(number as u64));
    }
    let before = looks();
    let answer = log.entries_since(asked.after, asked.most);
    let looked = looks() - before;
    (answer.ok().map(|entries| entries.iter().map(|entry| entry.at()).collect()), looked)
}

impl<T: Leader + 'static, F: Follower + 'static> Played<'_, T, F> {
    fn wait(&mut self, ms: u64) {
        let end = self.run.world.now() + Time::ms(ms);
        self.run.world.run_until(end);
    }

    fn strike(&mut self, fault: &Fault) {
        // One that is impossible now does nothing.
        let _ = self.run.world.strike(fault);
    }

    fn change(&mut self, to: NodeId, change: Change) {
        let pair = match &change {
            Change::Put(key, value) => (key.clone(), Some(value.clone())),
            Change::Delete(key) => (key.clone(), None),
            Change::Begin => return,
        };
        self.keys.insert(pair.0.clone(), String::new());
        let mut answered = None;
        let now = self.run.world.now();
        self.run.world.act(to, |server, effects| {
            let heard = server.heard;
            let written = server.lead(effects, |leader, now, machine| leader.write(change, now, machine));
            answered = written.map(|written| (written.ok(), heard));
        });
        if let Some((at, heard)) = answered {
            self.wrote.push(Wrote { leader: to, change: pair, at, heard, now });
        }
    }

    /// F3 begins to follow whoever was promoted last.
    fn joins(&mut self) {
        let leader = self.leader;
        self.run.world.act(F3, |server, effects| {
            server.leader = leader;
            server.follow(effects);
        });
    }

    fn speed(&mut self, node: NodeId, speed: usize) {
        self.run.world.act(node, |server, effects| {
            server.speed = speed;
            server.soon(effects);
        });
    }

    fn again(&mut self, from: NodeId, to: NodeId, nth: usize) {
        self.run.world.act(from, |server, effects| {
            let mut sent = server.sent.iter().filter(|(receiver, _)| *receiver == to);
            if let Some((_, message)) = sent.nth(nth) {
                effects.send(to, Wire::Down(message.clone()));
            }
        });
    }

    /// Who leads now, and which epoch; nothing if the node does not follow.
    fn promote(&mut self, node: NodeId) -> Option<(NodeId, u64)> {
        let epoch = self.epoch + 1;
        let others = [F1, F2, F3]
            .into_iter()
            .filter(|other| *other != node && (*other != F3 || self.joined))
            .collect();
        let mut done = false;
        self.run.world.act(node, |server, effects| done = server.promote(epoch, others, effects));
        done.then(|| {
            (self.leader, self.epoch) = (node, epoch);
            (node, epoch)
        })
    }

    fn note(
        &mut self,
        what: String,
        promoted: Option<(NodeId, u64)>,
        log: Option<(Option<Vec<Position>>, u64)>,
        notes: &Recorder,
    ) {
        let now = self.run.world.now();
        let servers = ALL.iter().map(|id| shown(self.run.world.node(*id), &self.keys, now)).collect();
        notes.step(what, Seen { now, wrote: std::mem::take(&mut self.wrote), promoted, log, servers });
    }
}

/// What a server shows now.
fn shown<T: Leader, F: Follower>(server: &Server<T, F>, keys: &Data, now: Time) -> e9_4::Server {
    let all = |read: &dyn Fn(&str) -> Option<String>| -> BTreeMap<String, String> {
        keys.keys().filter_map(|key| Some((key.clone(), read(key)?))).collect()
    };
    let role = match &server.role {
        Role::Idle => e9_4::Role::Idle,
        Role::Leads(leader) => e9_4::Role::Leads {
            epoch: server.epoch,
            data: all(&|key| leader.read(key)),
            replicated: [1, 2, 3].map(|copies| leader.replicated(copies)),
        },
        Role::Follows(follower) => {
            let (snapshot, lag) = (follower.snapshot(), follower.lag_behind(now));
            e9_4::Role::Follows {
                epoch: server.epoch,
                applied: snapshot.mark.at,
                data: snapshot.data,
                read: all(&|key| follower.read(key)),
                behind: (lag.entries, lag.bytes),
                age: lag.time,
            }
        }
    };
    e9_4::Server {
        role,
        largest: server.largest,
        waited: server.waited,
        eager: server.eager,
        back: server.back,
        dropped: server.dropped,
        stray: server.stray.clone(),
    }
}
