//! The three nodes, and what they send and save.

use std::fmt;

use super::coordinator::Coordinator;
use super::ledger::{Entry, Ledger};
use super::step::{Answer, Command, News, Order, State};
use crate::trace::NodeId;
use crate::world::{Effects, Node};

/// The coordinator's place.
pub const COORDINATOR: NodeId = NodeId(0);
/// The customer's bank.
pub const HOME: NodeId = NodeId(1);
/// The shop's bank.
pub const ABROAD: NodeId = NodeId(2);

/// What nodes send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A bank is to do something.
    Order {
        /// The payment's number.
        payment: u32,
        /// What.
        order: Order,
        /// The key by which a repetition is known.
        key: String,
        /// The payment's amount.
        amount: u64,
    },
    /// A bank has done it, or not.
    Answer {
        /// The payment's number.
        payment: u32,
        /// What was ordered.
        order: Order,
        /// What came of it.
        answer: Answer,
    },
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { payment, order, key, amount } => {
                write!(f, "payment {payment}: {order} {amount} [{key}]")
            }
            Self::Answer { payment, order, answer } => write!(f, "payment {payment}: {order} {answer}"),
        }
    }
}

/// What a node is woken for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The sweeper comes by.
    Sweep,
    /// A state is in the log: now the commands.
    Saved(u32, Vec<Command>),
    /// An entry is on the disk: now the answer.
    Booked(u32, Order, Answer),
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sweep => f.write_str("sweep"),
            Self::Saved(payment, _) => write!(f, "payment {payment} is saved"),
            Self::Booked(payment, order, _) => write!(f, "payment {payment}: {order} is on disk"),
        }
    }
}

/// What a node saves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    /// The coordinator: how far a payment is.
    Saved {
        /// The payment's number.
        payment: u32,
        /// Its amount.
        amount: u64,
        /// Its state.
        state: State,
    },
    /// A bank: a line of its ledger.
    Entry(Entry),
}

/// What a customer hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// The payment's number.
    pub payment: u32,
    /// What.
    pub news: News,
}

/// A node.
#[derive(Clone, Debug, Hash)]
pub enum Member {
    /// The one that takes payments from step to step.
    Coordinator(Coordinator),
    /// A bank.
    Bank(Ledger),
}

impl Node for Member {
    type Message = Message;
    type Timer = Timer;
    type Record = Record;
    type Output = Told;

    fn start(&mut self, out: &mut Effects<'_, Self>) {
        // What is written behind a torn record would never be found again.
        let whole = out.disk().first() + out.disk().trusted().count() as u64;
        if whole < out.disk().end() {
            out.truncate(whole);
        }
        match self {
            Self::Coordinator(coordinator) => coordinator.start(out),
            Self::Bank(ledger) => ledger.load(entries(out.disk().trusted())),
        }
    }

    fn message(&mut self, _: NodeId, message: Message, out: &mut Effects<'_, Self>) {
        match (self, message) {
            (Self::Coordinator(coordinator), message) => coordinator.message(message, out),
            (Self::Bank(ledger), Message::Order { payment, order, key, amount }) => {
                let answer = book(ledger, payment, order, key, amount, out);
                match answer {
                    Answer::Failed => out.send(COORDINATOR, Message::Answer { payment, order, answer }),
                    // Nobody hears of what a crash could still undo.
                    answer => out.sync(Timer::Booked(payment, order, answer)),
                }
            }
            (Self::Bank(_), Message::Answer { .. }) => {}
        }
    }

    fn timer(&mut self, timer: Timer, out: &mut Effects<'_, Self>) {
        match (self, timer) {
            (Self::Coordinator(coordinator), timer) => coordinator.timer(timer, out),
            (Self::Bank(_), Timer::Booked(payment, order, answer)) => {
                out.send(COORDINATOR, Message::Answer { payment, order, answer });
            }
            (Self::Bank(_), _) => {}
        }
    }

    fn crash(&mut self) {
        match self {
            Self::Coordinator(coordinator) => coordinator.crash(),
            Self::Bank(ledger) => ledger.load(Vec::new()),
        }
    }
}

/// The ledger's lines among a disk's records.
pub(super) fn entries<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<Entry> {
    let entries = records.filter_map(|record| match record {
        Record::Entry(entry) => Some(entry.clone()),
        Record::Saved { .. } => None,
    });
    entries.collect()
}

fn book(
    ledger: &mut Ledger,
    payment: u32,
    order: Order,
    key: String,
    amount: u64,
    out: &mut Effects<'_, Member>,
) -> Answer {
    if let Some(answer) = ledger.known(&key) {
        out.note(|| format!("knows [{key}]: {answer}"));
        return answer;
    }
    let entry = ledger.entry(payment, order, key, amount);
    if out.append(Record::Entry(entry.clone())).is_err() {
        return Answer::Failed;
    }
    out.note(|| format!("books {entry}"));
    let answer = if entry.done { Answer::Done } else { Answer::Refused };
    ledger.append(entry);
    answer
}
