//! Three leaders that send each change to everybody: a change overtakes the one that it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use replication_lab::view::{Figure, Table};

use super::{Holding, Refused, Ruling, refused};

const LEADERS: [&str; 3] = ["A", "B", "C"];
/// Most steps.
const MOST: usize = 14;
/// Most lines, comments included.
const MOST_LINES: usize = 30;
const A_LINE: &str = "`A inserts x`, `A updates x`, `A deletes x`, or `2 reaches C`: a leader A, B or C, or the number of a change";

/// Rules on a schedule.
pub(super) fn update_overtakes_its_insert(text: &str) -> Ruling {
    match read(text).and_then(|steps| carry_out(&steps).map(|run| run.ruling())) {
        Ok(ruling) => ruling,
        Err(refused) => refused.into(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Insert,
    Update,
    Delete,
}

/// What happens in one line.
enum Step {
    Writes(usize, Kind),
    /// A change, by its number from 1, and the leader that it reaches.
    Reaches(usize, usize),
}

fn read(text: &str) -> Result<Vec<(usize, Step)>, Refused> {
    if text.lines().count() > MOST_LINES {
        return refused(MOST_LINES + 1, "", format!("the end: {MOST_LINES} lines at the most"));
    }
    let mut steps = Vec::new();
    for (line, whole) in (1..).zip(text.lines()) {
        let content = whole.split('#').next().unwrap_or_default().to_lowercase();
        let words: Vec<&str> = content.split_whitespace().collect();
        let refused = |why: &str, expected: &str| refused(line, why, expected);
        let leader = |name: &str| LEADERS.iter().position(|known| known.eq_ignore_ascii_case(name));
        let kind = |verb: &str| match verb {
            "inserts" => Some(Kind::Insert),
            "updates" => Some(Kind::Update),
            "deletes" => Some(Kind::Delete),
            _ => None,
        };
        let step = match words[..] {
            [] => continue,
            [number, "reaches", to] => match (number.parse::<usize>().ok(), leader(to)) {
                (Some(number), Some(to)) => Step::Reaches(number, to),
                (None, _) => {
                    return refused("Changes have numbers, from 1 on, in the order of these lines.", A_LINE);
                }
                (_, None) => return refused("There are three leaders, A, B and C.", A_LINE),
            },
            [who, verb, "x"] => match (leader(who), kind(verb)) {
                (Some(who), Some(kind)) => Step::Writes(who, kind),
                (None, _) => return refused("There are three leaders, A, B and C.", A_LINE),
                (_, None) => return refused("I can't make sense of it.", A_LINE),
            },
            _ => return refused("I can't make sense of it.", A_LINE),
        };
        if steps.len() == MOST {
            return refused("That is one step too many.", &format!("the end: {MOST} steps are enough"));
        }
        steps.push((line, step));
    }
    Ok(steps)
}

/// A change of row x.
#[derive(Clone, Debug)]
struct Change {
    origin: usize,
    kind: Kind,
    /// The changes that its leader had applied before, by their places.
    after: BTreeSet<usize>,
}

impl Change {
    fn told(&self, place: usize) -> String {
        let verb = match self.kind {
            Kind::Insert => "insert",
            Kind::Update => "update",
            Kind::Delete => "delete",
        };
        format!("{} ({verb} of {})", place + 1, LEADERS[self.origin])
    }
}

/// One leader's copy of row x: the number of the change that wrote it.
#[derive(Clone, Debug, Default)]
struct Copy {
    row: Option<usize>,
    applied: Vec<usize>,
    waiting: Vec<usize>,
    /// Changes that found no row.
    missed: Vec<usize>,
}

impl Copy {
    fn apply(&mut self, place: usize, kind: Kind) {
        match (kind, self.row) {
            (Kind::Insert, _) | (Kind::Update, Some(_)) => self.row = Some(place),
            (Kind::Delete, Some(_)) => self.row = None,
            (Kind::Update | Kind::Delete, None) => self.missed.push(place),
        }
        self.applied.push(place);
    }
}

impl fmt::Display for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(place) => write!(f, "as change {} left it", place + 1),
            None => f.write_str("no row"),
        }
    }
}

/// A schedule that was carried out.
struct Run {
    changes: Vec<Change>,
    /// Who applies everything when it arrives.
    plain: [Copy; 3],
    /// Who holds a change back until what its writer had applied is there.
    careful: [Copy; 3],
    /// Who has got which changes.
    reached: BTreeMap<usize, BTreeSet<usize>>,
}

fn carry_out(steps: &[(usize, Step)]) -> Result<Run, Refused> {
    let mut run = Run {
        changes: Vec::new(),
        plain: Default::default(),
        careful: Default::default(),
        reached: BTreeMap::new(),
    };
    for (line, step) in steps {
        let refused = |why: String, expected: &str| refused(*line, why, expected);
        match *step {
            Step::Writes(who, kind) => {
                let there = run.plain[who].row.is_some();
                let name = LEADERS[who];
                if kind == Kind::Insert && there {
                    return refused(
                        format!("{name} has row x already."),
                        "an update or a deletion, or another leader",
                    );
                }
                if kind != Kind::Insert && !there {
                    let expected = "a leader that has the row: let the insert reach it before";
                    return refused(
                        format!("{name} has no row x, so a client there finds nothing to change."),
                        expected,
                    );
                }
                let place = run.changes.len();
                let after = run.plain[who].applied.iter().copied().collect();
                run.changes.push(Change { origin: who, kind, after });
                run.reached.insert(place, BTreeSet::from([who]));
                run.plain[who].apply(place, kind);
                run.receive(who, place);
            }
            Step::Reaches(number, to) => {
                let Some(place) = number.checked_sub(1).filter(|place| *place < run.changes.len()) else {
                    let expected =
                        format!("the number of a change that was made before: {} so far", run.changes.len());
                    return refused(format!("There is no change {number} yet."), &expected);
                };
                let name = LEADERS[to];
                let origin = run.changes[place].origin;
                if run.reached.get(&place).is_some_and(|reached| reached.contains(&to)) {
                    let expected = "a change and a leader that it has not reached";
                    return refused(format!("{name} has change {number} already."), expected);
                }
                let earlier = (0..place).find(|other| {
                    run.changes[*other].origin == origin
                        && run.reached.get(other).is_none_or(|reached| !reached.contains(&to))
                });
                if let Some(earlier) = earlier {
                    let why = format!(
                        "The link from {} to {name} keeps its order, and change {} comes first.",
                        LEADERS[origin],
                        earlier + 1
                    );
                    return refused(why, &format!("`{} reaches {name}`", earlier + 1));
                }
                run.reached.entry(place).or_default().insert(to);
                let kind = run.changes[place].kind;
                run.plain[to].apply(place, kind);
                run.receive(to, place);
            }
        }
    }
    Ok(run)
}

impl Run {
    /// A careful leader gets a change.
    fn receive(&mut self, who: usize, place: usize) {
        let copy = &mut self.careful[who];
        copy.waiting.push(place);
        let ready = |copy: &Copy| {
            let ready =
                |place: &usize| self.changes[*place].after.iter().all(|before| copy.applied.contains(before));
            copy.waiting.iter().position(ready)
        };
        while let Some(at) = ready(copy) {
            let place = copy.waiting.remove(at);
            copy.apply(place, self.changes[place].kind);
        }
    }

    fn ruling(&self) -> Ruling {
        let (holds, explanation) = match self.overtaken() {
            Ok(told) => (Holding::Holds, told),
            Err(told) => (Holding::DoesNotHold, told),
        };
        Ruling { holds, explanation, figure: Some(self.figure()) }
    }

    /// That a change was lost because it came too early, or why that is not shown.
    fn overtaken(&self) -> Result<String, String> {
        if self.changes.is_empty() {
            return Err("Nothing is written, so nothing can be overtaken.".into());
        }
        let missing = self.reached.iter().find_map(|(place, reached)| {
            (0..LEADERS.len()).find(|leader| !reached.contains(leader)).map(|leader| (*place, leader))
        });
        if let Some((place, leader)) = missing {
            return Err(format!(
                "Change {} has not reached {} yet. A difference that is left now may be mere lag: let every change reach \
                 every leader.",
                self.changes[place].told(place),
                LEADERS[leader]
            ));
        }
        let differ = |copies: &[Copy; 3]| copies.iter().any(|copy| copy.row != copies[0].row);
        if differ(&self.careful) {
            return Err("The leaders differ, but they would also differ if everybody waited for what a change depends on. Two \
                        changes that don't know of each other meet here: that is a conflict, and needs a rule for conflicts. \
                        Let the second change be made by somebody who has the first."
                .into());
        }
        if !differ(&self.plain) {
            let late = self.plain.iter().any(|copy| !copy.missed.is_empty());
            return Err(match (late, self.changes.len()) {
                (true, _) => "A change came to a leader before what it depends on, and found no row there. But in the end all \
                              leaders have the same. Leave out what has made good the damage."
                    .into(),
                (false, 1) => "One change alone has nothing that it could overtake. Let another leader that has the row change \
                               it."
                    .into(),
                (false, _) => "All leaders have the same: each change came after what it depends on. Let the second change take \
                               the shorter way, and reach the third leader before the first one does."
                    .into(),
            });
        }
        let who = self.plain.iter().position(|copy| !copy.missed.is_empty()).unwrap_or_else(|| {
            // A deletion that came first found the row, and an earlier update or insert brought it back.
            self.plain
                .iter()
                .zip(&self.careful)
                .position(|(plain, careful)| plain.row != careful.row)
                .unwrap_or(0)
        });
        let lost = self.plain[who].missed.first().map(|place| {
            format!(
                "Change {} found no row on {} and was gone. ",
                self.changes[*place].told(*place),
                LEADERS[who]
            )
        });
        Ok(format!(
            "{}{} has got all changes, and its row is {}; it should be {}. No error was reported, and nothing mends it. Who \
             holds a change back until what its writer had is there, too, comes out right in the same schedule.",
            lost.unwrap_or_default(),
            LEADERS[who],
            self.plain[who],
            self.careful[who]
        ))
    }

    fn figure(&self) -> Figure {
        let header = [
            "leader",
            "changes as they came",
            "row x, applied on arrival",
            "row x, held back by what it depends on",
        ];
        let row = |table: Table, (leader, name): (usize, &&str)| {
            let came: Vec<String> =
                self.plain[leader].applied.iter().map(|place| self.changes[*place].told(*place)).collect();
            table.row([
                (*name).to_owned(),
                came.join(", "),
                self.plain[leader].to_string(),
                self.careful[leader].to_string(),
            ])
        };
        LEADERS.iter().enumerate().fold(Table::new(header), row).figure()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OVERTAKEN: [&str; 6] =
        ["A inserts x", "1 reaches B", "B updates x", "2 reaches C", "1 reaches C", "2 reaches A"];

    fn ruled(lines: &[&str]) -> Ruling {
        update_overtakes_its_insert(&lines.join("\n"))
    }

    #[test]
    fn an_update_or_a_deletion_that_comes_first_is_lost() {
        let ruling = ruled(&OVERTAKEN);
        assert_eq!(ruling.holds, Holding::Holds, "{}", ruling.explanation);
        insta::assert_snapshot!(format!("{}\n\n{}", ruling.explanation, ruling.figure.expect("it ran")));
        let deleted = OVERTAKEN.map(|line| if line == "B updates x" { "B deletes x  # gone" } else { line });
        assert_eq!(ruled(&deleted).holds, Holding::Holds);
    }

    #[test]
    fn a_chain_of_three_holds_too() {
        let ruling = ruled(&[
            "A inserts x",
            "1 reaches B",
            "1 reaches C",
            "B updates x",
            "2 reaches C",
            "C updates x",
            "3 reaches A",
            "2 reaches A",
            "3 reaches B",
        ]);
        assert_eq!(ruling.holds, Holding::Holds, "{}", ruling.explanation);
        assert!(ruling.explanation.starts_with("A has got all changes"), "{}", ruling.explanation);
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        for (lines, why) in [
            (["# nothing"].as_slice(), "Nothing is written"),
            (&["A inserts x", "1 reaches B", "1 reaches C"], "One change alone"),
            (&OVERTAKEN[..5], "Change 2 (update of B) has not reached A yet."),
            (
                &["A inserts x", "1 reaches B", "B updates x", "1 reaches C", "2 reaches C", "2 reaches A"],
                "All leaders have the same",
            ),
            (
                &[
                    "A inserts x",
                    "1 reaches B",
                    "1 reaches C",
                    "A updates x",
                    "B updates x",
                    "2 reaches B",
                    "3 reaches A",
                    "2 reaches C",
                    "3 reaches C",
                ],
                "The leaders differ, but they would also differ",
            ),
        ] {
            let ruling = ruled(lines);
            assert_eq!(ruling.holds, Holding::DoesNotHold, "{lines:?}: {}", ruling.explanation);
            assert!(ruling.explanation.starts_with(why), "{lines:?}: {}", ruling.explanation);
        }
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        for (lines, line, says) in [
            (["D inserts x"].as_slice(), 1, "a leader A, B or C"),
            (&["A writes x"], 1, "`A inserts x`"),
            (&["A inserts y"], 1, "`A inserts x`"),
            (&["A inserts x", "one reaches B"], 2, "the number of a change"),
            (&["A inserts x", "2 reaches B"], 2, "1 so far"),
            (&["A inserts x", "0 reaches B"], 2, "1 so far"),
            (&["A inserts x", "1 reaches A"], 2, "has not reached"),
            (&["A inserts x", "B updates x"], 2, "let the insert reach it before"),
            (&["A inserts x", "A inserts x"], 2, "an update or a deletion"),
            (&["A inserts x", "A updates x", "2 reaches B"], 3, "`1 reaches B`"),
            (&["A inserts x"; 31], 31, "30 lines"),
        ] {
            match ruled(lines).holds {
                Holding::NotUnderstood { line: found, expected } => {
                    assert_eq!(found, line, "{lines:?}");
                    assert!(expected.contains(says), "{lines:?}: {expected}");
                }
                other => panic!("{lines:?}: {other:?}"),
            }
        }
    }
}
