//! Whole interviews as transcripts.

use super::plan::{Plan, Slot, Wish, minutes};
use super::state::Screen;
use super::*;
use crate::question::find;

/// An interview with these questions.
fn with(minutes_in_all: u32, questions: &[&str]) -> Interview {
    let slots = questions
        .iter()
        .map(|id| {
            let (question, _) = find(id).unwrap();
            Slot { question: question.id.clone(), minutes: question.parts.iter().filter_map(minutes).sum() }
        })
        .collect();
    Interview::begin(Plan { minutes: minutes_in_all, seed: 1, slots }).unwrap()
}

/// What is shown, without the questions' own text.
fn brief(screen: &Screen) -> String {
    let text = screen.figure(true).as_text().to_string();
    match &screen.show {
        Show::Question { .. } => {
            let heading = text.split("\n\n").filter(|block| {
                block.starts_with("Interviewer")
                    || block.starts_with("An interviewer")
                    || block.contains(" · ")
            });
            heading.collect::<Vec<_>>().join("\n")
        }
        _ => text,
    }
}

/// The transcript of an interview in which each answer takes a minute and a half.
fn transcript(mut interview: Interview, answers: &[&str]) -> String {
    let mut told = vec![brief(&interview.screen())];
    for text in answers {
        interview.apply(&Event::Ticked(90));
        told.push(format!("> {text}"));
        interview.apply(&match *text {
            "pass" => Event::Passed,
            "stop" => Event::Stopped,
            text => Event::Answered(text.to_string()),
        });
        told.push(brief(&interview.screen()));
    }
    told.push(interview.report().figure().as_text().to_string());
    told.join("\n\n")
}

#[test]
fn a_missing_point_is_asked_for_once() {
    let interview = with(30, &["Q9.6", "Q6.6", "Q9.2"]);
    insta::assert_snapshot!(transcript(
        interview,
        &[
            "Last write wins.",
            "The other client's write is lost, although it was acknowledged.",
            "b",
            "Read repair acts only when someone reads the key. Anti-entropy would have helped.",
            "I don't remember how it works.",
            "lag, leader, follower, write, apply, seconds, bytes, log",
            "It is the time from the write on the leader until the follower has applied it.",
        ]
    ));
}

#[test]
fn a_misconception_is_kept_for_the_end() {
    let interview = with(30, &["Q6.1", "Q6.6", "Q0.3", "Q9.3"]);
    insta::assert_snapshot!(transcript(
        interview,
        &["four", "3", "b", "Read repair would have fixed it sooner or later.", "pass", "stop"]
    ));
}

#[test]
fn what_is_asked_when_the_time_is_up_may_still_be_answered() {
    let interview = with(3, &["Q9.6", "Q9.2", "Q9.3"]);
    insta::assert_snapshot!(transcript(
        interview,
        &["Last write wins, and the other write is lost.", "It ends when the follower has applied it."]
    ));
}

#[test]
fn a_question_is_shown_as_it_is_asked() {
    let mut interview = with(10, &["Q1.3"]);
    let first = interview.screen().figure(true).as_text().to_string();
    interview.apply(&Event::Ticked(61));
    interview.apply(&Event::Answered("4".into()));
    insta::assert_snapshot!(format!("{first}\n\n──────\n\n{}", interview.screen().figure(true).as_text()));
}

#[test]
fn a_replayed_interview_is_the_same() {
    let plan = with(30, &["Q9.6", "Q6.6", "Q6.7"]).plan().clone();
    let events = [
        Event::Begun(plan),
        Event::Ticked(30),
        Event::Answered("Last write wins.".into()),
        Event::Answered("The other write is lost.".into()),
        Event::Answered("b".into()),
        Event::Answered("Read repair needs a read.".into()),
    ];
    let kept: Vec<String> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    let read: Vec<Event> = kept.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, events);
    let (mut stepwise, replayed) = (None::<Interview>, Interview::replay(&read).unwrap().unwrap());
    for event in &events {
        match (&mut stepwise, event) {
            (None, Event::Begun(plan)) => stepwise = Some(Interview::begin(plan.clone()).unwrap()),
            (interview, event) => interview.as_mut().unwrap().apply(event),
        }
    }
    let stepwise = stepwise.unwrap();
    assert_eq!((stepwise.screen(), stepwise.turns()), (replayed.screen(), replayed.turns()));
    assert!(matches!(replayed.screen().show, Show::FollowUp(_)), "it goes on in the middle of a question");
}

#[test]
fn in_a_notebook_no_time_passes() {
    let mut store = Store::in_memory();
    let text = |shown: Shown| shown.figure().as_text().to_string();
    let nothing = text(answer(&mut store, "4"));
    let begun = text(begin(&mut store, 5, vec![1]));
    assert_eq!(
        text(begin(&mut store, 5, vec![1])),
        begun.replacen("Your interview", "Your interview goes on", 1)
    );
    let mut told = vec![nothing, begun];
    while store.unfinished().is_some() {
        told.push(text(answer(&mut store, "pass")));
    }
    told.push(text(begin(&mut store, 1, vec![1])));
    insta::assert_snapshot!(told.join("\n\n──────\n\n"));
}

/// Whatever is answered: it ends, each part has one turn, and the scores are shares.
#[test]
fn any_interview_ends() {
    for seed in 0..40 {
        let wish = Wish { minutes: 45, seed, chapters: Vec::new(), avoid: Vec::new() };
        let mut interview = Interview::begin(draw(&wish, banks()).unwrap()).unwrap();
        let all = ["It depends.", "a", "4", "1/1", "", "Replicas wait for the leader.", "pass"];
        let mut steps = 0;
        while !interview.over() {
            let text = all[(steps * 7 + seed as usize) % all.len()];
            interview.apply(&if text == "pass" || steps % 5 == 4 {
                Event::Passed
            } else {
                Event::Answered(text.into())
            });
            steps += 1;
            assert!(steps < 500, "seed {seed} never ends");
        }
        let report = interview.report();
        assert_eq!(report.asked, report.planned);
        assert!(report.scores.iter().all(|score| (0.0..=1.0).contains(&score.share)));
    }
}
