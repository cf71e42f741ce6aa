//! Sentences: clauses, what is negated, what is asked or refuted rather than asserted.

use std::ops::Range;

use super::denial;
use super::words::{Mark, Token, tokens};

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
    /// Whether it belongs to the one before: a line of a list after another line, or what follows a semicolon.
    pub listed: bool,
    /// Whether it follows a semicolon: it goes on where the one before ended.
    pub continued: bool,
    /// The clauses that follow a colon.
    pub(super) colons: Vec<usize>,
}

impl Sentence {
    /// Whether something is denied in the clause of the word at `at`.
    pub fn denies_around(&self, at: usize) -> bool {
        let clause = self.words[at].clause;
        self.words.iter().any(|w| w.clause == clause && NEGATORS.contains(&w.written.as_str()))
    }
}

pub(super) const NEGATORS: &[&str] = &[
    "not", "never", "no", "none", "nothing", "nobody", "nor", "neither", "without", "hardly", "barely",
    "zero", "nowhere",
];
/// Verbs that take away what follows them: "prevents loss" says that nothing is lost.
const TAKE_AWAY: &[&str] =
    &["prevent", "avoid", "elimin", "preclud", "fail", "lack", "prohibit", "forbid", "imposs"];
/// Who may be without something and act all the same.
const HOLDERS: &[&str] = &[
    "phone", "devic", "node", "client", "server", "follower", "machin", "side", "user", "member", "system",
    "region",
];
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
    "its",
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
/// Cuts an answer into sentences.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found: Vec<Sentence> = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut all = tokens(text);
    all.push(Token::End(Mark::Line));
    let (mut after_line, mut after_semicolon) = (false, false);
    let next: Vec<Token> = all.iter().skip(1).cloned().collect();
    for (token, next) in all.into_iter().zip(next.into_iter().map(Some).chain([None])) {
        if token == Token::End(Mark::Question) && heads(&current, next.as_ref()) {
            current.push(Token::Colon);
        } else if let Token::End(mark) = token {
            let mut sentence = sentence(&current, mark == Mark::Question);
            current.clear();
            if !sentence.words.is_empty() {
                sentence.listed = after_line && !found.is_empty();
                sentence.continued = after_semicolon && !found.is_empty();
                (after_line, after_semicolon) = (false, false);
                found.push(sentence);
            }
            after_line |= matches!(mark, Mark::Line | Mark::Semicolon);
            after_semicolon |= mark == Mark::Semicolon;
        } else {
            current.push(token);
        }
    }
    let afterwards: Vec<bool> = found.iter().map(denial::denies_what_went_before).collect();
    for at in 0..found.len() {
        let next_denies = afterwards.get(at + 1).copied().unwrap_or(false);
        let next_contrasts = found.get(at + 1).is_some_and(denial::contrasts);
        let sentence = &mut found[at];
        let quoted = match denial::attributed(sentence) {
            true if next_contrasts => usize::MAX,
            true => denial::contrast_inside(sentence).unwrap_or(0),
            false => 0,
        };
        let denied = if next_denies { usize::MAX } else { denial::denies_itself(sentence).unwrap_or(0) };
        for word in &mut sentence.words {
            word.refuted |= word.clause < denied.max(quoted);
        }
    }
    // An answer that is one sentence asserts it, question mark or not.
    if let [only] = found.as_mut_slice() {
        only.question = false;
    }
    found
}

/// "Likes? Counters per region." asks nothing: the question names what the answer is about.
fn heads(question: &[Token], next: Option<&Token>) -> bool {
    let words = question.iter().filter(|t| matches!(t, Token::Word { .. })).count();
    let denial = |word: &str| NEGATORS.contains(&word) || matches!(word, "wrong" | "nope" | "hardly" | "yes");
    let stated = matches!(next, Some(Token::Word { written, .. }) if !denial(written));
    // "Is it fresh?" asks.
    let asks = |word: &str| AUXILIARIES.contains(&word) || matches!(word, "does" | "do" | "did");
    let asking = matches!(question.first(), Some(Token::Word { written, .. }) if asks(written));
    (1..=3).contains(&words) && stated && !asking
}

fn sentence(tokens: &[Token], question: bool) -> Sentence {
    let mut words: Vec<Word> = Vec::new();
    let mut colons = Vec::new();
    let mut quoted: Vec<Range<usize>> = Vec::new();
    let mut quote = None;
    let mut clause = 0;
    for token in tokens {
        // "source: the log" is one clause, a name and what is said of it.
        let named = *token == Token::Colon
            && (1..=3).contains(&words.len())
            && clause == 0
            && !words
                .iter()
                .any(|w| NEGATORS.contains(&w.written.as_str()) || TAKE_AWAY.contains(&w.stem.as_str()));
        if named {
            continue;
        }
        if *token == Token::Colon {
            colons.push(clause + usize::from(words.last().is_some_and(|w| w.clause == clause)));
        }
        if *token == Token::Quote {
            match quote.take() {
                Some(start) => quoted.push(start..words.len()),
                None => quote = Some(words.len()),
            }
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
    denial::mark(&mut words, &colons, &quoted);
    let linked = words.first().is_some_and(|w| LINKS.contains(&w.stem.as_str()));
    Sentence { words, question, linked, listed: false, continued: false, colons }
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
        let end = end_of_relative(words, at)
            .min(where_another_subject_begins(words, at))
            .min(end_of_attribute(words, at))
            .min(end_of_not_enough(words, at));
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
            let end = end_of_lack(words, at);
            // "avoids conflicts by Raft" takes nothing from Raft.
            let means = |w: &Word| matches!(w.written.as_str(), "by" | "through" | "via" | "with" | "using");
            for word in words[at + 1..end].iter_mut().take_while(|w| w.clause == clause && !means(w)) {
                word.negated = turned;
            }
        }
    }
    for at in 1..words.len() {
        if !words[at].negated
            && let Some(verb) = is_taken_away(words, at)
        {
            let clause = words[at].clause;
            words[..verb].iter_mut().rev().take_while(|w| w.clause == clause).for_each(|w| w.negated = true);
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
        && (AUXILIARIES.contains(&words[at - 1].written.as_str())
            || matches!(words[at - 1].written.as_str(), "does" | "do" | "did"))
        && matches!(words[at - 2].written.as_str(), "what" | "whatever" | "that" | "which" | "who");
    let finite = |w: &Word| {
        matches!(
            w.written.as_str(),
            "is" | "are" | "was" | "were" | "will" | "can" | "may" | "might" | "gets"
        )
    };
    // "The machine that no longer answers | has its power cut."
    let no_longer = at >= 1
        && matches!(words[at - 1].written.as_str(), "that" | "which" | "who")
        && words.get(at + 1).is_some_and(|w| w.written == "longer");
    let main_verb =
        || (at + 2..words.len()).find(|&i| finite(&words[i]) || (no_longer && words[i].written == "has"));
    if relative || no_longer { main_verb().unwrap_or(words.len()) } else { words.len() }
}

/// Where the relative clause of a verb that takes away ends: "whoever lacks it | would have helped".
fn end_of_lack(words: &[Word], at: usize) -> usize {
    let relative = at >= 1
        && matches!(words[at - 1].written.as_str(), "who" | "whoever" | "whatever" | "that" | "which");
    let main_verb =
        |w: &Word| AUXILIARIES.contains(&w.written.as_str()) && !matches!(w.written.as_str(), "be" | "been");
    let end = || (at + 2..words.len()).find(|&i| main_verb(&words[i]));
    if relative { end().unwrap_or(words.len()) } else { words.len() }
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

/// "Not enough | bandwidth" has too little of it: the bandwidth is meant. "Not enough to …" denies what follows.
fn end_of_not_enough(words: &[Word], at: usize) -> usize {
    let enough = words[at].written == "not" && words.get(at + 1).is_some_and(|w| w.written == "enough");
    let goes_on = words.get(at + 2).is_some_and(|w| {
        w.clause == words[at].clause && !matches!(w.written.as_str(), "to" | "for" | "that" | "if" | "here")
    });
    if enough && goes_on { at + 2 } else { words.len() }
}

/// Where what a noun is without ends: "a node without a majority | returns errors", "a phone without signal | keeps it".
fn end_of_attribute(words: &[Word], at: usize) -> usize {
    let clause = words[at].clause;
    if words[at].written != "without" || at == 0 || words[at - 1].clause < clause {
        return words.len();
    }
    let verb = |w: &Word| {
        let lacking = ["return", "refuse", "reject", "answer", "stop"];
        let with_s = w.written.strip_suffix('s').unwrap_or(&w.written);
        lacking.contains(&with_s) || matches!(w.written.as_str(), "must" | "will" | "can")
    };
    let begin = words[..at].iter().rev().take_while(|w| w.clause == clause).count();
    let noun =
        at + 1 + usize::from(words.get(at + 1).is_some_and(|w| matches!(w.written.as_str(), "a" | "the")));
    // Without a signal, not without asking.
    let thing = words.get(noun).is_some_and(|w| !w.written.ends_with("ing"));
    let next = words.get(noun + 1).is_some_and(|w| w.clause == clause && w.written.ends_with('s'));
    if begin <= 2 && HOLDERS.contains(&words[at - 1].stem.as_str()) && thing && next {
        return noun + 1;
    }
    (at + 2..words.len()).find(|&i| verb(&words[i])).unwrap_or(words.len())
}

/// "not only", "no doubt", "whether or not", "no later than": nothing is denied.
pub(super) fn harmless(words: &[Word], at: usize) -> bool {
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

/// "Two leaders are ruled out", "loss is prevented": where the verb stands that takes away what is before it.
fn is_taken_away(words: &[Word], at: usize) -> Option<usize> {
    let next = words.get(at + 1).map_or("", |w| w.written.as_str());
    let taken = matches!(
        words[at].written.as_str(),
        "prevented" | "avoided" | "excluded" | "precluded" | "eliminated" | "impossible"
    ) || (words[at].written == "ruled" && next == "out");
    let is = |i: &usize| matches!(words[*i].written.as_str(), "is" | "are" | "be" | "was" | "were" | "been");
    if taken { at.checked_sub(1).filter(is).or_else(|| at.checked_sub(2).filter(is)) } else { None }
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
    fn what_is_prevented_or_lacked_is_denied_as_far_as_it_reaches() {
        insta::assert_snapshot!(
            drawn(
                "Two leaders are ruled out. Whoever lacks it would get it. A phone without signal keeps it. \
                 Avoid them: consensus."
            )
            .join("\n"),
            @r"
        TWO LEADERS are ruled OUT
        whoever lacks IT would get it
        a phone without SIGNAL keeps it
        avoid THEM | consensus
        "
        );
    }

    #[test]
    fn a_question_of_a_word_or_two_names_what_its_answer_is_about() {
        insta::assert_snapshot!(
            drawn("Likes? Counters per region. Sync reads fresh? No. Is it lost for good? It comes back.").join("\n"),
            @r"
        likes counters per region
        ~sync~ ~reads~ ~fresh~ ?
        no
        is it lost for good ?
        it comes back (linked)
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
    fn the_denial_of_a_relative_clause_ends_with_it() {
        insta::assert_snapshot!(
            drawn("The node that doesn't answer gets isolated. The machine that no longer answers has its power cut.").join("\n"),
            @r"
        the node that does not ANSWER gets isolated
        the machine that no LONGER ANSWERS has its power cut
        "
        );
    }

    #[test]
    fn a_name_and_what_is_said_of_it_are_one_clause() {
        insta::assert_snapshot!(
            drawn("source: the log of the database. Why not latest wins: it loses words.").join("\n"),
            @r"
        source the log of the database
        why not LATEST WINS | it loses words
        "
        );
    }

    #[test]
    fn lines_and_what_follows_a_semicolon_belong_to_what_stands_before() {
        let listed = |text: &str| sentences(text).iter().map(|s| s.listed).collect::<Vec<_>>();
        assert_eq!(listed("- when: on a read\n- what: it is repaired\n"), [false, true]);
        assert_eq!(
            listed("She is expelled; on Friday her phone delivers. It is late."),
            [false, true, false]
        );
        assert_eq!(listed("One sentence. Another one.\n"), [false, false]);
    }
}
