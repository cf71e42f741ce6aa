//! What an interview says at its end: a score for each dimension, and what to revise.

use std::collections::BTreeMap;

use replication_lab::shown_in_notebooks;
use replication_lab::view::Figure;
use serde::Serialize;

use super::plan::DIMENSIONS;
use super::state::Turn;
use crate::page::Page;
use crate::question::bank::Dimension;
use crate::question::{Verdict, banks};

/// The report of an interview.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// A score for each dimension that was asked, in their order.
    pub scores: Vec<Score>,
    /// What to revise, the chapter with the most misconceptions first.
    pub revise: Vec<Chapter>,
    /// How many parts were asked.
    pub asked: usize,
    /// How many there were in the plan.
    pub planned: usize,
    /// How many needed a follow-up question.
    pub followed: usize,
}

/// The score of a dimension.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// The dimension.
    pub dimension: Dimension,
    /// How many parts were asked.
    pub asked: usize,
    /// The mean share of what was right, 0 to 1. A part that was passed over counts nothing.
    pub share: f64,
}

/// What to revise of a chapter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chapter {
    /// Its number.
    pub chapter: u32,
    /// Its title.
    pub title: String,
    /// The parts that were not right.
    pub parts: Vec<Weak>,
}

/// A part that was not right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Weak {
    /// Its address.
    pub part: String,
    /// What to say to the misconceptions in the answer.
    pub misconceptions: Vec<String>,
    /// What it lacked.
    pub missing: Vec<String>,
    /// Whether there was no answer.
    pub passed: bool,
}

shown_in_notebooks!(Report);

impl Report {
    pub(super) fn of(turns: &[Turn], planned: usize) -> Self {
        let score = |dimension: &Dimension| {
            let shares: Vec<f64> = turns
                .iter()
                .filter(|turn| turn.dimension == *dimension)
                .map(|turn| share(turn.verdict))
                .collect();
            let asked = shares.len();
            let sum: f64 = shares.iter().sum();
            (asked > 0).then(|| Score { dimension: *dimension, asked, share: sum / asked as f64 })
        };
        let mut weak: BTreeMap<u32, Vec<Weak>> = BTreeMap::new();
        for turn in turns.iter().filter(|turn| turn.verdict != Verdict::Right) {
            weak.entry(turn.chapter).or_default().push(Weak {
                part: turn.part.clone(),
                misconceptions: turn.misconceptions.clone(),
                missing: turn.missing.clone(),
                passed: turn.passed,
            });
        }
        let title = |number: u32| {
            banks().iter().find(|b| b.chapter == number).map_or_else(String::new, |b| b.title.clone())
        };
        let mut revise: Vec<Chapter> = weak
            .into_iter()
            .map(|(chapter, parts)| Chapter { chapter, title: title(chapter), parts })
            .collect();
        let misconceptions =
            |chapter: &Chapter| chapter.parts.iter().map(|part| part.misconceptions.len()).sum::<usize>();
        revise.sort_by_key(|chapter| std::cmp::Reverse((misconceptions(chapter), chapter.parts.len())));
        Self {
            scores: DIMENSIONS.iter().filter_map(score).collect(),
            revise,
            asked: turns.len(),
            planned,
            followed: turns.iter().filter(|turn| turn.followed).count(),
        }
    }

    /// Both forms of it.
    pub fn figure(&self) -> Figure {
        let mut page = Page::new();
        let followed = match self.followed {
            0 => String::new(),
            1 => ", one after a follow-up question".to_string(),
            many => format!(", {many} after a follow-up question"),
        };
        page.heading(&format!("Your interview: {} of {} done{followed}", self.asked, self.planned));
        if self.asked == 0 {
            page.paragraphs("There is no answer to judge yet.");
            return page.figure();
        }
        page.paragraphs(&self.table());
        for chapter in &self.revise {
            page.heading(&format!("Revise chapter {}: {}", chapter.chapter, chapter.title));
            let lines: Vec<(&str, String)> = chapter.parts.iter().flat_map(Weak::lines).collect();
            page.list(&lines);
        }
        match self.revise.first().and_then(|chapter| chapter.parts.first()) {
            Some(weak) => page.paragraphs(&format!(
                "`cargo course answer {} --explain` gives the answer and its reason, and so for the others. A rubric reads \
                 words, not thoughts: where it judged you wrongly, judge for yourself.",
                weak.part
            )),
            None => page.paragraphs("Nothing to revise: all of it was right."),
        }
        page.figure()
    }

    /// The scores as a table with bars, indented as what keeps its lines.
    fn table(&self) -> String {
        let mut lines = vec!["dimension  answers  score".to_string()];
        for score in &self.scores {
            let name = format!("{:?}", score.dimension).to_uppercase();
            let tenths = (score.share * 10.0).round() as usize;
            lines.push(format!(
                "{name:<9}  {:>7}  {:>3.0} %  {}{}",
                score.asked,
                score.share * 100.0,
                "█".repeat(tenths),
                "░".repeat(10 - tenths.min(10))
            ));
        }
        lines.iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
    }
}

impl Weak {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let of = |text: &String| format!("{}: {text}", self.part);
        if self.passed {
            return vec![("•", format!("{}: no answer.", self.part))];
        }
        let mut lines: Vec<(&str, String)> = self.misconceptions.iter().map(|text| ("✗", of(text))).collect();
        lines.extend(self.missing.iter().map(|text| ("○", of(text))));
        if lines.is_empty() {
            lines.push(("•", format!("{}: not right.", self.part)));
        }
        lines
    }
}

fn share(verdict: Verdict) -> f64 {
    match verdict {
        Verdict::Right => 1.0,
        Verdict::Partial(share) => share,
        Verdict::Wrong | Verdict::NotUnderstood => 0.0,
    }
}
