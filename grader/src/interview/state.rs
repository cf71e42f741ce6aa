//! An interview as a state machine: events in, what to show out. No clock, no terminal, no file.

use serde::{Deserialize, Serialize};

use super::follow;
use super::plan::{Plan, minutes};
use super::report::Report;
use crate::progress::Attempt;
use crate::question::bank::{Dimension, Kind, Question};
use crate::question::feedback::Mark;
use crate::question::judge::LONGEST;
use crate::question::rubric::{Judgement, Standing};
use crate::question::{
    Answer, Asked, Feedback, Outside, UnknownQuestion, Verdict, answer_with, ask, banks, find, ruling,
};

/// What happens in an interview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// It begins, with this plan.
    Begun(Plan),
    /// An answer to what is asked.
    Answered(String),
    /// On to the next question, without an answer to this one.
    Passed,
    /// So many more seconds of it have passed.
    Ticked(u32),
    /// It is ended before its end.
    Stopped,
}

/// Something that an interviewer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A sentence or two.
    Said(String),
    /// How the interviewer goes on after a right answer: the question, and what there is to answer.
    GoesOn(String),
}

/// What is asked now.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// A part of a question.
    Question {
        /// The question, with this part alone; without its prompt where that was shown before.
        asked: Asked,
        /// What it asks for.
        dimension: Dimension,
        /// The part's place among all parts, from 1.
        number: usize,
        /// How many parts there are.
        of: usize,
        /// How many minutes the part should take.
        minutes: u32,
    },
    /// One more question about the same part.
    FollowUp(String),
    /// It is over; there is a report.
    Over,
}

/// What to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    /// What the interviewer says to what came last.
    pub remarks: Vec<Remark>,
    /// What is asked now.
    pub show: Show,
    /// How many seconds are left.
    pub left: u32,
    /// Whether the answer is free text, of several lines.
    pub text: bool,
}

/// How a part came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The part's address.
    pub part: String,
    /// The question's id.
    pub question: String,
    /// The chapter.
    pub chapter: u32,
    /// What it asked for.
    pub dimension: Dimension,
    /// How the answer stands, after the follow-up question if there was one; wrong if there was none.
    pub verdict: Verdict,
    /// What to say to the misconceptions in it.
    pub misconceptions: Vec<String>,
    /// What it lacks.
    pub missing: Vec<String>,
    /// Whether a follow-up question was needed.
    pub followed: bool,
    /// Whether it was passed over.
    pub passed: bool,
}

impl Turn {
    /// What the progress notes of it, as of any answer; nothing where none was given.
    pub fn attempt(&self) -> Option<Attempt> {
        let points = u32::from(self.verdict == Verdict::Right);
        (!self.passed).then(|| Attempt { id: self.part.clone(), points, max_points: 1, passed: Vec::new() })
    }
}

/// A part that is asked.
#[derive(Clone, Debug)]
struct Asking {
    question: &'static Question,
    chapter: u32,
    at: usize,
    /// With the number of the drawing, for a generated question.
    address: String,
    /// Whether it is the first and the last one asked of its question.
    first: bool,
    last: bool,
}

/// An interview.
#[derive(Clone, Debug)]
pub struct Interview {
    plan: Plan,
    askings: Vec<Asking>,
    turns: Vec<Turn>,
    spent: u32,
    /// While an answer is followed up: the answer, empty if it was none, and the question.
    following: Option<(String, String)>,
    remarks: Vec<Remark>,
    /// Stopped, or answered after the time was up.
    ended: bool,
}

impl Interview {
    /// Begins one.
    ///
    /// # Errors
    /// When the banks don't have a question of the plan, as after an update of the course.
    pub fn begin(plan: Plan) -> Result<Self, UnknownQuestion> {
        let mut askings: Vec<Asking> = Vec::new();
        for slot in &plan.slots {
            let (question, _) = find(&slot.question)?;
            let holds = |questions: &[Question]| questions.iter().any(|q| q.id == question.id);
            let chapter = banks().iter().find(|bank| holds(&bank.questions)).map_or(0, |bank| bank.chapter);
            let asked: Vec<usize> =
                (0..question.parts.len()).filter(|at| minutes(&question.parts[*at]).is_some()).collect();
            for at in &asked {
                let drawn = match question.parts[*at].kind {
                    Kind::Generated(_) => format!("#{}", plan.seed % 1000 + 1),
                    _ => String::new(),
                };
                askings.push(Asking {
                    question,
                    chapter,
                    at: *at,
                    address: format!("{}{drawn}", question.address(*at)),
                    first: asked.first() == Some(at),
                    last: asked.last() == Some(at),
                });
            }
        }
        Ok(Self {
            plan,
            askings,
            turns: Vec::new(),
            spent: 0,
            following: None,
            remarks: Vec::new(),
            ended: false,
        })
    }

    /// The interview after all these events; none if they don't begin one.
    ///
    /// # Errors
    /// When the banks don't have a question of the plan.
    pub fn replay(events: &[Event]) -> Result<Option<Self>, UnknownQuestion> {
        let Some((Event::Begun(plan), later)) = events.split_first() else { return Ok(None) };
        let mut interview = Self::begin(plan.clone())?;
        later.iter().for_each(|event| interview.apply(event));
        Ok(Some(interview))
    }

    /// Takes an event. After the end, and for a second beginning, nothing happens.
    pub fn apply(&mut self, event: &Event) {
        if self.over() {
            return;
        }
        match event {
            Event::Begun(_) => {}
            Event::Ticked(seconds) => self.spent = self.spent.saturating_add(*seconds),
            Event::Stopped => {
                self.remarks.clear();
                self.ended = true;
            }
            Event::Passed => {
                self.remarks = vec![said("All right, the next one.")];
                let followed = self.following.take();
                match followed.and_then(|(first, _)| self.judged(&first)) {
                    // What was said before the follow-up question still counts.
                    Some(judgement) => self.note_text(&judgement, true),
                    None => self.note(Verdict::Wrong, Vec::new(), Vec::new(), false, true),
                }
            }
            Event::Answered(text) => self.answered(text),
        }
    }

    /// Whether it is over.
    pub fn over(&self) -> bool {
        self.ended || self.turns.len() >= self.askings.len()
    }

    /// Whether its minutes have passed.
    pub fn time_is_up(&self) -> bool {
        self.spent >= self.plan.minutes * 60
    }

    /// How the parts came out, so far.
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The questions that were shown so far.
    pub fn shown(&self) -> Vec<String> {
        let mut ids: Vec<String> =
            self.askings.iter().take(self.turns.len() + 1).map(|asking| asking.question.id.clone()).collect();
        ids.dedup();
        ids
    }

    /// What to show now.
    pub fn screen(&self) -> Screen {
        let left = (self.plan.minutes * 60).saturating_sub(self.spent);
        let (show, text) = match self.askings.get(self.turns.len()).filter(|_| !self.over()) {
            None => (Show::Over, false),
            Some(asking) => {
                let show = match &self.following {
                    Some((_, question)) => Show::FollowUp(question.clone()),
                    None => self.question(asking),
                };
                (show, matches!(asking.question.parts[asking.at].kind, Kind::Text(_)))
            }
        };
        Screen { remarks: self.remarks.clone(), show, left, text }
    }

    /// The report, also of an interview that isn't over.
    pub fn report(&self) -> Report {
        Report::of(&self.turns, self.askings.len())
    }

    fn question(&self, asking: &Asking) -> Show {
        let mut asked = ask(&asking.address);
        asked.parts.retain(|part| part.id == asking.address || asking.question.parts.len() == 1);
        if !asking.first {
            asked.prompt = String::new();
        }
        Show::Question {
            asked,
            dimension: asking.question.dimension,
            number: self.turns.len() + 1,
            of: self.askings.len(),
            minutes: minutes(&asking.question.parts[asking.at]).unwrap_or(0),
        }
    }

    /// The judgement of a text as an answer to the part that is asked; none if it takes no text.
    fn judged(&self, text: &str) -> Option<Judgement> {
        let asking = &self.askings[self.turns.len()];
        ruling::judgement(asking.question, asking.at, text)
    }

    fn answered(&mut self, text: &str) {
        if text.len() > LONGEST {
            self.remarks = vec![said("That is very long. Say it in less than a page.")];
            return;
        }
        let following = self.following.take();
        let whole = match &following {
            Some((first, _)) if !first.is_empty() => format!("{first}\n{text}"),
            _ => text.to_string(),
        };
        match self.judged(&whole) {
            Some(judgement) => self.answered_in_text(whole, &judgement, following.is_some()),
            None => self.chosen(text),
        }
    }

    fn answered_in_text(&mut self, text: String, judgement: &Judgement, followed: bool) {
        let asking = &self.askings[self.turns.len()];
        let Kind::Text(rubric) = &asking.question.parts[asking.at].kind else { return };
        let lacking = rubric.lacking(judgement).first().map(|point| point.id.clone());
        let next = match (judgement.standing, lacking) {
            _ if followed || self.time_is_up() || !judgement.misconceptions.is_empty() => None,
            // What was no answer is not added to: the next one stands alone.
            (Standing::None(reason), _) => Some((String::new(), reason.kindly().to_string())),
            (Standing::Right, _) | (_, None) => None,
            (_, Some(point)) => {
                let question = follow::question(&asking.question.address(asking.at), &point);
                Some((text, question.to_string()))
            }
        };
        if next.is_some() {
            self.remarks = Vec::new();
            self.following = next;
            return;
        }
        self.remarks = vec![said(match judgement.standing {
            Standing::Right => "Good.",
            _ if !judgement.misconceptions.is_empty() => {
                "I see that differently; we come back to it at the end."
            }
            _ => "Thank you. Let's go on.",
        })];
        self.note_text(judgement, followed);
    }

    fn chosen(&mut self, text: &str) {
        let address = self.askings[self.turns.len()].address.clone();
        let nobody = |_: &str, _: &str| None;
        let outside = Outside { passes: &nobody, ..Outside::default() };
        let feedback: Feedback = answer_with(&address, &Answer::from(text), outside);
        let of = |mark: Mark| -> Vec<String> {
            feedback.details.iter().filter(|d| d.mark == mark).map(|d| d.line()).collect()
        };
        match feedback.verdict {
            Verdict::NotUnderstood => self.remarks = of(Mark::Note).into_iter().map(Remark::Said).collect(),
            verdict => {
                let good = verdict == Verdict::Right;
                self.remarks = vec![said(if good { "Good." } else { "Thank you." })];
                let wrong = if good { Vec::new() } else { of(Mark::Wrong) };
                let missing = if good { Vec::new() } else { of(Mark::Missing) };
                self.note(verdict, wrong, missing, false, false);
            }
        }
    }

    fn note_text(&mut self, judgement: &Judgement, followed: bool) {
        let asking = &self.askings[self.turns.len()];
        let Kind::Text(rubric) = &asking.question.parts[asking.at].kind else { return };
        let verdict = match judgement.standing {
            Standing::Right => Verdict::Right,
            Standing::Partial => Verdict::Partial(judgement.have as f64 / judgement.required as f64),
            Standing::Wrong | Standing::None(_) => Verdict::Wrong,
        };
        let missing = rubric.lacking(judgement).iter().map(|point| point.says.clone()).collect();
        self.note(verdict, judgement.misconceptions.clone(), missing, followed, false);
    }

    fn note(
        &mut self,
        verdict: Verdict,
        misconceptions: Vec<String>,
        missing: Vec<String>,
        followed: bool,
        passed: bool,
    ) {
        let asking = self.askings[self.turns.len()].clone();
        if verdict == Verdict::Right && asking.last {
            let goes_on = asking.question.interview.as_ref();
            self.remarks.extend(goes_on.map(|text| Remark::GoesOn(text.trim().to_string())));
        }
        self.turns.push(Turn {
            part: asking.question.address(asking.at),
            question: asking.question.id.clone(),
            chapter: asking.chapter,
            dimension: asking.question.dimension,
            verdict,
            misconceptions,
            missing,
            followed,
            passed,
        });
        // What was asked when the time ran out could still be answered.
        self.ended |= self.time_is_up();
    }
}

fn said(text: &str) -> Remark {
    Remark::Said(text.to_string())
}
