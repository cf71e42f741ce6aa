//! What is done, tried and open, from the attempts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Attempt;
use crate::judge::{Exercise, Spec};
use crate::question::{Bank, Question};

/// What a learner has done of the whole course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// All exercises, in the course's order.
    pub exercises: Vec<Item>,
    /// All questions, in the course's order.
    pub questions: Vec<Item>,
    /// The chapters, in their order, with what is in their notebooks.
    pub chapters: Vec<Chapter>,
    /// The id of what comes next: the first exercise that is not done in the first chapter with something left, or the
    /// first question.
    pub next: Option<String>,
}

/// An exercise or a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Which of the two it is.
    pub kind: Kind,
    /// A few words.
    pub title: String,
    /// The chapter whose notebook has it.
    pub chapter: u32,
    /// How far it is.
    pub state: State,
    /// How often it was tried.
    pub attempts: usize,
    /// The most points of any attempt; of a question, the parts that were answered right.
    pub points: u32,
    /// The points there are; of a question, its parts.
    pub max_points: u32,
    /// The parts of a question that are still to be answered right, if there are others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

/// Exercise or question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Code.
    Exercise,
    /// An answer.
    Question,
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// All its points were reached once.
    Done,
    /// It was tried.
    Tried,
    /// Nobody tried it yet.
    Open,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// Its exercises.
    pub exercises: Count,
    /// Its questions.
    pub questions: Count,
}

/// How many are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

impl Progress {
    /// What comes of `attempts` at these exercises and questions.
    pub fn of(exercises: &[Exercise], banks: &[Bank], attempts: &[Attempt]) -> Self {
        let exercises: Vec<Item> =
            exercises.iter().map(|exercise| of_exercise(&exercise.spec, attempts)).collect();
        let questions: Vec<Item> = banks
            .iter()
            .flat_map(|bank| bank.questions.iter().map(|question| of_question(bank, question, attempts)))
            .collect();
        let items = || exercises.iter().chain(&questions);
        let mut titles: BTreeMap<u32, &str> = items().map(|item| (item.chapter, "")).collect();
        titles.extend(banks.iter().map(|bank| (bank.chapter, bank.title.as_str())));
        let chapters = titles.into_iter().map(|(number, title)| Chapter {
            number,
            title: title.to_owned(),
            exercises: Count::of(exercises.iter().filter(|item| item.chapter == number)),
            questions: Count::of(questions.iter().filter(|item| item.chapter == number)),
        });
        let chapters = chapters.collect();
        let mut progress = Self { exercises, questions, chapters, next: None };
        progress.next = progress.next_from(0).map(|item| item.id.clone());
        progress
    }

    /// The exercises, then the questions.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.exercises.iter().chain(&self.questions)
    }

    /// What comes next for somebody in this chapter: what is left there, then in the chapters behind it, then in those
    /// before it. Within a chapter exercises go first.
    pub fn next_from(&self, chapter: u32) -> Option<&Item> {
        let left = self.items().filter(|item| item.state != State::Done);
        left.min_by_key(|item| (item.chapter < chapter, item.chapter, item.kind))
    }
}

impl Count {
    /// Of some items.
    pub fn of<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        items.fold(Self::default(), |Self { done, of }, item| Self {
            done: done + usize::from(item.state == State::Done),
            of: of + 1,
        })
    }
}

impl State {
    fn of(attempts: usize, points: u32, max_points: u32) -> Self {
        match attempts {
            0 => Self::Open,
            _ if points == max_points => Self::Done,
            _ => Self::Tried,
        }
    }
}

fn of_exercise(spec: &Spec, attempts: &[Attempt]) -> Item {
    let mine = attempts.iter().filter(|attempt| spec.is_called(&attempt.id));
    // Points of an earlier release may have been more or fewer: what counts is the share.
    let share = |a: &&Attempt| u64::from(a.points) * 1_000_000 / u64::from(a.max_points.max(1));
    let best = mine.clone().max_by_key(share);
    let points = best.map_or(0, |best| match best.max_points == spec.points() {
        true => best.points,
        false => (share(&best) * u64::from(spec.points()) / 1_000_000) as u32,
    });
    let (attempts, max_points) = (mine.count(), spec.points());
    Item {
        id: spec.id.clone(),
        kind: Kind::Exercise,
        title: spec.title.clone(),
        chapter: spec.taught_in().unwrap_or_default().into(),
        state: State::of(attempts, points, max_points),
        attempts,
        points,
        max_points,
        left: Vec::new(),
    }
}

fn of_question(bank: &Bank, question: &Question, attempts: &[Attempt]) -> Item {
    let parts: Vec<String> = (0..question.parts.len()).map(|at| question.address(at)).collect();
    let mine = attempts.iter().filter(|attempt| parts.contains(&attempt.id));
    let is_right =
        |part: &&String| mine.clone().any(|a| a.id == **part && a.points == a.max_points && a.max_points > 0);
    let (right, left): (Vec<&String>, Vec<&String>) = parts.iter().partition(is_right);
    let (points, max_points) = (right.len() as u32, parts.len() as u32);
    let attempts = mine.count();
    Item {
        id: question.id.clone(),
        kind: Kind::Question,
        title: question.title.clone(),
        chapter: bank.chapter,
        state: State::of(attempts, points, max_points),
        attempts,
        points,
        max_points,
        left: if right.is_empty() { Vec::new() } else { left.into_iter().cloned().collect() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::banks;

    fn attempt(id: &str, points: u32, max_points: u32) -> Attempt {
        Attempt { id: id.into(), points, max_points, passed: Vec::new() }
    }

    fn after(attempts: &[Attempt]) -> Progress {
        Progress::of(&Exercise::all(), banks(), attempts)
    }

    fn item<'p>(progress: &'p Progress, id: &str) -> &'p Item {
        progress.items().find(|item| item.id == id).unwrap()
    }

    #[test]
    fn the_best_attempt_counts_also_under_a_former_name_and_with_other_points() {
        let mut exercise = Exercise::find("E6.1").unwrap();
        exercise.spec.formerly = vec!["E6.0".into()];
        let before = [attempt("E6.1", 3, 8), attempt("E6.0", 3, 4), attempt("E0.0", 9, 9)];
        let progress = Progress::of(&[exercise], &[], &before);
        let Item { state, attempts, points, max_points, .. } = &progress.exercises[0];
        assert_eq!((*state, *attempts, *points, *max_points), (State::Tried, 2, 6, 8));
    }

    #[test]
    fn a_question_is_done_when_all_its_parts_are() {
        let mut noted = vec![attempt("Q6.4a", 0, 1), attempt("Q6.4a", 1, 1), attempt("Q6.4c", 0, 1)];
        let progress = after(&noted);
        let tried = item(&progress, "Q6.4");
        assert_eq!((tried.state, tried.points, tried.attempts), (State::Tried, 1, 3));
        assert_eq!(tried.left, ["Q6.4b", "Q6.4c"]);
        noted.extend([attempt("Q6.4b", 1, 1), attempt("Q6.4c", 1, 1)]);
        assert_eq!(item(&after(&noted), "Q6.4").state, State::Done);
    }

    #[test]
    fn what_comes_next_is_here_then_behind_and_then_before() {
        let done = |of: &dyn Fn(&Item) -> bool| {
            let all = after(&[]);
            let done = all.items().filter(|item| of(item)).flat_map(|item| {
                let question = banks().iter().flat_map(|b| &b.questions).find(|q| q.id == item.id);
                match question {
                    Some(q) => (0..q.parts.len()).map(|at| attempt(&q.address(at), 1, 1)).collect(),
                    None => vec![attempt(&item.id, 1, 1)],
                }
            });
            after(&done.collect::<Vec<_>>())
        };
        let next = |progress: &Progress, chapter| progress.next_from(chapter).map(|item| item.id.clone());
        assert_eq!(next(&after(&[]), 2).as_deref(), Some("E2.1"));
        let exercises = done(&|item| item.kind == Kind::Exercise);
        assert_eq!(exercises.next.as_deref(), Some("Q0.1"));
        assert_eq!(next(&done(&|item| item.chapter >= 2), 2).as_deref(), Some("E0.1"));
        assert_eq!(next(&done(&|_| true), 2), None);
    }

    /// E9.3 is the interview's third drill, and stands in the chapter on failover.
    #[test]
    fn an_exercise_counts_in_the_chapter_whose_notebook_has_it() {
        let progress = after(&[attempt("E9.3", 1, 1)]);
        assert_eq!(item(&progress, "E9.3").chapter, 2);
        let done: Vec<(u32, usize)> =
            progress.chapters.iter().map(|chapter| (chapter.number, chapter.exercises.done)).collect();
        assert_eq!(done.iter().filter(|(_, done)| *done > 0).collect::<Vec<_>>(), [&(2, 1)]);
    }
}
