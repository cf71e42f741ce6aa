//! One group's state on one server, and what a server does in it.
//!
//! | file | what |
//! |---|---|
//! | `elect` | timeouts, votes, terms |
//! | `lead` | a leader's rounds: entries out, answers in, commitment |
//! | `follow` | entries in |
//! | `serve` | what clients ask for |

mod elect;
mod follow;
mod lead;
mod serve;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::command::{Command, Entry};
use super::context::Context;
use super::log::Log;
use super::message::{GroupId, Message, Record, Told};
use super::settings::Settings;
use super::table::Table;
use super::{Position, Term};
use crate::quorum::majority;
use crate::time::Time;
use crate::trace::NodeId;
use lead::Lead;

/// What a server is in a group at present.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It votes and waits; it may know the leader of its term.
    Follower(Option<NodeId>),
    /// It wants to know whether it would be elected, and these would vote for it.
    PreCandidate(BTreeSet<NodeId>),
    /// It wants to lead its term and has these votes.
    Candidate(BTreeSet<NodeId>),
    /// It leads its term.
    Leader,
}

/// A group on a server.
#[derive(Clone, Debug)]
pub struct Group {
    pub(super) settings: Arc<Settings>,
    pub(super) id: GroupId,
    pub(super) me: NodeId,
    // On disk, or on its way there.
    pub(super) term: Term,
    pub(super) vote: Option<NodeId>,
    pub(super) log: Log,
    // The last members in the log, or those that the group began with.
    pub(super) members: Arc<BTreeSet<NodeId>>,
    // In memory only.
    pub(super) role: Role,
    // Counts election timeouts, so that one that was replaced is recognised.
    pub(super) timeouts: u64,
    pub(super) committed: u64,
    pub(super) table: Table,
    // When it last heard from a leader of its term, by its own clock; kept only where it decides about votes.
    pub(super) heard: Option<Time>,
    pub(super) lead: Lead,
}

/// What a server may do while it handles something in a group.
pub(super) type Out<'a, 'w> = Context<'a, 'w>;

impl Group {
    pub(super) fn new(settings: Arc<Settings>, id: GroupId, me: NodeId) -> Self {
        let members = Arc::new(settings.members_of(id));
        let log = settings.log_of(id, me);
        let mut group = Self {
            settings,
            id,
            me,
            term: log.end().term,
            vote: None,
            log,
            members,
            role: Role::Follower(None),
            timeouts: 0,
            committed: 0,
            table: Table::default(),
            heard: None,
            lead: Lead::default(),
        };
        group.find_members();
        group
    }

    /// Its term.
    pub fn term(&self) -> Term {
        self.term
    }

    /// What the server is in it at present.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The end of its log.
    pub fn end(&self) -> Position {
        self.log.end()
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// How many entries it knows to be committed.
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// What the committed entries make.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The voting members, as far as this server knows.
    pub fn members(&self) -> &BTreeSet<NodeId> {
        &self.members
    }

    /// The leader that it knows of: itself, or the one that it follows.
    pub fn leader(&self) -> Option<NodeId> {
        match self.role {
            Role::Leader => Some(self.me),
            Role::Follower(leader) => leader,
            Role::PreCandidate(_) | Role::Candidate(_) => None,
        }
    }

    fn majority(&self) -> usize {
        majority(self.members.len() as u32) as usize
    }

    fn others(&self) -> Vec<NodeId> {
        self.members.iter().copied().filter(|id| *id != self.me).collect()
    }

    /// The group as it was before anything was written to the disk; what was is told by [`recover`](Self::recover).
    pub(super) fn forget(&mut self) {
        let timeouts = self.timeouts;
        *self = Self::new(self.settings.clone(), self.id, self.me);
        self.timeouts = timeouts;
    }

    /// Takes a record from the disk.
    pub(super) fn recover(&mut self, record: &Record) {
        match record {
            Record::Ballot { term, vote, .. } => (self.term, self.vote) = (*term, *vote),
            Record::Entry { index, entry, .. } => {
                self.term = self.term.max(entry.term);
                self.log.put(*index, entry.clone());
                self.find_members();
            }
        }
    }

    fn find_members(&mut self) {
        let last = self.log.entries().iter().rev().find_map(|entry| match &entry.command {
            Command::Members(members) => Some(Arc::new(members.clone())),
            _ => None,
        });
        self.members = last.unwrap_or_else(|| Arc::new(self.settings.members_of(self.id)));
    }

    /// Writes an entry at a place of the log, in memory and to the disk. Says whether there was room.
    fn write(&mut self, index: u64, entry: Entry, out: &mut Out<'_, '_>) -> bool {
        let record = Record::Entry { group: self.id, index, entry: entry.clone() };
        if let Err(full) = out.append(record) {
            out.note(|| full.to_string());
            return false;
        }
        let replaced: Vec<Entry> = self.log.behind(index - 1).to_vec();
        let changes = |entry: &Entry| matches!(entry.command, Command::Members(_));
        let members_change = changes(&entry) || replaced.iter().any(changes);
        self.log.put(index, entry);
        if members_change {
            self.find_members();
        }
        if !replaced.is_empty() {
            out.note(|| {
                let gone: Vec<String> = replaced.iter().map(|entry| entry.command.to_string()).collect();
                format!("rolls back {}", gone.join(", "))
            });
            out.output(Told::RolledBack(replaced));
        }
        true
    }

    /// Changes term and vote, and writes them to disk. Says whether there was room: else nothing has changed, and
    /// the server must act as if it had not heard what made it do so.
    fn save(&mut self, term: Term, vote: Option<NodeId>, out: &mut Out<'_, '_>) -> bool {
        if (term, vote) == (self.term, self.vote) {
            return true;
        }
        if !self.settings.durable {
            (self.term, self.vote) = (term, vote);
            return true;
        }
        match out.append(Record::Ballot { group: self.id, term, vote }) {
            Ok(_) => {
                (self.term, self.vote) = (term, vote);
                true
            }
            Err(full) => {
                out.note(|| full.to_string());
                false
            }
        }
    }

    /// Knows of more committed entries, and applies them.
    fn commit(&mut self, committed: u64) {
        self.committed = self.committed.max(committed.min(self.log.end().index));
        while self.table.applied() < self.committed {
            let next = self.table.applied() + 1;
            let entry = self.log.entry(next).expect("committed entries are in the log").clone();
            self.table.apply(&entry);
        }
    }

    pub(super) fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_, '_>) {
        match message {
            Message::RequestVote { term, log, pre: false } => self.asked_for_vote(from, term, log, out),
            Message::RequestVote { term, log, pre: true } => self.asked_whether(from, term, log, out),
            Message::Vote { term, granted, pre: false } => {
                if self.hear_of(term, out) && granted {
                    self.count_vote(from, term, out);
                }
            }
            Message::Vote { term, granted, pre: true } => self.count_pre_vote(from, term, granted, out),
            Message::Heartbeat { term } => self.heartbeat_came(from, term, out),
            Message::Heard { term } => {
                if self.hear_of(term, out) {
                    self.note_active(from);
                }
            }
            Message::AppendEntries { term, after, entries, committed, round } => {
                self.entries_came(from, (term, round), after, entries, committed, out);
            }
            Message::Appended { term, matched, round } => self.appended(from, term, matched, round, out),
            Message::Ask { id, request } => self.asked(from, id, request, out),
            Message::Reply { .. } => {}
        }
    }
}
