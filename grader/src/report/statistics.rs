//! A class in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::item::{Came, items_of_exercise};
use super::words;
use crate::grading::{Graded, Learner, Marking, Outcome, Results, Standing};

/// What a class reached. Each learner counts once. Whoever handed in nothing, or nothing readable, does not count, nor
/// does a learner with an exercise that the grader failed on: all of these are counted by themselves.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// All learners.
    pub learners: usize,
    /// Those whose percentage counts.
    pub counted: usize,
    /// Those who handed in nothing.
    pub nothing_handed_in: usize,
    /// Those of whom nothing could be graded.
    pub unreadable: usize,
    /// Those with an exercise that the grader failed on.
    pub not_all_graded: usize,
    /// Of the percentages; nothing where none counts.
    pub percent: Option<Spread>,
    /// How many reached at least 0, 10, … 90 percent and less than the next step; 100 belongs to the last.
    pub histogram: [usize; 10],
    /// Exercise by exercise, in the order of the results.
    pub exercises: Vec<OfExercise>,
    /// Question by question, in the order of the results.
    pub questions: Vec<Success>,
    /// What many believe that is not so, the commonest first.
    pub misconceptions: Vec<Common>,
}

/// How numbers lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The arithmetic mean.
    pub mean: f64,
    /// The least.
    pub least: f64,
    /// A quarter lies below; interpolated between neighbours, as spreadsheets do it.
    pub lower_quartile: f64,
    /// Half lies below.
    pub median: f64,
    /// Three quarters lie below.
    pub upper_quartile: f64,
    /// The most.
    pub most: f64,
}

/// How many were right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Success {
    /// The id, fit to print.
    pub id: String,
    /// The title, fit to print.
    pub title: String,
    /// How many were right.
    pub right: usize,
    /// Of how many learners who handed something in, whether for this or not; without those whom the grader failed on.
    pub of: usize,
}

impl Success {
    /// In percent, rounded; nothing of nobody.
    pub fn percent(&self) -> Option<usize> {
        (self.of > 0).then(|| (self.right * 100 + self.of / 2) / self.of)
    }
}

/// How an exercise went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfExercise {
    /// All scenarios right.
    #[serde(flatten)]
    pub whole: Success,
    /// Scenario by scenario.
    pub scenarios: Vec<Success>,
}

/// A misconception that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Common {
    /// The exercise's id, or the address of the question's part.
    pub of: String,
    /// What somebody believes, fit to print.
    pub text: String,
    /// How many learners.
    pub learners: usize,
}

impl Statistics {
    /// Of results.
    pub fn of(results: &Results) -> Self {
        let graded: Vec<&Learner> =
            results.learners.iter().filter(|learner| learner.standing == Standing::Graded).collect();
        let counted: Vec<f64> = graded
            .iter()
            .filter(|learner| learner.not_graded() == 0)
            .filter_map(|learner| learner.percent)
            .collect();
        let standing = |which| results.learners.iter().filter(|learner| learner.standing == which).count();
        let mut histogram = [0; 10];
        for percent in &counted {
            histogram[((percent / 10.0) as usize).min(9)] += 1;
        }
        Self {
            learners: results.learners.len(),
            counted: counted.len(),
            nothing_handed_in: standing(Standing::NothingHandedIn),
            unreadable: standing(Standing::Unreadable),
            not_all_graded: graded.iter().filter(|learner| learner.not_graded() > 0).count(),
            percent: Spread::of(&counted),
            histogram,
            exercises: exercises(&results.marking, &graded),
            questions: questions(&graded),
            misconceptions: misconceptions(&graded),
        }
    }
}

impl Spread {
    /// Of numbers in any order.
    pub fn of(numbers: &[f64]) -> Option<Self> {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let at = |share: f64| {
            let place = share * (sorted.len() - 1) as f64;
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        Some(Self { mean, least, lower_quartile: at(0.25), median: at(0.5), upper_quartile: at(0.75), most })
    }
}

/// Finds what has this id, or puts it behind the others.
fn entry<T>(all: &mut Vec<T>, is_it: impl Fn(&T) -> bool, new: impl FnOnce() -> T) -> &mut T {
    let place = all.iter().position(is_it).unwrap_or_else(|| {
        all.push(new());
        all.len() - 1
    });
    &mut all[place]
}

fn success(id: &str, title: &str) -> Success {
    Success { id: words::line(id), title: words::line(title), right: 0, of: 0 }
}

fn exercises(marking: &Marking, learners: &[&Learner]) -> Vec<OfExercise> {
    let mut all: Vec<OfExercise> = Vec::new();
    for graded in learners.iter().flat_map(|learner| &learner.exercises) {
        let new = || OfExercise { whole: success(&graded.exercise, &graded.title), scenarios: Vec::new() };
        let id = words::line(&graded.exercise);
        let exercise = entry(&mut all, |other| other.whole.id == id, new);
        if graded.outcome == Outcome::NotGraded {
            continue;
        }
        exercise.whole.of += 1;
        exercise.whole.right += usize::from(graded.outcome == Outcome::Passed);
        for item in items_of_exercise(marking, graded) {
            let Some(id) = item.scenario else { continue };
            let new = || success(&id, &item.name);
            let scenario = entry(&mut exercise.scenarios, |other| other.id == id, new);
            scenario.of += 1;
            scenario.right += usize::from(item.came == Came::Passed);
        }
    }
    all
}

fn questions(learners: &[&Learner]) -> Vec<Success> {
    let mut all: Vec<Success> = Vec::new();
    for answered in learners.iter().flat_map(|learner| &learner.questions) {
        let new = || success(&answered.question, &answered.title);
        let id = words::line(&answered.question);
        let question = entry(&mut all, |other| other.id == id, new);
        question.of += 1;
        question.right += usize::from(answered.verdict == Some(crate::question::Outcome::Pass));
    }
    all
}

/// The commonest first; of equal ones in the order of their ids. A learner who shows one in three scenarios counts once.
fn misconceptions(learners: &[&Learner]) -> Vec<Common> {
    let mut all: BTreeMap<(String, String), usize> = BTreeMap::new();
    for learner in learners {
        let mut hers: Vec<(String, String)> = learner.exercises.iter().flat_map(of_exercise).collect();
        for answered in &learner.questions {
            let of = words::line(&answered.question);
            hers.extend(answered.misconceptions.iter().map(|text| (of.clone(), words::paragraph(text))));
        }
        hers.sort();
        hers.dedup();
        for one in hers {
            *all.entry(one).or_default() += 1;
        }
    }
    let mut all: Vec<Common> =
        all.into_iter().map(|((of, text), learners)| Common { of, text, learners }).collect();
    all.sort_by_key(|common| std::cmp::Reverse(common.learners));
    all
}

fn of_exercise(graded: &Graded) -> Vec<(String, String)> {
    let scenarios = graded.assessment.iter().flat_map(|seen| &seen.report.scenarios);
    scenarios
        .filter_map(|scenario| scenario.misconception.as_ref())
        .map(|misconception| (words::line(&graded.exercise), words::paragraph(&misconception.text)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_class_in_numbers() {
        insta::assert_json_snapshot!(Statistics::of(&sample::class()));
    }

    #[test]
    fn quartiles_are_those_of_spreadsheets() {
        let spread = Spread::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        let Spread { mean, least, lower_quartile, median, upper_quartile, most } = spread;
        assert_eq!(
            [mean, least, lower_quartile, median, upper_quartile, most],
            [2.5, 1.0, 1.75, 2.5, 3.25, 4.0]
        );
        assert_eq!(Spread::of(&[7.0]).unwrap().upper_quartile, 7.0);
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_learner_counts_once_and_only_if_all_of_hers_was_graded() {
        let class = sample::class();
        let statistics = Statistics::of(&class);
        assert_eq!(statistics.histogram.iter().sum::<usize>(), statistics.counted);
        let without = statistics.nothing_handed_in + statistics.unreadable + statistics.not_all_graded;
        assert_eq!(statistics.counted + without, statistics.learners);
        let mut twice = class.clone();
        for learner in &mut twice.learners {
            for graded in &mut learner.exercises {
                for scenario in graded.assessment.iter_mut().flat_map(|seen| &mut seen.report.scenarios) {
                    scenario.misconception = Some(crate::judge::Misconception {
                        mutant: "same".into(),
                        text: "the same idea".into(),
                    });
                }
            }
        }
        let commonest = &Statistics::of(&twice).misconceptions[0];
        assert!(commonest.learners <= statistics.learners, "{commonest:?}");
        assert_eq!(Statistics::of(&Results { learners: Vec::new(), ..class }).percent, None);
    }
}
