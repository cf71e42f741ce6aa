//! Whole questions, from the bank to the feedback. Chapters 0 to 3 and all free text have files of their own.

mod conflicts;
mod free_text;
mod lag;
mod leaders;
mod leaders_in_the_lab;
mod logs;
mod practice;

use std::collections::BTreeSet;

use replication_lab::view::Figure;

use super::bank::{Kind, letter};
use super::counterexample::{Holding, Ruling, Verifier};
use super::*;

fn verdict(id: &str, given: impl Into<Answer>) -> Verdict {
    answer(id, given).verdict
}

/// All sets of `k` out of `n`, as bits.
fn sets(n: u32, k: u32) -> Vec<u32> {
    (0..1u32 << n).filter(|set| set.count_ones() == k).collect()
}

#[test]
fn right_values_are_what_counting_says() {
    let smallest =
        (1..=5).find(|r| sets(5, *r).iter().all(|read| sets(5, 2).iter().all(|write| read & write != 0)));
    assert_eq!(verdict("Q6.1", smallest.expect("5 always meets")), Verdict::Right);

    let tolerance: Vec<String> = [(3, 2, 2), (3, 3, 1), (3, 1, 3), (5, 3, 3), (3, 1, 1)]
        .map(|(n, w, r)| format!("{}/{}", n - w, n - r))
        .into();
    assert_eq!(verdict("Q6.2", tolerance), Verdict::Right);

    assert_eq!(verdict("Q6.4a", (3 + 3) / 2 + 1), Verdict::Right);
    assert_eq!(verdict("Q6.4b", 3 / 2 + 1), Verdict::Right);

    let mut ring = [("A", 10), ("B", 30), ("C", 55), ("D", 75), ("E", 90)];
    ring.sort_by_key(|(_, at)| (at + 100 - 95) % 100);
    let three: Vec<&str> = ring.iter().take(3).map(|(name, _)| *name).collect();
    assert_eq!(verdict("Q6.5a", three), Verdict::Right);
}

#[test]
fn figures_in_explanations_are_what_counting_says() {
    let reads = sets(5, 3);
    let stale = reads.iter().filter(|read| **read & 0b11 == 0).count();
    assert_eq!((stale, reads.len()), (1, 10));
    assert!(says("Q6.1", 3, "one read set in ten"));

    // Replicas 0 to 2 are in Virginia, 3 to 5 in Frankfurt.
    let local: Vec<u32> = sets(6, 2).into_iter().filter(|read| read & 0b111 == 0).collect();
    let writes = sets(6, 4);
    let misses =
        writes.iter().flat_map(|w| local.iter().map(move |r| w & r)).filter(|both| *both == 0).count();
    assert!(says(
        "Q6.4c",
        "b",
        &format!("Of the {} ways to place the two sets, {misses} miss", writes.len() * local.len())
    ));
}

fn says(id: &str, given: impl Into<Answer>, part: &str) -> bool {
    answer(id, given).figure().as_text().split_whitespace().collect::<Vec<_>>().join(" ").contains(part)
}

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q6.1", vec!["4", " 4 ", "4.0", "8/2"]),
        ("q6.4a", vec!["4"]),
        ("Q6.3a", vec!["acdfh", "a, c, d, f and h", "HFDCA", "(a) (c) (d) (f) (h)"]),
        ("Q6.4c", vec!["c", "C", "c)", "write at EACH_QUORUM, read at LOCAL_QUORUM"]),
        ("Q6.5a", vec!["ABC", "a b c", "A → B → C", "A, B, C", "A > B > C"]),
        (
            "6.2",
            vec!["1/1 0/2 2/0 2/2 2/2", "1=1/1, 2=0/2, 3=2/0, 4=2/2, 5=2/2", "5:2/2 1:1/1 2:0/2 3:2/0 4:2/2"],
        ),
        ("Q6.6a", vec!["b", "anti-entropy"]),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
    assert_eq!(verdict("Q6.3a", ['a', 'c', 'd', 'f', 'h']), Verdict::Right);
    assert_eq!(verdict("Q6.1", 4.0), Verdict::Right);
}

#[test]
fn what_is_no_answer_says_what_was_expected() {
    for (id, given) in [
        ("Q6.1", "four"),
        ("Q6.1", ""),
        ("Q6.2", "1/1 0/2"),
        ("Q6.2", "1 0 2 2 2"),
        ("Q6.2", "1/1 1=0/2 3=2/0 4=2/2 5=2/2"),
        ("Q6.2", "0=1/1 0/2 2/0 2/2 2/2"),
        ("Q6.3a", "xyz"),
        ("Q6.3b", " "),
        ("Q6.4", "4"),
        ("Q6.4c", "ab"),
        ("Q6.5a", "AAB"),
        ("Q6.5a", "A B"),
        ("Q6.5b", "done"),
        ("Q6.6b", "no idea"),
        ("Q6.9", "4"),
        ("Q6.4z", "4"),
    ] {
        let feedback = answer(id, given);
        assert_eq!(feedback.verdict, Verdict::NotUnderstood, "{id} {given}");
        assert!(!feedback.details.is_empty() && feedback.explanation.is_none(), "{id} {given}");
    }
}

#[test]
fn feedback_reads_well() {
    let shown = |id: &str, given: &str| format!("{id} ⇐ {given}\n\n{}", answer(id, given).figure());
    let all = [
        shown("Q6.1", "4"),
        shown("Q6.1", "3"),
        shown("Q6.1", "7"),
        shown("Q6.1", "four"),
        shown("Q6.2", "1/1 2/0 0/2 2/2 2/2"),
        shown("Q6.2", "1/1 0/2 1/0 2/2 0/1"),
        shown("Q6.3a", "acb"),
        shown("Q6.4", "4"),
        shown("Q6.4c", "b"),
        shown("Q6.5a", "E A B"),
        shown("Q6.5a", "A B D"),
        shown("Q6.5a", "none"),
        shown("Q6.5b", "done"),
        shown("Q6.7", "0.5"),
        shown("Q7.99", "1"),
    ]
    .join("\n\n──────\n\n");
    insta::assert_snapshot!(all);
}

#[test]
fn free_text_shows_its_model_after_an_attempt() {
    if crate::edition::is_edition("model answers") {
        return;
    }
    let id = "Q6.6b";
    for text in ["Read repair needs a read.", "Read repair would have fixed it sooner or later."] {
        assert!(answer(id, text).model.is_some(), "{text}");
    }
    assert!(answer(id, "C was down.").model.is_none(), "there is nothing to compare it with yet");
    insta::assert_snapshot!(
        answer(id, "Anti-entropy would have helped, since read repair only acts when someone reads the key.")
            .figure()
    );
}

#[test]
fn questions_are_put_without_giving_the_answer() {
    for bank in banks() {
        let all: Vec<String> = bank.questions.iter().map(|q| ask(&q.id).figure().to_string()).collect();
        let name = format!("questions_of_chapter_{}_are_put_without_giving_the_answer", bank.chapter);
        insta::assert_snapshot!(name, all.join("\n\n══════\n\n"));
    }
    let json: serde_json::Value = serde_json::to_value(ask("Q6.3")).expect("it is data");
    assert!(!json.to_string().contains("right"), "{json}");
}

/// Each wrong answer that a bank knows is told its own explanation, and none is told the right one.
#[test]
fn every_wrong_option_is_explained_and_never_gives_the_answer_away() {
    let mut seen = BTreeSet::new();
    for question in banks().iter().flat_map(|b| &b.questions) {
        for (at, part) in question.parts.iter().enumerate() {
            let id = question.address(at);
            let answers: Vec<String> = match &part.kind {
                Kind::Numeric(n) => n.wrong.iter().map(|w| w.value.to_string()).collect(),
                Kind::One(c) | Kind::Many(c) => (0..c.options.len())
                    .filter(|i| !c.options[*i].right)
                    .map(|i| letter(i).to_string())
                    .collect(),
                Kind::Order(s) => {
                    s.mistakes.iter().map(|m| m.answer.join(" ")).filter(|a| !a.is_empty()).collect()
                }
                Kind::Match(m) => m.mistakes.iter().map(|m| m.answer.join(" ")).collect(),
                _ => Vec::new(),
            };
            for given in answers {
                let feedback = answer(&id, given.as_str());
                assert!(!matches!(feedback.verdict, Verdict::Right | Verdict::NotUnderstood), "{id} {given}");
                assert_eq!(feedback.explanation, None, "{id} {given}");
                assert!(feedback.details.iter().any(|d| d.text.len() > 20), "{id} {given}");
                seen.insert(feedback.figure().to_string());
            }
        }
    }
    assert!(seen.len() > 15, "{}", seen.len());
}

#[test]
fn drawings_recognise_every_mistake() {
    let mut recognised = BTreeSet::new();
    for seed in 1..60 {
        let id = format!("Q6.7#{seed}");
        let drawing = (generate::generator("stale-probability").expect("it is there").draw)(seed);
        assert_eq!(verdict(&id, drawing.right), Verdict::Right);
        assert_eq!(verdict(&id, drawing.right + 0.0009), Verdict::Right);
        assert_eq!(verdict(&id, drawing.right + 0.0021), Verdict::Wrong);
        for (name, value) in &drawing.mistakes {
            let feedback = answer(&id, *value);
            if feedback.verdict == Verdict::Wrong {
                recognised.insert(*name);
                assert!(!feedback.details[0].text.contains('{'), "{:?}", feedback.details);
            }
        }
    }
    assert_eq!(recognised.len(), 5);
    assert_eq!(ask("Q6.7"), ask("q6.7"));
    assert_ne!(ask("Q6.7").prompt, ask("Q6.7#4").prompt);
}

/// Stands for a verifier of the lab: the first word decides.
fn by_first_word(schedule: &str) -> Ruling {
    let holds = match schedule.split_whitespace().next() {
        Some("yes") => Holding::Holds,
        Some("no") => Holding::DoesNotHold,
        _ => Holding::NotUnderstood { line: 2, expected: "`write` or `read`".into() },
    };
    Ruling { holds, explanation: "It was run.".into(), figure: Some(Figure::text("A → B")) }
}

#[test]
fn a_schedule_is_ruled_on_by_its_verifier() {
    let verifier = |name: &str| (name == "stale-despite-overlap").then_some(by_first_word as Verifier);
    let outside = Outside { verifier: &verifier, ..Outside::default() };
    let ruled = |schedule: &str| answer_with("Q6.3b", &schedule.into(), outside);
    assert_eq!(ruled("yes").verdict, Verdict::Right);
    assert!(ruled("yes").figure().as_text().ends_with("A → B"));
    assert_eq!(ruled("no").verdict, Verdict::Wrong);
    assert_eq!(ruled("read A\nfoo").verdict, Verdict::NotUnderstood);
    assert!(
        ruled("read A\nfoo")
            .figure()
            .as_text()
            .contains("Line 2: I expected `write` or `read`, and read `foo`.")
    );
    assert_eq!(serde_json::to_value(ruled("yes")).expect("it is data")["run"], "A → B");
}

/// The specimen of a schedule is understood, and neither it nor a line of the form gives the answer away.
#[test]
fn the_example_of_a_counterexample_is_none() {
    let mut tried = 0;
    for part in banks().iter().flat_map(|bank| &bank.questions).flat_map(|question| &question.parts) {
        if let Kind::Counterexample(asked) = &part.kind {
            let ruling = counterexample::verifier(&asked.verifier).expect("it is there")(&asked.example);
            assert_eq!(ruling.holds, Holding::DoesNotHold, "{}: {}", asked.verifier, ruling.explanation);
            assert!(ruling.figure.is_some());
            for line in asked.form.lines().filter_map(|line| line.strip_prefix("    ")) {
                let step = line.trim_end().split("   ").next().unwrap_or_default();
                let verify = counterexample::verifier(&asked.verifier).expect("it is there");
                assert_ne!(verify(step).holds, Holding::Holds, "{}: {step}", asked.verifier);
            }
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried}");
}

#[test]
fn code_is_judged_by_its_exercise() {
    let judged = |passes: Option<bool>| {
        let passes = move |exercise: &str, scenario: &str| {
            assert_eq!((exercise, scenario), ("E6.2", "wrap"));
            passes
        };
        answer_with("Q6.5b", &"".into(), Outside { passes: &passes, ..Outside::default() }).verdict
    };
    assert_eq!(judged(Some(true)), Verdict::Right);
    assert_eq!(judged(Some(false)), Verdict::Wrong);
    assert_eq!(judged(None), Verdict::NotUnderstood);
}

#[test]
fn what_is_explained_is_judged_right() {
    let mut tried = 0;
    for question in banks().iter().flat_map(|b| &b.questions) {
        for part in
            explain(&question.id).parts.into_iter().chain(explain(&format!("{}#9", question.id)).parts)
        {
            if let Some(right) = part.right {
                assert_eq!(verdict(&part.id, right.as_str()), Verdict::Right, "{} {right}", part.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 8, "{tried}");
    assert_eq!(explain("Q6.4b").parts.len(), 1);
    assert!(explain("Q9.99").figure().as_text().contains("there is no question"));
    insta::assert_snapshot!(explain("Q6.7#5").figure());
}

#[test]
fn a_very_long_answer_is_declined_before_it_is_read() {
    let feedback = answer("Q6.6b", "read repair ".repeat(10_000));
    assert_eq!(feedback.verdict, Verdict::NotUnderstood);
    assert!(feedback.details[0].text.contains("120000 bytes"), "{:?}", feedback.details);
}

#[test]
fn feedback_is_data() {
    let all = ["4", "3", "four"].map(|given| answer("Q6.1", given));
    insta::assert_json_snapshot!((all, answer("Q6.3a", "ab")));
}

#[test]
fn what_was_not_understood_is_not_recorded() {
    let mut kept = Vec::new();
    for (id, verdict) in
        [("Q6.1", Verdict::Right), ("Q6.7#3", Verdict::Partial(0.5)), ("Q6.4a", Verdict::NotUnderstood)]
    {
        record(id, verdict, &mut |id, verdict| kept.push((id.to_string(), verdict)));
    }
    assert_eq!(kept, [("Q6.1".to_string(), Verdict::Right), ("Q6.7".to_string(), Verdict::Partial(0.5))]);
}

proptest::proptest! {
    #[test]
    fn no_answer_panics(text in ".{0,40}") {
        for question in banks().iter().flat_map(|b| &b.questions) {
            for at in 0..question.parts.len() {
                let _ = answer(&question.address(at), text.as_str()).figure();
            }
        }
        let _ = ask(&text);
        let _ = answer(&text, text.as_str());
    }

    #[test]
    fn many_gives_a_share_between_nothing_and_all(ticks in proptest::collection::btree_set(0usize..8, 1..8)) {
        let letters: String = ticks.iter().map(|at| letter(*at)).collect();
        match verdict("Q6.3a", letters.as_str()) {
            Verdict::Partial(share) => proptest::prop_assert!(share > 0.0 && share < 1.0),
            Verdict::Right => proptest::prop_assert_eq!(letters, "acdfh"),
            other => proptest::prop_assert_eq!(other, Verdict::Wrong),
        }
    }
}
