//! Timeouts, votes, terms: sections 5.2 and 5.4.1 of the paper; pre-votes as in the dissertation, section 9.6.

use std::collections::BTreeSet;

use super::lead::Lead;
use super::{Group, Out, Role};
use crate::raft::message::{Message, Timer, Told};
use crate::raft::{Position, Term};
use crate::time::Time;
use crate::trace::NodeId;

impl Group {
    /// Starts an election timeout; the one before it no longer counts.
    pub(in crate::raft) fn await_leader(&mut self, out: &mut Out<'_, '_>) {
        let (shortest, longest) = self.settings.election_timeout;
        let drawn = shortest + Time::us(out.rng().below(longest.since(shortest).as_us() + 1));
        self.timeouts += 1;
        out.after_in_background(drawn, Timer::Election(self.id, self.timeouts));
    }

    /// An election timeout is over.
    pub(in crate::raft) fn timed_out(&mut self, number: u64, out: &mut Out<'_, '_>) {
        if number != self.timeouts {
            return;
        }
        if !self.members.contains(&self.me) {
            return self.await_leader(out);
        }
        match self.settings.pre_vote {
            true => self.ask_whether(out),
            false => self.campaign(out),
        }
    }

    /// A higher term has begun, without this server, or it gives up leading: it follows, whoever leads.
    pub(super) fn step_down(&mut self, out: &mut Out<'_, '_>) {
        let was_leader = self.role == Role::Leader;
        self.role = Role::Follower(None);
        if was_leader {
            self.lead = Lead::default();
            let term = self.term;
            out.note(|| format!("leads no longer: term {term} has begun"));
            // A leader waits for no other one: it has no timeout that could run on.
            self.await_leader(out);
        }
    }

    /// Takes note of a term that somebody else is in. Says whether the server is in that term now.
    pub(super) fn hear_of(&mut self, term: Term, out: &mut Out<'_, '_>) -> bool {
        if term > self.term && self.save(term, None, out) {
            self.step_down(out);
        }
        term == self.term
    }

    /// Whether a leader was heard from so recently, or leads itself, that nobody else should be helped to depose it
    /// (dissertation, section 4.2.3). Only where leases or pre-votes rely on it.
    fn keeps_to_its_leader(&self, out: &Out<'_, '_>) -> bool {
        if !self.settings.keeps_to_leader() {
            return false;
        }
        let recent = |heard: Time| out.clock().since(heard) < self.settings.election_timeout.0;
        self.role == Role::Leader || self.heard.is_some_and(recent)
    }

    fn ask_whether(&mut self, out: &mut Out<'_, '_>) {
        self.await_leader(out);
        self.role = Role::PreCandidate(BTreeSet::from([self.me]));
        let term = self.term + 1;
        out.note(|| format!("asks who would vote for it in term {term}"));
        let log = self.log.end();
        for other in self.others() {
            out.send(other, Message::RequestVote { term, log, pre: true });
        }
        if self.majority() == 1 {
            self.campaign(out);
        }
    }

    pub(super) fn asked_whether(
        &mut self,
        candidate: NodeId,
        term: Term,
        log: Position,
        out: &mut Out<'_, '_>,
    ) {
        let granted = term > self.term && log >= self.log.end() && !self.keeps_to_its_leader(out);
        let term = if granted { term } else { self.term };
        out.send_when_saved(candidate, Message::Vote { term, granted, pre: true });
    }

    pub(super) fn count_pre_vote(&mut self, voter: NodeId, term: Term, granted: bool, out: &mut Out<'_, '_>) {
        if !granted {
            self.hear_of(term, out);
            return;
        }
        let (next, majority) = (self.term + 1, self.majority());
        if let Role::PreCandidate(votes) = &mut self.role
            && term == next
        {
            votes.insert(voter);
            if votes.len() >= majority {
                self.campaign(out);
            }
        }
    }

    pub(in crate::raft) fn campaign(&mut self, out: &mut Out<'_, '_>) {
        self.await_leader(out);
        let term = self.term + 1;
        if !self.save(term, Some(self.me), out) {
            return;
        }
        self.role = Role::Candidate(BTreeSet::new());
        out.note(|| format!("campaigns in term {term}"));
        out.output(Told::Campaigns(term));
        out.sync(Timer::OwnVote(self.id, term));
        let log = self.log.end();
        for other in self.others() {
            out.send(other, Message::RequestVote { term, log, pre: false });
        }
    }

    pub(super) fn asked_for_vote(
        &mut self,
        candidate: NodeId,
        term: Term,
        log: Position,
        out: &mut Out<'_, '_>,
    ) {
        if term < self.term || self.keeps_to_its_leader(out) {
            let no = Message::Vote { term: self.term, granted: false, pre: false };
            return out.send_when_saved(candidate, no);
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
        out.send_when_saved(candidate, Message::Vote { term, granted, pre: false });
    }

    pub(in crate::raft) fn count_vote(&mut self, voter: NodeId, term: Term, out: &mut Out<'_, '_>) {
        let majority = self.majority();
        let Role::Candidate(votes) = &mut self.role else { return };
        if term != self.term {
            return;
        }
        votes.insert(voter);
        if votes.len() >= majority {
            let votes = votes.len();
            self.role = Role::Leader;
            // No timeout that runs makes a leader campaign.
            self.timeouts += 1;
            out.note(|| format!("leads term {term} with {votes} votes"));
            out.output(Told::Leads(term));
            self.take_over(out);
        }
    }
}
