//! Two simple questions to a history: which reads were stale, and which acknowledged writes are gone?

use super::{Action, History, Op};

/// The reads that returned something old: an acknowledged write had already replaced it before the read began.
///
/// A read is stale if some write W′ on its key was acknowledged before the read began, and nothing that the read
/// returned is as new: every returned value was written by an operation that had ended before W′ began, or the
/// read returned nothing. Values that are concurrent with W′ are not stale. Returns places in the history.
pub fn stale_reads(history: &History) -> Vec<usize> {
    let all = history.0.iter().enumerate();
    all.filter(|(_, op)| op.ended.is_some())
        .filter(|(_, op)| is_stale(history, op))
        .map(|(place, _)| place)
        .collect()
}

fn is_stale(history: &History, read: &Op) -> bool {
    let Action::Read(values) = &read.action else { return false };
    let acknowledged_before = |op: &&Op| op.key == read.key && op.written().is_some() && op.precedes(read);
    history.0.iter().filter(acknowledged_before).any(|newer| {
        values.iter().all(|value| match writer(history, &read.key, value) {
            Some(write) => write.precedes(newer),
            None => false,
        })
    })
}

/// The acknowledged writes that are gone: their value is not among `remaining` (key and value on any replica), and
/// nothing that remains was written after they were acknowledged. Returns places in the history.
pub fn lost_writes(history: &History, remaining: &[(String, String)]) -> Vec<usize> {
    let lost = |op: &Op| {
        let (Some(value), Some(ended)) = (op.written(), op.ended) else { return false };
        let of_key = || remaining.iter().filter(|(key, _)| *key == op.key);
        let there = of_key().any(|(_, kept)| kept == value);
        let replaced =
            of_key().filter_map(|(key, kept)| writer(history, key, kept)).any(|later| later.began >= ended);
        !there && !replaced
    };
    history.0.iter().enumerate().filter(|(_, op)| lost(op)).map(|(place, _)| place).collect()
}

fn writer<'a>(history: &'a History, key: &str, value: &str) -> Option<&'a Op> {
    history.0.iter().find(|op| op.key == key && op.written() == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

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
}
