//! Who must acknowledge a commit: the leader's list of standbys.
//!
//! The language is that of PostgreSQL's `synchronous_standby_names` (manual, section 20.6.2): `FIRST k (…)`,
//! `ANY k (…)`, a bare list for `FIRST 1`, `*` for any name, and nothing at all for nobody.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Who must acknowledge a commit before the client is told.
///
/// # Examples
/// ```
/// use replication_lab::leader_follower::{Rule, Standby};
/// let standbys = [Standby::new("f1", 1_041), Standby::new("f2", 1_042), Standby::new("f3", 1_040)];
/// let released = |rule: &str| rule.parse::<Rule>().unwrap().released(&standbys);
/// assert_eq!(released("FIRST 1 (f1, f2)"), Ok(1_041), "f1 is first in the list, however slow");
/// assert_eq!(released("ANY 1 (f1, f2)"), Ok(1_042), "the quicker one");
/// assert_eq!(released("ANY 2 (f1, f2, f3)"), Ok(1_041), "the second quickest");
/// assert_eq!(
///     released("FIRST 1 (follower1)").unwrap_err().to_string(),
///     "0 of the 1 needed standbys are connected: the list names follower1, and connected are f1, f2, f3"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Nobody: asynchronous replication.
    #[default]
    Nobody,
    /// The first `count` of the list that are connected, in the order of the list (PostgreSQL: priority-based).
    First {
        /// How many.
        count: u32,
        /// The list.
        names: Vec<String>,
    },
    /// Any `count` of the list (PostgreSQL: quorum-based).
    Any {
        /// How many.
        count: u32,
        /// The list.
        names: Vec<String>,
    },
}

/// A text that is no rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleError {
    /// The list has no names.
    NoNames(String),
    /// It waits for nobody, although it names somebody.
    Zero(String),
    /// It waits for more standbys than it names.
    TooMany {
        /// How many it waits for.
        count: u32,
        /// How many it names.
        names: u32,
    },
    /// It names a standby twice.
    Twice(String),
    /// It is not written in the rule's language: the text, and what was expected where.
    Syntax(String, String),
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNames(rule) => write!(
                f,
                "“{rule}” names no follower: name at least one, like ANY 1 (f1, f2), or leave the rule empty to wait for nobody"
            ),
            Self::Zero(rule) => {
                write!(f, "“{rule}” waits for 0 followers: wait for at least one, or leave the rule empty")
            }
            Self::TooMany { count, names } => write!(
                f,
                "the rule waits for {count} followers and names {names}: no commit could ever end; wait for at most {names}"
            ),
            Self::Twice(name) => {
                write!(f, "the rule names {name} twice: one follower acknowledges once; name each once")
            }
            Self::Syntax(rule, expected) => write!(f, "“{rule}” is no rule: expected {expected}"),
        }
    }
}

impl std::error::Error for RuleError {}

/// A follower as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standby {
    /// The name by which it has connected (PostgreSQL: `application_name`).
    pub name: String,
    /// Up to which entry it has confirmed, at the commit level in force.
    pub confirmed: u64,
}

impl Standby {
    /// A connected standby and what it has confirmed.
    pub fn new(name: &str, confirmed: u64) -> Self {
        Self { name: name.to_owned(), confirmed }
    }
}

/// The part a standby has in commits, as `pg_stat_replication.sync_state` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncState {
    /// Commits wait for it.
    Sync,
    /// It takes over when one that commits wait for goes away.
    Potential,
    /// Commits wait for some of a group to which it belongs.
    Quorum,
    /// Nobody waits for it.
    Async,
}

impl fmt::Display for SyncState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sync => "sync",
            Self::Potential => "potential",
            Self::Quorum => "quorum",
            Self::Async => "async",
        })
    }
}

/// Why commits wait: fewer of the named standbys are connected than the rule needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// How many are needed.
    pub needed: u32,
    /// The named ones that are connected.
    pub present: Vec<String>,
    /// The names in the list.
    pub named: Vec<String>,
    /// Everybody who is connected.
    pub connected: Vec<String>,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |names: &[String]| match names.is_empty() {
            true => "nobody".to_owned(),
            false => names.join(", "),
        };
        let Self { needed, present, named, connected } = self;
        write!(
            f,
            "{} of the {needed} needed standbys are connected: the list names {}, and connected are {}",
            present.len(),
            list(named),
            list(connected)
        )
    }
}

impl std::error::Error for Blocked {}

impl Rule {
    /// All of these followers: one that is slow or dead stops every commit.
    pub fn all<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        match names.is_empty() {
            true => Rule::Nobody,
            false => Rule::First { count: names.len() as u32, names },
        }
    }

    /// Whether no commit waits for any follower.
    pub fn waits_for_nobody(&self) -> bool {
        *self == Rule::Nobody
    }

    fn list(&self) -> (u32, &[String]) {
        match self {
            Rule::Nobody => (0, &[]),
            Rule::First { count, names } | Rule::Any { count, names } => (*count, names),
        }
    }

    /// The place in the list, from 0, of a standby with this name; nothing if the list does not name it. Names match
    /// in any case of letters, and `*` matches every one.
    pub fn priority(&self, standby: &str) -> Option<usize> {
        self.list().1.iter().position(|name| name == "*" || name.eq_ignore_ascii_case(standby))
    }

    /// The places in `standbys` of those that commits wait for, or may: named ones, in the order of the list, and
    /// those of one name in the order in which they are given.
    fn candidates(&self, standbys: &[Standby]) -> Vec<usize> {
        let mut named: Vec<_> = standbys
            .iter()
            .enumerate()
            .filter_map(|(place, standby)| Some((self.priority(&standby.name)?, place)))
            .collect();
        named.sort_unstable();
        named.into_iter().map(|(_, place)| place).collect()
    }

    /// Up to which entry commits are released by what these connected standbys have confirmed; with a rule that
    /// waits for nobody, all: `u64::MAX`.
    ///
    /// # Errors
    /// When too few of the named standbys are connected: every commit waits until that changes.
    pub fn released(&self, standbys: &[Standby]) -> Result<u64, Blocked> {
        let (count, names) = self.list();
        if count == 0 {
            return Ok(u64::MAX);
        }
        let candidates = self.candidates(standbys);
        if candidates.len() < count as usize {
            return Err(Blocked {
                needed: count,
                present: candidates.iter().map(|place| standbys[*place].name.clone()).collect(),
                named: names.to_vec(),
                connected: standbys.iter().map(|standby| standby.name.clone()).collect(),
            });
        }
        let mut confirmed: Vec<u64> = candidates.iter().map(|place| standbys[*place].confirmed).collect();
        if let Rule::Any { .. } = self {
            confirmed.sort_unstable_by(|a, b| b.cmp(a));
        }
        confirmed.truncate(count as usize);
        Ok(confirmed.into_iter().min().unwrap_or(u64::MAX))
    }

    /// The part that each of these connected standbys has, in their order.
    pub fn states(&self, standbys: &[Standby]) -> Vec<SyncState> {
        let (count, _) = self.list();
        let candidates = self.candidates(standbys);
        let state = |place: usize| match (self, candidates.iter().position(|other| *other == place)) {
            (_, None) => SyncState::Async,
            (Rule::Any { .. }, Some(_)) => SyncState::Quorum,
            (_, Some(rank)) if rank < count as usize => SyncState::Sync,
            _ => SyncState::Potential,
        };
        (0..standbys.len()).map(state).collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Rule::Nobody => return f.write_str("nobody"),
            Rule::First { .. } => "FIRST",
            Rule::Any { .. } => "ANY",
        };
        let (count, names) = self.list();
        write!(f, "{word} {count} ({})", names.join(", "))
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let rule = text.trim();
        if rule.is_empty() {
            return Ok(Rule::Nobody);
        }
        let syntax = |expected: &str| RuleError::Syntax(rule.to_owned(), expected.to_owned());
        let Some((head, rest)) = rule.split_once('(') else {
            let names = names(rule, rule)?;
            return checked(rule, Rule::First { count: 1, names });
        };
        let inside = rest.trim_end().strip_suffix(')').ok_or_else(|| syntax("a “)” at the end"))?;
        let words: Vec<&str> = head.split_whitespace().collect();
        let (any, number) = match words[..] {
            [number] => (false, number),
            [word, number] if word.eq_ignore_ascii_case("first") => (false, number),
            [word, number] if word.eq_ignore_ascii_case("any") => (true, number),
            _ => return Err(syntax("FIRST or ANY and a number before the “(”, like ANY 1 (f1, f2)")),
        };
        let count: u32 = number.parse().map_err(|_| syntax("a whole number before the “(”"))?;
        let names = names(inside, rule)?;
        checked(rule, if any { Rule::Any { count, names } } else { Rule::First { count, names } })
    }
}

/// The names of a list: identifiers, or anything in double quotes, with commas between.
fn names(list: &str, rule: &str) -> Result<Vec<String>, RuleError> {
    if list.trim().is_empty() {
        return Err(RuleError::NoNames(rule.to_owned()));
    }
    let name = |part: &str| {
        let part = part.trim();
        let quoted = part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let name = quoted.unwrap_or(part);
        let plain = |c: char| c.is_alphanumeric() || "_-$".contains(c);
        match quoted.is_some() || name == "*" || (!name.is_empty() && name.chars().all(plain)) {
            true if !name.is_empty() && !name.contains('"') => Ok(name.to_owned()),
            _ => Err(RuleError::Syntax(
                rule.to_owned(),
                format!("names with commas between; “{part}” is no name (put it in double quotes if it is)"),
            )),
        }
    };
    list.split(',').map(name).collect()
}

fn checked(text: &str, rule: Rule) -> Result<Rule, RuleError> {
    let (count, names) = rule.list();
    if count == 0 {
        return Err(RuleError::Zero(text.to_owned()));
    }
    if let Some(twice) =
        (1..names.len()).find(|i| names[..*i].iter().any(|name| name.eq_ignore_ascii_case(&names[*i])))
    {
        return Err(RuleError::Twice(names[twice].clone()));
    }
    if count as usize > names.len() && !names.iter().any(|name| name == "*") {
        return Err(RuleError::TooMany { count, names: names.len() as u32 });
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap()
    }

    #[test]
    fn every_way_to_write_a_rule() {
        for (text, shown) in [
            ("", "nobody"),
            ("first 1 (follower1, follower2)", "FIRST 1 (follower1, follower2)"),
            ("2 (a, b, c)", "FIRST 2 (a, b, c)"),
            ("ANY 1(a,b)", "ANY 1 (a, b)"),
            ("a, b", "FIRST 1 (a, b)"),
            ("*", "FIRST 1 (*)"),
            ("any 2 (*)", "ANY 2 (*)"),
            ("\"node 1\", node2", "FIRST 1 (node 1, node2)"),
        ] {
            assert_eq!(rule(text).to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_is_no_rule_says_what_would_be_one() {
        let why = |text: &str| text.parse::<Rule>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "ANY 1 ()",
                "FIRST 0 (a)",
                "ANY 3 (a, b)",
                "SOME 1 (a)",
                "ANY one (a)",
                "ANY (a)",
                "a,",
                "a b",
                "ANY 1 (a",
                "1 (a, A)",
            ]
            .map(why)
            .join("\n")
        );
    }

    #[test]
    fn names_that_match_nobody_block_as_in_postgresql() {
        // Reproduced on PostgreSQL 15.18: both standbys call themselves “walreceiver”.
        let nameless = [Standby::new("walreceiver", 9), Standby::new("walreceiver", 9)];
        let why = rule("first 1 (follower1, follower2)").released(&nameless).unwrap_err();
        assert_eq!(why.present, [""; 0]);
        assert!(why.to_string().contains("connected are walreceiver, walreceiver"));
        let named = [Standby::new("Follower1", 9), Standby::new("follower2", 9)];
        let rule = rule("first 1 (follower1, follower2)");
        assert_eq!(rule.states(&named), [SyncState::Sync, SyncState::Potential]);
        let any: Rule = "any 1 (follower1, follower2)".parse().unwrap();
        assert_eq!(any.states(&named), [SyncState::Quorum; 2]);
    }

    #[test]
    fn when_the_first_goes_away_the_next_takes_its_part() {
        let rule = rule("FIRST 1 (f1, f2)");
        let both = [Standby::new("f1", 3), Standby::new("f2", 8)];
        assert_eq!(rule.released(&both), Ok(3));
        assert_eq!(rule.released(&both[1..]), Ok(8));
        assert_eq!(rule.states(&both[1..]), [SyncState::Sync]);
    }

    proptest! {
        /// Small scope, by definition: FIRST takes the first of the list, ANY the k-th best.
        #[test]
        fn released_is_what_the_definition_says(confirmed in proptest::collection::vec(0u64..9, 1..5), count in 1u32..5) {
            let names: Vec<String> = (0..confirmed.len()).map(|i| format!("f{i}")).collect();
            prop_assume!(count as usize <= names.len());
            let standbys: Vec<_> = names.iter().zip(&confirmed).map(|(n, c)| Standby::new(n, *c)).collect();
            let first = Rule::First { count, names: names.clone() }.released(&standbys).unwrap();
            prop_assert_eq!(Some(&first), confirmed[..count as usize].iter().min());
            let any = Rule::Any { count, names }.released(&standbys).unwrap();
            let hold = |position: u64| confirmed.iter().filter(|c| **c >= position).count();
            prop_assert!(hold(any) >= count as usize && hold(any + 1) < count as usize);
            prop_assert!(any >= first);
        }
    }
}
