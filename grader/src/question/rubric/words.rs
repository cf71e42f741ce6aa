//! Words: tokens, stems, the synonyms that hold everywhere, and misspellings.

use rust_stemmers::{Algorithm, Stemmer};

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A word or a number, lower case, and its stem.
    Word {
        /// As it was written, in lower case.
        written: String,
        /// Its stem, after the synonyms that hold everywhere.
        stem: String,
    },
    /// A mark that ends a sentence.
    End(Mark),
    /// A mark that parts clauses: a comma, a dash, a bracket.
    Pause,
    /// A colon: it parts clauses too, and what follows it is said by the author.
    Colon,
    /// A quotation mark, which parts clauses too.
    Quote,
}

/// How a sentence ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// With a full stop or the like.
    Stop,
    /// With a semicolon: what follows belongs to it.
    Semicolon,
    /// With a question mark.
    Question,
    /// With its line.
    Line,
}

/// Cuts text into tokens. Contractions are spelled out, hyphens part words, and a formula such as `R + W > N`
/// becomes one word in one spelling (`r+w>n`).
pub fn tokens(text: &str) -> Vec<Token> {
    let stemmer = Stemmer::create(Algorithm::English);
    let mut found = Vec::new();
    let text = text.to_lowercase().replace("e.g.", "such as").replace("i.e.", "that is");
    let pieces = formulas(pieces(&text));
    let is_word = |at: Option<usize>| {
        at.and_then(|at| pieces.get(at)).is_some_and(|p| p.chars().all(char::is_alphabetic) && p.len() > 1)
    };
    for (at, piece) in pieces.iter().enumerate() {
        match piece.as_str() {
            // "the stored list + the posts of stars"
            "+" if is_word(at.checked_sub(1)) && is_word(Some(at + 1)) => {
                found.push(Token::Word { written: "plus".into(), stem: "plus".into() });
            }
            "." | "!" => found.push(Token::End(Mark::Stop)),
            ";" => found.push(Token::End(Mark::Semicolon)),
            "\n" => found.push(Token::End(Mark::Line)),
            // "It answers “is it newer?”" asks nothing.
            "?" if pieces.get(at + 1).is_some_and(|next| next == "\"") => {}
            "?" => found.push(Token::End(Mark::Question)),
            ":" => found.push(Token::Colon),
            "\"" => found.push(Token::Quote),
            "," | "(" | ")" | "–" | "—" | "-" | "[" | "]" => found.push(Token::Pause),
            // Arrows and stray operators say "and then", not a word.
            p if !p.contains(char::is_alphanumeric) => found.push(Token::Pause),
            p => {
                for word in spelled_out(p) {
                    let stem = stem_of(&stemmer, &word);
                    found.push(Token::Word { written: word, stem });
                }
            }
        }
    }
    keys_are_no_leaders(&mut found);
    one_word_for_each_phrase(found)
}

/// The stem of one word.
#[cfg(test)]
pub fn stem(word: &str) -> String {
    stem_of(&Stemmer::create(Algorithm::English), &word.to_lowercase())
}

fn stem_of(stemmer: &Stemmer, word: &str) -> String {
    // The stemmer takes it for a plural.
    if word == "its" {
        return word.into();
    }
    let word = IRREGULAR.iter().find(|(form, _)| *form == word).map_or(word, |(_, base)| base);
    // The stemmer keeps the plural of an acronym, since it sees no vowel: CRDTs, VMs.
    let acronym =
        word.strip_suffix('s').filter(|w| w.len() > 1 && !w.contains(['a', 'e', 'i', 'o', 'u', 'y', 's']));
    let stem = stemmer.stem(acronym.unwrap_or(word)).into_owned();
    SAME.iter().find(|(form, _)| *form == stem).map_or(stem, |(_, base)| (*base).to_string())
}

/// Words, numbers, operators and marks, in order.
fn pieces(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.replace(['’', '‘', '`'], "'").chars().collect();
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let inside = |i: usize| {
            chars[i].is_alphanumeric()
                || (matches!(chars[i], '\'' | '.' | ',')
                    && i > 0
                    && i + 1 < chars.len()
                    && joins(chars[i - 1], chars[i], chars[i + 1]))
        };
        if c.is_alphanumeric() {
            let end = (at..chars.len()).find(|&i| !inside(i)).unwrap_or(chars.len());
            found.push(chars[at..end].iter().collect());
            at = end;
            continue;
        }
        let hyphen = c == '-'
            && at > 0
            && chars[at - 1].is_alphabetic()
            && chars.get(at + 1).is_some_and(|c| c.is_alphabetic());
        match c {
            _ if hyphen => {}
            ' ' | '\t' | '\r' | '\'' | '*' | '_' | '/' | '#' | '%' => {}
            '≥' => found.push(">=".into()),
            '≤' => found.push("<=".into()),
            '=' if found.last().is_some_and(|p| p == ">" || p == "<") && chars[at - 1] != ' ' => {
                found.last_mut().expect("there is one").push('=');
            }
            '“' | '”' | '«' | '»' => found.push("\"".into()),
            _ => found.push(c.to_string()),
        }
        at += 1;
    }
    found
}

/// Whether a mark between two characters belongs to the word: `don't`, `1.5`, `1,000`. A name such as `replay_lsn` is
/// its words.
fn joins(before: char, mark: char, after: char) -> bool {
    match mark {
        '\'' => before.is_alphanumeric() && after.is_alphanumeric(),
        _ => before.is_ascii_digit() && after.is_ascii_digit(),
    }
}

/// Joins runs such as `w`, `+`, `r`, `>`, `n` into one piece in one spelling.
fn formulas(pieces: Vec<String>) -> Vec<String> {
    let operand = |p: &str| p.chars().count() == 1 && p.chars().all(char::is_alphanumeric) || is_number(p);
    // "W plus R" is a formula too.
    let operator = |p: &str| matches!(p, "+" | "plus" | "-" | "−" | ">" | "<" | ">=" | "<=" | "=");
    let mut found = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let mut end = at;
        while operand(&pieces[end])
            && end + 2 < pieces.len()
            && operator(&pieces[end + 1])
            && operand(&pieces[end + 2])
        {
            end += 2;
        }
        if end > at {
            found.push(one_spelling(&pieces[at..=end]));
        } else {
            // ">10k followers" is more than that many.
            let bound = pieces.get(at + 1).is_some_and(|next| is_number(next) || next.starts_with(is_digit));
            found.push(match pieces[at].as_str() {
                ">" | ">=" if bound => "above".into(),
                "<" | "<=" if bound => "below".into(),
                other => other.into(),
            });
        }
        at = end + 1;
    }
    found
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// `n < r + w` and `w + r > n` become `r+w>n`.
fn one_spelling(run: &[String]) -> String {
    let at = run.iter().position(|p| matches!(p.as_str(), ">" | "<" | ">=" | "<=" | "="));
    let side = |pieces: &[String]| {
        let subtracts = pieces.iter().any(|p| p == "-" || p == "−");
        let mut terms: Vec<&str> =
            pieces.iter().map(String::as_str).filter(|p| subtracts || !matches!(*p, "+" | "plus")).collect();
        if !subtracts {
            terms.sort_unstable();
        }
        terms.join(if subtracts { "" } else { "+" })
    };
    let Some(at) = at else { return side(run) };
    let (left, right) = (side(&run[..at]), side(&run[at + 1..]));
    match run[at].as_str() {
        "<" => format!("{right}>{left}"),
        "<=" => format!("{right}>={left}"),
        same => format!("{left}{same}{right}"),
    }
}

/// Units that are written onto a number: `5ms` is `5 ms`. The longer first.
const UNITS: &[&str] =
    &["min", "sec", "ms", "kb", "mb", "gb", "tb", "rps", "qps", "s", "h", "k", "m", "b", "x", "d"];

/// Contractions in full: `doesn't` and `doesnt` are `does not`; a unit stands apart from its number.
fn spelled_out(word: &str) -> Vec<String> {
    let two = |first: &str, second: &str| vec![first.to_string(), second.to_string()];
    match word {
        "can't" | "cant" | "cannot" => return two("can", "not"),
        "won't" | "wont" => return two("will", "not"),
        _ => {}
    }
    if let Some(verb) = word.strip_suffix("n't") {
        return two(verb, "not");
    }
    let bare = ["does", "do", "did", "is", "are", "was", "has", "have", "would", "should", "could", "need"];
    if let Some(verb) = word.strip_suffix("nt").filter(|verb| bare.contains(verb)) {
        return two(verb, "not");
    }
    if let Some(unit) = UNITS.iter().find(|unit| word.strip_suffix(*unit).is_some_and(is_number)) {
        return two(&word[..word.len() - unit.len()], unit);
    }
    match word.split_once('\'') {
        Some((subject, "s" | "re" | "ll" | "ve" | "d" | "m")) if !subject.is_empty() => {
            two(subject, if word.ends_with("'s") { "is" } else { "will" })
        }
        _ => vec![word.to_string()],
    }
}

/// `primary key` is no leader.
fn keys_are_no_leaders(tokens: &mut [Token]) {
    for i in 1..tokens.len() {
        let key = matches!(&tokens[i], Token::Word { stem, .. } if stem == "key");
        if let (true, Token::Word { written, stem }) = (key, &mut tokens[i - 1])
            && written == "primary"
        {
            *stem = "primary-key".into();
        }
    }
}

/// `main server` and `primary node` are the leader, `data base` is a database.
fn one_word_for_each_phrase(tokens: Vec<Token>) -> Vec<Token> {
    let word = |token: Option<&Token>| match token {
        Some(Token::Word { written, stem }) => Some((written.clone(), stem.clone())),
        _ => None,
    };
    let mut found = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let pair = word(tokens.get(at)).zip(word(tokens.get(at + 1)));
        let joined = pair.and_then(|((first, _), (second, stem))| {
            let (_, _, meant) = PHRASES
                .iter()
                .find(|(before, after, _)| *before == first && after.contains(&stem.as_str()))?;
            Some(Token::Word { written: format!("{first} {second}"), stem: (*meant).into() })
        });
        match joined {
            Some(token) => {
                found.push(token);
                at += 2;
            }
            None => {
                found.push(tokens[at].clone());
                at += 1;
            }
        }
    }
    found
}

/// Whether this is a number, perhaps with a point or thousands.
pub fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

/// Irregular forms, and nouns that say what a verb says.
const IRREGULAR: &[(&str, &str)] = &[
    ("lost", "lose"),
    ("loss", "lose"),
    ("losses", "lose"),
    ("loses", "lose"),
    ("losing", "lose"),
    ("written", "write"),
    ("wrote", "write"),
    ("sent", "send"),
    ("held", "hold"),
    ("kept", "keep"),
    ("took", "take"),
    ("taken", "take"),
    ("gave", "give"),
    ("given", "give"),
    ("saw", "see"),
    ("seen", "see"),
    ("met", "meet"),
    ("found", "find"),
    ("chosen", "choose"),
    ("chose", "choose"),
    ("fell", "fall"),
    ("fallen", "fall"),
    ("died", "die"),
    ("dies", "die"),
    ("dying", "die"),
    ("dead", "die"),
    ("death", "die"),
    ("dropped", "drop"),
    ("accepts", "accept"),
    ("ack", "acknowledge"),
    ("acks", "acknowledge"),
    ("acked", "acknowledge"),
    ("acking", "acknowledge"),
    ("ok'd", "acknowledge"),
    ("newer", "new"),
    ("newest", "new"),
    ("fresher", "fresh"),
    ("freshest", "fresh"),
    ("older", "old"),
    ("oldest", "old"),
    ("slower", "slow"),
    ("slowest", "slow"),
    ("faster", "fast"),
    ("fastest", "fast"),
    ("bigger", "big"),
    ("higher", "high"),
    ("highest", "high"),
    ("comparison", "compare"),
    ("confirmation", "confirm"),
    ("confirms", "confirm"),
    ("confirmed", "confirm"),
    ("application", "apply"),
    ("divergence", "diverge"),
    ("divergent", "diverge"),
];

/// Two words that are one: the first as written, the stems of the second, and what they mean.
const PHRASES: &[(&str, &[&str], &str)] = &[
    ("main", MACHINES, "leader"),
    ("leading", MACHINES, "leader"),
    ("primary", MACHINES, "leader"),
    ("master", MACHINES, "leader"),
    ("leader", MACHINES, "leader"),
    ("data", &["base"], "databas"),
    ("time", &["stamp"], "timestamp"),
    ("off", &["line"], "offlin"),
];

const MACHINES: &[&str] =
    &["server", "machin", "databas", "db", "node", "comput", "copi", "instanc", "box", "one", "follower"];

/// Stems that mean the same in every answer of the course.
const SAME: &[(&str, &str)] = &[
    ("primari", "leader"),
    ("master", "leader"),
    ("boss", "leader"),
    ("sourc", "leader"),
    ("standbi", "follower"),
    ("secondari", "follower"),
    ("slave", "follower"),
    ("replica", "follower"),
    ("repica", "follower"),
    ("replika", "follower"),
    ("follow", "follower"),
    ("db", "databas"),
];

/// How many letters must be added, dropped, changed or swapped with a neighbour to turn `a` into `b`.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Whether `given` is `term`, perhaps misspelled. Short words must be right, since `stale` is no `state`; the
/// first letter must be right, since `asynchronous` is no `synchronous`.
pub fn spelled_like(given: &str, term: &str) -> bool {
    let length = term.chars().count();
    let allowed = match length {
        0..6 => 0,
        6..10 => 1,
        _ => 2,
    };
    given == term
        || (allowed > 0
            && given.chars().next() == term.chars().next()
            && given.chars().count().abs_diff(length) <= allowed
            && !REAL_WORDS.contains(&given)
            && distance(given, term) <= allowed)
}

/// Stems of real words that lie a letter from a term of the course.
const REAL_WORDS: &[&str] = &["replay", "repeat", "common", "convert", "contrast", "inform", "perform"];

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        tokens(text)
            .into_iter()
            .map(|token| match token {
                Token::Word { stem, .. } => stem,
                Token::End(_) => "|".into(),
                Token::Pause | Token::Colon | Token::Quote => ",".into(),
            })
            .collect()
    }

    #[test]
    fn words_of_one_family_share_a_stem() {
        assert_eq!(stems("lost losing loses loss"), ["lose"; 4]);
        assert_eq!(stems("primary Master leaders"), ["leader"; 3]);
        assert_eq!(stems("standby replicas follower"), ["follower"; 3]);
        assert_ne!(stem("replication"), stem("replica"));
        assert_ne!(stem("sync"), stem("async"));
    }

    #[test]
    fn two_words_that_are_one() {
        assert_eq!(stems("the main server, primary node"), ["the", "leader", ",", "leader"]);
        assert_eq!(stems("a data base, a time stamp"), ["a", "databas", ",", "a", "timestamp"]);
        assert_eq!(stems("the main problem"), ["the", "main", "problem"]);
    }

    #[test]
    fn formulas_have_one_spelling() {
        for text in ["W+R>N", "r + w > n", "N < W + R"] {
            assert_eq!(stems(text), ["r+w>n"], "{text}");
        }
        assert_eq!(stems("R ≤ N - W"), ["n-w>=r"]);
        assert_eq!(
            stems("W plus R, the list + the posts"),
            ["r+w", ",", "the", "list", "plus", "the", "post"]
        );
        assert_eq!(stems("W + R >= N"), ["r+w>=n"]);
        assert_eq!(stems("lag > 5 s, <10k rows"), ["lag", "abov", "5", "s", ",", "below", "10", "k", "row"]);
    }

    #[test]
    fn marks_and_contractions() {
        assert_eq!(
            stems("It doesn't wait; can't it?"),
            ["it", "doe", "not", "wait", "|", "can", "not", "it", "|"]
        );
        assert_eq!(
            stems("write-back of 1,000 keys (now)"),
            ["write", "back", "of", "1,000", "key", ",", "now", ","]
        );
        assert_eq!(stems("CRDTs, e.g. Yjs"), ["crdt", ",", "such", "as", "yjs"]);
        assert_eq!(stems("the primary key"), ["the", "primary-key", "key"]);
        assert_eq!(stems("replay_lsn"), ["replay", "lsn"]);
        assert_eq!(stems("5ms 1.5GB 10,000 10k 2pc"), ["5", "ms", "1.5", "gb", "10,000", "10", "k", "2pc"]);
    }

    #[test]
    fn misspelled_terms_are_known_and_other_words_are_not_taken_for_them() {
        for (given, term) in [
            ("asyncronous", "asynchronous"),
            ("idempotant", "idempotent"),
            ("qourum", "quorum"),
            ("concensus", "consensus"),
        ] {
            assert!(spelled_like(&stem(given), &stem(term)), "{given}");
        }
        for (given, term) in
            [("state", "stale"), ("asynchronous", "synchronous"), ("replay", "repair"), ("reader", "leader")]
        {
            assert!(!spelled_like(&stem(given), &stem(term)), "{given}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!(distance("quorum", "qourum"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
