//! What two answers have in common, as plain values.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::{Alike, Compared, Run, Same, Sieve, compare, same_wrong, tokens};
use crate::grading::{Class, Results};
use crate::intake::Handed;
use crate::judge::Exercise;
use crate::pipeline::{sanitise, sanitise_line};

/// Everything that was found in a class. All texts are fit to print.
#[derive(Clone, Debug, Serialize)]
pub struct Evidence {
    /// Names the form.
    pub schema: &'static str,
    /// How it is to be read.
    pub about: &'static str,
    /// What counted as alike.
    pub sieve: Sieve,
    /// How many learners handed in something that can be read.
    pub learners: usize,
    /// Whether there were results to compare behaviour by.
    pub with_behaviour: bool,
    /// Pairs of learners, exercise by exercise: those with the most code in common first, then those with the rarest wrong
    /// behaviour.
    pub pairs: Vec<Pair>,
    /// How many pairs more there are.
    pub left_out: usize,
    /// Answers that are the same to the byte, also where many have them.
    pub identical: Vec<Identical>,
}

/// Two answers to one exercise.
#[derive(Clone, Debug, Serialize)]
pub struct Pair {
    /// The first learner.
    pub a: String,
    /// The second one.
    pub b: String,
    /// The exercise's id.
    pub exercise: String,
    /// Its title.
    pub title: String,
    /// What their code has in common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Code>,
    /// In what both are wrong in the same way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub behaviour: Vec<Same>,
}

/// Code that two answers have in common.
#[derive(Clone, Debug, Serialize)]
pub struct Code {
    /// The share of the smaller one's fingerprints.
    pub percent: usize,
    /// Fingerprints that both have, and few others.
    pub shared: usize,
    /// Fingerprints of the smaller one that are neither the stub's nor many others'.
    pub of: usize,
    /// The places.
    pub passages: Vec<Passage>,
}

/// A run of the same tokens in both.
#[derive(Clone, Debug, Serialize)]
pub struct Passage {
    /// In the first answer.
    pub a: Lines,
    /// In the second one.
    pub b: Lines,
    /// How many tokens.
    pub tokens: usize,
}

/// Some lines of an answer.
#[derive(Clone, Debug, Serialize)]
pub struct Lines {
    /// The first one's number, from 1 on.
    pub from: usize,
    /// The last one's.
    pub to: usize,
    /// The lines.
    pub text: Vec<String>,
}

/// Learners who handed in the same to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identical {
    /// The exercise's id.
    pub exercise: String,
    /// Who.
    pub learners: Vec<String>,
}

/// How it is to be read.
const ABOUT: &str = "Evidence side by side, and no verdict. Alike are also two who worked together as they may, who learnt from the \
                     same book, or who found the one short way that there is. Read both, and ask both.";

/// An answer, whose it is, and what was seen of it.
struct Answer<'a> {
    learner: &'a str,
    text: &'a str,
    mark: &'a str,
}

/// The answers to one exercise, compared.
struct Group<'a> {
    exercise: &'a Exercise,
    answers: Vec<Answer<'a>>,
    compared: Compared,
}

/// A pair that was found, by the places of its answers in its group.
struct Found {
    group: usize,
    a: usize,
    b: usize,
    code: Option<Alike>,
    behaviour: Vec<Same>,
}

/// Compares the answers of a class, of every learner those of the last attempt that can be read. `results` are the class's, if
/// it was graded; what was graded of another answer is left out. At most `most` pairs are kept.
pub fn evidence(
    class: &Class,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
    results: Option<&Results>,
    sieve: &Sieve,
    most: usize,
) -> Evidence {
    let groups: Vec<Group<'_>> = exercises
        .iter()
        .map(|exercise| {
            let answers = answers(class, &exercise.spec.id);
            let texts: Vec<&str> = answers.iter().map(|answer| answer.text).collect();
            let compared = compare(&texts, stub(stubs, exercise), sieve);
            Group { exercise, answers, compared }
        })
        .collect();
    let mut found: Vec<Found> =
        groups.iter().enumerate().flat_map(|(place, group)| group.found(place, results, sieve)).collect();
    // The order of what is equal stays: the course's, then the learners'.
    found.sort_by_key(|found| {
        let code = found.code.as_ref().map_or(0, Alike::percent);
        let rarest = found.behaviour.iter().map(|same| same.by * 1000 / same.of.max(1)).min();
        (Reverse(code), rarest.unwrap_or(usize::MAX), Reverse(found.behaviour.len()))
    });
    let left_out = found.len().saturating_sub(most);
    found.truncate(most);
    let pairs = found.into_iter().map(|found| groups[found.group].pair(found)).collect();
    let identical = groups.iter().flat_map(|group| group.same_bytes(stub(stubs, group.exercise))).collect();
    let readable = |member: &&crate::grading::Member| member.attempts.iter().any(|tried| tried.read.is_ok());
    Evidence {
        schema: "replication-course/similar/1",
        about: ABOUT,
        sieve: *sieve,
        learners: class.learners.iter().filter(readable).count(),
        with_behaviour: results.is_some(),
        pairs,
        left_out,
        identical,
    }
}

fn stub<'a>(stubs: &'a BTreeMap<String, String>, exercise: &Exercise) -> Option<&'a str> {
    stubs.get(&exercise.spec.id).map(String::as_str)
}

fn answers<'a>(class: &'a Class, exercise: &str) -> Vec<Answer<'a>> {
    let of = class.learners.iter().filter_map(|member| {
        let submission = member.attempts.iter().rev().find_map(|tried| tried.read.as_ref().ok())?;
        match submission.answers.get(exercise)? {
            Handed::Answer { text, mark, .. } => Some(Answer { learner: &member.learner, text, mark }),
            Handed::Refused { .. } => None,
        }
    });
    of.collect()
}

impl Group<'_> {
    fn found(&self, group: usize, results: Option<&Results>, sieve: &Sieve) -> Vec<Found> {
        let mut found: BTreeMap<(usize, usize), (Option<Alike>, Vec<Same>)> = BTreeMap::new();
        for pair in &self.compared.pairs {
            found.entry((pair.a, pair.b)).or_default().0 = Some(pair.clone());
        }
        // Reports, and whose answers they are about.
        let (places, reports): (Vec<usize>, Vec<_>) = self
            .answers
            .iter()
            .enumerate()
            .filter_map(|(place, answer)| Some((place, report(results?, &self.exercise.spec.id, answer)?)))
            .unzip();
        for ((a, b), same) in same_wrong(&reports, sieve) {
            found.entry((places[a], places[b])).or_default().1 = same;
        }
        found.into_iter().map(|((a, b), (code, behaviour))| Found { group, a, b, code, behaviour }).collect()
    }

    fn pair(&self, found: Found) -> Pair {
        let Found { a, b, code, behaviour, .. } = found;
        let (one, other) = (&self.answers[a], &self.answers[b]);
        let passage =
            |Run { a, b, tokens }: Run| Passage { a: lines(one.text, a), b: lines(other.text, b), tokens };
        Pair {
            a: one.learner.to_owned(),
            b: other.learner.to_owned(),
            exercise: self.exercise.spec.id.clone(),
            title: self.exercise.spec.title.clone(),
            code: code.map(|alike| Code {
                percent: alike.percent(),
                shared: alike.shared,
                of: alike.of,
                passages: self.compared.runs(&alike).into_iter().map(passage).collect(),
            }),
            behaviour,
        }
    }

    /// Who has the same text, which is not the stub's.
    fn same_bytes(&self, stub: Option<&str>) -> Vec<Identical> {
        let mut same: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for answer in &self.answers {
            same.entry(answer.text).or_default().push(sanitise_line(answer.learner));
        }
        let codes = |text: &str| tokens(text).into_iter().map(|token| token.code).collect::<Vec<_>>();
        let given = stub.map(codes);
        same.retain(|text, who| who.len() > 1 && Some(codes(text)) != given);
        let exercise = &self.exercise.spec.id;
        let mut same: Vec<Identical> =
            same.into_values().map(|learners| Identical { exercise: exercise.clone(), learners }).collect();
        same.sort_by(|a, b| a.learners.cmp(&b.learners));
        same
    }
}

/// What was seen of this answer, and of no other.
fn report<'a>(results: &'a Results, exercise: &str, answer: &Answer<'_>) -> Option<&'a crate::judge::Report> {
    let learner = results.learners.iter().find(|learner| learner.learner == answer.learner)?;
    let graded = learner.exercises.iter().find(|graded| graded.exercise == exercise)?;
    match (&graded.handed, &graded.assessment) {
        (Some(Handed::Answer { mark, .. }), Some(seen)) if mark == answer.mark && seen.fault.is_none() => {
            Some(&seen.report)
        }
        _ => None,
    }
}

/// The longest line that is shown, in characters.
const LONGEST: usize = 400;

fn lines(text: &str, (from, to): (usize, usize)) -> Lines {
    let fit = |line: &str| sanitise(&line.trim_end().chars().take(LONGEST).collect::<String>());
    Lines { from, to, text: text.split('\n').skip(from - 1).take(to - from + 1).map(fit).collect() }
}
