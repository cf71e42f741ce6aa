//! Clients write one key on one server: a version vector for all values keeps one that a dotted one has dropped.

use std::collections::BTreeMap;

use replication_lab::siblings::{Scheme, SiblingStore};
use replication_lab::view::{Figure, Table};

use super::{Holding, Refused, Ruling, refused};

const CLIENTS: [&str; 3] = ["X", "Y", "Z"];
/// Most operations.
const MOST: usize = 6;
/// Most lines, comments included.
const MOST_LINES: usize = 20;
const A_LINE: &str = "`X reads`, or `X puts v1`: a client X, Y or Z, and a value of letters and digits";

/// Rules on a schedule.
pub(super) fn merged_vector_keeps_too_much(text: &str) -> Ruling {
    match read(text) {
        Ok(steps) => ruling(&steps),
        Err(refused) => refused.into(),
    }
}

/// One operation: whose, and the value that is put, or none for a read.
struct Step {
    who: &'static str,
    value: Option<String>,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{} puts {value}", self.who),
            None => write!(f, "{} reads", self.who),
        }
    }
}

fn read(text: &str) -> Result<Vec<Step>, Refused> {
    if text.lines().count() > MOST_LINES {
        return refused(MOST_LINES + 1, "", format!("the end: {MOST_LINES} lines at the most"));
    }
    let mut steps: Vec<Step> = Vec::new();
    for (line, whole) in (1..).zip(text.lines()) {
        let content = whole.split('#').next().unwrap_or_default();
        let words: Vec<&str> = content.split_whitespace().collect();
        let refused = |why: &str, expected: &str| refused(line, why, expected);
        let (name, value) = match words[..] {
            [] => continue,
            [name, "reads"] => (name, None),
            [name, "puts", value] => (name, Some(value)),
            _ => return refused("I can't make sense of it.", A_LINE),
        };
        let Some(who) = CLIENTS.into_iter().find(|known| known.eq_ignore_ascii_case(name)) else {
            return refused("There are three clients, X, Y and Z.", A_LINE);
        };
        if let Some(value) = value {
            if value.len() > 12 || !value.chars().all(|c| c.is_ascii_alphanumeric()) {
                return refused(
                    "That is no plain value.",
                    "a short value of letters and digits, such as `v2`",
                );
            }
            if steps.iter().any(|step| step.value.as_deref() == Some(value)) {
                let why = format!("{value} was put before, and nobody could tell the two apart.");
                return refused(&why, "a value that was not put before");
            }
        }
        if steps.len() == MOST {
            let expected = format!("the end: {MOST} operations are enough");
            return refused("That is one operation too many.", &expected);
        }
        steps.push(Step { who, value: value.map(str::to_owned) });
    }
    Ok(steps)
}

/// What a store shows after each step.
fn run(scheme: Scheme, steps: &[Step]) -> (Vec<String>, Vec<String>) {
    const KEY: &str = "x";
    let mut store = SiblingStore::new("A", scheme);
    let mut contexts = BTreeMap::new();
    let mut shown = Vec::new();
    for step in steps {
        match &step.value {
            None => {
                contexts.insert(step.who, store.context(KEY));
            }
            Some(value) => {
                let context = contexts.get(step.who).cloned().unwrap_or_default();
                store.put(KEY, value.clone(), &context).expect("so few values are far from the limit");
            }
        }
        shown.push(store.describe(KEY));
    }
    (store.values(KEY), shown)
}

fn ruling(steps: &[Step]) -> Ruling {
    let (merged, merged_shown) = run(Scheme::MergedVector, steps);
    let (dotted, dotted_shown) = run(Scheme::Dotted, steps);
    let extra: Vec<&String> = merged.iter().filter(|value| !dotted.contains(value)).collect();
    let rows = steps.iter().zip(merged_shown.iter().zip(&dotted_shown));
    let row = |table: Table, (step, (merged, dotted)): (&Step, (&String, &String))| {
        table.row([step.to_string(), merged.clone(), dotted.clone()])
    };
    let figure: Figure = rows
        .fold(Table::new(["operation", "one vector for all values", "a dot for each value"]), row)
        .figure();
    let (holds, explanation) = match extra.first() {
        Some(value) => (Holding::Holds, shown(steps, value, &dotted)),
        None => (Holding::DoesNotHold, why_not(steps, &merged)),
    };
    Ruling { holds, explanation, figure: Some(figure) }
}

/// Who has replaced this value: the first put of a client that had read it.
fn shown(steps: &[Step], value: &str, dotted: &[String]) -> String {
    let put = steps.iter().position(|step| step.value.as_deref() == Some(value)).unwrap_or(0);
    let replaced = steps.iter().enumerate().skip(put + 1).find(|(at, step)| {
        let before = &steps[..*at];
        let read = before.iter().rposition(|other| other.who == step.who && other.value.is_none());
        step.value.is_some() && read.is_some_and(|read| read > put)
    });
    let replaced = replaced.map_or_else(String::new, |(_, step)| {
        let new = step.value.as_deref().unwrap_or_default();
        format!("{} had read {value} when {} put {new}, so {new} replaces it. ", step.who, step.who)
    });
    format!(
        "{replaced}With a dot for each value the store knows that, and keeps {}. With one vector for all of them it sees \
         only that the writer had not seen *everything*, and keeps {value} beside the rest: a sibling that is none.",
        dotted.join(" and ")
    )
}

fn why_not(steps: &[Step], merged: &[String]) -> String {
    let puts = steps.iter().filter(|step| step.value.is_some()).count();
    if puts == 0 {
        return "Nothing is put, so neither store keeps anything.".into();
    }
    if steps.iter().all(|step| step.value.is_some()) {
        return "Nobody reads. Then no writer has seen anything, no value replaces another, and both stores keep all of \
                them: those are true siblings. Let somebody read, and write with what was read."
            .into();
    }
    if merged.len() < 2 {
        return format!(
            "Both stores keep {} alone: whoever wrote it had seen all that was there. Let somebody else write between the \
             read and the put that goes with it.",
            merged.join("")
        );
    }
    "Both stores keep the same values. A store with one vector for all goes wrong when a writer has seen *some* of what is \
     there and not all of it: let her read, let another one write, and then let her put."
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> Ruling {
        merged_vector_keeps_too_much(&lines.join("\n"))
    }

    #[test]
    fn the_shortest_ways_hold() {
        for lines in [
            ["X puts v1", "X reads", "Y puts v2", "X puts v3"].as_slice(),
            &["x puts v1  # blind", "", "z reads", "Y puts v2", "Z puts v3"],
            &["X puts a", "Y puts b", "Z reads", "X puts c", "Z puts d"],
        ] {
            let ruling = ruled(lines);
            assert_eq!(ruling.holds, Holding::Holds, "{lines:?}: {}", ruling.explanation);
        }
        let ruling = ruled(&["X puts v1", "X reads", "Y puts v2", "X puts v3"]);
        assert!(ruling.explanation.starts_with("X had read v1 when X put v3, so v3 replaces it."));
        insta::assert_snapshot!(ruling.figure.expect("it ran"));
    }

    /// No schedule of three operations shows it, so the shortest has four.
    #[test]
    fn three_operations_are_not_enough() {
        let lines = |number: usize, at: usize| {
            let client = CLIENTS[number % 3];
            if number / 3 == 0 { format!("{client} reads") } else { format!("{client} puts v{at}") }
        };
        for number in 0..6 * 6 * 6 {
            let text = [number / 36, number / 6 % 6, number % 6];
            let text: Vec<String> = text.iter().enumerate().map(|(at, number)| lines(*number, at)).collect();
            assert_eq!(
                merged_vector_keeps_too_much(&text.join("\n")).holds,
                Holding::DoesNotHold,
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_does_not_show_it_says_why() {
        for (lines, why) in [
            (["X reads"].as_slice(), "Nothing is put"),
            (&[], "Nothing is put"),
            (&["X puts v1", "Y puts v2", "X puts v3"], "Nobody reads."),
            (&["X puts v1", "Y reads", "Y puts v2"], "Both stores keep v2 alone"),
            (&["X puts v1", "Y puts v2", "X reads"], "Both stores keep the same values."),
        ] {
            let ruling = ruled(lines);
            assert_eq!(ruling.holds, Holding::DoesNotHold, "{lines:?}");
            assert!(ruling.explanation.starts_with(why), "{lines:?}: {}", ruling.explanation);
        }
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_line() {
        for (lines, line, says) in [
            (["X puts v1", "W reads"].as_slice(), 2, "`X reads`"),
            (&["X writes v1"], 1, "`X puts v1`"),
            (&["X puts v1", "", "Y puts v1"], 3, "not put before"),
            (&["X puts {v}"], 1, "letters and digits"),
            (&["X reads"; 7], 7, "6 operations"),
            (&["# nothing"; 21], 21, "20 lines"),
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
