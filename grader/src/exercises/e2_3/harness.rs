//! Three databases, the storage server on which they keep their logs, and a client, in the lab's world.

use std::error::Error;
use std::fmt;

use replication_lab::history::epochs::Accepted;
use replication_lab::network::{Latency, Link};
use replication_lab::time::Time;
use replication_lab::world::{DiskSettings, Effects, Node, Plan, World};

use super::{Disk, Kept, NodeId, Position, Record, Refused, Storage, Write};
use crate::exercise::Recorder;

pub(super) const L: NodeId = NodeId(0);
pub(super) const F1: NodeId = NodeId(1);
pub(super) const F2: NodeId = NodeId(2);
pub(super) const STORAGE: NodeId = NodeId(3);
pub(super) const CLIENT: NodeId = NodeId(4);
const NAMES: [&str; 5] = ["L", "F1", "F2", "storage", "c1"];

/// Ten writes a second.
const BETWEEN_WRITES: Time = Time::ms(100);
/// How long the client waits for an answer before it asks again. Its unanswered requests wait where they are.
const PATIENCE: Time = Time::s(10);

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

/// What the storage said of a write, as text.
pub(super) fn shown(said: &Result<Kept, Refused>) -> String {
    match said {
        Ok(Kept::New) => "kept".into(),
        Ok(Kept::Before) => "was kept before".into(),
        Err(refused) => refusal(refused),
    }
}

/// What the storage said of an epoch that was to be opened.
pub(super) fn shown_opening(said: &Result<(), Refused>) -> String {
    match said {
        Ok(()) => "opened".into(),
        Err(refused) => refusal(refused),
    }
}

fn refusal(refused: &Refused) -> String {
    match refused {
        Refused::Stale { epoch, highest } => {
            format!("refused: epoch {epoch} is over, {highest} has been seen")
        }
        Refused::Taken { epoch, by } => format!("refused: epoch {epoch} is {}'s", name(*by)),
    }
}

/// What the nodes send.
#[derive(Clone, Debug)]
pub(super) enum Message {
    Please(u64),
    Done(u64),
    NoLeader(u64),
    Open(u64),
    Opening(u64, Result<(), Refused>),
    Write(Position),
    Writing(Position, Result<Kept, Refused>),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Please(number) => write!(f, "request {number}"),
            Self::Done(number) => write!(f, "request {number} is done"),
            Self::NoLeader(number) => write!(f, "request {number}: I don't lead"),
            Self::Open(epoch) => write!(f, "open epoch {epoch}"),
            Self::Opening(epoch, said) => write!(f, "epoch {epoch}: {}", shown_opening(said)),
            Self::Write(at) => write!(f, "write {at}"),
            Self::Writing(at, said) => write!(f, "{at}: {}", shown(said)),
        }
    }
}

/// What a node is woken for.
#[derive(Clone, Debug)]
pub(super) enum Timer {
    Next,
    GiveUp(u64),
    // What is to be said when everything is on the disk.
    OnDisk(NodeId, Message),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Next => f.write_str("next request"),
            Self::GiveUp(number) => write!(f, "request {number} has waited long enough"),
            Self::OnDisk(..) => f.write_str("on disk"),
        }
    }
}

/// What the nodes tell the harness.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// The storage has kept a write that is new.
    Kept(Write),
    /// A database has heard this from the storage.
    Heard(String),
}

/// A database: a leader that keeps its log on the storage, or none.
#[derive(Clone, Debug, Default)]
pub(super) struct Database {
    // In which epoch it believes to lead.
    leads: Option<u64>,
    last: u64,
    // Requests whose writes are under way.
    waiting: Vec<(Position, NodeId, u64)>,
}

/// A client that asks one database, ten times a second as long as it is answered.
#[derive(Clone, Debug, Default)]
pub(super) struct Client {
    asks: Option<NodeId>,
    request: u64,
    open: bool,
}

/// A node of this world.
#[derive(Debug)]
pub(super) enum Member<S> {
    Database(Database),
    // Nothing while it is down.
    Storage(Option<S>),
    Client(Client),
}

/// The storage's disk while a request is handled.
struct OnDisk<'a, 'b, S: Storage + 'static> {
    effects: &'a mut Effects<'b, Member<S>>,
    written: bool,
}

impl<S: Storage + 'static> Disk for OnDisk<'_, '_, S> {
    fn append(&mut self, record: Record) {
        // The disk has no limit.
        let _ = self.effects.append(record);
        self.written = true;
    }
}

impl<S: Storage + 'static> Node for Member<S> {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Output = Told;

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        match self {
            Member::Storage(storage) => {
                let records: Vec<Record> = effects.disk().trusted().copied().collect();
                *storage = Some(S::start(&records));
            }
            Member::Client(client) => client.ask(effects),
            Member::Database(_) => {}
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match self {
            Member::Database(database) => database.message(from, message, effects),
            Member::Storage(Some(storage)) => serve(storage, from, message, effects),
            Member::Client(client) => client.message(message, effects),
            Member::Storage(None) => {}
        }
    }

    fn timer(&mut self, timer: Timer, effects: &mut Effects<'_, Self>) {
        match (self, timer) {
            (Member::Client(client), Timer::Next) => client.ask(effects),
            (Member::Client(client), Timer::GiveUp(number)) if client.open && client.request == number => {
                client.ask(effects);
            }
            (Member::Storage(_), Timer::OnDisk(to, message)) => effects.send(to, message),
            _ => {}
        }
    }

    fn crash(&mut self) {
        match self {
            Member::Storage(storage) => *storage = None,
            Member::Database(database) => *database = Database::default(),
            Member::Client(_) => {}
        }
    }
}

/// Lets a learner's storage answer; the answer leaves when what it wrote is on the disk.
fn serve<S: Storage + 'static>(
    storage: &mut S,
    from: NodeId,
    message: Message,
    effects: &mut Effects<'_, Member<S>>,
) {
    let mut disk = OnDisk { effects, written: false };
    let (reply, kept) = match message {
        Message::Open(epoch) => (Message::Opening(epoch, storage.open(epoch, from, &mut disk)), None),
        Message::Write(at) => {
            let write = Write { writer: from, at };
            let said = storage.write(write, &mut disk);
            (Message::Writing(at, said), matches!(said, Ok(Kept::New)).then_some(write))
        }
        _ => return,
    };
    let written = disk.written;
    if let Some(write) = kept {
        effects.output(Told::Kept(write));
    }
    match written {
        true => effects.sync(Timer::OnDisk(from, reply)),
        false => effects.send(from, reply),
    }
}

impl Database {
    fn message<S: Storage + 'static>(
        &mut self,
        from: NodeId,
        message: Message,
        effects: &mut Effects<'_, Member<S>>,
    ) {
        match (message, self.leads) {
            (Message::Please(number), Some(epoch)) => {
                self.last += 1;
                let at = Position::new(epoch, self.last);
                self.waiting.push((at, from, number));
                effects.send(STORAGE, Message::Write(at));
            }
            (Message::Please(number), None) => effects.send(from, Message::NoLeader(number)),
            (Message::Opening(epoch, said), _) => {
                effects.output(Told::Heard(shown_opening(&said)));
                match said {
                    Ok(()) => self.leads = Some(epoch),
                    Err(_) => effects.note(|| "steps back".into()),
                }
            }
            (Message::Writing(at, said), leads) => {
                // What it hears when all goes well is of no interest.
                if said.is_err() || at.epoch == 1 {
                    effects.output(Told::Heard(format!("{at}: {}", shown(&said))));
                }
                if said.is_err() && leads.is_some() {
                    self.leads = None;
                    effects.note(|| "steps down".into());
                }
                for (_, client, number) in self.waiting.extract_if(.., |(waiting, ..)| *waiting == at) {
                    effects.send(
                        client,
                        match said {
                            Ok(_) => Message::Done(number),
                            Err(_) => Message::NoLeader(number),
                        },
                    );
                }
            }
            _ => {}
        }
    }
}

impl Client {
    fn ask<S: Storage + 'static>(&mut self, effects: &mut Effects<'_, Member<S>>) {
        let Some(database) = self.asks else { return };
        self.request += 1;
        self.open = true;
        effects.send(database, Message::Please(self.request));
        effects.after_in_background(PATIENCE, Timer::GiveUp(self.request));
    }

    fn message<S: Storage + 'static>(&mut self, message: Message, effects: &mut Effects<'_, Member<S>>) {
        match message {
            Message::Done(number) if self.open && number == self.request => {
                self.open = false;
                effects.after_in_background(BETWEEN_WRITES, Timer::Next);
            }
            // It waits until somebody tells it where to ask.
            Message::NoLeader(number) if number == self.request => self.open = false,
            _ => {}
        }
    }
}

/// The worked example of chapter 2 on a stage: L leads in epoch 1, has kept 4991 to 5000, and stands still from the
/// beginning. F1 is at 4990, F2 at 4970.
pub(super) struct Stage<'a, S: Storage + 'static> {
    world: World<Member<S>>,
    kept: Vec<(Time, Write)>,
    heard: Vec<(NodeId, String)>,
    notes: &'a Recorder,
}

impl<'a, S: Storage + 'static> Stage<'a, S> {
    /// The stage, and what goes wrong on it besides: one fault a line.
    ///
    /// # Errors
    /// When a fault can't be carried out.
    pub(super) fn new(seed: u64, faults: &str, notes: &'a Recorder) -> Result<Self, Box<dyn Error>> {
        let database = |last, leads| Member::Database(Database { leads, last, waiting: Vec::new() });
        let members = [
            database(5_000, Some(1)),
            database(4_990, None),
            database(4_970, None),
            Member::Storage(None),
            Member::Client(Client { asks: Some(L), ..Client::default() }),
        ];
        let nodes = NAMES.iter().map(|name| (*name).to_owned()).zip(members).collect();
        let link = Link::new(Latency::Constant(Time::ms(1)));
        let mut world = World::new(seed, nodes, link, true)?;
        let disk = DiskSettings { sync: Latency::Constant(Time::us(100)), ..DiskSettings::default() };
        world.set_disk(STORAGE, disk)?;
        world.plan(&Plan::parse(&format!("0 ms  L pauses\n{faults}"), &NAMES)?)?;
        let mut stage = Self { world, kept: Vec::new(), heard: Vec::new(), notes };
        stage.world.act(STORAGE, |storage, effects| {
            let mut disk = OnDisk { effects, written: false };
            disk.append(Record::Opened { epoch: 1, leader: L });
            for lsn in 4_991..=5_000 {
                disk.append(Record::Written(Write { writer: L, at: Position::new(1, lsn) }));
            }
            let records: Vec<Record> = disk.effects.disk().trusted().copied().collect();
            *storage = Member::Storage(Some(S::start(&records)));
            disk.effects.sync(Timer::Next);
        });
        Ok(stage)
    }

    /// Lets time pass, and marks in the run where a step begins.
    pub(super) fn at(&mut self, at: Time, what: &str) {
        self.world.run_until(at);
        self.listen();
        self.heard.clear();
        self.begin(what);
    }

    fn begin(&mut self, what: &str) {
        self.world.act(CLIENT, |_, effects| effects.note(|| format!("begins: {what}")));
    }

    /// Lets time pass until a step is over, and notes what a database heard from the storage meanwhile.
    pub(super) fn until(&mut self, end: Time, what: &str, database: NodeId) {
        self.world.run_until(end);
        self.listen();
        let heard = self.heard.iter().filter(|(node, _)| *node == database);
        let heard: Vec<&str> = heard.map(|(_, text)| text.as_str()).collect();
        self.notes.step(what, heard);
        self.keep();
    }

    /// A database takes an epoch that it was given by whoever promotes it.
    pub(super) fn promote(&mut self, database: NodeId, epoch: u64) {
        self.world.act(database, |_, effects| effects.send(STORAGE, Message::Open(epoch)));
    }

    /// From a time on the client asks this database.
    pub(super) fn publish(&mut self, at: Time, leader: NodeId) {
        self.world.run_until(at);
        self.world.act(CLIENT, |member, effects| {
            if let Member::Client(client) = member {
                client.asks = Some(leader);
                client.ask(effects);
            }
        });
    }

    /// Notes which writes were kept, in the order of time, as runs of one writer in one epoch.
    pub(super) fn runs(&mut self, what: &str) {
        self.listen();
        self.begin(what);
        let mut lines = Vec::new();
        for run in self.kept.chunk_by(same_run) {
            let (first, last) = (run[0].1, run[run.len() - 1].1);
            let (who, epoch) = (name(first.writer), first.at.epoch);
            lines.push(format!("{who}: {}–{} of epoch {epoch}", first.at.lsn, last.at.lsn));
        }
        self.notes.step(what, lines);
    }

    /// Notes how many writes of an epoch were kept since a time, and, for the judge, the first and the last of every
    /// run.
    pub(super) fn verdicts(&mut self, epoch: u64, since: Time, what: &str) {
        self.listen();
        let late = self.kept.iter().filter(|(at, write)| write.at.epoch == epoch && *at >= since).count();
        self.notes.step(what, late);
        let mut ends = Vec::new();
        for run in self.kept.chunk_by(same_run) {
            ends.push(&run[0]);
            if run.len() > 1 {
                ends.push(&run[run.len() - 1]);
            }
        }
        let accepted: Vec<Accepted> = ends
            .into_iter()
            .map(|(at, write)| Accepted {
                node: name(write.writer).to_owned(),
                epoch: write.at.epoch,
                at: *at,
            })
            .collect();
        self.notes.step(super::scenarios::ACCEPTED, accepted);
        self.keep();
    }

    fn listen(&mut self) {
        for (at, node, told) in self.world.take_outputs() {
            match told {
                Told::Kept(write) => self.kept.push((at, write)),
                Told::Heard(text) => self.heard.push((node, text)),
            }
        }
    }

    fn keep(&self) {
        if let Some(trace) = self.world.trace() {
            self.notes.keep_run(trace);
        }
    }
}

fn same_run((_, a): &(Time, Write), (_, b): &(Time, Write)) -> bool {
    a.writer == b.writer && a.at.epoch == b.at.epoch
}
