//! Is a history linearizable? (Herlihy & Wing, TOPLAS 1990.)
//!
//! The search of Wing & Gong (1993) with Lowe's memory of seen states (2017), one key at a time: linearizability is
//! local. An operation can be placed next if no other one ended before it began. A write without an end may be
//! placed anywhere after its beginning, or left out.

use std::collections::BTreeSet;

use super::{Action, History, Op, Verdict, Witness};
use crate::time::Time;

/// Most operations on one key that are searched.
const MOST: usize = 128;

/// Whether every key of the history behaves like one register that starts empty. `budget` is how many states may be
/// looked at for each key; [`Verdict::Unknown`] when that is not enough, or a key has more than 128 operations, or
/// a read returned siblings: a register has one value.
pub fn linearizable(history: &History, budget: usize) -> Verdict {
    let mut unknown = None;
    for key in history.keys() {
        match of_key(history, key, budget) {
            Verdict::Holds => {}
            Verdict::Unknown(why) => unknown = unknown.or(Some(why)),
            violated => return violated,
        }
    }
    unknown.map_or(Verdict::Holds, Verdict::Unknown)
}

struct Search<'a> {
    ops: Vec<(usize, &'a Op)>,
    seen: BTreeSet<(u128, Option<&'a str>)>,
    budget: usize,
    // The longest run of operations that could be placed one after the other, and who could come next to fail.
    best: Vec<usize>,
}

fn of_key(history: &History, key: &str, budget: usize) -> Verdict {
    let counts = |op: &Op| op.key == key && (op.ended.is_some() || matches!(op.action, Action::Write(_)));
    let ops: Vec<_> = history.0.iter().enumerate().filter(|(_, op)| counts(op)).collect();
    if let Some((_, op)) =
        ops.iter().find(|(_, op)| matches!(&op.action, Action::Read(values) if values.len() > 1))
    {
        return Verdict::Unknown(format!("{op}: siblings are no value of a register"));
    }
    if ops.len() > MOST {
        return Verdict::Unknown(format!("{} operations on {key}: more than {MOST}", ops.len()));
    }
    let mut search = Search { ops, seen: BTreeSet::new(), budget, best: Vec::new() };
    match search.place(0, None, &mut Vec::new()) {
        Some(true) => Verdict::Holds,
        Some(false) => Verdict::Violated(search.witness()),
        None => Verdict::Unknown(format!("{budget} states of {key} were not enough")),
    }
}

impl<'a> Search<'a> {
    /// Places one operation after the other. Nothing if the budget ends.
    fn place(&mut self, placed: u128, value: Option<&'a str>, order: &mut Vec<usize>) -> Option<bool> {
        let finished = |i: usize, op: &Op| placed & (1 << i) != 0 || op.ended.is_none();
        if self.ops.iter().enumerate().all(|(i, (_, op))| finished(i, op)) {
            return Some(true);
        }
        if !self.seen.insert((placed, value)) {
            return Some(false);
        }
        if self.seen.len() > self.budget {
            return None;
        }
        if order.len() > self.best.len() {
            self.best.clone_from(order);
        }
        // Nothing may come before an operation that had already ended when it began.
        let first_end = self.first_end(placed);
        for i in 0..self.ops.len() {
            let op = self.ops[i].1;
            if placed & (1 << i) != 0 || op.began > first_end {
                continue;
            }
            let next = match &op.action {
                Action::Write(new) => Some(new.as_str()),
                Action::Read(values) if values.first().map(String::as_str) == value => value,
                Action::Read(_) => continue,
            };
            order.push(i);
            let found = self.place(placed | 1 << i, next, order);
            order.pop();
            if found != Some(false) {
                return found;
            }
        }
        Some(false)
    }

    fn first_end(&self, placed: u128) -> Time {
        let open = self.ops.iter().enumerate().filter(|(i, _)| placed & (1 << i) == 0);
        open.filter_map(|(_, (_, op))| op.ended).min().unwrap_or(Time::NEVER)
    }

    /// The first operation, by its end, that fits nowhere after the longest order that was found.
    fn witness(&self) -> Witness {
        let open = (0..self.ops.len()).filter(|i| !self.best.contains(i) && self.ops[*i].1.ended.is_some());
        let stuck = open.min_by_key(|i| self.ops[*i].1.ended);
        let Some(stuck) = stuck else {
            return Witness { operations: Vec::new(), why: "no order of the operations explains it".into() };
        };
        let (place, op) = self.ops[stuck];
        let written_last =
            self.best.iter().rev().find(|i| matches!(self.ops[**i].1.action, Action::Write(_)));
        let read_since = self.best.iter().rev().find(|i| {
            let before = self.ops[**i].1;
            matches!(before.action, Action::Read(_)) && before.ended.is_some_and(|ended| ended < op.began)
        });
        let mut operations = Vec::new();
        let mut why = format!("“{op}” fits nowhere");
        if let Some(write) = written_last {
            let (write_place, write) = self.ops[*write];
            operations.push(write_place);
            if write.ended.is_some_and(|ended| ended < op.began) {
                why = format!("“{op}” began after “{write}” was acknowledged, and does not see it");
            } else if let Some(read) = read_since {
                let (read_place, read) = self.ops[*read];
                operations.push(read_place);
                why = format!("“{op}” began after “{read}” had returned: time ran backwards");
            }
        }
        operations.push(place);
        Witness { operations, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(client: &str, action: Action, began: u64, ended: Option<u64>) -> Op {
        let ended = ended.map(Time::ms);
        Op { client: client.into(), key: "x".into(), action, began: Time::ms(began), ended }
    }

    fn write(value: &str, began: u64, ended: impl Into<Option<u64>>) -> Op {
        op("w", Action::Write(value.into()), began, ended.into())
    }

    fn read(value: &str, began: u64, ended: u64) -> Op {
        let values = if value.is_empty() { vec![] } else { vec![value.to_owned()] };
        op("r", Action::Read(values), began, Some(ended))
    }

    fn verdict(ops: Vec<Op>) -> Verdict {
        linearizable(&History(ops), 10_000)
    }

    #[test]
    fn a_read_that_overlaps_a_write_may_see_either() {
        assert!(verdict(vec![write("1", 0, 10), read("", 2, 3)]).holds());
        assert!(verdict(vec![write("1", 0, 10), read("1", 2, 3)]).holds());
    }

    #[test]
    fn a_read_after_an_acknowledged_write_must_see_it() {
        let Verdict::Violated(witness) = verdict(vec![write("1", 0, 1), read("", 2, 3)]) else { panic!() };
        assert_eq!(
            witness.why,
            "“r reads x: nothing” began after “w writes x=1” was acknowledged, and does not see it"
        );
        assert_eq!(witness.operations, [0, 1]);
    }

    #[test]
    fn new_then_old_during_a_slow_write() {
        let ops = vec![write("1", 0, 1), write("2", 2, 20), read("2", 3, 4), read("1", 5, 6)];
        let Verdict::Violated(witness) = verdict(ops) else { panic!() };
        assert_eq!(witness.why, "“r reads x: 1” began after “r reads x: 2” had returned: time ran backwards");
    }

    #[test]
    fn a_write_without_an_end_may_happen_late_or_never() {
        assert!(
            verdict(vec![write("1", 0, 1), write("2", 2, None), read("1", 3, 4), read("2", 5, 6)]).holds()
        );
        assert!(verdict(vec![write("1", 0, 1), write("2", 2, None), read("1", 3, 4)]).holds());
        assert!(
            !verdict(vec![write("1", 0, 1), write("2", 2, None), read("2", 3, 4), read("1", 5, 6)]).holds()
        );
    }

    #[test]
    fn a_budget_that_ends_is_no_verdict() {
        let ops = (0..12).map(|i| write(&i.to_string(), 0, 10)).chain([read("none of them", 11, 12)]);
        assert!(matches!(linearizable(&History(ops.collect()), 50), Verdict::Unknown(_)));
    }

    /// Every order of the operations, tried one by one.
    fn by_definition(ops: &[Op]) -> bool {
        fn explains(order: &[&Op]) -> bool {
            let mut value = None;
            order.iter().all(|op| match &op.action {
                Action::Write(new) => {
                    value = Some(new);
                    true
                }
                Action::Read(values) => values.first() == value,
            })
        }
        fn orders<'a>(left: &mut Vec<&'a Op>, order: &mut Vec<&'a Op>) -> bool {
            // Writes without an end may be left out.
            if left.iter().all(|op| op.ended.is_none()) && explains(order) {
                return true;
            }
            (0..left.len()).any(|i| {
                let op = left[i];
                if left.iter().any(|other| other.ended.is_some_and(|ended| ended < op.began)) {
                    return false;
                }
                left.remove(i);
                order.push(op);
                let found = orders(left, order);
                order.pop();
                left.insert(i, op);
                found
            })
        }
        orders(&mut ops.iter().collect(), &mut Vec::new())
    }

    #[test]
    fn agrees_with_the_definition_on_every_small_history() {
        // Two writes and two reads; every choice of beginnings, ends and returned values from a small grid.
        let spans = [(0, Some(2)), (1, Some(4)), (3, Some(5)), (3, None)];
        let values = ["", "1", "2"];
        let mut checked = 0;
        for (a, b) in spans.iter().flat_map(|a| spans.iter().map(move |b| (a, b))) {
            for (c, d) in spans[..3].iter().flat_map(|c| spans[..3].iter().map(move |d| (c, d))) {
                for (x, y) in values.iter().flat_map(|x| values.iter().map(move |y| (x, y))) {
                    let ops = vec![
                        write("1", a.0, a.1),
                        write("2", b.0, b.1),
                        read(x, c.0, c.1.unwrap()),
                        read(y, d.0, d.1.unwrap()),
                    ];
                    assert_eq!(verdict(ops.clone()).holds(), by_definition(&ops), "{}", History(ops));
                    checked += 1;
                }
            }
        }
        assert_eq!(checked, 16 * 9 * 9);
    }
}
