//! Runs an experiment on a cluster, and writes down what is seen.

use replication_lab::leader_follower::{LeaderFollower, Outcome as Told, Request, SetupError};
use replication_lab::trace::{NodeId, Trace};
use replication_lab::view::LagReading;
use replication_lab::world::Fault;

use super::clusters::Cluster;
use super::digest::Digest;
use super::{Done, Experiment, Lag, Outcome, Record, Server, Step, Time, Try, Until, Write};

pub(super) const SERVERS: [&str; 3] = ["L", "F1", "F2"];
const MOST_WRITERS: u32 = 50;
const MOST_STEPS: usize = 40;
const MOST_WRITES: usize = 30_000;
const LONGEST: Time = Time::s(180);
/// How often it is looked who is idle, and whether what is waited for is so.
const TICK: Time = Time::ms(1);
const SAMPLED_EVERY: Time = Time::ms(100);
/// How long a client waits for an answer.
const PATIENCE: Time = Time::s(1);
/// What is written before the experiment begins.
const IMPORTED: u32 = 50;

type Begun = (NodeId, u64);

struct Writer {
    begun: Option<(usize, Begun)>,
    due: Time,
}

struct Runner<'a> {
    of: &'a Cluster,
    lab: LeaderFollower,
    writers: Vec<Writer>,
    // How long each writer waits between the beginnings of two writes.
    pace: Option<Time>,
    sample: Time,
    record: Record,
    digest: Digest,
    values: u32,
    acknowledged: u32,
}

/// Runs an experiment: what was seen of it, and the run in short.
pub(super) fn run(of: &Cluster, experiment: &Experiment) -> (Record, Trace) {
    let mut runner = Runner::new(of, experiment).expect("the scenario's cluster can be built");
    for step in experiment.steps.iter().take(MOST_STEPS) {
        runner.step(*step);
    }
    runner.end()
}

/// As the lab names the clients: the writers from 1 on, one that tries every server from here on.
fn client(place: usize) -> String {
    format!("c{}", place + 1)
}

impl<'a> Runner<'a> {
    fn new(of: &'a Cluster, experiment: &Experiment) -> Result<Self, SetupError> {
        let wanted = experiment.steps.iter().map(|step| match step {
            Step::Write { writers, .. } => (*writers).min(MOST_WRITERS),
            _ => 1,
        });
        let writers = wanted.max().unwrap_or(1) as usize;
        let clients = (writers + SERVERS.len()) as u16;
        let lab = of.builder.clone().clients(clients).timeout(PATIENCE).seed(experiment.seed).build()?;
        let record = Record {
            seed: experiment.seed,
            leader: SERVERS[0].into(),
            follower: SERVERS[1].into(),
            steps: Vec::new(),
            writes: Vec::new(),
            tries: Vec::new(),
            accepted: Vec::new(),
            lags: Vec::new(),
            leads: None,
            readable: [].into(),
        };
        let writers = (0..writers).map(|_| Writer { begun: None, due: Time::ZERO }).collect();
        let (digest, sample) = (Digest::new(), Time::ZERO);
        let mut runner =
            Self { of, lab, writers, pace: None, sample, record, digest, values: 0, acknowledged: 0 };
        for _ in 0..IMPORTED {
            let request = runner.request();
            runner.lab.begin(&client(0), request)?;
        }
        runner.lab.run_for(Time::ms(500));
        Ok(runner)
    }

    fn request(&mut self) -> Request {
        self.values += 1;
        Request::Put(format!("k{}", self.values), self.values.to_string())
    }

    fn is_over(&self) -> bool {
        self.lab.now() >= LONGEST
    }

    fn step(&mut self, step: Step) {
        let began = self.lab.now();
        let place = self.record.steps.len();
        let worked = match step {
            Step::Write { writers, per_second } => {
                let writers = writers.min(MOST_WRITERS) as usize;
                let pace = Time::us(1_000_000 / u64::from(per_second.clamp(1, 1_000)));
                self.pace = Some(pace);
                for (place, writer) in self.writers.iter_mut().enumerate() {
                    // They begin one after the other, evenly.
                    let turn = Time::us(pace.as_us() * place as u64 / writers.max(1) as u64);
                    writer.due = if place < writers { began + turn } else { Time::NEVER };
                }
                true
            }
            Step::StopWriting => {
                self.pace = None;
                true
            }
            Step::Sleep(span) => {
                self.pass_until(began + span.min(LONGEST));
                true
            }
            Step::Wait(until, deadline) => self.wait(until, began + deadline.min(LONGEST)),
            Step::Kill(server) => self.strike(&Fault::Crash(id(server))),
            Step::Restart(server) => self.strike(&Fault::Restart(id(server))),
            Step::Isolate(server) => self.isolate(server),
            Step::Heal => self.strike(&Fault::Heal),
            Step::TryEveryServer => {
                self.try_every_server(place);
                true
            }
        };
        let done = Done { step, began, ended: self.lab.now(), worked };
        self.digest.step(&done, &self.record.tries);
        self.record.steps.push(done);
    }

    /// Lets time pass in which the clients write.
    fn tick(&mut self) {
        let now = self.lab.now() + TICK;
        self.lab.run_until(now);
        for place in 0..self.writers.len() {
            self.hear(place);
            let writer = &self.writers[place];
            let may_begin = writer.begun.is_none() && writer.due <= now;
            if let Some(pace) = self.pace.filter(|_| may_begin && self.record.writes.len() < MOST_WRITES) {
                let request = self.request();
                let begun = self.lab.begin(&client(place), request).expect("the client is there");
                let write = Write { value: self.values, began: now, outcome: Outcome::Unknown };
                self.writers[place].begun = Some((self.record.writes.len(), begun));
                let due = &mut self.writers[place].due;
                *due = now.max(*due + pace);
                self.record.writes.push(write);
            }
        }
        if self.sample <= now {
            self.sample = now + SAMPLED_EVERY;
            self.sample_lags(now);
        }
    }

    /// Hears whether a writer's write has ended.
    fn hear(&mut self, place: usize) {
        let Some((write, begun)) = self.writers[place].begun else { return };
        let outcome = match self.lab.outcome(begun) {
            Told::Open => return,
            Told::Written { .. } => Outcome::Acknowledged(self.lab.now()),
            Told::Refused(_) => Outcome::Refused,
            _ => Outcome::Unknown,
        };
        self.acknowledged += u32::from(matches!(outcome, Outcome::Acknowledged(_)));
        self.record.writes[write].outcome = outcome;
        self.writers[place].begun = None;
    }

    fn sample_lags(&mut self, at: Time) {
        let leads = self.lab.leader().map(str::to_owned);
        for server in SERVERS.iter().filter(|server| leads.as_deref() != Some(**server)) {
            let reading = self.lab.lag(server).expect("the server is there").reading;
            let lag = match reading {
                LagReading::Lag(seconds) => Time::us((seconds * 1e6) as u64),
                LagReading::NoTraffic => Time::ZERO,
                LagReading::Down => continue,
            };
            self.record.lags.push(Lag { at, server: (*server).into(), lag });
        }
    }

    fn pass_until(&mut self, end: Time) {
        while self.lab.now() < end && !self.is_over() {
            self.tick();
        }
    }

    fn wait(&mut self, until: Until, deadline: Time) -> bool {
        let before = self.acknowledged;
        loop {
            let so = match until {
                Until::Acknowledged(more) => self.acknowledged - before >= more,
                Until::CaughtUp => self.has_caught_up(),
            };
            if so || self.lab.now() >= deadline || self.is_over() {
                return so;
            }
            self.tick();
        }
    }

    fn is_up(&self, server: &str) -> bool {
        self.lab.is_running(server).expect("the server is there")
    }

    fn has_caught_up(&self) -> bool {
        let Some(leader) = self.lab.leader() else { return false };
        let server = |name: &str| self.lab.server(name).expect("the server is there");
        let end = server(leader).received().lsn;
        let applied = |name: &&str| !self.is_up(name) || server(name).confirmed().applied >= end;
        self.writers.iter().all(|writer| writer.begun.is_none()) && SERVERS.iter().all(applied)
    }

    /// Lets a fault strike. Says whether that changed anything.
    fn strike(&mut self, fault: &Fault) -> bool {
        if self.of.toothless {
            return false;
        }
        let changes = match fault {
            Fault::Crash(id) => self.is_up(SERVERS[id.index()]),
            Fault::Restart(id) => !self.is_up(SERVERS[id.index()]),
            Fault::Heal => {
                let isolated = |done: &Done| matches!(done.step, Step::Isolate(_));
                let healed = |done: &Done| done.step == Step::Heal;
                let last = self.record.steps.iter().rev().find(|done| isolated(done) || healed(done));
                last.is_some_and(isolated)
            }
            _ => true,
        };
        changes && self.lab.strike(fault.clone()).is_ok()
    }

    fn isolate(&mut self, server: Server) -> bool {
        let alone = id(server);
        let others = (0..SERVERS.len() as u16).map(NodeId).filter(|other| *other != alone);
        let observers = match self.of.watched_from_afar {
            true => (1..=self.lab.settings().failover.observers).map(|number| format!("o{number}")).collect(),
            false => Vec::new(),
        };
        let observers = observers.iter().map(|name| self.lab.id(name).expect("the observer is there"));
        let others = others.chain(observers).collect();
        self.strike(&Fault::Partition(vec![alone], others))
    }

    fn try_every_server(&mut self, step: usize) {
        let deadline = self.lab.now() + PATIENCE + TICK + TICK;
        let mut open = Vec::new();
        for (place, server) in SERVERS.iter().enumerate() {
            let request = self.request();
            let by = client(self.writers.len() + place);
            let begun = self.lab.begin_at_server(&by, server, request).expect("both are there");
            open.push((*server, self.values, begun));
        }
        let is_open =
            |lab: &LeaderFollower| open.iter().any(|(_, _, begun)| *lab.outcome(*begun) == Told::Open);
        while is_open(&self.lab) && self.lab.now() < deadline {
            self.tick();
        }
        for (server, value, begun) in open {
            let acknowledged = matches!(self.lab.outcome(begun), Told::Written { .. });
            self.record.tries.push(Try { step, server: server.into(), value, acknowledged });
        }
    }

    fn end(mut self) -> (Record, Trace) {
        self.record.accepted = self.lab.accepted();
        self.record.leads = self.lab.leader().map(str::to_owned);
        for server in SERVERS.iter() {
            if !self.is_up(server) {
                continue;
            }
            let rows = &self.lab.server(server).expect("the server is there").table().rows;
            let values = rows.values().filter_map(|value| value.parse().ok()).collect();
            self.record.readable.insert((*server).into(), values);
        }
        let trace = self.digest.trace(&self.lab, &self.record);
        (self.record, trace)
    }
}

pub(super) fn id(server: Server) -> NodeId {
    match server {
        Server::Leader => NodeId(0),
        Server::Follower => NodeId(1),
    }
}
