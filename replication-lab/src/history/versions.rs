//! Who wrote what a read returned, and which of two writes is older: common ground of the checkers that follow
//! single values through a history.
//!
//! They need a history in which every value is written once on its key, so that a value names its write. Which of
//! two writes on a key is *older* is known in part: a write that had ended before another began is, and a client's
//! own writes have their order. What a guarantee demands adds to that: “this read must return nothing older than
//! that write”. The demands can be met if one order of the writes satisfies them all, which a search for a cycle
//! decides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, History, Op, Verdict};
use crate::time::Time;

/// The writes of a history with unique values.
pub(super) struct Versions<'h> {
    pub(super) history: &'h History,
    writers: BTreeMap<(&'h str, &'h str), usize>,
}

/// “The read `read` must return nothing older than the write `newest`.”
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Demand {
    /// Place of the read.
    pub(super) read: usize,
    /// Place of the write, on the read's key.
    pub(super) at_least: usize,
    /// Place of the operation by which the read's client came to depend on the write.
    pub(super) because: usize,
}

impl<'h> Versions<'h> {
    /// Finds the writes.
    ///
    /// # Errors
    /// Why a checker can't tell: values that are written twice, texts that grow, siblings, values from nowhere.
    pub(super) fn of(history: &'h History) -> Result<Self, String> {
        let mut writers = BTreeMap::new();
        for (place, op) in history.0.iter().enumerate() {
            match &op.action {
                Action::Append(_) => {
                    return Err(format!("{op}: only whole values can be followed, not appended text"));
                }
                Action::Read(values) if values.len() > 1 => {
                    return Err(format!("{op}: siblings have no order among them"));
                }
                _ => {}
            }
            let Some(value) = op.written() else { continue };
            if writers.insert((op.key.as_str(), value), place).is_some() {
                return Err(format!(
                    "{}={value} is written twice: which write a read has seen is unknown",
                    op.key
                ));
            }
        }
        Ok(Self { history, writers })
    }

    /// The operation at a place.
    pub(super) fn op(&self, place: usize) -> &'h Op {
        &self.history.0[place]
    }

    /// What an operation found there, if it was told: of nothing, an inner nothing.
    pub(super) fn found(&self, place: usize) -> Option<Option<&'h str>> {
        let op = self.op(place);
        op.ended?;
        super::linearizability::found(op)
    }

    /// The first operation that found a value that nobody had begun to write.
    pub(super) fn read_from_nowhere(&self) -> Option<usize> {
        self.reads().find(|place| {
            let too_late = |write: usize| self.op(*place).precedes(self.op(write));
            self.found(*place).flatten().is_some() && self.source(*place).is_none_or(too_late)
        })
    }

    /// The write whose value an operation found; nothing if it found nothing, or none is known.
    pub(super) fn source(&self, place: usize) -> Option<usize> {
        self.writer(&self.op(place).key, self.found(place).flatten()?)
    }

    /// Places of all operations that were told what they found, in order.
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.history.0.len()).filter(|place| self.found(*place).is_some())
    }

    /// Whether this is a write that was acknowledged.
    pub(super) fn is_acknowledged_write(&self, place: usize) -> bool {
        let op = self.op(place);
        op.ended.is_some() && op.written().is_some()
    }

    /// Of some operations of one client, in order, those that come before another one in its session and before
    /// none of the others.
    pub(super) fn latest_before(&self, places: &[usize], place: usize) -> Vec<usize> {
        let mut latest: Vec<usize> = Vec::new();
        for other in places.iter().rev().copied().filter(|other| self.history.in_session(*other, place)) {
            if !latest.iter().any(|later| self.history.in_session(other, *later)) {
                latest.push(other);
            }
        }
        latest
    }

    /// Judges demands: the first in the order of the list that can't be met together with those before it, and the
    /// order of writes that is `given`. Returns places of the guilty operations and how they are guilty.
    pub(super) fn judge(&self, demands: &[Demand], given: &[(usize, usize)]) -> Option<(Demand, Age)> {
        if self.can_meet(demands, given) {
            return None;
        }
        let (mut can, mut cannot) = (0, demands.len());
        while cannot - can > 1 {
            let middle = can + (cannot - can) / 2;
            if self.can_meet(&demands[..middle], given) { can = middle } else { cannot = middle }
        }
        let demand = *demands.get(cannot.checked_sub(1)?)?;
        let age = match self.source(demand.read) {
            None => Age::Nothing,
            Some(returned) if self.is_older(returned, demand.at_least) => Age::Older,
            Some(_) => Age::Circle,
        };
        Some((demand, age))
    }

    fn writer(&self, key: &str, value: &str) -> Option<usize> {
        self.writers.get(&(key, value)).copied()
    }

    fn is_older(&self, a: usize, b: usize) -> bool {
        self.op(a).precedes(self.op(b)) || self.history.in_session(a, b)
    }

    /// Whether every key's writes can be put into an order: removes the oldest one until none is left.
    pub(super) fn can_meet(&self, demands: &[Demand], given: &[(usize, usize)]) -> bool {
        let mut edges: Vec<(usize, usize)> = given.to_vec();
        for demand in demands {
            match self.source(demand.read) {
                // Nothing is older than any write.
                None => return false,
                Some(returned) if returned != demand.at_least => edges.push((demand.at_least, returned)),
                Some(_) => {}
            }
        }
        edges.sort_unstable();
        edges.dedup();
        let mut by_key = BTreeMap::<&str, Vec<usize>>::new();
        let mut last_of = BTreeMap::<(&str, &str), Vec<usize>>::new();
        for ((key, _), place) in &self.writers {
            by_key.entry(key).or_default().push(*place);
        }
        for places in by_key.values_mut() {
            places.sort_unstable();
            for place in places.iter() {
                let op = self.op(*place);
                let own = last_of.entry((&op.client, &op.key)).or_default();
                edges.extend(self.latest_before(own, *place).into_iter().map(|before| (before, *place)));
                own.push(*place);
            }
        }
        by_key.values().all(|places| self.has_order(places, &edges))
    }

    fn has_order(&self, places: &[usize], edges: &[(usize, usize)]) -> bool {
        let mut blocked: BTreeMap<usize, usize> = places.iter().map(|place| (*place, 0)).collect();
        let mut after = BTreeMap::<usize, Vec<usize>>::new();
        for (before, later) in edges {
            if let Some(count) = blocked.get_mut(later) {
                *count += 1;
                after.entry(*before).or_default().push(*later);
            }
        }
        // By the clock: a write can be the oldest one if none that is left had ended before it began.
        let end = |place: usize| self.op(place).ended.unwrap_or(Time::NEVER);
        let mut ends: BTreeSet<(Time, usize)> = places.iter().map(|place| (end(*place), *place)).collect();
        let mut begins: BTreeSet<(Time, usize)> = BTreeSet::new();
        let free = |place: usize| (self.op(place).began, place);
        begins.extend(blocked.iter().filter(|(_, count)| **count == 0).map(|(place, _)| free(*place)));
        while let Some((began, place)) = begins.pop_first() {
            if ends.first().is_some_and(|(ended, _)| *ended < began) {
                // Those that are left and free all begin later still.
                return false;
            }
            ends.remove(&(end(place), place));
            for later in after.get(&place).into_iter().flatten() {
                if let Some(count) = blocked.get_mut(later) {
                    *count -= 1;
                    if *count == 0 {
                        begins.insert(free(*later));
                    }
                }
            }
        }
        ends.is_empty()
    }
}

/// How what a read returned is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// It returned nothing.
    Nothing,
    /// It returned what was known to be older.
    Older,
    /// It returned what other operations say is older.
    Circle,
}

impl Age {
    /// The end of a sentence about a read that should have returned `newer`.
    pub(super) fn tell(self) -> &'static str {
        match self {
            Age::Nothing => "found nothing there",
            Age::Older => "found an older value",
            Age::Circle => "found a value that must be older, by what the others saw",
        }
    }
}

/// Runs a checker on a history whose reads can all be followed to their writes.
pub(super) fn followed(history: &History, check: impl FnOnce(&Versions<'_>) -> Verdict) -> Verdict {
    let versions = match Versions::of(history) {
        Ok(versions) => versions,
        Err(why) => return Verdict::Unknown(why),
    };
    match versions.read_from_nowhere() {
        Some(place) => {
            Verdict::Unknown(format!("“{}” found what nobody had begun to write", versions.op(place)))
        }
        None => check(&versions),
    }
}
