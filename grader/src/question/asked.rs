//! A question as it is put to a learner.

use replication_lab::shown_in_notebooks;
use replication_lab::view::Figure;
use serde::Serialize;

use super::bank::{Dimension, Kind, Part, Question, letter};
use super::generate;
use super::id::FIRST_DRAWING;
use crate::page::Page;

/// A question as it is put to a learner: nothing in it gives the answer away.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// The question's id.
    pub id: String,
    /// A few words.
    pub title: String,
    /// What it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dimension: Option<Dimension>,
    /// The situation.
    pub prompt: String,
    /// What is to be answered; empty when there is no such question.
    pub parts: Vec<AskedPart>,
}

/// One thing to answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AskedPart {
    /// How the part is addressed in an answer.
    pub id: String,
    /// What kind of answer it takes: `numeric`, `one`, `many`, `match`, `order`, `text`, `code`, `counterexample`.
    pub kind: &'static str,
    /// What it asks.
    pub prompt: String,
    /// What there is to choose from, under a title: options, rows, items.
    pub lists: Vec<(String, Vec<(String, String)>)>,
    /// How to answer, in words.
    pub how: String,
    /// A specimen of an answer's form: an argument for the notebook and one for the command line.
    #[serde(skip)]
    specimen: Option<(String, String)>,
}

shown_in_notebooks!(Asked);

impl Asked {
    /// The question with the figures of the drawing `seed`, or of the first.
    pub(super) fn new(question: &Question, seed: Option<u64>) -> Self {
        let figures = figures(question, seed.unwrap_or(FIRST_DRAWING));
        let parts = question
            .parts
            .iter()
            .enumerate()
            .map(|(at, part)| {
                let suffix = seed.map(|seed| format!("#{seed}")).unwrap_or_default();
                AskedPart::new(format!("{}{suffix}", question.address(at)), part, &figures)
            })
            .collect();
        Self {
            id: question.id.clone(),
            title: question.title.clone(),
            dimension: Some(question.dimension),
            prompt: generate::fill(&question.prompt, &figures),
            parts,
        }
    }

    /// For each part that is answered in a cell, its id and a cell to begin with: the call, as a comment, so that an
    /// untouched cell does nothing.
    pub fn answer_cells(&self) -> Vec<(String, String)> {
        let cell = |part: &AskedPart| {
            let (form, _) = part.specimen.as_ref()?;
            let call = format!("// answer({:?}, {form})", part.id);
            Some((part.id.clone(), call.replace('\n', "\n// ")))
        };
        self.parts.iter().filter_map(cell).collect()
    }

    /// What is shown when there is no such question.
    pub(super) fn unknown(unknown: &super::id::UnknownQuestion) -> Self {
        Self {
            id: unknown.id.clone(),
            title: "no such question".into(),
            dimension: None,
            prompt: format!("{unknown}. `cargo course quiz` lists them all."),
            parts: Vec::new(),
        }
    }

    /// Both forms of the question.
    pub fn figure(&self) -> Figure {
        let mut page = Page::new();
        let dimension = self.dimension.map(|d| format!(" ({})", format!("{d:?}").to_lowercase()));
        page.heading(&format!("{} — {}{}", self.id, self.title, dimension.unwrap_or_default()));
        page.paragraphs(&self.prompt);
        for part in &self.parts {
            part.put_on(&mut page, self.parts.len() > 1);
        }
        page.figure()
    }
}

/// The figures of the first generated part.
pub(super) fn figures(question: &Question, seed: u64) -> std::collections::BTreeMap<&'static str, String> {
    question
        .parts
        .iter()
        .find_map(|part| match &part.kind {
            Kind::Generated(g) => generate::generator(&g.generator).map(|g| (g.draw)(seed).figures),
            _ => None,
        })
        .unwrap_or_default()
}

impl AskedPart {
    fn new(id: String, part: &Part, figures: &std::collections::BTreeMap<&'static str, String>) -> Self {
        let (kind, how, specimen) = manner(part, &id);
        Self {
            id,
            kind,
            prompt: generate::fill(&part.prompt, figures),
            lists: lists(part),
            how,
            specimen: specimen.map(|(cell, line)| (cell.to_string(), line.to_string())),
        }
    }

    fn put_on(&self, page: &mut Page, named: bool) {
        self.put_question_on(page, named);
        page.paragraphs(&self.how);
        if let Some((cell, line)) = &self.specimen {
            let id = &self.id;
            page.paragraphs(&format!(
                "In a cell `question::answer(\"{id}\", {cell})`, in a terminal `cargo course answer {id} {line}`."
            ));
        }
    }

    /// The part without how it is addressed, for whoever is asked it now.
    pub(crate) fn put_bare_on(&self, page: &mut Page) {
        self.put_question_on(page, false);
        page.paragraphs(self.how.split(" For other figures").next().unwrap_or(&self.how));
    }

    fn put_question_on(&self, page: &mut Page, named: bool) {
        if named {
            page.labelled(&self.id, &self.prompt);
        } else if !self.prompt.is_empty() {
            page.paragraphs(&self.prompt);
        }
        for (title, entries) in &self.lists {
            if !title.is_empty() {
                page.paragraphs(title);
            }
            let entries: Vec<(&str, String)> =
                entries.iter().map(|(k, text)| (k.as_str(), text.clone())).collect();
            page.list(&entries);
        }
    }
}

fn lists(part: &Part) -> Vec<(String, Vec<(String, String)>)> {
    let items = |items: &[super::bank::Item]| -> Vec<(String, String)> {
        items.iter().map(|item| (item.key.clone(), item.text.clone())).collect()
    };
    match &part.kind {
        Kind::One(choice) | Kind::Many(choice) => {
            let options = choice.options.iter().enumerate();
            vec![(String::new(), options.map(|(at, o)| (letter(at).to_string(), o.text.clone())).collect())]
        }
        Kind::Match(matching) => {
            let rows = matching.rows.iter().enumerate();
            let title = match matching.columns.as_slice() {
                [] => "For each of these:".to_string(),
                columns => format!("For each of these ({}):", columns.join(" / ")),
            };
            let rows = (title, rows.map(|(at, row)| ((at + 1).to_string(), row.text.clone())).collect());
            if matching.choices.iter().all(|choice| choice.text.is_empty()) {
                let keys: Vec<&str> = matching.choices.iter().map(|c| c.key.as_str()).collect();
                vec![rows, (format!("choose from {}.", keys.join(", ")), Vec::new())]
            } else {
                vec![rows, ("choose from:".into(), items(&matching.choices))]
            }
        }
        Kind::Order(sequence) => vec![(String::new(), items(&sequence.items))],
        _ => Vec::new(),
    }
}

/// The kind's name, how to answer in words, and a specimen for a cell and for a terminal.
type Manner = (&'static str, String, Option<(&'static str, &'static str)>);

fn manner(part: &Part, id: &str) -> Manner {
    match &part.kind {
        Kind::Numeric(numeric) => {
            let unit = numeric.unit.as_deref().map(|unit| format!(" (unit: {unit})")).unwrap_or_default();
            ("numeric", format!("Answer with a number{unit}."), Some(("NUMBER", "NUMBER")))
        }
        Kind::Generated(generated) => (
            "numeric",
            format!(
                "Answer with a number{}. For other figures ask for `{}#2`, `#3` and so on.",
                match generated.tolerance {
                    0.0 => String::new(),
                    tolerance => format!(", give or take {tolerance}; a fraction such as `2/3` will do"),
                },
                id.split('#').next().unwrap_or(id)
            ),
            Some(("NUMBER", "NUMBER")),
        ),
        Kind::One(_) => ("one", "Answer with one letter.".into(), Some(("\"LETTER\"", "LETTER"))),
        Kind::Many(_) => {
            ("many", "Answer with all letters that apply.".into(), Some(("\"LETTERS\"", "LETTERS")))
        }
        Kind::Match(matching) if matching.columns.is_empty() => (
            "match",
            "Answer with one choice for each row, in the order of the rows.".into(),
            Some(("[\"CHOICE\", \"CHOICE\", …]", "CHOICE CHOICE …")),
        ),
        Kind::Match(matching) => (
            "match",
            format!(
                "Answer with {} choices for each row, joined by `/`, in the order of the rows.",
                matching.columns.len()
            ),
            Some(("[\"CHOICE/CHOICE\", …]", "CHOICE/CHOICE …")),
        ),
        Kind::Order(sequence) => (
            "order",
            if sequence.right.len() == sequence.items.len() {
                "Answer with all of them in order.".into()
            } else {
                format!("Answer with {} of them in order.", sequence.right.len())
            },
            Some(("[\"FIRST\", \"SECOND\", …]", "FIRST SECOND …")),
        ),
        Kind::Text(_) => (
            "text",
            "Answer in a few sentences of your own.".into(),
            Some(("\"YOUR TEXT\"", "\"YOUR TEXT\"")),
        ),
        Kind::Code(code) => (
            "code",
            format!(
                "Your code answers this: exercise {} must pass its scenario `{}`.",
                code.exercise, code.scenario
            ),
            None,
        ),
        Kind::Counterexample(c) => (
            "counterexample",
            format!(
                "{}\n\nFor example, though this is no counterexample:\n\n{}",
                c.form.trim(),
                indented(&c.example)
            ),
            Some(("\"LINE\\nLINE\\n…\"", "- < FILE")),
        ),
    }
}

fn indented(text: &str) -> String {
    text.trim().lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
