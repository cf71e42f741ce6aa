//! What most forms have a line for: a scenario of an exercise, or a part of a question, with its share of the points.

use std::sync::LazyLock;

use super::words;
use crate::grading::{Answered, Graded, Learner, Marking, Outcome, Points, Worth};
use crate::judge::{Audience, Exercise, ScenarioReport, Verdict};
use crate::pipeline::{Fault, sanitise};
use crate::question;

/// A scenario, or a part of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The exercise's id, or the part's address.
    pub of: String,
    /// The chapter's, the exercise's and the scenario's number: `6.1.1`. A question has none.
    pub number: Option<String>,
    /// The scenario's id; nothing for a question, and where no scenario is known.
    pub scenario: Option<String>,
    /// The expectation as a sentence, or the question's title; one line, fit to print.
    pub name: String,
    /// Replays it.
    pub seed: Option<u64>,
    /// How it came out.
    pub came: Came,
    /// Its share of the points reached, lateness and a person's word included. Nothing where the grader failed.
    pub points: Option<Points>,
    /// Its share of the points there are.
    pub max_points: Points,
    /// What there is to say of it, fit to print; empty where there is nothing.
    pub told: String,
    /// Whether that only points to the exercise's first line, where it stands for all of them.
    pub told_above: bool,
}

/// How an [`Item`] came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Right.
    Passed,
    /// An answer with about half of what is asked for.
    Partial,
    /// Wrong, and in which way.
    Wrong(&'static str),
    /// It did not come to an end or to a program, and why.
    Broken(&'static str),
    /// There is nothing.
    NotHandedIn,
    /// The grader failed, not the answer.
    GraderFault,
}

impl Came {
    /// In a word or two.
    pub fn shown(self) -> &'static str {
        match self {
            Came::Passed => "passed",
            Came::Partial => "partly right",
            Came::Wrong(how) | Came::Broken(how) => how,
            Came::NotHandedIn => "not handed in",
            Came::GraderFault => "not graded: the grader failed",
        }
    }
}

/// The exercises of this version of the course; read once, since every line of a class asks for them.
pub(super) fn course() -> &'static [Exercise] {
    static ALL: LazyLock<Vec<Exercise>> = LazyLock::new(Exercise::all);
    &ALL
}

/// The lines of a learner: her exercises' scenarios, then her questions. Their points add up to hers.
pub fn items(marking: &Marking, learner: &Learner) -> Vec<Item> {
    let exercises = learner.exercises.iter().flat_map(|graded| items_of_exercise(marking, graded));
    exercises.chain(learner.questions.iter().map(item_of_question)).collect()
}

/// The lines of an exercise, in the order of its scenarios. Their points add up to the exercise's.
pub fn items_of_exercise(marking: &Marking, graded: &Graded) -> Vec<Item> {
    let exercise = course().iter().find(|exercise| exercise.spec.is_called(&graded.exercise));
    let scenarios = scenarios_of(graded, exercise);
    let worth = exercise.and_then(|exercise| {
        marking.points.iter().find(|(id, _)| exercise.spec.is_called(id)).map(|(_, worth)| worth)
    });
    let weight = |scenario: &Scenario| match (worth, &scenario.id) {
        (Some(Worth::Scenarios(points)), Some(id)) => points.get(id).copied().map_or(0, hundredths),
        _ => scenario.weight,
    };
    let weights: Vec<u64> = scenarios.iter().map(weight).collect();
    let max_points = shares(graded.max_points, &weights);
    let passed: Vec<bool> = scenarios.iter().map(|scenario| scenario.came == Came::Passed).collect();
    let points = graded.points.map(|points| spread(points, &max_points, &passed));
    let number = |at: usize| format!("{}.{}", words::line(graded.exercise.trim_start_matches('E')), at + 1);
    let first = number(0);
    let lines = scenarios.into_iter().enumerate().map(|(at, scenario)| Item {
        of: words::line(&graded.exercise),
        number: Some(number(at)),
        scenario: scenario.id,
        name: scenario.name,
        seed: scenario.seed,
        came: scenario.came,
        points: points.as_ref().map(|points| points[at]),
        max_points: max_points[at],
        told_above: at > 0 && matches!(scenario.told, Told::OfAll(_)),
        told: match scenario.told {
            Told::Own(text) => text,
            Told::OfAll(text) if at == 0 => text,
            Told::OfAll(_) => format!("{}: see {first}.", scenario.came.shown()),
        },
    });
    lines.collect()
}

struct Scenario {
    id: Option<String>,
    name: String,
    seed: Option<u64>,
    weight: u64,
    came: Came,
    told: Told,
}

/// Whether a text belongs to a scenario or to all of the exercise alike.
enum Told {
    Own(String),
    OfAll(String),
}

fn scenarios_of(graded: &Graded, exercise: Option<&Exercise>) -> Vec<Scenario> {
    let of_all = of_all(graded);
    let whole = |id, name: &str, seed, points: u32| {
        let (came, told) = of_all.clone().unwrap_or((Came::NotHandedIn, String::new()));
        let name = words::line(name);
        Scenario { id, name, seed, weight: u64::from(points), came, told: Told::OfAll(told) }
    };
    match &graded.assessment {
        Some(assessment) if !assessment.report.scenarios.is_empty() => {
            let one = |s: &ScenarioReport| match &of_all {
                Some(_) => whole(Some(words::line(&s.id)), &s.title, Some(s.seed), s.max_points),
                None => Scenario {
                    id: Some(words::line(&s.id)),
                    name: words::line(&s.title),
                    seed: Some(s.seed),
                    weight: u64::from(s.max_points),
                    came: came(&s.verdict),
                    told: Told::Own(told(s)),
                },
            };
            assessment.report.scenarios.iter().map(one).collect()
        }
        _ => match exercise {
            Some(exercise) => {
                let all = exercise.spec.scenarios.iter();
                all.map(|s| whole(Some(s.id.clone()), &s.title, Some(s.seed), s.points)).collect()
            }
            None => vec![whole(None, &graded.title, None, 1)],
        },
    }
}

/// How all scenarios came out, where none of them ran.
fn of_all(graded: &Graded) -> Option<(Came, String)> {
    let came = match (graded.outcome, graded.assessment.as_ref().and_then(|seen| seen.fault.as_ref())) {
        (Outcome::NotGraded, _) => Came::GraderFault,
        (Outcome::NotHandedIn, _) => Came::NotHandedIn,
        (Outcome::Refused, _) => Came::Broken("refused"),
        (_, Some(Fault::ReadsOther { .. } | Fault::TooLarge { .. })) => Came::Broken("refused"),
        (_, Some(Fault::CompileTimedOut { .. })) => Came::Broken("compiler timed out"),
        (_, Some(_)) | (Outcome::NotCompiled, None) => Came::Broken("does not compile"),
        (Outcome::Passed | Outcome::Failed | Outcome::Stub, None) => return None,
    };
    let told = match came {
        Came::GraderFault => {
            let why = graded.grader_fault.as_deref().unwrap_or("it is not known why");
            format!(
                "Not graded: the grader failed, not the answer. That is no zero. Why: {}",
                words::line(why)
            )
        }
        _ => words::obstacle(graded).unwrap_or_default(),
    };
    Some((came, told))
}

fn came(verdict: &Verdict) -> Came {
    match verdict {
        Verdict::Passed => Came::Passed,
        Verdict::Failed => Came::Wrong("wrong"),
        Verdict::Unfinished { .. } => Came::Wrong("unfinished"),
        Verdict::Panicked { .. } => Came::Wrong("panicked"),
        Verdict::TimedOut { .. } => Came::Broken("timed out"),
        Verdict::NotRun => Came::Broken("did not run to its end"),
    }
}

fn told(scenario: &ScenarioReport) -> String {
    match scenario.verdict {
        Verdict::Passed => String::new(),
        _ => sanitise(&scenario.details(Audience::Terminal)).trim_end().to_owned(),
    }
}

/// The line of a part of a question.
pub(super) fn item_of_question(answered: &Answered) -> Item {
    let mut told = Vec::new();
    if !answered.text.is_empty() {
        told.push(format!("The answer: {}", sanitise(&answered.text)));
    }
    told.extend(words::about_answer(answered));
    Item {
        of: words::line(&answered.question),
        number: None,
        scenario: None,
        name: words::line(&answered.title),
        seed: None,
        came: match answered.verdict {
            Some(question::Outcome::Pass) => Came::Passed,
            Some(question::Outcome::Partial) => Came::Partial,
            Some(question::Outcome::Fail) => Came::Wrong("wrong"),
            None => Came::NotHandedIn,
        },
        points: Some(answered.points),
        max_points: answered.max_points,
        told: told.join("\n"),
        told_above: false,
    }
}

fn hundredths(points: Points) -> u64 {
    (points.number() * 100.0).round() as u64
}

/// Points in the proportion of weights, exact in sum.
fn shares(points: Points, weights: &[u64]) -> Vec<Points> {
    let even = vec![1; weights.len()];
    let weights = if weights.iter().all(|weight| *weight == 0) { &even } else { weights };
    let all: u64 = weights.iter().sum();
    let (mut sum, mut before) = (0, Points::ZERO);
    let share = |weight: &u64| {
        sum += weight;
        let until = points.share(sum, all);
        let share = until - before;
        before = until;
        share
    };
    weights.iter().map(share).collect()
}

/// Points reached over scenarios with these points at most: as much as there is room over those that passed, and
/// the rest, which only a person gives, over the others. Exact in sum.
fn spread(points: Points, max: &[Points], passed: &[bool]) -> Vec<Points> {
    let room = |of: bool| -> Vec<u64> {
        max.iter().zip(passed).map(|(max, passed)| if *passed == of { hundredths(*max) } else { 0 }).collect()
    };
    let of_passed: Points = max.iter().zip(passed).filter(|(_, passed)| **passed).map(|(max, _)| *max).sum();
    let earned = points.min(of_passed);
    let given = points - earned;
    let none = vec![Points::ZERO; max.len()];
    let over = |points: Points, room: Vec<u64>| match points == Points::ZERO {
        true => none.clone(),
        false => shares(points, &room),
    };
    let (earned, given) = (over(earned, room(true)), over(given, room(false)));
    earned.into_iter().zip(given).map(|(earned, given)| earned + given).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn points_of_the_lines_add_up_to_the_learners() {
        let class = sample::class();
        for learner in &class.learners {
            let lines = items(&class.marking, learner);
            let points: Points = lines.iter().filter_map(|item| item.points).sum();
            let max: Points = lines.iter().map(|item| item.max_points).sum();
            assert_eq!(points, learner.points.unwrap_or_default(), "{}", learner.learner);
            if learner.standing == crate::grading::Standing::Graded {
                assert_eq!(max, learner.max_points, "{}", learner.learner);
            }
            for item in &lines {
                assert!(item.points.is_none_or(|points| points <= item.max_points), "{item:?}");
            }
        }
    }

    #[test]
    fn shares_are_exact_and_stay_below_what_there_is() {
        let number = |n: f64| Points::from_number(n).unwrap();
        let thirds = shares(Points::whole(1), &[1, 1, 1]);
        assert_eq!(thirds, [number(0.33), number(0.34), number(0.33)]);
        assert_eq!(shares(Points::whole(2), &[0, 0]), [Points::whole(1), Points::whole(1)]);
        let max = [Points::whole(2), Points::whole(3), Points::whole(3)];
        // Late: less than what passed. A person's word: more.
        assert_eq!(spread(number(4.5), &max, &[true, true, false]), [number(1.8), number(2.7), Points::ZERO]);
        assert_eq!(spread(number(6.5), &max, &[true, true, false]), [max[0], max[1], number(1.5)]);
        assert_eq!(
            spread(number(2.0), &max, &[false, false, false]).into_iter().sum::<Points>(),
            number(2.0)
        );
    }

    #[test]
    fn every_way_to_fail_is_told() {
        let class = sample::class();
        let lines: Vec<String> = class
            .learners
            .iter()
            .flat_map(|learner| {
                items(&class.marking, learner).into_iter().map(|item| {
                    let points = item.points.map_or("?".to_owned(), |points| points.to_string());
                    let told = item.told.lines().next().unwrap_or_default().to_owned();
                    let number = item.number.unwrap_or(item.of);
                    format!(
                        "{}: {number} {} {points}/{} | {told}",
                        learner.learner,
                        item.came.shown(),
                        item.max_points
                    )
                })
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
