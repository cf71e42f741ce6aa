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
    let writer = found(op).flatten().and_then(|text| {
        let mut writers = guilty.all.iter().filter(|(_, other)| other.written() == Some(text));
        writers.next().filter(|_| writers.next().is_none() && guilty.initially != Some(text))
    });
    if let Some((other_place, write)) = writer
        && op.precedes(write)
    {
        return (vec![place, *other_place], format!("“{op}” had ended before “{write}” began"));
    }
    let before = |other: &Op| other.precedes(op);
    let mut effects = guilty.explained.iter().rev();
    if let Some((other_place, write)) = effects.find(|(_, other)| changes(other))
        && before(write)
        && misses(op, write)
    {
        let why = format!("“{op}” began after “{write}” was acknowledged, and does not see it");
        return (vec![*other_place, place], why);
    }
    let mut reads = guilty.explained.iter().rev();
    if let Some((other_place, read)) = reads.find(|(_, o)| matches!(o.action, Action::Read(_)) && before(o)) {
        let why = format!("“{op}” began after “{read}” had returned: time ran backwards");
        return (vec![*other_place, place], why);
    }
    (vec![place], format!("no order of the operations so far explains “{op}”"))
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
