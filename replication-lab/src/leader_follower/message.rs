//! What the nodes say to one another, and to the world outside.

use std::fmt;

use super::entry::{Entry, OpId, Table};
use super::rule::Blocked;
use crate::log::Position;
use crate::time::Time;
use crate::trace::NodeId;

/// What a client asks of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Set a key.
    Put(String, String),
    /// Insert a row; the leader issues its id.
    Insert(String),
    /// Remove every row.
    DeleteAll,
    /// Look a key up.
    Get(String),
    /// Look a key up in a state that holds a position.
    GetAt {
        /// The key.
        key: String,
        /// The position.
        at_least: Position,
        /// And one of an older epoch, of which nobody knows yet whether a failover lost it.
        older: Option<Position>,
        /// How long the server may let the read wait for it.
        wait: Time,
    },
}

impl Request {
    /// Whether it changes anything.
    pub fn is_write(&self) -> bool {
        !matches!(self, Request::Get(_) | Request::GetAt { .. })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Put(key, value) => write!(f, "put {key}={value}"),
            Request::Insert(row) => write!(f, "insert {row}"),
            Request::DeleteAll => f.write_str("DELETE all"),
            Request::Get(key) => write!(f, "get {key}"),
            Request::GetAt { key, at_least, .. } => write!(f, "get {key}, not before {at_least}"),
        }
    }
}

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The write is committed, as the rule and the level in force define it.
    Written {
        /// Its place in the log.
        position: Position,
        /// The id that the row got, for an insert.
        id: Option<String>,
    },
    /// What the key has here.
    Value {
        /// The value; nothing if there is none.
        value: Option<String>,
        /// The last entry that is applied here.
        applied: Position,
    },
    /// The read's position is not applied here yet: what is.
    NotYet(Position),
    /// A position that the read carries was lost in a failover.
    Lost {
        /// Which.
        wanted: Position,
        /// The last entry before it that was kept.
        kept: Position,
    },
    /// The read's position is beyond the end of its own epoch's log: the end.
    Ahead(Position),
    /// This server does not lead.
    NotLeader,
    /// It refuses, and why.
    Refused(&'static str),
}

/// A message between two nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A client asks.
    Request(OpId, Request),
    /// A server answers.
    Reply(OpId, Reply),
    /// A follower asks for everything after this position (PostgreSQL: `START_REPLICATION`). It gives its standby name.
    Follow(Position, String),
    /// Entries of the log, and what stands before them. Without entries it is a sign of life.
    Entries {
        /// The sender's epoch.
        epoch: u64,
        /// The position of the entry before the first.
        after: Position,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// How far a follower is.
    Confirm(Confirmed),
    /// There is no connection from this follower, or no longer: it must ask to follow again.
    Reset,
    /// What a follower asks for is no longer kept: the first entry that is.
    LogGone(u64),
    /// A follower has entries that this log doesn't have: it must cut its log back to this one first.
    Rewind(u64),
    /// A follower-to-be asks for a consistent copy; with a slot, the log after it is kept for it.
    CopyAll(bool),
    /// The copy: the table, the position that it shows, and the history of epochs.
    Copy(Box<Table>, Position, Vec<(u64, u64)>),
    /// A follower-to-be copies live files one after the other: this part, of so many.
    CopyPart(u32, u32),
    /// A part of the files as it is just now, and the position of the log just now.
    Part(u32, Box<Table>, Position),
    /// A server tells an observer how it is.
    Heartbeat(Health),
    /// An observer has heard the leader's heartbeat that was sent at this time by the leader's clock.
    Heard(u64, Time),
    /// An observer wants to carry out the failover to this epoch.
    Claim(u64),
    /// Another observer agrees.
    Agree(u64),
    /// Become the leader of this epoch.
    Promote(u64),
    /// This one leads now, in this epoch: follow it.
    Repoint(NodeId, u64),
    /// A client, or another observer, learns where to write.
    Endpoint(NodeId, u64),
    /// An application stores a row in a store of its own, under the row's id, with the epoch of the answer.
    Store(String, String, u64),
}

/// How far a follower is: the last entry that it has written, flushed, and applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Confirmed {
    /// In its operating system's cache.
    pub written: u64,
    /// On its disk.
    pub flushed: u64,
    /// In its table.
    pub applied: u64,
}

/// What a server tells of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it leads.
    pub leads: bool,
    /// Its epoch.
    pub epoch: u64,
    /// Whom it follows.
    pub upstream: Option<NodeId>,
    /// The last entry that it has received.
    pub received: Position,
    /// When it was sent, by its own clock.
    pub sent: Time,
    /// How long it had to wait for the server's processor.
    pub waited: Time,
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(_, request) => write!(f, "{request}"),
            Self::Reply(_, Reply::Written { position, id: None }) => write!(f, "OK {position}"),
            Self::Reply(_, Reply::Written { position, id: Some(id) }) => write!(f, "OK {position}, id {id}"),
            Self::Reply(_, Reply::Value { value, .. }) => f.write_str(value.as_deref().unwrap_or("nothing")),
            Self::Reply(_, Reply::NotYet(applied)) => write!(f, "not yet: applied {applied}"),
            Self::Reply(_, Reply::Lost { wanted, kept }) => {
                write!(f, "{wanted} is lost: the log goes on after {kept}")
            }
            Self::Reply(_, Reply::Ahead(end)) => write!(f, "ahead: the log ends at {end}"),
            Self::Reply(_, Reply::NotLeader) => f.write_str("not the leader"),
            Self::Reply(_, Reply::Refused(why)) => write!(f, "refused: {why}"),
            Self::Follow(after, _) => write!(f, "follow after {after}"),
            Self::Entries { entries, .. } => match (entries.first(), entries.last()) {
                (Some(first), Some(last)) if first.position != last.position => {
                    write!(f, "WAL {}–{}", first.position.lsn, last.position)
                }
                (Some(one), _) => write!(f, "WAL {} {}", one.position, one.change),
                _ => f.write_str("keep-alive"),
            },
            Self::Confirm(Confirmed { written, flushed, applied }) => {
                match written == flushed && flushed == applied {
                    true => write!(f, "ACK {applied}"),
                    false => write!(f, "ACK w{written} f{flushed} a{applied}"),
                }
            }
            Self::Reset => f.write_str("connection reset"),
            Self::LogGone(first) => write!(f, "gone: log starts at {first}"),
            Self::Rewind(to) => write!(f, "rewind to {to}"),
            Self::CopyAll(slot) => f.write_str(if *slot { "copy, and a slot" } else { "copy" }),
            Self::Copy(_, at, _) => write!(f, "the copy as of {at}"),
            Self::CopyPart(part, of) => write!(f, "file {} of {of}", part + 1),
            Self::Part(part, _, at) => write!(f, "file {} at {at}", part + 1),
            Self::Heartbeat(health) => {
                write!(f, "{} at {}", if health.leads { "leader" } else { "alive" }, health.received)
            }
            Self::Heard(epoch, _) => write!(f, "heard, epoch {epoch}"),
            Self::Claim(epoch) => write!(f, "failover to epoch {epoch}?"),
            Self::Agree(epoch) => write!(f, "agreed, epoch {epoch}"),
            Self::Promote(epoch) => write!(f, "lead epoch {epoch}"),
            Self::Repoint(_, epoch) => write!(f, "follow the leader of {epoch}"),
            Self::Endpoint(_, epoch) => write!(f, "endpoint, epoch {epoch}"),
            Self::Store(id, row, _) => write!(f, "{id}={row}"),
        }
    }
}

/// What a server is asked to do, or does by itself, that takes time of its processor.
#[derive(Clone, Debug, PartialEq)]
pub enum Job {
    /// A client's request.
    Request(OpId, Request),
    /// Applying the next entry.
    Apply,
    /// Telling the observers that it is alive; it has been due since this time.
    Heartbeat(Time),
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq)]
pub enum Timer {
    /// A server has written its log up to this entry to its disk.
    Flushed(u64),
    /// A server writes what lies in its memory to its disk.
    WriteLog,
    /// A server sends its log up to this entry to a follower.
    Ship(NodeId, u64),
    /// A server sends signs of life, looks who is silent, and forgets log that nobody needs.
    Tick,
    /// A server has finished a piece of work.
    Done(Job),
    /// A server has waited long enough for its followers (MySQL: `rpl_semi_sync_source_timeout`).
    FallBack(u64),
    /// A server has become leader of this epoch.
    Promoted(u64),
    /// An observer looks whether the leader is alive, and goes on with a failover.
    Check,
    /// An observer's fence device has done its work.
    Fenced(u64),
    /// An observer's clients learn of the new leader.
    Publish(u64),
    /// A client's operation has waited long enough: its number, and the number of the attempt.
    GiveUp(u64, u32),
    /// A read has waited long enough for its position.
    StopWaiting(OpId),
    /// A client writes by itself: the next write is due, if this load is still in force.
    NextWrite(u32),
    /// A client reads by itself: the next read is due, if this load is still in force.
    NextRead(u32),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flushed(lsn) => write!(f, "flushed up to {lsn}"),
            Self::WriteLog => f.write_str("write the log"),
            Self::Ship(_, lsn) => write!(f, "send up to {lsn}"),
            Self::Tick => f.write_str("tick"),
            Self::Done(Job::Request(_, request)) => write!(f, "{request}: done"),
            Self::Done(Job::Apply) => f.write_str("entry replayed"),
            Self::Done(Job::Heartbeat(_)) => f.write_str("heartbeat"),
            Self::FallBack(_) => f.write_str("waited too long"),
            Self::Promoted(epoch) => write!(f, "promoted to epoch {epoch}"),
            Self::Check => f.write_str("check"),
            Self::Fenced(_) => f.write_str("fenced"),
            Self::Publish(_) => f.write_str("publish the endpoint"),
            Self::GiveUp(..) => f.write_str("time-out"),
            Self::StopWaiting(_) => f.write_str("a read has waited long enough"),
            Self::NextWrite(_) => f.write_str("next write"),
            Self::NextRead(_) => f.write_str("next read"),
        }
    }
}

/// What a node tells the world outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// A client began an operation.
    Began(u64, Request),
    /// A client's operation ended: its number, the number with which it was asked last, and how.
    Ended(u64, u64, super::Outcome),
    /// A server accepted a write as leader: its place, for whom, and the id that it issued.
    Accepted(Position, OpId, Option<String>),
    /// A server lets a read wait for its position.
    ReadWaits(OpId),
    /// A server leads from now on, in this epoch.
    Leads(u64),
    /// A server no longer leads, and why.
    StepsDown(&'static str),
    /// A server cut these entries off its log: nobody else has them.
    Discarded(Vec<Entry>),
    /// Commits wait for followers that are not there; nothing: not any longer.
    Waits(Option<Blocked>),
    /// A follower cannot follow: the log that it needs is gone.
    CannotFollow(u64),
    /// An observer holds the leader of this epoch for dead.
    Suspects(u64),
    /// An observer finds nobody to promote, and why.
    Alert(String),
    /// An observer has the old leader cut off.
    Fence(NodeId),
    /// An observer promotes a server, in this epoch, instead of another.
    Promotes(NodeId, u64, NodeId),
    /// An observer has told everybody of the new leader.
    Published(NodeId, u64),
    /// A store outside took a row in, or refused it: id, row, epoch, whether it was taken.
    Stored(String, String, u64, bool),
}
