//! Sticky routing that breaks read-your-writes: who writes, who reads, and which follower lags, in as few operations
//! as can be.

use std::fmt;

use replication_lab::history::Verdict;
use replication_lab::history::sessions::read_your_writes;
use replication_lab::leader_follower::{LeaderFollower, Outcome, ReadFrom, SetupError};
use replication_lab::time::Time;
use replication_lab::view::{Figure, Table};
use replication_lab::world::{Fault, Plan};

use super::watch::seconds;
use super::{Holding, Refused, Ruling, refused};

/// Most lines, comments included.
const MOST_LINES: usize = 20;
/// The longest line, in bytes.
const LONGEST_LINE: usize = 200;
/// The longest lag.
const LONGEST_LAG: Time = Time::s(60);
/// What people need between two operations, whoever does them.
const BETWEEN: Time = Time::s(1);
/// A write and a read: with less, nobody can miss anything of her own.
const SHORTEST: usize = 2;

const SERVERS: [&str; 3] = ["L", "F1", "F2"];
/// The users, with the numbers by which the router knows them, and the follower that the hash gives each.
const USERS: [(&str, u32, &str); 2] = [("ann", 1, "F2"), ("bob", 5, "F1")];

const A_LINE: &str = "such as `ann writes photo = new`, `bob reads photo` or `F1 lags 3 s`";

/// Rules on a story.
pub(super) fn sticky_misses_an_own_write(text: &str) -> Ruling {
    let steps = match read(text) {
        Ok(steps) => steps,
        Err(refused) => return refused.into(),
    };
    match Run::of(&steps) {
        Ok(run) => run.ruling(&steps),
        Err(error) => Ruling::refused(&error.to_string()),
    }
}

/// One line that does something.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// From now on, changes reach a follower so much later.
    Lags {
        follower: usize,
        by: Time,
    },
    Writes {
        user: usize,
        key: String,
        value: String,
    },
    Reads {
        user: usize,
        key: String,
    },
}

impl Step {
    fn is_operation(&self) -> bool {
        !matches!(self, Self::Lags { .. })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lags { follower, by } => write!(f, "{} lags {}", SERVERS[*follower], seconds(*by)),
            Self::Writes { user, key, value } => write!(f, "{} writes {key} = {value}", USERS[*user].0),
            Self::Reads { user, key } => write!(f, "{} reads {key}", USERS[*user].0),
        }
    }
}

fn read(text: &str) -> Result<Vec<Step>, Refused> {
    let mut steps = Vec::new();
    for (line, whole) in (1..).zip(text.lines()) {
        if line > MOST_LINES {
            return refused(line, "", format!("the end: a story has {MOST_LINES} lines at the most"));
        }
        if whole.len() > LONGEST_LINE {
            let why = format!("It is {} bytes long, and I read {LONGEST_LINE}.", whole.len());
            return refused(line, why, A_LINE);
        }
        let content = whole.split('#').next().unwrap_or_default().trim();
        if !content.is_empty() {
            steps.push(step(line, content)?);
        }
    }
    Ok(steps)
}

fn step(line: usize, content: &str) -> Result<Step, Refused> {
    let refused = |why: &str, expected: &str| refused(line, why, expected);
    let (who, what) = content.split_once(char::is_whitespace).unwrap_or((content, ""));
    let (verb, rest) = what.trim().split_once(char::is_whitespace).unwrap_or((what.trim(), ""));
    let rest = rest.trim();
    if verb == "lags" {
        return match SERVERS.iter().position(|server| *server == who) {
            Some(0) => refused("The leader can't lag behind itself.", "`F1 lags …` or `F2 lags …`"),
            Some(follower) => lag(line, follower, rest),
            None => refused("Followers lag, and they are F1 and F2.", "`F1 lags …` or `F2 lags …`"),
        };
    }
    let Some(user) = USERS.iter().position(|(name, ..)| *name == who) else {
        return refused("The users are ann and bob, the followers F1 and F2. Nobody dies here.", A_LINE);
    };
    let word = |text: &str| {
        let text = text.trim();
        (!text.is_empty() && text.chars().all(char::is_alphanumeric)).then(|| text.to_owned())
    };
    match verb {
        "writes" => match rest.split_once('=').map(|(key, value)| (word(key), word(value))) {
            Some((Some(key), Some(value))) => Ok(Step::Writes { user, key, value }),
            _ => refused(
                "It doesn't say what is written.",
                "a key and a value, as in `ann writes photo = new`",
            ),
        },
        "reads" => match word(rest) {
            Some(key) => Ok(Step::Reads { user, key }),
            None => refused("It doesn't say what is read.", "one key, as in `ann reads photo`"),
        },
        _ => refused("People write and read here.", A_LINE),
    }
}

/// A lag, read as plans of faults are.
fn lag(line: usize, follower: usize, text: &str) -> Result<Step, Refused> {
    let expected = || format!("a span of at most 60 s, as in `{} lags 3 s`", SERVERS[follower]);
    let fault = format!("0 s  link L → {} takes {text} more", SERVERS[follower]);
    let plan = Plan::parse(&fault, &SERVERS).unwrap_or_else(|_| Plan::none());
    match plan.0.first().map(|planned| &planned.fault) {
        Some(Fault::Delay(_, _, by)) if *by <= LONGEST_LAG => Ok(Step::Lags { follower, by: *by }),
        Some(_) => refused(line, "That is longer than anybody waits.", expected()),
        None => refused(line, "I can't read this span of time.", expected()),
    }
}

/// One operation as it went.
struct Done {
    at: Time,
    step: Step,
    /// Who answered.
    by: String,
    /// What was found; nothing for a write.
    found: Option<String>,
    /// What the reader had written under this key last, if she had.
    own: Option<String>,
}

impl Done {
    /// Whether a read lacks the reader's own last write and shows nothing newer of somebody else's.
    fn misses_own(&self) -> bool {
        self.own.is_some() && self.found.is_some() && self.found != self.own
    }
}

struct Run {
    done: Vec<Done>,
    verdict: Verdict,
}

impl Run {
    fn of(steps: &[Step]) -> Result<Self, SetupError> {
        let mut cluster = LeaderFollower::builder()
            .followers(2)
            .read_from(ReadFrom::Sticky)
            .timeout(LONGEST_LAG)
            .trace(false)
            .seed(1)
            .build()?;
        let mut done: Vec<Done> = Vec::new();
        for step in steps {
            if step.is_operation() {
                cluster.run_for(BETWEEN);
            }
            let at = cluster.now();
            match step {
                Step::Lags { follower, by } => {
                    let (leader, follower) = (cluster.id("L")?, cluster.id(SERVERS[*follower])?);
                    cluster.strike(Fault::Delay(leader, follower, *by))?;
                }
                Step::Writes { user, key, value } => {
                    cluster.write_as("c1", USERS[*user].1, key, value)?;
                    done.push(Done { at, step: step.clone(), by: "L".into(), found: None, own: None });
                }
                Step::Reads { user, key } => {
                    let outcome = cluster.read_as("c1", USERS[*user].1, key)?;
                    let own = done.iter().rev().find_map(|earlier| match &earlier.step {
                        Step::Writes { user: writer, key: written, value }
                            if (writer, written) == (user, key) =>
                        {
                            Some(value.clone())
                        }
                        _ => None,
                    });
                    let by = match outcome {
                        Outcome::Value { from, .. } => cluster.name(from).to_owned(),
                        _ => "nobody".to_owned(),
                    };
                    let found = Some(outcome.value().unwrap_or("nothing").to_owned());
                    done.push(Done { at, step: step.clone(), by, found, own });
                }
            }
        }
        let verdict = read_your_writes(cluster.history());
        Ok(Self { done, verdict })
    }

    fn breaks(&self) -> bool {
        matches!(self.verdict, Verdict::Violated(_))
    }

    fn ruling(&self, steps: &[Step]) -> Ruling {
        let (holds, explanation) = match self.breaks() {
            true if self.done.len() == SHORTEST => (Holding::Holds, self.shown()),
            true => (Holding::DoesNotHold, self.too_long(steps)),
            false => (Holding::DoesNotHold, self.why_not(steps)),
        };
        Ruling { holds, explanation, figure: Some(self.figure()) }
    }

    fn shown(&self) -> String {
        let Some(read) = self.done.iter().find(|done| done.misses_own()) else { return String::new() };
        format!(
            "“{}” found {} on {}, a second after the write was acknowledged. One user, always the same follower, \
             nobody died, and nobody else did anything: a write and a read are enough. Always the same copy is \
             not a copy that has what you wrote.",
            read.step,
            read.found.as_deref().unwrap_or_default(),
            read.by
        )
    }

    /// Some operations can go. Which ones, is found by leaving each out.
    fn too_long(&self, steps: &[Step]) -> String {
        let needless = steps.iter().enumerate().filter(|(place, step)| {
            let mut fewer = steps.to_vec();
            fewer.remove(*place);
            step.is_operation() && Run::of(&fewer).is_ok_and(|run| run.breaks())
        });
        let needless: Vec<String> = needless.map(|(_, step)| format!("“{step}”")).collect();
        let which = match &needless[..] {
            [] => "Each of them is needed as the story is; another lag needs fewer.".to_owned(),
            [one] => format!("It breaks without {one}, too."),
            many => format!("It breaks without any one of these, too: {}.", many.join(", ")),
        };
        format!(
            "Read-your-writes is broken, and that in {} operations. The shortest has fewer. {which}",
            self.done.len()
        )
    }

    fn why_not(&self, steps: &[Step]) -> String {
        if self.done.is_empty() {
            return "Nothing is written or read in this story.".into();
        }
        let reads = || self.done.iter().filter(|done| done.found.is_some());
        if reads().next().is_none() {
            return "Nobody reads in this story, so nobody can miss anything.".into();
        }
        if reads().count() == self.done.len() {
            return "Nobody writes in this story. So no reader misses anything of her own.".into();
        }
        if reads().all(|read| read.own.is_none()) {
            return match reads().find(|read| read.found.as_deref() == Some("nothing")) {
                Some(read) => format!(
                    "“{}” found nothing, on {}. But the reader had not written it before. No promise is broken: read-your-writes speaks of one's *own* writes.",
                    read.step, read.by
                ),
                None => "No reader has written, before, what she reads. Read-your-writes speaks of one's *own* writes."
                    .into(),
            };
        }
        let own: Vec<&Done> = reads().filter(|read| read.own.is_some()).collect();
        let lags = |server: &str| {
            let of = |step: &Step| matches!(step, Step::Lags { follower, by } if SERVERS[*follower] == server && *by > Time::ZERO);
            steps.iter().any(of)
        };
        match own.iter().find(|read| lags(&read.by)) {
            Some(read) => format!(
                "“{}” found the write on {}, although that follower lags: by then it had caught up, or the lag began \
                 when it had the write already. There is a second between two operations.",
                read.step, read.by
            ),
            None if lags("F1") || lags("F2") => format!(
                "The other follower lags. “{}” went to {}, where the hash of her name always sends her, and that one \
                 was current.",
                own[0].step, own[0].by
            ),
            None => {
                "No follower lags in this story, so both had the write long before the next second.".into()
            }
        }
    }

    fn figure(&self) -> Figure {
        let table = self.done.iter().fold(Table::new(["at", "operation", "on", "found"]), |table, done| {
            let found = match (&done.found, done.misses_own()) {
                (Some(found), true) => format!("{found} — own write missing"),
                (Some(found), false) => found.clone(),
                (None, _) => "acknowledged".to_owned(),
            };
            table.row([seconds(done.at), done.step.to_string(), done.by.clone(), found])
        });
        table.figure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let ruling = sticky_misses_an_own_write(&lines.join("\n"));
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("\n"), ruling.holds, ruling.explanation)
    }

    #[test]
    fn the_hash_sends_each_user_where_the_question_says() {
        for (user, (_, _, follower)) in USERS.iter().enumerate() {
            let run = Run::of(&vec![Step::Reads { user, key: "photo".into() }; 3]).unwrap();
            assert!(
                run.done.iter().all(|done| done.by == *follower),
                "{}: {}",
                USERS[user].1,
                run.done[0].by
            );
        }
    }

    #[test]
    fn a_write_and_a_read_are_enough() {
        let all = [
            ruled(&["F2 lags 3 s", "ann writes photo = new", "ann reads photo"]),
            ruled(&["F1 lags 1.5 s   # bob's", "", "bob writes photo = new", "bob reads photo"]),
            ruled(&["F1 lags 9 s", "F2 lags 9 s", "ann writes a = 1", "ann reads a"]),
        ];
        assert!(all.iter().all(|text| text.contains("⇒ Holds")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        let all = [
            ruled(&["# nothing"]),
            ruled(&["F2 lags 3 s", "ann writes photo = new"]),
            ruled(&["F2 lags 3 s", "ann reads photo", "ann reads photo"]),
            ruled(&["ann writes photo = new", "ann reads photo"]),
            ruled(&["F1 lags 3 s", "ann writes photo = new", "ann reads photo"]),
            ruled(&["F2 lags 300 ms", "ann writes photo = new", "ann reads photo"]),
            ruled(&["ann writes photo = new", "F2 lags 1 s", "ann reads photo"]),
            ruled(&["F1 lags 3 s", "ann writes photo = new", "bob reads photo"]),
            ruled(&["ann writes photo = new", "bob reads photo"]),
            ruled(&["F2 lags 3 s", "ann reads photo", "ann writes photo = new"]),
            ruled(&["F2 lags 3 s", "ann writes photo = new", "ann reads name"]),
            ruled(&["ann writes photo = old", "F2 lags 5 s", "ann writes photo = new", "ann reads photo"]),
            ruled(&[
                "F1 lags 9 s",
                "F2 lags 3 s",
                "ann writes photo = new",
                "bob reads photo",
                "ann reads photo",
            ]),
        ];
        assert!(all.iter().all(|text| text.contains("⇒ DoesNotHold")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let long = format!("ann reads {}", "x".repeat(300));
        let all = [
            ruled(&["F2 crashes"]),
            ruled(&["L lags 3 s"]),
            ruled(&["# first", "F3 lags 3 s"]),
            ruled(&["F2 lags"]),
            ruled(&["F2 lags 3 parsecs"]),
            ruled(&["F2 lags 3 s more\nlink L → F1 takes 1 s"]),
            ruled(&["F2 lags 2000 s"]),
            ruled(&["ann writes photo"]),
            ruled(&["ann writes photo = "]),
            ruled(&["ann reads"]),
            ruled(&["ann reads the photo"]),
            ruled(&["ann deletes photo"]),
            ruled(&["carol reads photo"]),
            ruled(&["ann"]),
            ruled(&[&long]).split_once('⇒').map(|(_, ruling)| ruling.to_owned()).unwrap_or_default(),
            ruled(&["#"; 50]).split_once('⇒').map(|(_, ruling)| ruling.to_owned()).unwrap_or_default(),
        ];
        assert!(all.iter().all(|text| text.contains("NotUnderstood")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_was_found_where_is_shown() {
        let ruling = sticky_misses_an_own_write(
            "F2 lags 3 s\nann writes photo = new\nann reads photo\nbob reads photo",
        );
        insta::assert_snapshot!(ruling.figure.expect("it ran").as_text());
    }

    /// All stories of a write and at most one more operation, with every lag: those that hold are a user's write and
    /// the same user's read of it, with her own follower behind by more than a second.
    #[test]
    fn of_all_short_stories_exactly_those_hold_that_should() {
        let operations: Vec<Step> = (0..2)
            .flat_map(|user| {
                let (key, value) = ("x".to_owned(), "1".to_owned());
                [Step::Writes { user, key: key.clone(), value }, Step::Reads { user, key }]
            })
            .collect();
        for (first, second) in operations.iter().flat_map(|a| operations.iter().map(move |b| (a, b))) {
            for (follower, by) in [(1, Time::ZERO), (1, Time::ms(500)), (1, Time::s(2)), (2, Time::s(2))] {
                let steps = [Step::Lags { follower, by }, first.clone(), second.clone()];
                let text: Vec<String> = steps.iter().map(Step::to_string).collect();
                let held = sticky_misses_an_own_write(&text.join("\n")).holds == Holding::Holds;
                let own = match (first, second) {
                    (Step::Writes { user, .. }, Step::Reads { user: reader, .. }) => user == reader,
                    _ => false,
                };
                let behind = by > BETWEEN
                    && matches!(second, Step::Reads { user, .. } if USERS[*user].2 == SERVERS[follower]);
                assert_eq!(held, own && behind, "{}", text.join("\n"));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(ann|bob|F[1-3]|L| lags [0-9]{1,3} m?s| writes x ?= ?1| reads x|#|\n){0,14}") {
            let _ = sticky_misses_an_own_write(&text);
        }
    }
}
