//! E9.4 — A replication stream: a log, a leader that sends it, followers that apply it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};

pub use replication_lab::log::Position;
pub use replication_lab::time::Time;
pub use replication_lab::trace::NodeId;

use crate::attack::asked;
use crate::exercise::Answer;

mod attack;
mod harness;
mod nodes;
mod scenarios;

/// What a server holds.
pub type Data = BTreeMap<String, String>;

/// What an entry of the log changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A leader begins its epoch. It changes no data; it is there so that the epoch has a first position, and nobody
    /// takes the end of the old log for the end of the new one. (Raft has a leader commit such an entry too;
    /// PostgreSQL writes an end-of-recovery record on the new timeline.)
    Begin,
    /// A key gets a value.
    Put(String, String),
    /// A key and its value go.
    Delete(String),
}

impl Change {
    /// What it takes of the log, in bytes: 16 for the entry, and its text.
    pub fn bytes(&self) -> u64 {
        let text = match self {
            Self::Begin => 0,
            Self::Put(key, value) => key.len() + value.len(),
            Self::Delete(key) => key.len(),
        };
        16 + text as u64
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin => f.write_str("begin"),
            Self::Put(key, value) => write!(f, "{key} = {value}"),
            Self::Delete(key) => write!(f, "delete {key}"),
        }
    }
}

/// The end of an entry in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The entry's position. Numbers go on across epochs: behind 7 of epoch 1 comes 8 of epoch 2.
    pub at: Position,
    /// How many bytes the log has from its beginning up to here, this entry included.
    pub bytes: u64,
    /// When the leader wrote it.
    pub written: Time,
}

thread_local! {
    /// How often this thread asked an entry for its mark.
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

fn looks() -> u64 {
    LOOKS.get()
}

/// An entry of the log. Its content can't be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    after: Position,
    mark: Mark,
    change: Change,
}

impl Entry {
    /// The entry of `epoch` that comes directly behind `end`.
    pub fn behind(end: Mark, epoch: u64, change: Change, written: Time) -> Self {
        let mark =
            Mark { at: Position::new(epoch, end.at.lsn + 1), bytes: end.bytes + change.bytes(), written };
        Self { after: end.at, mark, change }
    }

    /// The position of the entry before it. Whoever applies this one must hold exactly that.
    pub fn after(&self) -> Position {
        LOOKS.set(LOOKS.get() + 1);
        self.after
    }

    /// Its end in the log.
    pub fn mark(&self) -> Mark {
        LOOKS.set(LOOKS.get() + 1);
        self.mark
    }

    /// Its position.
    pub fn at(&self) -> Position {
        self.mark().at
    }

    /// What it changes.
    pub fn change(&self) -> &Change {
        &self.change
    }
}

/// A copy of the data at one position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// It shows all entries up to this one, and none after it.
    pub mark: Mark,
    /// The data.
    pub data: Data,
}

/// What a leader says of itself in every message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its epoch.
    pub epoch: u64,
    /// Where its log ends.
    pub end: Mark,
    /// When it says so, by its clock.
    pub now: Time,
}

/// What a leader has for a follower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing but the tip: a sign of life.
    Heartbeat,
    /// Entries, in the order of the log, at most [`Settings::batch`].
    Entries(Vec<Entry>),
    /// A copy of everything.
    Snapshot(Snapshot),
}

/// A message of a leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its epoch, the end of its log, its time.
    pub tip: Tip,
    /// The rest.
    pub body: Body,
}

/// What a follower tells its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The highest epoch that it knows.
    pub epoch: u64,
    /// The last entry that it has *applied*.
    pub applied: Position,
    /// It lacks what follows this position, and asks for it.
    pub wants: Option<Position>,
}

/// How far a follower is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// In entries, behind the furthest end that the leader told.
    pub entries: u64,
    /// In bytes of the log, behind the same.
    pub bytes: u64,
    /// In time: how old what it shows may be. Now, less the latest moment of which it is known that the leader's data
    /// was just this. There are two such moments: when the last applied entry was written, and when the leader said
    /// that its log ends there (or before).
    pub time: Time,
}

/// The log from there on is not here: it begins later, or it is the log of another history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotInLog;

/// Somebody else leads a later epoch: this write was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposed {
    /// That epoch.
    pub by: u64,
}

/// Limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// So many entries a leader's log keeps: the last ones.
    pub keep: usize,
    /// So many entries go into one message at most.
    pub batch: usize,
    /// So many entries wait at a follower at most.
    pub room: usize,
}

/// The leader's machine: its disk and its network.
pub trait Machine {
    /// Puts an entry on the disk, behind those that are there. What is sent from now on leaves when it is safe.
    fn append(&mut self, entry: &Entry);

    /// Sends a message. It may be lost, be late, or come twice.
    fn send(&mut self, to: NodeId, message: Message);
}

/// The log in a leader's memory. The learner writes it first.
pub trait ReplicationLog: Debug + Sized {
    /// An empty log behind `base`, of which the last `keep` entries will stay.
    fn new(base: Mark, keep: usize) -> Self;

    /// Appends an entry and returns it. If there are more than `keep` now, the oldest goes.
    fn append(&mut self, epoch: u64, change: Change, written: Time) -> Entry;

    /// Where it ends: the last entry, or the base.
    fn end(&self) -> Mark;

    /// The entries that follow a position, oldest first, at most `most`. It looks at few more entries than it
    /// returns, however long the log is.
    ///
    /// # Errors
    /// When the entry after that position is not kept any more, or the position is not one of this log's: another
    /// entry has that number here, or none has yet.
    fn entries_since(&self, after: Position, most: usize) -> Result<Vec<Entry>, NotInLog>;
}

/// The server that writes. The learner writes it second.
pub trait Leader: Debug + Sized {
    /// Begins to lead `epoch`, or goes on to lead it after a restart, with what is on the disk: a snapshot, and all
    /// entries behind it. If the last of these is of an earlier epoch, the first thing to write is [`Change::Begin`].
    fn start(
        epoch: u64,
        snapshot: Snapshot,
        entries: &[Entry],
        followers: &[NodeId],
        settings: Settings,
        now: Time,
        machine: &mut dyn Machine,
    ) -> Self;

    /// Makes a change: into the log, onto the disk, into the data, and to each follower.
    ///
    /// # Errors
    /// When it has heard of a later epoch. Then nothing changes, and nothing is sent, now or later.
    fn write(&mut self, change: Change, now: Time, machine: &mut dyn Machine) -> Result<Position, Deposed>;

    /// What it holds.
    fn read(&self, key: &str) -> Option<String>;

    /// A follower reports. One that was unknown is a follower from now on. Who wants entries gets them, one message
    /// at a time; if the log does not have them, a snapshot.
    fn receive(&mut self, from: NodeId, status: Status, now: Time, machine: &mut dyn Machine);

    /// Is called once a second. Each follower gets a heartbeat: a follower can't know what it never heard of.
    fn tick(&mut self, now: Time, machine: &mut dyn Machine);

    /// The furthest position that at least so many followers have applied, as they told it since this leader started;
    /// [`Position::default`] if there is none. A client that must not lose its write waits until this reaches it.
    fn replicated(&self, copies: usize) -> Position;
}

/// A server that follows. The learner writes it last.
pub trait Follower: Debug + Sized {
    /// Starts from what is on its disk: the highest epoch that it ever knew, and what it had applied. `room`: see
    /// [`Settings::room`].
    fn start(epoch: u64, snapshot: Snapshot, room: usize) -> Self;

    /// A message comes. Of an epoch that is over, it changes nothing. Entries wait until they are applied: of those
    /// that are not applied yet the *lowest*, as many as there is room for. A snapshot replaces everything, if it is
    /// further than what is applied. Answers with its status, whatever came: if the leader's log is known to go on
    /// behind the last entry that it has without a gap, and not all of the room is taken by entries up to that one,
    /// it `wants` what follows that one.
    fn receive(&mut self, message: Message) -> Status;

    /// Applies at most so many of the entries that wait, in the order of the log and without gaps. The status
    /// afterwards.
    fn apply_pending(&mut self, most: usize) -> Status;

    /// What it holds: what is applied and nothing else.
    fn read(&self, key: &str) -> Option<String>;

    /// How far it is behind.
    fn lag_behind(&self, now: Time) -> Lag;

    /// A copy of what it has applied. (When it crashes, this is what is on its disk; what waits is gone.)
    fn snapshot(&self) -> Snapshot;
}

/// Wraps a learner's log, leader and follower.
pub fn answer<G, L, F>() -> Answer
where
    G: ReplicationLog + 'static,
    L: Leader + 'static,
    F: Follower + 'static,
{
    Answer::new("E9.4", |task, notes| match asked(task) {
        Some(asked) => attack::play::<G, L, F>(&asked, notes),
        None => scenarios::drive::<G, L, F>(task, notes),
    })
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;
