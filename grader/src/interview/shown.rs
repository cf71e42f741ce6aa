//! How an interview looks: its plan, and what is asked.

use replication_lab::view::Figure;

use super::plan::DIMENSIONS;
use super::state::{Interview, Remark, Screen, Show};
use crate::page::Page;
use crate::question::find;

impl Interview {
    /// The plan: how many questions of each dimension, and nothing of what they ask.
    pub fn plan_figure(&self, title: &str) -> Figure {
        let mut page = Page::new();
        let plan = self.plan();
        page.heading(&format!(
            "{title}: {} minutes, {} (seed {})",
            plan.minutes,
            match plan.slots.len() {
                1 => "1 question".to_string(),
                many => format!("{many} questions"),
            },
            plan.seed
        ));
        let rows: Vec<String> = DIMENSIONS
            .iter()
            .filter_map(|dimension| {
                let is = |id: &str| find(id).is_ok_and(|(question, _)| question.dimension == *dimension);
                let mine: Vec<u32> =
                    plan.slots.iter().filter(|slot| is(&slot.question)).map(|slot| slot.minutes).collect();
                let name = format!("{dimension:?}").to_uppercase();
                let count = mine.len();
                (count > 0).then(|| {
                    let noun = if count == 1 { "question " } else { "questions" };
                    format!("    {name:<9} {count} {noun} {:>2} min", mine.iter().sum::<u32>())
                })
            })
            .collect();
        page.paragraphs(&rows.join("\n"));
        page.figure()
    }
}

impl Screen {
    /// Both forms of it; with the time that is left where a clock runs.
    pub fn figure(&self, clock: bool) -> Figure {
        let mut page = Page::new();
        for remark in &self.remarks {
            match remark {
                Remark::Said(text) => page.labelled("Interviewer", text),
                Remark::GoesOn(text) => page.labelled("An interviewer might go on", text),
            }
        }
        match &self.show {
            Show::Over => page.heading("The interview is over."),
            Show::FollowUp(question) => {
                page.labelled("Interviewer", question);
                if clock {
                    page.paragraphs(&format!("{} left. Add to your answer.", minutes_left(self.left)));
                }
            }
            Show::Question { asked, dimension, number, of, minutes } => {
                let dimension = format!("{dimension:?}").to_uppercase();
                let left = if clock { format!(", {} left", minutes_left(self.left)) } else { String::new() };
                page.heading(&format!(
                    "{number} of {of} · {dimension} · {} (take {minutes} min{left})",
                    asked.title
                ));
                if !asked.prompt.is_empty() {
                    page.paragraphs(&asked.prompt);
                }
                asked.parts.iter().for_each(|part| part.put_bare_on(&mut page));
            }
        }
        page.figure()
    }
}

/// Rounded up: as long as a second is left, a minute is.
fn minutes_left(seconds: u32) -> String {
    format!("{} min", seconds.div_ceil(60))
}
