//! The work of grading, on all cores.

use super::{Class, Entry, Graded, Learner, Ledger, Outcome, Results, SCHEMA};
use crate::intake::{Handed, Submission};
use crate::judge::Exercise;
use crate::pipeline::{Assessment, Limits, Shelter, Source, Toolbox, assess};

/// What answers are assessed with.
pub struct Bench<'a> {
    /// The compiler and the libraries.
    pub toolbox: &'a Toolbox,
    /// What keeps strangers' code from the machine.
    pub shelter: &'a dyn Shelter,
    /// What a program may use.
    pub limits: Limits,
    /// What was assessed before.
    pub ledger: &'a Ledger,
}

/// Grades every answer of a class. `in_parallel` does the work for each of the items and returns the results in their
/// order; it shows how far it is.
pub fn grade(
    bench: &Bench<'_>,
    class: &Class,
    exercises: &[Exercise],
    in_parallel: impl FnOnce(&[Job<'_>], &(dyn Fn(&Job<'_>) -> Graded + Sync)) -> Vec<Graded>,
) -> Results {
    let jobs: Vec<Job<'_>> = class
        .entries
        .iter()
        .filter_map(|entry| entry.read.as_ref().ok())
        .flat_map(|submission| wanted(exercises, submission))
        .collect();
    let mut graded = in_parallel(&jobs, &|(exercise, handed)| bench.one(exercise, handed)).into_iter();
    let learners = class.entries.iter().map(|entry| match &entry.read {
        Err(why) => unusable(entry, why, exercises),
        Ok(submission) => {
            let count = wanted(exercises, submission).count();
            learner(submission, graded.by_ref().take(count).collect(), exercises)
        }
    });
    Results {
        schema: SCHEMA.to_owned(),
        grader: bench.ledger.grader().to_owned(),
        learners: learners.collect(),
        protection: bench.shelter.protection(),
    }
}

/// An answer to assess.
pub type Job<'a> = (&'a Exercise, &'a Handed);

fn wanted<'a>(exercises: &'a [Exercise], submission: &'a Submission) -> impl Iterator<Item = Job<'a>> {
    exercises.iter().filter_map(|exercise| Some((exercise, submission.answers.get(&exercise.spec.id)?)))
}

impl Bench<'_> {
    fn one(&self, exercise: &Exercise, handed: &Handed) -> Graded {
        let without = |outcome| Graded::without(exercise, outcome, Some(handed.clone()));
        let Handed::Answer { text, .. } = handed else { return without(Outcome::Refused) };
        let source = Source { shown_as: exercise.spec.answer_path(), text: text.clone() };
        match self.assessed(exercise, &source) {
            Ok(assessment) => Graded {
                points: Some(assessment.report.points),
                outcome: Outcome::of(&assessment),
                assessment: Some(assessment),
                ..without(Outcome::Failed)
            },
            Err(why) => Graded { grader_fault: Some(why), ..without(Outcome::NotGraded) },
        }
    }

    /// # Errors
    /// Why this machine could not assess it, twice.
    fn assessed(&self, exercise: &Exercise, source: &Source) -> Result<Assessment, String> {
        let id = &exercise.spec.id;
        if let Some(kept) = self.ledger.find(id, source, &self.limits, &self.shelter.protection()) {
            return Ok(kept);
        }
        let assess = || assess(self.toolbox, self.shelter, exercise, source, &self.limits);
        let assessment =
            assess().or_else(|_| assess()).map_err(|e| crate::pipeline::sanitise_line(&e.to_string()))?;
        // Without a place in the ledger it counts all the same, and is done again next time.
        let _ = self.ledger.keep(id, source, &self.limits, &assessment);
        Ok(assessment)
    }
}

fn learner(submission: &Submission, mut graded: Vec<Graded>, exercises: &[Exercise]) -> Learner {
    for (place, exercise) in exercises.iter().enumerate() {
        if !graded.iter().any(|g| g.exercise == exercise.spec.id) {
            graded.insert(place, Graded::without(exercise, Outcome::NotHandedIn, None));
        }
    }
    Learner {
        learner: submission.learner.clone(),
        points: Some(graded.iter().filter_map(|g| g.points).sum()),
        max_points: graded.iter().map(|g| g.max_points).sum(),
        problem: None,
        notes: submission.notes.clone(),
        exercises: graded,
    }
}

fn unusable(entry: &Entry, why: &str, exercises: &[Exercise]) -> Learner {
    Learner {
        learner: entry.learner.clone(),
        points: None,
        max_points: exercises.iter().map(|e| e.spec.points()).sum(),
        problem: Some(why.to_owned()),
        notes: Vec::new(),
        exercises: Vec::new(),
    }
}
