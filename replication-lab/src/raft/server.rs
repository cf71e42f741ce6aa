//! One server: a machine with its groups, which share its disk.

use std::sync::Arc;

use super::context::Context;
use super::group::{Group, Role};
use super::message::{Envelope, GroupId, Message, Record, Timer};
use super::node::Member;
use super::settings::Settings;
use super::{Position, Term};
use crate::trace::NodeId;
use crate::world::Effects;

/// A Raft server.
#[derive(Clone, Debug)]
pub struct Server {
    pub(super) settings: Arc<Settings>,
    pub(super) me: NodeId,
    // In the order of their numbers. (A vector: a search copies servers all the time.)
    pub(super) groups: Vec<Group>,
}

impl Server {
    pub(super) fn new(settings: Arc<Settings>, me: NodeId) -> Self {
        let groups = settings.groups().filter(|id| settings.members_of(*id).contains(&me));
        let groups = groups.map(|id| Group::new(settings.clone(), id, me)).collect();
        Self { settings, me, groups }
    }

    /// Its groups.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter().map(|group| (group.id, group))
    }

    /// One of its groups, if it has it.
    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.place(id).ok().map(|at| &self.groups[at])
    }

    /// Its first group: the only one in a cluster without ranges.
    fn first(&self) -> Option<&Group> {
        self.groups.first()
    }

    fn place(&self, id: GroupId) -> Result<usize, usize> {
        self.groups.binary_search_by_key(&id, |group| group.id)
    }

    /// The term of its first group; 0 if it has none.
    pub fn term(&self) -> Term {
        self.first().map_or(0, Group::term)
    }

    /// What it is in its first group; nothing if it has none.
    pub fn role(&self) -> Option<&Role> {
        self.first().map(Group::role)
    }

    /// The end of its first group's log.
    pub fn end(&self) -> Position {
        self.first().map(Group::end).unwrap_or_default()
    }

    fn with(
        &mut self,
        id: GroupId,
        out: &mut Effects<'_, Member>,
        act: impl FnOnce(&mut Group, &mut Context<'_, '_>),
    ) {
        // A group that it isn't told to have: it joins when a leader sends it entries.
        let at = self.place(id).unwrap_or_else(|at| {
            self.groups.insert(at, Group::new(self.settings.clone(), id, self.me));
            at
        });
        act(&mut self.groups[at], &mut Context::new(id, out));
    }

    /// Where elections are all there is, only the last ballot counts; the synced ones before it go.
    fn drop_old_ballots(&self, out: &mut Effects<'_, Member>) {
        if self.settings.elections_only && self.groups.len() == 1 {
            let last_synced = out.disk().synced().saturating_sub(1);
            out.drop_before(last_synced);
        }
    }

    pub(super) fn start(&mut self, out: &mut Effects<'_, Member>) {
        let records: Vec<Record> = out.disk().trusted().cloned().collect();
        let end = out.disk().first() + records.len() as u64;
        // What is torn was never answered for.
        out.truncate(end);
        self.groups.iter_mut().for_each(Group::forget);
        for record in &records {
            let (Record::Ballot { group, .. } | Record::Entry { group, .. }) = record;
            self.with(*group, out, |group, _| group.recover(record));
        }
        let begins_at_home = |id: GroupId| records.is_empty() && self.settings.home_of(id) == Some(self.me);
        let ids: Vec<(GroupId, bool)> =
            self.groups.iter().map(|group| (group.id, begins_at_home(group.id))).collect();
        for (id, campaigns) in ids {
            self.with(id, out, |group, out| match campaigns {
                true => group.campaign(out),
                false => group.await_leader(out),
            });
        }
    }

    pub(super) fn message(&mut self, from: NodeId, envelope: Envelope, out: &mut Effects<'_, Member>) {
        let Envelope { group, message } = envelope;
        if self.place(group).is_ok() || matches!(message, Message::AppendEntries { .. }) {
            self.with(group, out, |group, out| group.message(from, message, out));
        }
    }

    pub(super) fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Member>) {
        match timer {
            Timer::Election(id, number) => self.with(id, out, |group, out| group.timed_out(number, out)),
            Timer::Heartbeat(id, term) => self.with(id, out, |group, out| group.heartbeat_due(term, out)),
            Timer::Written(id, term, index) => {
                self.with(id, out, |group, out| group.written(term, index, out))
            }
            Timer::Saved(to, answer) => {
                out.send(to, answer);
                self.drop_old_ballots(out);
            }
            Timer::OwnVote(id, term) => {
                let me = self.me;
                self.with(id, out, |group, out| group.count_vote(me, term, out));
                self.drop_old_ballots(out);
            }
            Timer::Begin | Timer::Again(..) | Timer::GiveUp(_) => {}
        }
    }

    pub(super) fn crash(&mut self) {
        self.groups.iter_mut().for_each(Group::forget);
    }
}
