//! Two transactions at once: a follower that carries the statements out in the order of commits gets other rows than the
//! leader, and one that applies a log of rows doesn't.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use replication_lab::replication_log::{
    ApplyError, Fixing, Identity, Method, Replica, Source, differing_rows,
};
use replication_lab::table_engine::{Database, EngineError, Expr, Statement, Transaction, Value};
use replication_lab::view::{Figure, Table};

use super::watch::sentence;
use super::{Holding, Refused, Ruling, refused};

/// Most lines, comments included.
const MOST_LINES: usize = 20;
/// The longest line, in bytes.
const LONGEST_LINE: usize = 200;
const TABLE: &str = "orders";
const NAMES: [&str; 2] = ["T1", "T2"];
const A_LINE: &str = "`T1: ` or `T2: `, and behind it an INSERT, UPDATE or DELETE on orders, or `commit`";

/// Rules on a schedule.
pub(super) fn statements_in_the_order_of_commits(text: &str) -> Ruling {
    match read(text).and_then(|steps| Run::of(&steps).map(|run| run.ruling(&steps))) {
        Ok(ruling) => ruling,
        Err(refused) => refused.into(),
    }
}

/// One line that does something.
struct Step {
    line: usize,
    /// 0 for T1, 1 for T2.
    who: usize,
    /// Nothing for a commit.
    statement: Option<Statement>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.statement {
            Some(statement) => write!(f, "{}: {statement}", NAMES[self.who]),
            None => write!(f, "{}: commit", NAMES[self.who]),
        }
    }
}

fn read(text: &str) -> Result<Vec<Step>, Refused> {
    if text.lines().count() > MOST_LINES {
        return refused(
            MOST_LINES + 1,
            "",
            format!("the end: a schedule has {MOST_LINES} lines at the most"),
        );
    }
    let mut steps: Vec<Step> = Vec::new();
    for (line, whole) in (1..).zip(text.lines()) {
        if whole.len() > LONGEST_LINE {
            let why = format!("It is {} bytes long, and I read {LONGEST_LINE}.", whole.len());
            return refused(line, why, "one short statement");
        }
        let content = without_comment(whole).trim();
        if content.is_empty() {
            continue;
        }
        let Some((name, what)) = content.split_once(':') else {
            return refused(line, "It doesn't say whose step it is.", A_LINE);
        };
        let name = name.trim();
        let Some(who) = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)) else {
            return refused(line, "There are two transactions, T1 and T2.", A_LINE);
        };
        let done = steps.iter().any(|step| step.who == who && step.statement.is_none());
        if done {
            let other = format!("a step of {}, or the end: {} has committed", NAMES[1 - who], NAMES[who]);
            return refused(line, "A transaction that has committed is over.", other);
        }
        let commit = what.trim().trim_end_matches(';').trim_end().eq_ignore_ascii_case("commit");
        let statement = match commit {
            true => None,
            false => Some(allowed(line, what)?),
        };
        if commit && !steps.iter().any(|step| step.who == who) {
            let expected = format!("a statement of {0} before `{0}: commit`", NAMES[who]);
            return refused(line, format!("{} has done nothing yet.", NAMES[who]), expected);
        }
        steps.push(Step { line, who, statement });
    }
    Ok(steps)
}

/// What stands before a `#` that is not inside quotes.
fn without_comment(line: &str) -> &str {
    let mut quoted = false;
    let end = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '\'';
        !quoted && *letter == '#'
    });
    end.map_or(line, |(at, _)| &line[..at])
}

/// A statement that means the same on every node.
fn allowed(line: usize, text: &str) -> Result<Statement, Refused> {
    let statement: Statement = match text.parse() {
        Ok(statement) => statement,
        Err(why) => {
            let why = match why {
                EngineError::Syntax { at, .. } if at.is_empty() => "It ends too early.".to_owned(),
                EngineError::Syntax { at, .. } => format!("I can't make sense of it from “{at}” on."),
                other => sentence(&other.to_string()),
            };
            let expected = "`commit`, or an INSERT, UPDATE or DELETE on orders, such as the ones above";
            return refused(line, why, expected);
        }
    };
    if statement.is_definition() {
        let why = "It changes what tables look like, and that is not part of a transaction here.";
        return refused(line, why, "an INSERT, UPDATE or DELETE on orders");
    }
    if statement.table() != TABLE {
        return refused(line, format!("There is no table {}.", statement.table()), "a statement on orders");
    }
    let limited = match &statement {
        Statement::Update { limit, .. } | Statement::Delete { limit, .. } => limit.is_some(),
        _ => false,
    };
    if limited {
        let why =
            "LIMIT takes rows as they lie on the pages, and would be unsafe with one transaction alone.";
        return refused(line, why, "the rows that you mean, by WHERE");
    }
    let varies = |part: &&Expr| {
        matches!(part, Expr::Now | Expr::SysDate | Expr::Random(..) | Expr::Uuid | Expr::NextId(_))
    };
    match statement.expressions().into_iter().flat_map(Expr::parts).find(varies) {
        Some(function) => {
            let why = format!(
                "{function} has another value on each node, and needs no second transaction to go wrong."
            );
            refused(line, why, "a plain value in its place: here only the order may be at fault")
        }
        None => Ok(statement),
    }
}

/// The orders that are there at the beginning.
fn orders() -> Database {
    let mut db = Database::new(15, 1);
    for sql in [
        "CREATE TABLE orders (id SERIAL PRIMARY KEY, user_id INT, points INT DEFAULT 0)",
        "INSERT INTO orders (user_id, points) VALUES (7, 10), (7, 20), (8, 30)",
    ] {
        db.execute(sql).expect("the statements are fixed");
    }
    db
}

/// A schedule that was carried out.
struct Run {
    leader: Database,
    /// The transactions in the order in which they committed.
    committed: Vec<usize>,
    statements: Replica,
    /// Why that follower stopped, if it did.
    stopped: Option<ApplyError>,
    rows: Replica,
    rows_stopped: Option<ApplyError>,
}

impl Run {
    fn of(steps: &[Step]) -> Result<Self, Refused> {
        let (leader, statements, stopped) = follow(steps, Method::Statement(Fixing::Context))?;
        let (_, rows, rows_stopped) = follow(steps, Method::Logical(Identity::Default))?;
        let committed = steps.iter().filter(|step| step.statement.is_none()).map(|step| step.who).collect();
        Ok(Self { leader, committed, statements, stopped, rows, rows_stopped })
    }

    fn differ(&self, follower: &Replica) -> usize {
        differing_rows(&self.leader, &follower.db, TABLE).unwrap_or(usize::MAX)
    }

    /// Whether the follower of statements has other rows than the leader.
    fn diverged(&self) -> bool {
        self.stopped.is_some() || self.differ(&self.statements) > 0
    }

    fn ruling(&self, steps: &[Step]) -> Ruling {
        let diverged = self.diverged();
        let equal = self.rows_stopped.is_none() && self.differ(&self.rows) == 0;
        let (holds, explanation) = match diverged && equal {
            true => (Holding::Holds, self.shown(steps)),
            false => (Holding::DoesNotHold, self.why_not(steps, diverged)),
        };
        Ruling { holds, explanation, figure: Some(self.figure()) }
    }

    /// The transactions in the log.
    fn order(&self) -> String {
        let names: Vec<&str> = self.committed.iter().map(|who| NAMES[*who]).collect();
        names.join(", then ")
    }

    fn shown(&self, steps: &[Step]) -> String {
        let mut told = vec![format!("The order of commits is {}.", self.order())];
        if let Some(step) = overtaken(steps) {
            told.push(format!(
                "The leader carried out “{step}” before {} had committed, and so without what {0} did. In the log it \
                 comes after it.",
                NAMES[1 - step.who]
            ));
        }
        told.push(match &self.stopped {
            Some(why) => format!("The follower of statements stops: {why}."),
            None => {
                let differ = match self.differ(&self.statements) {
                    1 => "1 row differs".to_owned(),
                    count => format!("{count} rows differ"),
                };
                format!(
                    "On the follower of statements {differ} from the leader's, and nobody reports an error."
                )
            }
        });
        told.push(
            "The log of rows has what the statements did, not what they said: that follower is equal.".into(),
        );
        told.join(" ")
    }

    fn why_not(&self, steps: &[Step], diverged: bool) -> String {
        if diverged {
            return "The statements went wrong, and the log of rows did too: that is no fault of the statements alone."
                .into();
        }
        if steps.is_empty() {
            return "Nothing is done in this schedule, so nobody differs.".into();
        }
        match &self.committed[..] {
            [] => {
                "Nothing has committed, so the log is empty: what isn't committed is rolled back. End both \
                   transactions with `commit`."
                    .into()
            }
            [one] => format!(
                "Only {} has committed; the other one is rolled back, and in no log. One transaction alone is in its \
                 own order. Let both commit.",
                NAMES[*one]
            ),
            _ if overtaken(steps).is_none() => format!(
                "The order of commits is {}, and the two didn't overlap: each statement of the later one was carried \
                 out when the earlier one had committed, on the leader as on the follower. Let one begin before the \
                 other commits.",
                self.order()
            ),
            _ if Run::of(&other_way_round(steps)).is_ok_and(|run| run.diverged()) => format!(
                "The two overlapped, and it does matter which one comes first. But the order of commits, {}, is the \
                 one in which they looked: what a statement missed on the leader comes after it in the log, too. Which \
                 order of commits puts it before?",
                self.order()
            ),
            _ => format!(
                "The two overlapped, and the order of commits is {}. All three have the same rows, because no \
                 statement finds anything that the other transaction has changed. Let one of them find, by its WHERE, \
                 what the other one adds or changes: then it matters which of the two comes first.",
                self.order()
            ),
        }
    }

    fn figure(&self) -> Figure {
        let all =
            [&self.leader, &self.statements.db, &self.rows.db].map(|db| db.rows(TABLE).unwrap_or_default());
        let keys: BTreeSet<&Value> = all.iter().flat_map(|rows| rows.keys()).collect();
        let header = ["id", "on the leader", "follower of statements", "follower of rows"];
        let table = keys.into_iter().fold(Table::new(header), |table, key| {
            let cell = |rows: &BTreeMap<Value, Vec<Value>>| match rows.get(key) {
                Some(row) => format!("user {}, {} points", row[1], row[2]),
                None => "–".to_owned(),
            };
            table.row([key.to_string(), cell(&all[0]), cell(&all[1]), cell(&all[2])])
        });
        table.figure()
    }
}

/// The first statement of the transaction that commits last which was carried out before the other one committed.
fn overtaken(steps: &[Step]) -> Option<&Step> {
    let first = steps.iter().position(|step| step.statement.is_none())?;
    let early = steps[first].who;
    steps[..first].iter().find(|step| step.who != early)
}

/// The same steps, each commit in the place of the other one; what stood after its own commit then is left out.
fn other_way_round(steps: &[Step]) -> Vec<Step> {
    let mut over = [false; 2];
    let swapped = steps.iter().filter_map(|step| {
        let who = if step.statement.is_none() { 1 - step.who } else { step.who };
        let late = over[who];
        over[who] |= step.statement.is_none();
        (!late).then(|| Step { line: step.line, who, statement: step.statement.clone() })
    });
    swapped.collect()
}

type Followed = (Database, Replica, Option<ApplyError>);

/// Carries the steps out on a leader that logs in this way, and lets a follower apply the log.
fn follow(steps: &[Step], method: Method) -> Result<Followed, Refused> {
    let db = orders();
    let copy = db.copy_of_pages(2);
    let mut leader = match Source::new(db, method) {
        Ok(leader) => leader,
        Err(why) => return refused(1, sentence(&why.to_string()), "another schedule"),
    };
    let mut follower = Replica::of(&leader, copy);
    let mut open: [Option<Transaction>; 2] = [None, None];
    for step in steps {
        match &step.statement {
            Some(statement) => {
                let transaction = open[step.who].get_or_insert_with(|| leader.db.begin());
                if let Err(why) = leader.db.execute_in(transaction, &statement.to_string()) {
                    let expected = "a statement that the leader can carry out there";
                    return refused(step.line, sentence(&why.to_string()), expected);
                }
            }
            None => {
                let Some(transaction) = open[step.who].take() else { continue };
                if let Err(why) = leader.commit(transaction) {
                    let why = sentence(&why.to_string());
                    let why = format!(
                        "{why} A leader with locks would have let one of the two wait for the other."
                    );
                    return refused(step.line, why, "a commit of rows that the other transaction left alone");
                }
            }
        }
    }
    let stopped = follower.catch_up(&leader).err();
    Ok((leader.db, follower, stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let ruling = statements_in_the_order_of_commits(&lines.join("\n"));
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("\n"), ruling.holds, ruling.explanation)
    }

    fn holding(lines: &[&str]) -> Holding {
        statements_in_the_order_of_commits(&lines.join("\n")).holds
    }

    const DELETE: &str = "T1: DELETE FROM orders WHERE user_id = 7";
    const INSERT: &str = "T2: INSERT INTO orders (user_id) VALUES (7)";

    #[test]
    fn every_way_is_recognised() {
        let all = [
            ruled(&[DELETE, INSERT, "T2: commit", "T1: commit"]),
            ruled(&[
                "# names in any case",
                "t2 : insert into orders (user_id) values (7);",
                DELETE,
                "T2: COMMIT",
                "T1: commit",
            ]),
            ruled(&[
                "T1: UPDATE orders SET points = 0 WHERE user_id = 7",
                "T2: UPDATE orders SET user_id = 7 WHERE id = 3",
                "T2: commit",
                "T1: commit",
            ]),
            // The one that begins second commits second.
            ruled(&["T2: INSERT INTO orders (user_id) VALUES (7)", DELETE, "T2: commit", "T1: commit"]),
            // The follower moves one row more, to a key that is taken.
            ruled(&[
                "T1: UPDATE orders SET id = id + 8 WHERE user_id = 8",
                "T2: INSERT INTO orders VALUES (4, 8, 1), (12, 9, 1)",
                "T2: commit",
                "T1: commit",
            ]),
        ];
        assert!(all.iter().all(|text| text.contains("⇒ Holds")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        let all = [
            ruled(&["# nothing"]),
            ruled(&[DELETE, INSERT]),
            ruled(&[DELETE, INSERT, "T2: commit"]),
            ruled(&[DELETE, "T1: commit", INSERT, "T2: commit"]),
            ruled(&[INSERT, "T2: commit", DELETE, "T1: commit"]),
            ruled(&[DELETE, INSERT, "T1: commit", "T2: commit"]),
            ruled(&["T1: DELETE FROM orders WHERE user_id = 8", INSERT, "T2: commit", "T1: commit"]),
            ruled(&["T1: INSERT INTO orders (user_id) VALUES (8)", INSERT, "T2: commit", "T1: commit"]),
        ];
        assert!(all.iter().all(|text| text.contains("⇒ DoesNotHold")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        let long = format!("T1: DELETE FROM orders # {}", "x".repeat(300));
        let all = [
            ruled(&["DELETE FROM orders"]),
            ruled(&["# first", "T3: DELETE FROM orders"]),
            ruled(&["T1:"]),
            ruled(&["T1: SELECT * FROM orders"]),
            ruled(&["T1: DELETE FROM orders WERE id = 1"]),
            ruled(&["T1: DELETE FROM users"]),
            ruled(&["T1: CREATE TABLE users (id INT PRIMARY KEY)"]),
            ruled(&["T1: UPDATE orders SET points = RANDOM(1, 6)"]),
            ruled(&["T1: DELETE FROM orders WHERE points < 5 + RANDOM(1, 6)"]),
            ruled(&["T1: DELETE FROM orders LIMIT 1"]),
            ruled(&["T1: UPDATE orders SET price = 3"]),
            ruled(&["T1: INSERT INTO orders VALUES (1, 7, 0)"]),
            ruled(&["T1: commit"]),
            ruled(&[DELETE, "T1: commit", "T1: DELETE FROM orders"]),
            ruled(&[DELETE, "T2: UPDATE orders SET points = 1 WHERE id = 1", "T2: commit", "T1: commit"]),
            ruled(&[&long]).split_once('⇒').map(|(_, ruling)| ruling.to_owned()).unwrap_or_default(),
            ruled(&["#"; 50]).split_once('⇒').map(|(_, ruling)| ruling.to_owned()).unwrap_or_default(),
        ];
        assert!(all.iter().all(|text| text.contains("NotUnderstood")), "{}", all.join("\n\n"));
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn all_three_tables_are_shown() {
        let ruling =
            statements_in_the_order_of_commits(&[DELETE, INSERT, "T2: commit", "T1: commit"].join("\n"));
        insta::assert_snapshot!(ruling.figure.expect("it ran").as_text());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(T[1-3]: ?|commit|DELETE FROM orders|INSERT INTO orders \\(user_id\\) VALUES \\(7\\)\
                                   | WHERE (id|user_id) = [1-9]|UPDATE orders SET (id|user_id) = [1-9]|NOW\\(\\)|'|#|\n){0,14}") {
            let _ = statements_in_the_order_of_commits(&text);
        }

        /// One after the other, nothing goes wrong, whatever they do.
        #[test]
        fn one_after_the_other_is_no_counterexample(
            first in "(DELETE FROM orders WHERE (user_id = [78]|id = [1-4])|INSERT INTO orders \\(user_id\\) VALUES \\([78]\\))",
            second in "(DELETE FROM orders WHERE (user_id = [78]|id = [1-4])|INSERT INTO orders \\(user_id\\) VALUES \\([78]\\))",
        ) {
            let steps = [format!("T1: {first}"), "T1: commit".into(), format!("T2: {second}"), "T2: commit".into()];
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            proptest::prop_assert_ne!(holding(&steps), Holding::Holds);
        }
    }
}
