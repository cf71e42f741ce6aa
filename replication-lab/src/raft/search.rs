//! What an exhaustive search needs: states that hash, and the same state with its servers in other places.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::client::Client;
use super::command::{Command, Entry, OpId};
use super::group::{Group, Role};
use super::message::{Envelope, Message, Outcome, Record, Request, Timer};
use super::node::Member;
use super::server::Server;
use crate::explore::Rename;
use crate::trace::NodeId;

/// All but the settings, which servers share.
impl Hash for Group {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.me, self.term, self.vote, &self.log, &self.members, &self.role).hash(state);
        (self.timeouts, self.committed, &self.table, self.heard, &self.lead).hash(state);
    }
}

/// A client is told apart by its jobs and what it waits for; a search has none.
impl Hash for Member {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Server(server) => server.groups.hash(state),
            Self::Client(client) => Client::is_idle(client).hash(state),
        }
    }
}

type To<'a> = &'a dyn Fn(NodeId) -> NodeId;

impl Rename for Member {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::Server(server) => Self::Server(server.rename(to)),
            Self::Client(_) => self.clone(),
        }
    }
}

impl Rename for Server {
    fn rename(&self, to: To<'_>) -> Self {
        let groups = self.groups.rename(to);
        Self { settings: self.settings.clone(), me: to(self.me), groups }
    }
}

impl Rename for Group {
    fn rename(&self, to: To<'_>) -> Self {
        let role = match &self.role {
            Role::Follower(leader) => Role::Follower(leader.rename(to)),
            Role::PreCandidate(votes) => Role::PreCandidate(votes.rename(to)),
            Role::Candidate(votes) => Role::Candidate(votes.rename(to)),
            Role::Leader => Role::Leader,
        };
        let mut renamed = Self { me: to(self.me), vote: self.vote.rename(to), role, ..self.clone() };
        renamed.members = Arc::new(self.members.rename(to));
        let lead = &mut renamed.lead;
        lead.next = self.lead.next.rename(to);
        lead.matched = self.lead.matched.rename(to);
        lead.answered = self.lead.answered.rename(to);
        lead.active = self.lead.active.rename(to);
        renamed
    }
}

impl Rename for Envelope {
    fn rename(&self, to: To<'_>) -> Self {
        Self { group: self.group, message: self.message.rename(to) }
    }
}

impl Rename for Message {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::AppendEntries { term, after, entries, committed, round } => Self::AppendEntries {
                term: *term,
                after: *after,
                entries: entries.rename(to),
                committed: *committed,
                round: *round,
            },
            Self::Ask { id, request } => Self::Ask { id: id.rename(to), request: request.rename(to) },
            Self::Reply { id, outcome } => Self::Reply { id: id.rename(to), outcome: outcome.rename(to) },
            message => message.clone(),
        }
    }
}

impl Rename for OpId {
    fn rename(&self, to: To<'_>) -> Self {
        Self { client: to(self.client), number: self.number }
    }
}

impl Rename for Request {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::Members(group, members) => Self::Members(*group, members.rename(to)),
            request => request.clone(),
        }
    }
}

impl Rename for Outcome {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::NotLeader(leader) => Self::NotLeader(leader.rename(to)),
            outcome => outcome.clone(),
        }
    }
}

impl Rename for Entry {
    fn rename(&self, to: To<'_>) -> Self {
        let command = match &self.command {
            Command::Members(members) => Command::Members(members.rename(to)),
            command => command.clone(),
        };
        Self { term: self.term, command }
    }
}

impl Rename for Timer {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::Saved(id, answer) => Self::Saved(to(*id), answer.rename(to)),
            timer => timer.clone(),
        }
    }
}

impl Rename for Record {
    fn rename(&self, to: To<'_>) -> Self {
        match self {
            Self::Ballot { group, term, vote } => {
                Self::Ballot { group: *group, term: *term, vote: vote.rename(to) }
            }
            Self::Entry { group, index, entry } => {
                Self::Entry { group: *group, index: *index, entry: entry.rename(to) }
            }
        }
    }
}
