use super::*;
use crate::exercise::{Observation, Task};
use crate::grading::{About, Answered, Attempt, Identity, PartialCredit, Review};
use crate::intake::Handed;
use crate::judge::judge;
use crate::pipeline::{Assessment, Protection};

fn exercises() -> Vec<Exercise> {
    ["E6.1", "E6.2"].map(|id| Exercise::find(id).unwrap()).to_vec()
}

/// An exercise of which the first scenarios pass, so many.
fn graded(exercise: &Exercise, passing: usize) -> Graded {
    let seen: Vec<(Task, Observation)> = exercise
        .tasks()
        .into_iter()
        .take(passing)
        .map(|task| {
            let seen = exercise.reference[&task.scenario].clone();
            (task, seen)
        })
        .collect();
    let report = judge(exercise, &seen);
    let assessment = Assessment {
        report,
        fault: None,
        printed: Default::default(),
        protection: Protection::None,
        took_ms: 1,
    };
    let handed = Handed::Answer { from: "e.rs".into(), mark: "0123456789abcdef".into(), text: String::new() };
    Graded { assessment: Some(assessment), ..Graded::without(exercise, Outcome::Failed, Some(handed)) }
}

fn answered(question: &str, verdict: question::Outcome) -> Answered {
    Answered {
        verdict: Some(verdict),
        text: "x".into(),
        mark: "abc".into(),
        from: "answers.json".into(),
        ..Answered::blank(question)
    }
}

/// All of E6.1, the first scenario of E6.2; Q6.1 right, Q9.1 half right.
fn ann(at: Option<&str>) -> Learner {
    let all = exercises();
    Learner {
        learner: "ann".into(),
        identity: Identity { mail: Some("ann@example.org".into()), ..Identity::default() },
        standing: Standing::Graded,
        points: None,
        max_points: Points::ZERO,
        percent: None,
        problem: None,
        attempt: Some(Attempt {
            from: "ann".into(),
            number: 1,
            of: 1,
            at: at.map(str::to_owned),
            called_late: false,
            late: None,
        }),
        notes: Vec::new(),
        exercises: vec![graded(&all[0], 99), graded(&all[1], 1)],
        questions: vec![
            answered("Q6.1", question::Outcome::Pass),
            answered("Q9.1", question::Outcome::Partial),
        ],
    }
}

fn marked(learner: Learner, marks: &str, reviews: &Reviews) -> Learner {
    let mut learner = learner;
    let marking = Marking::read(marks).unwrap();
    mark_learner(&mut learner, &marking, &exercises(), reviews);
    let once = format!("{learner:?}");
    mark_learner(&mut learner, &marking, &exercises(), reviews);
    assert_eq!(format!("{learner:?}"), once, "a second time changes nothing");
    learner
}

/// The points as text: of everything, then one by one.
fn points(learner: &Learner) -> String {
    let percent = learner.percent.map_or("—".into(), |percent| percent.to_string());
    let sum = format!("{} of {}, {percent} %:", learner.points.unwrap_or_default(), learner.max_points);
    let exercises = learner.exercises.iter().map(|g| match g.points {
        Some(points) => format!(" {points}/{}", g.max_points),
        None => format!(" ?/{}", g.max_points),
    });
    let questions = learner.questions.iter().map(|a| format!(" {}/{}", a.points, a.max_points));
    sum + &exercises.chain(questions).collect::<String>()
}

fn told(marks: &str) -> String {
    points(&marked(ann(None), marks, &Reviews::default()))
}

#[test]
fn points_by_every_kind_of_marks_file() {
    let first = exercises()[1].spec.scenarios[0].id.clone();
    let scenarios = format!("points = {{ \"E6.2\" = {{ {first} = 3, wrap = 7 }} }}");
    let files = [
        "",
        "questions = [\"Q6.1\", \"Q9.1\"]",
        "questions = [\"Q9.1\"]\npoints_per_question = 5",
        "partial_credit = \"none\"",
        "points = { \"E6.2\" = 100 }",
        &scenarios,
        "questions = [\"Q6.1\", \"Q9.1\"]\nweights = { exercises = 70, questions = 30 }",
        "weights = { exercises = 70, questions = 30 }",
    ];
    let told = files.map(|marks| format!("{marks}\n→ {}", told(marks)));
    insta::assert_snapshot!(told.join("\n\n"));
}

const DUE: &str = "[deadline]\ndue = 2026-11-20T23:59:00+01:00\ngrace_minutes = 10\npercent_per_day = 10\ncloses_after_days = 3\n";

fn late(at: Option<&str>, called_late: bool, more: &str) -> (Option<Late>, String) {
    let mut learner = ann(at);
    learner.attempt.as_mut().unwrap().called_late = called_late;
    let learner = marked(learner, &format!("{DUE}{more}"), &Reviews::default());
    (learner.attempt.as_ref().unwrap().late, points(&learner))
}

#[test]
fn lateness_costs_what_the_file_says() {
    let costs =
        |at: &str| late(Some(at), false, "").0.map(|late| (late.minutes.unwrap(), late.costs_percent));
    assert_eq!(costs("2026-11-20T22:59:00Z"), None, "to the second");
    assert_eq!(costs("2026-11-20T23:09:00Z"), None, "within the grace");
    assert_eq!(costs("2026-11-20T23:09:01Z"), Some((11, 10)), "the grace is over: the deadline counts");
    assert_eq!(costs("2026-11-21T22:59:00Z"), Some((1440, 10)), "one day");
    assert_eq!(costs("2026-11-21T22:59:01Z"), Some((1441, 20)), "a second day has begun");
    assert_eq!(costs("2026-11-23T22:59:01Z"), Some((4321, 100)), "closed");
    assert_eq!(costs("1970-01-01T00:00:00Z"), None, "a clock that jumped back is nobody's lateness");
    let (_, points) = late(Some("2026-11-21T22:00:00Z"), false, "");
    assert_eq!(
        points,
        late(Some("2026-11-21T22:00:00Z"), true, "").1,
        "the time says more than the platform"
    );
    assert!(points.starts_with("9 of 17"), "{points}");
}

#[test]
fn a_platform_that_only_says_late_costs_one_day() {
    assert_eq!(late(None, true, "").0, Some(Late { minutes: None, costs_percent: 10 }));
    assert_eq!(late(None, false, "").0, None);
}

#[test]
fn extensions_and_other_deadlines_go_before_the_common_one() {
    let ann = "[deadline.extensions]\n\"ANN@example.org\" = 2026-11-30T00:00:00Z\n";
    assert_eq!(late(Some("2026-11-29T00:00:00Z"), false, ann).0, None);
    assert_eq!(late(None, true, ann).0, None);
    let other = "[deadline.exercises]\n\"E6.1\" = 2026-11-30T00:00:00Z\n";
    let marks = format!("{DUE}{other}");
    let learner = marked(self::ann(Some("2026-11-22T00:00:00Z")), &marks, &Reviews::default());
    let costs: Vec<_> = learner.exercises.iter().map(|g| g.late.map(|late| late.costs_percent)).collect();
    assert_eq!(costs, [None, Some(20)]);
}

#[test]
fn a_persons_word_counts_as_long_as_the_answer_is_the_same() {
    let learner = ann(None);
    let mut reviews = Reviews::default();
    let note = |reviews: &mut Reviews, about, points| {
        let (points, of) = (Points::whole(points), Points::whole(10));
        reviews.note(Review { about, points, of, note: "seen".into(), by: "eve".into() });
    };
    note(&mut reviews, About::exercise("ann", &learner.exercises[1]), 5);
    note(&mut reviews, About::answer(&learner.questions[1]), 10);
    let marks = "questions = [\"Q9.1\"]\npoints_per_question = 4";
    let ours = marked(learner.clone(), marks, &reviews);
    let half = ours.exercises[1].max_points.share(1, 2);
    assert_eq!(ours.exercises[1].points, Some(half), "half of what there is now");
    assert_eq!(ours.questions[1].points, Points::whole(4));
    // Another answer, another learner: the machine's word.
    let mut other = learner.clone();
    other.exercises[1].handed =
        Some(Handed::Answer { from: "e.rs".into(), mark: "f".into(), text: String::new() });
    other.questions[1].mark = "other".into();
    let others = [other];
    assert_eq!(reviews.outdated(&others), [("ann", "E6.2")]);
    let theirs = marked(others[0].clone(), marks, &reviews);
    assert_ne!(theirs.exercises[1].points, Some(half));
    assert_eq!(theirs.questions[1].points, Points::whole(2));
    let bob = Learner { learner: "bob".into(), ..learner };
    let bobs = marked(bob, marks, &reviews);
    assert_ne!(bobs.exercises[1].points, Some(half));
    assert_eq!(bobs.questions[1].points, Points::whole(4), "the same words to the same question");
}

#[test]
fn what_the_grader_failed_on_is_no_zero_unless_a_person_says_so() {
    let mut learner = ann(None);
    learner.exercises[1].assessment = None;
    learner.exercises[1].outcome = Outcome::NotGraded;
    let seen = marked(learner.clone(), "", &Reviews::default());
    assert_eq!(seen.exercises[1].points, None);
    let mut reviews = Reviews::default();
    let about = About::exercise("ann", &learner.exercises[1]);
    let (points, of) = (Points::whole(1), Points::whole(1));
    reviews.note(Review { about, points, of, note: String::new(), by: String::new() });
    let seen = marked(learner, "", &reviews);
    assert_eq!(seen.exercises[1].points, Some(seen.exercises[1].max_points));
}

#[test]
fn who_handed_in_nothing_has_nothing_and_who_can_not_be_read_has_no_points() {
    let standing = |standing| {
        let learner = Learner { standing, exercises: Vec::new(), questions: Vec::new(), ..ann(None) };
        points(&marked(learner, "", &Reviews::default()))
    };
    assert!(standing(Standing::NothingHandedIn).starts_with("0 of 17, 0 %"));
    let unreadable = Learner { standing: Standing::Unreadable, ..ann(None) };
    assert_eq!(marked(unreadable, "", &Reviews::default()).points, None);
}

#[test]
fn partial_credit_is_the_default() {
    assert_eq!(Marking::default().partial_credit, PartialCredit::Scenarios);
}
