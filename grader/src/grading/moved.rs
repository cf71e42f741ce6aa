//! What a second grading changed.

use std::fmt;

use super::{Answered, Graded, Points, Results, Reviewed};
use crate::intake::Handed;

/// Something of one learner that came out differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who.
    pub learner: String,
    /// Which exercise, or which part of a question.
    pub item: String,
    /// Points before; nothing where there were none.
    pub before: Option<Points>,
    /// Points now.
    pub now: Option<Points>,
    /// Why.
    pub because: &'static str,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |points: Option<Points>| points.map_or("—".to_owned(), |points| points.to_string());
        let Self { learner, item, before, now, because } = self;
        write!(f, "{learner}: {item} {} → {} ({because})", points(*before), points(*now))
    }
}

/// Who got other points than before, and why.
pub fn moved(before: &Results, now: &Results) -> Vec<Move> {
    let mut moves = Vec::new();
    for learner in &now.learners {
        let Some(earlier) = before.learners.iter().find(|earlier| earlier.learner == learner.learner) else {
            continue;
        };
        let mut note = |item: &str, was: Option<&dyn Item>, is: &dyn Item| {
            let points = was.and_then(|was| was.points());
            if points != is.points() {
                moves.push(Move {
                    learner: learner.learner.clone(),
                    item: item.to_owned(),
                    before: points,
                    now: is.points(),
                    because: because(before, now, was, is),
                });
            }
        };
        for graded in &learner.exercises {
            let was = earlier.exercises.iter().find(|other| other.exercise == graded.exercise);
            note(&graded.exercise, was.map(|was| was as &dyn Item), graded);
        }
        for answered in &learner.questions {
            let was = earlier.questions.iter().find(|other| other.question == answered.question);
            note(&answered.question, was.map(|was| was as &dyn Item), answered);
        }
    }
    moves
}

/// What may move.
trait Item {
    fn points(&self) -> Option<Points>;
    fn mark(&self) -> Option<&str>;
    fn review(&self) -> Option<&Reviewed>;
}

impl Item for Graded {
    fn points(&self) -> Option<Points> {
        self.points
    }

    fn mark(&self) -> Option<&str> {
        match &self.handed {
            Some(Handed::Answer { mark, .. }) => Some(mark),
            _ => None,
        }
    }

    fn review(&self) -> Option<&Reviewed> {
        self.review.as_ref()
    }
}

impl Item for Answered {
    fn points(&self) -> Option<Points> {
        Some(self.points)
    }

    fn mark(&self) -> Option<&str> {
        Some(&self.mark)
    }

    fn review(&self) -> Option<&Reviewed> {
        self.review.as_ref()
    }
}

fn because(before: &Results, now: &Results, was: Option<&dyn Item>, is: &dyn Item) -> &'static str {
    match was {
        None => "it was not graded before",
        Some(was) if was.review() != is.review() => "a person decided so",
        Some(was) if was.mark() != is.mark() => "another answer was handed in",
        Some(_) if before.marking != now.marking => "the marks file has changed",
        Some(_) if before.grader != now.grader => "the course has changed",
        Some(_) if before.protection != now.protection => "other protection was in force",
        Some(_) => "handed in at another time, other limits, or the machine",
    }
}
