//! Lines of EDN maps about texts under independent keys.
//!
//! ```text
//! {:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}
//! {:process 2, :type :invoke, :f :get, :key "0", :value nil}
//! {:process 9, :type :ok, :f :append, :key "0", :value "x 9 0 y"}
//! {:process 2, :type :ok, :f :get, :key "0", :value "x 9 0 y"}
//! ```
//!
//! A map may have further entries, as `:time`; they are left out, and so is what a process without a number does.

use std::fmt::Write;

use super::super::{Action, Op};
use super::error::{ExportError, FormatError, Problem};
use super::events::{Event, Function, Line, Pairing, events};
use super::scan::{Scanner, Value};
use super::{Format, Recorded};

pub(super) fn read(text: &str) -> Result<Recorded, FormatError> {
    let mut pairing = Pairing::default();
    for (number, text) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let mut scanner = Scanner::new(text);
        if scanner.is_at_end() {
            continue;
        }
        let problem = |problem| FormatError::at(number, problem);
        let entries = scanner.map().map_err(|expected| problem(Problem::Broken(expected)))?;
        if !scanner.is_at_end() {
            return Err(problem(Problem::Broken("one map on a line".into())));
        }
        if let Some(line) = line(number, &entries).map_err(problem)? {
            pairing.take(line)?;
        }
    }
    Ok(Recorded { history: pairing.history(), initially: Some(String::new()) })
}

fn line(number: usize, entries: &[(String, Value)]) -> Result<Option<Line>, Problem> {
    let entry = |key: &str| entries.iter().find(|(other, _)| other == key).map(|(_, value)| value);
    let keyword = |key: &str| match entry(key) {
        Some(Value::Keyword(keyword)) => Ok(keyword.as_str()),
        _ => Err(Problem::Broken(format!("{key} with a keyword"))),
    };
    let process = match entry(":process") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Keyword(_)) => return Ok(None),
        _ => return Err(Problem::Broken(":process with a number".into())),
    };
    let event = Event::of(keyword(":type")?)?;
    let function = match keyword(":f")? {
        ":get" => Function::Get,
        ":put" => Function::Write,
        ":append" => Function::Append,
        other => return Err(Problem::UnknownOperation(other.to_owned())),
    };
    let key = entry(":key").and_then(Value::scalar);
    let key = key.ok_or_else(|| Problem::Broken(":key with a text".into()))?;
    let value = entry(":value").cloned().unwrap_or(Value::Nil);
    Ok(Some(Line { number, process, event, function, key, value }))
}

pub(super) fn write(recorded: &Recorded) -> Result<String, ExportError> {
    let refuse = |why: &str| Err(ExportError { format: Format::Edn, why: why.to_owned() });
    if recorded.initially.as_deref() != Some("") {
        return refuse(
            "these EDN maps are about texts that are empty at first, and in this history they are not: export it as \
             jepsen or json",
        );
    }
    let mut out = String::new();
    for (process, event, op) in events(&recorded.history) {
        let Some((function, value)) = words(event, op) else {
            return refuse(
                "these EDN maps have neither compare-and-set, nor siblings, nor reads of nothing: export this history \
                 as json",
            );
        };
        let kind = event.keyword();
        let key = Value::quoted(&op.key);
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "{{:process {process}, :type {kind}, :f {function}, :key {key}, :value {value}}}");
    }
    Ok(out)
}

fn words(event: Event, op: &Op) -> Option<(&'static str, String)> {
    Some(match &op.action {
        Action::Write(value) => (":put", Value::quoted(value)),
        Action::Append(value) => (":append", Value::quoted(value)),
        Action::CompareAndSet { .. } => return None,
        Action::Read(_) if event != Event::Ok => (":get", "nil".to_owned()),
        Action::Read(values) => match values.as_slice() {
            [value] => (":get", Value::quoted(value)),
            _ => return None,
        },
    })
}
