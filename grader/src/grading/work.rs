//! The work of grading, on all cores.

use super::class::{Member, Tried};
use super::{
    Answered, Attempts, Class, Graded, Hidden, Learner, Ledger, Marking, Outcome, Points, Results, Reviews,
    SCHEMA, Shard, Standing, mark_learner,
};
use crate::intake::{Handed, Said, Submission};
use crate::judge::Exercise;
use crate::pipeline::{Assessment, Limits, Shelter, Source, Toolbox, assess_also, sanitise, sanitise_line};
use crate::question;

/// What answers are assessed with.
pub struct Bench<'a> {
    /// The compiler and the libraries.
    pub toolbox: &'a Toolbox,
    /// What keeps strangers' code from the machine.
    pub shelter: &'a dyn Shelter,
    /// What a program may use.
    pub limits: Limits,
    /// What was assessed before.
    pub ledger: &'a Ledger,
    /// Further runs with seeds of their own, where the instructor wants them.
    pub hidden: Option<&'a Hidden<'a>>,
}

/// What decides over points, beside what is seen.
pub struct Rules<'a> {
    /// What counts how much.
    pub marking: &'a Marking,
    /// What people decided.
    pub reviews: &'a Reviews,
    /// The part of the class that is graded here.
    pub shard: Option<Shard>,
}

/// A piece of the work.
pub enum Job<'a> {
    /// An answer to an exercise.
    Exercise(&'a Exercise, &'a Handed),
    /// An answer to a question's part.
    Question(&'a str, &'a Said),
}

/// A piece of work done.
pub enum Done {
    /// An exercise.
    Exercise(Box<Graded>),
    /// A question's part.
    Question(Box<Answered>),
}

/// Grades every answer of a class that counts. `in_parallel` does the work for each of the jobs and returns the results in
/// their order; it shows how far it is.
pub fn grade(
    bench: &Bench<'_>,
    class: &Class,
    exercises: &[Exercise],
    rules: &Rules<'_>,
    in_parallel: impl FnOnce(&[Job<'_>], &(dyn Fn(&Job<'_>) -> Done + Sync)) -> Vec<Done>,
) -> Results {
    let counted: Vec<&Exercise> = exercises.iter().filter(|e| rules.marking.counts(&e.spec)).collect();
    let tried: Vec<Vec<(&Tried, &Submission)>> =
        class.learners.iter().map(|member| candidates(member, rules.marking.attempts)).collect();
    let jobs: Vec<Job<'_>> =
        tried.iter().flatten().flat_map(|(_, submission)| jobs(&counted, submission)).collect();
    let mut done = in_parallel(&jobs, &|job| bench.one(job)).into_iter();
    let learners = class.learners.iter().zip(&tried).map(|(member, tried)| {
        let marked = |mut learner: Learner| {
            mark_learner(&mut learner, rules.marking, exercises, rules.reviews);
            learner
        };
        let tried = tried.iter().map(|(attempt, submission)| {
            let done = done.by_ref().take(jobs_of(&counted, submission)).collect();
            marked(graded(member, attempt, submission, done, &counted, rules.marking))
        });
        // Of equal ones the first; every one is worked out, since each takes its part of what was done.
        let all: Vec<Learner> = tried.collect();
        let best =
            all.into_iter().reduce(|best, other| if other.percent > best.percent { other } else { best });
        best.unwrap_or_else(|| marked(without(member)))
    });
    Results {
        schema: SCHEMA.to_owned(),
        grader: bench.ledger.grader().to_owned(),
        protection: bench.shelter.protection(),
        shard: rules.shard,
        hidden: bench.hidden.map(Hidden::runs),
        marking: rules.marking.clone(),
        notes: class.notes.clone(),
        learners: learners.collect(),
    }
}

/// The attempts that may count.
fn candidates(member: &Member, which: Attempts) -> Vec<(&Tried, &Submission)> {
    let readable = member.attempts.iter().filter_map(|tried| Some((tried, tried.read.as_ref().ok()?)));
    match which {
        Attempts::Best => readable.collect(),
        Attempts::Last => readable.rev().take(1).collect(),
    }
}

fn jobs<'a>(exercises: &[&'a Exercise], submission: &'a Submission) -> impl Iterator<Item = Job<'a>> {
    let code: Vec<Job<'a>> = exercises
        .iter()
        .filter_map(|exercise| Some(Job::Exercise(exercise, submission.answers.get(&exercise.spec.id)?)))
        .collect();
    code.into_iter().chain(submission.questions.iter().map(|(part, said)| Job::Question(part, said)))
}

fn jobs_of(exercises: &[&Exercise], submission: &Submission) -> usize {
    jobs(exercises, submission).count()
}

impl Bench<'_> {
    fn one(&self, job: &Job<'_>) -> Done {
        match job {
            Job::Exercise(exercise, handed) => Done::Exercise(Box::new(self.exercise(exercise, handed))),
            Job::Question(part, said) => Done::Question(Box::new(judged(part, said))),
        }
    }

    fn exercise(&self, exercise: &Exercise, handed: &Handed) -> Graded {
        let without = |outcome| Graded::without(exercise, outcome, Some(handed.clone()));
        let Handed::Answer { text, .. } = handed else { return without(Outcome::Refused) };
        let source = Source { shown_as: exercise.spec.answer_path(), text: text.clone() };
        match self.assessed(exercise, &source) {
            Ok(assessment) => {
                Graded { assessment: Some(assessment.clone()), ..without(Outcome::of(&assessment)) }
            }
            Err(why) => Graded { grader_fault: Some(why), ..without(Outcome::NotGraded) },
        }
    }

    /// # Errors
    /// Why this machine could not assess it, twice.
    fn assessed(&self, exercise: &Exercise, source: &Source) -> Result<Assessment, String> {
        let id = &exercise.spec.id;
        let hidden = self.hidden.map(|hidden| hidden.of(exercise, &source.text)).transpose()?.flatten();
        let mark = hidden.as_ref().map(|hidden| hidden.mark());
        let (ledger, mark, protection) = (self.ledger, mark.as_deref(), self.shelter.protection());
        if let Some(kept) = ledger.find(id, source, &self.limits, &protection, mark) {
            return Ok(kept);
        }
        let assess = || {
            assess_also(self.toolbox, self.shelter, exercise, source, &self.limits, |report, run| {
                hidden.as_ref().map_or(Ok(()), |hidden| hidden.add(report, run))
            })
        };
        let assessment = assess().or_else(|_| assess()).map_err(|e| sanitise_line(&e.to_string()))?;
        // Without a place in the ledger it counts all the same, and is done again next time.
        let _ = ledger.keep(id, source, &self.limits, mark, &assessment);
        Ok(assessment)
    }
}

/// An answer to a part of a question, judged; its points are not worked out yet.
fn judged(part: &str, said: &Said) -> Answered {
    let drawn = said.drawing.map(|number| format!("#{number}")).unwrap_or_default();
    let blank = Answered {
        text: sanitise(&said.text),
        mark: said.mark(),
        from: said.from.clone(),
        ..Answered::blank(part)
    };
    match question::rule(&format!("{part}{drawn}"), &said.text) {
        Ok(ruling) => Answered {
            verdict: Some(ruling.verdict),
            found: ruling.points_found,
            missing: ruling.points_missing,
            misconceptions: ruling.misconceptions.into_iter().chain(ruling.remarks).collect(),
            confidence: ruling.confidence,
            ..blank
        },
        Err(why) => Answered { verdict: Some(question::Outcome::Fail), misconceptions: vec![why], ..blank },
    }
}

fn blank(member: &Member, standing: Standing) -> Learner {
    Learner {
        learner: member.learner.clone(),
        identity: member.identity.clone(),
        standing,
        points: None,
        max_points: Points::ZERO,
        percent: None,
        problem: None,
        attempt: None,
        notes: member.notes.clone(),
        exercises: Vec::new(),
        questions: Vec::new(),
    }
}

fn graded(
    member: &Member,
    tried: &Tried,
    submission: &Submission,
    done: Vec<Done>,
    exercises: &[&Exercise],
    marking: &Marking,
) -> Learner {
    let mut learner = blank(member, Standing::Graded);
    learner.attempt = Some(tried.attempt.clone());
    for done in done {
        match done {
            Done::Exercise(graded) => learner.exercises.push(*graded),
            Done::Question(answered) => learner.questions.push(*answered),
        }
    }
    for (place, exercise) in exercises.iter().enumerate() {
        if !learner.exercises.iter().any(|g| g.exercise == exercise.spec.id) {
            learner.exercises.insert(place, Graded::without(exercise, Outcome::NotHandedIn, None));
        }
    }
    for part in marking.parts() {
        if !learner.questions.iter().any(|answered| answered.question == part) {
            learner.questions.push(Answered::blank(&part));
        }
    }
    learner.questions.sort_by_key(|answered| place_of(&answered.question));
    learner.notes.extend(submission.notes.iter().cloned());
    for unreadable in member.attempts.iter().filter(|tried| tried.read.is_err()) {
        let why = unreadable.read.as_ref().expect_err("only those that can't be read");
        learner.notes.push(format!("attempt {} can't be graded: {why}", unreadable.attempt.number));
    }
    learner
}

/// The order in which a learner meets the questions.
fn place_of(address: &str) -> (usize, String) {
    let all = question::banks().iter().flat_map(|bank| &bank.questions);
    let id = question::find(address).map(|(question, _)| question.id.as_str()).unwrap_or_default();
    (all.map(|question| &question.id).position(|other| other == id).unwrap_or(usize::MAX), address.to_owned())
}

/// A learner of whom there is nothing to grade.
fn without(member: &Member) -> Learner {
    match member.attempts.last() {
        None => blank(member, Standing::NothingHandedIn),
        Some(last) => Learner {
            problem: last.read.as_ref().err().cloned(),
            attempt: Some(last.attempt.clone()),
            ..blank(member, Standing::Unreadable)
        },
    }
}
