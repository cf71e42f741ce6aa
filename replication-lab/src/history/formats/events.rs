//! From events, one a line, to operations, and back.

use std::collections::BTreeMap;

use super::super::{Action, History, Op};
use super::error::{FormatError, Problem};
use super::scan::Value;
use crate::time::Time;

/// What a line says of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Event {
    pub(super) fn of(keyword: &str) -> Result<Self, Problem> {
        Ok(match keyword {
            ":invoke" => Event::Invoke,
            ":ok" => Event::Ok,
            ":fail" => Event::Fail,
            ":info" => Event::Info,
            other => return Err(Problem::UnknownEvent(other.to_owned())),
        })
    }

    pub(super) fn keyword(self) -> &'static str {
        match self {
            Event::Invoke => ":invoke",
            Event::Ok => ":ok",
            Event::Fail => ":fail",
            Event::Info => ":info",
        }
    }
}

/// The operations that the two formats have together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    /// A read of a register: nil is nothing.
    Read,
    /// A read of a text: there always is one.
    Get,
    Write,
    CompareAndSet,
    Append,
}

/// One line.
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) process: String,
    pub(super) event: Event,
    pub(super) function: Function,
    pub(super) key: String,
    pub(super) value: Value,
}

/// Puts beginnings and ends together.
#[derive(Default)]
pub(super) struct Pairing {
    // Discarded operations leave a gap.
    ops: Vec<Option<Op>>,
    open: BTreeMap<String, Open>,
}

struct Open {
    place: usize,
    line: usize,
    function: Function,
}

impl Pairing {
    /// Takes the next line.
    pub(super) fn take(&mut self, line: Line) -> Result<(), FormatError> {
        let number = line.number;
        let taken = if line.event == Event::Invoke { self.begin(line) } else { self.end(line) };
        taken.map_err(|problem| FormatError::at(number, problem))
    }

    /// The operations, in the order in which they began.
    pub(super) fn history(self) -> History {
        History(self.ops.into_iter().flatten().collect())
    }

    fn begin(&mut self, line: Line) -> Result<(), Problem> {
        let Line { number, process, function, key, value, .. } = line;
        if let Some(open) = self.open.get(&process) {
            return Err(Problem::InvokedTwice { process, began_on: open.line });
        }
        let action = match function {
            Function::Read | Function::Get => Action::Read(Vec::new()),
            Function::Write => Action::Write(scalar(&value, "the value that is written")?),
            Function::Append => Action::Append(scalar(&value, "the text that is appended")?),
            Function::CompareAndSet => compare_and_set(&value)?,
        };
        let client = format!("p{process}");
        self.open.insert(process, Open { place: self.ops.len(), line: number, function });
        self.ops.push(Some(Op { client, key, action, began: Time::us(number as u64), ended: None }));
        Ok(())
    }

    fn end(&mut self, line: Line) -> Result<(), Problem> {
        let Line { number, process, event, function, key, value } = line;
        let Some(open) = self.open.remove(&process) else {
            return Err(Problem::UnmatchedCompletion { process });
        };
        let other = || Problem::OtherCompletion { process: process.clone(), began_on: open.line };
        let slot = &mut self.ops[open.place];
        let Some(op) = slot.as_mut().filter(|op| op.key == key && open.function == function) else {
            return Err(other());
        };
        // A reason in the place of the value: the operation never came so far.
        let has_reason = matches!(value, Value::Keyword(_) | Value::Text(_) | Value::Other(_));
        match (event, function) {
            (Event::Invoke | Event::Info, _) => return Ok(()),
            (Event::Fail, Function::CompareAndSet) if !has_reason => {
                if value != Value::Nil && compare_and_set(&value)? != op.action {
                    return Err(other());
                }
            }
            (Event::Fail, _) => {
                *slot = None;
                return Ok(());
            }
            (Event::Ok, Function::Read) if value == Value::Nil => op.action = Action::Read(Vec::new()),
            (Event::Ok, Function::Read | Function::Get) => {
                op.action = Action::Read(vec![scalar(&value, "the value that was read")?]);
            }
            (Event::Ok, Function::CompareAndSet) => {
                if value != Value::Nil && compare_and_set(&value)? != op.action {
                    return Err(other());
                }
                if let Action::CompareAndSet { swapped, .. } = &mut op.action {
                    *swapped = true;
                }
            }
            (Event::Ok, Function::Write | Function::Append) => {
                let (Action::Write(begun) | Action::Append(begun)) = &op.action else { return Err(other()) };
                if value != Value::Nil && value.scalar().as_ref() != Some(begun) {
                    return Err(other());
                }
            }
        }
        op.ended = Some(Time::us(number as u64));
        Ok(())
    }
}

fn scalar(value: &Value, what: &str) -> Result<String, Problem> {
    value.scalar().ok_or_else(|| Problem::Broken(what.to_owned()))
}

fn compare_and_set(value: &Value) -> Result<Action, Problem> {
    let expected = || Problem::Broken("the expected and the new value, as in [1 2]".into());
    let Value::Vector(values) = value else { return Err(expected()) };
    let [from, to] = values.as_slice() else { return Err(expected()) };
    let from = if *from == Value::Nil { None } else { Some(from.scalar().ok_or_else(expected)?) };
    Ok(Action::CompareAndSet { expected: from, new: to.scalar().ok_or_else(expected)?, swapped: false })
}

/// A history as events in the order of time, with a process number for every operation.
///
/// An operation without an end is followed by `:info` where its client goes on, so that the client can keep its
/// number. An operation that begins while another one of its client is under way gets a new number.
pub(super) fn events(history: &History) -> Vec<(u64, Event, &Op)> {
    let all = history.0.iter().enumerate();
    let begins = all.clone().map(|(place, op)| ((op.began, false, place), Event::Invoke));
    let ends = all.filter_map(|(place, op)| Some(((op.ended?, true, place), completion(op))));
    let mut events: Vec<_> = begins.chain(ends).collect();
    events.sort_unstable_by_key(|(at, _)| *at);
    let mut processes = Processes::new(history);
    let mut lines = Vec::new();
    for ((_, _, place), event) in events {
        let op = &history.0[place];
        if event == Event::Invoke {
            let (process, abandoned) = processes.begin(history, place);
            lines.extend(abandoned.map(|other| (process, Event::Info, &history.0[other])));
            lines.push((process, event, op));
        } else {
            lines.push((processes.end(place), event, op));
        }
    }
    lines
}

fn completion(op: &Op) -> Event {
    match op.action {
        Action::CompareAndSet { swapped: false, .. } => Event::Fail,
        _ => Event::Ok,
    }
}

/// Who has which process number, and what it does.
struct Processes<'a> {
    numbers: BTreeMap<(&'a str, u32), u64>,
    next: u64,
    // The operation that a process began last, and whether it has ended.
    doing: BTreeMap<u64, (usize, bool)>,
    of: BTreeMap<usize, u64>,
}

impl<'a> Processes<'a> {
    fn new(history: &'a History) -> Self {
        // Clients that were processes keep their numbers.
        let number = |name: &str| -> Option<u64> {
            let number = name.strip_prefix('p')?.parse().ok()?;
            (format!("p{number}") == name).then_some(number)
        };
        let clients = history.clients();
        let given: Option<BTreeMap<_, _>> =
            clients.iter().map(|client| Some(((*client, 0), number(client)?))).collect();
        let numbers = given.unwrap_or_default();
        let next = numbers.values().max().map_or(0, |last: &u64| last.saturating_add(1));
        Self { numbers, next, doing: BTreeMap::new(), of: BTreeMap::new() }
    }

    /// The process that begins an operation, and the operation that it gives up for that.
    fn begin(&mut self, history: &'a History, place: usize) -> (u64, Option<usize>) {
        let mut lane = 0;
        loop {
            let next = &mut self.next;
            let process = *self.numbers.entry((&history.0[place].client, lane)).or_insert_with(|| {
                *next += 1;
                *next - 1
            });
            let busy = self.doing.get(&process).filter(|(_, ended)| !ended).map(|(place, _)| *place);
            if busy.is_none_or(|other| history.0[other].ended.is_none()) {
                self.doing.insert(process, (place, false));
                self.of.insert(place, process);
                return (process, busy);
            }
            lane += 1;
        }
    }

    fn end(&mut self, place: usize) -> u64 {
        // Every operation begins before it ends, so it has a process.
        let process = self.of.get(&place).copied().unwrap_or_default();
        self.doing.insert(process, (place, true));
        process
    }
}
