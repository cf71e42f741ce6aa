//! Chapters 0 to 2: the problem, leaders and followers, failover; and what holds for the explanations of chapter 3 too.

use super::super::bank::{Kind, Matching, Sequence};
use super::*;

const SECONDS_A_YEAR: f64 = 365.0 * 86_400.0;

/// The chances that a number of machines is down, by going through all states of `machines` that are each down with
/// probability `p`.
fn chance(machines: u32, p: f64, is_down: impl Fn(u32) -> bool) -> f64 {
    let state_chance = |state: u32| -> f64 {
        (0..machines).map(|machine| if state >> machine & 1 == 1 { p } else { 1.0 - p }).product()
    };
    (0..1u32 << machines).filter(|state| is_down(state.count_ones())).map(state_chance).sum()
}

#[test]
fn right_values_are_what_counting_says() {
    assert_eq!(verdict("Q0.1a", 50_000 * (1 + 2)), Verdict::Right);
    let majority = chance(3, 0.001, |down| down >= 2) * SECONDS_A_YEAR;
    assert_eq!(verdict("Q0.3a", majority), Verdict::Right);

    assert_eq!(verdict("Q1.3a", 2_500 * 4), Verdict::Right);
    assert_eq!(verdict("Q1.3b", 2_500.0 * 4.0 * 800.0 / 1e6), Verdict::Right);
    assert_eq!(verdict("Q1.4b", 12 - 1), Verdict::Right);
    let reads = |followers: u32| 50_000.0 * 0.5 + f64::from(followers) * 50_000.0 * 0.7;
    let least = (0..).find(|followers| reads(*followers) >= 200_000.0);
    assert_eq!(verdict("Q1.6", least.expect("some number suffices")), Verdict::Right);

    assert_eq!(verdict("Q2.2a", 5_000 - 4_970), Verdict::Right);
    assert_eq!(verdict("Q2.2b", 10 + (32 - 30)), Verdict::Right);
}

/// What a wrong value is said to be, counted.
#[test]
fn wrong_values_are_what_their_explanations_say() {
    let seconds = |is_down: fn(u32) -> bool| chance(3, 0.001, is_down) * SECONDS_A_YEAR;
    let pair = 0.001 * 0.001 * SECONDS_A_YEAR;
    for (id, value, says) in [
        ("Q0.3a", seconds(|down| down == 3), "all three are down"),
        ("Q0.3a", pair, "one pair"),
        ("Q0.3a", 2.0 * pair, "two pairs"),
        ("Q0.3a", 0.001 * SECONDS_A_YEAR, "one machine"),
        ("Q0.3a", 3.0 * 0.001 * SECONDS_A_YEAR, "tripled"),
        ("Q0.3a", seconds(|down| down > 0), "at least one"),
        ("Q0.3a", seconds(|down| down >= 2) / 60.0, "minutes"),
        ("Q0.3a", seconds(|down| down < 2), "it is up"),
        ("Q1.3b", 8e6 / 1_048_576.0, "mebibytes"),
        ("Q1.6", f64::ceil(200_000.0 / 35_000.0), "left the leader out"),
        ("Q1.6", f64::ceil((200_000.0 - 25_000.0) / 25_000.0), "half of a follower's time"),
        ("Q1.6", f64::ceil((200_000.0 - 25_000.0) / 15_000.0), "30 % for what is left"),
        ("Q1.6", f64::ceil((200_000.0 - 50_000.0) / 50_000.0), "whole machines"),
        ("Q1.6", f64::ceil((200_000.0 - 25_000.0) / 50_000.0), "50,000 for each follower"),
        ("Q2.2a", 5_000.0 - 4_990.0, "with F1"),
        ("Q2.2a", 4_990.0 - 4_970.0, "behind F1"),
        ("Q2.2a", 30.0 + 300.0, "seconds of waiting"),
        ("Q2.2b", 32.0 / 3.0, "a third"),
    ] {
        let feedback = answer(id, value);
        assert_eq!(feedback.verdict, Verdict::Wrong, "{id} {value}");
        assert!(feedback.details[0].text.contains(says), "{id} {value}: {}", feedback.details[0].text);
    }
}

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q0.1a", vec!["150000", "150,000", "150K", "150 000 reads/s"]),
        ("Q0.1b", vec!["a", "5 ms or less"]),
        ("Q0.2", vec!["yes/yes yes/no yes/no yes/yes yes/no yes/no yes/yes no/yes"]),
        ("Q0.3a", vec!["94.5", "94.545 s", "95", "94"]),
        ("Q0.4", vec!["acd", "a, c and d"]),
        ("Q1.1a", vec!["d"]),
        ("Q1.1b", vec!["b", "`ANY 1 (f1, f2, f3)`"]),
        ("Q1.2", vec!["ECAD", "e c a d", "E → C → A → D"]),
        ("Q1.3a", vec!["10000", "10K", "10,000 writes"]),
        ("Q1.3b", vec!["8", "8 MB", "8.0"]),
        ("Q1.4a", vec!["5", "5 ms"]),
        ("Q1.4b", vec!["11"]),
        ("Q1.5", vec!["no/no/no/no yes/no/no/no yes/yes/no/no yes/yes/yes/no yes/yes/yes/yes"]),
        ("Q1.6", vec!["5", "5 followers"]),
        ("Q2.1a", vec!["b"]),
        ("Q2.2a", vec!["30", "30 writes"]),
        ("Q2.2b", vec!["12 s"]),
        ("Q2.3", vec!["BECFAD", "B > E > C > F > A > D"]),
        ("Q2.4", vec!["CDEBA", "C D E B A", "2=D 1=C 4=B 3=E 5=A"]),
        ("Q2.5", vec!["b"]),
        ("Q2.6a", vec!["bce"]),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
}

fn matchings(chapter: u32) -> Vec<(String, &'static Matching)> {
    parts(chapter, |kind| match kind {
        Kind::Match(matching) => Some(matching),
        _ => None,
    })
}

fn sequences(chapter: u32) -> Vec<(String, &'static Sequence)> {
    parts(chapter, |kind| match kind {
        Kind::Order(sequence) => Some(sequence),
        _ => None,
    })
}

fn parts<K>(chapter: u32, of_kind: fn(&'static Kind) -> Option<K>) -> Vec<(String, K)> {
    let questions = banks().iter().filter(|bank| bank.chapter == chapter).flat_map(|bank| &bank.questions);
    questions
        .flat_map(|question| {
            let parts = question.parts.iter().enumerate();
            parts.filter_map(move |(at, part)| Some((question.address(at), of_kind(&part.kind)?)))
        })
        .collect()
}

/// No wrong cell of these chapters falls back on what is said of any other.
#[test]
fn every_wrong_cell_has_its_own_explanation() {
    for (id, matching) in (0..5).flat_map(matchings) {
        for row in &matching.rows {
            for (column, right) in row.right.iter().enumerate() {
                for choice in matching.choices.iter().filter(|choice| !right.has(&choice.key)) {
                    let known = row.wrong.iter().any(|w| w.column == column + 1 && w.choice == choice.key);
                    assert!(known, "{id}, {}, column {}, {}", row.text, column + 1, choice.key);
                }
            }
        }
    }
}

/// Nor does an item at its first wrong place, whatever stands in order before it.
#[test]
fn every_item_that_comes_too_soon_has_its_own_explanation() {
    for (id, sequence) in (0..4).flat_map(sequences) {
        for (at, place) in sequence.places.iter().enumerate() {
            let in_order = &sequence.right[..=at];
            for item in sequence.items.iter().filter(|item| !in_order.contains(&item.key)) {
                assert!(place.wrong.contains_key(&item.key), "{id}, place {}, {}", at + 1, item.key);
            }
        }
    }
}

#[test]
fn every_question_goes_on_as_an_interview_does() {
    for question in banks().iter().flat_map(|bank| &bank.questions) {
        assert!(question.interview.as_ref().is_some_and(|text| text.len() > 60), "{}", question.id);
    }
}

#[test]
fn feedback_reads_well() {
    if crate::edition::is_edition("model answers") {
        return;
    }
    let shown = |id: &str, given: &str| format!("{id} ⇐ {given}\n\n{}", answer(id, given).figure());
    let all = [
        shown("Q0.1a", "100,000"),
        shown("Q0.1a", "150K"),
        shown("Q0.2", "yes/yes yes/yes yes/no yes/yes yes/no yes/yes yes/yes yes/no"),
        shown("Q0.2", "no/yes no/yes no/yes no/yes no/yes no/yes no/yes no/yes"),
        shown("Q0.3a", "31.5"),
        shown("Q0.4", "abc"),
        shown("Q1.1a", "c"),
        shown("Q1.2", "E C F A"),
        shown("Q1.2", "E C D A"),
        shown("Q1.2", "E A C D"),
        shown("Q1.5", "no/no/no/no yes/no/no/no yes/yes/no/no yes/yes/yes/yes yes/yes/yes/yes"),
        shown("Q1.6", "7"),
        shown("Q2.1b", "Fence the old leader and set the counter above the highest id."),
        shown("Q2.1b", "Just retry the inserts until they pass."),
        shown("Q2.3", "C B E F A D"),
        shown("Q2.3", "B E C A F D"),
        shown("Q2.4", "D C E B A"),
        shown("Q2.6a", "bf"),
    ]
    .join("\n\n──────\n\n");
    insta::assert_snapshot!(all);
}
