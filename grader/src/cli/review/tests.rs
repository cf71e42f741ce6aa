use super::*;
use crate::grading::Answered;
use crate::question::{Confidence, Outcome};

fn answered(question: &str, text: &str) -> Answered {
    let ruling = question::rule(question, text).unwrap();
    Answered {
        question: question.into(),
        title: "Lag".into(),
        points: Points::ZERO,
        max_points: Points::whole(4),
        verdict: Some(Outcome::Fail),
        text: text.into(),
        mark: crate::intake::sha256(text)[..16].into(),
        from: "answers.json".into(),
        found: ruling.points_found,
        missing: ruling.points_missing,
        misconceptions: ruling.misconceptions,
        confidence: ruling.confidence,
        late: None,
        review: None,
    }
}

/// A conversation as it stands on the screen, and the words that were kept.
fn conversation(answers: &[Answered], typed: &str) -> (String, Vec<String>) {
    let waiting: Vec<Waiting<'_>> = answers
        .iter()
        .map(|answered| Waiting {
            answered,
            why: match &answered.confidence {
                Some(Confidence::Low { why }) => Some(why),
                _ => None,
            },
            learners: vec!["ann", "bob"],
        })
        .collect();
    let mut kept = Vec::new();
    let mut keep = |reviews: &Reviews| {
        kept.push(format!("{reviews:?}"));
        Ok(())
    };
    let mut desk = Desk { by: "eve".into(), reviews: Reviews::default(), keep: &mut keep };
    let mut out = Vec::new();
    converse(&waiting, &mut desk, typed.as_bytes(), &mut out).unwrap();
    (String::from_utf8(out).unwrap(), kept)
}

#[test]
fn a_conversation_at_the_desk() {
    let answers = [
        answered("Q9.2", "How far the copy is behind."),
        answered("Q9.6", "Last write wins \u{1b}[31mred."),
        answered("Q9.6", "It depends."),
    ];
    let (shown, kept) = conversation(&answers, "?\nw\nm\n3 says how far\n9\nh\ns\n");
    insta::assert_snapshot!(shown);
    assert_eq!(kept.len(), 2, "every word is kept at once");
    assert!(kept[1].contains("says how far") && kept[1].contains("eve"), "{}", kept[1]);
}

#[test]
fn who_leaves_keeps_what_was_decided() {
    let answers = [answered("Q9.2", "a"), answered("Q9.6", "b")];
    for typed in ["f\n", "f\nq\n", "f"] {
        assert_eq!(conversation(&answers, typed).1.len(), 1, "{typed:?}");
    }
}

#[test]
fn what_is_typed_is_understood() {
    let four = Points::whole(4);
    let give = |points: f64, note: &str| Word::Give(Points::from_number(points).unwrap(), note.into());
    for (line, is) in [
        ("f", give(4.0, "")),
        ("h names no cause", give(2.0, "names no cause")),
        ("n", give(0.0, "")),
        ("1.5  ok ", give(1.5, "ok")),
        ("m", Word::Model),
        ("q", Word::Stop),
        ("", Word::Unknown),
        ("-1", Word::Unknown),
        ("full", Word::Unknown),
    ] {
        assert_eq!(word(line, four), is, "{line:?}");
    }
}
