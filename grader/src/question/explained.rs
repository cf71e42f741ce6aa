//! The right answer and why, for whoever asks for it.

use replication_lab::shown_in_notebooks;
use replication_lab::view::Figure;
use serde::Serialize;

use super::asked::figures;
use super::bank::{Choice, Kind, Part, Question, letter};
use super::generate;
use super::id::{Address, FIRST_DRAWING, UnknownQuestion};
use crate::page::Page;

/// A question's right answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The question's id.
    pub id: String,
    /// For each part its address, the right answer, and why.
    pub parts: Vec<ExplainedPart>,
}

/// The right answer to a part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedPart {
    /// The part's address.
    pub id: String,
    /// The right answer; none where only code or a run can give it.
    pub right: Option<String>,
    /// Why it is right.
    pub explanation: String,
}

shown_in_notebooks!(Explained);

impl Explained {
    pub(super) fn new(question: &Question, address: &Address) -> Self {
        let seed = address.seed.unwrap_or(FIRST_DRAWING);
        let figures = figures(question, seed);
        let wanted = |at: &usize| address.part.is_none_or(|part| part == *at);
        let parts = (0..question.parts.len())
            .filter(wanted)
            .map(|at| ExplainedPart {
                id: address
                    .seed
                    .map_or_else(|| question.address(at), |seed| format!("{}#{seed}", question.address(at))),
                right: right(&question.parts[at], seed),
                explanation: generate::fill(&question.parts[at].explanation, &figures),
            })
            .collect();
        Self { id: question.id.clone(), parts }
    }

    pub(super) fn unknown(unknown: &UnknownQuestion) -> Self {
        let part = ExplainedPart { id: unknown.id.clone(), right: None, explanation: unknown.to_string() };
        Self { id: unknown.id.clone(), parts: vec![part] }
    }

    /// Both forms of it.
    pub fn figure(&self) -> Figure {
        let mut page = Page::new();
        for part in &self.parts {
            match &part.right {
                Some(right) => page.heading(&format!("{} — {right}", part.id)),
                None => page.heading(&part.id),
            }
            page.paragraphs(&part.explanation);
        }
        page.figure()
    }
}

fn right(part: &Part, seed: u64) -> Option<String> {
    Some(match &part.kind {
        Kind::Numeric(numeric) => numeric.right.to_string(),
        Kind::Generated(generated) => {
            let drawing = (generate::generator(&generated.generator)?.draw)(seed);
            format!("{:.3}", drawing.right)
        }
        Kind::One(choice) | Kind::Many(choice) => letters(choice),
        Kind::Match(matching) => {
            let row = |cells: &[super::bank::Keys]| {
                cells.iter().map(|keys| keys.all()[0].as_str()).collect::<Vec<_>>().join("/")
            };
            matching.rows.iter().map(|r| row(&r.right)).collect::<Vec<_>>().join(" ")
        }
        Kind::Order(sequence) => sequence.right.join(" "),
        Kind::Text(rubric) if rubric.model.trim().is_empty() => return None,
        Kind::Text(rubric) => rubric.model.trim().to_string(),
        Kind::Code(_) | Kind::Counterexample(_) => return None,
    })
}

fn letters(choice: &Choice) -> String {
    (0..choice.options.len()).filter(|at| choice.options[*at].right).map(letter).collect()
}
