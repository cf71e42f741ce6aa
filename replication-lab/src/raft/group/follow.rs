//! Entries in: section 5.3 of the paper.

use super::{Group, Out, Role};
use crate::raft::command::Entry;
use crate::raft::message::{Message, Told};
use crate::raft::{Position, Term};
use crate::trace::NodeId;

impl Group {
    /// Says whether the sender leads this server's term; if so it is followed.
    fn follow(&mut self, leader: NodeId, term: Term, out: &mut Out<'_, '_>) -> bool {
        if !self.hear_of(term, out) {
            return false;
        }
        if self.role != Role::Follower(Some(leader)) {
            self.role = Role::Follower(Some(leader));
            out.output(Told::Follows(term, leader));
        }
        if self.settings.keeps_to_leader() {
            self.heard = Some(out.clock());
        }
        self.await_leader(out);
        true
    }

    pub(super) fn heartbeat_came(&mut self, leader: NodeId, term: Term, out: &mut Out<'_, '_>) {
        if self.follow(leader, term, out) || term <= self.term {
            out.send_when_saved(leader, Message::Heard { term: self.term });
        }
    }

    /// `of` is the leader's term and the round of its message.
    pub(super) fn entries_came(
        &mut self,
        leader: NodeId,
        of: (Term, u64),
        after: Position,
        entries: Vec<Entry>,
        committed: u64,
        out: &mut Out<'_, '_>,
    ) {
        let (term, round) = of;
        if !self.follow(leader, term, out) {
            // Either the sender leads no longer, or there is no room to note its term.
            if term < self.term {
                out.send_when_saved(leader, Message::Appended { term: self.term, matched: Err(0), round });
            }
            return;
        }
        let matched = match self.log.position(after.index) == Some(after) {
            true => Ok(self.take(after.index, entries, out)),
            false => Err(self.log.end().index.min(after.index.saturating_sub(1))),
        };
        if let Ok(matched) = matched {
            self.commit(committed.min(matched));
        }
        out.send_when_saved(leader, Message::Appended { term, matched, round });
    }

    /// Takes entries behind a place that both logs have. Returns up to where the logs are equal then.
    fn take(&mut self, after: u64, entries: Vec<Entry>, out: &mut Out<'_, '_>) -> u64 {
        let mut matched = after;
        for entry in entries {
            let index = matched + 1;
            // One that is there already is left alone: what is behind it may be newer than this message.
            let known = self.log.position(index).is_some_and(|held| held.term == entry.term);
            if !known && !self.write(index, entry, out) {
                break;
            }
            matched = index;
        }
        matched
    }
}
