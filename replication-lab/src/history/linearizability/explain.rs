//! From “there is no order” to the first answer that no order explains, and to a sentence about it.

use std::cell::Cell;

use super::super::{Action, Op, Verdict, Witness};
use super::board::Board;
use super::limits::{Limits, Meter};
use super::search::Outcome;
use crate::time::Time;

/// The first answer that can't be explained.
pub(in super::super) struct Guilty<'a> {
    /// The operation that got it, with its place.
    pub(in super::super) op: (usize, &'a Op),
    /// The operations before it, in an order that explains them.
    pub(in super::super) explained: &'a [(usize, &'a Op)],
    /// All operations on the key.
    pub(in super::super) all: &'a [(usize, &'a Op)],
    /// What was there at first.
    pub(in super::super) initially: Option<&'a str>,
}

type Searched = fn(&mut Board<'_>, &Meter<'_>, &Cell<usize>) -> Outcome;
type Told = fn(&Guilty<'_>) -> (Vec<usize>, String);

/// Searches the operations of one key, and if there is no order, for the longest beginning that has one: what had
/// been answered by then is complete, what had not is still under way. Beginnings of what can be explained can be
/// explained, so halving finds it.
pub(in super::super) fn first_unexplained(
    ops: &[(usize, &Op)],
    initially: Option<&str>,
    limits: Limits<'_>,
    search: Searched,
    tell: Told,
) -> Verdict {
    let mut ends: Vec<(Time, usize)> =
        ops.iter().filter_map(|(place, op)| Some((op.ended?, *place))).collect();
    ends.sort_unstable();
    let passed = Cell::new(0);
    let attempt = |answers: usize| {
        let meter = Meter::new(limits);
        let outcome = search(&mut beginning(ops, &ends[..answers], initially), &meter, &passed);
        (outcome, meter)
    };
    match attempt(ends.len()) {
        (Outcome::Explained(_), _) => return Verdict::Holds,
        (Outcome::GaveUp, meter) => return Verdict::Unknown(meter.reason(&ops[0].1.key)),
        (Outcome::Impossible, _) => {}
    }
    // The search looks ahead and may turn back earlier than it must, but what it has passed is explained.
    let (mut low, mut high) = (passed.get().min(ends.len() - 1), ends.len());
    let mut order = None;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match attempt(middle).0 {
            Outcome::Explained(found) => (low, order) = (middle, Some(found)),
            Outcome::Impossible => high = middle,
            Outcome::GaveUp => break,
        }
    }
    let explained = order.or_else(|| match attempt(low).0 {
        Outcome::Explained(found) => Some(found),
        _ => None,
    });
    let explained = explained.unwrap_or_default();
    let at =
        |place: usize| ops.binary_search_by_key(&place, |(place, _)| *place).ok().map(|found| ops[found]);
    let Some(op) = at(ends[high - 1].1) else {
        return Verdict::violated(Vec::new(), "no order explains the answers");
    };
    let before: Vec<_> = explained.iter().filter_map(|place| at(*place)).collect();
    let (operations, why) = match high - low {
        1 => tell(&Guilty { op, explained: &before, all: ops, initially }),
        _ => (vec![op.0], format!("no order explains the answers up to “{}”", op.1)),
    };
    Verdict::Violated(Witness { operations, why, explained })
}

/// The operations when the last of these ends had come: the others have none yet.
fn beginning<'a>(ops: &[(usize, &'a Op)], ends: &[(Time, usize)], initially: Option<&'a str>) -> Board<'a> {
    let last = ends.last();
    let known = |op: &Op, place| op.ended.filter(|ended| last.is_some_and(|last| (*ended, place) <= *last));
    let ops: Vec<_> = ops.iter().map(|(place, op)| (*place, *op, known(op, *place))).collect();
    Board::new(initially, &ops)
}

/// Says what is wrong with an answer, by the clock that all clients share.
pub(super) fn in_real_time(guilty: &Guilty<'_>) -> (Vec<usize>, String) {
    let (place, op) = guilty.op;
    if let Some(why) = from_nowhere(guilty) {
        return (vec![place], why);
    }
    if let Some((later, write)) = source(guilty)
        && op.precedes(write)
    {
        return (vec![place, later], format!("“{op}” had ended before “{write}” began"));
    }
    if let Some((other, write)) = replaced(guilty).or_else(|| unseen(guilty)) {
        let why = format!("“{op}” began after “{write}” was acknowledged, and does not see it");
        return (vec![other, place], why);
    }
    if let Some((other, read)) = newer_read(guilty) {
        let why = format!("“{op}” began after “{read}” had returned: time ran backwards");
        return (vec![other, place], why);
    }
    (vec![place], format!("no order of the operations so far explains “{op}”"))
}

type Placed<'a> = (usize, &'a Op);

/// The one write of the text that the guilty operation found; nothing if there are more, or it may always have
/// been there.
fn source<'a>(guilty: &Guilty<'a>) -> Option<Placed<'a>> {
    let text = found(guilty.op.1)??;
    let mut writers = guilty.all.iter().filter(|(_, other)| other.written() == Some(text));
    let writer = writers.next().filter(|_| guilty.initially != Some(text));
    writers.next().is_none().then_some(writer).flatten().copied()
}

/// The last write that certainly replaced what the guilty operation found: acknowledged before that one began, and
/// begun after every write was acknowledged from which it may have come.
fn replaced<'a>(guilty: &Guilty<'a>) -> Option<Placed<'a>> {
    let (_, op) = guilty.op;
    let text = found(op)?;
    let grows = guilty.all.iter().any(|(_, other)| matches!(other.action, Action::Append(_)));
    let is_source = |other: &Op| match (other.written(), text) {
        (Some(value), Some(text)) if grows => text.starts_with(value),
        (value, text) => value.is_some() && value == text,
    };
    let sources = guilty.all.iter().filter(|(_, other)| is_source(other));
    let settled = sources.map(|(_, source)| source.ended.unwrap_or(Time::NEVER)).max();
    let replaces = |other: &Op| other.written().is_some() && !is_source(other) && other.precedes(op);
    let candidates = guilty.all.iter().filter(|(_, other)| replaces(other) && settled < Some(other.began));
    candidates.max_by_key(|(_, other)| other.ended).copied()
}

/// The last change in the order that explains what came before, if the guilty operation came after it and misses
/// it.
fn unseen<'a>(guilty: &Guilty<'a>) -> Option<Placed<'a>> {
    let (_, op) = guilty.op;
    let last = guilty.explained.iter().rev().find(|(_, other)| changes(other))?;
    (last.1.precedes(op) && misses(op, last.1)).then_some(*last)
}

/// The last read before the guilty operation, if what that one found had been there earlier and was gone by the
/// time of the read.
fn newer_read<'a>(guilty: &Guilty<'a>) -> Option<Placed<'a>> {
    let (_, op) = guilty.op;
    let text = found(op)?.map(str::to_owned);
    let is_before = |(_, other): &&Placed<'a>| matches!(other.action, Action::Read(_)) && other.precedes(op);
    let at = guilty.explained.iter().rposition(|placed| is_before(&placed))?;
    let mut state = guilty.initially.map(str::to_owned);
    let mut was_there = state == text;
    for (_, other) in &guilty.explained[..at] {
        match &other.action {
            Action::Append(value) => state = Some(state.unwrap_or_default() + value),
            _ => state = other.written().map(str::to_owned).or(state),
        }
        was_there |= state == text;
    }
    (was_there && state != text).then(|| guilty.explained[at])
}

/// Whether an operation leaves something else than it found.
fn changes(op: &Op) -> bool {
    op.written().is_some() || matches!(op.action, Action::Append(_))
}

/// The text that an operation found.
pub(in super::super) fn found(op: &Op) -> Option<Option<&str>> {
    match &op.action {
        Action::Read(values) => Some(values.first().map(String::as_str)),
        Action::CompareAndSet { expected, swapped: true, .. } => Some(expected.as_deref()),
        _ => None,
    }
}

/// Whether what an operation found can't come from right after a write, nor from appends after it.
fn misses(op: &Op, write: &Op) -> bool {
    match (found(op), &write.action) {
        (Some(Some(text)), Action::Append(value)) => !text.contains(value.as_str()),
        (Some(Some(text)), _) => write.written().is_some_and(|value| !text.starts_with(value)),
        (Some(None), _) => true,
        // A compare-and-set that failed saw something else than it expected.
        (None, _) => false,
    }
}

/// The sentence about a text that nobody writes.
pub(in super::super) fn from_nowhere(guilty: &Guilty<'_>) -> Option<String> {
    let (_, op) = guilty.op;
    let text = found(op)??;
    let written =
        guilty.initially == Some(text) || guilty.all.iter().any(|(_, other)| other.written() == Some(text));
    let grows = guilty.all.iter().any(|(_, other)| matches!(other.action, Action::Append(_)));
    (!grows && !written).then(|| format!("“{op}”: nobody writes {text}"))
}
