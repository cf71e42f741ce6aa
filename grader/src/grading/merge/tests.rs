use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::grading::{Graded, Identity, Marking, Outcome, Points, Standing};
use crate::judge::{Difference, Exercise, judge};
use crate::pipeline::{Assessment, Protection};

/// A made-up class, graded by one process.
fn whole(learners: BTreeMap<String, Learner>) -> Results {
    let learners: Vec<Learner> = learners.into_values().collect();
    Results {
        schema: SCHEMA.to_owned(),
        grader: "g".into(),
        protection: Protection::None,
        shard: None,
        hidden: None,
        marking: Marking::default(),
        notes: class_notes(learners.iter().map(Known::from)),
        learners,
    }
}

fn learner(key: &str) -> Learner {
    Learner {
        learner: key.into(),
        identity: Identity::default(),
        standing: Standing::NothingHandedIn,
        points: Some(Points::ZERO),
        max_points: Points::whole(8),
        percent: Some(0.0),
        problem: None,
        attempt: None,
        notes: Vec::new(),
        exercises: Vec::new(),
        questions: Vec::new(),
    }
}

/// An exercise of which a number was seen.
fn graded(number: f64) -> Graded {
    let exercise = Exercise::find("E6.1").unwrap();
    let mut report = judge(&exercise, &[]);
    report.scenarios[0].difference = Some(Difference {
        what: "the chance of a stale read".into(),
        expected: Some(0.5.into()),
        got: Some(number.into()),
        during: None,
    });
    Graded {
        assessment: Some(Assessment {
            report,
            fault: None,
            printed: Default::default(),
            protection: Protection::None,
            took_ms: 7,
        }),
        ..Graded::without(&exercise, Outcome::Failed, None)
    }
}

/// What the process that grades one part of the class gives.
fn part(whole: &Results, shard: Shard) -> Part {
    let learners: Vec<Learner> =
        whole.learners.iter().filter(|learner| shard.has(&learner.learner)).cloned().collect();
    let notes = class_notes(learners.iter().map(Known::from));
    Part {
        file: format!("{}.json", shard.number),
        results: Results { shard: Some(shard), notes, learners, ..whole.clone() },
    }
}

fn parts(whole: &Results, of: u32) -> Vec<Part> {
    (1..=of).map(|number| part(whole, Shard { number, of })).collect()
}

fn json(results: &Results) -> String {
    serde_json::to_string_pretty(results).unwrap()
}

/// A part as it comes out of its file.
fn through_a_file(part: Part) -> Part {
    Part { results: serde_json::from_str(&json(&part.results)).unwrap(), ..part }
}

prop_compose! {
    fn any_learner(with_roster: bool)(
        key in "[a-zA-Z0-9=@é ]{1,4}",
        name in proptest::option::of("[ab]{1,2}"),
        stranger in any::<bool>(),
        // Numbers of few digits: of others serde_json, as it is built here, may read another last digit than it wrote.
        seen in proptest::option::of((-1_000_000..1_000_000i32).prop_map(|number| f64::from(number) / 64.0)),
        percent in 0..=10_000u32,
    ) -> Learner {
        let standing = if seen.is_some() { Standing::Graded } else { Standing::NothingHandedIn };
        Learner {
            identity: Identity { name, on_roster: with_roster.then_some(!stranger), ..Identity::default() },
            standing,
            percent: Some(f64::from(percent) / 100.0),
            exercises: seen.map(graded).into_iter().collect(),
            ..learner(&key)
        }
    }
}

fn any_class() -> impl Strategy<Value = Results> {
    any::<bool>()
        .prop_flat_map(|with_roster| proptest::collection::vec(any_learner(with_roster), 1..16))
        .prop_map(|learners| whole(learners.into_iter().map(|one| (one.learner.clone(), one)).collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// The law: whatever the class, however many parts, in whatever order.
    #[test]
    fn parts_put_together_are_the_whole(
        (class, order) in (any_class(), 1..9u32)
            .prop_flat_map(|(class, of)| (Just(class), Just((1..=of).collect::<Vec<_>>()).prop_shuffle())),
    ) {
        let of = order.len() as u32;
        let parts = order.iter().map(|number| part(&class, Shard { number: *number, of }));
        let merged = merge(parts.map(through_a_file).collect(), false).unwrap();
        prop_assert_eq!(json(&merged), json(&class));
    }

    #[test]
    fn without_a_part_there_is_no_whole(class in any_class(), of in 2..9u32, left_out in 0..9usize) {
        let mut parts = parts(&class, of);
        let left_out = parts.remove(left_out % of as usize);
        let merged = merge(parts.clone(), true).unwrap();
        let told = format!("not the whole class: part {} of {of} is missing", left_out.results.shard.unwrap().number);
        prop_assert_eq!(&merged.notes[0], &told);
        prop_assert_eq!(merged.learners.len(), class.learners.len() - left_out.results.learners.len());
        prop_assert!(merge(parts, false).is_err());
    }
}

/// Everything that does not belong together is refused, and the files are named.
#[test]
fn what_does_not_belong_together_is_refused() {
    let class = whole((0..20).map(|n| (format!("l{n}"), learner(&format!("l{n}")))).collect());
    let spoilt = |spoil: &dyn Fn(&mut Vec<Part>)| {
        let mut parts = parts(&class, 3);
        spoil(&mut parts);
        merge(parts, false).map(|results| results.learners.len()).map_err(|problem| problem.to_string())
    };
    assert_eq!(spoilt(&|_| {}), Ok(20));
    let told: Vec<String> = [
        spoilt(&|parts| parts.clear()),
        spoilt(&|parts| parts[1].results.schema = "results/0".into()),
        spoilt(&|parts| parts[1].results.grader = "h".into()),
        spoilt(&|parts| {
            let version = "bubblewrap 0.11.0".into();
            parts[2].results.protection =
                Protection::Bubblewrap { version, landlock: true, other_user: false };
        }),
        spoilt(&|parts| parts[2].results.marking.points_per_question = Points::whole(2)),
        spoilt(&|parts| parts[0].results.shard = None),
        spoilt(&|parts| parts[1].results.shard = Some(Shard { number: 2, of: 4 })),
        spoilt(&|parts| parts[1].results.shard = Some(Shard { number: 9, of: 3 })),
        spoilt(&|parts| parts[2] = Part { file: "again.json".into(), ..parts[1].clone() }),
        spoilt(&|parts| drop(parts.remove(1))),
        spoilt(&|parts| parts.truncate(1)),
        spoilt(&|parts| {
            let twice = parts[0].results.learners[0].clone();
            parts[2].results.learners.push(twice);
        }),
        spoilt(&|parts| {
            let moved = parts[0].results.learners.remove(0);
            parts[2].results.learners.push(moved);
        }),
    ]
    .into_iter()
    .map(|refused| refused.unwrap_err())
    .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn of_very_many_missing_parts_some_are_named() {
    let class = whole(BTreeMap::from([("ann".to_owned(), learner("ann"))]));
    let of = 40;
    let number = (1..=of).find(|number| Shard { number: *number, of }.has("ann")).unwrap();
    let only = part(&class, Shard { number, of });
    let told = merge(vec![only], false).unwrap_err().to_string();
    assert!(told.contains("19 more of 40 are missing"), "{told}");
}
