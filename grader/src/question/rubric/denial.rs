//! What an answer says only in order to deny it: ways that it turns down, quotations, what others hold.

use std::ops::Range;

use super::sentence::{Sentence, Word, harmless};

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
    "suffic", "help", "work", "do", "cut", "answer", "great", "practic", "scale", "fix", "solv", "save",
    "protect",
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
/// What a way is that is turned down ("is a mistake", "are out of the question"), by their stems.
const BAD: &[&str] = &[
    "wrong",
    "bad",
    "mistak",
    "danger",
    "unaccept",
    "imposs",
    "pointless",
    "useless",
    "nonsens",
    "overkil",
    "riski",
    "hopeless",
    "insuffici",
    "trap",
    "mislead",
    "naiv",
    "forbidden",
    "unsaf",
    "illus",
];
/// What somebody heard, or was promised, which need not be so, by their stems.
const TOLD: &[&str] = &[
    "told",
    "tell",
    "promis",
    "said",
    "say",
    "report",
    "hear",
    "heard",
    "confirm",
    "acknowledg",
    "think",
    "thought",
    "believ",
    "assur",
    "suppos",
    "swore",
];

/// Marks what the words of one sentence deny; `colons` are the clauses that follow a colon, `quoted` the pieces
/// between quotation marks.
pub(super) fn mark(words: &mut [Word], colons: &[usize], quoted: &[Range<usize>]) {
    mark_dismissals(words);
    mark_bad_ways(words);
    mark_concessions(words);
    mark_rejections(words);
    mark_what_is_not_meant(words, colons);
    for quote in quoted {
        // It is not "pick two of three": neither is what stands between the marks.
        if quote.start > 0 && (words[quote.start - 1].negated || words[quote.start - 1].written == "not") {
            words[quote.clone()].iter_mut().for_each(|w| w.refuted = true);
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

/// "Locking sentences is out of the question", "balances on two leaders are out too": what stands before is turned down.
fn mark_bad_ways(words: &mut [Word]) {
    for at in 1..words.len() {
        let clause = words[at].clause;
        if !matches!(words[at].written.as_str(), "is" | "are" | "be" | "was" | "were" | "would") {
            continue;
        }
        let rest = || words[at + 1..].iter().take(4).take_while(|w| w.clause == clause);
        let bad = rest().any(|w| BAD.contains(&w.stem.as_str()) && !w.negated);
        let out = rest().next().is_some_and(|w| w.written == "out" && !w.negated)
            && rest()
                .nth(1)
                .is_none_or(|w| matches!(w.written.as_str(), "of" | "too" | "for" | "here" | "as" | "since"));
        let of_something_else = rest().any(|w| matches!(w.written.as_str(), "date" | "sync" | "step"));
        if bad || (out && !of_something_else) {
            words[..at].iter_mut().rev().take_while(|w| w.clause == clause).for_each(|w| w.dismissed = true);
        }
    }
}

/// "…, though we told her that it was safe": what somebody was told is not what the author holds.
fn mark_concessions(words: &mut [Word]) {
    for at in 0..words.len() {
        let clause = words[at].clause;
        let opens = matches!(words[at].written.as_str(), "though" | "although" | "despite" | "contrary");
        let clause_end = words[at..].iter().take_while(|w| w.clause == clause).count() + at;
        let told = words[at..clause_end].iter().any(|w| TOLD.contains(&w.stem.as_str()));
        if opens && (told || words[at].written == "contrary") {
            words[at..clause_end].iter_mut().for_each(|w| w.dismissed = true);
        }
    }
}

/// "I'd reject a lock on the paragraph", "we rule out a global leader".
fn mark_rejections(words: &mut [Word]) {
    for at in 1..words.len() {
        let next = words.get(at + 1).map_or("", |w| w.written.as_str());
        let rejects = matches!(words[at].stem.as_str(), "reject" | "dismiss" | "oppos")
            || (words[at].stem == "rule" && next == "out")
            || (words[at].stem == "turn" && next == "down");
        let speaker = words[..at].iter().rev().take(3).any(|w| matches!(w.written.as_str(), "i" | "we"));
        if rejects && speaker && !words[at].negated {
            let clause = words[at].clause;
            words[at..].iter_mut().take_while(|w| w.clause == clause).for_each(|w| w.dismissed = true);
        }
    }
}

/// "It does not mean that …", "it isn't that …": neither is what follows, up to where the sentence turns.
fn mark_what_is_not_meant(words: &mut [Word], colons: &[usize]) {
    for at in 1..words.len() {
        let clause = words[at].clause;
        let not_meant = words[at].stem == "mean" && words[at].negated;
        let not_that = words[at].written == "that"
            && words[at - 1].written == "not"
            && at >= 2
            && matches!(words[at - 2].written.as_str(), "is" | "was");
        if !not_meant && !not_that {
            continue;
        }
        let turns = |i: usize| {
            words[i].clause > clause
                && words[i - 1].clause < words[i].clause
                && (colons.contains(&words[i].clause)
                    || matches!(
                        words[i].written.as_str(),
                        "it" | "but"
                            | "rather"
                            | "instead"
                            | "what"
                            | "only"
                            | "that"
                            | "they"
                            | "since"
                            | "because"
                            | "if"
                    ))
        };
        let end = (at + 1..words.len()).find(|&i| turns(i)).unwrap_or(words.len());
        words[at + 1..end].iter_mut().for_each(|w| w.refuted = true);
    }
}

/// "Some say that …", "you might think that …", "some would …": what others hold, not what a client or a node does.
pub(super) fn attributed(sentence: &Sentence) -> bool {
    let words = &sentence.words;
    let opening: Vec<&str> = words.iter().take(2).map(|w| w.written.as_str()).collect();
    if matches!(opening.as_slice(), ["some" | "people" | "many" | "others", "would" | "might"]) {
        return true;
    }
    words.iter().enumerate().any(|(at, word)| {
        // A machine that says “saved” reports; it holds no view.
        let reports = words.get(at + 1).is_some_and(|w| {
            matches!(w.written.as_str(), "saved" | "done" | "ok" | "okay" | "yes" | "success" | "sorry")
        });
        SAYING.contains(&word.stem.as_str())
            && !reports
            && !word.negated
            && words[..at].iter().any(|w| w.clause == word.clause && SPEAKERS.contains(&w.written.as_str()))
    })
}

/// Before which clause a sentence denies what it says itself: "It is wrong that …", "…, which is a myth", "the myth
/// that …", "it is not true that …", "“…” is misleading, since …", "…, so I don't", "…, so I don't do that".
pub(super) fn denies_itself(sentence: &Sentence) -> Option<usize> {
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
pub(super) fn denies_what_went_before(sentence: &Sentence) -> bool {
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

pub(super) fn contrasts(sentence: &Sentence) -> bool {
    let opening: Vec<&str> = sentence.words.iter().take(2).map(|w| w.stem.as_str()).collect();
    matches!(
        opening.as_slice(),
        ["but" | "howev" | "yet" | "actual" | "realli", ..] | ["in", "fact" | "realiti"]
    )
}

/// The clause in which a sentence turns against what it quoted.
pub(super) fn contrast_inside(sentence: &Sentence) -> Option<usize> {
    let turn = |w: &&Word| matches!(w.stem.as_str(), "but" | "howev" | "yet" | "actual");
    sentence.words.iter().find(turn).map(|w| w.clause)
}

#[cfg(test)]
mod tests {
    use super::super::sentence::{Sentence, sentences};

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

    #[test]
    fn ways_that_are_called_bad_are_turned_down() {
        let turned_down = |text: &str| {
            let words = sentences(text).into_iter().flat_map(|s| s.words);
            words.filter(|w| w.dismissed).map(|w| w.written).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("Locking sentences is out of the question for people on a train.", "locking sentences"),
            (
                "Balances on several leaders are out too, they are kept in one place.",
                "balances on several leaders",
            ),
            ("Her change is gone, though we told her it was safe.", "though we told her it was safe"),
            ("I'd reject a lock, edits are merged.", "reject a lock"),
            ("The replica is out of date. A lock is not wrong. It is fast, though it loses writes.", ""),
        ] {
            assert_eq!(turned_down(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_meant_is_refuted_up_to_the_turn() {
        let refuted = |text: &str| {
            let words = sentences(text).into_iter().flat_map(|s| s.words);
            words.filter(|w| w.refuted).map(|w| w.written).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("It doesn't mean that reads are fresh, it means that writes are safe.", "that reads are fresh"),
            (
                "It does not mean \"nothing is lost, it arrives later\": it is lost.",
                "nothing is lost it arrives later",
            ),
            (
                "It isn't that one counts clients and the other servers; both count.",
                "one counts clients and the other servers",
            ),
            ("It's not \"choose two of three\", networks break.", "choose two of three"),
            ("It means \"last write wins\". You only say \"saved\" later. But it waits.", ""),
        ] {
            assert_eq!(refuted(text), expected, "{text}");
        }
    }
}
