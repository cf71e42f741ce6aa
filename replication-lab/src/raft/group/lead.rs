//! A leader's rounds: entries out, answers in, commitment (sections 5.3 and 5.4.2 of the paper), membership
//! (dissertation, chapter 4).

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, Out, Role};
use crate::raft::Term;
use crate::raft::command::{Command, Entry, OpId};
use crate::raft::message::{Message, Outcome, Timer};
use crate::time::Time;
use crate::trace::NodeId;

/// What only a leader knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::raft) struct Lead {
    // The place from which each follower gets entries next, and up to where its log is known to be equal.
    pub(in crate::raft) next: BTreeMap<NodeId, u64>,
    pub(in crate::raft) matched: BTreeMap<NodeId, u64>,
    // Who waits for the entry at a place to be applied.
    pub(in crate::raft) waiting: BTreeMap<u64, (NodeId, OpId)>,
    // Where this term begins in the log.
    pub(in crate::raft) begins: u64,
    // Followers heard from since the last look, and heartbeats since then.
    pub(in crate::raft) active: BTreeSet<NodeId>,
    pub(in crate::raft) ticks: u64,
    // Rounds: when each began by the own clock, and the last that each follower answered.
    pub(in crate::raft) round: u64,
    pub(in crate::raft) sent: BTreeMap<u64, Time>,
    pub(in crate::raft) answered: BTreeMap<NodeId, u64>,
    // Reads that wait: for this round to be answered, and for this place to be applied.
    pub(in crate::raft) reads: Vec<Waiting>,
}

/// A read that waits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::raft) struct Waiting {
    pub(in crate::raft) round: u64,
    pub(in crate::raft) index: u64,
    pub(in crate::raft) id: OpId,
    pub(in crate::raft) key: String,
}

impl Group {
    /// A new leader's first round.
    pub(super) fn take_over(&mut self, out: &mut Out<'_, '_>) {
        self.lead = Lead::default();
        let next = self.log.end().index + 1;
        self.lead.next = self.others().into_iter().map(|id| (id, next)).collect();
        self.lead.begins = next;
        if !self.settings.elections_only {
            self.append(Command::Begin, out);
        }
        self.send_round(out);
    }

    /// Puts a command at the end of its own log. Returns its place; nothing if there is no room.
    pub(super) fn append(&mut self, command: Command, out: &mut Out<'_, '_>) -> Option<u64> {
        let index = self.log.end().index + 1;
        let entry = Entry { term: self.term, command };
        if !self.write(index, entry, out) {
            return None;
        }
        out.sync(Timer::Written(self.id, self.term, index));
        Some(index)
    }

    /// Its own log is on disk up to this place.
    pub(in crate::raft) fn written(&mut self, term: Term, index: u64, out: &mut Out<'_, '_>) {
        if self.role == Role::Leader && self.term == term {
            let own = self.lead.matched.entry(self.me).or_default();
            *own = index.max(*own);
            self.advance(out);
        }
    }

    /// Heartbeats, or what the followers lack.
    pub(in crate::raft) fn send_round(&mut self, out: &mut Out<'_, '_>) {
        self.begin_round(out);
        let term = self.term;
        for other in self.others() {
            match self.settings.elections_only {
                true => out.send(other, Message::Heartbeat { term }),
                false => self.send_entries(other, out),
            }
        }
        out.after_in_background(self.settings.heartbeat, Timer::Heartbeat(self.id, term));
    }

    pub(in crate::raft) fn heartbeat_due(&mut self, term: Term, out: &mut Out<'_, '_>) {
        if term != self.term || self.role != Role::Leader {
            return;
        }
        if self.settings.check_quorum && !self.hears_a_majority() {
            out.note(|| "hears from no majority".to_owned());
            return self.step_down(out);
        }
        self.send_round(out);
    }

    /// Remembers who was heard from, where that decides anything.
    pub(super) fn note_active(&mut self, from: NodeId) {
        if self.settings.check_quorum {
            self.lead.active.insert(from);
        }
    }

    /// Looked at once for each election timeout.
    fn hears_a_majority(&mut self) -> bool {
        self.lead.ticks += 1;
        let (shortest, heartbeat) =
            (self.settings.election_timeout.0.as_us(), self.settings.heartbeat.as_us());
        if self.lead.ticks < shortest.div_ceil(heartbeat) {
            return true;
        }
        self.lead.ticks = 0;
        let heard = std::mem::take(&mut self.lead.active);
        heard.intersection(&self.members).count() + usize::from(self.members.contains(&self.me))
            >= self.majority()
    }

    /// Counts rounds where somebody must know that it still leads.
    fn begin_round(&mut self, out: &mut Out<'_, '_>) {
        if self.settings.reads.needs_rounds() {
            self.lead.round += 1;
            self.lead.sent.insert(self.lead.round, out.clock());
        }
    }

    /// A round of heartbeats out of turn: who answers it still follows.
    pub(super) fn confirm(&mut self, out: &mut Out<'_, '_>) {
        self.begin_round(out);
        for other in self.others() {
            self.send_entries(other, out);
        }
    }

    /// Sends a follower what it may lack; nothing but a heartbeat if it lacks nothing.
    fn send_entries(&mut self, to: NodeId, out: &mut Out<'_, '_>) {
        let end = self.log.end().index;
        let next = (*self.lead.next.entry(to).or_insert(end + 1)).clamp(1, end + 1);
        let entries = self.log.behind(next - 1);
        let entries = entries[..entries.len().min(self.settings.most_entries)].to_vec();
        // It will have them, most likely: what is lost is noticed when the next message doesn't fit.
        self.lead.next.insert(to, next + entries.len() as u64);
        let after = self.log.position(next - 1).expect("a place in the log");
        let (term, committed, round) = (self.term, self.committed, self.lead.round);
        out.send(to, Message::AppendEntries { term, after, entries, committed, round });
    }

    /// Sends new entries to all.
    pub(super) fn spread(&mut self, out: &mut Out<'_, '_>) {
        for other in self.others() {
            self.send_entries(other, out);
        }
    }

    pub(super) fn appended(
        &mut self,
        from: NodeId,
        term: Term,
        matched: Result<u64, u64>,
        round: u64,
        out: &mut Out<'_, '_>,
    ) {
        if !self.hear_of(term, out) || self.role != Role::Leader {
            return;
        }
        self.note_active(from);
        if round > 0 {
            let answered = self.lead.answered.entry(from).or_default();
            *answered = round.max(*answered);
        }
        let known = self.lead.matched.get(&from).copied().unwrap_or(0);
        match matched {
            Ok(matched) => {
                self.lead.matched.insert(from, matched.max(known));
                let next = self.lead.next.entry(from).or_insert(1);
                *next = (*next).max(matched + 1);
                self.advance(out);
                if self.role == Role::Leader && self.lead.next[&from] <= self.log.end().index {
                    self.send_entries(from, out);
                }
            }
            // An answer that was overtaken may name a place that is long since filled.
            Err(hint) if self.lead.next.get(&from).is_none_or(|next| *next > hint + 1) => {
                self.lead.next.insert(from, hint.max(known) + 1);
                self.send_entries(from, out);
            }
            Err(_) => {}
        }
        self.serve_reads(out);
    }

    /// Commits what a majority has.
    fn advance(&mut self, out: &mut Out<'_, '_>) {
        let before = self.committed;
        let has =
            |id: &&NodeId, index: u64| self.lead.matched.get(id).is_some_and(|matched| *matched >= index);
        let enough = |index: &u64| {
            let may_count = self.settings.counts_old_terms
                || self.log.entry(*index).is_some_and(|entry| entry.term == self.term);
            may_count && self.members.iter().filter(|id| has(id, *index)).count() >= self.majority()
        };
        let Some(committed) = (before + 1..=self.log.end().index).rev().find(enough) else { return };
        self.commit(committed);
        self.answer_waiting(out);
        self.serve_reads(out);
        let left = (before + 1..=committed).any(|index| {
            let entry = self.log.entry(index).map(|entry| &entry.command);
            matches!(entry, Some(Command::Members(members)) if !members.contains(&self.me))
        });
        if left {
            out.note(|| "is no member any more".to_owned());
            // The others learn in time that it is committed, and elect a leader among themselves.
            self.spread(out);
            self.step_down(out);
        }
    }

    /// Changes the voting members by at most one.
    pub(super) fn change_members(
        &mut self,
        members: BTreeSet<NodeId>,
        id: OpId,
        from: NodeId,
        out: &mut Out<'_, '_>,
    ) {
        let pending =
            self.log.behind(self.committed).iter().any(|e| matches!(e.command, Command::Members(_)));
        let one_more_or_less = self.members.symmetric_difference(&members).count() <= 1;
        let own_term = self.committed >= self.lead.begins;
        if pending || !one_more_or_less || !own_term || members.is_empty() {
            return out.send(from, Message::Reply { id, outcome: Outcome::Busy });
        }
        if let Some(index) = self.append(Command::Members(members), out) {
            self.lead.waiting.insert(index, (from, id));
            self.spread(out);
        }
    }
}
