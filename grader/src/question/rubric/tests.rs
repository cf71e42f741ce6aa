use super::*;

#[derive(Deserialize)]
struct Fixtures {
    question: Vec<Fixture>,
}

#[derive(Deserialize)]
struct Fixture {
    id: String,
    prompt: String,
    rubric: Rubric,
    answer: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    kind: String,
    text: String,
    expect: String,
}

fn fixtures() -> Vec<Fixture> {
    toml::from_str::<Fixtures>(include_str!("fixtures.toml")).expect("the fixtures are sound").question
}

fn standing(judgement: &Judgement) -> String {
    match judgement.standing {
        Standing::None(reason) => format!("{reason:?}").to_lowercase(),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[test]
fn rubrics_of_the_interview_chapter_are_sound() {
    for fixture in fixtures() {
        assert_eq!(fixture.rubric.faults(), Vec::<String>::new(), "{}", fixture.id);
    }
}

#[test]
fn answers_are_judged_as_a_person_would() {
    let mut wrong = Vec::new();
    for fixture in fixtures() {
        for case in &fixture.answer {
            let judgement = fixture.rubric.judge(&case.text, &fixture.prompt);
            if standing(&judgement) != case.expect {
                let points: Vec<String> = judgement
                    .points
                    .iter()
                    .map(|p| format!("{}{}", if p.present { "+" } else { "-" }, p.id))
                    .collect();
                wrong.push(format!(
                    "{} {}: expected {}, found {} {} {:?}\n    {}",
                    fixture.id,
                    case.kind,
                    case.expect,
                    standing(&judgement),
                    points.join(" "),
                    judgement.misconceptions,
                    case.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_question_is_tried_with_every_kind_of_answer() {
    for fixture in fixtures() {
        for kind in ["right", "partial", "wrong", "negated", "swapped", "heap"] {
            assert!(
                fixture.answer.iter().any(|case| case.kind == kind),
                "{} has no `{kind}` answer",
                fixture.id
            );
        }
    }
}

#[test]
fn texts_that_are_no_answers_are_recognised() {
    for fixture in fixtures() {
        let judge = |text: &str| fixture.rubric.judge(text, &fixture.prompt).standing;
        assert_eq!(judge(""), Standing::None(NoAnswer::Empty));
        assert_eq!(judge("  ?! "), Standing::None(NoAnswer::Empty));
        assert_eq!(judge("no idea"), Standing::None(NoAnswer::Tiny), "{}", fixture.id);
        assert_eq!(judge(&fixture.prompt), Standing::None(NoAnswer::Repeats), "{}", fixture.id);
        assert_eq!(
            judge("My grandmother bakes a cake with apples on Sunday."),
            Standing::None(NoAnswer::OffSubject),
            "{}",
            fixture.id
        );
        // The rubric's own words without a statement.
        let mut words: Vec<String> = fixture
            .rubric
            .points
            .iter()
            .flat_map(|p| &p.forms)
            .flat_map(|form| form.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.len() > 3)
            .map(String::from)
            .collect();
        words.dedup();
        assert_eq!(
            judge(&words.join(", ")),
            Standing::None(NoAnswer::Heap),
            "{}: {}",
            fixture.id,
            words.join(", ")
        );
    }
}

#[test]
fn faults_of_a_rubric_are_named() {
    let rubric: Rubric = toml::from_str(
        r#"
        model = "Nothing of use."
        rivals = [["sync", "async"]]
        [words]
        sync = ["sync"]
        [[point]]
        id = "a"
        says = "It waits."
        subject = "elsewhere"
        forms = ["$nowhere", "wait |"]
        [[point]]
        id = "a"
        says = "It loses."
        forms = []
        implied_by = ["b"]
        [[need]]
        of = ["a"]
        count = 2
        "#,
    )
    .expect("it reads");
    insta::assert_snapshot!(rubric.faults().join("\n"));
}

#[test]
fn a_model_answer_that_does_not_pass_and_a_misconception_that_never_fires_are_faults() {
    let rubric: Rubric = toml::from_str(
        r#"
        model = "A read repairs nothing at all here."
        [[point]]
        id = "waits"
        says = "It waits."
        forms = ["wait"]
        [[misconception]]
        forms = ["never & wait"]
        example = "It is quick."
        why = "no"
        "#,
    )
    .expect("it reads");
    insta::assert_snapshot!(rubric.faults().join("\n"));
}

#[test]
fn a_point_may_have_to_be_said_more_than_once() {
    let rubric: Rubric = toml::from_str(
        r#"
        model = "A commit takes 3 ms, and the lag is 5 s."
        [[point]]
        id = "figures"
        says = "Two figures."
        times = 2
        forms = ["<number> ms|<number> s", "rpo > <number>"]
        "#,
    )
    .expect("it reads");
    assert_eq!(rubric.faults(), Vec::<String>::new());
    for (text, expected) in [
        ("A commit takes 3ms in the region. A page may be 10s old.", Standing::Right),
        ("The RPO is 5 s, for each of the three regions.", Standing::Wrong),
        ("A commit takes 1 to 3 ms in the region of the customer.", Standing::Wrong),
        ("A commit takes 3 ms, and it is the same for all of the 5 kinds of data.", Standing::Wrong),
    ] {
        assert_eq!(rubric.judge(text, "").standing, expected, "{text}");
    }
}

#[test]
fn a_question_says_a_point_where_the_rubric_allows_it_and_no_misconception() {
    let text = |asked: bool| {
        format!(
            r#"
            asked = {asked}
            model = "The disk may be busy."
            [[point]]
            id = "disk"
            says = "The disk is busy."
            forms = ["disk & busy"]
            [[misconception]]
            forms = ["leader & restart"]
            example = "Restart the leader."
            why = "no"
            "#
        )
    };
    for (asked, expected) in [(true, Standing::Right), (false, Standing::Wrong)] {
        let rubric: Rubric = toml::from_str(&text(asked)).expect("it reads");
        let answer = "Is its disk busy with a report? Should I restart the leader?";
        assert_eq!(rubric.judge(answer, "").standing, expected);
    }
}

/// A rubric with one point, its contrary, and one misconception.
fn small() -> Rubric {
    toml::from_str(
        r#"
        model = "The key is read, and then the old replica is repaired with the new value."
        topic = ["replica", "key", "job"]
        [[point]]
        id = "read"
        says = "It needs a read."
        forms = ["key & read|reads"]
        unless = ["not need + read|reads"]
        [[point]]
        id = "repaired"
        says = "The replica is repaired."
        forms = ["$c-old & repair|write back"]
        [[misconception]]
        forms = ["background job"]
        example = "A background job repairs all."
        why = "no"
        "#,
    )
    .expect("it reads")
}

#[test]
fn whoever_says_the_contrary_does_not_make_the_point() {
    let rubric = small();
    assert_eq!(rubric.faults(), Vec::<String>::new());
    let present = |text: &str| rubric.judge(text, "").points[0].present;
    assert!(present("It happens when the key is read."));
    assert!(!present("The key is read by many. It doesn't need a read."));
}

#[test]
fn a_misconception_among_denials_costs_less_than_one_that_is_stated() {
    let rubric = small();
    for (text, expected) in [
        ("A read of the key finds the stale replica and repairs it.", Standing::Right),
        (
            "A read of the key finds the stale replica and repairs it. It is a background job.",
            Standing::Wrong,
        ),
        (
            "A read of the key finds the stale replica and repairs it. Background job or not, nobody else does it.",
            Standing::Partial,
        ),
    ] {
        assert_eq!(rubric.judge(text, "").standing, expected, "{text}");
    }
}

#[test]
fn a_question_filled_with_blanks_is_no_answer() {
    let prompt = "When does a replica of the key get repaired, and what is done with the value?";
    for (text, repeats) in [
        (
            "A replica of the key gets repaired when something happens, and then something is done with the value.",
            true,
        ),
        ("The key is read, a stale replica turns up, and the coordinator writes the value back.", false),
    ] {
        let standing = small().judge(text, prompt).standing;
        assert_eq!(standing == Standing::None(NoAnswer::Repeats), repeats, "{text}: {standing:?}");
    }
}

#[test]
fn praise_is_no_answer() {
    let text = "Each key is read in a suitable way by proven and modern methods, and stale replicas are repaired \
                intelligently and efficiently.";
    assert_eq!(small().judge(text, "").standing, Standing::Wrong);
}

#[test]
fn telegram_style_is_no_heap() {
    let heap = |text: &str| small().judge(text, "").standing == Standing::None(NoAnswer::Heap);
    assert!(!heap("- trigger: read of the key with a stale replica\n- action: repair of the replica"));
    assert!(!heap("Repair = a write to the stale replica. Trigger = a read of the key."));
    assert!(heap("key, read, stale replica, repair, coordinator, quorum, background, digest"));
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in ".{0,80}") {
        for fixture in fixtures() {
            let _ = fixture.rubric.judge(&text, &fixture.prompt);
        }
    }

    #[test]
    fn capitals_and_line_breaks_change_nothing(pick in 0usize..1000) {
        let fixtures = fixtures();
        let fixture = &fixtures[pick % fixtures.len()];
        let case = &fixture.answer[pick / fixtures.len() % fixture.answer.len()];
        let plain = fixture.rubric.judge(&case.text, &fixture.prompt);
        proptest::prop_assert_eq!(&plain, &fixture.rubric.judge(&case.text.to_uppercase(), &fixture.prompt));
        proptest::prop_assert_eq!(&plain, &fixture.rubric.judge(&case.text.replace(' ', "  "), &fixture.prompt));
    }
}
