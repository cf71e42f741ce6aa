//! One server.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::builder::Settings;
use super::log::Log;
use super::message::{Message, Record, Timer, Told};
use super::{Position, Term};
use crate::quorum::majority;
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// What a server is at present.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It votes and waits; it may know the leader of its term.
    Follower(Option<NodeId>),
    /// It wants to lead its term and has these votes.
    Candidate(BTreeSet<NodeId>),
    /// It leads its term.
    Leader,
}

/// A Raft server.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) settings: Arc<Settings>,
    // On disk, or on its way there: see `save`.
    pub(super) term: Term,
    pub(super) vote: Option<NodeId>,
    pub(super) log: Log,
    // In memory only.
    pub(super) role: Role,
    // Counts election timeouts, so that one that was replaced is recognised.
    pub(super) timeouts: u64,
}

type Out<'a> = Effects<'a, Server>;

impl Server {
    pub(super) fn new(settings: Arc<Settings>, log: Log) -> Self {
        Self { settings, term: log.end().term, vote: None, log, role: Role::Follower(None), timeouts: 0 }
    }

    /// Its term.
    pub fn term(&self) -> Term {
        self.term
    }

    /// What it is at present.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The end of its log.
    pub fn log(&self) -> Position {
        self.log.end()
    }

    /// Changes term and vote, and writes them to disk. Says whether there was room: else nothing has changed, and
    /// the server must act as if it had not heard what made it do so.
    fn save(&mut self, term: Term, vote: Option<NodeId>, out: &mut Out<'_>) -> bool {
        if (term, vote) == (self.term, self.vote) {
            return true;
        }
        if !self.settings.durable {
            (self.term, self.vote) = (term, vote);
            return true;
        }
        match out.append(Record::Ballot { term, vote }) {
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

    /// Sends an answer as soon as what it depends on is on disk.
    fn answer(&self, to: NodeId, message: Message, out: &mut Out<'_>) {
        if out.disk().synced() == out.disk().end() {
            out.send(to, message);
        } else {
            out.sync(Timer::Saved(to, message));
        }
    }

    /// Starts an election timeout; the one before it no longer counts.
    fn await_leader(&mut self, out: &mut Out<'_>) {
        let (shortest, longest) = self.settings.election_timeout;
        let drawn = shortest + Time::us(out.rng().below(longest.since(shortest).as_us() + 1));
        self.timeouts += 1;
        out.after_in_background(drawn, Timer::Election(self.timeouts));
    }

    /// A higher term has begun, without this server: it follows, whoever leads.
    fn step_down(&mut self, out: &mut Out<'_>) {
        let was_leader = self.role == Role::Leader;
        self.role = Role::Follower(None);
        if was_leader {
            out.note(|| format!("leads no longer: term {} has begun", self.term));
            // A leader waits for no other one: it has no timeout that could run on.
            self.await_leader(out);
        }
    }

    /// Takes note of a term that somebody else is in. Says whether the server is in that term now.
    fn hear_of(&mut self, term: Term, out: &mut Out<'_>) -> bool {
        if term > self.term && self.save(term, None, out) {
            self.step_down(out);
        }
        term == self.term
    }

    fn others(&self, out: &Out<'_>) -> impl Iterator<Item = NodeId> + use<> {
        let me = out.me();
        (0..self.settings.servers).map(NodeId).filter(move |id| *id != me)
    }

    fn campaign(&mut self, out: &mut Out<'_>) {
        self.await_leader(out);
        let (term, me) = (self.term + 1, out.me());
        if !self.save(term, Some(me), out) {
            return;
        }
        self.role = Role::Candidate(BTreeSet::new());
        out.note(|| format!("campaigns in term {term}"));
        out.output(Told::Campaigns(term));
        out.sync(Timer::OwnVote(term));
        let log = self.log.end();
        for other in self.others(out) {
            out.send(other, Message::RequestVote { term, log });
        }
    }

    fn asked_for_vote(&mut self, candidate: NodeId, term: Term, log: Position, out: &mut Out<'_>) {
        if term < self.term {
            return self.answer(candidate, Message::Vote { term: self.term, granted: false }, out);
        }
        let newer = term > self.term;
        let vote = if newer { None } else { self.vote };
        let granted = vote.is_none_or(|given| given == candidate) && log >= self.log.end();
        if !self.save(term, if granted { Some(candidate) } else { vote }, out) {
            return;
        }
        if newer {
            self.step_down(out);
        }
        if granted {
            self.await_leader(out);
        }
        self.answer(candidate, Message::Vote { term, granted }, out);
    }

    fn count_vote(&mut self, voter: NodeId, term: Term, out: &mut Out<'_>) {
        let Role::Candidate(votes) = &mut self.role else { return };
        if term != self.term {
            return;
        }
        votes.insert(voter);
        if votes.len() >= majority(u32::from(self.settings.servers)) as usize {
            let votes = votes.len();
            self.role = Role::Leader;
            // No timeout that runs makes a leader campaign.
            self.timeouts += 1;
            out.note(|| format!("leads term {term} with {votes} votes"));
            out.output(Told::Leads(term));
            self.send_heartbeats(out);
        }
    }

    fn send_heartbeats(&mut self, out: &mut Out<'_>) {
        let term = self.term;
        for other in self.others(out) {
            out.send(other, Message::AppendEntries { term });
        }
        out.after_in_background(self.settings.heartbeat, Timer::Heartbeat(term));
    }

    /// Only the last ballot counts; the synced ones before it go.
    fn drop_old_ballots(&self, out: &mut Out<'_>) {
        let last_synced = out.disk().synced().saturating_sub(1);
        out.drop_before(last_synced);
    }

    fn heard_from_leader(&mut self, leader: NodeId, term: Term, out: &mut Out<'_>) {
        if self.hear_of(term, out) {
            if self.role != Role::Follower(Some(leader)) {
                self.role = Role::Follower(Some(leader));
                out.output(Told::Follows(term, leader));
            }
            self.await_leader(out);
        } else if term > self.term {
            return;
        }
        self.answer(leader, Message::Appended { term: self.term }, out);
    }
}

impl Node for Server {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Output = Told;

    fn start(&mut self, out: &mut Out<'_>) {
        let trusted = out.disk().trusted().count() as u64;
        let end = out.disk().first() + trusted;
        let last = out.disk().trusted().last().copied();
        // What is torn was never answered for.
        out.truncate(end);
        (self.term, self.vote) = match last {
            Some(Record::Ballot { term, vote }) => (term, vote),
            None => (self.log.end().term, None),
        };
        self.await_leader(out);
    }

    fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::RequestVote { term, log } => self.asked_for_vote(from, term, log, out),
            Message::Vote { term, granted } => {
                if self.hear_of(term, out) && granted {
                    self.count_vote(from, term, out);
                }
            }
            Message::AppendEntries { term } => self.heard_from_leader(from, term, out),
            Message::Appended { term } => {
                self.hear_of(term, out);
            }
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Out<'_>) {
        match timer {
            Timer::Election(number) if number == self.timeouts => self.campaign(out),
            Timer::Heartbeat(term) if term == self.term && self.role == Role::Leader => {
                self.send_heartbeats(out);
            }
            Timer::Saved(to, answer) => {
                out.send(to, answer);
                self.drop_old_ballots(out);
            }
            Timer::OwnVote(term) => {
                self.count_vote(out.me(), term, out);
                self.drop_old_ballots(out);
            }
            Timer::Election(_) | Timer::Heartbeat(_) => {}
        }
    }

    fn crash(&mut self) {
        self.role = Role::Follower(None);
    }
}
