//! E1.2 — Who must acknowledge a commit: PostgreSQL's list of standbys, read and applied.

use std::fmt;

pub use replication_lab::leader_follower::SyncState;

use crate::exercise::{Answer, Recorder, Task};

/// What `synchronous_standby_names` says. Names stand here as they were written, without their quotes; `*` stands for
/// every name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The list is empty: a commit waits for no standby.
    Nobody,
    /// The first `count` of the list that are connected.
    First {
        /// How many.
        count: u32,
        /// The list, the most important one first.
        names: Vec<String>,
    },
    /// Any `count` of the list.
    Any {
        /// How many.
        count: u32,
        /// The list.
        names: Vec<String>,
    },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, count, names) = match self {
            Rule::Nobody => return f.write_str("an empty list"),
            Rule::First { count, names } => ("FIRST", count, names),
            Rule::Any { count, names } => ("ANY", count, names),
        };
        write!(f, "{word} {count} ({})", names.join(", "))
    }
}

/// Why a text is no list of standbys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListError {
    /// It waits for 0 standbys.
    Zero,
    /// What stands between two commas, trimmed, is no name. Nothing stands there, if it is empty.
    NotAName(String),
    /// Anything else: a parenthesis or quote without its other half, something behind the parentheses, a word that is
    /// neither FIRST nor ANY, no number.
    Syntax,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => {
                f.write_str("it waits for 0 standbys: wait for one or more, or leave the list empty")
            }
            Self::NotAName(text) if text.is_empty() => {
                f.write_str("a name is missing: write one between the commas")
            }
            Self::NotAName(text) => {
                write!(f, "{text} is no name: write letters, digits, _ and $, or put it in double quotes")
            }
            Self::Syntax => {
                f.write_str("it is no list: write FIRST 1 (a, b), ANY 1 (a, b), 1 (a, b), or a, b")
            }
        }
    }
}

impl std::error::Error for ListError {}

/// A standby that is connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standby {
    /// By which name it has connected. Nothing keeps two from using the same one.
    pub application_name: String,
    /// Up to which position it has told that the log is on its disk.
    pub flushed: u64,
}

/// Why no commit is released: fewer standbys of the list are connected than it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// How many it takes.
    pub needed: u32,
    /// The names of the connected standbys that the list names, in the order of the list.
    pub matching: Vec<String>,
    /// The names of all connected standbys, in the order in which they are given.
    pub connected: Vec<String>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
        write!(
            f,
            "every commit waits: it takes {} of the list, connected of the list: {}; connected at all: {}",
            self.needed,
            list(&self.matching),
            list(&self.connected)
        )
    }
}

impl std::error::Error for Blocked {}

/// What the learner writes first: what a text in PostgreSQL's configuration says.
pub type Parse = fn(text: &str) -> Result<Rule, ListError>;

/// Then: up to which position commits are released, if the leader's own log is on its disk up to `leader`.
pub type Released = fn(rule: &Rule, leader: u64, standbys: &[Standby]) -> Result<u64, Blocked>;

/// And the part that each of the standbys has, in their order.
pub type States = fn(rule: &Rule, standbys: &[Standby]) -> Vec<SyncState>;

/// Wraps a learner's three functions.
pub fn answer(parse: Parse, released: Released, states: States) -> Answer {
    let answers = Answers { parse, released, states };
    Answer::new("E1.2", move |task, notes| drive(&answers, task, notes))
}

struct Answers {
    parse: Parse,
    released: Released,
    states: States,
}

fn first(count: u32, names: &[&str]) -> Rule {
    Rule::First { count, names: names.iter().map(|name| (*name).to_owned()).collect() }
}

fn any(count: u32, names: &[&str]) -> Rule {
    Rule::Any { count, names: names.iter().map(|name| (*name).to_owned()).collect() }
}

/// Where the leader's own log ends in all scenarios.
const LEADER: u64 = 50;

fn drive(answers: &Answers, task: &Task, notes: &Recorder) {
    let parse = |texts: &[&str]| texts.iter().for_each(|text| answers.parse(notes, text));
    let decide = |rule: &Rule, standbys: &[(&str, u64)]| answers.decide(notes, rule, standbys);
    match task.scenario.as_str() {
        "forms" => parse(&[
            "FIRST 1 (follower1, follower2)",
            "first 1 (follower1, follower2)",
            "Any 2 (a, b, c)",
            "2 (a, b, c)",
            "a, b",
            "follower1",
            "ANY 1(a,b)",
            "  FIRST   2 ( a ,b , c )  ",
            "*",
            "ANY 1 (*)",
            "anyone, firstborn",
            "ANY 3 (a, b)",
            "",
        ]),
        "quoted" => parse(&[
            "\"node 1\", node2",
            "ANY 1 (\"node-1\", \"Frankfurt, rack 3\")",
            "FIRST 1 (\"a (old)\", b)",
            "\"any\", \"first\"",
            "\"the \"\"big\"\" one\"",
        ]),
        "no-list" => parse(&[
            "FIRST 0 (a)",
            "ANY 1 ()",
            "a,",
            "ANY 1 (a, , b)",
            "a b",
            "node-1, node-2",
            "SOME 1 (a)",
            "ANY one (a)",
            "ANY (a)",
            "ANY 1 (a",
            "ANY 1 (a) b",
            "ANY 1 (\"a, b)",
        ]),
        "names-of-nobody" => {
            let nameless = [("walreceiver", 49), ("walreceiver", 48)];
            decide(&first(1, &["follower1", "follower2"]), &nameless);
            decide(&any(1, &["follower1", "follower2"]), &nameless);
            decide(&first(1, &["follower1"]), &[]);
            let unlisted = [("reporting", 50), ("follower2", 44)];
            decide(&first(1, &["follower1", "follower2"]), &unlisted);
        }
        "first-or-any" => {
            let both = [("follower1", 42), ("follower2", 47)];
            decide(&first(1, &["follower1", "follower2"]), &both);
            decide(&any(1, &["follower1", "follower2"]), &both);
            decide(&first(1, &["FOLLOWER1", "follower2"]), &[("Follower2", 47), ("follower1", 42)]);
        }
        "first" => {
            let all = [("c", 49), ("b", 40), ("a", 45), ("d", 50)];
            decide(&first(1, &["a", "b", "c"]), &all);
            decide(&first(2, &["a", "b", "c"]), &all);
            decide(&first(3, &["a", "b", "c"]), &all);
            decide(&first(1, &["a", "b", "c"]), &all[..2]);
            decide(&first(2, &["x", "c", "a", "b"]), &all);
        }
        "any" => {
            let all = [("a", 45), ("b", 40), ("c", 49), ("d", 50)];
            for count in 1..=3 {
                decide(&any(count, &["a", "b", "c"]), &all);
            }
            decide(&any(2, &["a", "b", "c"]), &all[1..]);
            decide(&any(2, &["a", "b", "c"]), &[("a", 44), ("b", 44), ("c", 30)]);
        }
        "too-few" => {
            decide(&first(2, &["a", "b", "c"]), &[("b", 50), ("d", 50)]);
            decide(&any(2, &["a", "b", "c"]), &[("c", 50), ("d", 50)]);
            decide(&any(3, &["a", "b"]), &[("b", 50), ("a", 50)]);
        }
        "star" => {
            decide(&first(1, &["*"]), &[("walreceiver", 41)]);
            decide(&any(2, &["*"]), &[("walreceiver", 41), ("walreceiver", 46), ("x", 43)]);
            decide(&first(1, &["a", "*"]), &[("x", 50), ("A", 41)]);
            decide(&first(1, &["*"]), &[]);
        }
        "same-name" => {
            let cloned = [("follower1", 49), ("follower2", 48), ("follower1", 47)];
            decide(&first(2, &["follower1", "follower2"]), &cloned);
            decide(&any(2, &["follower1", "follower2"]), &cloned);
            decide(&first(2, &["follower1", "Follower1"]), &[("follower1", 49)]);
        }
        "nobody" => {
            decide(&Rule::Nobody, &[]);
            decide(&Rule::Nobody, &[("follower1", 42)]);
        }
        other => panic!("E1.2 has no scenario {other:?}"),
    }
}

impl Answers {
    fn parse(&self, notes: &Recorder, text: &str) {
        let got = match (self.parse)(text) {
            // Each name by itself: a comma may be part of one.
            Ok(Rule::Nobody) => vec!["nobody".to_owned()],
            Ok(Rule::First { count, names }) => read("FIRST", count, &names),
            Ok(Rule::Any { count, names }) => read("ANY", count, &names),
            Err(error) => vec![format!("refused: {error}")],
        };
        notes.step(format!("parse({text:?})"), got);
    }

    fn decide(&self, notes: &Recorder, rule: &Rule, standbys: &[(&str, u64)]) {
        let connected: Vec<_> = standbys
            .iter()
            .map(|(name, flushed)| Standby { application_name: (*name).to_owned(), flushed: *flushed })
            .collect();
        let shown: Vec<_> = standbys.iter().map(|(name, flushed)| format!("{name} has {flushed}")).collect();
        let shown = if shown.is_empty() { "nobody connected".to_owned() } else { shown.join(", ") };
        let released = match (self.released)(rule, LEADER, &connected) {
            Ok(position) => format!("up to {position}"),
            Err(blocked) => blocked.to_string(),
        };
        notes.step(format!("released by {rule}: {shown}"), released);
        let states: Vec<_> = (self.states)(rule, &connected)
            .iter()
            .enumerate()
            .map(|(place, state)| format!("{}: {state}", standbys.get(place).map_or("?", |(name, _)| *name)))
            .collect();
        notes.step(format!("states under {rule}"), states);
    }
}

fn read(word: &str, count: u32, names: &[String]) -> Vec<String> {
    let mut lines = vec![format!("{word} {count} of {} names", names.len())];
    lines.extend(names.iter().map(|name| format!("name: {name}")));
    lines
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every list.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let too_early = |step: &crate::exercise::Step| {
            let position: u64 = step.got.as_str()?.strip_prefix("up to ")?.parse().ok()?;
            let (rule, standbys) = step.what.strip_prefix("released by ")?.split_once(": ")?;
            let needed: usize = rule.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or(0);
            let has = |standby: &&str| {
                standby.rsplit(' ').next().and_then(|flushed| flushed.parse().ok()) >= Some(position)
            };
            let holders = standbys.split(", ").filter(has).count();
            (holders < needed).then(|| {
                Violation::new(
                    "acknowledged-is-held",
                    format!(
                        "position {position} is released, and {holders} standbys have it; {rule} wants {needed}: clients are \
                         told “committed” for what could still be lost"
                    ),
                )
            })
        };
        seen.steps.iter().filter_map(too_early).collect()
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::leader_follower as lab;

    use super::*;

    /// Goes letter by letter; decides as the lab does.
    fn parse(text: &str) -> Result<Rule, ListError> {
        let mut parts: Vec<String> = vec![String::new()];
        let (mut head, mut quoted, mut depth) = (None, false, 0);
        for letter in text.chars() {
            let part = parts.last_mut().expect("there is always one");
            match letter {
                '"' => {
                    quoted = !quoted;
                    part.push(letter);
                }
                '(' if !quoted && head.is_none() => {
                    head = Some(std::mem::take(part));
                    depth = 1;
                }
                ')' if !quoted => depth -= 1,
                ',' if !quoted => parts.push(String::new()),
                _ if depth == 0 && head.is_some() && !letter.is_whitespace() => {
                    return Err(ListError::Syntax);
                }
                _ => part.push(letter),
            }
        }
        if quoted || depth != 0 {
            return Err(ListError::Syntax);
        }
        if head.is_none() && text.trim().is_empty() {
            return Ok(Rule::Nobody);
        }
        let head = head.unwrap_or("1".into()).to_lowercase();
        let words: Vec<&str> = head.split_whitespace().collect();
        let (any, count) = match words[..] {
            ["any", count] => (true, count),
            ["first", count] | [count] => (false, count),
            _ => return Err(ListError::Syntax),
        };
        let count: u32 = count.parse().map_err(|_| ListError::Syntax)?;
        let mut names = Vec::new();
        for part in parts.iter().map(|part| part.trim()) {
            names.push(match part.strip_prefix('"').and_then(|part| part.strip_suffix('"')) {
                Some(inside) => inside.replace("\"\"", "\""),
                None if part != "*"
                    && (part.is_empty() || part.contains(|c: char| !c.is_alphanumeric() && c != '_')) =>
                {
                    return Err(ListError::NotAName(part.into()));
                }
                None => part.into(),
            });
        }
        match (count, any) {
            (0, _) => Err(ListError::Zero),
            (_, true) => Ok(Rule::Any { count, names }),
            (_, false) => Ok(Rule::First { count, names }),
        }
    }

    fn in_the_lab(rule: &Rule, standbys: &[Standby]) -> (lab::Rule, Vec<lab::Standby>) {
        let rule = match rule.clone() {
            Rule::Nobody => lab::Rule::Nobody,
            Rule::First { count, names } => lab::Rule::First { count, names },
            Rule::Any { count, names } => lab::Rule::Any { count, names },
        };
        (rule, standbys.iter().map(|s| lab::Standby::new(&s.application_name, s.flushed)).collect())
    }

    fn released(rule: &Rule, leader: u64, standbys: &[Standby]) -> Result<u64, Blocked> {
        let (rule, standbys) = in_the_lab(rule, standbys);
        let blocked =
            |b: lab::Blocked| Blocked { needed: b.needed, matching: b.present, connected: b.connected };
        rule.released(&standbys).map(|position| position.min(leader)).map_err(blocked)
    }

    fn states(rule: &Rule, standbys: &[Standby]) -> Vec<SyncState> {
        let (rule, standbys) = in_the_lab(rule, standbys);
        rule.states(&standbys)
    }

    #[test]
    fn an_answer_that_decides_as_the_lab_does_passes() {
        let report = crate::check(answer(parse, released, states));
        assert!(report.passed(), "{report}");
    }
}
