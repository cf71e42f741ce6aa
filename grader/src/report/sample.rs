//! A class in which everything happens, for tests.

use replication_lab::leaderless::Leaderless;
use serde_json::json;

use crate::exercise::{Ending, Observation, Step, Task};
use crate::grading::{
    About, Answered, Attempt, Graded, Identity, Learner, Marking, Outcome, Points, Results, Review, Reviews,
    SCHEMA, Standing, mark,
};
use crate::intake::Handed;
use crate::judge::{Exercise, Misconception, Report, Violation, judge};
use crate::pipeline::{Assessment, Diagnostic, Fault, Printed, Protection};
use crate::question;

const MARKS: &str = r#"
exercises = ["E6.1", "E9.1"]
questions = ["Q6.1", "Q9.1"]
[deadline]
due = 2026-11-20T23:59:00Z
percent_per_day = 10
"#;

/// The learner of this key.
pub fn learner<'a>(class: &'a Results, key: &str) -> &'a Learner {
    class.learners.iter().find(|learner| learner.learner == key).unwrap()
}

/// What the judge says of the reference's own observations, spoiled.
fn spoiled(exercise: &str, spoil: impl Fn(&str, &mut Observation)) -> Report {
    let exercise = Exercise::find(exercise).unwrap();
    let one = |task: Task| {
        let mut seen = exercise.reference[&task.scenario].clone();
        spoil(&task.scenario, &mut seen);
        (task, seen)
    };
    judge(&exercise, &exercise.tasks().into_iter().map(one).collect::<Vec<_>>())
}

fn ended(exercise: &str, in_scenario: &str, ending: Ending) -> Report {
    spoiled(exercise, |scenario, seen| {
        if scenario == in_scenario {
            seen.steps.truncate(1);
            seen.ending = ending.clone();
        }
    })
}

fn right(exercise: &str) -> Graded {
    graded(spoiled(exercise, |_, _| {}))
}

/// A wrong chance of a stale read, by a known mistake.
fn mistaken() -> Graded {
    let mut report = spoiled("E6.1", |scenario, seen| {
        if scenario == "misses" {
            seen.steps[1].got["Ok"]["stale_probability"] = json!(0.36);
        }
    });
    let mutant = &Exercise::find("E6.1").unwrap().spec.mutants[2];
    report.scenarios[1].misconception =
        Some(Misconception { mutant: mutant.name.clone(), text: mutant.misconception.trim().to_owned() });
    graded(report)
}

/// A wrong write in a run that can be looked at, which breaks a rule.
fn with_a_run() -> Graded {
    let mut cluster = Leaderless::builder().replicas(3).clients(1).build().unwrap();
    for value in ["one", "two"] {
        cluster.note("c1", format!("begins: c1 writes x={value}")).unwrap();
        cluster.write("c1", "x", value).unwrap();
    }
    let run = cluster.trace().cloned();
    let mut report = spoiled("E9.1", |scenario, seen| {
        if scenario == "late-replies" {
            let step =
                |value: &str, got: &str| Step { what: format!("c1 writes x={value}"), got: json!(got) };
            seen.steps = vec![step("one", "written, 3 acks"), step("two", "written, 2 acks")];
            seen.run = run.clone();
        }
    });
    let failed = report.scenarios.iter_mut().find(|scenario| scenario.id == "late-replies").unwrap();
    failed
        .violations
        .push(Violation::new("enough-replicas", "two replicas hold it, and three were promised"));
    graded(report)
}

fn graded(report: Report) -> Graded {
    let outcome = match (report.passed(), report.untouched()) {
        (true, _) => Outcome::Passed,
        (_, true) => Outcome::Stub,
        _ => Outcome::Failed,
    };
    let handed = Handed::Answer {
        from: format!("exercises/src/{}.rs", report.exercise.to_lowercase().replace('.', "_")),
        mark: "0123456789abcdef".into(),
        text: String::new(),
    };
    Graded {
        exercise: report.exercise.clone(),
        title: report.title.clone(),
        points: None,
        max_points: Points::ZERO,
        outcome,
        handed: Some(handed),
        late: None,
        assessment: Some(Assessment {
            report,
            fault: None,
            printed: Printed::default(),
            protection: Protection::None,
            took_ms: 210,
        }),
        grader_fault: None,
        review: None,
    }
}

fn without(exercise: &str, outcome: Outcome) -> Graded {
    let blank = right(exercise);
    Graded { outcome, handed: None, assessment: None, ..blank }
}

fn broken() -> Graded {
    let mut graded = right("E6.1");
    let seen = graded.assessment.as_mut().unwrap();
    let error = Diagnostic {
        level: "error".into(),
        code: Some("E0308".into()),
        message: "mismatched types".into(),
        at: Some("exercises/src/e6_1.rs:31".into()),
        rendered: "error[E0308]: mismatched types\n  --> exercises/src/e6_1.rs:31:9\n   |\n31 |     true\n   |     ^^^^ expected `u32`, found `bool`"
            .into(),
    };
    seen.report = judge(&Exercise::find("E6.1").unwrap(), &[]);
    seen.fault = Some(Fault::DoesNotCompile { diagnostics: vec![error.clone(), error] });
    Graded { outcome: Outcome::NotCompiled, ..graded }
}

fn answered(question: &str, verdict: Option<question::Outcome>, text: &str) -> Answered {
    Answered {
        question: question.to_owned(),
        title: question::find(question).unwrap().0.title.clone(),
        points: Points::ZERO,
        max_points: Points::ZERO,
        verdict,
        text: text.to_owned(),
        mark: if text.is_empty() { String::new() } else { "fedcba9876543210".into() },
        from: if text.is_empty() { String::new() } else { "06-quorums.ipynb".into() },
        found: Vec::new(),
        missing: Vec::new(),
        misconceptions: Vec::new(),
        confidence: None,
        late: None,
        review: None,
    }
}

fn unanswered(marking: &Marking) -> Vec<Answered> {
    marking.parts().iter().map(|part| answered(part, None, "")).collect()
}

fn member(key: &str, name: &str, exercises: Vec<Graded>) -> Learner {
    Learner {
        learner: key.to_owned(),
        identity: Identity {
            id: Some(key.to_owned()),
            name: Some(name.to_owned()),
            mail: Some(format!("{key}@example.org")),
            on_roster: Some(true),
        },
        standing: Standing::Graded,
        points: None,
        max_points: Points::ZERO,
        percent: None,
        problem: None,
        attempt: Some(Attempt {
            from: key.to_owned(),
            number: 1,
            of: 1,
            at: None,
            called_late: false,
            late: None,
        }),
        notes: Vec::new(),
        exercises,
        questions: Vec::new(),
    }
}

/// The class, marked.
pub fn class() -> Results {
    let marking = Marking::read(MARKS).unwrap();
    let nothing = |key, name, standing| Learner { standing, attempt: None, ..member(key, name, Vec::new()) };
    let panicked = Ending::Panicked {
        message: "index out of bounds: the len is 5 but the index is 5".into(),
        at: Some("exercises/src/e6_1.rs:12".into()),
    };
    let mut panicked = graded(ended("E6.1", "table", panicked));
    panicked.assessment.as_mut().unwrap().printed =
        Printed { stdout: "w = 2\nr = 2\n".into(), stderr: "here\n".into(), cut: true };
    let endless = graded(ended("E6.1", "table", Ending::TimedOut { after_ms: 5_000 }));
    let mut late = member("late", "Lea Late", vec![right("E6.1"), mistaken_and("E9.1")]);
    late.attempt.as_mut().unwrap().at = Some("2026-11-21T10:00:00Z".into());
    let mut fault = without("E6.1", Outcome::NotGraded);
    fault.grader_fault = Some("there is no room for a temporary folder".into());
    let mut refused = without("E6.1", Outcome::Refused);
    refused.handed =
        Some(Handed::Refused { from: "exercises/src/e6_1.rs".into(), why: "it is no text in UTF-8".into() });
    let mut unreadable = nothing("unreadable", "Una Readable", Standing::Unreadable);
    unreadable.problem = Some("unreadable.zip is no archive: the end is missing".into());
    let mut stranger =
        member("stranger", "Sam Stranger", vec![without("E6.1", Outcome::NotHandedIn), right("E9.1")]);
    stranger.identity.on_roster = Some(false);
    stranger.learner = "some".into();
    stranger.notes.push("not on the roster".into());

    let mut learners = vec![
        member("right", "Ann Right", vec![right("E6.1"), right("E9.1")]),
        member("partial", "Per Partial", vec![mistaken(), with_a_run()]),
        member("panicked", "Pan Icked", vec![panicked, without("E9.1", Outcome::NotHandedIn)]),
        member("endless", "End Less", vec![endless, right("E9.1")]),
        member("broken", "Bro Ken", vec![broken(), without("E9.1", Outcome::NotHandedIn)]),
        member("refused", "Ref Used", vec![refused, right("E9.1")]),
        stranger,
        nothing("absent", "Abby Absent", Standing::NothingHandedIn),
        unreadable,
        member("fault", "Fay Fault", vec![fault, right("E9.1")]),
        late,
        member("reviewed", "Rae Viewed", vec![mistaken(), right("E9.1")]),
        member("questions", "Quin Questions", vec![right("E6.1"), right("E9.1")]),
    ];
    for learner in learners.iter_mut().filter(|learner| learner.standing == Standing::Graded) {
        learner.questions = match learner.learner.as_str() {
            "questions" => answers(&marking),
            _ => unanswered(&marking),
        };
    }
    let mut results = Results {
        hidden: Some(3),
        schema: SCHEMA.into(),
        grader: "5f3a-0011223344556677".into(),
        protection: Protection::Bubblewrap {
            version: "bubblewrap 0.11.0".into(),
            landlock: true,
            other_user: true,
        },
        shard: None,
        marking: marking.clone(),
        notes: vec!["1 of the roster handed in nothing; 1 who handed in are not on the roster".into()],
        learners,
    };
    let mut reviews = Reviews::default();
    let reviewed = learner(&results, "reviewed");
    reviews.note(Review {
        about: About::exercise("reviewed", &reviewed.exercises[0]),
        points: Points::whole(7),
        of: Points::whole(8),
        note: "the idea is right, the rounding is not".into(),
        by: "T. Utor".into(),
    });
    mark(&mut results, &marking, &Exercise::all(), &reviews);
    results
}

/// The known mistake, in another exercise too, so that it is the class's commonest.
fn mistaken_and(exercise: &str) -> Graded {
    let mut report = spoiled(exercise, |scenario, seen| {
        if scenario == "tolerance" {
            seen.steps[0].got = json!("written, 1 acks");
        }
    });
    let mutant = &Exercise::find(exercise).unwrap().spec.mutants[0];
    for scenario in report.scenarios.iter_mut().filter(|scenario| scenario.id == "tolerance") {
        scenario.misconception =
            Some(Misconception { mutant: mutant.name.clone(), text: mutant.misconception.trim().to_owned() });
    }
    graded(report)
}

/// Right, partly right and not sure, wrong, and so on in turn.
fn answers(marking: &Marking) -> Vec<Answered> {
    let verdicts = [question::Outcome::Pass, question::Outcome::Partial, question::Outcome::Fail];
    let one = |(at, part): (usize, &String)| {
        let mut answered =
            answered(part, Some(verdicts[at % 3]), "W + R > N, so that both sets share a replica.");
        match answered.verdict {
            Some(question::Outcome::Partial) => {
                answered.found = vec!["the two sets share a replica".into()];
                answered.missing = vec!["what a sloppy quorum does to it".into()];
                answered.confidence =
                    Some(question::Confidence::Low { why: "half of it is in no words of the rubric".into() });
            }
            Some(question::Outcome::Fail) => {
                answered.misconceptions = vec!["A quorum does not order concurrent writes.".into()];
                answered.confidence = Some(question::Confidence::High);
            }
            _ => answered.confidence = Some(question::Confidence::High),
        }
        answered
    };
    marking.parts().iter().enumerate().map(one).collect()
}
