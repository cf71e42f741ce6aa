//! Chapters 5 and 7: several leaders, and concurrent writes.

use replication_lab::siblings::{Scheme, SiblingStore};

use super::*;

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q5.1a", vec!["d", "D"]),
        ("Q5.3a", vec!["4", "4.0"]),
        ("Q5.3c", vec!["b", "ruABt"]),
        ("Q5.5a", vec!["ring star all star", "1=ring 2=star 3=all 4=star"]),
        ("Q5.6", vec!["yes yes no no no yes"]),
        ("Q5.7", vec!["ac", "a, c", "c and a"]),
        ("Q7.1", vec!["c"]),
        ("Q7.2", vec!["A C B E", "ACBE"]),
        ("Q7.3", vec!["Q R"]),
        ("Q7.5", vec!["yes yes no no no yes no yes no"]),
        ("Q7.6a", vec!["b"]),
        ("Q7.6b", vec!["b"]),
        ("Q7.9", vec!["aceg"]),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
}

/// Inserts and deletes, each side in its own order, the other's operation transformed.
#[test]
fn both_editors_show_the_same_text() {
    let insert = |text: &str, at: usize| format!("{}AB{}", &text[..at], &text[at..]);
    let delete = |text: &str, at: usize| format!("{}{}", &text[..at], &text[at + 1..]);
    let (moved, stays) = (4, 2);
    assert_eq!(delete(&insert("rust", 2), moved), "ruABt");
    assert_eq!(insert(&delete("rust", 2), stays), "ruABt");
    assert_eq!((verdict("Q5.3a", moved), verdict("Q5.3b", stays)), (Verdict::Right, Verdict::Right));
    assert_eq!(delete(&insert("rust", 2), 2), "ruBst", "what option a says");
}

/// States of a grow-only counter: one slot a replica, merged by the maximum.
#[test]
fn a_counter_on_three_replicas() {
    let mut states = [[4, 0, 0], [0; 3], [0, 0, 7]];
    let mut send = |from: usize, to: usize| {
        let state = states[from];
        states[to].iter_mut().zip(state).for_each(|(slot, sent)| *slot = (*slot).max(sent));
        states.map(|state| state.iter().sum::<i64>())
    };
    send(0, 1);
    send(1, 2);
    let before = send(2, 0);
    let after = send(0, 1);
    assert_eq!((before[1], after), (4, [11, 11, 11]));
    assert_eq!((verdict("Q5.4a", before[1]), verdict("Q5.4b", after[1])), (Verdict::Right, Verdict::Right));
}

/// Two blind puts into the store of the prompt: both get {A:1}.
#[test]
fn two_blind_puts() {
    let mut siblings: Vec<u64> = Vec::new();
    for _ in 0..2 {
        let vector = 1;
        siblings.retain(|old| vector <= *old);
        siblings.push(vector);
    }
    let different: BTreeSet<&u64> = siblings.iter().collect();
    assert_eq!((verdict("Q7.8a", siblings.len() as f64), verdict("Q7.8b", different.len() as f64)), {
        (Verdict::Right, Verdict::Right)
    });
    // What the lab's dotted store makes of it: two dots.
    let mut store = SiblingStore::new("A", Scheme::Dotted);
    for value in ["1", "2"] {
        store.put("x", value, &Default::default()).unwrap();
    }
    assert!(says("Q7.8a", 2, "neither client had seen the other's value"));
    assert_eq!(store.describe("x"), "1 (A,1){} | 2 (A,2){}");
}

/// Which of two events is before the other, by reachability.
#[test]
fn pairs_of_events_that_are_concurrent() {
    let mut steps: Vec<(String, String)> = Vec::new();
    for (process, count) in [("a", 4), ("b", 5), ("c", 4)] {
        steps.extend((1..count).map(|at| (format!("{process}{at}"), format!("{process}{}", at + 1))));
    }
    for (from, to) in [("a2", "b2"), ("b2", "a3"), ("c1", "b3"), ("c3", "b5")] {
        steps.push((from.into(), to.into()));
    }
    let reaches = |from: &str, to: &str| {
        let mut open = vec![from.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            if seen.insert(at.clone()) {
                open.extend(steps.iter().filter(|(begin, _)| *begin == at).map(|(_, end)| end.clone()));
            }
        }
        seen.contains(to)
    };
    let concurrent = |a: &str, b: &str| !reaches(a, b) && !reaches(b, a);
    let mut events: Vec<&str> = steps.iter().flat_map(|(from, to)| [from.as_str(), to.as_str()]).collect();
    events.sort_unstable();
    events.dedup();
    let pairs = events.iter().enumerate().flat_map(|(at, a)| events[at + 1..].iter().map(move |b| (*a, *b)));
    let all: Vec<(&str, &str)> = pairs.collect();
    let count = all.iter().filter(|(a, b)| concurrent(a, b)).count();
    assert_eq!((count, all.len()), (39, 78), "as the interview's question says");
    let (question, _) = find("Q7.9").expect("the bank has it");
    let Kind::Many(choice) = &question.parts[0].kind else { panic!("many") };
    for option in &choice.options {
        let (a, b) = option.text.split_once(" and ").expect("two events");
        assert_eq!(option.right, concurrent(a, b), "{}", option.text);
    }
}

#[test]
fn schedules_that_the_lab_runs() {
    let overtaken = "A inserts x\n1 reaches B\nB updates x\n2 reaches C\n1 reaches C\n2 reaches A";
    assert_eq!(verdict("Q5.5b", overtaken), Verdict::Right);
    assert_eq!(verdict("Q5.5b", "A inserts x"), Verdict::Wrong);
    assert_eq!(verdict("Q5.5b", "A inserts y"), Verdict::NotUnderstood);
    let too_much = "X puts v1\nX reads\nY puts v2\nX puts v3";
    assert_eq!(verdict("Q7.8c", too_much), Verdict::Right);
    assert_eq!(verdict("Q7.8c", "X puts v1"), Verdict::Wrong);
    assert_eq!(verdict("Q7.8c", "X takes v1"), Verdict::NotUnderstood);
}
