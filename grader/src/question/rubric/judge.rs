//! From an answer to its points, its misconceptions, and its standing.

use std::collections::BTreeSet;

use serde::Serialize;

use super::pattern::{Lexicon, Pattern, stems};
use super::sentence::{Sentence, Word, sentences};
use super::words::is_number;
use super::{Point, Rubric};

/// How an answer stands against its rubric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Every required point, no misconception.
    Right,
    /// At least half of the required points, no misconception.
    Partial,
    /// Too few points, or a misconception.
    Wrong,
    /// Nothing to judge.
    None(NoAnswer),
}

/// Why a text is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoAnswer {
    /// It has no words.
    Empty,
    /// It has a word or two, and no point among them.
    Tiny,
    /// It is a list of terms without a statement.
    Heap,
    /// It repeats the question.
    Repeats,
    /// It is on another subject.
    OffSubject,
}

impl NoAnswer {
    /// What to tell whoever wrote it.
    pub fn kindly(self) -> &'static str {
        match self {
            Self::Empty => "There is nothing to read yet. A sentence or two is enough; a guess is welcome.",
            Self::Tiny => "That is very short. Say it in a sentence: what happens, and why.",
            Self::Heap => {
                "You have words of the subject here, side by side. Join them: a sentence that says what does what to what."
            }
            Self::Repeats => {
                "That is the question again. Say what you think the answer is, even if you are unsure."
            }
            Self::OffSubject => {
                "I can't find anything about this subject in what you wrote. Read the question again, and use its words."
            }
        }
    }
}

/// A point of the rubric, and whether the answer makes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The point's short name.
    pub id: String,
    /// The point as a sentence.
    pub says: String,
    /// Whether the answer makes it.
    pub present: bool,
    /// Whether it was welcome and not required.
    pub bonus: bool,
}

/// What a rubric found in an answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// How the answer stands.
    pub standing: Standing,
    /// How many of the required points are there.
    pub have: usize,
    /// How many are required.
    pub required: usize,
    /// Each point.
    pub points: Vec<Found>,
    /// What to say to the misconceptions in it.
    pub misconceptions: Vec<String>,
}

/// A rubric whose patterns were read.
pub(super) struct Prepared<'r> {
    rubric: &'r Rubric,
    lexicon: Lexicon,
    points: Vec<Vec<Pattern>>,
    contraries: Vec<Vec<Pattern>>,
    misconceptions: Vec<Vec<Pattern>>,
    vocabulary: Vec<String>,
}

impl<'r> Prepared<'r> {
    /// Reads the patterns.
    ///
    /// # Errors
    /// A sentence for each that can't be read.
    pub fn new(rubric: &'r Rubric) -> Result<Self, Vec<String>> {
        let lexicon = Lexicon::new(&rubric.words, &rubric.rivals);
        let mut faults = Vec::new();
        let mut read = |owner: &str, forms: &[String]| -> Vec<Pattern> {
            forms
                .iter()
                .filter_map(|form| {
                    Pattern::read(form, &lexicon)
                        .map_err(|fault| faults.push(format!("{owner}: the form `{form}`: {fault}")))
                        .ok()
                })
                .collect()
        };
        let points: Vec<_> =
            rubric.points.iter().map(|p| read(&format!("point `{}`", p.id), &p.forms)).collect();
        let points: Vec<Vec<Pattern>> = points
            .into_iter()
            .map(|forms: Vec<Pattern>| forms.into_iter().map(Pattern::widened).collect())
            .collect();
        let contraries: Vec<Vec<Pattern>> = rubric
            .points
            .iter()
            .map(|p| {
                let patterns = read(&format!("the contrary of point `{}`", p.id), &p.unless);
                patterns.into_iter().map(Pattern::contrary).collect()
            })
            .collect();
        let misconceptions: Vec<Vec<Pattern>> = rubric
            .misconceptions
            .iter()
            .enumerate()
            .map(|(number, m)| {
                let patterns = read(&format!("misconception {}", number + 1), &m.forms);
                patterns.into_iter().map(Pattern::accusing).collect()
            })
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut vocabulary: Vec<String> = points
            .iter()
            .chain(&misconceptions)
            .flatten()
            .flat_map(Pattern::stems)
            .chain(lexicon.stems())
            .map(str::to_string)
            .chain(rubric.topic.iter().flat_map(|word| stems(word)))
            .collect();
        vocabulary.sort();
        vocabulary.dedup();
        Ok(Self { rubric, lexicon, points, contraries, misconceptions, vocabulary })
    }

    /// Judges an answer to `prompt`.
    pub fn judge(&self, answer: &str, prompt: &str) -> Judgement {
        let sentences = sentences(&super::lines::joined(answer));
        let known: Vec<&str> = self.vocabulary.iter().map(String::as_str).collect();
        let mut saying = sentences.clone();
        saying.iter_mut().for_each(|sentence| sentence.question &= !self.rubric.asked);
        let says = |sentences: &[Sentence], patterns: &[Pattern], subject: Option<&str>| {
            patterns.iter().any(|p| p.matches(sentences, subject, &self.lexicon, &known))
        };
        let says_often = |patterns: &[Pattern], subject: Option<&str>| {
            let places = patterns.iter().flat_map(|p| p.places(&saying, subject, &self.lexicon, &known));
            places.collect::<BTreeSet<_>>().len()
        };
        let contrary: Vec<bool> = self.contraries.iter().map(|c| says(&sentences, c, None)).collect();
        let mut points: Vec<Found> = self
            .rubric
            .points
            .iter()
            .zip(&self.points)
            .zip(&contrary)
            .map(|((point, patterns), contrary)| Found {
                id: point.id.clone(),
                says: point.says.clone(),
                present: !contrary
                    && match point.times {
                        0 | 1 => says(&saying, patterns, point.subject.as_deref()),
                        times => says_often(patterns, point.subject.as_deref()) >= times,
                    },
                bonus: point.bonus,
            })
            .collect();
        for (at, point) in self.rubric.points.iter().enumerate() {
            points[at].present |= !contrary[at] && implied(point, &points);
        }
        let misconceptions: Vec<String> = self
            .rubric
            .misconceptions
            .iter()
            .zip(&self.misconceptions)
            .filter(|(m, patterns)| says(&sentences, patterns, m.subject.as_deref()))
            .map(|(m, _)| m.why.clone())
            .collect();
        let (have, required) = self.count(&points);
        // A misconception is weak where it stands in a clause that denies something.
        let accused = self.rubric.misconceptions.iter().zip(&self.misconceptions);
        let plain = accused.filter(|(m, _)| misconceptions.contains(&m.why)).any(|(m, patterns)| {
            patterns.iter().any(|p| {
                let places = p.places(&sentences, m.subject.as_deref(), &self.lexicon, &known);
                places.iter().any(|&(number, word)| p.denies() || !sentences[number].denies_around(word))
            })
        });
        let standing = match self.no_answer(
            answer,
            &sentences,
            prompt,
            have > 0 || !misconceptions.is_empty(),
            have == required,
        ) {
            Some(reason) => Standing::None(reason),
            // Who makes every point, and says something wrong among what is denied, is not failed for it.
            None if !misconceptions.is_empty() && (have < required || plain) => Standing::Wrong,
            None if !misconceptions.is_empty() => Standing::Partial,
            None if is_hollow(&sentences) => Standing::Wrong,
            None if have == required => Standing::Right,
            None if 2 * have >= required => Standing::Partial,
            None => Standing::Wrong,
        };
        Judgement { standing, have, required, points, misconceptions }
    }

    /// How many required points are there, and how many are required.
    fn count(&self, points: &[Found]) -> (usize, usize) {
        if self.rubric.needs.is_empty() {
            let required = points.iter().filter(|p| !p.bonus);
            return (required.clone().filter(|p| p.present).count(), required.count());
        }
        self.rubric.needs.iter().fold((0, 0), |(have, required), need| {
            let present = points.iter().filter(|p| p.present && need.of.contains(&p.id)).count();
            (have + present.min(need.count), required + need.count)
        })
    }

    fn no_answer(
        &self,
        text: &str,
        answer: &[Sentence],
        prompt: &str,
        says_something: bool,
        complete: bool,
    ) -> Option<NoAnswer> {
        let words: Vec<(&str, &str)> =
            answer.iter().flat_map(|s| &s.words).map(|w| (w.written.as_str(), w.stem.as_str())).collect();
        let content: Vec<&str> =
            words.iter().filter(|(written, _)| !is_function_word(written)).map(|(_, stem)| *stem).collect();
        if words.is_empty() {
            return Some(NoAnswer::Empty);
        }
        if !complete && repeats(&words, &content, prompt) {
            return Some(NoAnswer::Repeats);
        }
        let on_subject =
            content.iter().any(|stem| !EVERYDAY.contains(stem) && self.vocabulary.iter().any(|v| v == stem));
        if is_heap(text, answer) {
            return Some(if on_subject { NoAnswer::Heap } else { NoAnswer::OffSubject });
        }
        if says_something {
            return None;
        }
        if content.len() < 3 {
            return Some(NoAnswer::Tiny);
        }
        (!on_subject).then_some(NoAnswer::OffSubject)
    }
}

fn implied(point: &Point, found: &[Found]) -> bool {
    let present = |id: &String| found.iter().any(|f| f.id == *id && f.present);
    !point.implied_by.is_empty() && point.implied_by.iter().all(present)
}

/// Whether nearly all of an answer's content is the question's: in the question's order, or with hardly a word of its own.
fn repeats(words: &[(&str, &str)], content: &[&str], prompt: &str) -> bool {
    let asked = stems(prompt);
    if asked.is_empty() || content.len() < 3 {
        return false;
    }
    let is_asked = |stem: &&&str| asked.iter().any(|a| a == **stem);
    let shared = content.iter().filter(is_asked).count();
    let pairs: Vec<(&str, &str)> = words.windows(2).map(|pair| (pair[0].1, pair[1].1)).collect();
    let kept = pairs.iter().filter(|(a, b)| asked.windows(2).any(|w| w[0] == *a && w[1] == *b)).count();
    if shared * 10 >= content.len() * 9 && kept * 10 >= pairs.len() * 6 {
        return true;
    }
    // "Somebody takes the writes, and something happens when that machine dies."
    let telling: Vec<&&str> = content.iter().filter(|stem| !VAGUE.contains(*stem)).collect();
    let shared = telling.iter().filter(|stem| is_asked(stem)).count();
    let own: BTreeSet<&&&str> = telling.iter().filter(|stem| !is_asked(stem)).collect();
    let leaves_blanks = content.iter().any(|stem| BLANK.contains(stem));
    match leaves_blanks {
        true => {
            own.len() <= 2 + telling.len() / 12 && telling.len() >= 4 && shared * 100 >= telling.len() * 75
        }
        false => {
            own.len() <= 1 + telling.len() / 14 && telling.len() >= 11 && shared * 100 >= telling.len() * 80
        }
    }
}

/// Whether an answer is a list of terms: hardly a word in it that joins others, and short pieces or long runs.
fn is_heap(text: &str, answer: &[Sentence]) -> bool {
    // The numbers of a numbered list are no pieces: "1. The leader waits."
    let sentences: Vec<&Sentence> = answer.iter().filter(|s| !is_list_number(s)).collect();
    let words: Vec<&str> = sentences.iter().flat_map(|s| &s.words).map(|w| w.written.as_str()).collect();
    let formulas = words.iter().filter(|w| w.contains('>') || w.contains('=')).count();
    let joins = words.iter().filter(|w| JOINING.contains(w) || STATING.contains(w)).count();
    // An answer's own words without those that join them: "Read repair acts a key read and nobody read the key."
    let least = if words.len() < 28 { 5 } else { 7 };
    if words.len() >= 18 && joins * 100 < words.len() * least && formulas == 0 {
        return true;
    }
    if is_note(text, answer) {
        return false;
    }
    let answer = sentences;
    // A short sentence may do without such words: "Read repair needs a read."
    let short = words.len() < 7;
    if words.len() < 5 || (formulas > 0 && short) {
        return false;
    }
    let stating = words.iter().filter(|w| STATING.contains(w)).count();
    // "cannot" is one word, and "append-only" a term.
    let part_of_a_term = words
        .windows(2)
        .filter(|pair| matches!(pair, ["can", "not"] | ["append" | "read" | "write", "only"]))
        .count();
    let joining = stating + words.iter().filter(|w| JOINING.contains(w)).count() - part_of_a_term;
    let articles = words.iter().filter(|w| ARTICLES.contains(w)).count();
    // The slots of {A:2, B:1} are no pieces either.
    let clauses: usize = answer.iter().map(|s| clauses_with_words(s)).sum();
    // One word each, or many without a single one that joins them.
    let glue = words
        .iter()
        .filter(|w| JOINING.contains(w) || ARTICLES.contains(w) || matches!(**w, "and" | "or"))
        .count();
    if (clauses >= 6 && words.len() * 10 <= clauses * 12)
        || (words.len() >= 11 && glue * 100 < words.len() * 5)
    {
        return true;
    }
    // Terms with commas between them, whatever their other words.
    if clauses >= 4 && words.len() * 2 < clauses * 3 && stating * 10 <= words.len() {
        return true;
    }
    let short_pieces = clauses >= 4 && words.len() * 2 <= clauses * 5;
    // Instructions join little and name their objects: "Fence the old leader and raise the counter."
    let bare = joining * 100 < words.len() * 10 && (joining + articles) * 100 < words.len() * 15;
    (!short && bare) || (short_pieces && joining * 100 < words.len() * 20)
}

/// Whether an answer is a note in short pieces that say something: a list of lines, sentences in telegram style ("Sync:
/// ack after the follower has it. Async: at once."), or what is laid out as "this = that" and "this: that".
fn is_note(text: &str, answer: &[Sentence]) -> bool {
    let count = |sentences: &[&Sentence]| sentences.iter().map(|s| s.words.len()).sum::<usize>();
    let all: Vec<&Sentence> = answer.iter().collect();
    let joins = |w: &&Word| JOINING.contains(&w.written.as_str()) || ARTICLES.contains(&w.written.as_str());
    let joints = answer.iter().flat_map(|s| &s.words).filter(joins).count();
    if joints * 100 < count(&all) * 5 {
        return false;
    }
    let lines = answer.iter().filter(|s| s.listed).count();
    if lines >= 3 && count(&all) >= 8 * (lines + 1) {
        return true;
    }
    let laid_out: usize = [": ", " = ", "->", "→"].iter().map(|mark| text.matches(mark).count()).sum();
    if laid_out >= 2 && joints >= 2 && joints * 100 >= count(&all) * 8 {
        return true;
    }
    let told: Vec<&Sentence> =
        answer.iter().filter(|s| s.words.len() >= 4 && s.words.iter().any(|w| joins(&w))).collect();
    let pieces: usize = told.iter().map(|s| s.words.last().map_or(0, |w| w.clause + 1)).sum();
    told.len() >= 2 && told.len() * 3 >= answer.len() * 2 && count(&told) * 2 >= pieces * 5
}

/// How many clauses of a sentence have a word of more than one letter that is no number.
fn clauses_with_words(sentence: &Sentence) -> usize {
    let told = sentence.words.iter().filter(|w| w.written.len() > 1 && !is_number(&w.written));
    told.map(|w| w.clause).collect::<BTreeSet<_>>().len()
}

/// Whether an answer praises what it would do and does not say it: "proven methods, suitably chosen".
fn is_hollow(answer: &[Sentence]) -> bool {
    let words: Vec<&str> = answer.iter().flat_map(|s| &s.words).map(|w| w.stem.as_str()).collect();
    let praise = words.iter().filter(|stem| PRAISE.contains(stem)).count();
    praise >= 4 && praise * 100 >= words.len() * 6
}

fn is_list_number(sentence: &Sentence) -> bool {
    matches!(sentence.words.as_slice(), [only] if is_number(&only.written))
}

fn is_function_word(word: &str) -> bool {
    JOINING.contains(&word)
        || PERSONS.contains(&word)
        || matches!(word, "the" | "a" | "an" | "and" | "or" | "yes" | "there" | "also" | "very")
}

/// Stems that patterns may need and that tell nothing about a subject.
const EVERYDAY: &[&str] = &[
    "make", "need", "use", "say", "take", "go", "put", "give", "keep", "do", "let", "see", "look", "come",
    "live", "stand", "sit", "run", "tri", "set", "add", "move", "wait", "begin", "start", "stop", "end",
    "open", "small", "larg", "big", "new", "old", "good", "long", "short", "high", "much", "mani", "few",
    "lot", "less", "most", "first", "second", "last", "two", "three", "four", "five", "ten", "hour", "minut",
    "day", "time", "way", "place", "home", "peopl", "row", "page", "door", "hous", "just", "alway",
    "through", "over", "out", "off", "near", "behind", "far", "same", "own", "them", "if", "my", "grow",
    "share",
];

/// Stems that stand for an answer without being one.
const VAGUE: &[&str] = &[
    "someth", "somebodi", "someon", "somewher", "somehow", "some", "certain", "thing", "way", "likewis",
    "case", "mean", "happen", "els", "right", "reason",
];
/// Stems of words that praise.
const PRAISE: &[&str] = &[
    "suitabl",
    "appropri",
    "proven",
    "modern",
    "smart",
    "intellig",
    "seamless",
    "seamlessli",
    "robust",
    "scalabl",
    "reliabl",
    "care",
    "excel",
    "serious",
    "experi",
    "effici",
    "optim",
    "sensibl",
    "resili",
    "import",
    "best",
    "advanc",
    "smooth",
    "properli",
    "enterpris",
    "good",
    "easili",
    "flexibl",
    "proper",
    "holist",
];
const BLANK: &[&str] = &["someth", "somebodi", "someon", "somewher", "somehow"];

const PERSONS: &[&str] = &["i", "we", "you", "she", "he", "her", "his", "my", "your", "our"];

const ARTICLES: &[&str] = &["the", "a", "an"];

/// Words of statements, most of them forms that only verbs have: whoever heaps up terms writes none.
const STATING: &[&str] = &[
    "use",
    "uses",
    "used",
    "waits",
    "loses",
    "keeps",
    "sends",
    "merges",
    "avoids",
    "sees",
    "runs",
    "takes",
    "makes",
    "gives",
    "needs",
    "goes",
    "comes",
    "tells",
    "says",
    "means",
    "elects",
    "agrees",
    "serves",
    "confirms",
    "happens",
    "becomes",
    "stays",
    "refuses",
    "reorders",
    "converges",
    "diverges",
    "accepts",
    "applies",
    "promotes",
    "prevents",
    "costs",
    "ships",
    "during",
    "maybe",
    "perhaps",
];

/// Words that join others into a statement; articles and "and" do not.
const JOINING: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "being", "has", "have", "had", "does", "do", "did", "can",
    "could", "may", "might", "will", "would", "should", "must", "not", "never", "no", "nothing", "of", "in",
    "on", "at", "to", "for", "from", "by", "with", "without", "into", "onto", "as", "than", "that", "which",
    "who", "what", "it", "its", "they", "them", "their", "this", "these", "those", "when", "while", "where",
    "if", "until", "before", "after", "because", "so", "but", "then", "about", "between", "only", "back",
    "each", "every", "any", "all", "both", "more", "even", "once", "unless", "whether", "how", "why",
    "again", "up", "get", "gets", "one", "another", "other", "still", "via", "per", "through", "across",
    "within", "against", "since", "else", "instead", "beyond", "above", "below",
];
