//! Leaders to drive step by step.

use std::sync::Arc;

use super::change::{Action, Change};
use super::leader::{Leader, listed};
use super::setup::{Builder, MultiLeaderError, Settings};
use crate::crdt::{Crdt, CrdtError, OrSet, PnCounter, Sequence};
use crate::network::Link;
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{Effects, Fault, FaultReport, Plan, PlanTextError, World};

/// Longest time that is waited for leaders to agree.
const PATIENCE: Time = Time::s(120);

/// Leaders that replicate to one another, in a world of their own.
#[derive(Clone, Debug)]
pub struct MultiLeader {
    pub(super) world: World<Leader>,
    settings: Arc<Settings>,
    members: Vec<usize>,
    commits: Vec<Change>,
}

impl MultiLeader {
    /// A builder with the defaults of [`Settings`]: two leaders, VA and EU.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(super) fn new(settings: Settings) -> Result<Self, MultiLeaderError> {
        settings.validate()?;
        let settings = Arc::new(settings);
        let leader = |(me, name): (usize, &String)| (name.clone(), Leader::new(me, settings.clone()));
        let nodes = settings.leaders.iter().enumerate().map(leader).collect();
        let mut world = World::new(settings.seed, nodes, settings.link.clone(), settings.trace)?;
        for (a, here) in settings.regions.iter().enumerate() {
            for (b, there) in settings.regions.iter().enumerate().filter(|(b, _)| *b != a) {
                let link = Link { in_order: true, ..here.link_to(*there) };
                world.network().set(NodeId(a as u16), NodeId(b as u16), link)?;
            }
        }
        let members = (0..settings.leaders.len()).collect();
        Ok(Self { world, settings, members, commits: Vec::new() })
    }

    fn number(&self, name: &str) -> Result<usize, MultiLeaderError> {
        self.settings
            .leaders
            .iter()
            .position(|leader| leader == name)
            .ok_or_else(|| MultiLeaderError::UnknownLeader(name.to_owned(), self.settings.leaders.join(", ")))
    }

    fn id(&self, name: &str) -> Result<NodeId, MultiLeaderError> {
        Ok(NodeId(self.number(name)? as u16))
    }

    fn commit(
        &mut self,
        leader: &str,
        commit: impl FnOnce(&mut Leader, &mut Effects<'_, Leader>) -> Result<Change, MultiLeaderError>,
    ) -> Result<&Change, MultiLeaderError> {
        let id = self.id(leader)?;
        let down = || MultiLeaderError::Down(leader.to_owned());
        if !self.world.is_running(id) {
            return Err(down());
        }
        let mut committed = None;
        self.world.act(id, |leader, out| committed = Some(commit(leader, out)));
        self.commits.push(committed.ok_or_else(down)??);
        self.commits.last().ok_or_else(down)
    }

    /// Gives a record a value, whether it was there or not. Returns what was committed.
    ///
    /// # Errors
    /// When there is no such leader, it is down, or the record's value merges.
    pub fn put(&mut self, leader: &str, key: &str, value: &str) -> Result<&Change, MultiLeaderError> {
        self.commit(leader, |node, out| node.commit(key, Action::Put(value.to_owned()), out))
    }

    /// Adds a record.
    ///
    /// # Errors
    /// As for [`put`](Self::put), and when the record is there.
    pub fn insert(&mut self, leader: &str, key: &str, value: &str) -> Result<&Change, MultiLeaderError> {
        self.commit(leader, |node, out| node.commit(key, Action::Insert(value.to_owned()), out))
    }

    /// Gives a record that is there another value.
    ///
    /// # Errors
    /// As for [`put`](Self::put), and when the record isn't there.
    pub fn update(&mut self, leader: &str, key: &str, value: &str) -> Result<&Change, MultiLeaderError> {
        self.commit(leader, |node, out| node.commit(key, Action::Update(value.to_owned()), out))
    }

    /// Deletes a record.
    ///
    /// # Errors
    /// As for [`update`](Self::update).
    pub fn delete(&mut self, leader: &str, key: &str) -> Result<&Change, MultiLeaderError> {
        self.commit(leader, |node, out| node.commit(key, Action::Delete, out))
    }

    /// Changes a value that merges: `fresh` is its state before anybody has changed it, and `change` gets the state
    /// here and the leader's name.
    ///
    /// # Errors
    /// When there is no such leader, it is down, the record has a value of another type, or the change can't be.
    pub fn change(
        &mut self,
        leader: &str,
        key: &str,
        fresh: Crdt,
        change: impl FnOnce(&mut Crdt, &str) -> Result<(), CrdtError>,
    ) -> Result<&Change, MultiLeaderError> {
        self.commit(leader, |node, out| node.commit_merging(key, fresh, change, out))
    }

    /// Counts up, or down if `by` is negative, on a PN-Counter.
    ///
    /// # Errors
    /// As for [`change`](Self::change).
    pub fn count(&mut self, leader: &str, key: &str, by: i64) -> Result<&Change, MultiLeaderError> {
        self.change(leader, key, PnCounter::default().into(), |state, me| match state {
            Crdt::PnCounter(counter) if by < 0 => counter.decrement(me, by.unsigned_abs()),
            Crdt::PnCounter(counter) => counter.increment(me, by.unsigned_abs()),
            _ => Ok(()),
        })
    }

    /// Adds an item to an OR-Set.
    ///
    /// # Errors
    /// As for [`change`](Self::change).
    pub fn add(&mut self, leader: &str, key: &str, item: &str) -> Result<&Change, MultiLeaderError> {
        self.change(leader, key, OrSet::default().into(), |state, me| {
            if let Crdt::OrSet(set) = state {
                set.add(me, item);
            }
            Ok(())
        })
    }

    /// Removes an item from an OR-Set: as far as this leader has seen it.
    ///
    /// # Errors
    /// As for [`change`](Self::change).
    pub fn remove(&mut self, leader: &str, key: &str, item: &str) -> Result<&Change, MultiLeaderError> {
        self.change(leader, key, OrSet::default().into(), |state, _| {
            if let Crdt::OrSet(set) = state {
                set.remove(item);
            }
            Ok(())
        })
    }

    /// Types into a text that merges, before the character at this index (counted from 0).
    ///
    /// # Errors
    /// As for [`change`](Self::change), and when the text is shorter.
    pub fn write_text(
        &mut self,
        leader: &str,
        key: &str,
        index: usize,
        text: &str,
    ) -> Result<&Change, MultiLeaderError> {
        self.change(leader, key, Sequence::default().into(), |state, me| match state {
            Crdt::Sequence(sequence) => sequence.insert_text(me, index, text),
            _ => Ok(()),
        })
    }

    /// Deletes the character at this index from a text that merges.
    ///
    /// # Errors
    /// As for [`write_text`](Self::write_text).
    pub fn erase(&mut self, leader: &str, key: &str, index: usize) -> Result<&Change, MultiLeaderError> {
        self.change(leader, key, Sequence::default().into(), |state, _| match state {
            Crdt::Sequence(sequence) => sequence.delete(index),
            _ => Ok(()),
        })
    }

    /// What a reader at a leader sees, as text; several values are joined with ` | `.
    ///
    /// # Errors
    /// When there is no such leader.
    pub fn read(&self, leader: &str, key: &str) -> Result<String, MultiLeaderError> {
        Ok(listed(&self.leader(leader)?.read(key)))
    }

    /// A leader.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn leader(&self, name: &str) -> Result<&Leader, MultiLeaderError> {
        Ok(self.world.node(self.id(name)?))
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The leaders that take part.
    pub fn leaders(&self) -> impl Iterator<Item = &Leader> {
        self.members.iter().map(|member| self.world.node(NodeId(*member as u16)))
    }

    /// All leaders' names.
    pub fn names(&self) -> &[String] {
        &self.settings.leaders
    }

    /// Everything that was committed, in true order.
    pub fn commits(&self) -> &[Change] {
        &self.commits
    }

    /// The records whose readers see something else at another leader.
    pub fn differing(&self) -> Vec<String> {
        let keys: std::collections::BTreeSet<&String> =
            self.leaders().flat_map(|leader| leader.records().keys()).collect();
        let differs = |key: &&String| {
            let mut seen = self.leaders().map(|leader| leader.read(key));
            let first = seen.next();
            seen.any(|other| Some(other) != first)
        };
        keys.into_iter().filter(differs).cloned().collect()
    }

    /// Whether all leaders that take part have everything that any of them has committed, and applied it.
    pub fn is_level(&self) -> bool {
        let mut applied = self.leaders().map(|leader| (leader.applied(), leader.waiting()));
        let Some((first, 0)) = applied.next() else { return false };
        applied.all(|(other, waiting)| other == first && waiting == 0)
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// Lets a span of time pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.run_until(self.now() + span)
    }

    /// Lets the time pass up to a moment.
    pub fn run_until(&mut self, end: Time) -> &mut Self {
        self.world.run_until(end);
        self
    }

    /// Lets everything arrive that is on its way, and what is lost be sent again, until all leaders are level; for
    /// two minutes at the most.
    pub fn settle(&mut self) -> &mut Self {
        let end = self.now() + PATIENCE;
        self.world.run_until_quiet();
        while !self.is_level() && self.now() < end {
            self.world.run_until((self.now() + self.settings.resend).min(end));
        }
        self
    }

    /// A leader crashes.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn crash(&mut self, name: &str) -> Result<&mut Self, MultiLeaderError> {
        self.strike(Fault::Crash(self.id(name)?))
    }

    /// A crashed leader comes back.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn restart(&mut self, name: &str) -> Result<&mut Self, MultiLeaderError> {
        self.strike(Fault::Restart(self.id(name)?))
    }

    /// All links between two groups are cut.
    ///
    /// # Errors
    /// When there is no such leader.
    pub fn partition(&mut self, left: &[&str], right: &[&str]) -> Result<&mut Self, MultiLeaderError> {
        let ids = |names: &[&str]| names.iter().map(|name| self.id(name)).collect::<Result<Vec<_>, _>>();
        self.strike(Fault::Partition(ids(left)?, ids(right)?))
    }

    /// All links are open again.
    pub fn heal(&mut self) -> &mut Self {
        let healed = self.world.strike(&Fault::Heal);
        debug_assert!(healed.is_ok(), "it names no node");
        self
    }

    /// A leader's clock is ahead of true time by so many microseconds from now on; behind, if it is negative. A clock
    /// doesn't show less than 0.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn skew(&mut self, name: &str, us: i64) -> Result<&mut Self, MultiLeaderError> {
        self.strike(Fault::Clock(self.id(name)?, us))
    }

    /// Something happens to the cluster.
    ///
    /// # Errors
    /// When it can't.
    pub fn strike(&mut self, fault: Fault) -> Result<&mut Self, MultiLeaderError> {
        self.world.strike(&fault)?;
        Ok(self)
    }

    /// Plans faults.
    ///
    /// # Errors
    /// When the plan can't be carried out.
    pub fn plan(&mut self, plan: &Plan) -> Result<&mut Self, MultiLeaderError> {
        self.world.plan(plan)?;
        Ok(self)
    }

    /// A plan of faults from its text, with the leaders' names.
    ///
    /// # Errors
    /// Names the line that can't be read.
    pub fn parse_plan(&self, text: &str) -> Result<Plan, PlanTextError> {
        Plan::parse(text, self.names())
    }

    /// What became of the faults, so far.
    pub fn faults(&self) -> FaultReport {
        self.world.faults()
    }

    /// An operator takes a leader out of the topology: in a ring its neighbours are joined, in a star the next one
    /// becomes the root. What it had not passed on is sent by those who have it.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn leave_out(&mut self, name: &str) -> Result<&mut Self, MultiLeaderError> {
        let gone = self.number(name)?;
        self.members.retain(|member| *member != gone);
        for member in self.members.clone() {
            let members = self.members.clone();
            self.world.act(NodeId(member as u16), |leader, out| leader.set_members(members, out));
        }
        Ok(self)
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }
}
