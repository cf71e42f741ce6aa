//! Lines of Jepsen's log about one compare-and-set register.
//!
//! ```text
//! INFO  jepsen.util - 0⇥:invoke⇥:write⇥3
//! INFO  jepsen.util - 1⇥:invoke⇥:cas⇥[3 4]
//! INFO  jepsen.util - 0⇥:ok⇥:write⇥3
//! INFO  jepsen.util - 1⇥:fail⇥:cas⇥[3 4]
//! INFO  jepsen.util - :nemesis⇥:info⇥:start⇥nil
//! ```
//!
//! Anything may stand before `jepsen.util`. What the nemesis does is left out, and so is what other parts of
//! Jepsen log, with the lines of a stack trace that follow it.

use std::fmt::Write;

use super::super::{Action, Op};
use super::error::{ExportError, FormatError, Problem};
use super::events::{Event, Function, Line, Pairing, events};
use super::scan::{Scanner, Value};
use super::{Format, Recorded};

/// Who logs the operations.
pub(super) const MARK: &str = "jepsen.util";

/// The name of the one register.
const REGISTER: &str = "register";

pub(super) fn read(text: &str) -> Result<Recorded, FormatError> {
    let mut pairing = Pairing::default();
    let mut follows_a_message = false;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let problem = |problem| FormatError::at(number, problem);
        match logged(line) {
            Logged::Operation(rest) => {
                follows_a_message = false;
                pairing.take(operation(number, rest).map_err(problem)?)?;
            }
            Logged::Message => follows_a_message = true,
            Logged::Nothing => {}
            Logged::Unknown if follows_a_message => {}
            Logged::Unknown => {
                return Err(problem(Problem::Broken(
                    "a line of Jepsen's log, as in “INFO  jepsen.util - …”".into(),
                )));
            }
        }
    }
    Ok(Recorded { history: pairing.history(), initially: None })
}

enum Logged<'a> {
    /// What stands behind the mark.
    Operation(&'a str),
    /// Something else that was logged.
    Message,
    Nothing,
    Unknown,
}

fn logged(line: &str) -> Logged<'_> {
    if line.trim().is_empty() {
        return Logged::Nothing;
    }
    let Some((_, rest)) = line.split_once(MARK) else {
        let is_level = |word: &str| ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].contains(&word);
        let logged = line.contains(" - ") && line.split_whitespace().any(is_level);
        return if logged { Logged::Message } else { Logged::Unknown };
    };
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim();
    let mut words = rest.split_whitespace();
    let is_process = words.next().is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let is_event = words.next().is_some_and(|word| Event::of(word).is_ok());
    match (is_process, is_event) {
        (false, _) if rest.starts_with(':') => Logged::Message,
        (false, false) if !rest.is_empty() => Logged::Message,
        _ => Logged::Operation(rest),
    }
}

fn operation(number: usize, rest: &str) -> Result<Line, Problem> {
    let shape = || Problem::Broken("process, event, operation and value, as in “0 :invoke :write 3”".into());
    let (process, rest) = rest.split_once(char::is_whitespace).ok_or_else(shape)?;
    if !process.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::Broken("a process number".into()));
    }
    let mut scanner = Scanner::new(rest);
    let keyword = |value| match value {
        Ok(Value::Keyword(keyword)) => Ok(keyword),
        _ => Err(shape()),
    };
    let event = Event::of(&keyword(scanner.value())?)?;
    let function = match keyword(scanner.value())?.as_str() {
        ":read" => Function::Read,
        ":write" => Function::Write,
        ":cas" => Function::CompareAndSet,
        other => return Err(Problem::UnknownOperation(other.to_owned())),
    };
    // Where nothing is known or nothing happened, Jepsen logs the reason, in whatever form it has.
    let says_why = event == Event::Info || (event == Event::Fail && function != Function::CompareAndSet);
    let value = match scanner.value() {
        Ok(value) if says_why || scanner.is_at_end() => value,
        Ok(_) => return Err(Problem::Broken("one value".into())),
        Err(_) if says_why => Value::Nil,
        Err(expected) => return Err(Problem::Broken(expected)),
    };
    Ok(Line { number, process: process.to_owned(), event, function, key: REGISTER.to_owned(), value })
}

pub(super) fn write(recorded: &Recorded) -> Result<String, ExportError> {
    let refuse = |why: &str| Err(ExportError { format: Format::Jepsen, why: why.to_owned() });
    if recorded.initially.is_some() {
        return refuse(
            "Jepsen's log is about a register that starts with nothing, and this history starts with a text: export it \
             as edn or json",
        );
    }
    if recorded.history.keys().len() > 1 {
        return refuse(
            "Jepsen's log is about one register, and this history has several keys: export one key, or as json",
        );
    }
    let mut out = String::new();
    for (process, event, op) in events(&recorded.history) {
        let Some((function, value)) = words(event, op) else {
            return refuse("Jepsen's log has neither appends nor siblings: export this history as json");
        };
        let kind = event.keyword();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "INFO  jepsen.util - {process}\t{kind}\t{function}\t{value}");
    }
    Ok(out)
}

fn words(event: Event, op: &Op) -> Option<(&'static str, String)> {
    let value = |text: &Option<String>| text.as_deref().map_or("nil".to_owned(), Value::number_or_quoted);
    let (function, said) = match &op.action {
        Action::Read(values) if values.len() > 1 => return None,
        Action::Read(_) if event == Event::Invoke => (":read", "nil".to_owned()),
        Action::Read(values) => (":read", value(&values.first().cloned())),
        Action::Write(new) => (":write", Value::number_or_quoted(new)),
        Action::CompareAndSet { expected, new, .. } => {
            (":cas", format!("[{} {}]", value(expected), Value::number_or_quoted(new)))
        }
        Action::Append(_) => return None,
    };
    Some((function, if event == Event::Info { ":timed-out".to_owned() } else { said }))
}
