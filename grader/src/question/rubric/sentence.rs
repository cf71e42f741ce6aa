//! Sentences: clauses, what is negated, what is asked or refuted rather than asserted.

use super::words::{Token, tokens};

/// A word in its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As written, in lower case.
    pub written: String,
    /// Its stem.
    pub stem: String,
    /// The clause it stands in, counted within the sentence.
    pub clause: usize,
    /// Whether it stands under a negation.
    pub negated: bool,
    /// Whether it is only what something is compared with ("than async", "unlike async").
    pub compared: bool,
    /// Whether it is quoted in order to be refuted ("some say …, but", "… That is wrong.").
    pub refuted: bool,
    /// Whether it belongs to a way that the sentence turns down ("… is not an option", "… would lose an edit").
    pub dismissed: bool,
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// Its words.
    pub words: Vec<Word>,
    /// Whether it ends with a question mark.
    pub question: bool,
    /// Whether it goes on where the sentence before it ended ("So …", "It …").
    pub linked: bool,
    /// The clauses that follow a colon.
    colons: Vec<usize>,
}

const NEGATORS: &[&str] = &[
    "not", "never", "no", "none", "nothing", "nobody", "nor", "neither", "without", "hardly", "barely",
    "zero", "nowhere",
];
/// Verbs that take away what follows them: "prevents loss" says that nothing is lost.
const TAKE_AWAY: &[&str] =
    &["prevent", "avoid", "elimin", "preclud", "fail", "lack", "prohibit", "forbid", "imposs"];
/// Words that narrow a statement, by their stems.
const ONLY: &[&str] = &["onli", "just", "mere", "simpli"];
/// What does "not matter": the question that follows is denied too.
const INDIFFERENT: &[&str] = &["matter", "care", "relev", "interest", "import"];
/// Words that begin another clause.
const CLAUSE_WORDS: &[&str] = &[
    "but", "wherea", "while", "although", "though", "howev", "becaus", "so", "and", "which", "when", "if",
    "then", "therefor", "unless", "until", "befor", "after", "onc", "henc", "thus", "except", "yet",
    "otherwis",
];
const LINKS: &[&str] = &[
    "it",
    "so",
    "then",
    "therefor",
    "thus",
    "this",
    "that",
    "they",
    "henc",
    "and",
    "but",
    "afterward",
    "these",
    "those",
    "otherwis",
    "as",
    "consequ",
    "which",
    "because",
    "becaus",
];
/// Words after which something stands that the sentence is not about.
const COMPARING: &[&str] = &["than", "unlik", "versus", "vs"];
const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "be", "been", "will", "can", "could", "may", "might", "has", "have", "had",
    "get", "gets", "would", "must",
];
const SAYING: &[&str] = &[
    "think", "believ", "claim", "say", "assum", "thought", "said", "suppos", "tempt", "seem", "argu", "heard",
];
const SPEAKERS: &[&str] = &[
    "people",
    "some",
    "many",
    "most",
    "you",
    "one",
    "someone",
    "everyone",
    "everybody",
    "it",
    "they",
    "developers",
    "often",
    "engineers",
    "candidates",
    "others",
];
/// What a way is not, when it is turned down ("is not acceptable", "is no way out", "would not do"), by their stems.
const GOOD: &[&str] = &[
    "option", "accept", "way", "solut", "idea", "good", "choic", "viabl", "suitabl", "enough", "suffici",
    "suffic", "help", "work", "do", "cut", "answer", "great", "practic", "scale",
];
/// What a way would do that is turned down ("would lose one of them"), by their stems.
const HARM: &[&str] = &[
    "lose", "drop", "discard", "wait", "stall", "cost", "leav", "break", "miss", "slow", "overload", "fail",
    "kill", "pay", "overwrit", "ignor", "ruin", "destroy", "throw", "swallow", "hang",
];
const FALSE: &[&str] = &[
    "wrong",
    "fals",
    "myth",
    "mistak",
    "misconcept",
    "incorrect",
    "untru",
    "fallaci",
    "mistaken",
    "mislead",
];

/// Cuts an answer into sentences.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found: Vec<Sentence> = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut all = tokens(text);
    all.push(Token::End(false));
    for token in all {
        if let Token::End(question) = token {
            let sentence = sentence(&current, question);
            current.clear();
            if !sentence.words.is_empty() {
                found.push(sentence);
            }
        } else {
            current.push(token);
        }
    }
    let afterwards: Vec<bool> = found.iter().map(denies_what_went_before).collect();
    for at in 0..found.len() {
        let next_denies = afterwards.get(at + 1).copied().unwrap_or(false);
        let next_contrasts = found.get(at + 1).is_some_and(contrasts);
        let sentence = &mut found[at];
        let quoted = match attributed(sentence) {
            true if next_contrasts => usize::MAX,
            true => contrast_inside(sentence).unwrap_or(0),
            false => 0,
        };
        let denied = if next_denies { usize::MAX } else { denies_itself(sentence).unwrap_or(0) };
        for word in &mut sentence.words {
            word.refuted = word.clause < denied.max(quoted);
        }
    }
    // An answer that is one sentence asserts it, question mark or not.
    if let [only] = found.as_mut_slice() {
        only.question = false;
    }
    found
}

fn sentence(tokens: &[Token], question: bool) -> Sentence {
    let mut words: Vec<Word> = Vec::new();
    let mut colons = Vec::new();
    let mut clause = 0;
    for token in tokens {
        if *token == Token::Colon {
            colons.push(clause + usize::from(words.last().is_some_and(|w| w.clause == clause)));
        }
        match token {
            Token::Word { written, stem } => {
                // "not so fast" goes on; "it waits, so nothing is lost" begins anew.
                let degree = written == "so"
                    && words
                        .last()
                        .is_some_and(|w| w.written == "not" || AUXILIARIES.contains(&w.written.as_str()));
                // "has not yet applied it" is one clause.
                let not_yet = written == "yet" && words.last().is_some_and(|w| w.written == "not");
                let begins = CLAUSE_WORDS.contains(&stem.as_str()) && !degree && !not_yet;
                if begins && words.last().is_some_and(|w| w.clause == clause) {
                    clause += 1;
                }
                words.push(Word {
                    written: written.clone(),
                    stem: stem.clone(),
                    clause,
                    negated: false,
                    compared: false,
                    refuted: false,
                    dismissed: false,
                });
            }
            _ if words.last().is_some_and(|w| w.clause == clause) => clause += 1,
            _ => {}
        }
    }
    mark_negations(&mut words);
    mark_comparisons(&mut words);
    mark_dismissals(&mut words);
    let linked = words.first().is_some_and(|w| LINKS.contains(&w.stem.as_str()));
    Sentence { words, question, linked, colons }
}

fn mark_negations(words: &mut [Word]) {
    for at in 0..words.len() {
        if !NEGATORS.contains(&words[at].written.as_str()) {
            continue;
        }
        if harmless(words, at) {
            // "not only the network" denies the "only".
            if words[at].stem == "not"
                && let Some(word) = words.get_mut(at + 1).filter(|w| ONLY.contains(&w.stem.as_str()))
            {
                word.negated = true;
            }
            continue;
        }
        let clause = words[at].clause;
        let objects = ["nothing", "none", "nobody", "no", "zero", "nowhere"];
        if objects.contains(&words[at].written.as_str()) && !is_subject(words, at) {
            negate_the_verb_before(words, at);
        }
        // "without" turns a negation round: "never answers without waiting" waits.
        let turn = words[at].stem == "without" && words[at].negated;
        let end = end_of_relative(words, at).min(where_another_subject_begins(words, at));
        for word in words[at + 1..end].iter_mut().take_while(|w| w.clause == clause) {
            word.negated = !turn;
        }
    }
    for at in 1..words.len() {
        // "It does not matter which replica served it" says nothing of a replica.
        let asked = matches!(words[at].written.as_str(), "which" | "who" | "how" | "whether" | "when" | "if");
        if asked && words[at - 1].negated && INDIFFERENT.contains(&words[at - 1].stem.as_str()) {
            let clause = words[at].clause;
            for word in words[at..].iter_mut().take_while(|w| w.clause == clause) {
                word.negated = true;
            }
        }
    }
    for at in 0..words.len() {
        if takes_away(words, at) {
            let clause = words[at].clause;
            let turned = !words[at].negated;
            // "avoids conflicts by Raft" takes nothing from Raft.
            let means = |w: &Word| matches!(w.written.as_str(), "by" | "through" | "via" | "with" | "using");
            for word in words.iter_mut().skip(at + 1).take_while(|w| w.clause == clause && !means(w)) {
                word.negated = turned;
            }
        }
    }
    for at in 1..words.len() {
        if matches!(words[at].stem.as_str(), "unless" | "except") {
            let clause = words[at].clause;
            for word in words.iter_mut().filter(|w| w.clause + 1 == clause) {
                word.negated = false;
            }
        }
    }
}

/// Where the relative clause of a negation ends: "what was not sent | is lost".
fn end_of_relative(words: &[Word], at: usize) -> usize {
    let relative = at >= 2
        && AUXILIARIES.contains(&words[at - 1].written.as_str())
        && matches!(words[at - 2].written.as_str(), "what" | "whatever" | "that" | "which" | "who");
    let finite = |w: &Word| {
        matches!(
            w.written.as_str(),
            "is" | "are" | "was" | "were" | "will" | "can" | "may" | "might" | "gets"
        )
    };
    let main_verb = || (at + 2..words.len()).find(|&i| finite(&words[i]));
    if relative { main_verb().unwrap_or(words.len()) } else { words.len() }
}

/// "Without that we would write …", "if no answer comes it sends …": what is denied ends where a pronoun begins a
/// statement of its own, though no comma stands there.
fn where_another_subject_begins(words: &[Word], at: usize) -> usize {
    let opens = at == 0 || words[at - 1].clause < words[at].clause || words[at - 1].written == "if";
    if !opens || !matches!(words[at].written.as_str(), "no" | "without") {
        return words.len();
    }
    let pronoun = |w: &Word| matches!(w.written.as_str(), "we" | "i" | "you" | "they" | "it" | "he" | "she");
    (at + 2..words.len()).find(|&i| pronoun(&words[i]) && i + 1 < words.len()).unwrap_or(words.len())
}

/// "not only", "no doubt", "whether or not", "no later than": nothing is denied.
fn harmless(words: &[Word], at: usize) -> bool {
    let next = words.get(at + 1).map_or("", |w| w.stem.as_str());
    let before = at.checked_sub(1).map_or("", |b| words[b].stem.as_str());
    match words[at].stem.as_str() {
        "not" => ONLY.contains(&next) || before == "or",
        "no" => matches!(next, "doubt" | "matter" | "later" | "earlier" | "less"),
        // A value, not a negation: "below zero", "RPO zero".
        "zero" => matches!(before, "below" | "abov" | "under" | "than" | "to" | "rpo" | "is" | "stay" | "at"),
        _ => false,
    }
}

/// Whether the negator at `at` opens a statement of its own ("if the leader dies no data is lost").
fn is_subject(words: &[Word], at: usize) -> bool {
    let clause = words[at].clause;
    words[at + 1..]
        .iter()
        .take_while(|w| w.clause == clause)
        .any(|w| AUXILIARIES.contains(&w.written.as_str()))
}

/// "loses nothing", "waits for nobody".
fn negate_the_verb_before(words: &mut [Word], at: usize) {
    let clause = words[at].clause;
    let verb = (0..at).rev().take_while(|&i| words[i].clause == clause).find(|&i| {
        !matches!(words[i].written.as_str(), "for" | "to" | "on" | "by" | "at" | "with" | "from" | "if")
    });
    if let Some(verb) = verb {
        words[verb].negated = true;
    }
}

fn takes_away(words: &[Word], at: usize) -> bool {
    let stem = words[at].stem.as_str();
    let next = words.get(at + 1).map_or("", |w| w.stem.as_str());
    match stem {
        "rule" => next == "out",
        "instead" => next == "of",
        "rather" => next == "than",
        // "the leader fails, …" takes nothing away; "fails to wait" does.
        "fail" => next == "to",
        _ => TAKE_AWAY.contains(&stem),
    }
}

fn mark_comparisons(words: &mut [Word]) {
    for at in 0..words.len() {
        let pair = matches!(
            (words[at].stem.as_str(), words.get(at + 1).map_or("", |w| w.stem.as_str())),
            ("instead", "of") | ("compar", "to" | "with") | ("contrast", "to") | ("oppos", "to")
        );
        if pair || COMPARING.contains(&words[at].stem.as_str()) {
            let clause = words[at].clause;
            for word in words.iter_mut().skip(at + 1).take_while(|w| w.clause == clause).take(4) {
                word.compared = true;
            }
        }
    }
}

/// "Locks are not an option", "all of them synchronous would not do": what stands before the negation is turned
/// down. "One lock for all would cost an ocean": so is all of the clause.
fn mark_dismissals(words: &mut [Word]) {
    let own_plan =
        |w: &Word| matches!(w.written.as_str(), "i" | "we" | "you" | "one" | "they" | "and" | "then");
    for at in 1..words.len() {
        let clause = words[at].clause;
        let ahead = |far: usize, stems: &[&str]| {
            let rest = words[at + 1..].iter().take(far).take_while(|w| w.clause == clause);
            rest.into_iter().any(|w| stems.contains(&w.stem.as_str()))
        };
        let denies = matches!(words[at].written.as_str(), "not" | "no" | "never" | "hardly");
        let turned_down = denies && !harmless(words, at) && ahead(4, GOOD);
        let would = words[at].written == "would"
            && !own_plan(&words[at - 1])
            && (ahead(5, HARM) || words.get(at + 1).is_some_and(|w| w.written == "not"));
        // "… would not be live and would leave the rest to you": the second says it of the same.
        let goes_on = words[at].written == "would"
            && words[at - 1].written == "and"
            && at >= 2
            && words[at - 2].dismissed;
        if would || goes_on || turned_down {
            words[..at].iter_mut().rev().take_while(|w| w.clause == clause).for_each(|w| w.dismissed = true);
        }
        if would || goes_on {
            words[at..].iter_mut().take_while(|w| w.clause == clause).for_each(|w| w.dismissed = true);
        }
    }
}

/// "Some say that …", "you might think that …", "some would …": what others hold, not what a client or a node does.
fn attributed(sentence: &Sentence) -> bool {
    let words = &sentence.words;
    let opening: Vec<&str> = words.iter().take(2).map(|w| w.written.as_str()).collect();
    if matches!(opening.as_slice(), ["some" | "people" | "many" | "others", "would" | "might"]) {
        return true;
    }
    words.iter().enumerate().any(|(at, word)| {
        SAYING.contains(&word.stem.as_str())
            && !word.negated
            && words[..at].iter().any(|w| w.clause == word.clause && SPEAKERS.contains(&w.written.as_str()))
    })
}

/// Before which clause a sentence denies what it says itself: "It is wrong that …", "…, which is a myth", "the myth
/// that …", "it is not true that …", "“…” is misleading, since …", "…, so I don't", "…, so I don't do that".
fn denies_itself(sentence: &Sentence) -> Option<usize> {
    let words = &sentence.words;
    let starts_clause = |at: usize| at == 0 || words[at - 1].clause < words[at].clause;
    let ends_in_not = |far: usize| words.iter().rev().take(far).any(|w| w.written == "not");
    let that =
        words.last().is_some_and(|w| matches!(w.written.as_str(), "it" | "that" | "this" | "them" | "so"));
    if ends_in_not(1) || (that && ends_in_not(3)) {
        let clause = words[words.len() - 1].clause;
        let opening = words.iter().find(|w| w.clause == clause).map_or("", |w| w.written.as_str());
        let speaker = words.iter().any(|w| w.clause == clause && matches!(w.written.as_str(), "i" | "we"));
        if speaker && matches!(opening, "so" | "but" | "therefore" | "hence" | "thus") {
            return Some(clause);
        }
    }
    words.iter().enumerate().find_map(|(at, word)| {
        let rejected = FALSE.contains(&word.stem.as_str()) && !word.negated
            || (matches!(word.stem.as_str(), "true" | "case" | "correct" | "right") && word.negated);
        if !rejected {
            return None;
        }
        let next = words.get(at + 1).map_or("", |w| w.written.as_str());
        let opens =
            words[..at].iter().enumerate().rev().take(5).any(|(i, w)| {
                starts_clause(i) && matches!(w.written.as_str(), "it" | "that" | "this" | "which")
            });
        let ends = at + 1 == words.len();
        let all = starts_clause(at)
            || matches!(next, "that" | "to")
            || (opens && ends)
            || matches!(word.stem.as_str(), "myth" | "misconcept" | "fallaci" | "untru");
        if all {
            // "It is a myth that …: in truth …" denies what stands before the colon.
            let turn = sentence
                .colons
                .iter()
                .find(|&&colon| words.iter().skip(at + 1).take_while(|w| w.clause < colon).count() >= 3);
            return Some(turn.copied().unwrap_or(usize::MAX));
        }
        let quoted = words[..at].iter().enumerate().rev().take(3).any(|(i, w)| {
            i > 0 && starts_clause(i) && w.clause == word.clause && matches!(w.written.as_str(), "is" | "are")
        });
        quoted.then_some(word.clause)
    })
}

/// "That is wrong.", "No, …", "Not true.", "Wrong."
fn denies_what_went_before(sentence: &Sentence) -> bool {
    let words = &sentence.words;
    let first = words.first().map_or("", |w| w.written.as_str());
    let second = words.get(1);
    let lone = first == "no" && second.is_none_or(|w| w.clause > 0);
    let wrong = FALSE.contains(&words[0].stem.as_str()) && words.len() <= 3;
    let untrue =
        first == "not" && second.is_some_and(|w| matches!(w.written.as_str(), "true" | "so" | "quite"));
    let short_denial = matches!(first, "that" | "this" | "it" | "which")
        && words.iter().enumerate().take(7).any(|(at, w)| {
            let next = words.get(at + 1);
            let about_the_rest = next.is_some_and(|n| matches!(n.written.as_str(), "that" | "to"));
            let ends = next.is_none_or(|n| n.clause > w.clause);
            (FALSE.contains(&w.stem.as_str()) && !w.negated && !about_the_rest)
                || (matches!(w.written.as_str(), "true" | "so" | "case" | "right" | "correct")
                    && w.negated
                    && ends)
        });
    lone || wrong || untrue || (short_denial && words.len() <= 9)
}

fn contrasts(sentence: &Sentence) -> bool {
    let opening: Vec<&str> = sentence.words.iter().take(2).map(|w| w.stem.as_str()).collect();
    matches!(
        opening.as_slice(),
        ["but" | "howev" | "yet" | "actual" | "realli", ..] | ["in", "fact" | "realiti"]
    )
}

/// The clause in which a sentence turns against what it quoted.
fn contrast_inside(sentence: &Sentence) -> Option<usize> {
    let turn = |w: &&Word| matches!(w.stem.as_str(), "but" | "howev" | "yet" | "actual");
    sentence.words.iter().find(turn).map(|w| w.clause)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences with negated words in capitals, refuted ones between tildes, clauses parted by a bar.
    fn drawn(text: &str) -> Vec<String> {
        sentences(text)
            .iter()
            .map(|s| {
                let mut line = String::new();
                for (at, word) in s.words.iter().enumerate() {
                    if at > 0 {
                        line.push_str(if s.words[at - 1].clause < word.clause { " | " } else { " " });
                    }
                    let written =
                        if word.negated { word.written.to_uppercase() } else { word.written.clone() };
                    line.push_str(&if word.refuted { format!("~{written}~") } else { written });
                }
                let marks = [(s.question, " ?"), (s.linked, " (linked)")];
                marks.iter().filter(|(on, _)| *on).for_each(|(_, mark)| line.push_str(mark));
                line
            })
            .collect()
    }

    #[test]
    fn negation_reaches_as_far_as_its_clause() {
        insta::assert_snapshot!(drawn(
            "Sync does not lose writes, async does. It loses nothing and blocks. \
             If the leader dies no data is lost. It doesn't return before the follower confirmed. \
             It never answers without waiting. It prevents two leaders. It does not prevent two leaders. \
             Async never loses unless the leader dies. It waits not only for one. The leader fails and it waits. \
             It has not yet applied it. It leads, yet it lags. \
             What was not sent is lost. Writes that have not been sent are lost. It is not certain that it is lost. \
             It is not just the network. It does not matter which replica served it."
        )
        .join("\n"));
    }

    #[test]
    fn a_denial_ends_where_a_pronoun_begins_another_statement() {
        insta::assert_snapshot!(
            drawn("Without that split we would write it. If no answer comes it sends the message again.").join("\n"),
            @r"
        without THAT SPLIT we would write it
        if no ANSWER COMES it sends the message again
        "
        );
    }

    #[test]
    fn zero_is_a_value_after_a_comparison() {
        insta::assert_snapshot!(
            drawn("The balance goes below zero. Zero writes are lost. The RPO is zero for a zone.").join("\n"),
            @r"
        the balance goes below zero
        zero WRITES ARE LOST
        the rpo is zero for a zone
        "
        );
    }

    #[test]
    fn what_is_refuted_or_asked_is_not_asserted() {
        insta::assert_snapshot!(
            drawn(
                "Sync reads are always fresh. That is wrong. It is a myth that followers are fresh. \
             People think sync is fresh, but it is durable. Some believe it is fresh. In fact it is not. \
             Is it fresh? The read returns the wrong value. I think it is fresh but slow. \
             A read that is wrong once may be right later. Sync waits. It is a myth that async is safe. \
             The client thinks the write is safe, but it can be lost. It is not so fast as async. \
             Some would go back, but that loses writes. Some would go back. \
             It is a myth that async is safe: if the leader dies, it loses writes. \
             \"Pick two\" is misleading, since networks break. Waiting for all costs an ocean, so I don't. \
             One global lock makes all wait, so we won't do that."
            )
            .join("\n")
        );
    }

    #[test]
    fn a_way_that_is_turned_down_is_known() {
        let turned_down = |text: &str| {
            let words = |s: &Sentence| {
                s.words
                    .iter()
                    .filter(|w| w.dismissed)
                    .map(|w| w.written.clone())
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            sentences(text).iter().map(words).collect::<Vec<_>>().join(" | ")
        };
        for (text, expected) in [
            ("Locking paragraphs isn't an option, edits are merged.", "locking paragraphs is"),
            ("Making all of them synchronous is no way out.", "making all of them synchronous is"),
            (
                "Cassandra for everything would not do: names are unique.",
                "cassandra for everything would not do",
            ),
            ("Last write wins would lose an edit, so we merge.", "last write wins would lose an edit"),
            (
                "A merge on save would not be live and would leave conflicts to users.",
                "a merge on save would not be live and would leave conflicts to users",
            ),
            ("I would lose the lock. We would not merge.", " | "),
            ("Sticky sessions would be enough. They work. It is not only an option.", " |  | "),
            ("It does not matter, and no lag is left.", ""),
        ] {
            assert_eq!(turned_down(text), expected, "{text}");
        }
    }
}
