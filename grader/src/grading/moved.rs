//! What a second grading changed.

use std::fmt;

use super::{Graded, Results};
use crate::intake::Handed;

/// One exercise of one learner that came out differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Who.
    pub learner: String,
    /// Which exercise.
    pub exercise: String,
    /// Points before; nothing where there were none.
    pub before: Option<u32>,
    /// Points now.
    pub now: Option<u32>,
    /// Why.
    pub because: &'static str,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = |points: Option<u32>| points.map_or("—".to_owned(), |points| points.to_string());
        let Self { learner, exercise, before, now, because } = self;
        write!(f, "{learner}: {exercise} {} → {} ({because})", points(*before), points(*now))
    }
}

/// Who got other points than before, and why.
pub fn moved(before: &Results, now: &Results) -> Vec<Move> {
    let mut moves = Vec::new();
    for learner in &now.learners {
        let earlier = before.learners.iter().find(|earlier| earlier.learner == learner.learner);
        for graded in &learner.exercises {
            let earlier = earlier.and_then(|l| l.exercises.iter().find(|g| g.exercise == graded.exercise));
            let points = earlier.and_then(|earlier| earlier.points);
            if points != graded.points {
                moves.push(Move {
                    learner: learner.learner.clone(),
                    exercise: graded.exercise.clone(),
                    before: points,
                    now: graded.points,
                    because: because(before, now, earlier, graded),
                });
            }
        }
    }
    moves
}

fn because(before: &Results, now: &Results, earlier: Option<&Graded>, graded: &Graded) -> &'static str {
    match earlier {
        None => "it was not graded before",
        Some(earlier) if mark(earlier) != mark(graded) => "another answer was handed in",
        Some(_) if before.grader != now.grader => "the course has changed",
        Some(_) if before.protection != now.protection => "other protection was in force",
        Some(_) => "other limits, or the machine",
    }
}

fn mark(graded: &Graded) -> Option<&str> {
    match &graded.handed {
        Some(Handed::Answer { mark, .. }) => Some(mark),
        _ => None,
    }
}
