//! `course answer --batch`: many answers at once, for a script or an instructor. Notes nothing.

use std::fmt;
use std::fs::File;
use std::path::Path;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::given::read;
use super::{Problem, Verdict};
use crate::question::rubric::NoAnswer;
use crate::question::{Outcome, Ruling, rule};

/// How many bytes a list of answers may have.
const LONGEST: usize = 16 << 20;

/// A table's width, also where the output is no terminal.
const WIDTH: u16 = 110;

const FORM: &str = "give a JSON list: [{\"question\": \"Q9.1\", \"text\": \"…\"}, …]";

/// What became of an entry, in the order of the list. All fields are there, whatever became of it.
#[derive(Debug, Serialize)]
struct Entry {
    /// The question as the entry names it; nothing if it names none.
    question: Option<String>,
    /// The part that was judged.
    part: Option<String>,
    /// Nothing for an entry that can't be judged; the others are.
    verdict: Option<Outcome>,
    points_found: Vec<String>,
    points_missing: Vec<String>,
    misconceptions: Vec<String>,
    no_answer: Option<NoAnswer>,
    remarks: Vec<String>,
    /// Why it can't be judged, with its number in the list.
    error: Option<String>,
}

impl Entry {
    fn broken(question: Option<String>, error: String) -> Self {
        Self {
            question,
            part: None,
            verdict: None,
            points_found: Vec::new(),
            points_missing: Vec::new(),
            misconceptions: Vec::new(),
            no_answer: None,
            remarks: Vec::new(),
            error: Some(error),
        }
    }

    fn ruled(question: Option<String>, ruling: Ruling) -> Self {
        let Ruling {
            part, verdict, points_found, points_missing, misconceptions, no_answer, remarks, ..
        } = ruling;
        let (part, verdict) = (Some(part), Some(verdict));
        Self {
            question,
            part,
            verdict,
            points_found,
            points_missing,
            misconceptions,
            no_answer,
            remarks,
            error: None,
        }
    }
}

/// Judges the entries of `file` (`-` is standard input) and prints what becomes of them.
///
/// # Errors
/// When the list can't be read; or, after the others were judged and printed, when an entry can't be.
pub fn run(file: &Path, json: bool) -> Result<Verdict, Problem> {
    let standard = file == Path::new("-");
    let place = if standard { "standard input".to_string() } else { file.display().to_string() };
    let text = if standard {
        read(std::io::stdin().lock(), LONGEST)
    } else {
        let opened = File::open(file)
            .map_err(|error| Problem::file("read", file, &error, "name a file, or `-` for standard input"))?;
        read(opened, LONGEST)
    };
    let text = text.map_err(|unusable| unusable.problem("the list of answers", &place, FORM))?;
    let (shown, ended) = judge(&text, &place, json)?;
    say!("{shown}");
    ended
}

/// What is printed, and how the command ends.
fn judge(text: &str, place: &str, json: bool) -> Result<(String, Result<Verdict, Problem>), Problem> {
    let list: List = serde_json::from_str(text)
        .map_err(|error| Problem::new(format!("{place} holds no list of answers: {error}"), FORM))?;
    let entries: Vec<Entry> =
        list.0.into_iter().enumerate().map(|(at, given)| entry(at + 1, given)).collect();
    let shown = match json {
        true => serde_json::to_string_pretty(&entries).expect("plain data serialises"),
        false => table(&entries),
    };
    Ok((shown, ended(&entries, place)))
}

fn entry(number: usize, given: Given) -> Entry {
    let result = match (&given.fault, &given.question, &given.text) {
        (Some(fault), ..) => Err(fault.clone()),
        (None, None, _) => Err("`question` is missing".into()),
        (None, _, None) => Err("`text` is missing".into()),
        (None, Some(question), Some(text)) => rule(question, text),
    };
    match result {
        Ok(ruling) => Entry::ruled(given.question, ruling),
        Err(fault) => Entry::broken(given.question, format!("entry {number}: {fault}")),
    }
}

/// Broken entries are a problem, as a wrong use of any command is; else a wrong answer counts as in `course answer`.
fn ended(entries: &[Entry], place: &str) -> Result<Verdict, Problem> {
    let errors: Vec<&str> = entries.iter().filter_map(|entry| entry.error.as_deref()).collect();
    if errors.is_empty() {
        let passed = |entry: &Entry| entry.verdict == Some(Outcome::Pass);
        return Ok(if entries.iter().all(passed) { Verdict::Good } else { Verdict::Wrong });
    }
    Err(Problem::new(
        format!(
            "{} of {} entries of {place} could not be judged\n  {}",
            errors.len(),
            entries.len(),
            errors.join("\n  ")
        ),
        "correct these entries; the others were judged, and `cargo course quiz` shows all questions",
    ))
}

fn table(entries: &[Entry]) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(["", "question", "verdict", "points", "what is missing or wrong"]);
    for (at, entry) in entries.iter().enumerate() {
        let (found, missing) = (entry.points_found.len(), entry.points_missing.len());
        let points = if found + missing == 0 { String::new() } else { format!("+{found} −{missing}") };
        let signed = [
            ("!", entry.error.as_slice()),
            ("✗", &entry.misconceptions),
            ("•", &entry.remarks),
            ("○", &entry.points_missing),
        ];
        let lines: Vec<String> = signed
            .iter()
            .flat_map(|(sign, texts)| texts.iter().map(move |text| format!("{sign} {text}")))
            .collect();
        let verdict = match entry.verdict {
            Some(Outcome::Pass) => "pass",
            Some(Outcome::Partial) => "partial",
            Some(Outcome::Fail) => "fail",
            None => "not judged",
        };
        let question = entry.part.as_ref().or(entry.question.as_ref()).map_or("", String::as_str);
        table.add_row([&(at + 1).to_string(), question, verdict, &points, &lines.join("\n")]);
    }
    let count = |outcome| entries.iter().filter(|entry| entry.verdict == Some(outcome)).count();
    let judged = [Outcome::Pass, Outcome::Partial, Outcome::Fail].map(count);
    format!(
        "{table}\n{} pass, {} partial, {} fail, {} not judged",
        judged[0],
        judged[1],
        judged[2],
        entries.len() - judged.iter().sum::<usize>()
    )
}

/// The entries as they stand in the file, whatever is wrong with them.
struct List(Vec<Given>);

/// An entry as it stands in the file.
#[derive(Default)]
struct Given {
    question: Option<String>,
    text: Option<String>,
    /// What is wrong with its form.
    fault: Option<String>,
}

impl Given {
    fn faulty(found: &str) -> Self {
        let fault = format!("expected an object with `question` and `text`, found {found}");
        Self { fault: Some(fault), ..Self::default() }
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = List;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of objects")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(List(entries))
            }
        }
        deserializer.deserialize_seq(Entries)
    }
}

/// Takes any JSON: what is no entry becomes one with a fault, so that the others are not lost.
impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Given;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object with `question` and `text`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut given = Given::default();
                let mut seen: Vec<String> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value: serde_json::Value = map.next_value()?;
                    let place = match key.as_str() {
                        "question" => Some(&mut given.question),
                        "text" => Some(&mut given.text),
                        _ => None,
                    };
                    let fault = match (place, value) {
                        _ if seen.contains(&key) => Some(format!("`{key}` stands there twice")),
                        (Some(place), serde_json::Value::String(text)) => {
                            *place = Some(text);
                            None
                        }
                        (Some(_), other) => Some(format!("`{key}` must be a string, found {}", kind(&other))),
                        // A list made by another program may say more, such as who answered.
                        (None, _) => None,
                    };
                    given.fault = given.fault.or(fault);
                    seen.push(key);
                }
                Ok(given)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Given, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Given::faulty("a list"))
            }

            fn visit_str<E>(self, _: &str) -> Result<Given, E> {
                Ok(Given::faulty("a string"))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Given, E> {
                Ok(Given::faulty("a boolean"))
            }

            fn visit_unit<E>(self) -> Result<Given, E> {
                Ok(Given::faulty("null"))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
                Ok(Given::faulty("a number"))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Given, E> {
                Ok(Given::faulty("a number"))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Given, E> {
                Ok(Given::faulty("a number"))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "a boolean",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "a string",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = r#"[
      {"question": "Q9.2", "text": "The time from a write on the leader until the follower has applied it."},
      {"question": "Q9.2", "text": "lag, leader, follower, write, apply, seconds, bytes, log"},
      {"question": "Q9.6", "text": "Last write wins."},
      {"question": "Q6.6", "text": "Read repair would have fixed it sooner or later."},
      {"question": "Q6.1", "text": "3"},
      {"question": "q6.4a", "text": "4"},
      {"question": "Q9.1", "text": ""}
    ]"#;

    const BROKEN: &str = r#"[
      {"question": "Q6.1", "text": "4"},
      {"question": "Q6.77", "text": "4"},
      {"question": "Q6.4", "text": "4"},
      {"question": "Q6.1", "text": "4", "text": "5"},
      {"question": "Q6.1"},
      {"text": "4"},
      {"question": 6.1, "text": "4"},
      {"question": "Q6.1", "text": "4", "learner": "Ann"},
      ["Q6.1", "4"],
      null,
      {"question": "Q6.1", "text": "3"}
    ]"#;

    fn judged(text: &str, json: bool) -> String {
        match judge(text, "answers.json", json) {
            Ok((shown, Ok(verdict))) => format!("{shown}\n\n{verdict:?}"),
            Ok((shown, Err(problem))) => format!("{shown}\n\n{problem}"),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn each_answer_is_judged_in_its_place() {
        insta::assert_snapshot!(judged(SOUND, true));
        insta::assert_snapshot!(judged(SOUND, false));
    }

    #[test]
    fn a_broken_entry_loses_no_other() {
        insta::assert_snapshot!(judged(BROKEN, true));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let all = [r#"{"question": "Q6.1", "text": "4"}"#, "[{\"question\": \"Q6.1\",\n]", "[]x", "4"];
        insta::assert_snapshot!(all.map(|text| judged(text, true)).join("\n"));
        assert_eq!(judged("[]", true), "[]\n\nGood");
    }
}
