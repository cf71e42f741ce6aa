//! Which questions an interview asks: drawn across the dimensions, within the minutes.

use std::fmt;

use replication_lab::rng::{Rng, Stream};
use serde::{Deserialize, Serialize};

use crate::question::bank::{Bank, Dimension, Kind, Part, Question};

/// The dimensions in the order in which they are asked in turn.
pub const DIMENSIONS: [Dimension; 5] =
    [Dimension::Concept, Dimension::Design, Dimension::Code, Dimension::Debug, Dimension::Frontier];

/// What is wanted of an interview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How long it may take.
    pub minutes: u32,
    /// The same seed, over the same banks, draws the same questions.
    pub seed: u64,
    /// The chapters to ask about; all if there are none.
    pub chapters: Vec<u32>,
    /// Questions that were asked last time. They come only if there is nothing else.
    pub avoid: Vec<String>,
}

/// An interview as it was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How long it may take.
    pub minutes: u32,
    /// What it was drawn with; it draws the figures of generated questions too.
    pub seed: u64,
    /// The questions in their order.
    pub slots: Vec<Slot>,
}

/// A question of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The question's id.
    pub question: String,
    /// How long it should take.
    pub minutes: u32,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// The chapters have no question that can be asked.
    NoQuestions,
    /// The shortest question takes longer than the interview: its minutes.
    TooShort(u32),
}

impl fmt::Display for NoPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoQuestions => f.write_str("these chapters have no question for an interview"),
            Self::TooShort(minutes) => {
                write!(f, "the shortest question of these chapters takes {minutes} minutes")
            }
        }
    }
}

impl std::error::Error for NoPlan {}

/// How many minutes a part should take; none for what is no matter of an interview: code to write in an exercise,
/// and schedules for the lab.
pub fn minutes(part: &Part) -> Option<u32> {
    match &part.kind {
        Kind::One(_) | Kind::Numeric(_) => Some(2),
        Kind::Generated(_) | Kind::Many(_) | Kind::Match(_) | Kind::Order(_) => Some(3),
        // One to think, and one for each point.
        Kind::Text(rubric) => Some(1 + u32::try_from(rubric.required()).unwrap_or(9)),
        Kind::Code(_) | Kind::Counterexample(_) => None,
    }
}

/// A question that can be asked.
struct Candidate<'b> {
    question: &'b Question,
    minutes: u32,
}

/// Draws the questions: the dimensions in turn, one question each, as long as one fits. In the first round enough
/// minutes are left for the dimensions that have not had their turn.
///
/// # Errors
/// When no question fits.
pub fn draw(wish: &Wish, banks: &[Bank]) -> Result<Plan, NoPlan> {
    let all: Vec<&Question> = banks
        .iter()
        .filter(|bank| wish.chapters.is_empty() || wish.chapters.contains(&bank.chapter))
        .flat_map(|bank| &bank.questions)
        .collect();
    let (fresh, again): (Vec<&Question>, Vec<&Question>) =
        all.into_iter().partition(|question| !wish.avoid.contains(&question.id));
    let (fresh, again) = (candidates(&fresh), candidates(&again));
    let shortest = fresh.iter().chain(&again).map(|c| c.minutes).min().ok_or(NoPlan::NoQuestions)?;
    if shortest > wish.minutes {
        return Err(NoPlan::TooShort(shortest));
    }
    let mut pool = if fresh.iter().any(|c| c.minutes <= wish.minutes) { fresh } else { again };
    Rng::new(wish.seed, Stream::Workload).shuffle(&mut pool);
    let mut left = wish.minutes;
    let mut slots = Vec::new();
    for round in 0.. {
        let before = slots.len();
        for (turn, dimension) in DIMENSIONS.iter().enumerate() {
            let later = if round == 0 { &DIMENSIONS[turn + 1..] } else { &[] };
            let reserved: u32 = later.iter().filter_map(|d| cheapest(&pool, *d)).sum();
            let fits = |limit: u32| {
                pool.iter().position(|c| c.question.dimension == *dimension && c.minutes <= limit)
            };
            // With too few minutes for all dimensions the first ones are asked.
            let at = fits(left.saturating_sub(reserved)).or_else(|| {
                let cheapest = cheapest(&pool, *dimension)?;
                fits(cheapest.min(left))
            });
            if let Some(at) = at {
                let Candidate { question, minutes } = pool.remove(at);
                left -= minutes;
                slots.push(Slot { question: question.id.clone(), minutes });
            }
        }
        if slots.len() == before {
            break;
        }
    }
    Ok(Plan { minutes: wish.minutes, seed: wish.seed, slots })
}

fn candidates<'b>(questions: &[&'b Question]) -> Vec<Candidate<'b>> {
    let candidate = |question: &&'b Question| {
        let minutes: u32 = question.parts.iter().filter_map(minutes).sum();
        (minutes > 0).then_some(Candidate { question, minutes })
    };
    questions.iter().filter_map(candidate).collect()
}

fn cheapest(pool: &[Candidate], dimension: Dimension) -> Option<u32> {
    pool.iter().filter(|c| c.question.dimension == dimension).map(|c| c.minutes).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::question::{banks, find};

    fn wish(minutes: u32, seed: u64) -> Wish {
        Wish { minutes, seed, chapters: Vec::new(), avoid: Vec::new() }
    }

    /// A few questions, so that a new one in the banks changes none of these plans.
    fn few() -> Vec<Bank> {
        let ids = [
            "Q0.3", "Q1.4", "Q6.1", "Q9.2", "Q2.5", "Q8.2", "Q9.12", "Q3.5", "Q5.4", "Q4.4", "Q6.6", "Q9.14",
            "Q9.15", "Q10.9",
        ];
        let mut banks = banks().to_vec();
        banks.iter_mut().for_each(|bank| bank.questions.retain(|q| ids.contains(&q.id.as_str())));
        banks
    }

    fn shown(plan: &Plan) -> String {
        let line = |slot: &Slot| {
            let (question, _) = find(&slot.question).unwrap();
            format!(
                "{:<6} {:<8} {} min  {}",
                slot.question,
                format!("{:?}", question.dimension),
                slot.minutes,
                question.title
            )
        };
        plan.slots.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn half_an_hour_goes_through_all_dimensions() {
        insta::assert_snapshot!(shown(&draw(&wish(30, 1), &few()).unwrap()));
    }

    #[test]
    fn few_minutes_are_for_the_first_dimensions() {
        insta::assert_snapshot!(shown(&draw(&wish(7, 3), &few()).unwrap()));
        assert_eq!(draw(&wish(1, 3), banks()), Err(NoPlan::TooShort(2)));
        let nothing = Wish { chapters: vec![77], ..wish(30, 1) };
        assert_eq!(draw(&nothing, banks()), Err(NoPlan::NoQuestions));
    }

    #[test]
    fn what_was_asked_comes_again_only_if_there_is_nothing_else() {
        let first = draw(&Wish { chapters: vec![7], ..wish(240, 1) }, banks()).unwrap();
        let avoid: Vec<String> = first.slots.iter().map(|slot| slot.question.clone()).collect();
        let again = draw(&Wish { chapters: vec![7], avoid, ..wish(240, 1) }, banks()).unwrap();
        assert_eq!(first, again, "all of chapter 7 was asked");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_plan_keeps_its_promises(minutes in 2u32..90, seed: u64, first in 0u32..9) {
            let chapters: Vec<u32> = (first..=first + 2).collect();
            let drawn = draw(&Wish { chapters: chapters.clone(), ..wish(minutes, seed) }, banks()).unwrap();
            prop_assert!(drawn.slots.iter().map(|slot| slot.minutes).sum::<u32>() <= minutes);
            let mut ids: Vec<&String> = drawn.slots.iter().map(|slot| &slot.question).collect();
            let chapter = |id: &str| id[1..].split('.').next().unwrap().parse::<u32>().unwrap();
            prop_assert!(ids.iter().all(|id| chapters.contains(&chapter(id))));
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), drawn.slots.len());
            let avoid: Vec<String> = drawn.slots.iter().map(|slot| slot.question.clone()).collect();
            let next = draw(&Wish { avoid: avoid.clone(), ..wish(minutes, seed) }, banks()).unwrap();
            prop_assert!(next.slots.iter().all(|slot| !avoid.contains(&slot.question)));
        }

        #[test]
        fn half_an_hour_is_enough_for_all_five(minutes in 30u32..90, seed: u64) {
            let drawn = draw(&wish(minutes, seed), banks()).unwrap();
            for dimension in DIMENSIONS {
                let asked = drawn.slots.iter().any(|s| find(&s.question).unwrap().0.dimension == dimension);
                prop_assert!(asked, "{:?}", dimension);
            }
        }
    }
}
