//! The search against plain definitions, on everything small and on much that is drawn.

use super::*;
use crate::history::Witness;
use crate::time::Time;

fn op(client: &str, action: Action, began: u64, ended: Option<u64>) -> Op {
    let ended = ended.map(Time::ms);
    Op { client: client.into(), key: "x".into(), action, began: Time::ms(began), ended }
}

fn write(value: &str, began: u64, ended: impl Into<Option<u64>>) -> Op {
    op("w", Action::Write(value.into()), began, ended.into())
}

fn append(value: &str, began: u64, ended: impl Into<Option<u64>>) -> Op {
    op("a", Action::Append(value.into()), began, ended.into())
}

fn read(value: &str, began: u64, ended: u64) -> Op {
    let values = if value.is_empty() { vec![] } else { vec![value.to_owned()] };
    op("r", Action::Read(values), began, Some(ended))
}

fn cas(expected: &str, new: &str, swapped: bool, began: u64, ended: impl Into<Option<u64>>) -> Op {
    let expected = Some(expected.to_owned()).filter(|expected| !expected.is_empty());
    op("s", Action::CompareAndSet { expected, new: new.into(), swapped }, began, ended.into())
}

fn verdict(ops: Vec<Op>) -> Verdict {
    linearizable(&History(ops), 10_000)
}

fn witness(ops: Vec<Op>) -> Witness {
    let history = History(ops);
    match linearizable(&history, 10_000) {
        Verdict::Violated(witness) => witness,
        other => panic!("{other}\n{history}"),
    }
}

#[test]
fn a_read_that_overlaps_a_write_may_see_either() {
    assert!(verdict(vec![write("1", 0, 10), read("", 2, 3)]).holds());
    assert!(verdict(vec![write("1", 0, 10), read("1", 2, 3)]).holds());
}

#[test]
fn a_read_after_an_acknowledged_write_must_see_it() {
    let witness = witness(vec![write("1", 0, 1), read("", 2, 3)]);
    assert_eq!(
        witness.why,
        "“r reads x: nothing” began after “w writes x=1” was acknowledged, and does not see it"
    );
    assert_eq!(witness.operations, [0, 1]);
    assert_eq!(witness.explained, [0]);
}

#[test]
fn new_then_old_during_a_slow_write() {
    let witness = witness(vec![write("1", 0, 1), write("2", 2, 20), read("2", 3, 4), read("1", 5, 6)]);
    assert_eq!(witness.why, "“r reads x: 1” began after “r reads x: 2” had returned: time ran backwards");
    assert_eq!(witness.explained, [0, 1, 2]);
}

#[test]
fn every_kind_of_fault_has_its_sentence() {
    let all = [
        vec![write("1", 0, 1), read("2", 2, 3)],
        vec![read("1", 0, 1), write("1", 2, 3)],
        vec![write("1", 0, 1), cas("2", "3", true, 2, 3), write("2", 4, 5)],
        vec![write("1", 0, 1), write("2", 2, 3), cas("1", "3", true, 4, 5)],
        vec![write("1", 0, 1), cas("1", "2", false, 2, 3)],
        vec![append("a", 0, 1), append("b", 2, 3), read("a", 4, 5)],
        vec![append("a", 0, 1), append("b", 2, 3), read("ba", 4, 5)],
        vec![append("a", 0, 1), read("a", 2, 3), append("b", 2, None), read("ab", 4, 5), read("a", 6, 7)],
    ];
    let sentences: Vec<_> = all.into_iter().map(|ops| witness(ops).why).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn a_write_without_an_end_may_happen_late_or_never() {
    assert!(verdict(vec![write("1", 0, 1), write("2", 2, None), read("1", 3, 4), read("2", 5, 6)]).holds());
    assert!(verdict(vec![write("1", 0, 1), write("2", 2, None), read("1", 3, 4)]).holds());
    assert!(!verdict(vec![write("1", 0, 1), write("2", 2, None), read("2", 3, 4), read("1", 5, 6)]).holds());
}

#[test]
fn a_budget_that_ends_is_no_verdict() {
    // Which of the twelve comes last is for the failed compare-and-sets to say, and they know little.
    let writes = (0..12).map(|i| write(&i.to_string(), 0, 100));
    let fails = (0..12).map(|i| cas(&i.to_string(), "x", false, 101 + i, 102 + i));
    let history = History(writes.chain(fails).collect());
    assert_eq!(linearizable(&history, 50).to_string(), "unknown: 50 states of x were not enough");
    let stop = || true;
    let stopped = linearizable_from(&history, None, Limits::states(usize::MAX).or_when(&stop));
    assert_eq!(stopped.to_string(), "unknown: stopped after 512 states of x");
}

#[test]
fn the_guilty_operation_is_the_first_that_does_not_fit() {
    let fine = (0..50).flat_map(|i| {
        [write(&i.to_string(), 10 * i, 10 * i + 3), read(&i.to_string(), 10 * i + 4, 10 * i + 5)]
    });
    let bad = [read("48", 500, 501), read("47", 502, 503)];
    let later = (60..90).map(|i| write(&i.to_string(), 10 * i, 10 * i + 3));
    let witness = witness(fine.chain(bad).chain(later).collect());
    assert_eq!(witness.operations, [98, 100]);
    assert_eq!(witness.explained, (0..100).collect::<Vec<_>>());
}

mod by_definition {
    //! Every order of the operations, tried one by one.

    use super::*;

    fn explains(order: &[&Op], initially: Option<&str>) -> bool {
        let mut value = initially.map(str::to_owned);
        order.iter().all(|op| match &op.action {
            Action::Write(new) => {
                value = Some(new.clone());
                true
            }
            Action::Read(values) => op.ended.is_none() || values.first() == value.as_ref(),
            Action::Append(more) => {
                value = Some(value.take().unwrap_or_default() + more);
                true
            }
            Action::CompareAndSet { expected, new, swapped } => {
                let equal = *expected == value;
                if equal {
                    value = Some(new.clone());
                }
                op.ended.is_none() || equal == *swapped
            }
        })
    }

    /// Whether `may_come(a, others)`, an order, and the specification can be satisfied together.
    pub(super) fn has_order(ops: &[Op], initially: Option<&str>, goes_first: fn(&Op, &Op) -> bool) -> bool {
        fn orders<'a>(
            left: &mut Vec<&'a Op>,
            order: &mut Vec<&'a Op>,
            initially: Option<&str>,
            goes_first: fn(&Op, &Op) -> bool,
        ) -> bool {
            // Operations without an end may be left out.
            if left.iter().all(|op| op.ended.is_none()) && explains(order, initially) {
                return true;
            }
            (0..left.len()).any(|i| {
                let op = left[i];
                if left.iter().any(|other| goes_first(other, op)) {
                    return false;
                }
                left.remove(i);
                order.push(op);
                let found = orders(left, order, initially, goes_first);
                order.pop();
                left.insert(i, op);
                found
            })
        }
        orders(&mut ops.iter().collect(), &mut Vec::new(), initially, goes_first)
    }

    pub(super) fn linearizable(ops: &[Op], initially: Option<&str>) -> bool {
        has_order(ops, initially, |a, b| a.ended.is_some_and(|ended| ended < b.began))
    }

    /// Checks an explanation: all that ended is in it, in the order of time, and it explains.
    pub(super) fn is_explanation(ops: &[Op], initially: Option<&str>, explained: &[usize]) -> bool {
        let order: Vec<&Op> = explained.iter().map(|place| &ops[*place]).collect();
        let in_time = order.iter().enumerate().all(|(i, later)| {
            order[i + 1..].iter().all(|other| other.ended.is_none_or(|ended| ended >= later.began))
        });
        // An answer that had not come yet is no answer.
        in_time && explains(&order, initially)
    }
}

/// All that the searches must have in common with the definitions.
fn check(ops: &[Op], initially: Option<&str>) {
    let history = History(ops.to_vec());
    let expected = by_definition::linearizable(ops, initially);
    let verdict = linearizable_from(&history, initially, Limits::states(100_000));
    assert_eq!(verdict.holds(), expected, "{verdict}\n{history}");
    let Verdict::Violated(witness) = verdict else { return };
    // The witness: what was answered before the guilty answer is explained, and with it nothing is.
    let guilty = witness.operations.iter().copied().filter_map(|place| Some((ops[place].ended?, place)));
    let guilty = guilty.max().unwrap_or_default();
    let cut = |last: bool| -> Vec<Op> {
        let answered = |op: &Op, place: usize| {
            op.ended.is_some_and(|e| (e, place) < guilty || last && place == guilty.1)
        };
        let begun = ops.iter().enumerate();
        begun
            .map(|(place, op)| Op { ended: op.ended.filter(|_| answered(op, place)), ..op.clone() })
            .collect()
    };
    let from_the_future = witness.why.contains("had ended before");
    if !from_the_future {
        assert!(!by_definition::linearizable(&cut(true), initially), "{witness:?}\n{history}");
        assert!(by_definition::linearizable(&cut(false), initially), "{witness:?}\n{history}");
        assert!(
            by_definition::is_explanation(&cut(false), initially, &witness.explained),
            "{witness:?}\n{history}"
        );
        let answered = cut(false).iter().filter(|op| op.ended.is_some()).count();
        let explained = witness.explained.iter().filter(|p| cut(false)[**p].ended.is_some()).count();
        assert_eq!(answered, explained, "{witness:?}\n{history}");
    }
}

#[test]
fn agrees_with_the_definition_on_every_small_register() {
    // Two writes and two reads; every choice of beginnings, ends and returned values from a small grid.
    let spans = [(0, Some(2)), (1, Some(4)), (3, Some(5)), (3, None)];
    let values = ["", "1", "2"];
    let mut checked = 0;
    for (a, b) in spans.iter().flat_map(|a| spans.iter().map(move |b| (a, b))) {
        for (c, d) in spans[..3].iter().flat_map(|c| spans[..3].iter().map(move |d| (c, d))) {
            for (x, y) in values.iter().flat_map(|x| values.iter().map(move |y| (x, y))) {
                let (c, d) = ((c.0, c.1.unwrap()), (d.0, d.1.unwrap()));
                check(
                    &[write("1", a.0, a.1), write("2", b.0, b.1), read(x, c.0, c.1), read(y, d.0, d.1)],
                    None,
                );
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 16 * 9 * 9);
}

/// Every operation that a small scope has, with every span.
fn small_scope(texts: bool) -> Vec<Op> {
    let spans = [(0, Some(1)), (0, Some(3)), (2, Some(3)), (2, None)];
    let actions = |began: u64, ended: Option<u64>| -> Vec<Op> {
        let mut all = vec![write("1", began, ended), write("2", began, ended)];
        if let Some(end) = ended {
            all.extend([read("", began, end), read("1", began, end)]);
        }
        match texts {
            true => {
                all.extend(["1", "2"].map(|value| append(value, began, ended)));
                all.extend(ended.map(|end| read("12", began, end)));
            }
            false => {
                all.push(cas("1", "2", true, began, ended));
                all.extend(ended.map(|_| cas("1", "2", false, began, ended)));
                all.push(cas("2", "1", true, began, ended));
            }
        }
        all
    };
    spans.iter().flat_map(|(began, ended)| actions(*began, *ended)).collect()
}

fn every_triple(scope: &[Op]) {
    for a in 0..scope.len() {
        for b in a..scope.len() {
            for c in b..scope.len() {
                check(&[scope[a].clone(), scope[b].clone(), scope[c].clone()], None);
            }
        }
    }
}

#[test]
fn agrees_with_the_definition_on_every_three_operations_with_compare_and_set() {
    every_triple(&small_scope(false));
}

#[test]
fn agrees_with_the_definition_on_every_three_operations_with_appends() {
    every_triple(&small_scope(true));
}

mod drawn {
    use super::*;
    use proptest::prelude::*;

    fn an_op(texts: bool) -> impl Strategy<Value = Op> {
        let values = prop::sample::select(vec!["1", "2", "3"]);
        let read = prop::sample::select(match texts {
            true => vec!["", "1", "2", "3", "12", "21", "31", "123", "32"],
            false => vec!["", "1", "2", "3"],
        });
        (0..10u32, values.clone(), values, read, 0..12u64, 1..8u64, 0..6u32).prop_map(
            move |(kind, value, other, text, began, len, open)| {
                let ended = (open > 0).then_some(began + len);
                match kind {
                    0..=3 => self::read(text, began, began + len),
                    4..=6 => write(value, began, ended),
                    _ if texts => append(value, began, ended),
                    7 => cas(value, other, false, began, ended),
                    _ => cas(value, other, true, began, ended),
                }
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn registers_agree_with_the_definition(ops in prop::collection::vec(an_op(false), 1..8)) {
            check(&ops, None);
            check(&ops, Some("1"));
        }

        #[test]
        fn texts_agree_with_the_definition(ops in prop::collection::vec(an_op(true), 1..8)) {
            check(&ops, None);
            check(&ops, Some(""));
        }

        #[test]
        fn a_mix_agrees_with_the_definition(
            ops in prop::collection::vec(prop_oneof![an_op(true), an_op(false)], 1..8)
        ) {
            check(&ops, Some("2"));
        }
    }
}

/// Small histories as they come from real runs: values that are unique, with one flaw or none.
#[test]
fn agrees_with_the_definition_on_generated_histories() {
    use crate::history::generate::{Flaw, Generator, Kind};
    let mut seen = [0, 0];
    for kind in [Kind::Register, Kind::CompareAndSet, Kind::Text] {
        for seed in 0..400 {
            let flaw = [None, Some(Flaw::StaleRead), Some(Flaw::LostWrite)][seed as usize % 3];
            let values = (seed % 2 == 0).then_some(3);
            let unfinished = [0.0, 0.2][seed as usize / 3 % 2];
            let small = Generator {
                clients: 3,
                operations: 9,
                keys: 1,
                kind,
                values,
                unfinished,
                flaw,
                seed,
                ..Generator::default()
            };
            let made = small.generate();
            check(&made.history.0, made.initially.as_deref());
            let holds = by_definition::linearizable(&made.history.0, made.initially.as_deref());
            assert!(holds || flaw.is_some(), "the generator is wrong\n{}", made.history);
            seen[usize::from(holds)] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 100), "{seen:?}");
}

/// Texts of unique values, so that the searches cut them: every history of four appends, a put and two reads.
#[test]
fn agrees_with_the_definition_on_texts_that_are_cut() {
    let texts = ["", "a", "b", "ab", "ba", "abc", "p", "pa", "pb", "pab", "pba", "ap", "bpa", "pc"];
    let spans = [(0, 9), (0, 2), (3, 5), (4, 9)];
    for (i, one) in texts.iter().enumerate() {
        for other in &texts[i..] {
            for spread in 0..32 {
                let span = |n: usize| spans[(spread >> n) % spans.len()];
                let ops = [
                    append("a", span(0).0, span(0).1),
                    append("b", span(1).0, span(1).1),
                    append("c", span(2).0, (spread % 3 > 0).then_some(span(2).1)),
                    write("p", span(3).0, (spread % 5 > 0).then_some(span(3).1)),
                    read(one, 4, 6),
                    read(other, 5, 10),
                ];
                check(&ops, None);
            }
        }
    }
}
