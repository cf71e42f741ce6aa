//! Two simple questions to a history: which reads were stale, and which acknowledged writes are gone?

use std::collections::BTreeMap;

use super::{Action, History, Op};
use crate::time::Time;

/// The reads that returned something old: an acknowledged write had already replaced it before the read began.
///
/// A read is stale if some write W′ on its key was acknowledged before the read began, and nothing that the read
/// returned is as new: every returned value was written by an operation that had ended before W′ began, or the
/// read returned nothing. Values that are concurrent with W′ are not stale. Returns places in the history.
///
/// Takes n log n comparisons for n operations.
pub fn stale_reads(history: &History) -> Vec<usize> {
    let writes = Writes::of(history);
    let all = history.0.iter().enumerate();
    all.filter(|(_, op)| op.ended.is_some())
        .filter(|(_, op)| is_stale(&writes, op))
        .map(|(place, _)| place)
        .collect()
}

fn is_stale(writes: &Writes<'_>, read: &Op) -> bool {
    let Action::Read(values) = &read.action else { return false };
    // What precedes a write also precedes those that begin later: the one that began last decides for all.
    let Some(newest) = writes.last_to_begin(&read.key, read.began) else { return false };
    values.iter().all(|value| {
        let ended = writes.writer(&read.key, value).and_then(|write| write.ended);
        ended.is_some_and(|ended| ended < newest)
    })
}

/// The acknowledged writes that are gone: their value is not among `remaining` (key and value on any replica), and
/// nothing that remains was written after they were acknowledged. Returns places in the history.
pub fn lost_writes(history: &History, remaining: &[(String, String)]) -> Vec<usize> {
    let writes = Writes::of(history);
    let lost = |op: &Op| {
        let (Some(value), Some(ended)) = (op.written(), op.ended) else { return false };
        let of_key = || remaining.iter().filter(|(key, _)| *key == op.key);
        let there = of_key().any(|(_, kept)| kept == value);
        let replaced =
            of_key().filter_map(|(key, kept)| writes.writer(key, kept)).any(|later| later.began >= ended);
        !there && !replaced
    };
    history.0.iter().enumerate().filter(|(_, op)| lost(op)).map(|(place, _)| place).collect()
}

/// The writes of a history, to be looked up.
struct Writes<'h> {
    /// Who wrote a value first, by key and value.
    writers: BTreeMap<(&'h str, &'h str), &'h Op>,
    /// By key, the acknowledged ones in the order of their ends: the end, and the latest beginning so far.
    acknowledged: BTreeMap<&'h str, Vec<(Time, Time)>>,
}

impl<'h> Writes<'h> {
    fn of(history: &'h History) -> Self {
        let mut writers = BTreeMap::new();
        let mut acknowledged = BTreeMap::<&str, Vec<(Time, Time)>>::new();
        for op in &history.0 {
            let Some(value) = op.written() else { continue };
            writers.entry((op.key.as_str(), value)).or_insert(op);
            if let Some(ended) = op.ended {
                acknowledged.entry(&op.key).or_default().push((ended, op.began));
            }
        }
        for ends in acknowledged.values_mut() {
            ends.sort_unstable();
            let mut latest = Time::ZERO;
            for (_, began) in ends {
                latest = latest.max(*began);
                *began = latest;
            }
        }
        Self { writers, acknowledged }
    }

    fn writer(&self, key: &str, value: &str) -> Option<&'h Op> {
        self.writers.get(&(key, value)).copied()
    }

    /// The latest beginning of a write on the key that had been acknowledged before `moment`.
    fn last_to_begin(&self, key: &str, moment: Time) -> Option<Time> {
        let ends = self.acknowledged.get(key)?;
        let before = ends.partition_point(|(ended, _)| *ended < moment);
        Some(ends.get(before.checked_sub(1)?)?.1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn op(action: Action, began: u64, ended: Option<u64>) -> Op {
        let (began, ended) = (Time::ms(began), ended.map(Time::ms));
        Op { client: "c".into(), key: "x".into(), action, began, ended }
    }

    fn write(value: &str, began: u64, ended: u64) -> Op {
        op(Action::Write(value.into()), began, Some(ended))
    }

    fn read(value: &str, began: u64) -> Op {
        let values = if value.is_empty() { vec![] } else { vec![value.into()] };
        op(Action::Read(values), began, Some(began + 1))
    }

    #[test]
    fn old_values_and_nothing_are_stale_once_a_newer_write_was_acknowledged() {
        let history =
            History(vec![write("1", 0, 1), write("2", 2, 5), read("1", 3), read("1", 6), read("", 7)]);
        assert_eq!(stale_reads(&history), [3, 4]);
    }

    #[test]
    fn a_value_concurrent_with_the_newest_is_not_stale() {
        let history = History(vec![write("1", 0, 4), write("2", 2, 5), read("1", 6)]);
        assert_eq!(stale_reads(&history), [0; 0]);
    }

    #[test]
    fn a_write_is_lost_if_nothing_later_replaced_it() {
        let history = History(vec![write("1", 0, 1), write("2", 2, 5), write("3", 3, 6)]);
        let kept = |value: &str| vec![("x".to_owned(), value.to_owned())];
        assert_eq!(lost_writes(&history, &kept("3")), [1], "2 was concurrent with 3, and is gone");
        assert_eq!(lost_writes(&history, &kept("1")), [1, 2]);
        assert_eq!(lost_writes(&history, &[]), [0, 1, 2]);
    }

    /// The definition, word by word.
    fn by_definition(history: &History, read: &Op) -> bool {
        let Action::Read(values) = &read.action else { return false };
        let writes = || history.0.iter().filter(|op| op.key == read.key && op.written().is_some());
        let older = |value: &String, newer: &Op| {
            writes().find(|op| op.written() == Some(value)).is_some_and(|write| write.precedes(newer))
        };
        writes().filter(|op| op.precedes(read)).any(|newer| values.iter().all(|value| older(value, newer)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_index_finds_what_the_definition_says(
            ops in prop::collection::vec((0..2u8, 0..2u8, 0..12u64, prop::option::of(0..6u64), prop::collection::vec(0..4u8, 0..3)), 0..12)
        ) {
            let ops = ops.into_iter().map(|(key, kind, began, lasts, values)| {
                let written = values.first().unwrap_or(&0).to_string();
                let action = match kind {
                    0 => Action::Write(written),
                    _ => Action::Read(values.iter().map(u8::to_string).collect()),
                };
                Op { key: key.to_string(), ..op(action, began, lasts.map(|lasts| began + lasts)) }
            });
            let history = History(ops.collect());
            let told = history.0.iter().enumerate().filter(|(_, op)| op.ended.is_some());
            let expected: Vec<usize> =
                told.filter(|(_, op)| by_definition(&history, op)).map(|(place, _)| place).collect();
            prop_assert_eq!(stale_reads(&history), expected);
        }
    }
}
