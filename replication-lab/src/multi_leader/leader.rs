//! A leader: it commits by itself, tells the others, and applies what they tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::change::{Action, Change, Message, Resend};
use super::resolution::{Met, Version};
use super::setup::{Delivery, MultiLeaderError, Settings};
use crate::causality::{Dot, VersionVector};
use crate::crdt::{Crdt, CrdtError, Stamp};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Effects, Node};

type Out<'a> = Effects<'a, Leader>;

/// Most changes that are sent again at once.
const MOST_AGAIN: usize = 100;

/// A record.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// Values that replace one another: one, or several that nobody has replaced.
    Plain(Vec<Version>),
    /// A value that merges.
    Merging(Crdt),
}

/// A conflict that a leader has met.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// When.
    pub at: Time,
    /// The record.
    pub key: String,
    /// What was here.
    pub here: Vec<Version>,
    /// The change that came.
    pub came: Change,
    /// What a reader sees now.
    pub now: Vec<String>,
}

/// What a leader knows of one that it tells changes.
#[derive(Clone, Debug, Default)]
struct Peer {
    has: VersionVector,
    // When each change was sent last, by its place in the log and this leader's clock.
    sent: BTreeMap<usize, Time>,
}

/// A leader.
#[derive(Clone, Debug)]
pub struct Leader {
    me: usize,
    settings: Arc<Settings>,
    /// Who takes part, by number.
    members: Vec<usize>,
    received: VersionVector,
    applied: VersionVector,
    /// Everything that was received, with the leaders through which it came.
    log: Vec<(Change, Vec<usize>)>,
    /// Places in the log of what waits for something else.
    waiting: Vec<usize>,
    records: BTreeMap<String, Record>,
    conflicts: Vec<Conflict>,
    skipped: Vec<Dot>,
    peers: BTreeMap<usize, Peer>,
}

impl Leader {
    pub(super) fn new(me: usize, settings: Arc<Settings>) -> Self {
        Self {
            me,
            members: (0..settings.leaders.len()).collect(),
            settings,
            received: VersionVector::default(),
            applied: VersionVector::default(),
            log: Vec::new(),
            waiting: Vec::new(),
            records: BTreeMap::new(),
            conflicts: Vec::new(),
            skipped: Vec::new(),
            peers: BTreeMap::new(),
        }
    }

    fn name(&self) -> &str {
        &self.settings.leaders[self.me]
    }

    /// The records that it has, deleted ones among them.
    pub fn records(&self) -> &BTreeMap<String, Record> {
        &self.records
    }

    /// The conflicts that it has met.
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// The changes that it skipped, because their record was not there.
    pub fn skipped(&self) -> &[Dot] {
        &self.skipped
    }

    /// How many changes wait for others that they build on.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What it has applied, of each leader.
    pub fn applied(&self) -> &VersionVector {
        &self.applied
    }

    /// What a reader sees of a record: nothing, one value, or several.
    pub fn read(&self, key: &str) -> Vec<String> {
        match self.records.get(key) {
            None => Vec::new(),
            Some(Record::Plain(versions)) => self.settings.resolution.visible(versions),
            Some(Record::Merging(state)) => vec![shown(state)],
        }
    }

    /// The state of a record that merges; nothing if it is another one.
    pub fn state(&self, key: &str) -> Option<&Crdt> {
        match self.records.get(key) {
            Some(Record::Merging(state)) => Some(state),
            _ => None,
        }
    }

    /// Commits an action here.
    pub(super) fn commit(
        &mut self,
        key: &str,
        action: Action,
        out: &mut Out<'_>,
    ) -> Result<Change, MultiLeaderError> {
        match (self.records.get(key), &action) {
            (Some(Record::Merging(_)), Action::Merge(_)) | (None, Action::Merge(_)) => {}
            (Some(Record::Merging(_)), _) | (Some(Record::Plain(_)), Action::Merge(_)) => {
                return Err(MultiLeaderError::OtherKind(key.to_owned()));
            }
            _ => {
                let there = !self.read(key).is_empty();
                match &action {
                    Action::Insert(_) if there => return Err(MultiLeaderError::Exists(key.to_owned())),
                    Action::Update(_) | Action::Delete if !there => {
                        return Err(MultiLeaderError::Missing(key.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        let replaces = match self.records.get(key) {
            Some(Record::Plain(versions)) => {
                self.settings.resolution.survivors(versions).into_iter().cloned().collect()
            }
            _ => Vec::new(),
        };
        let counter = self.received.counter(self.name()) + 1;
        let first = self.settings.first_lsn.get(self.me).copied().unwrap_or_default();
        let change = Change {
            id: Dot { server: self.name().to_owned(), counter },
            lsn: first + counter,
            key: key.to_owned(),
            action,
            stamp: Stamp::new(i64::try_from(out.clock().as_us()).unwrap_or(i64::MAX), self.name()),
            seen: self.applied.clone(),
            replaces,
            committed: out.now(),
        };
        out.note(|| format!("commits {change}"));
        self.take(change.clone(), Vec::new(), out);
        Ok(change)
    }

    /// Commits a change of a value that merges; `fresh` is its state before anybody has changed it.
    pub(super) fn commit_merging(
        &mut self,
        key: &str,
        fresh: Crdt,
        change: impl FnOnce(&mut Crdt, &str) -> Result<(), CrdtError>,
        out: &mut Out<'_>,
    ) -> Result<Change, MultiLeaderError> {
        let mut state = match self.records.get(key) {
            Some(Record::Merging(state)) => state.clone(),
            None => fresh.clone(),
            Some(Record::Plain(_)) => return Err(MultiLeaderError::OtherKind(key.to_owned())),
        };
        let merging = |error| MultiLeaderError::Merging(key.to_owned(), error);
        // Another type of the same key is told by its merge.
        state.merge(&fresh).map_err(merging)?;
        change(&mut state, self.name()).map_err(merging)?;
        self.commit(key, Action::Merge(state), out)
    }

    /// Takes a change into the log, passes it on, and applies what can be.
    fn take(&mut self, change: Change, visited: Vec<usize>, out: &mut Out<'_>) {
        self.received.add(&change.id);
        let place = self.log.len();
        let targets = self.settings.topology.targets(self.me, &self.members, &visited);
        self.log.push((change, visited));
        for target in targets {
            self.send(target, place, out);
        }
        self.waiting.push(place);
        if self.settings.delivery == Delivery::Causal && !self.is_ready(place) {
            let change = &self.log[place].0;
            out.note(|| format!("{change} waits for what it builds on"));
        }
        while let Some(next) = self.waiting.iter().position(|place| self.is_ready(*place)) {
            let place = self.waiting.remove(next);
            self.apply(place, out);
        }
    }

    fn is_ready(&self, place: usize) -> bool {
        match self.settings.delivery {
            Delivery::Causal => self.applied.descends(&self.log[place].0.seen),
            Delivery::AsItComes => true,
        }
    }

    fn apply(&mut self, place: usize, out: &mut Out<'_>) {
        let change = self.log[place].0.clone();
        self.applied.add(&change.id);
        let key = change.key.clone();
        if let Action::Merge(theirs) = &change.action {
            let record = self.records.entry(key).or_insert_with(|| Record::Merging(theirs.clone()));
            let merged = match record {
                Record::Merging(mine) => mine.merge(theirs).is_ok(),
                Record::Plain(_) => false,
            };
            if !merged {
                out.note(|| format!("skips {change}: another kind of value is here"));
                self.skipped.push(change.id);
            }
            return;
        }
        let needs_one = matches!(change.action, Action::Update(_) | Action::Delete);
        if needs_one && !self.records.contains_key(&key) {
            out.note(|| format!("skips {change}: no such record"));
            self.skipped.push(change.id);
            return;
        }
        let record = self.records.entry(key.clone()).or_insert_with(|| Record::Plain(Vec::new()));
        let Record::Plain(versions) = record else {
            out.note(|| format!("skips {change}: another kind of value is here"));
            self.skipped.push(change.id);
            return;
        };
        let here = versions.clone();
        if self.settings.resolution.apply(versions, &change) == Met::Conflict {
            let now = self.read(&key);
            out.note(|| format!("conflict on {key}: {}", listed(&now)));
            self.conflicts.push(Conflict { at: out.now(), key, here, came: change, now });
        }
    }

    fn send(&mut self, target: usize, place: usize, out: &mut Out<'_>) {
        let (change, visited) = &self.log[place];
        let path = visited.iter().copied().chain([self.me]).collect();
        out.send(NodeId(target as u16), Message::Change(Box::new(change.clone()), path));
        self.peers.entry(target).or_default().sent.insert(place, out.clock());
    }

    /// Another one takes part no more, or again: whom it was told to, others tell from now on.
    pub(super) fn set_members(&mut self, members: Vec<usize>, out: &mut Out<'_>) {
        self.members = members;
        self.send_again(Time::ZERO, out);
    }

    /// Sends everything that is not confirmed and was not sent within a span.
    fn send_again(&mut self, within: Time, out: &mut Out<'_>) {
        let mut again = Vec::new();
        for (place, (change, visited)) in self.log.iter().enumerate() {
            for target in self.settings.topology.targets(self.me, &self.members, visited) {
                let peer = self.peers.get(&target);
                let confirmed = peer.is_some_and(|peer| peer.has.covers(&change.id));
                let sent = peer.and_then(|peer| peer.sent.get(&place));
                let lately = sent.is_some_and(|sent| out.clock().since(*sent) < within);
                if !confirmed && !lately {
                    again.push((target, place));
                }
            }
        }
        for (target, place) in again.into_iter().take(MOST_AGAIN) {
            self.send(target, place, out);
        }
    }
}

/// A state that merges, as a reader sees it.
fn shown(state: &Crdt) -> String {
    match state {
        Crdt::GCounter(counter) => counter.value().to_string(),
        Crdt::PnCounter(counter) => counter.value().to_string(),
        Crdt::LwwRegister(register) => register.value().unwrap_or_default().to_owned(),
        Crdt::MvRegister(register) => register.values().join(" | "),
        Crdt::OrSet(set) => format!("{{{}}}", set.items().join(", ")),
        Crdt::Sequence(text) => text.text(),
    }
}

/// What a reader sees, in words.
pub(super) fn listed(values: &[String]) -> String {
    match values {
        [] => "nothing".to_owned(),
        some => some.join(" | "),
    }
}

impl Node for Leader {
    type Message = Message;
    type Timer = Resend;
    type Record = ();
    type Output = ();

    fn start(&mut self, out: &mut Out<'_>) {
        out.after_in_background(self.settings.resend, Resend);
    }

    fn message(&mut self, from: NodeId, message: Message, out: &mut Out<'_>) {
        match message {
            Message::Change(change, visited) => {
                let known = self.received.counter(&change.id.server);
                // What is beyond the next one comes again, after what was lost.
                if change.id.counter == known + 1 {
                    self.take(*change, visited, out);
                }
            }
            Message::Received(has) => {
                let peer = self.peers.entry(from.index()).or_default();
                peer.has.merge(&has);
                let log = &self.log;
                peer.sent.retain(|place, _| !has.covers(&log[*place].0.id));
            }
        }
    }

    fn timer(&mut self, _: Resend, out: &mut Out<'_>) {
        out.after_in_background(self.settings.resend, Resend);
        for other in self.members.clone() {
            let tells_me = || self.settings.topology.targets(other, &self.members, &[]).contains(&self.me);
            if other != self.me && tells_me() {
                out.send(NodeId(other as u16), Message::Received(self.received.clone()));
            }
        }
        self.send_again(self.settings.resend, out);
    }
}
