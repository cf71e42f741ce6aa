//! Points for what was seen.

use super::marking::{Deadline, Weights};
use super::{Answered, Graded, Late, Learner, Marking, Outcome, Points, Results, Reviews, Standing};
use crate::intake::Moment;
use crate::judge::{Exercise, Verdict};
use crate::question;

/// Works out all points again, from what was seen, the marking, and what people decided. The same in gives the same out,
/// however often.
pub fn mark(results: &mut Results, marking: &Marking, exercises: &[Exercise], reviews: &Reviews) {
    results.marking = marking.clone();
    for learner in &mut results.learners {
        mark_learner(learner, marking, exercises, reviews);
    }
}

/// [`mark`], for one learner.
pub fn mark_learner(learner: &mut Learner, marking: &Marking, exercises: &[Exercise], reviews: &Reviews) {
    let all = |exercise: &Exercise| marking.exercise(&exercise.spec, |_| false).0;
    if learner.standing != Standing::Graded {
        let counted = exercises.iter().filter(|exercise| marking.counts(&exercise.spec)).map(all);
        learner.max_points = counted.chain(marking.parts().iter().map(|part| marking.question(part))).sum();
        let nothing = learner.standing == Standing::NothingHandedIn;
        learner.points = nothing.then_some(Points::ZERO);
        learner.percent = nothing.then_some(0.0);
        return;
    }
    let late = Lateness::new(learner, marking.deadline.as_ref());
    if let Some(attempt) = &mut learner.attempt {
        attempt.late = late.of("");
    }
    for graded in &mut learner.exercises {
        let Some(exercise) = exercises.iter().find(|e| e.spec.is_called(&graded.exercise)) else { continue };
        graded.review = reviews.of_exercise(&learner.learner, graded);
        mark_exercise(graded, exercise, marking);
        graded.late = graded.points.and_then(|_| late.of(&graded.exercise));
        graded.points = graded.points.map(|points| less(points, graded.late));
    }
    let counted = marking.parts();
    for answered in &mut learner.questions {
        let counts = counted.contains(&answered.question);
        answered.max_points = if counts { marking.question(&answered.question) } else { Points::ZERO };
        answered.review = reviews.of_question(answered);
        let reached = reached(answered);
        answered.late = answered.verdict.and_then(|_| late.of(""));
        answered.points = less(reached, answered.late);
    }
    sum_up(learner, marking.weights);
}

/// A learner's points as they would be without any lateness.
pub fn before_lateness(learner: &Learner, marking: &Marking, exercises: &[Exercise]) -> Points {
    let of_exercise = |graded: &Graded| match exercises.iter().find(|e| e.spec.is_called(&graded.exercise)) {
        Some(exercise) => {
            let mut graded = graded.clone();
            mark_exercise(&mut graded, exercise, marking);
            graded.points
        }
        None => graded.points,
    };
    let exercises: Points = learner.exercises.iter().filter_map(of_exercise).sum();
    exercises + learner.questions.iter().map(reached).sum()
}

fn reached(answered: &Answered) -> Points {
    match (&answered.review, answered.verdict) {
        (Some(review), _) => review.share(answered.max_points),
        (None, Some(question::Outcome::Pass)) => answered.max_points,
        (None, Some(question::Outcome::Partial)) => answered.max_points.share(1, 2),
        (None, Some(question::Outcome::Fail) | None) => Points::ZERO,
    }
}

fn mark_exercise(graded: &mut Graded, exercise: &Exercise, marking: &Marking) {
    let scenarios =
        graded.assessment.as_ref().filter(|seen| seen.fault.is_none()).map(|seen| &seen.report.scenarios);
    let passed = |id: &str| {
        scenarios.is_some_and(|all| all.iter().any(|s| s.id == id && s.verdict == Verdict::Passed))
    };
    let (max, reached) = marking.exercise(&exercise.spec, passed);
    graded.max_points = max;
    graded.points = match (&graded.review, graded.outcome) {
        (Some(review), _) => Some(review.share(max)),
        (None, Outcome::NotGraded) => None,
        (None, _) => Some(reached),
    };
}

fn less(points: Points, late: Option<Late>) -> Points {
    points - points.share(late.map_or(0, |late| u64::from(late.costs_percent)), 100)
}

fn sum_up(learner: &mut Learner, weights: Option<Weights>) {
    let of_exercises = (
        learner.exercises.iter().filter_map(|graded| graded.points).sum::<Points>(),
        learner.exercises.iter().map(|graded| graded.max_points).sum::<Points>(),
    );
    let of_questions = (
        learner.questions.iter().map(|answered| answered.points).sum::<Points>(),
        learner.questions.iter().map(|answered| answered.max_points).sum::<Points>(),
    );
    let points = of_exercises.0 + of_questions.0;
    learner.points = Some(points);
    learner.max_points = of_exercises.1 + of_questions.1;
    learner.percent = match weights {
        None => points.percent_of(learner.max_points),
        Some(weights) => weighted([
            (of_exercises.0.percent_of(of_exercises.1), weights.exercises),
            (of_questions.0.percent_of(of_questions.1), weights.questions),
        ]),
    }
    .map(|percent| (percent * 100.0).round() / 100.0);
}

/// A kind of which nothing counts has no weight.
fn weighted(kinds: [(Option<f64>, u32); 2]) -> Option<f64> {
    let kinds = kinds.iter().filter_map(|(percent, weight)| Some(((*percent)?, f64::from(*weight))));
    let (sum, weights) =
        kinds.fold((0.0, 0.0), |(sum, all), (percent, weight)| (sum + percent * weight, all + weight));
    (weights > 0.0).then(|| sum / weights)
}

/// How late an attempt is, by exercise.
struct Lateness<'a> {
    deadline: Option<&'a Deadline>,
    extension: Option<Moment>,
    at: Option<Moment>,
    called_late: bool,
}

impl<'a> Lateness<'a> {
    fn new(learner: &Learner, deadline: Option<&'a Deadline>) -> Self {
        let identity = &learner.identity;
        let called =
            [Some(&learner.learner), identity.id.as_ref(), identity.mail.as_ref(), identity.name.as_ref()];
        let is_it =
            |who: &&String| called.iter().flatten().any(|name| name.to_lowercase() == who.to_lowercase());
        let extension = deadline
            .and_then(|deadline| deadline.extensions.iter().find(|(who, _)| is_it(who)).map(|(_, at)| *at));
        let attempt = learner.attempt.as_ref();
        Self {
            deadline,
            extension,
            at: attempt.and_then(|attempt| Moment::read(attempt.at.as_ref()?).ok()),
            called_late: attempt.is_some_and(|attempt| attempt.called_late),
        }
    }

    /// For an exercise; for everything else with an empty id.
    fn of(&self, exercise: &str) -> Option<Late> {
        let deadline = self.deadline?;
        let due = self.extension.or(deadline.exercises.get(exercise).copied()).unwrap_or(deadline.due);
        let Some(at) = self.at else {
            // No more is known than that it is late: one day of it, unless somebody was given more time.
            let late = self.called_late && self.extension.is_none();
            return late.then(|| Late { minutes: None, costs_percent: deadline.percent_per_day.min(100) });
        };
        let seconds = (at.0 - due.0).num_seconds();
        let minutes = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0)?.div_ceil(60);
        if minutes <= deadline.grace_minutes {
            return None;
        }
        let days = minutes.div_ceil(24 * 60);
        let closed = deadline.closes_after_days.is_some_and(|most| days > most);
        let costs =
            if closed { 100 } else { days.saturating_mul(u64::from(deadline.percent_per_day)).min(100) };
        Some(Late { minutes: Some(minutes), costs_percent: costs as u8 })
    }
}

#[cfg(test)]
mod tests;
