//! What a learner is told.

use replication_lab::shown_in_notebooks;
use replication_lab::view::Figure;
use serde::{Serialize, Serializer};

use crate::page::Page;

/// How an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "share")]
pub enum Verdict {
    /// Right.
    Right,
    /// Partly right: the share, above 0 and below 1.
    Partial(f64),
    /// Wrong.
    Wrong,
    /// Not an answer to this question, or not in a form that can be read. Nothing is recorded.
    NotUnderstood,
}

/// One thing found in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detail {
    /// What it says of the answer.
    pub mark: Mark,
    /// What it is about: an option, a row, a point; may be empty.
    pub about: String,
    /// What there is to say.
    pub text: String,
}

/// What a detail says of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// It is there, and right.
    Right,
    /// It is there, and wrong.
    Wrong,
    /// It is missing.
    Missing,
    /// It would have been welcome.
    Bonus,
    /// A remark.
    Note,
}

/// What a learner is told of an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Feedback {
    /// The part's address.
    pub id: String,
    /// How the answer stands; as JSON the fields `verdict` and, when partial, `share`.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was found in it.
    pub details: Vec<Detail>,
    /// Why the right answer is right; only after it was given, or asked for.
    pub explanation: Option<String>,
    /// A text that says all that was asked for; after every attempt at free text.
    pub model: Option<String>,
    /// How an interviewer goes on.
    pub interview: Option<String>,
    /// The run that decided.
    #[serde(serialize_with = "as_text", skip_serializing_if = "Option::is_none")]
    pub run: Option<Figure>,
}

fn as_text<S: Serializer>(run: &Option<Figure>, serializer: S) -> Result<S::Ok, S::Error> {
    run.as_ref().map(Figure::as_text).serialize(serializer)
}

shown_in_notebooks!(Feedback);

impl Feedback {
    /// Feedback with a verdict and nothing else yet.
    pub(super) fn new(id: &str, verdict: Verdict) -> Self {
        Self {
            id: id.into(),
            verdict,
            details: Vec::new(),
            explanation: None,
            model: None,
            interview: None,
            run: None,
        }
    }

    /// Feedback for what can't be read as an answer.
    pub(super) fn not_understood(id: &str, expected: impl Into<String>) -> Self {
        Self::new(id, Verdict::NotUnderstood).with(Mark::Note, "", expected)
    }

    /// This feedback with one more detail.
    pub(super) fn with(mut self, mark: Mark, about: impl Into<String>, text: impl Into<String>) -> Self {
        self.details.push(Detail { mark, about: about.into(), text: text.into() });
        self
    }

    /// Both forms of the feedback.
    pub fn figure(&self) -> Figure {
        let mut page = Page::new();
        let heading = match self.verdict {
            Verdict::Right => "Right.".to_string(),
            Verdict::Partial(share) => format!("Partly right: {:.0} %.", (share * 100.0).clamp(1.0, 99.0)),
            Verdict::Wrong => "Not yet.".to_string(),
            Verdict::NotUnderstood => "Not understood; nothing is recorded.".to_string(),
        };
        page.heading(&format!("{} — {heading}", self.id));
        let lines: Vec<(&str, String)> = self.details.iter().map(|d| (d.mark.sign(), d.line())).collect();
        page.list(&lines);
        if let Some(explanation) = &self.explanation {
            page.paragraphs(explanation);
        }
        if let Some(model) = &self.model {
            page.labelled("An answer that says it all", model);
            page.paragraphs(
                "A rubric reads words, not thoughts, and it can err: compare your answer with this one and judge for yourself.",
            );
        }
        if let Some(interview) = &self.interview {
            page.labelled("In an interview", interview);
        }
        if let (Verdict::Wrong | Verdict::Partial(_), None) = (self.verdict, &self.model) {
            page.paragraphs("Try again.");
        }
        match &self.run {
            Some(run) => page.figure().beside(run.clone()),
            None => page.figure(),
        }
    }
}

impl Detail {
    /// What it is about, and what there is to say.
    pub fn line(&self) -> String {
        match (self.about.is_empty(), self.text.is_empty()) {
            (true, _) => self.text.clone(),
            (false, true) => self.about.clone(),
            (false, false) => format!("{} — {}", self.about, self.text),
        }
    }
}

impl Mark {
    /// A sign that reads without colour, and in plain text.
    fn sign(self) -> &'static str {
        match self {
            Self::Right => "✓",
            Self::Wrong => "✗",
            Self::Missing => "○",
            Self::Bonus => "+",
            Self::Note => "•",
        }
    }
}
