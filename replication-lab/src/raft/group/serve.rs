//! What clients ask for: writes, and reads by four rules (dissertation, section 6.4).

use super::{Group, Out, Role};
use crate::quorum::majority;
use crate::raft::command::{Command, OpId};
use crate::raft::group::lead::Waiting;
use crate::raft::message::{Message, Outcome, Request};
use crate::raft::settings::{Acknowledge, Reads};
use crate::raft::table::Table;
use crate::time::Time;
use crate::trace::NodeId;

impl Group {
    pub(super) fn asked(&mut self, from: NodeId, id: OpId, request: Request, out: &mut Out<'_, '_>) {
        if let Request::Get { key, anywhere: true } = &request {
            let outcome = Outcome::Value(self.known(key));
            return out.send(from, Message::Reply { id, outcome });
        }
        if self.role != Role::Leader {
            let outcome = Outcome::NotLeader(self.leader());
            return out.send(from, Message::Reply { id, outcome });
        }
        let command = match request {
            Request::Get { key, .. } => return self.read(id, key, out),
            Request::Members(_, members) => return self.change_members(members, id, from, out),
            Request::Put(key, value) => Command::Put { id, key, value },
            Request::CompareAndSet(key, expected, new) => Command::CompareAndSet { id, key, expected, new },
        };
        if let Some(outcome) = self.table.told(id) {
            return out.send(from, Message::Reply { id, outcome: outcome.clone() });
        }
        // One that is in the log already waits for that entry: a second one would change nothing.
        let held = self.log.behind(self.committed).iter().position(|entry| entry.command.id() == Some(id));
        let index = match held {
            Some(at) => Some(self.committed + 1 + at as u64),
            None => self.append(command, out),
        };
        let Some(index) = index else { return };
        match self.settings.acknowledge {
            Acknowledge::Leader => out.send(from, Message::Reply { id, outcome: self.outcome_at(index, id) }),
            Acknowledge::Majority => {
                self.lead.waiting.insert(index, (from, id));
            }
        }
        self.spread(out);
    }

    /// What the log makes up to a place, committed or not.
    fn received(&self, up_to: u64) -> Table {
        let mut table = self.table.clone();
        let tail = self.log.behind(self.committed).iter().zip(self.committed + 1..=up_to);
        tail.for_each(|(entry, _)| table.apply(entry));
        table
    }

    /// What an operation is told once the log up to its place is applied, committed or not.
    fn outcome_at(&self, index: u64, id: OpId) -> Outcome {
        self.received(index).told(id).cloned().unwrap_or(Outcome::Written)
    }

    /// Answers those whose entries are applied.
    pub(super) fn answer_waiting(&mut self, out: &mut Out<'_, '_>) {
        let later = self.lead.waiting.split_off(&(self.committed + 1));
        for (from, id) in std::mem::replace(&mut self.lead.waiting, later).into_values() {
            let outcome = self.table.told(id).cloned().unwrap_or(Outcome::Written);
            out.send(from, Message::Reply { id, outcome });
        }
    }

    /// The value of a key as far as this server knows, by the rule for reads.
    fn known(&self, key: &str) -> Option<String> {
        match self.settings.reads {
            Reads::Received => self.received(self.log.end().index).get(key).cloned(),
            _ => self.table.get(key).cloned(),
        }
    }

    fn read(&mut self, id: OpId, key: String, out: &mut Out<'_, '_>) {
        let at_once = match self.settings.reads {
            Reads::Received | Reads::Committed => true,
            Reads::Lease => self.holds_lease(out),
            Reads::Confirmed => false,
        };
        if at_once {
            let outcome = Outcome::Value(self.known(&key));
            return out.send(id.client, Message::Reply { id, outcome });
        }
        // It may not know of all that is committed before an entry of its own term is.
        let index = self.committed.max(self.lead.begins);
        self.confirm(out);
        let round = self.lead.round;
        self.lead.reads.push(Waiting { round, index, id, key });
        self.serve_reads(out);
    }

    /// The last round that a majority answered.
    fn confirmed(&self) -> u64 {
        let answer = |id: &NodeId| match *id == self.me {
            true => self.lead.round,
            false => self.lead.answered.get(id).copied().unwrap_or(0),
        };
        let mut rounds: Vec<u64> = self.members.iter().map(answer).collect();
        rounds.sort_unstable_by(|a, b| b.cmp(a));
        let enough = majority(rounds.len() as u32) as usize;
        rounds.get(enough - 1).copied().unwrap_or(0)
    }

    /// Whether nobody else can lead yet, by this server's clock: who answered a round keeps to this leader for an
    /// election timeout from then on; clocks that drift are allowed for.
    fn holds_lease(&self, out: &Out<'_, '_>) -> bool {
        let begun = self.lead.sent.get(&self.confirmed());
        let shortest = self.settings.election_timeout.0.as_us();
        let lease = Time::us(shortest - shortest * u64::from(self.settings.clock_drift_ppm) / 1_000_000);
        self.committed >= self.lead.begins && begun.is_some_and(|begun| out.clock() < *begun + lease)
    }

    /// Answers reads that needn't wait any longer.
    pub(super) fn serve_reads(&mut self, out: &mut Out<'_, '_>) {
        let confirmed = self.confirmed();
        // Rounds before that are of no use any more.
        self.lead.sent = self.lead.sent.split_off(&confirmed);
        let (ready, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.lead.reads)
            .into_iter()
            .partition(|read| read.round <= confirmed && read.index <= self.table.applied());
        self.lead.reads = waiting;
        for read in ready {
            let outcome = Outcome::Value(self.table.get(&read.key).cloned());
            out.send(read.id.client, Message::Reply { id: read.id, outcome });
        }
    }
}
