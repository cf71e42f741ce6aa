//! Patterns: how a rubric writes what a point or a misconception says.
//!
//! ```text
//! pattern  = term { joiner term }
//! joiner   = "&"   somewhere in the same sentence
//!          | "+"   in the same clause as the term before
//!          | ">"   after the term before
//! term     = ["not "] phrase { "|" phrase } ["@" class]
//! phrase   = words of one or more, "<number>" among them for any number; "$class" for a named list of words
//! ```
//! A term counts where it is asserted; after `not` it counts where it is negated, and then the other terms of
//! the pattern may stand under that negation too. `@class` binds a term to one of two or more rivals: the
//! rival that the term belongs to in the sentence must be this one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use super::common;
use super::sentence::{NEGATORS, Sentence, Word};
use super::words::{Token, is_number, spelled_like, tokens};

/// Named lists of words, and which of them exclude each other.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    classes: BTreeMap<String, Vec<Vec<String>>>,
    rivals: Vec<Vec<String>>,
}

impl Lexicon {
    /// A lexicon of these classes; `leader` and `follower` are always there, and rivals; so are the classes of
    /// [`common`].
    pub fn new(words: &BTreeMap<String, Vec<String>>, rivals: &[Vec<String>]) -> Self {
        let mut classes: BTreeMap<String, Vec<Vec<String>>> = words
            .iter()
            .map(|(name, list)| (name.clone(), list.iter().map(|phrase| stems(phrase)).collect()))
            .collect();
        for built_in in ["leader", "follower"] {
            classes.entry(built_in.into()).or_insert_with(|| vec![stems(built_in)]);
        }
        for (name, phrases) in common_classes() {
            classes.entry((*name).into()).or_insert_with(|| phrases.clone());
        }
        let mut rivals = rivals.to_vec();
        rivals.push(vec!["leader".into(), "follower".into()]);
        Self { classes, rivals }
    }

    /// Whether there is a class of this name.
    pub fn has(&self, class: &str) -> bool {
        self.classes.contains_key(class)
    }

    /// The classes that exclude each other, among them `class`.
    pub fn rivals_of(&self, class: &str) -> Option<&[String]> {
        self.rivals.iter().find(|group| group.iter().any(|c| c == class)).map(Vec::as_slice)
    }

    /// All stems of the rubric's own classes.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let own =
            self.classes.iter().filter(|(name, _)| !common::CLASSES.iter().any(|(common, _)| common == name));
        own.flat_map(|(_, phrases)| phrases).flatten().map(String::as_str)
    }

    /// How many words of `words` from `at` on are a phrase of `class`.
    fn mention(&self, class: &str, words: &[Word], at: usize) -> Option<usize> {
        self.classes.get(class)?.iter().find_map(|phrase| phrase_at(phrase, words, at, &[]))
    }
}

/// The classes of [`common`], read once.
fn common_classes() -> &'static [(&'static str, Vec<Phrase>)] {
    static READ: OnceLock<Vec<(&'static str, Vec<Phrase>)>> = OnceLock::new();
    READ.get_or_init(|| {
        let phrases = |list: &str| list.split('|').map(|phrase| stems(phrase.trim())).collect();
        common::CLASSES.iter().map(|(name, list)| (*name, phrases(list))).collect()
    })
}

/// The families of [`common`], read once.
fn families() -> &'static [Vec<Phrase>] {
    static READ: OnceLock<Vec<Vec<Phrase>>> = OnceLock::new();
    READ.get_or_init(|| {
        let phrases = |list: &&str| {
            let mut phrases: Vec<Phrase> = list.split('|').map(|phrase| stems(phrase.trim())).collect();
            phrases.sort();
            phrases.dedup();
            phrases
        };
        common::FAMILIES.iter().map(phrases).collect()
    })
}

/// The stems of the words of `text`.
pub fn stems(text: &str) -> Vec<String> {
    tokens(text)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word { stem, .. } => Some(stem),
            _ => None,
        })
        .collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joiner {
    Sentence,
    Clause,
    After,
}

/// The stems of its words.
type Phrase = Vec<String>;

/// What stands for any number in a phrase.
const NUMBER: &str = "<number>";

#[derive(Clone, Debug)]
struct Term {
    joiner: Joiner,
    negated: bool,
    phrases: Vec<Phrase>,
    /// What the families of its phrases add to them.
    kin: Vec<Phrase>,
    class: Option<String>,
}

/// A pattern, ready to match.
#[derive(Clone, Debug)]
pub struct Pattern {
    terms: Vec<Term>,
    any_polarity: bool,
    accuses: bool,
    narrow: bool,
}

#[derive(Clone, Copy, Debug)]
struct Hit {
    start: usize,
    end: usize,
    clause: (usize, usize),
}

impl Hit {
    /// Whether `other` is only a piece of this longer phrase.
    fn swallows(&self, other: &Hit) -> bool {
        self.clause.0 == other.clause.0
            && self.start <= other.start
            && other.end <= self.end
            && other.end - other.start < self.end - self.start
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn read(text: &str, lexicon: &Lexicon) -> Result<Self, String> {
        let mut terms = Vec::new();
        let mut joiner = Joiner::Sentence;
        let mut term: Vec<&str> = Vec::new();
        for word in text.split_whitespace().chain(["&"]) {
            let next = match word {
                "&" => Joiner::Sentence,
                "+" => Joiner::Clause,
                ">" => Joiner::After,
                _ => {
                    term.push(word);
                    continue;
                }
            };
            terms.push(Term::read(&term.join(" "), joiner, lexicon)?);
            term.clear();
            joiner = next;
        }
        let any_polarity = terms.iter().any(|t| t.negated);
        Ok(Self { terms, any_polarity, accuses: false, narrow: false })
    }

    /// The same pattern as a point: a term that names two of a family of synonyms means all of them.
    pub fn widened(mut self) -> Self {
        for term in &mut self.terms {
            let named = |family: &&Vec<Phrase>| {
                family.iter().filter(|phrase| term.phrases.contains(phrase)).take(2).count() == 2
            };
            let kin = families().iter().filter(named).flatten();
            term.kin = kin.filter(|phrase| !term.phrases.contains(phrase)).cloned().collect();
        }
        self
    }

    /// Whether a term of it counts only where it is negated.
    pub fn denies(&self) -> bool {
        self.any_polarity
    }

    /// All stems that the pattern's own words have.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let words = self.terms.iter().flat_map(|t| &t.phrases).flatten();
        words.map(String::as_str).filter(|word| *word != NUMBER)
    }

    /// The same pattern as a misconception: what a sentence is about is not guessed against its author. A
    /// sentence that doesn't go on where the one before ended keeps nothing of that one's subject. And nobody is
    /// accused of a way that he turns down.
    pub fn accusing(self) -> Self {
        Self { accuses: true, narrow: true, ..self }
    }

    /// The same pattern as the contrary of a point: it too holds nothing against an author that he may not have meant,
    /// but what he turns down he has said.
    pub fn contrary(self) -> Self {
        Self { narrow: true, ..self }
    }

    /// Whether the pattern matches in one of the answer's sentences, or in two of which the second goes on
    /// where the first ended.
    pub fn matches(
        &self,
        answer: &[Sentence],
        subject: Option<&str>,
        lexicon: &Lexicon,
        known: &[&str],
    ) -> bool {
        windows(answer, self.narrow)
            .any(|window| !self.found_in(answer, window, subject, lexicon, known).is_empty())
    }

    /// Where the pattern's last term stands, by sentence and word, in each place where the pattern matches.
    pub fn places(
        &self,
        answer: &[Sentence],
        subject: Option<&str>,
        lexicon: &Lexicon,
        known: &[&str],
    ) -> BTreeSet<(usize, usize)> {
        windows(answer, self.narrow)
            .flat_map(|window| self.found_in(answer, window, subject, lexicon, known))
            .map(|hit| (hit.clause.0, hit.start))
            .collect()
    }

    /// What the last term hits within these sentences; nothing unless the whole pattern matches.
    fn found_in(
        &self,
        answer: &[Sentence],
        window: Range<usize>,
        subject: Option<&str>,
        lexicon: &Lexicon,
        known: &[&str],
    ) -> Vec<Hit> {
        let mut before: Vec<Hit> = Vec::new();
        let mut taken: Vec<Hit> = Vec::new();
        let mut bound = subject.is_none();
        for (at, term) in self.terms.iter().enumerate() {
            let mut hits = Vec::new();
            for number in window.clone() {
                if answer[number].question {
                    continue;
                }
                for hit in self.hits(term, answer, number, lexicon, known) {
                    match subject.map(|s| (s, self.bearer(answer, number, hit.start, s, lexicon))) {
                        Some((s, Some(found))) if found == s => bound = true,
                        Some((_, Some(_))) => continue,
                        _ => {}
                    }
                    hits.push(hit);
                }
            }
            if at > 0 {
                hits.retain(|hit| match term.joiner {
                    Joiner::Sentence => true,
                    Joiner::Clause => before.iter().any(|b| b.clause == hit.clause && b.start != hit.start),
                    Joiner::After => before.iter().any(|b| (b.clause.0, b.end) <= (hit.clause.0, hit.start)),
                });
            }
            // The "read" of "read repair" is not a read.
            hits.retain(|hit| !taken.iter().any(|t| t.swallows(hit)));
            if hits.is_empty() {
                return hits;
            }
            taken.extend(&hits);
            before = hits;
        }
        if bound { before } else { Vec::new() }
    }

    fn bearer<'l>(
        &self,
        answer: &[Sentence],
        number: usize,
        at: usize,
        class: &'l str,
        lexicon: &'l Lexicon,
    ) -> Option<&'l str> {
        let before = if self.narrow && !answer[number].linked { 0 } else { number };
        bearer(&answer[..=number], before, at, class, lexicon)
    }

    fn hits(
        &self,
        term: &Term,
        answer: &[Sentence],
        number: usize,
        lexicon: &Lexicon,
        known: &[&str],
    ) -> Vec<Hit> {
        let words = &answer[number].words;
        let mut hits = Vec::new();
        for start in 0..words.len() {
            let phrases = term.phrases.iter().chain(&term.kin);
            let Some(length) = phrases.into_iter().find_map(|phrase| phrase_at(phrase, words, start, known))
            else {
                continue;
            };
            let end = start + length;
            if words[start..end].iter().any(|w| w.refuted || (self.accuses && w.dismissed)) {
                continue;
            }
            // What a phrase denies itself, as in "never happened", it asserts.
            let own = (start..end).find(|&i| NEGATORS.contains(&words[i].written.as_str()));
            let negated = words[start..own.map_or(end, |i| i + 1)].iter().any(|w| w.negated);
            let polarity = negated == term.negated || (self.any_polarity && !term.negated);
            let owned = term
                .class
                .as_deref()
                .is_none_or(|class| self.bearer(answer, number, start, class, lexicon) == Some(class));
            if polarity && owned {
                hits.push(Hit { start, end, clause: (number, words[start].clause) });
            }
        }
        hits
    }
}

/// Each sentence, and each with the next where that goes on where it ended; the lines of a list belong together too,
/// unless somebody is to be accused.
fn windows(answer: &[Sentence], narrow: bool) -> impl Iterator<Item = Range<usize>> {
    (0..answer.len()).flat_map(move |at| {
        let joined = answer.get(at + 1).is_some_and(|s| s.linked || s.continued || (s.listed && !narrow));
        std::iter::once(at..at + 1).chain(joined.then_some(at..at + 2))
    })
}

impl Term {
    fn read(text: &str, joiner: Joiner, lexicon: &Lexicon) -> Result<Self, String> {
        let (text, negated) = match text.strip_prefix("not ") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (text, class) = match text.split_once('@') {
            Some((text, class)) => (text, Some(class.trim().to_string())),
            None => (text, None),
        };
        if let Some(class) = class.as_deref().filter(|class| lexicon.rivals_of(class).is_none()) {
            return Err(format!("`@{class}` names no class that has rivals"));
        }
        let mut phrases = Vec::new();
        for phrase in text.split('|').map(str::trim) {
            match phrase.strip_prefix('$') {
                Some(name) => match lexicon.classes.get(name) {
                    Some(list) => phrases.extend(list.iter().cloned()),
                    None => return Err(format!("`${name}` names no list of words")),
                },
                None => match stems_and_numbers(phrase) {
                    words if words.is_empty() => return Err("a term has no words".into()),
                    words => phrases.push(words),
                },
            }
        }
        // The longest first, so that a phrase wins over its own first word.
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        Ok(Self { joiner, negated, phrases, kin: Vec::new(), class })
    }
}

fn stems_and_numbers(phrase: &str) -> Phrase {
    let mut parts = phrase.split(NUMBER);
    let mut words = parts.next().map(stems).unwrap_or_default();
    for part in parts {
        words.push(NUMBER.into());
        words.extend(stems(part));
    }
    words
}

/// How many words from `at` on make up `phrase`; articles and the like may stand between its words. `known` is sorted.
fn phrase_at(phrase: &[String], words: &[Word], at: usize, known: &[&str]) -> Option<usize> {
    let mut here = at;
    for (number, stem) in phrase.iter().enumerate() {
        while number > 0 && here < words.len() && is_filler(&words[here].written) && words[here].stem != *stem
        {
            here += 1;
        }
        let given = &words.get(here)?.stem;
        let exact = given == stem || (stem == NUMBER && is_number(&words[here].written));
        // A word that the rubric knows by itself is not a misspelling of another.
        if !exact && (!spelled_like(given, stem) || known.binary_search(&given.as_str()).is_ok()) {
            return None;
        }
        here += 1;
    }
    Some(here - at)
}

fn is_filler(word: &str) -> bool {
    matches!(word, "the" | "a" | "an" | "its" | "their" | "that" | "this" | "of" | "very" | "any" | "other")
}

/// How many words, or sentences, a bearer is looked for: nobody follows a subject further, and a hostile answer
/// of one endless sentence must not take long.
const REACH: usize = 40;

/// To which of `class` and its rivals the word at `at` of the last sentence belongs; of the sentences before it
/// the first `before` may tell.
fn bearer<'l>(
    answer: &[Sentence],
    before: usize,
    at: usize,
    class: &'l str,
    lexicon: &'l Lexicon,
) -> Option<&'l str> {
    let rivals = lexicon.rivals_of(class)?;
    let words = &answer.last()?.words;
    let clause = words[at].clause;
    let named = |words: &[Word], i: usize| {
        rivals
            .iter()
            .find(|rival| lexicon.mention(rival, words, i).is_some())
            .map(String::as_str)
            .filter(|_| !words[i].compared)
    };
    let same = |i: &usize| words[*i].clause == clause;
    let after_preposition = (at + 1..words.len())
        .take(2)
        .filter(same)
        .find(|&i| {
            matches!(
                words[i].written.as_str(),
                "on" | "at" | "to" | "by" | "with" | "under" | "from" | "for" | "of"
            )
        })
        .and_then(|p| (p + 1..words.len()).take(4).filter(same).find_map(|i| named(words, i)));
    let here = named(words, at);
    let ahead = || (0..at).rev().take(REACH).filter(same).find_map(|i| named(words, i));
    let after = || (at + 1..words.len()).take(REACH).filter(same).find_map(|i| named(words, i));
    let earlier =
        || (0..at).rev().take(REACH).filter(|i| words[*i].clause < clause).find_map(|i| named(words, i));
    let later = || {
        (at + 1..words.len()).take(REACH).filter(|i| words[*i].clause > clause).find_map(|i| named(words, i))
    };
    let previous = || {
        (0..before).rev().take(REACH).find_map(|n| {
            let words = &answer[n].words;
            (0..words.len()).take(REACH).find_map(|i| named(words, i))
        })
    };
    here.or(after_preposition).or_else(ahead).or_else(after).or_else(earlier).or_else(later).or_else(previous)
}
