//! The mock interview: questions across the five dimensions, within some minutes, with follow-up questions, a score for
//! each dimension, and what to revise.
//!
//! In a notebook:
//! ```
//! use grader::interview::{interview, interview_answer, interview_report};
//! interview(10);
//! interview_answer("pass");
//! println!("{}", interview_report().figure());
//! ```
//! In a terminal: `cargo course quiz --interview`. Both go on with the same interview: it is kept beside the progress.
//!
//! [`plan`] draws the questions, [`state`] is the interview as a state machine, [`report`] what it says at its end,
//! [`store`] keeps its events. None of them reads a clock: the terminal tells how much time has passed, and in a notebook
//! no time passes.

mod follow;
pub mod plan;
pub mod report;
mod shown;
pub mod state;
pub mod store;

use std::sync::{Mutex, PoisonError};

use replication_lab::view::Figure;

use crate::page::Page;
use crate::progress::Place;
use crate::question::banks;
use plan::draw;
pub use report::Report;
use state::{Event, Interview, Show};
use store::{FILE, Store};

/// Goes on with the interview that isn't over, or begins one of so many minutes; shows its plan and what is asked.
pub fn interview(minutes: u32) -> Shown {
    at_the_desk(|store| begin(store, minutes, Vec::new()))
}

/// Answers what is asked, and shows what is asked next. `pass` goes on without an answer, `stop` ends the interview.
pub fn interview_answer(text: &str) -> Shown {
    at_the_desk(|store| answer(store, text))
}

/// The report of the last interview, as far as it went.
pub fn interview_report() -> Report {
    at_the_desk(|store| store.last().map_or_else(|| Report::of(&[], 0), |interview| interview.report()))
}

/// What an interview shows in a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown(Figure);

replication_lab::shown_in_notebooks!(Shown);

impl Shown {
    /// Both forms of it.
    pub fn figure(&self) -> Figure {
        self.0.clone()
    }

    fn only(text: &str) -> Self {
        let mut page = Page::new();
        page.paragraphs(text);
        Self(page.figure())
    }
}

/// With the interviews beside the progress, where this process keeps one, and else with those of this process.
fn at_the_desk<T>(work: impl FnOnce(&mut Store) -> T) -> T {
    static REMEMBERED: Mutex<Option<Store>> = Mutex::new(None);
    let file = match Place::here() {
        Place::File(progress) => Some(progress.with_file_name(FILE)),
        Place::Nowhere | Place::Unknown => None,
    };
    // Interviews that can't be read must not cost the learner this one.
    if let Some(mut store) = file.and_then(|file| Store::open(&file).ok()) {
        return work(&mut store);
    }
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    work(remembered.get_or_insert_with(Store::in_memory))
}

fn begin(store: &mut Store, minutes: u32, chapters: Vec<u32>) -> Shown {
    if let Some(interview) = store.unfinished() {
        return Shown(
            interview.plan_figure("Your interview goes on").beside(interview.screen().figure(false)),
        );
    }
    let begun = draw(&store.wish(minutes, None, chapters), banks()).map_err(|no| no.to_string());
    let interview = begun.and_then(|plan| {
        let interview = Interview::begin(plan.clone()).map_err(|unknown| unknown.to_string())?;
        // What can't be written is still remembered in this process; `cargo course doctor` tells of it.
        let _ = store.keep(Event::Begun(plan));
        Ok(interview)
    });
    match interview {
        Ok(interview) => {
            Shown(interview.plan_figure("Your interview").beside(interview.screen().figure(false)))
        }
        Err(why) => Shown::only(&format!("There is no interview that takes {minutes} min: {why}.")),
    }
}

fn answer(store: &mut Store, text: &str) -> Shown {
    let Some(mut interview) = store.unfinished() else {
        return Shown::only("No interview is under way. `interview(30)` begins one of 30 minutes.");
    };
    let before = interview.turns().len();
    let event = match text.trim() {
        "pass" => Event::Passed,
        "stop" => Event::Stopped,
        _ => Event::Answered(text.to_string()),
    };
    interview.apply(&event);
    let _ = store.keep(event);
    interview.turns()[before..]
        .iter()
        .filter_map(state::Turn::attempt)
        .for_each(|a| crate::progress::note(&a));
    let screen = interview.screen();
    match screen.show {
        Show::Over => Shown(screen.figure(false).beside(interview.report().figure())),
        _ => Shown(screen.figure(false)),
    }
}

#[cfg(test)]
mod tests;
